use http_body_util::{Either, Full};
use hyper::body::{Body, Bytes, Frame, SizeHint};
use hyper::header::HeaderValue;
use hyper::{Response, StatusCode};
use std::fs::File;
use std::io::{self, Read};
use std::pin::Pin;
use std::task::{Context, Poll};

/// What a response carries: bytes, or a part of a file.
pub type Payload = Either<Full<Bytes>, FilePart>;
pub type Answer = Result<Response<Payload>, Failure>;

/// A response with these headers.
pub fn respond(status: StatusCode, headers: &[(&'static str, &str)], body: impl Into<Bytes>) -> Answer {
    with_body(status, headers, Either::Left(Full::new(body.into())))
}

pub fn with_body(status: StatusCode, headers: &[(&'static str, &str)], body: Payload) -> Answer {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    for (name, value) in headers {
        let value = HeaderValue::from_str(value).map_err(|_| Failure::internal("a header is not text"))?;
        response.headers_mut().append(*name, value);
    }
    Ok(response)
}

/// An error as the client sees it. Source: the OCI distribution-spec, "Error codes".
#[derive(Debug)]
pub struct Failure {
    status: StatusCode,
    code: &'static str,
    message: String,
    headers: Vec<(&'static str, String)>,
}

impl Failure {
    pub fn new(status: StatusCode, code: &'static str, message: impl Into<String>) -> Failure {
        Failure { status, code, message: message.into(), headers: Vec::new() }
    }

    pub fn with_header(mut self, name: &'static str, value: String) -> Failure {
        self.headers.push((name, value));
        self
    }

    pub fn blob_unknown(digest: impl std::fmt::Display) -> Failure {
        Failure::new(StatusCode::NOT_FOUND, "BLOB_UNKNOWN", format!("no such blob here: {digest}"))
    }

    pub fn manifest_unknown(name: &str) -> Failure {
        Failure::new(StatusCode::NOT_FOUND, "MANIFEST_UNKNOWN", format!("no such manifest here: {name}"))
    }

    pub fn manifest_invalid(why: &str) -> Failure {
        Failure::new(StatusCode::BAD_REQUEST, "MANIFEST_INVALID", why)
    }

    pub fn digest_invalid(why: impl Into<String>) -> Failure {
        Failure::new(StatusCode::BAD_REQUEST, "DIGEST_INVALID", why)
    }

    pub fn unsupported(method: &str) -> Failure {
        Failure::new(StatusCode::METHOD_NOT_ALLOWED, "UNSUPPORTED", format!("nothing here answers to {method}"))
    }

    fn internal(why: &str) -> Failure {
        Failure::new(StatusCode::INTERNAL_SERVER_ERROR, "UNKNOWN", why)
    }

    pub fn into_response(self) -> Response<Payload> {
        let error = serde_json::json!({"errors": [{"code": self.code, "message": self.message}]});
        let mut headers = vec![("content-type", "application/json")];
        headers.extend(self.headers.iter().map(|(name, value)| (*name, value.as_str())));
        let response = respond(self.status, &headers, error.to_string());
        response.unwrap_or_else(|_| Response::new(Either::Left(Full::default())))
    }
}

/// A disk that fails is nothing the client can mend.
impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Failure {
        Failure::internal(&error.to_string())
    }
}

/// The next `length` bytes of a file, read as they are sent.
pub struct FilePart {
    pub file: File,
    pub length: u64,
}

impl Body for FilePart {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        if self.length == 0 {
            return Poll::Ready(None);
        }
        let mut buffer = vec![0; self.length.min(64 * 1024) as usize];
        let read = self.file.read_exact(&mut buffer);
        self.length -= buffer.len() as u64;
        Poll::Ready(Some(read.map(|()| Frame::data(Bytes::from(buffer)))))
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.length)
    }
}
