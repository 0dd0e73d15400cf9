//! What the keeper of the book refuses: a check that cannot fail is none.

use book_keeper::{Page, console, errors, includes, pages, words};
use test_kit::have;

fn page(text: &str) -> Page {
    Page { name: "page.md".into(), text: text.into() }
}

#[test]
fn names_and_links_that_lead_nowhere() {
    let cases = [
        ("[a](nowhere.md)", "page.md: a link to no page: nowhere.md"),
        ("# Here\n\n[a](#there)", "page.md: a link to no heading: #there"),
        ("# Here\n\n[a](page.md#there)", "page.md: a link to no heading: page.md#there"),
        ("`cargo run -p ch99-nothing`", "page.md: no such chapter: `cargo run -p ch99-nothing`"),
        ("`scripts/nothing.sh`", "page.md: no such file: `scripts/nothing.sh`"),
        ("`no_such_function()`", "page.md: no such function: `no_such_function()`"),
        ("`a_name_of_nothing`", "page.md: no such name in the sources: `a_name_of_nothing`"),
        ("It is simply so.", "page.md: the word \"simply\""),
        ("text <!-- hidden -->", "page.md: an HTML comment"),
        ("```sh\nls\n```", "page.md: a block that was typed: ls"),
    ];
    for (text, complaint) in cases {
        assert_eq!(words::complaints(&[page(text)]).unwrap(), [complaint], "{text}");
    }
    let good =
        "# Here *and* `there`\n\n[a](#here-and-there) `ch01-list-files` `entries()` `scripts/digest.sh` `send_blob`";
    assert_eq!(words::complaints(&[page(good)]).unwrap(), [""; 0]);
}

#[test]
fn code_that_is_not_there_or_twice() {
    let refused = |text: &str| format!("{:#}", includes::check(&[page(text)]).unwrap_err());
    let missing = refused("{{#include ../../chapters/nothing.rs}}");
    assert!(missing.starts_with("page.md: ../../chapters/nothing.rs: cannot read: "), "{missing}");
    let file = "../../chapters/ch01-list-files/src/lib.rs";
    let anchor = refused(&format!("{{{{#include {file}:nothing}}}}"));
    assert_eq!(anchor, format!("page.md: {file}:nothing: there is no such anchor"));
    let whole = refused(&format!("{{{{#include {file}}}}}"));
    assert_eq!(whole, format!("page.md: {file}: it has anchors, which would be shown"));
    let twice = refused(&format!("{{{{#include {file}:visit}}}}\n{{{{#include {file}:visit}}}}"));
    assert!(twice.ends_with(" stands in page.md already"), "{twice}");
}

#[test]
fn a_book_without_a_line_of_a_chapter() {
    let mut pages = pages().unwrap();
    let page = pages.iter_mut().find(|page| page.name == "ch01-list-files.md").unwrap();
    page.text = page.text.replace("lib.rs:visit_later}}", "lib.rs:entries}}");
    let twice = format!("{:#}", includes::check(&pages).unwrap_err());
    assert!(twice.contains(" stands in ch01-list-files.md already"), "{twice}");
    let page = pages.iter_mut().find(|page| page.name == "ch01-list-files.md").unwrap();
    page.text = page.text.replace("{{#include", "{{#not-included");
    let missing = format!("{:#}", includes::check(&pages).unwrap_err());
    assert!(missing.contains("chapters/ch01-list-files/src/"), "{missing}");
    assert!(missing.contains("on no page"), "{missing}");
}

#[test]
fn commands_that_end_in_another_way_than_the_page_says() {
    if !have(&["bash", "timeout"]) {
        return;
    }
    let renewed = |text: &str| console::renew(&page(text)).map_err(|error| format!("{error:#}"));
    let failed = "it ended with 1: false\n";
    assert_eq!(renewed("```console\n$ false\n```\n"), Err(failed.into()));
    assert_eq!(renewed("```console,not-runn\n$ ls\n```\n"), Err("line 1: unknown mark: not-runn".into()));
    assert_eq!(renewed("```console,fails\n$ true\n```\n"), Err("it ended with 0: true\n".into()));
    assert_eq!(renewed("```console,fails\n$ false\n$ true\n```\n"), Err(failed.into()));
    let old =
        "```console\n$ X=1; echo a \\\n  b\nold\n```\n\ntext\n\n```console,fails\n$ echo $X 127.0.0.1:9; false\n```\n";
    let new = old.replace("old", "a b").replace("false\n", "false\n1 127.0.0.1:PORT\n");
    assert_eq!(renewed(old), Ok(new.clone()));
    assert_eq!(renewed(&new), Ok(new.clone()), "a page that is fresh stays as it is");
}

#[test]
fn errors_that_nobody_explains_and_explanations_of_none() {
    let text = "# Errors\n\n### `cannot read: PATH: it is gone`\n\n```message\nold\n```\n\nLook elsewhere.\n";
    let messages = |list: &[&str]| list.iter().map(|text| text.to_string()).collect();
    let good = messages(&["error: cannot read: a/b: it is gone", "error: cannot read: a: it is gone\nhelp: find it"]);
    let renewed = text.replace("old", "error: cannot read: a/b: it is gone");
    assert_eq!(errors::with_messages(text, &good).unwrap(), renewed);
    let unexplained = errors::with_messages(text, &messages(&["error: cannot write: a"])).unwrap_err();
    assert!(unexplained.to_string().contains("error: cannot write: a"), "{unexplained}");
    let unprovoked = errors::with_messages(text, &messages(&[])).unwrap_err();
    let expected = "no test provokes what the page of errors explains: cannot read: PATH: it is gone";
    assert_eq!(unprovoked.to_string(), expected);
}
