//! The rules of this house that a machine can check.

use std::fs;
use std::path::PathBuf;
use test_kit::{names, repository};

/// The crates, and the names of the crates of this repository that each needs to run.
fn crates() -> Vec<(String, Vec<String>)> {
    let folder = repository("chapters");
    // The exercises are no part of the workspace.
    let with_manifest =
        names(&folder).into_iter().filter(|name| name != "exercises" && folder.join(name).join("Cargo.toml").is_file());
    let crates = with_manifest.map(|name| {
        let manifest = fs::read_to_string(folder.join(&name).join("Cargo.toml")).unwrap();
        let dependencies = manifest.split("[dependencies]").nth(1).unwrap().split("\n[").next().unwrap();
        let ours = dependencies.lines().filter_map(|line| Some(line.split_once(" = { path = \"../")?.0.to_owned()));
        let ours = ours.collect();
        (name, ours)
    });
    crates.collect()
}

fn chapter(name: &str) -> Option<u32> {
    name.strip_prefix("ch")?.get(..2)?.parse().ok()
}

/// So that the dependency graph is the table of contents, and a reader at one chapter needs nothing after it.
#[test]
fn a_chapter_uses_only_those_before_it() {
    let crates = crates();
    assert!(crates.len() >= 12, "{crates:?}");
    for (name, dependencies) in crates {
        for dependency in dependencies {
            match (chapter(&name), chapter(&dependency)) {
                (Some(this), Some(other)) => assert!(other < this, "{name} uses {dependency}"),
                (_, None) => {}
                (None, Some(_)) => panic!("{name} is for all chapters and uses {dependency}"),
            }
        }
    }
}

/// The sources of the crates that the readers read: every line, so there must not be too many.
fn sources() -> Vec<PathBuf> {
    let folder = repository("chapters");
    crates().into_iter().flat_map(|(name, _)| files_below(folder.join(name).join("src"))).collect()
}

fn files_below(folder: PathBuf) -> Vec<PathBuf> {
    let entries = names(&folder).into_iter().map(|name| folder.join(name));
    entries.flat_map(|path| if path.is_dir() { files_below(path) } else { vec![path] }).collect()
}

fn lines_of_code(path: &PathBuf) -> usize {
    let text = fs::read_to_string(path).unwrap();
    text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with("//")).count()
}

#[test]
fn a_file_is_one_idea() {
    for path in sources() {
        let lines = lines_of_code(&path);
        assert!(lines < 150, "{}: {lines} lines of code", path.display());
    }
}

#[test]
fn a_chapter_is_one_sitting() {
    for (name, _) in crates().into_iter().filter(|(name, _)| chapter(name).is_some()) {
        let of_it = |path: &PathBuf| path.components().any(|part| part.as_os_str() == name.as_str());
        let library = sources().into_iter().filter(|path| of_it(path) && !path.ends_with("main.rs"));
        let lines: usize = library.map(|path| lines_of_code(&path)).sum();
        // Part two's chapters are several sittings, with a step in each file: what a hostile registry, a hostile archive
        // and the kernel ask for has no shorter form.
        let most = if chapter(&name) < Some(8) { 300 } else { 1400 };
        assert!(lines < most, "{name}: {lines} lines of code");
    }
}

#[test]
fn the_readme_names_every_chapter() {
    let readme = fs::read_to_string(repository("README.md")).unwrap();
    for (name, _) in crates() {
        assert!(readme.contains(&format!("`{name}`")), "{name}");
    }
}

/// What a reader can type is `cargo run`: nothing installs the programs.
#[test]
fn every_program_has_an_example() {
    for path in sources().iter().filter(|path| path.ends_with("main.rs")) {
        let name = path.iter().rev().nth(2).unwrap().to_str().unwrap();
        let text = fs::read_to_string(path).unwrap();
        assert!(text.contains(&format!("cargo run -p {name}")), "{name} --help");
    }
}
