use super::svg::*;
use crate::{read, repository};
use anyhow::{Context, Result, ensure};

/// A chapter, as the README's table has it, and the crates that it uses, as its Cargo.toml has them.
struct Chapter {
    name: String,
    leaves: String,
    uses: Vec<String>,
}

const WIDTH: i32 = 340;
const HEIGHT: i32 = 50;
const STEP: i32 = 70;

/// The crates as the way through the book.
pub fn picture() -> Result<(String, String)> {
    let chapters = chapters()?;
    let (mut shapes, mut sentences) = (Vec::new(), Vec::new());
    for ((index, chapter), y) in chapters.iter().enumerate().zip((14..).step_by(STEP as usize)) {
        let used = (1..).zip(&chapters[..index]).filter(|(_, other)| chapter.uses.contains(&other.name));
        let used: Vec<String> = used.map(|(number, _): (usize, _)| number.to_string()).collect();
        shapes.push(area(10, y, WIDTH, HEIGHT, &[PLAIN]));
        shapes.push(text(24, y + 21, &[BOLD], &chapter.name));
        shapes.push(text(24, y + 39, &[SMALL], &chapter.leaves));
        let what = if used.is_empty() { "nothing".to_owned() } else { format!("chapter {}", used.join(", ")) };
        sentences.push(format!("{} leaves {}, and uses {what}.", chapter.name, chapter.leaves));
        if index > 0 {
            shapes.push(text(336, y + 21, &[END, SMALL], &format!("uses {}", used.join(", "))));
            shapes.push(arrow(&[(60, y - STEP + HEIGHT), (60, y)], &[LINE]));
        }
    }
    let end = STEP * chapters.len() as i32;
    shapes.extend(beside(end, &chapters));
    let title = "The way through the book: what each chapter leaves, and which chapters it uses";
    Ok(draw("path", end + 78, title, &sentences.join(" "), &shapes))
}

/// What is no chapter: the registry at the other end, and what the chapters share.
fn beside(end: i32, chapters: &[Chapter]) -> Vec<String> {
    let users = (1..).zip(chapters).filter(|(_, chapter)| chapter.uses.iter().any(|name| name == "practice-registry"));
    let users: Vec<String> = users.map(|(number, _): (usize, _)| number.to_string()).collect();
    let registry = format!("the other end of the wire, for chapters {}", users.join(", "));
    vec![
        area(10, end + 14, WIDTH, HEIGHT, &[FAINT, DASHED]),
        text(24, end + 35, &[BOLD], "practice-registry"),
        text(24, end + 53, &[SMALL], &registry),
    ]
}

fn chapters() -> Result<Vec<Chapter>> {
    let readme = read(&repository("README.md"))?;
    let rows = readme.lines().filter_map(|line| line.strip_prefix("| [`ch"));
    let chapters: Result<Vec<Chapter>> = rows.map(chapter).collect();
    let chapters = chapters?;
    ensure!(!chapters.is_empty(), "the README has no table of chapters");
    Ok(chapters)
}

/// `01-list-files`](…) | idea | what it leaves |
fn chapter(row: &str) -> Result<Chapter> {
    let (name, rest) = row.split_once('`').context("a chapter without a name")?;
    let leaves = rest.split('|').nth(2).context("a chapter that leaves nothing")?.trim().replace('`', "");
    let name = format!("ch{name}");
    let cargo = read(&repository("chapters").join(&name).join("Cargo.toml"))?;
    let dependencies = cargo.split("\n[").find_map(|section| section.strip_prefix("dependencies]"));
    let lines = dependencies.context("a chapter without dependencies")?.lines();
    let uses =
        lines.filter(|line| line.contains("path = ")).filter_map(|line| Some(line.split_once(" =")?.0.to_owned()));
    Ok(Chapter { name, leaves, uses: uses.collect() })
}
