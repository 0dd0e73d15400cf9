use clap::Parser;
use std::path::PathBuf;
use std::process::ExitCode;

/// Lists the files of an image, in the order in which a layer holds them.
///
/// Each line shows type and permissions, size in bytes, path, and where a link leads.
#[derive(Parser)]
#[command(version, after_help = "Example:\n  cargo run -p ch01-list-files -- fixtures/hello/rootfs")]
struct Args {
    /// The root file system [default: fixtures/hello/rootfs of this repository]
    rootfs: Option<PathBuf>,
}

fn main() -> ExitCode {
    let args = Args::parse();
    workbench::run(|stdout| {
        let rootfs = args.rootfs.unwrap_or_else(workbench::hello_rootfs);
        for entry in ch01_list_files::entries(&rootfs)? {
            writeln!(stdout, "{}", entry?)?;
        }
        Ok(())
    })
}
