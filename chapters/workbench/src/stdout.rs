use std::io::{self, ErrorKind, StdoutLock, Write};

/// Standard output, whose broken pipe can be told from a broken connection to a registry.
pub struct Stdout(StdoutLock<'static>);

#[derive(Debug)]
struct ReaderLeft;

impl std::error::Error for ReaderLeft {}

impl std::fmt::Display for ReaderLeft {
    fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        f.write_str("nobody reads standard output")
    }
}

pub fn lock() -> Stdout {
    Stdout(io::stdout().lock())
}

/// Whether `error` says that the reader of standard output has gone.
pub fn reader_left(error: &anyhow::Error) -> bool {
    let error = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
    error.is_some_and(|error| error.is::<ReaderLeft>())
}

impl Write for Stdout {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes).map_err(mark)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush().map_err(mark)
    }
}

fn mark(error: io::Error) -> io::Error {
    match error.kind() {
        ErrorKind::BrokenPipe => io::Error::new(ErrorKind::BrokenPipe, ReaderLeft),
        _ => io::Error::new(error.kind(), format!("cannot write to standard output: {error}")),
    }
}
