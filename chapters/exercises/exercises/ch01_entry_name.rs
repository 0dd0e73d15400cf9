// ch01_entry_name: the name that an entry has in a layer
//
// Goal: you know what names in a layer look like, and which of them end with a slash.
// To do: mend the condition of the `if`. As it stands, two kinds of entries get a slash too many.
// Read: the book, ch01-list-files, "Run it" and "Look inside"; the image-spec, layer.md, "Populate Initial Filesystem".

#[derive(Clone, Copy, PartialEq)]
enum Kind {
    File,
    Directory,
    SymbolicLink,
}

/// The name in the layer of what lies at the path `relative` in the root file system. The root's path is empty.
fn entry_name(relative: &[u8], kind: Kind) -> Vec<u8> {
    let mut name = b"./".to_vec();
    name.extend(relative);
    // TODO: whatever is no file gets a slash here. Which entries should?
    if kind != Kind::File {
        name.push(b'/');
    }
    name
}

fn main() {
    let entries: [(&[u8], Kind); 4] =
        [(b"", Kind::Directory), (b"etc", Kind::Directory), (b"etc/motd", Kind::File), (b"lib", Kind::SymbolicLink)];
    for (relative, kind) in entries {
        println!("{:?} is named {}", relative.escape_ascii().to_string(), entry_name(relative, kind).escape_ascii());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LAYER: &[u8] =
        include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/hello/reference/layer.tar"));

    fn check(relative: &[u8], kind: Kind, want: &[u8], why: &str) {
        let got = entry_name(relative, kind);
        let (path, want_text, got_text) = (relative.escape_ascii(), want.escape_ascii(), got.escape_ascii());
        assert!(got == want, "the entry at the path \"{path}\" must be named {want_text}, not {got_text}: {why}");
    }

    #[test]
    fn names_begin_with_a_dot_and_a_slash() {
        let why = "a name is relative to wherever the layer is unpacked, and it is bytes, UTF-8 or not";
        check(b"etc/motd", Kind::File, b"./etc/motd", why);
        check(b"srv/caf\xe9", Kind::File, b"./srv/caf\xe9", why);
    }

    #[test]
    fn names_of_directories_end_with_a_slash() {
        let why = "the slash at the end tells a directory from a file";
        check(b"etc", Kind::Directory, b"./etc/", why);
        check(b"srv/www", Kind::Directory, b"./srv/www/", why);
        check(b"hello", Kind::File, b"./hello", why);
    }

    #[test]
    fn the_name_of_the_root_has_one_slash() {
        check(b"", Kind::Directory, b"./", "the path of the root is empty, so the slash after the dot is its last");
    }

    #[test]
    fn a_link_to_a_directory_is_no_directory() {
        let why = "lib is a symbolic link. It stays a link, even if its target usr/lib is a directory";
        check(b"lib", Kind::SymbolicLink, b"./lib", why);
    }

    #[test]
    fn the_hello_layer_has_these_names() {
        let entries: [(usize, &[u8], Kind); 7] = [
            (0, b"", Kind::Directory),
            (512, b"etc", Kind::Directory),
            (1024, b"etc/motd", Kind::File),
            (2048, b"hello", Kind::File),
            (3072, b"srv", Kind::Directory),
            (3584, b"srv/www", Kind::Directory),
            (4096, b"srv/www/index.html", Kind::File),
        ];
        for (header, relative, kind) in entries {
            let name = LAYER[header..header + 100].split(|byte| *byte == 0).next().unwrap_or_default();
            check(relative, kind, name, &format!("so it stands in the hello layer, from byte {header}"));
        }
    }
}
