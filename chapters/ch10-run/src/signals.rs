// ANCHOR: block
use anyhow::{Context, Result, bail};
use libc::c_int;
use nix::errno::Errno;
use nix::sys::signal::SigSet;
use nix::sys::signal::Signal::{self, *};
use nix::sys::signalfd::{SfdFlags, SignalFd};
use nix::unistd::Pid;
use std::os::unix::process::ExitStatusExt;
use std::process::ExitStatus;

/// Has signals wait to be read, in this process and in the copies that are made of it, instead of acting at once.
///
/// Not those by which the kernel reports a fault of the program, nor those by which a shell stops and continues us.
pub fn block() -> Result<SignalFd> {
    expect_children();
    let mut signals = SigSet::all();
    let faults = [SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGSYS];
    let stops = [SIGTSTP, SIGTTIN, SIGTTOU, SIGCONT, SIGPIPE, SIGURG];
    let ignored = Signal::iterator().filter(|signal| is_ignored(*signal));
    faults.into_iter().chain(stops).chain(ignored).for_each(|left| signals.remove(left));
    signals.thread_block()?;
    SignalFd::with_flags(&signals, SfdFlags::SFD_CLOEXEC).context("cannot read signals")
}

/// Whoever started us may want it so: nohup ignores SIGHUP, for us and those that we start.
fn is_ignored(signal: Signal) -> bool {
    // SAFETY: all zeros is a valid sigaction, and the call writes a whole one.
    unsafe {
        let mut now: libc::sigaction = std::mem::zeroed();
        libc::sigaction(signal as c_int, std::ptr::null(), &mut now) == 0 && now.sa_sigaction == libc::SIG_IGN
    }
}

/// Whoever started us may ignore SIGCHLD, and then the kernel tells nobody how a child ended.
pub fn expect_children() {
    // SAFETY: numbers only.
    unsafe { libc::signal(libc::SIGCHLD, libc::SIG_DFL) };
}

/// The next signal, by its number: Rust's names end before the real-time signals begin.
pub fn next(signals: &SignalFd) -> Result<c_int> {
    loop {
        match signals.read_signal() {
            // A fault's signal that somebody sent.
            Err(Errno::EINTR) => {}
            signal => return Ok(signal?.context("cannot read signals")?.ssi_signo as c_int),
        }
    }
}

pub fn send(process: Pid, signal: c_int) {
    // SAFETY: it takes numbers only. A process that has just ended needs the signal no more.
    unsafe { libc::kill(process.as_raw(), signal) };
}
// ANCHOR_END: block

// ANCHOR: forward
/// Passes every signal that comes to us on to `init`, until that ends, and returns its exit code.
///
/// SIGTERM asks a program to end, and the image may know a better way to ask: its stop signal.
pub fn forward_until_exit(signals: &SignalFd, init: Pid, stop_signal: c_int) -> Result<i32> {
    loop {
        match next(signals)? {
            libc::SIGCHLD => {
                if let Some((_, code)) = wait(init.as_raw(), libc::WNOHANG)? {
                    return Ok(code);
                }
            }
            libc::SIGTERM => send(init, stop_signal),
            signal => send(init, signal),
        }
    }
}

/// Takes leave of `process`, or with -1 of any child, if it has ended: its number, and its exit code as a shell reports it.
///
/// nix has a call for this, but no name for a real-time signal, by which a process may end as well.
pub fn wait(process: c_int, flags: c_int) -> Result<Option<(Pid, i32)>> {
    let mut status = 0;
    // SAFETY: the status is a number that the call may write to.
    match Errno::result(unsafe { libc::waitpid(process, &mut status, flags) }) {
        Ok(0) | Err(Errno::EINTR) => Ok(None),
        Err(Errno::ECHILD) if process == -1 => Ok(None),
        Ok(pid) => {
            let status = ExitStatus::from_raw(status);
            let code = status.code().or(status.signal().map(|signal| 128 + signal));
            Ok(code.map(|code| (Pid::from_raw(pid), code)))
        }
        Err(errno) => Err(errno).context("cannot wait for the container"),
    }
}
// ANCHOR_END: forward

// ANCHOR: parse
/// Reads the name of a signal as images have it: SIGINT, INT, 2, SIGRTMIN+3. Empty is SIGTERM.
pub fn parse(text: &str) -> Result<c_int> {
    let upper = text.to_ascii_uppercase();
    let name = upper.strip_prefix("SIG").unwrap_or(&upper);
    let offset = |text: &str| text.parse::<c_int>().ok();
    let number = match (name.strip_prefix("RTMIN"), name.strip_prefix("RTMAX")) {
        _ if name.is_empty() => Some(libc::SIGTERM),
        (Some(""), _) => Some(libc::SIGRTMIN()),
        (_, Some("")) => Some(libc::SIGRTMAX()),
        (Some(plus), _) => offset(plus).and_then(|offset| offset.checked_add(libc::SIGRTMIN())),
        (_, Some(minus)) => offset(minus).and_then(|offset| offset.checked_add(libc::SIGRTMAX())),
        _ => offset(name).or_else(|| format!("SIG{name}").parse::<Signal>().ok().map(|signal| signal as c_int)),
    };
    match number {
        Some(number @ 1..=64) => Ok(number),
        _ => bail!("the image's stop signal is none: {}", crate::user::shown(text)),
    }
}
// ANCHOR_END: parse
