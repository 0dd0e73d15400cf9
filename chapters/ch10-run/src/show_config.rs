use crate::arguments::Args;
use crate::container::Container;
use crate::image::FoundImage;
use anyhow::Result;
use std::io::Write;

/// Prints what would be run, one value a line, and where each comes from: an option, the image, or the runtime's default.
pub fn show_config(stdout: &mut dyn Write, args: &Args, image: &FoundImage, container: &Container) -> Result<()> {
    let rows = rows(args, image, container);
    let width = |column: fn(&Row) -> &str| rows.iter().map(|row| column(row).len()).max().unwrap_or(0);
    let (names, sources) = (width(|row| row.0), width(|row| row.2));
    for (name, value, source) in &rows {
        writeln!(stdout, "{name:names$}  {source:sources$}  {value}")?;
    }
    Ok(())
}

/// A name, a value and its source.
type Row = (&'static str, String, &'static str);

fn source(by_option: bool, by_image: bool) -> &'static str {
    match (by_option, by_image) {
        (true, _) => "option",
        (false, true) => "image",
        (false, false) => "default",
    }
}

fn rows(args: &Args, image: &FoundImage, container: &Container) -> Vec<Row> {
    let (given, config) = (args.overrides(), &image.config);
    let in_image = |name: &str| config.env.iter().any(|entry| entry.split('=').next() == Some(name));
    let command = serde_json::to_string(&container.command).unwrap_or_default();
    let mut rows = vec![("command", shown(&command), command_source(args, image))];
    for entry in &container.env {
        let name = entry.split('=').next().unwrap_or_default();
        let by_option = given.env.iter().any(|(given, _)| given == name);
        rows.push(("env", shown(entry), source(by_option, in_image(name))));
    }
    let user = &container.user;
    rows.push(("user", format!("{}:{}", user.uid, user.gid), source(given.user.is_some(), !config.user.is_empty())));
    let workdir = source(given.workdir.is_some(), !config.working_dir.is_empty());
    rows.push(("workdir", shown(&container.workdir), workdir));
    rows.push(("hostname", container.hostname.clone(), source(args.hostname.is_some(), false)));
    rows.push(("stop signal", container.stop_signal.to_string(), source(false, !config.stop_signal.is_empty())));
    let limits = [
        ("memory", container.limits.memory.map(|bytes| format!("{bytes} bytes"))),
        ("cpus", container.limits.cpus.map(|cpus| cpus.to_string())),
        ("pids", container.limits.pids.map(|pids| pids.to_string())),
    ];
    for (name, limit) in limits {
        let source = source(limit.is_some(), false);
        rows.push((name, limit.unwrap_or("no limit".into()), source));
    }
    for volume in &container.volumes {
        let mode = if volume.read_only { ", read-only" } else { "" };
        rows.push(("volume", format!("{} at {}{mode}", volume.source.display(), volume.target), "option"));
    }
    rows.push(("read-only", container.read_only.to_string(), source(container.read_only, false)));
    rows
}

/// The entrypoint and the cmd may come from two places.
fn command_source(args: &Args, image: &FoundImage) -> &'static str {
    let given = args.overrides();
    match (given.entrypoint, given.cmd) {
        (None, None) => "image",
        (None, Some(_)) if !image.config.entrypoint.is_empty() => "image, and option",
        _ => "option",
    }
}

/// What a stranger wrote must not command the terminal.
fn shown(text: &str) -> String {
    text.replace(char::is_control, " ")
}
