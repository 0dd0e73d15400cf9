// ANCHOR: overrides
use crate::config::ContainerConfig;
use crate::settings::set_env;
use anyhow::{Result, bail};

/// What whoever runs the container says; what is `None` or empty is left to the image.
///
/// | here         | `docker run`       | Kubernetes                  |
/// |--------------|--------------------|-----------------------------|
/// | `entrypoint` | `--entrypoint`     | `command`                   |
/// | `cmd`        | words after IMAGE  | `args`                      |
/// | `env`        | `--env`            | `env`                       |
/// | `user`       | `--user`           | `securityContext.runAsUser` |
/// | `workdir`    | `--workdir`        | `workingDir`                |
#[derive(Debug, Clone, Default)]
pub struct Overrides {
    pub entrypoint: Option<Vec<String>>,
    pub cmd: Option<Vec<String>>,
    pub env: Vec<(String, String)>,
    pub user: Option<String>,
    pub workdir: Option<String>,
}

/// What a runtime starts.
#[derive(Debug, PartialEq, Eq)]
pub struct Effective {
    /// The program and its arguments.
    pub command: Vec<String>,
    /// `NAME=value`.
    pub env: Vec<String>,
    /// Root if it is empty.
    pub user: String,
    pub workdir: String,
}
// ANCHOR_END: overrides

// ANCHOR: effective
/// The image's defaults and what overrides them, put together.
///
/// The command is the entrypoint and the cmd, one after the other. Each can be replaced, but the image's cmd was meant
/// for the image's entrypoint: who replaces the entrypoint loses both. Docker and Kubernetes agree on this.
///
/// An error if nothing is left to run.
pub fn effective(image: &ContainerConfig, overrides: &Overrides) -> Result<Effective> {
    let entrypoint = overrides.entrypoint.as_ref().unwrap_or(&image.entrypoint);
    let cmd = match (&overrides.cmd, &overrides.entrypoint) {
        (Some(cmd), _) => cmd.as_slice(),
        (None, Some(_)) => &[],
        (None, None) => &image.cmd,
    };
    let command = [entrypoint, cmd].concat();
    if command.is_empty() {
        bail!("nothing to run: the image has neither entrypoint nor cmd, and none was given");
    }
    let mut env = image.env.clone();
    for (name, value) in &overrides.env {
        set_env(&mut env, name, value);
    }
    let user = overrides.user.as_ref().unwrap_or(&image.user).clone();
    let workdir = overrides.workdir.as_ref().unwrap_or(&image.working_dir).clone();
    Ok(Effective { command, env, user, workdir })
}
// ANCHOR_END: effective

// ANCHOR: expand
/// Replaces each `$(NAME)` by the variable's value, as Kubernetes does in `command` and `args`. Docker does not.
///
/// Only the variables that the pod names are known, not the image's. `$$` stands for one `$`, and a name that is not
/// known stays as it is written. Source: the Kubernetes API reference, Container, "command".
pub fn expand(text: &str, env: &[(String, String)]) -> String {
    let Some((before, rest)) = text.split_once('$') else { return text.to_owned() };
    if let Some(rest) = rest.strip_prefix('$') {
        return format!("{before}${}", expand(rest, env));
    }
    let reference = rest.strip_prefix('(').and_then(|rest| rest.split_once(')'));
    if let Some((name, after)) = reference {
        let value = env.iter().rev().find(|(known, _)| known == name).map(|(_, value)| value.clone());
        return format!("{before}{}{}", value.unwrap_or(format!("$({name})")), expand(after, env));
    }
    format!("{before}${}", expand(rest, env))
}
// ANCHOR_END: expand
