use std::fs;
use std::path::Path;

/// The kinds that a container has of its own. Source: the Linux manual, namespaces(7).
const KINDS: [&str; 7] = ["cgroup", "ipc", "mnt", "net", "pid", "user", "uts"];

/// What a reader runs in a container.
pub const COMMAND: &str = "cd /proc/self/ns && readlink cgroup ipc mnt net pid user uts";

/// The namespaces in `mine`, a line each, such as `net:[4026532571]`, that are missing or are those of this very program.
pub fn differences(mine: &str) -> Vec<String> {
    let difference = |kind: &&str| {
        let Some(line) = mine.lines().find(|line| line.starts_with(&format!("{kind}:["))) else {
            return Some(format!("{kind}: no line of yours begins with {kind}:["));
        };
        let ours = fs::read_link(Path::new("/proc/self/ns").join(kind)).ok()?;
        (ours.as_os_str() == line).then(|| format!("{kind}: the container is in the namespace of the host, {line}"))
    };
    KINDS.iter().filter_map(difference).collect()
}
