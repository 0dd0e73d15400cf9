// ANCHOR: start
use crate::container::Container;
use crate::signals;
use crate::terminal::{self, Pty};
use crate::user::shown;
use anyhow::{Context, Error, Result, anyhow, bail};
use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::prctl;
use nix::sys::signal::{SigSet, Signal};
use nix::sys::signalfd::SignalFd;
use nix::unistd::Pid;
use std::ffi::CString;
use std::io::{ErrorKind, IsTerminal, PipeReader, Write, stderr};
use std::os::fd::AsFd;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;

/// Starts the program, and is the init of the container while it runs: returns the program's exit code.
///
/// The kernel treats process 1 differently: signals that it does not expect do nothing, orphans become its children, and
/// with its end all others end. Few programs are written for that, so this one takes the part, as `docker run --init`
/// does. Without --init, Docker gives it to the program.
pub fn start(container: &Container, parent: &PipeReader, signals: &SignalFd) -> Result<i32> {
    // Nobody in the container reads this process's memory, or finds our program through it.
    prctl::set_dumpable(false)?;
    // Becoming another user has taken this back. Whoever died before is noticed by the pipe he left.
    prctl::set_pdeathsig(Signal::SIGKILL)?;
    if poll(&mut [PollFd::new(parent.as_fd(), PollFlags::empty())], PollTimeout::ZERO)? > 0 {
        bail!("the process that starts the container is gone");
    }
    let workdir = container.workdir.as_str();
    nix::unistd::chdir(workdir).with_context(|| format!("cannot use the working directory: {}", shown(workdir)))?;
    let pty = container.terminal.then(Pty::open).transpose()?;
    let mut command = command(container);
    if let Some(pty) = &pty {
        pty.give_to(&mut command)?;
    }
    execute_at_last(&mut command, container)?;
    let program = match command.spawn() {
        Ok(child) => Pid::from_raw(child.id() as i32),
        Err(error) => return Ok(cannot_run(&container.command[0], error)),
    };
    drop(command);
    serve(program, pty, signals)
}
// ANCHOR_END: start

// ANCHOR: command
/// The program, with nothing of ours but standard input, output and error.
fn command(container: &Container) -> Command {
    let mut command = Command::new(&container.command[0]);
    let clean = || {
        // A session of its own: a key on our terminal is for us, and we pass it on.
        nix::unistd::setsid()?;
        SigSet::empty().thread_set_mask()?;
        // SAFETY: numbers only. Every signal does again what it does by default, and no other file is passed on.
        unsafe {
            for signal in 1..=libc::SIGRTMAX() {
                libc::signal(signal, libc::SIG_DFL);
            }
            libc::syscall(libc::SYS_close_range, 3, libc::c_uint::MAX, libc::CLOSE_RANGE_CLOEXEC);
        }
        Ok(())
    };
    // SAFETY: between fork and exec it makes system calls only.
    unsafe { command.pre_exec(clean) };
    command
}

/// Has the program executed here, and not by the library, which would give to a shell what the kernel cannot run.
fn execute_at_last(command: &mut Command, container: &Container) -> Result<()> {
    let name = &container.command[0];
    let path = container.env.iter().find_map(|entry| entry.strip_prefix("PATH=")).filter(|_| !name.contains('/'));
    // An empty directory in the list is the current one, where a path begins as well.
    let in_directory = |directory| Path::new(directory).join(name).display().to_string();
    let places: Vec<String> = path.unwrap_or_default().split(':').map(in_directory).collect();
    let text = |texts: &[String]| texts.iter().map(|text| CString::new(text.as_str())).collect::<Result<Vec<_>, _>>();
    let (places, words, env) = (text(&places)?, text(&container.command)?, text(&container.env)?);
    let execute = move || {
        let mut why = Errno::ENOENT;
        for place in &places {
            let Err(errno) = nix::unistd::execve(place, &words, &env);
            match errno {
                Errno::ENOENT | Errno::ENOTDIR => {}
                Errno::EACCES => why = errno,
                errno => return Err(errno.into()),
            }
        }
        Err(why.into())
    };
    // SAFETY: between fork and exec it makes system calls only, and a list of numbers.
    unsafe { command.pre_exec(execute) };
    Ok(())
}

/// The codes are the shell's: 127 for what is not there, 126 for what cannot be run.
fn cannot_run(program: &str, error: std::io::Error) -> i32 {
    let is_there = error.kind() == ErrorKind::NotFound && std::fs::exists(program).unwrap_or(false);
    let help = match error.raw_os_error() {
        Some(libc::ENOEXEC) => "\nhelp: it is for another processor, or a script without #! and its interpreter",
        _ if is_there => "\nhelp: the file is there; its loader or interpreter is not",
        _ => "",
    };
    report(anyhow!("cannot run: {}: {error}{help}", shown(program)));
    if error.kind() == ErrorKind::NotFound { 127 } else { 126 }
}

/// Tells an error of process 1, whose exit code is all that the process outside hears.
pub fn report(error: Error) -> i32 {
    // Our terminal may be raw by now: a line feed alone would leave the cursor in its column.
    let line_end = if terminal::is_there() && stderr().is_terminal() { "\r\n" } else { "\n" };
    let _ = stderr().write_all(format!("error: {error:#}\n").replace('\n', line_end).as_bytes());
    1
}
// ANCHOR_END: command

// ANCHOR: serve
/// Passes signals on and reaps children until the program ends; with a terminal, also carries what is typed and shown.
fn serve(program: Pid, mut pty: Option<Pty>, signals: &SignalFd) -> Result<i32> {
    loop {
        if let Some(pty) = &mut pty
            && !pty.carry_until(signals)?
        {
            continue;
        }
        match signals::next(signals)? {
            libc::SIGCHLD => {
                if let Some(code) = reap(program)? {
                    pty.map_or(Ok(()), |mut pty| pty.show_the_rest())?;
                    return Ok(code);
                }
            }
            // The kernel tells the program of it. But it may be the stop signal as well.
            libc::SIGWINCH if pty.as_ref().is_some_and(|pty| pty.follows_size().unwrap_or(false)) => {}
            signal => signals::send(program, signal),
        }
    }
}

/// Takes leave of every child that has ended: what no parent asks for stays in the table of processes, as a zombie.
fn reap(program: Pid) -> Result<Option<i32>> {
    let mut code = None;
    while let Some((child, ended_with)) = signals::wait(-1, libc::WNOHANG)? {
        if child == program {
            code = Some(ended_with);
        }
    }
    Ok(code)
}
// ANCHOR_END: serve
