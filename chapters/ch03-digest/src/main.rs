use anyhow::{Context, Result};
use ch03_digest::{Algorithm, Descriptor, DigestWriter, OCI_LAYER};
use clap::Parser;
use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Prints the digests of files, as sha256sum does; without a file, the two digests of the hello image's layer.
#[derive(Parser)]
#[command(version, after_help = "Example:\n  cargo run -p ch03-digest -- out/layer.tar out/layer.tar.gz")]
struct Args {
    /// The files; `-` is standard input
    files: Vec<PathBuf>,
    /// sha256 or sha512
    #[arg(long, default_value = "sha256")]
    algorithm: Algorithm,
    /// Print descriptors, as JSON
    #[arg(long)]
    descriptor: bool,
    /// The media type that the descriptors name
    #[arg(long, value_name = "TYPE", default_value = OCI_LAYER)]
    media_type: String,
}

fn main() -> ExitCode {
    let args = Args::parse();
    workbench::run(|stdout| {
        if args.files.is_empty() {
            return hello(&args, stdout);
        }
        for file in &args.files {
            let writer = read(file, args.algorithm)?;
            let size = writer.size();
            print(
                &args,
                stdout,
                &Descriptor::new(&args.media_type, writer.digest(), size),
                &file.display().to_string(),
            )?;
        }
        Ok(())
    })
}

fn print(args: &Args, stdout: &mut dyn Write, descriptor: &Descriptor, name: &str) -> Result<()> {
    match args.descriptor {
        true => writeln!(stdout, "{}", serde_json::to_string(descriptor)?)?,
        false => writeln!(stdout, "{}  {name}", descriptor.digest)?,
    }
    Ok(())
}

fn read(path: &Path, algorithm: Algorithm) -> Result<DigestWriter<io::Sink>> {
    let mut writer = DigestWriter::new(algorithm, io::sink());
    let copied = match path.as_os_str() == "-" {
        true => io::copy(&mut io::stdin(), &mut writer),
        false => File::open(path).and_then(|mut file| io::copy(&mut file, &mut writer)),
    };
    copied.with_context(|| format!("cannot read: {}", path.display()))?;
    Ok(writer)
}

/// Nothing is written: the layer is made for its digests alone.
fn hello(args: &Args, stdout: &mut dyn Write) -> Result<()> {
    let options = ch02_make_layer::Options { mtime: ch02_make_layer::source_date_epoch()?, ..Default::default() };
    let writer = || DigestWriter::new(args.algorithm, io::sink());
    let (tar, gz) = ch02_make_layer::write_layer(&workbench::hello_rootfs(), options, writer(), writer())?;
    let size = gz.size();
    let descriptor = Descriptor::new(&args.media_type, gz.digest(), size);
    if args.descriptor {
        return print(args, stdout, &descriptor, "");
    }
    writeln!(stdout, "digest  {}  layer.tar.gz", descriptor.digest)?;
    writeln!(stdout, "DiffID  {}  layer.tar", tar.digest())?;
    writeln!(
        stdout,
        "\nThe digest names the compressed bytes, which travel: a registry stores them, a manifest lists them.\n\
         The DiffID names the archive within, which is unpacked: the config lists it.\n\
         They differ because the bytes differ; another compressor changes the digest and leaves the DiffID."
    )?;
    Ok(())
}
