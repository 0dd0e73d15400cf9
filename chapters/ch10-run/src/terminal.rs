// ANCHOR: raw
use anyhow::{Context, Result};
use nix::errno::Errno;
use nix::fcntl::{FcntlArg, OFlag, fcntl, open};
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::pty::{PtyMaster, posix_openpt, ptsname_r, unlockpt};
use nix::sys::signalfd::SignalFd;
use nix::sys::stat::Mode;
use nix::sys::termios::{SetArg, Termios, cfmakeraw, tcgetattr, tcsetattr};
use nix::unistd::{read, write};
use rustix::process::ioctl_tiocsctty;
use rustix::termios::{tcgetwinsize, tcsetwinsize};
use std::io::{IsTerminal, stderr, stdin, stdout};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::process::CommandExt;
use std::process::Command;

/// Our terminal as it was. It is again when this is dropped.
pub struct Raw(Termios);

/// Has our terminal pass every key on as it is, Ctrl-C too: the container's terminal makes signals of them.
pub fn raw() -> Result<Raw> {
    let before = tcgetattr(stdin()).context("cannot read the terminal's settings")?;
    let mut raw = before.clone();
    cfmakeraw(&mut raw);
    tcsetattr(stdin(), SetArg::TCSADRAIN, &raw).context("cannot change the terminal's settings")?;
    Ok(Raw(before))
}

impl Drop for Raw {
    fn drop(&mut self) {
        let _ = tcsetattr(stdin(), SetArg::TCSADRAIN, &self.0);
    }
}
// ANCHOR_END: raw

// ANCHOR: pty
/// A terminal made of software: what is written to one end is read from the other. We hold this end.
pub struct Pty {
    master: PtyMaster,
    /// The other end, too: once nobody has that open, waiting for what is written to it ends at once, again and again.
    slave: OwnedFd,
    /// What was typed and did not yet fit.
    typed: Vec<u8>,
    typing: bool,
}

impl Pty {
    /// A new one, from the container's own /dev/pts: programs in it find it by its name.
    pub fn open() -> Result<Pty> {
        let master =
            posix_openpt(OFlag::O_RDWR | OFlag::O_NOCTTY | OFlag::O_CLOEXEC).context("cannot open a terminal")?;
        unlockpt(&master)?;
        fcntl(&master, FcntlArg::F_SETFL(OFlag::O_NONBLOCK))?;
        let flags = OFlag::O_RDWR | OFlag::O_NOCTTY | OFlag::O_CLOEXEC;
        let slave = open(ptsname_r(&master)?.as_str(), flags, Mode::empty())?;
        let pty = Pty { master, slave, typed: Vec::new(), typing: true };
        pty.follows_size()?;
        Ok(pty)
    }

    /// Makes the other end the standard input, output and error of `command`, and its controlling terminal: the one
    /// that sends it signals and knows its jobs. An error output that goes elsewhere still does.
    pub fn give_to(&self, command: &mut Command) -> Result<()> {
        command.stdin(self.slave.try_clone()?).stdout(self.slave.try_clone()?);
        if stderr().is_terminal() {
            command.stderr(self.slave.try_clone()?);
        }
        // SAFETY: it makes a system call only. Standard input is the terminal by then.
        unsafe { command.pre_exec(|| Ok(ioctl_tiocsctty(stdin())?)) };
        Ok(())
    }

    /// Gives the container's terminal the size of ours. Returns whether it had another.
    pub fn follows_size(&self) -> Result<bool> {
        let (before, size) = (tcgetwinsize(&self.master)?, tcgetwinsize(stdin())?);
        tcsetwinsize(&self.master, size)?;
        Ok((before.ws_col, before.ws_row) != (size.ws_col, size.ws_row))
    }
    // ANCHOR_END: pty

    // ANCHOR: carry
    /// Waits, and carries what there is to carry. Returns whether there is a signal to read.
    pub fn carry_until(&mut self, signals: &SignalFd) -> Result<bool> {
        // A program that does not read must not keep us from showing what it writes: we write when there is room.
        let to_write = if self.typed.is_empty() { PollFlags::empty() } else { PollFlags::POLLOUT };
        let to_read = if self.typed.is_empty() && self.typing { PollFlags::POLLIN } else { PollFlags::empty() };
        let keyboard = stdin();
        let mut polled = [
            PollFd::new(signals.as_fd(), PollFlags::POLLIN),
            PollFd::new(self.master.as_fd(), PollFlags::POLLIN | to_write),
            PollFd::new(keyboard.as_fd(), to_read),
        ];
        // A terminal that is gone says so whether or not it is asked.
        let count = if self.typing { 3 } else { 2 };
        match poll(&mut polled[..count], PollTimeout::NONE) {
            Err(Errno::EINTR) => return Ok(false),
            result => result?,
        };
        let [signal, output, input] = polled.map(|polled| polled.revents().unwrap_or(PollFlags::empty()));
        if output.contains(PollFlags::POLLOUT) {
            let written = write(&self.master, &self.typed)?;
            self.typed.drain(..written);
        }
        if output.contains(PollFlags::POLLIN) {
            self.show()?;
        }
        if !input.is_empty() && !to_read.is_empty() {
            let mut buffer = [0; 4096];
            let count = read(&keyboard, &mut buffer).unwrap_or(0);
            self.typed = buffer[..count].to_vec();
            self.typing = count > 0;
        }
        Ok(signal.contains(PollFlags::POLLIN))
    }

    /// Shows what the container has written; `false` when there is nothing.
    fn show(&self) -> Result<bool> {
        let mut buffer = [0; 16384];
        let Ok(count @ 1..) = read(&self.master, &mut buffer) else { return Ok(false) };
        let mut left = &buffer[..count];
        while !left.is_empty() {
            left = &left[write(stdout(), left).context("cannot write to the terminal")?..];
        }
        Ok(true)
    }

    /// The program has ended; its last words may still be here.
    pub fn show_the_rest(&mut self) -> Result<()> {
        while self.show()? {}
        Ok(())
    }
}

/// Whether a person is there.
pub fn is_there() -> bool {
    stdin().is_terminal() && stdout().is_terminal()
}
// ANCHOR_END: carry
