use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

/// A request as it came.
#[derive(Debug, Clone)]
pub struct Request {
    pub method: String,
    /// With its query.
    pub path: String,
    /// As `name: value`, the names in lower case.
    pub headers: Vec<String>,
    pub body: Vec<u8>,
}

impl Request {
    pub fn is(&self, method: &str, part_of_path: &str) -> bool {
        self.method == method && self.path.contains(part_of_path)
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find_map(|line| line.strip_prefix(&format!("{name}: ")))
    }
}

/// What the client gets.
pub enum Reply {
    /// What a real registry says.
    Forward,
    /// What a real registry says, with each of the first text replaced by the second in its headers.
    Changed(&'static str, String),
    /// What a real registry says, until so many bytes of the body are through.
    CutAfter(usize),
    /// The same, and then nothing for longer than any test lasts.
    StallAfter(usize),
    /// These bytes.
    Bytes(Vec<u8>),
    /// These bytes, and then more without end.
    Endless(Vec<u8>),
    /// Nothing: the connection is closed when the request has been read.
    Cut,
    /// Nothing: the connection is closed when the headers have been read, and the body not.
    CutEarly,
    /// Nothing, and for longer than any test lasts.
    Silence,
}

/// An answer with a status, headers and a body.
pub fn answer(status: &str, headers: &[&str], body: &str) -> Reply {
    let headers: String = headers.iter().map(|header| format!("{header}\r\n")).collect();
    let length = body.len();
    Reply::Bytes(
        format!("HTTP/1.1 {status}\r\n{headers}content-length: {length}\r\nconnection: close\r\n\r\n{body}").into(),
    )
}

/// A registry on loopback that does what it is told, and otherwise what a real one does.
pub struct Misbehaving {
    pub address: SocketAddr,
    requests: Arc<Mutex<Vec<Request>>>,
}

impl Misbehaving {
    /// The requests so far, in their order.
    pub fn requests(&self) -> Vec<Request> {
        self.requests.lock().expect("no test panics while it holds the lock").clone()
    }

    /// The requests so far as `METHOD /path`.
    pub fn lines(&self) -> Vec<String> {
        self.requests().iter().map(|request| format!("{} {}", request.method, request.path)).collect()
    }
}

/// Starts a registry that asks `quirk` what to do with each request; the real one listens on `real`.
pub fn misbehave(real: SocketAddr, quirk: impl FnMut(&Request) -> Reply + Send + 'static) -> Misbehaving {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("an address");
    let requests = Arc::new(Mutex::new(Vec::new()));
    let (log, quirk) = (requests.clone(), Arc::new(Mutex::new(quirk)));
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let (log, quirk) = (log.clone(), quirk.clone());
            thread::spawn(move || {
                // A client that goes away is what some of the tests are about.
                let _ = serve(stream, real, &log, &quirk);
            });
        }
    });
    Misbehaving { address, requests }
}

/// Answers one request and closes the connection.
fn serve<Q: FnMut(&Request) -> Reply>(
    mut stream: TcpStream,
    real: SocketAddr,
    log: &Mutex<Vec<Request>>,
    quirk: &Mutex<Q>,
) -> io::Result<()> {
    let mut reader = BufReader::new(stream.try_clone()?);
    let mut request = read_head(&mut reader)?;
    let reply = (quirk.lock().expect("the quirk"))(&request);
    if !matches!(reply, Reply::CutEarly) {
        read_body(&mut reader, &mut stream, &mut request)?;
    }
    log.lock().expect("the log").push(request.clone());
    match reply {
        Reply::Forward => stream.write_all(&forward(&request, real)?.concat()),
        Reply::Changed(from, to) => {
            let [head, body] = forward(&request, real)?;
            let head = String::from_utf8_lossy(&head).replace(from, &to);
            stream.write_all(&[head.as_bytes(), &body].concat())
        }
        Reply::CutAfter(length) | Reply::StallAfter(length) => {
            let [head, body] = forward(&request, real)?;
            stream.write_all(&[&head, &body[..length.min(body.len())]].concat())?;
            if let Reply::StallAfter(_) = reply {
                thread::park();
            }
            Ok(())
        }
        Reply::Bytes(bytes) => stream.write_all(&bytes),
        Reply::Cut | Reply::CutEarly => Ok(()),
        Reply::Silence => {
            thread::park();
            Ok(())
        }
        Reply::Endless(bytes) => {
            stream.write_all(&bytes)?;
            loop {
                stream.write_all(&[b'x'; 4096])?;
            }
        }
    }
}

fn read_head(reader: &mut impl BufRead) -> io::Result<Request> {
    let mut lines = Vec::new();
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line)? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        match line.trim_end() {
            "" => break,
            line => lines.push(line.to_owned()),
        }
    }
    let first: Vec<&str> = lines[0].split(' ').collect();
    let (method, path) = (first[0].to_owned(), first[1].to_owned());
    let lower = |line: &String| line.split_once(": ").map(|(name, value)| format!("{}: {value}", name.to_lowercase()));
    let headers: Vec<String> = lines[1..].iter().filter_map(lower).collect();
    Ok(Request { method, path, headers, body: Vec::new() })
}

fn read_body(reader: &mut impl Read, stream: &mut TcpStream, request: &mut Request) -> io::Result<()> {
    if request.header("expect").is_some() {
        stream.write_all(b"HTTP/1.1 100 Continue\r\n\r\n")?;
    }
    let length: u64 = request.header("content-length").map_or(0, |length| length.parse().expect("a number"));
    reader.take(length).read_to_end(&mut request.body)?;
    Ok(())
}

/// What the real registry answers: the head, and the body.
fn forward(request: &Request, real: SocketAddr) -> io::Result<[Vec<u8>; 2]> {
    let mut upstream = TcpStream::connect(real)?;
    let kept = request.headers.iter().filter(|line| !line.starts_with("connection:") && !line.starts_with("expect:"));
    let headers: String = kept.map(|line| format!("{line}\r\n")).collect();
    write!(upstream, "{} {} HTTP/1.1\r\n{headers}connection: close\r\n\r\n", request.method, request.path)?;
    upstream.write_all(&request.body)?;
    let mut answer = Vec::new();
    upstream.read_to_end(&mut answer)?;
    let end = answer.windows(4).position(|bytes| bytes == b"\r\n\r\n").map_or(answer.len(), |start| start + 4);
    let body = answer.split_off(end);
    Ok([answer, body])
}
