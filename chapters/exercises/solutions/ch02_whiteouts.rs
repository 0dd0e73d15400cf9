// ch02_whiteouts: how a layer removes what lies below it
//
// Goal: a layer is applied, not extracted: you know which files an image has that consists of several layers.
// To do: return the names that are to be seen when the layer lies on top. `.wh.NAME` removes NAME, and all that is in
//        it if it is a directory. `.wh..wh..opq` removes all that is in its directory, which itself stays. Both remove
//        what comes from below, never what their own layer brings, in whatever order the layer lists it.
// Read: the book, ch02-make-layer, "A second layer"; the image-spec, layer.md, "Whiteouts" and "Opaque Whiteout".

use std::collections::BTreeSet;

/// The names in a root file system, `below`, after the layer with the entries `layer` is applied to it. All names begin
/// with `./`, and end with `/` for a directory.
fn apply(below: &BTreeSet<String>, layer: &[String]) -> BTreeSet<String> {
    // Two steps: first all that is removed, then all that is brought. So no whiteout meets an entry of its own layer,
    // and the order within the layer does not matter. The slash after the name keeps `./srv/www` from `./srv/www2`.
    //
    // A program that unpacks layers has more to do. A file may take the place of a directory, which is then removed
    // with all that is in it. And it believes no name: `./../x`, or a link that leads out of the root, is an attack.
    let mut names = below.clone();
    for entry in layer {
        let Some((directory, name)) = entry.rsplit_once('/') else { continue };
        if name == ".wh..wh..opq" {
            let directory = format!("{directory}/");
            names.retain(|below| *below == directory || !below.starts_with(&directory));
        } else if let Some(removed) = name.strip_prefix(".wh.") {
            let file = format!("{directory}/{removed}");
            let inside = format!("{file}/");
            names.retain(|below| *below != file && !below.starts_with(&inside));
        }
    }
    names.extend(layer.iter().filter(|entry| !entry.contains("/.wh.")).cloned());
    names
}

// From ch02_octal.
fn octal(field: &[u8]) -> Option<u64> {
    // The NUL ends the digits, and what comes after it does not belong to them: the checksum has a space there. A full
    // field has no NUL. A field that is not in use is all NULs. Without a size, a program cannot tell where the next
    // header is, so it stops, or tries one block after the other until one has a right checksum.
    let digits = field.split(|byte| *byte == 0).next()?;
    let digits = std::str::from_utf8(digits).ok()?.trim_matches(' ');
    match digits {
        "" => Some(0),
        // Rust would take a plus sign before the digits; no tar does.
        _ if digits.starts_with('+') => None,
        _ => u64::from_str_radix(digits, 8).ok(),
    }
}

/// The names in an archive, in its order.
fn names_in(archive: &[u8]) -> Vec<String> {
    let mut names = Vec::new();
    let mut header = 0;
    while archive[header] != 0 {
        let name = archive[header..header + 100].split(|byte| *byte == 0).next().unwrap_or_default();
        names.push(String::from_utf8_lossy(name).into_owned());
        let size = octal(&archive[header + 124..header + 136]).expect("the size is no number");
        header += 512 + size.next_multiple_of(512) as usize;
    }
    names
}

const LAYER: &[u8] = include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/hello/reference/layer.tar"));

fn main() {
    let hello = names_in(LAYER).into_iter().collect();
    for name in apply(&hello, &["./".into(), "./etc/".into(), "./etc/.wh.motd".into(), "./etc/issue".into()]) {
        println!("{name}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(names: &str) -> Vec<String> {
        names.split_whitespace().map(String::from).collect()
    }

    /// Applies the layer as it is listed, and in the reverse order.
    #[track_caller]
    fn check(below: &str, layer: &str, want: &str, why: &str) {
        let below = words(below).into_iter().collect();
        let mut layer = words(layer);
        for order in ["in this order", "in the reverse order"] {
            let got: Vec<String> = apply(&below, &layer).into_iter().collect();
            let mut want = words(want);
            want.sort();
            let (layer_text, want_text, got_text) = (layer.join(" "), want.join(" "), got.join(" "));
            assert!(
                got == want,
                "{why}.\n  the layer, {order}: {layer_text}\n  wanted: {want_text}\n  but is: {got_text}"
            );
            layer.reverse();
        }
    }

    #[test]
    fn a_whiteout_removes_a_file_and_is_not_to_be_seen() {
        check(
            &names_in(LAYER).join(" "),
            "./ ./etc/ ./etc/.wh.motd ./srv/ ./srv/www/ ./srv/www/about.txt",
            "./ ./etc/ ./hello ./srv/ ./srv/www/ ./srv/www/about.txt ./srv/www/index.html",
            "the second layer of the book removes ./etc/motd from the hello image and adds ./srv/www/about.txt",
        );
        check("./ ./hello", "./ ./.wh.hello", "./", "a whiteout may be in the root, too");
    }

    #[test]
    fn a_whiteout_removes_a_directory_and_all_that_is_in_it() {
        check(
            "./ ./srv/ ./srv/www/ ./srv/www/css/ ./srv/www/css/main.css ./srv/www.conf ./srv/www2/ ./srv/www2/x ./www/",
            "./ ./srv/ ./srv/.wh.www",
            "./ ./srv/ ./srv/www.conf ./srv/www2/ ./srv/www2/x ./www/",
            "./srv/www is gone with all that is in it, and nothing else is: www2 only begins with the same letters",
        );
    }

    #[test]
    fn an_opaque_directory_stays_without_what_was_in_it() {
        check(
            &names_in(LAYER).join(" "),
            "./ ./srv/.wh..wh..opq",
            "./ ./etc/ ./etc/motd ./hello ./srv/",
            "all that was in ./srv is gone, at any depth, and the directory itself stays",
        );
        check(
            "./ ./srv/ ./srv/www/ ./srv/www/old ./srv/www2/ ./srv/www2/x",
            "./ ./srv/ ./srv/www/ ./srv/www/.wh..wh..opq",
            "./ ./srv/ ./srv/www/ ./srv/www2/ ./srv/www2/x",
            "./srv/www is opaque, and ./srv/www2 is another directory",
        );
    }

    #[test]
    fn a_whiteout_removes_nothing_of_its_own_layer() {
        check(
            &names_in(LAYER).join(" "),
            "./ ./etc/ ./etc/.wh.motd ./etc/motd",
            "./ ./etc/ ./etc/motd ./hello ./srv/ ./srv/www/ ./srv/www/index.html",
            "./etc/motd is the new one: the whiteout is for the one below",
        );
        check(
            "./ ./a/ ./a/b/ ./a/b/c/ ./a/b/c/bar",
            "./ ./a/ ./a/.wh..wh..opq ./a/b/ ./a/b/c/ ./a/b/c/foo",
            "./ ./a/ ./a/b/ ./a/b/c/ ./a/b/c/foo",
            "the example of the specification: a/b is removed and made anew, with foo in it and without bar",
        );
    }
}
