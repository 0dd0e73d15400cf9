//! The book says what is so.

use book_keeper::{console, generated, includes, pages, read, repository, words};
use test_kit::have;

/// What the commands of the book need, and a reader on Linux has or installs on the first page.
const TOOLS: [&str; 12] = [
    "bash",
    "busybox",
    "curl",
    "GNU tar",
    "gzip",
    "hostname",
    "jq",
    "python3",
    "sha256sum",
    "timeout",
    "unshare",
    "xxd",
];

#[test]
fn every_command_prints_what_the_book_says() {
    if !have(&TOOLS) {
        return;
    }
    let pages = pages().unwrap();
    let wrong: Vec<String> = std::thread::scope(|threads| {
        let sessions: Vec<_> = pages.iter().map(|page| (page, threads.spawn(|| console::renew(page)))).collect();
        let wrong = sessions.into_iter().filter_map(|(page, session)| {
            let renewed = session.join().unwrap().unwrap_or_else(|error| format!("{error:#}"));
            first_difference(&page.text, &renewed).map(|difference| format!("{}: {difference}", page.name))
        });
        wrong.collect()
    });
    assert!(wrong.is_empty(), "{}\nTo renew the book: cargo run -p book-keeper", wrong.join("\n"));
}

fn first_difference(book: &str, now: &str) -> Option<String> {
    if book == now {
        return None;
    }
    let same = book.lines().zip(now.lines()).take_while(|(book, now)| book == now).count();
    let line = |text: &str| text.lines().nth(same).unwrap_or("(the end)").to_owned();
    Some(format!("line {}:\n  the book says  {}\n  it is now      {}", same + 1, line(book), line(now)))
}

#[test]
fn few_commands_are_not_run() {
    let count: usize = pages().unwrap().iter().map(console::not_run).sum();
    assert!(count <= 6, "{count} blocks are marked as not-run");
}

#[test]
fn every_line_of_the_chapters_is_in_the_book_once() {
    includes::check(&pages().unwrap()).unwrap();
}

#[test]
fn what_the_book_names_exists() {
    let complaints = words::complaints(&pages().unwrap()).unwrap();
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
}

#[test]
fn pictures_and_tables_are_fresh() {
    for (name, text) in generated().unwrap() {
        let committed = read(&repository("book/src").join(&name)).unwrap();
        assert_eq!(committed, text, "{name}: cargo run -p book-keeper");
    }
}
