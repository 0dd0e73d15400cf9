use crate::{Options, unpack};
use anyhow::{Result, bail};
use ch03_digest::Platform;
use ch08_pull::{open_layout, parse_platform, pull_hello};
use std::io::Write;
use std::path::{Path, PathBuf};
use workbench::OutDir;

#[derive(clap::Args)]
pub struct Command {
    /// The image layout [default: out/oci, to which the hello image is pulled first]
    layout: Option<PathBuf>,
    /// The directory to unpack into
    #[arg(short, long, value_name = "ROOTFS", default_value = "out/rootfs")]
    out: PathBuf,
    /// Which image of several: os/arch[/variant] [default: linux on this processor, or the only one]
    #[arg(long, value_parser = parse_platform)]
    platform: Option<Platform>,
    /// Leave out what needs root: owners, devices, and the attributes security.* and trusted.*
    #[arg(long)]
    rootless: bool,
    /// How much may come out of the layers: bytes, or with K, M, G or T
    #[arg(long, value_name = "SIZE", default_value = "16G", value_parser = size)]
    max_size: u64,
}

impl Command {
    pub fn run(self, stdout: &mut dyn Write) -> Result<()> {
        let platform = self.platform.as_ref();
        let (layout, image) = match self.layout {
            Some(layout) => (layout.clone(), open_layout(&layout, platform)?),
            None => {
                let out = OutDir::create(Path::new("out"), &workbench::hello_rootfs())?;
                (out.place("oci"), pull_hello(platform, false, &out, stdout)?)
            }
        };
        let options = Options { rootless: self.rootless, max_size: self.max_size };
        unpack(&layout, &image, &self.out, &options, stdout)?;
        Ok(writeln!(stdout, "{}", self.out.display())?)
    }
}

fn size(text: &str) -> Result<u64> {
    let (number, unit) = text.split_at(text.trim_end_matches(['K', 'M', 'G', 'T']).len());
    let unit: u64 = match unit {
        "" => 1,
        "K" => 1 << 10,
        "M" => 1 << 20,
        "G" => 1 << 30,
        "T" => 1 << 40,
        _ => 0,
    };
    match number.parse::<u64>().ok().and_then(|number| number.checked_mul(unit)) {
        Some(size) if size > 0 => Ok(size),
        _ => bail!("it is no number of bytes, such as 500M or 2G"),
    }
}
