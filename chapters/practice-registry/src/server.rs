// ANCHOR: start
use crate::answer::{Answer, Failure, Payload};
use crate::auth::{Action, Gate};
use crate::log::Log;
use crate::route::{Route, route};
use crate::storage::Storage;
use crate::uploads::Uploads;
use crate::{Options, blobs, listing, manifests, uploads};
use anyhow::{Context, Result};
use http_body_util::{BodyExt, Limited};
use hyper::body::Incoming;
use hyper::http::request::Parts;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response};
use hyper_util::rt::TokioIo;
use std::convert::Infallible;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};

/// What all connections share.
pub struct Server {
    pub storage: Storage,
    pub uploads: Uploads,
    gate: Gate,
    log: Log,
}

/// A running registry. When it is dropped, it accepts no more connections.
pub struct Registry {
    address: SocketAddr,
    stopped: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

/// Starts a registry on threads of its own.
pub fn start(options: Options) -> Result<Registry> {
    let storage = Storage::open(&options.root)?;
    let listener = TcpListener::bind(options.listen).with_context(|| format!("cannot listen on {}", options.listen))?;
    let address = listener.local_addr().context("cannot listen")?;
    let gate = Gate::new(options.auth, options.token_lifetime);
    let server = Arc::new(Server { storage, uploads: Uploads::default(), gate, log: Log::new(options.log) });
    let stopped = Arc::new(AtomicBool::new(false));
    let thread = thread::spawn({
        let stopped = stopped.clone();
        move || accept(&listener, &server, &stopped)
    });
    Ok(Registry { address, stopped, thread: Some(thread) })
}

impl Registry {
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Serves until the process ends.
    pub fn wait(mut self) {
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

impl Drop for Registry {
    fn drop(&mut self) {
        self.stopped.store(true, Ordering::Relaxed);
        // The thread waits for a connection: here is one.
        let _ = TcpStream::connect(self.address);
    }
}

/// A thread for each connection: at a desk there are a few. It may wait for the disk as long as it likes.
fn accept(listener: &TcpListener, server: &Arc<Server>, stopped: &AtomicBool) {
    for stream in listener.incoming() {
        if stopped.load(Ordering::Relaxed) {
            return;
        }
        let Ok(stream) = stream else { continue };
        let server = server.clone();
        // A connection that breaks is the client's business; each request has been logged.
        thread::spawn(move || serve(stream, &server));
    }
}

fn serve(stream: TcpStream, server: &Server) -> Result<()> {
    stream.set_nonblocking(true)?;
    stream.set_nodelay(true)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build()?;
    runtime.block_on(async {
        let stream = TokioIo::new(tokio::net::TcpStream::from_std(stream)?);
        let service = service_fn(async |request| Ok::<_, Infallible>(server.respond(request).await));
        Ok(http1::Builder::new().serve_connection(stream, service).await?)
    })
}
// ANCHOR_END: start

// ANCHOR: answer
impl Server {
    async fn respond(&self, request: Request<Incoming>) -> Response<Payload> {
        let (head, mut body) = request.into_parts();
        let answer = self.answer(&head, &mut body).await;
        if answer.is_err() && !head.headers.contains_key("expect") {
            // Who is still sending would have its connection reset, and not see the answer.
            let _ = Limited::new(body, 256 * 1024).collect().await;
        }
        let mut response = answer.unwrap_or_else(Failure::into_response);
        let version = hyper::header::HeaderValue::from_static("registry/2.0");
        response.headers_mut().insert("docker-distribution-api-version", version);
        self.log.write(&head, response.status());
        response
    }

    async fn answer(&self, head: &Parts, body: &mut Incoming) -> Answer {
        let route = route(head.uri.path())?;
        if let Route::Token = route {
            return self.gate.token(head, body).await;
        }
        let action = match head.method {
            Method::GET | Method::HEAD => Action::Pull,
            Method::DELETE if matches!(route, Route::Blob(..) | Route::Manifest(..)) => Action::Delete,
            _ => Action::Push,
        };
        self.gate.check(&head.headers, route.repository(), action)?;
        match (head.method.as_str(), route) {
            ("GET" | "HEAD", Route::Base) => listing::base(),
            ("GET" | "HEAD", Route::Blob(repository, digest)) => blobs::get(self, &head.headers, &repository, &digest),
            ("DELETE", Route::Blob(repository, digest)) => blobs::delete(self, &repository, &digest),
            ("POST", Route::Uploads(repository)) => {
                let may_mount = |from: &str| self.gate.check(&head.headers, Some(from), Action::Pull).is_ok();
                let mounted = uploads::mount(self, &head.uri, &repository, may_mount)?;
                match mounted {
                    Some(response) => Ok(response),
                    None => uploads::start(self, head, body, &repository).await,
                }
            }
            ("GET", Route::Upload(repository, id)) => uploads::status(self, &repository, &id),
            ("PATCH", Route::Upload(repository, id)) => uploads::send(self, head, body, &repository, &id).await,
            ("PUT", Route::Upload(repository, id)) => uploads::commit(self, head, body, &repository, &id).await,
            ("DELETE", Route::Upload(repository, id)) => uploads::cancel(self, &repository, &id),
            ("GET" | "HEAD", Route::Manifest(repository, name)) => manifests::get(self, &repository, &name),
            ("PUT", Route::Manifest(repository, name)) => manifests::put(self, head, body, &repository, &name).await,
            ("DELETE", Route::Manifest(repository, name)) => manifests::delete(self, &repository, &name),
            ("GET", Route::Tags(repository)) => listing::tags(self, &head.uri, &repository),
            ("GET", Route::Referrers(repository, digest)) => listing::referrers(self, &head.uri, &repository, &digest),
            (method, _) => Err(Failure::unsupported(method)),
        }
    }
}
// ANCHOR_END: answer
