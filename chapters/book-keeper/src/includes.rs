//! No code in the book is typed: it comes from the sources, and every line of theirs is there, once.

use crate::{Page, read, repository};
use anyhow::{Context, Result, bail, ensure};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Component, Path, PathBuf};

/// Where the lines of the sources stand in the book: for a file, the page of each line, by its index.
type Shown = BTreeMap<PathBuf, BTreeMap<usize, String>>;

/// An error if a page includes what is not there, or if a line of a chapter is missing, twice, or on another's page.
pub fn check(pages: &[Page]) -> Result<()> {
    let mut shown = Shown::new();
    for page in pages {
        for include in includes(&page.text) {
            add(page, include, &mut shown).with_context(|| format!("{}: {include}", page.name))?;
        }
    }
    for crate_name in names(&repository("chapters"))? {
        // The page of a chapter is named like its crate; its sub-pages begin like it.
        let chapter = crate_name.split('-').next().unwrap_or_default();
        let part_of_the_book = match chapter.strip_prefix("ch") {
            Some(number) if number.parse::<u32>().is_ok() => chapter,
            _ if crate_name == "practice-registry" => "practice-registry",
            _ => continue,
        };
        let folder = repository("chapters").join(&crate_name).join("src");
        for file in names(&folder)? {
            check_file(&folder.join(file), part_of_the_book, &shown)?;
        }
    }
    Ok(())
}

/// `PATH` or `PATH:ANCHOR` of each include.
pub fn includes(text: &str) -> Vec<&str> {
    let after = text.split("{{#include ").skip(1);
    after.filter_map(|rest| Some(rest.split_once("}}")?.0.trim())).collect()
}

fn add(page: &Page, include: &str, shown: &mut Shown) -> Result<()> {
    let (path, anchor) = include.split_once(':').map_or((include, None), |(path, anchor)| (path, Some(anchor)));
    let folder = Path::new("book/src").join(&page.name);
    let path = normal(&folder.with_file_name(path));
    let text = read(&repository("").join(&path))?;
    let lines: Vec<&str> = text.lines().collect();
    let (start, end) = match anchor {
        None => {
            // mdBook shows them, unless one is asked for.
            ensure!(!lines.iter().any(|line| is_anchor(line)), "it has anchors, which would be shown");
            (0, lines.len())
        }
        Some(anchor) => {
            let find = |mark: &str| lines.iter().position(|line| line.trim().ends_with(&format!("{mark}: {anchor}")));
            let start = find("ANCHOR").context("there is no such anchor")?;
            (start + 1, find("ANCHOR_END").context("the anchor has no end")?)
        }
    };
    let wanted: Vec<usize> = (start..end).filter(|index| counts(lines[*index])).collect();
    ensure!(!wanted.is_empty(), "it is empty");
    let of_file = shown.entry(path).or_default();
    for index in wanted {
        if let Some(first) = of_file.insert(index, page.name.clone()) {
            bail!("line {} stands in {first} already", index + 1);
        }
    }
    Ok(())
}

/// A blank line need not be shown, and an anchor is none of the source.
fn counts(line: &str) -> bool {
    !line.trim().is_empty() && !is_anchor(line)
}

fn is_anchor(line: &str) -> bool {
    line.contains("ANCHOR: ") || line.contains("ANCHOR_END: ")
}

fn check_file(path: &Path, part_of_the_book: &str, shown: &Shown) -> Result<()> {
    let text = read(path)?;
    let name = path.strip_prefix(repository("")).unwrap_or(path);
    let pages = shown.get(name).with_context(|| format!("{}: it is on no page", name.display()))?;
    for (index, line) in text.lines().enumerate().filter(|(_, line)| counts(line)) {
        let page =
            pages.get(&index).with_context(|| format!("{}:{}: on no page: {line}", name.display(), index + 1))?;
        ensure!(page.starts_with(part_of_the_book), "{}: it is on another's page: {page}", name.display());
    }
    let anchors = text.lines().filter(|line| is_anchor(line)).count();
    ensure!(anchors * 10 < text.lines().count(), "{}: a tenth of it are anchors", name.display());
    Ok(())
}

/// Without `..`, so that two ways to a file are one.
fn normal(path: &Path) -> PathBuf {
    let mut normal = PathBuf::new();
    for component in path.components() {
        match component {
            Component::ParentDir => drop(normal.pop()),
            other => normal.push(other),
        }
    }
    normal
}

fn names(folder: &Path) -> Result<Vec<String>> {
    let entries = fs::read_dir(folder).with_context(|| format!("cannot read: {}", folder.display()))?;
    let mut names: Vec<String> =
        entries.map(|entry| Ok(entry?.file_name().display().to_string())).collect::<Result<_>>()?;
    names.sort();
    Ok(names)
}
