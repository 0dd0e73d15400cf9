use clap::Parser;
use std::path::PathBuf;
use std::process::ExitCode;
use workbench::OutDir;

/// Makes the layer of a directory: layer.tar and layer.tar.gz.
///
/// The same directory gives the same bytes on every machine. SOURCE_DATE_EPOCH, when set, is the modification time of
/// every entry, in seconds since 1970.
#[derive(Parser)]
#[command(
    version,
    after_help = "Example:\n  cargo run -p ch02-make-layer -- fixtures/hello/rootfs -o out && tar -tvf out/layer.tar"
)]
struct Args {
    /// The root file system [default: fixtures/hello/rootfs of this repository]
    rootfs: Option<PathBuf>,
    /// Where to write
    #[arg(short, long, value_name = "DIR", default_value = "out")]
    out: PathBuf,
    /// Keep the permissions of group and others, which depend on the umask, and the sticky and set-gid bits
    #[arg(long)]
    keep_modes: bool,
}

fn main() -> ExitCode {
    let args = Args::parse();
    workbench::run(|stdout| {
        let rootfs = args.rootfs.unwrap_or_else(workbench::hello_rootfs);
        let options =
            ch02_make_layer::Options { keep_modes: args.keep_modes, mtime: ch02_make_layer::source_date_epoch()? };
        let out = OutDir::create(&args.out, &rootfs)?;
        ch02_make_layer::write_layer(&rootfs, options, out.file("layer.tar")?, out.file("layer.tar.gz")?)?;
        for name in ["layer.tar", "layer.tar.gz"] {
            let path = out.publish(name, None)?;
            writeln!(stdout, "{} {} bytes", path.display(), path.metadata()?.len())?;
        }
        Ok(())
    })
}
