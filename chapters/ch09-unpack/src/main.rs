use std::process::ExitCode;

/// Unpacks an image: its layers, one over the other, become a root file system.
///
/// Whoever is not root gets all files as his own, without devices and without what only root may set.
#[cfg(target_os = "linux")]
#[derive(clap::Parser)]
#[command(version, after_help = "Example:\n  cargo run -p ch09-unpack -- out/oci -o out/rootfs")]
struct Args {
    #[command(flatten)]
    command: ch09_unpack::Command,
}

#[cfg(target_os = "linux")]
fn main() -> ExitCode {
    let Args { command } = clap::Parser::parse();
    workbench::run(|stdout| command.run(stdout))
}

/// Elsewhere there are no owners and modes of its kind, no devices, and no names that differ in case only.
#[cfg(not(target_os = "linux"))]
fn main() -> ExitCode {
    let help = "help: use a virtual machine, on Windows WSL 2";
    workbench::run(|_| anyhow::bail!("cannot unpack: a root file system needs Linux\n{help}"))
}
