use std::fs::File;
use std::io;
use std::path::Path;

/// Keeps other processes out of `dir`, if they ask, until the file is dropped or the process ends, however it ends.
///
/// `ErrorKind::WouldBlock` if another has it.
#[cfg(unix)]
pub fn lock(dir: &Path) -> io::Result<File> {
    let directory = File::open(dir)?;
    rustix::fs::flock(&directory, rustix::fs::FlockOperation::NonBlockingLockExclusive)?;
    Ok(directory)
}

/// Windows locks no directory: here it is a file that nobody else can open, and that goes when it is closed.
#[cfg(windows)]
pub fn lock(dir: &Path) -> io::Result<File> {
    use std::os::windows::fs::OpenOptionsExt;
    const FILE_FLAG_DELETE_ON_CLOSE: u32 = 0x0400_0000;
    const ERROR_SHARING_VIOLATION: i32 = 32;
    let mut options = File::options();
    options.create(true).write(true).share_mode(0).custom_flags(FILE_FLAG_DELETE_ON_CLOSE);
    options.open(dir.join(".unfinished-lock")).map_err(|error| match error.raw_os_error() {
        Some(ERROR_SHARING_VIOLATION) => io::ErrorKind::WouldBlock.into(),
        _ => error,
    })
}
