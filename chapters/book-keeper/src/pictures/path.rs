use super::svg::*;
use crate::{read, repository};
use anyhow::{Context, Result, ensure};

/// A chapter, as the README's table has it, and the crates that it uses, as its Cargo.toml has them.
struct Chapter {
    name: String,
    leaves: String,
    uses: Vec<String>,
}

const HEIGHT: i32 = 50;
const STEP: i32 = 74;
/// The right edge of the chapters' boxes, and how far apart the ways beside them are.
const EDGE: i32 = 272;
const WAY: i32 = 16;

/// The crates as the way through the book.
pub fn picture() -> Result<(String, String)> {
    let chapters = chapters()?;
    let uses = |user: &Chapter, used: &Chapter| user.uses.contains(&used.name);
    let (mut shapes, mut sentences, mut lanes) = (Vec::new(), Vec::new(), Vec::<usize>::new());
    for (user_index, user) in chapters.iter().enumerate() {
        let used: Vec<usize> = (0..user_index).filter(|index| uses(user, &chapters[*index])).collect();
        for used in &used {
            shapes.push(way(*used, user_index, &mut lanes));
        }
        let names: Vec<String> = used.iter().map(|index| (index + 1).to_string()).collect();
        let what = if names.is_empty() { "nothing".to_owned() } else { format!("chapter {}", names.join(", ")) };
        sentences.push(format!("{} leaves {}, and uses {what}.", user.name, user.leaves));
    }
    for (chapter, y) in chapters.iter().zip((14..).step_by(STEP as usize)) {
        shapes.push(area(10, y, EDGE - 10, HEIGHT, &[PLAIN]));
        shapes.push(text(24, y + 21, &[BOLD], &chapter.name));
        shapes.push(text(24, y + 39, &[SMALL], &chapter.leaves));
    }
    let end = STEP * chapters.len() as i32;
    shapes.extend(beside(end, &chapters));
    let title = "The way through the book: what each chapter leaves, and which chapters use it";
    Ok(draw("path", end + 112, title, &sentences.join(" "), &shapes))
}

/// From a chapter to one that uses it: straight to the next, and to others on the side, in the first lane that is free.
fn way(used: usize, user: usize, lanes: &mut Vec<usize>) -> String {
    let top = |index: usize| 14 + STEP * index as i32;
    if user == used + 1 {
        return arrow(&[(60, top(used) + HEIGHT), (60, top(user))], &[LINE]);
    }
    let lane = lanes.iter().position(|busy_until| *busy_until <= used).unwrap_or(lanes.len());
    lanes.resize(lanes.len().max(lane + 1), 0);
    lanes[lane] = user;
    let x = EDGE + 22 + WAY * lane as i32;
    // Each lane has its own place at a box, so that ways do not run over each other.
    let (from, to) = (top(used) + 25 + 7 * lane as i32, top(user) + 6 + 8 * lane as i32);
    arrow(&[(EDGE, from), (x, from), (x, to), (EDGE, to)], &[LINE])
}

/// What is no chapter: the registry at the other end, and what the chapters share.
fn beside(end: i32, chapters: &[Chapter]) -> Vec<String> {
    let users = (1..).zip(chapters).filter(|(_, chapter)| chapter.uses.iter().any(|name| name == "practice-registry"));
    let users: Vec<String> = users.map(|(number, _): (usize, _)| number.to_string()).collect();
    let registry = format!("the other end of the wire, for chapters {}", users.join(" and "));
    vec![
        arrow(&[(24, end + 16), (54, end + 16)], &[LINE]),
        text(62, end + 20, &[SMALL], "leads to a chapter that uses it"),
        area(10, end + 44, 340, HEIGHT, &[FAINT, DASHED]),
        text(24, end + 65, &[BOLD], "practice-registry"),
        text(24, end + 83, &[SMALL], &registry),
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
