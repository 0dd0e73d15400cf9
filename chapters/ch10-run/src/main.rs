use std::process::ExitCode;

/// Runs a container of an image.
///
/// Without an image it makes the hello image, pushes it, pulls it, unpacks it, and runs it.
#[cfg(target_os = "linux")]
#[derive(clap::Parser)]
#[command(
    version,
    after_help = "Examples:\n  \
    cargo run -p ch10-run\n  \
    cargo run -p ch10-run -- --memory 64m --env COLOUR=blue localhost:5001/busybox sh -c 'echo $COLOUR'\n  \
    cargo run -p ch10-run -- --show-config out/oci"
)]
struct Command {
    #[command(flatten)]
    args: ch10_run::Args,
}

#[cfg(target_os = "linux")]
fn main() -> ExitCode {
    use ch10_run::{container, find_image, run, run_unwritable, show_config, unpack};
    let Command { args } = clap::Parser::parse();
    workbench::run(|stdout| {
        run_unwritable()?;
        let image = find_image(&args)?;
        let (rootfs, _in_use) = unpack(&image, &args.out)?;
        let container = container(&args, &image, &rootfs)?;
        if args.show_config {
            return show_config(stdout, &args, &image, &container);
        }
        match run(&container)? {
            0 => Ok(()),
            code => std::process::exit(code),
        }
    })
}

#[cfg(not(target_os = "linux"))]
fn main() -> ExitCode {
    workbench::run(|_| anyhow::bail!("cannot run a container here: it is made of parts of the Linux kernel"))
}
