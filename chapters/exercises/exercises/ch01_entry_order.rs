// ch01_entry_order: the order of the entries in a layer
//
// Goal: you have an order that is the same on every machine, and know why sorting whole paths is another one.
// To do: sort the names so that a directory comes first, then all that it holds, then its neighbours. The names within
//        one directory are sorted by their bytes.
// Read: the book, ch01-list-files, "The idea" and "Look inside"; the image-spec, layer.md, "Distributable Format".

/// Sorts the names of entries, which begin with `./`, and end with `/` for a directory.
fn sort_entries(names: &mut [Vec<u8>]) {
    // TODO: this compares whole names, in which a slash is one byte among others.
    names.sort();
}

fn main() {
    let mut names: Vec<Vec<u8>> = ["./a.b", "./a/x", "./B", "./a/", "./"].map(|name| name.into()).into();
    sort_entries(&mut names);
    for name in names {
        println!("{}", name.escape_ascii());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LAYER: &[u8] =
        include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/hello/reference/layer.tar"));

    /// `want` is the names in the right order, with spaces between them.
    fn check(want: &str, why: &str) {
        let mut names: Vec<Vec<u8>> = want.split(' ').rev().map(|name| name.into()).collect();
        sort_entries(&mut names);
        let got = String::from_utf8_lossy(&names.join(&b' ')).into_owned();
        assert!(got == want, "{why}.\n  wanted: {want}\n  but is: {got}");
    }

    #[test]
    fn a_directory_comes_before_what_it_holds() {
        check("./ ./a/ ./a/b/ ./a/b/c", "whoever unpacks the layer makes a directory first, and then what is in it");
    }

    #[test]
    fn what_a_directory_holds_comes_before_the_next_name() {
        let why =
            "the slash is byte 2f and the dot is 2e, but a slash ends a part of the name, and `a` is before `a.b`";
        check("./ ./a/ ./a/x ./a.b", why);
        let why = "the directory www is followed by all that it holds. What only begins with `www` comes after that";
        check("./ ./srv/ ./srv/www/ ./srv/www/index.html ./srv/www!/ ./srv/www-old/ ./srv/www-old/x ./srv.conf", why);
    }

    #[test]
    fn names_are_sorted_by_their_bytes() {
        let why =
            "capitals come first, then _, then small letters, then all that is not ASCII: no language, only bytes";
        check("./ ./B ./Z ./_ ./a ./b ./é", why);
    }

    #[test]
    fn files_and_directories_are_not_kept_apart() {
        check("./ ./a ./b/ ./b/x ./c ./d/", "the order within a directory is that of the names, whatever they name");
    }

    #[test]
    fn the_hello_layer_has_this_order() {
        let names = [0, 512, 1024, 2048, 3072, 3584, 4096].map(|header| {
            let name = LAYER[header..header + 100].split(|byte| *byte == 0).next().unwrap_or_default();
            String::from_utf8_lossy(name)
        });
        check(&names.join(" "), "GNU tar wrote the entries of the hello layer in this order");
    }
}
