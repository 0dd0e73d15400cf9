use super::artifacts::{Entry, entries};
use super::svg::*;
use anyhow::{Context, Result};

/// Where the tree begins, and how far its levels and its leaves are apart.
const TOP: i32 = 30;
const LEVEL: i32 = 62;
const FIRST_LEAF: i32 = 40;
const LEAF: i32 = 108;

/// The root file system as a tree, and the order in which the layer holds it.
pub fn picture() -> Result<(String, String)> {
    let entries = entries()?;
    let places = places(&entries)?;
    let (mut lines, mut names) = (Vec::new(), Vec::new());
    for (index, entry) in entries.iter().enumerate() {
        let (x, y) = places[index];
        if let Some(parent) = parent(&entries, entry) {
            let (from_x, from_y) = places[parent];
            lines.push(line(&[(from_x, from_y), (x, y)], &[LINE]));
        }
        names.push(number(x, y, &(index + 1).to_string()));
        names.push(text(x + 16, y + 5, &[MONO, HALO], last_name(&entry.name)));
    }
    let bottom = places.iter().map(|(_, y)| *y).max().unwrap_or(TOP);
    names.push(line(&[(10, bottom + 34), (350, bottom + 34)], &[FAINT]));
    names.push(text(20, bottom + 60, &[BOLD], "in the layer, one after the other"));
    let rows = bottom + 88;
    for ((index, entry), y) in entries.iter().enumerate().zip((rows..).step_by(26)) {
        names.push(number(30, y, &(index + 1).to_string()));
        names.push(text(50, y + 5, &[MONO], &entry.name));
        if !entry.name.ends_with('/') {
            names.push(text(340, y + 5, &[SMALL, END], &format!("{} bytes", entry.size)));
        }
    }
    let height = rows + 26 * entries.len() as i32;
    let list: Vec<&str> = entries.iter().map(|entry| entry.name.as_str()).collect();
    let description = format!(
        "A tree of directories and files. Its entries are numbered in the order in which the layer holds them: a directory, \
         then all that is in it, then the next name: {}.",
        list.join(", ")
    );
    lines.extend(names);
    Ok(draw("files", height, "The files of the image, and their order", &description, &lines))
}

/// Each level has its height. What holds nothing has a place of its own, and a directory is above what it holds.
fn places(entries: &[Entry]) -> Result<Vec<Point>> {
    let is_leaf =
        |entry: &Entry| entries.iter().filter_map(|child| parent_name(&child.name)).all(|it| it != entry.name);
    let mut leaves = entries.iter().filter(|entry| is_leaf(entry));
    let first = &leaves.next().context("the layer holds no file")?.name;
    let mut x_of_leaves = vec![(first.as_str(), FIRST_LEAF)];
    x_of_leaves.extend(leaves.zip(1..).map(|(entry, index)| (entry.name.as_str(), FIRST_LEAF + LEAF * index)));
    let place = |entry: &Entry| {
        let below: Vec<i32> =
            x_of_leaves.iter().filter(|(name, _)| name.starts_with(&entry.name)).map(|(_, x)| *x).collect();
        let level = entry.name.trim_end_matches('/').matches('/').count() as i32;
        (below.iter().sum::<i32>() / below.len().max(1) as i32, TOP + LEVEL * level)
    };
    Ok(entries.iter().map(place).collect())
}

fn parent(entries: &[Entry], entry: &Entry) -> Option<usize> {
    entries.iter().position(|other| Some(other.name.as_str()) == parent_name(&entry.name))
}

/// With its slash at the end, as in an archive.
fn parent_name(name: &str) -> Option<&str> {
    let end = name.trim_end_matches('/').rfind('/')?;
    Some(&name[..=end])
}

fn last_name(name: &str) -> &str {
    parent_name(name).map_or(name, |parent| &name[parent.len()..])
}
