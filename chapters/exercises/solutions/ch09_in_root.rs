// ch09_in_root: where a name leads
//
// Goal: you follow a name as a process follows it whose `/` is the root file system, and see why a look at the name
// itself is not enough.
// To do: write `resolve`. Go through the parts of the name from left to right, and follow each symbolic link at once,
// with the rest of the name behind it. Nothing leads out of the root. After 40 links, one more is an error.
// Read: the book, ch09-unpack, "The idea"; the Linux manual, path_resolution(7), and openat2(2), "RESOLVE_IN_ROOT".

use std::collections::BTreeMap;

/// The symbolic links in a root file system: where each one is, and what it says. `/bin` says `usr/bin`.
type Links<'a> = BTreeMap<&'a str, &'a str>;

/// Where `name` leads, as a name without links that begins with `/`. The root itself is `/`.
///
/// A link that begins with `/` leads to a name in the root, any other one to a name beside the link. `..` is the
/// directory above the one that has been reached, and at the root it is the root. `.` and empty parts stay where they
/// are. What is no link is taken for a directory or a file that is there.
fn resolve(links: &Links, name: &str) -> Result<String, String> {
    // What is still to go, the next part last. A link puts its own parts there. So `..` is never struck out against the
    // part before it: the directory above is known only when one is there.
    //
    // This would be right if nobody else changed the links meanwhile. A program asks the kernel, which goes the way and
    // opens what is at its end in one step: openat2 with RESOLVE_IN_ROOT. The program of this chapter does, and runc,
    // through a library.
    let mut parts: Vec<&str> = name.split('/').rev().collect();
    let mut reached: Vec<&str> = Vec::new();
    let mut followed = 0;
    while let Some(part) = parts.pop() {
        match part {
            "" | "." => continue,
            ".." => {
                reached.pop();
                continue;
            }
            _ => reached.push(part),
        }
        if let Some(link) = links.get(format!("/{}", reached.join("/")).as_str()) {
            followed += 1;
            if followed > 40 {
                return Err(format!("{name}: too many symbolic links"));
            }
            match link.starts_with('/') {
                true => reached.clear(),
                false => reached.truncate(reached.len() - 1),
            }
            parts.extend(link.split('/').rev());
        }
    }
    Ok(format!("/{}", reached.join("/")))
}

/// Links of a Debian system, and those of an attacker.
const LINKS: [(&str, &str); 15] = [
    ("/bin", "usr/bin"),
    ("/usr/bin/awk", "/etc/alternatives/awk"),
    ("/etc/alternatives/awk", "/usr/bin/mawk"),
    ("/var/run", "/run"),
    ("/var/lock", "/run/lock"),
    ("/etc/mtab", "../proc/self/mounts"),
    ("/srv/www", "/var/lib/www"),
    ("/tmp/up", ".."),
    ("/tmp/root", "/"),
    ("/tmp/out", "../../../../etc"),
    ("/tmp/deep/out", "../up/../../../etc/shadow"),
    ("/tmp/a", "b"),
    ("/tmp/b", "a"),
    ("/tmp/me", "./me"),
    ("/tmp/slash", "//run/./lock/"),
];

fn main() {
    let links = Links::from(LINKS);
    for name in ["./bin/awk", "/etc/mtab", "tmp/out/passwd", "/tmp/a"] {
        match resolve(&links, name) {
            Ok(place) => println!("{name} leads to {place}"),
            Err(error) => println!("{error}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(name: &str, wanted: &str, why: &str) {
        let came = resolve(&Links::from(LINKS), name);
        assert!(came.as_deref() == Ok(wanted), "\n{name} leads to {wanted}, and yours leads to {came:?}\n{why}\n");
    }

    #[test]
    fn a_name_without_links_stays_in_the_root() {
        check("./etc/motd", "/etc/motd", "The names in a layer begin with ./, and / is the root file system.");
        check("etc//motd/", "/etc/motd", "Empty parts count for nothing.");
        check("/", "/", "This is the root.");
        check("./", "/", "This is the root.");
        check("etc/../hello", "/hello", "The name goes into etc and back.");
        check("../../../../etc/passwd", "/etc/passwd", "Above the root is the root. So it is a name like any other.");
    }

    #[test]
    fn a_link_leads_to_a_name_beside_it() {
        check("/bin", "/usr/bin", "The link itself is followed as well.");
        check("/bin/sh", "/usr/bin/sh", "What stands behind the link goes on from where it leads.");
        check("/etc/mtab", "/proc/self/mounts", "The link says ../proc/self/mounts, and it is in /etc.");
        check("./bin/../lib", "/usr/lib", "/bin leads to /usr/bin, and the directory above that is /usr.");
        let why =
            "/srv/www leads to /var/lib/www. Who strikes out `www/..` beforehand comes to /srv/motd: another file.";
        check("/srv/www/../motd", "/var/lib/motd", why);
    }

    #[test]
    fn a_link_that_begins_with_a_slash_begins_at_this_root() {
        check("/var/run/hello.pid", "/run/hello.pid", "/run of this root, not /run of the machine that unpacks.");
        check("/bin/awk", "/usr/bin/mawk", "Three links: /bin, then /usr/bin/awk, then /etc/alternatives/awk.");
        check("/tmp/root/tmp/root/etc", "/etc", "Each time, the link leads back to the root.");
        check("/tmp/slash/x", "/run/lock/x", "//run/./lock/ is /run/lock.");
    }

    #[test]
    fn nothing_leads_out() {
        let why = "Nothing in this name looks bad: no .. and no slash at its beginning. A program that checks the \
         name and \
                   then opens it writes into the machine's /etc.";
        check("tmp/out/passwd", "/etc/passwd", why);
        check("tmp/up/up/../tmp/up/etc/passwd", "/etc/passwd", "/tmp/up leads to the root, and there is no /up.");
        check("./tmp/deep/out", "/etc/shadow", "The link leads through another one, and then three times up.");
    }

    #[test]
    fn a_circle_ends_with_an_error() {
        for name in ["/tmp/a", "/tmp/a/x", "/tmp/me", "tmp/up/tmp/b"] {
            let came = resolve(&Links::from(LINKS), name);
            assert!(came.is_err(), "\n{name} leads in a circle, and yours leads to {came:?}. Linux says: ELOOP\n");
        }
        let names: Vec<String> = (0..=41).map(|number| format!("/{number}")).collect();
        let chain: Links = names.iter().map(String::as_str).zip(names[1..].iter().map(String::as_str)).collect();
        let came = resolve(&chain, "/1");
        assert_eq!(
            came.as_deref(),
            Ok("/41"),
            "\n/1 leads to /2, and so on to /41: these are 40 links, and Linux follows 40\n"
        );
        let came = resolve(&chain, "/0");
        assert!(came.is_err(), "\n/0 leads to /1, and so on to /41: these are 41 links, and yours leads to {came:?}\n");
    }
}
