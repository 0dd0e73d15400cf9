//! The exercises: each says what it is for and where to read, has hints in steps, and stands on its chapter's page.

use book_keeper::{read, repository};
use std::collections::BTreeSet;
use std::path::PathBuf;

struct Exercise {
    name: String,
    hint: String,
    stub: String,
    solution: String,
}

fn exercises() -> Vec<Exercise> {
    let folder = repository("chapters/exercises");
    let info = read(&folder.join("info.toml")).unwrap();
    let entries = info.split("[[exercises]]").skip(1).map(|entry| {
        let name = entry.split("name = \"").nth(1).unwrap().split('"').next().unwrap();
        let hint =
            entry.split("hint = \"\"\"").nth(1).unwrap_or_else(|| panic!("{name}: no hint")).split("\"\"\"").next();
        let file = |of: &str| read(&folder.join(of).join(format!("{name}.rs"))).unwrap();
        let (stub, solution) = (file("exercises"), file("solutions"));
        Exercise { name: name.to_owned(), hint: hint.unwrap().to_owned(), stub, solution }
    });
    entries.collect()
}

#[test]
fn every_chapter_has_at_least_four() {
    let exercises = exercises();
    assert!(exercises.len() >= 28, "{}", exercises.len());
    for chapter in 1..=10 {
        let start = format!("ch{chapter:02}_");
        let count = exercises.iter().filter(|exercise| exercise.name.starts_with(&start)).count();
        assert!(count >= 4, "{start}: {count}");
    }
    let names: Vec<&String> = exercises.iter().map(|exercise| &exercise.name).collect();
    let mut sorted: Vec<&String> = names.clone();
    sorted.sort_by_key(|name| name[..4].to_owned());
    assert_eq!(names, sorted, "they come in the order of the chapters");
}

#[test]
fn each_says_what_to_do_and_where_to_read() {
    for Exercise { name, hint, stub, solution } in exercises() {
        for text in [&stub, &solution] {
            assert!(text.starts_with(&format!("// {name}: ")), "{name}: it begins with its name");
            for part in ["\n// Goal: ", "\n// To do: ", "\n// Read: "] {
                assert!(text.contains(part), "{name}: it lacks {}", part.trim());
            }
        }
        assert_eq!(stub.matches("// TODO").count(), 1, "{name}: one place to edit");
        assert_eq!(solution.matches("TODO").count(), 0, "{name}: solved");
        assert!(stub.contains("#[test]\n"), "{name}: no test");
        let tests = |text: &str| text.split("#[cfg(test)]").nth(1).unwrap().to_owned();
        assert_eq!(tests(&stub), tests(&solution), "{name}: the solution passes the same tests");
        assert!(hint.contains("1. ") && hint.contains("2. "), "{name}: the hint has steps");
    }
}

/// A function that an exercise is given is the one that was the solution of another.
#[test]
fn what_is_given_is_what_was_solved() {
    let exercises = exercises();
    for exercise in &exercises {
        for given in exercise.stub.split("// From ").skip(1) {
            let (from, function) = given.split_once(".\n").unwrap();
            let function = function.split("\n}\n").next().unwrap();
            let source = exercises.iter().find(|other| other.name == from);
            let source = source.unwrap_or_else(|| panic!("{}: from {from}, which is none", exercise.name));
            assert!(source.solution.contains(function), "{}: it is not as in {from}:\n{function}", exercise.name);
        }
    }
}

#[test]
fn page_and_exercises_mirror_each_other() {
    let all: BTreeSet<String> = exercises().into_iter().map(|exercise| exercise.name).collect();
    let mut on_pages = BTreeSet::new();
    for entry in std::fs::read_dir(repository("book/src")).unwrap() {
        let path: PathBuf = entry.unwrap().path();
        let file = path.file_name().unwrap().to_string_lossy().into_owned();
        let is_of_a_chapter = |name: &str| name.starts_with("ch0") || name.starts_with("ch1");
        if !is_of_a_chapter(&file) {
            continue;
        }
        for code in read(&path).unwrap().split('`').skip(1).step_by(2) {
            if is_of_a_chapter(code) && code.contains('_') && !code.contains(['(', ' ', '/']) {
                assert_eq!(code[..4], file[..4], "{file}: {code}");
                on_pages.insert(code.to_owned());
            }
        }
    }
    assert_eq!(on_pages, all);
}
