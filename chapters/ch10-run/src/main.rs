use std::process::ExitCode;

#[cfg(target_os = "linux")]
fn main() -> ExitCode {
    use ch10_run::{Args, container, find_image, run, show_config, unpack};
    let args = <Args as clap::Parser>::parse();
    workbench::run(|stdout| {
        let image = find_image(&args)?;
        let rootfs = unpack(&image, &args.out)?;
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
