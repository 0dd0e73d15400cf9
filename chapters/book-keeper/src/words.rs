//! What a page says must be there: links and their anchors, files, programs and functions.

use crate::{Page, repository};
use anyhow::Result;
use pulldown_cmark::{CodeBlockKind, Event, Options, Parser, Tag, TagEnd};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// Words that help nobody: what is simple for one reader is not for another.
const UNWANTED: [&str; 7] = ["simply", "just", "obviously", "easy", "easily", "TODO", "FIXME"];

/// What is wrong with the pages, a line each.
pub fn complaints(pages: &[Page]) -> Result<Vec<String>> {
    let anchors: BTreeMap<&str, BTreeSet<String>> =
        pages.iter().map(|page| (page.name.as_str(), anchors(&page.text))).collect();
    let sources = sources()?;
    let mut complaints = Vec::new();
    for page in pages {
        let mut complain = |what: String| complaints.push(format!("{}: {what}", page.name));
        if page.text.contains("<!--") {
            complain("an HTML comment".to_owned());
        }
        let mut in_code = None;
        for (event, range) in Parser::new_ext(&page.text, options()).into_offset_iter() {
            match event {
                Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(info))) => in_code = Some(info.to_string()),
                Event::End(TagEnd::CodeBlock) => in_code = None,
                Event::Start(Tag::Link { dest_url, .. }) => {
                    check_link(page, &dest_url, &anchors).unwrap_or_else(&mut complain)
                }
                Event::Code(code) => check_code(&code, &sources).unwrap_or_else(&mut complain),
                Event::Text(text) => match &in_code {
                    Some(info) => check_block(info, &text).unwrap_or_else(&mut complain),
                    None => unwanted(&page.text[range]).into_iter().for_each(&mut complain),
                },
                _ => {}
            }
        }
    }
    Ok(complaints)
}

fn options() -> Options {
    Options::ENABLE_TABLES | Options::ENABLE_FOOTNOTES | Options::ENABLE_DEFINITION_LIST
}

/// A block is a session, or an error that was printed, or comes from a file.
fn check_block(info: &str, text: &str) -> Result<(), String> {
    let text = text.trim();
    match info.starts_with("console") || info == "message" || (text.starts_with("{{#include ") && text.ends_with("}}"))
    {
        true => Ok(()),
        false => Err(format!("a block that was typed: {text}")),
    }
}

fn unwanted(text: &str) -> Vec<String> {
    let words = text.split(|c: char| !c.is_alphanumeric());
    words.filter(|word| UNWANTED.contains(word)).map(|word| format!("the word \"{word}\"")).collect()
}

fn check_link(page: &Page, url: &str, anchors: &BTreeMap<&str, BTreeSet<String>>) -> Result<(), String> {
    if url.starts_with("https://") {
        return Ok(());
    }
    let (file, anchor) = url.split_once('#').unwrap_or((url, ""));
    let file = if file.is_empty() { page.name.as_str() } else { file };
    let Some(of_page) = anchors.get(file) else { return Err(format!("a link to no page: {url}")) };
    match anchor.is_empty() || of_page.contains(anchor) {
        true => Ok(()),
        false => Err(format!("a link to no heading: {url}")),
    }
}

/// The anchors of a page's headings, as mdBook names them, and those that stand in it as HTML.
fn anchors(text: &str) -> BTreeSet<String> {
    let mut anchors: BTreeSet<String> =
        text.split(" id=\"").skip(1).filter_map(|rest| Some(rest.split_once('"')?.0.to_owned())).collect();
    let (mut heading, mut within) = (String::new(), false);
    for event in Parser::new_ext(text, options()) {
        match event {
            Event::Start(Tag::Heading { .. }) => (heading, within) = (String::new(), true),
            Event::Text(text) | Event::Code(text) if within => heading += &text,
            Event::End(TagEnd::Heading(_)) => {
                within = false;
                let slug = slug(&heading);
                let numbered = (1..).map(|number| format!("{slug}-{number}"));
                let free = [slug.clone()].into_iter().chain(numbered).find(|slug| !anchors.contains(slug));
                anchors.extend(free);
            }
            _ => {}
        }
    }
    anchors
}

fn slug(heading: &str) -> String {
    let kept = heading.chars().filter_map(|c| match c {
        c if c.is_alphanumeric() || c == '_' || c == '-' => Some(c.to_ascii_lowercase()),
        c if c.is_whitespace() => Some('-'),
        _ => None,
    });
    kept.collect()
}

/// Programs, paths and functions that a page names must exist.
fn check_code(code: &str, sources: &str) -> Result<(), String> {
    let missing = |what: &str| Err(format!("{what}: `{code}`"));
    for word in code.split(|c: char| c.is_whitespace() || c == '"') {
        let word = word.trim_end_matches([',', ';', ':']);
        let is_chapter = word.starts_with("ch") && word.get(2..4).is_some_and(|n| n.parse::<u32>().is_ok());
        if is_chapter && word.contains('-') && !repository("chapters").join(word).is_dir() {
            return missing("no such chapter");
        }
        let in_repository = ["chapters/", "scripts/", "fixtures/", "book/"].iter().any(|start| word.starts_with(start));
        if in_repository && !repository(word).exists() {
            return missing("no such file");
        }
        if let Some(function) = word.strip_suffix("()")
            && !sources.contains(&format!("fn {}(", function.rsplit("::").next().unwrap_or_default()))
            && !sources.contains(&format!("fn {}<", function.rsplit("::").next().unwrap_or_default()))
        {
            return missing("no such function");
        }
        let is_snake =
            word.contains('_') && word.chars().all(|c| c.is_ascii_lowercase() || c == '_') && !word.starts_with('_');
        if is_snake && !sources.contains(word) {
            return missing("no such name in the sources");
        }
    }
    Ok(())
}

/// All programs and scripts of this repository, but for this one, as one text.
fn sources() -> Result<String> {
    let mut text = String::new();
    for entry in std::fs::read_dir(repository("chapters"))? {
        let path = entry?.path();
        if !path.ends_with("book-keeper") {
            collect(&path, &mut text)?;
        }
    }
    collect(&repository("scripts"), &mut text)?;
    collect(&repository("book/examples"), &mut text)?;
    Ok(text)
}

fn collect(path: &Path, text: &mut String) -> Result<()> {
    if !path.is_dir() {
        *text += &String::from_utf8_lossy(&std::fs::read(path)?);
        return Ok(());
    }
    // What the exercises are compiled to is no source, and large.
    if !path.ends_with("target") {
        for entry in std::fs::read_dir(path)? {
            collect(&entry?.path(), text)?;
        }
    }
    Ok(())
}
