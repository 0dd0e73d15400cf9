// ANCHOR: user
use anyhow::{Context, Result, bail};
use rustix::fs::{Mode, OFlags, ResolveFlags, openat2};
use std::fs::File;
use std::io::{ErrorKind, Read};
use std::path::Path;

/// Who the program runs as, in numbers: the kernel knows no names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    pub uid: u32,
    pub gid: u32,
    /// The groups it is in besides.
    pub groups: Vec<u32>,
    pub home: String,
    /// Whether it is the only user that the container has, because we are nobody who may give it more.
    pub mapped_alone: bool,
}
// ANCHOR_END: user

// ANCHOR: find_user
/// Finds `name`, a user or `user:group`, by name or number, in the image's own files. Empty is root.
///
/// As Docker does: digits are a number, which need not be in the files, its group is 0 then; who names a group gets that
/// one alone.
pub fn find_user(rootfs: &Path, name: &str) -> Result<User> {
    let (user, group) = name.split_once(':').unwrap_or((name, ""));
    let user = if user.is_empty() { "0" } else { user };
    let (passwd, groups) = (read(rootfs, "etc/passwd")?, read(rootfs, "etc/group")?);
    // name:password:uid:gid:comment:home:shell
    let entry = find(&passwd, user);
    let (uid, gid) = match (&entry, number(user)) {
        (Some(entry), _) => (id(entry, 2)?, id(entry, 3)?),
        (None, Some(uid)) => (uid, 0),
        (None, None) => bail!("the image has no user {}: /etc/passwd does not name it", shown(user)),
    };
    let home = entry.as_ref().and_then(|entry| entry.get(5)).filter(|home| !home.is_empty()).copied().unwrap_or("/");
    // name:password:gid:member,member
    let name = entry.as_ref().and_then(|entry| entry.first());
    let of_user = |line: &Vec<&str>| line.get(3).is_some_and(|all| all.split(',').any(|member| Some(&member) == name));
    let (gid, groups) = match (group, find(&groups, group), number(group)) {
        ("", ..) => (gid, lines(&groups).filter(of_user).map(|line| id(&line, 2)).collect::<Result<_>>()?),
        (_, Some(line), _) => (id(&line, 2)?, vec![]),
        (_, None, Some(gid)) => (gid, vec![]),
        (_, None, None) => bail!("the image has no group {}: /etc/group does not name it", shown(group)),
    };
    Ok(User { uid, gid, groups, home: home.to_owned(), mapped_alone: !crate::namespaces::may_map() })
}
// ANCHOR_END: find_user

// ANCHOR: lines
fn lines(text: &str) -> impl Iterator<Item = Vec<&str>> {
    text.lines().map(|line| line.trim().split(':').collect())
}

/// The first line with this number, which stands third, or with this name, which stands first.
fn find<'a>(text: &'a str, wanted: &str) -> Option<Vec<&'a str>> {
    let mut lines = lines(text);
    match number(wanted) {
        Some(wanted) => lines.find(|line| line.get(2).is_some_and(|field| number(field) == Some(wanted))),
        None => lines.find(|line| line[0] == wanted),
    }
}

/// The last number there is means "none" to the kernel.
fn number(text: &str) -> Option<u32> {
    text.parse().ok().filter(|number| *number != u32::MAX && !text.starts_with('+'))
}

fn id(line: &[&str], field: usize) -> Result<u32> {
    let id = line.get(field).copied().unwrap_or_default();
    number(id)
        .with_context(|| format!("the image's users are malformed: {}: {} is no number", shown(line[0]), shown(id)))
}

/// What a stranger wrote must not command the terminal.
pub fn shown(text: &str) -> String {
    format!("\"{}\"", text.replace(char::is_control, " "))
}
// ANCHOR_END: lines

// ANCHOR: read
/// Reads a file of the image; empty if there is none. The kernel takes every link in it as the container would.
fn read(rootfs: &Path, name: &str) -> Result<String> {
    let failed = || format!("cannot read the image's users: /{name}");
    let root = File::open(rootfs).with_context(|| format!("cannot read: {}", rootfs.display()))?;
    // A pipe of that name would have us wait for its writer.
    let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let file = match openat2(&root, name, flags, Mode::empty(), ResolveFlags::IN_ROOT) {
        Ok(file) => File::from(file),
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(String::new()),
        Err(error) => return Err(error).with_context(failed),
    };
    if !file.metadata().with_context(failed)?.is_file() {
        bail!("{}: it is not a file", failed());
    }
    let mut bytes = Vec::new();
    file.take(16 << 20).read_to_end(&mut bytes).with_context(failed)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}
// ANCHOR_END: read
