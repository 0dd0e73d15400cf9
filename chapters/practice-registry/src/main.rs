use clap::Parser;
use practice_registry::{Auth, Options, start};
use std::io::{self, Write};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;

/// A registry to practise on. It stores everything in files that you can look at. Ctrl-C ends it.
#[derive(Parser)]
#[command(
    version,
    after_help = "Example:\n  cargo run -p practice-registry -- --listen 127.0.0.1:5001 --auth token:me:secret --log"
)]
struct Args {
    /// Where to listen; port 0 is a free one
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:0")]
    listen: SocketAddr,
    /// The directory for what is stored
    #[arg(long, value_name = "DIR", default_value = "out/registry")]
    root: PathBuf,
    /// Who may use it: basic:USER:PASSWORD, or token:USER:PASSWORD, which gives out tokens as well [default: everybody]
    #[arg(long)]
    auth: Option<Auth>,
    /// Print a line for each request
    #[arg(long)]
    log: bool,
}

fn main() -> ExitCode {
    match run(Args::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(io::stderr(), "error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(args: Args) -> anyhow::Result<()> {
    let mut options = Options::new(&args.root);
    options.listen = args.listen;
    options.auth = args.auth.unwrap_or(Auth::Open);
    if args.log {
        options.log = Some(Box::new(io::stderr()));
    }
    let registry = start(options)?;
    let url = format!("http://{}/v2/", registry.address());
    // Who starts it in the background may have closed both: it serves all the same.
    let _ = writeln!(io::stdout(), "listening on {url}, files in {}", args.root.display());
    let _ = writeln!(io::stderr(), "To see that it is there:  curl -i {url}");
    registry.wait();
    Ok(())
}
