use ch06_push::{Command, Repository};
use ch07_log_in::{Credentials, LogIn, find_credentials};
use clap::Parser;
use http_agent::agent;
use practice_registry::Auth;
use std::io::{self, Write};
use std::process::ExitCode;

/// Makes an image and pushes it to a registry that asks who we are.
///
/// The credentials are those that `docker login` left: config.json in DOCKER_CONFIG or in ~/.docker, with helpers.
/// Without a reference it starts a practice registry that gives out tokens, and prints every exchange.
#[derive(Parser)]
#[command(
    version,
    after_help = "Examples:\n  cargo run -p ch07-log-in\n  cargo run -p ch07-log-in -- registry.example.com/me/hello:1.0 --trace"
)]
struct Args {
    #[command(flatten)]
    command: Command,
}

fn main() -> ExitCode {
    let command = Args::parse().command;
    workbench::run(|stdout| {
        let (user, password) = ("learner".to_owned(), "the hard way".to_owned());
        let trace = command.trace;
        let push = command.prepare(Auth::Token { user: user.clone(), password: password.clone() })?;
        let (credentials, trace) = match push.registry {
            Some(_) => (Credentials::Password { user, password }, true),
            None => (find_credentials(&push.reference.registry)?, trace),
        };
        let agent = agent(trace);
        let mut scopes = vec![format!("repository:{}:pull,push", push.reference.repository)];
        scopes.extend(push.mount_from.iter().map(|from| format!("repository:{from}:pull")));
        let url = Repository { http: &agent, reference: &push.reference }.url();
        let log_in = LogIn::new(&agent, &url, credentials, scopes, |line| {
            let _ = writeln!(io::stdout(), "  {line}");
        })?;
        push.run(&log_in, stdout)
    })
}
