use anyhow::{Context, Result};
use std::collections::BTreeSet;
use std::fs::{self, File, Metadata};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

/// What differs between the directory `mine` and what the layer in the archive `reference` holds, a line each.
pub fn differences(mine: &Path, reference: &Path) -> Result<Vec<String>> {
    let file = File::open(reference).with_context(|| format!("cannot read: {}", reference.display()))?;
    let (mut differences, mut known) = (Vec::new(), BTreeSet::new());
    for entry in tar::Archive::new(file).entries()? {
        let mut entry = entry?;
        // Without the ./ that it begins with.
        let name: PathBuf = entry.path()?.components().collect();
        let name = name.strip_prefix(".").unwrap_or(&name).to_owned();
        let (mode, mtime) = (entry.header().mode()?, entry.header().mtime()?);
        let mut contents = Vec::new();
        entry.read_to_end(&mut contents)?;
        let directory = entry.header().entry_type().is_dir();
        let path = mine.join(&name);
        let shown = if name.as_os_str().is_empty() { ".".to_owned() } else { name.display().to_string() };
        let differs = match fs::symlink_metadata(&path) {
            Err(_) => Some("missing in yours".to_owned()),
            Ok(metadata) if metadata.is_dir() != directory => {
                Some("a file in one, a directory in the other".to_owned())
            }
            Ok(_) if !directory && fs::read(&path)? != contents => Some("other contents".to_owned()),
            Ok(metadata) => other_metadata(&metadata, mode, mtime),
        };
        differences.extend(differs.map(|differs| format!("{shown}: {differs}")));
        known.insert(name);
    }
    for name in names_below(mine, Path::new(""))?.difference(&known) {
        differences.push(format!("{}: only in yours", name.display()));
    }
    Ok(differences)
}

fn other_metadata(metadata: &Metadata, mode: u32, mtime: u64) -> Option<String> {
    let time = metadata.modified().ok()?.duration_since(UNIX_EPOCH).unwrap_or_default();
    if time.as_secs() != mtime {
        return Some(format!("modification time: yours {} seconds after 1970, reference {mtime}", time.as_secs()));
    }
    permissions(metadata)
        .filter(|mine| *mine != mode)
        .map(|mine| format!("permissions: yours {mine:04o}, reference {mode:04o}"))
}

#[cfg(unix)]
fn permissions(metadata: &Metadata) -> Option<u32> {
    Some(std::os::unix::fs::MetadataExt::mode(metadata) & 0o7777)
}

/// Windows has others.
#[cfg(not(unix))]
fn permissions(_: &Metadata) -> Option<u32> {
    None
}

/// The names of all that is in `root`, and of `root` itself, relative to it.
fn names_below(root: &Path, name: &Path) -> Result<BTreeSet<PathBuf>> {
    let path = root.join(name);
    let mut names = BTreeSet::from([name.to_owned()]);
    if fs::symlink_metadata(&path).is_ok_and(|metadata| metadata.is_dir()) {
        for entry in fs::read_dir(&path).with_context(|| format!("cannot read: {}", path.display()))? {
            names.extend(names_below(root, &name.join(entry?.file_name()))?);
        }
    }
    Ok(names)
}
