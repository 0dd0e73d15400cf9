// ch10_mounts: what a container sees mounted
//
// Goal: you can read /proc/self/mountinfo, and tell from it which paths of a container are masked or read-only.
// To do: write `parse`. A line has an ID, the parent's ID, the device, the root, the mount point and the options. Then
// come none, one or more optional fields, a `-`, and the type of the file system. In root and mount point a backslash
// with three octal digits is a character.
// Read: the book, ch10-run, "Look inside"; the Linux manual, proc_pid_mountinfo(5).

#[derive(Debug, Clone, PartialEq, Eq)]
struct Mount {
    /// Which directory or file of the mounted file system it is: `/` is all of it.
    root: String,
    /// Where it is.
    point: String,
    /// Whether `ro` is among the options of the mount.
    read_only: bool,
    /// The type of the file system.
    kind: String,
}

/// A line of mountinfo. None if it is not one.
fn parse(line: &str) -> Option<Mount> {
    // The options before the `-` are those of the mount, the ones at the end those of the whole file system, which may
    // be mounted elsewhere too: an option there says nothing of this place. Everything is separated by spaces, so a
    // space in a name must be written in another way, and a backslash as well.
    let (mount, file_system) = line.split_once(" - ")?;
    let fields: Vec<&str> = mount.split(' ').collect();
    let [_, _, _, root, point, options, ..] = fields[..] else { return None };
    Some(Mount {
        root: unescape(root),
        point: unescape(point),
        read_only: options.split(',').any(|option| option == "ro"),
        kind: file_system.split(' ').next()?.to_owned(),
    })
}

/// The name that is written so in mountinfo.
fn unescape(field: &str) -> String {
    // Each backslash is read once. Who replaces \040 and \134 in the whole text one after the other finds some where
    // there are none: in \134040, which is a backslash and 040.
    let mut parts = field.split('\\');
    let mut name = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        match part.get(..3).and_then(|digits| u8::from_str_radix(digits, 8).ok()) {
            Some(byte) => {
                name.push(char::from(byte));
                name.push_str(&part[3..]);
            }
            None => name.extend(["\\", part]),
        }
    }
    name
}

/// What is at a path: of several mounts, the last one.
fn at(mountinfo: &str, path: &str) -> Option<Mount> {
    mountinfo.lines().filter_map(parse).rfind(|mount| mount.point == path)
}

/// Whether a path is masked: an empty directory is mounted over it, which is read-only, or /dev/null, which is a file
/// of the file system at /dev.
fn is_masked(mountinfo: &str, path: &str) -> bool {
    at(mountinfo, path).is_some_and(|mount| mount.kind == "tmpfs" && (mount.read_only || mount.root == "/null"))
}

/// In a container that runc has started, with a volume that is read-only.
const CONTAINER: &str = r"67 44 254:0 /var/lib/hello/rootfs / ro,relatime - ext4 /dev/vda rw,discard
68 67 0:41 / /proc rw,relatime - proc proc rw
69 67 0:42 / /dev rw,nosuid - tmpfs tmpfs rw,size=65536k,mode=755
70 69 0:43 / /dev/pts rw,nosuid,noexec,relatime - devpts devpts rw,gid=5,mode=620,ptmxmode=666
71 69 0:44 / /dev/shm rw,nosuid,nodev,noexec,relatime - tmpfs shm rw,size=65536k
73 67 0:45 / /sys ro,nosuid,nodev,noexec,relatime - sysfs sysfs ro
84 67 254:0 /srv/my\040data /srv/my\040data ro,relatime - ext4 /dev/vda rw,discard
45 68 0:41 /bus /proc/bus ro,relatime - proc proc rw
48 68 0:41 /sys /proc/sys ro,relatime - proc proc rw
49 68 0:47 / /proc/acpi ro,relatime - tmpfs tmpfs ro
50 68 0:42 /null /proc/keys rw,nosuid - tmpfs tmpfs rw,size=65536k,mode=755
51 68 0:42 /null /proc/timer_list rw,nosuid - tmpfs tmpfs rw,size=65536k,mode=755
52 73 0:48 / /sys/firmware ro,relatime - tmpfs tmpfs ro
";

fn main() {
    for path in ["/proc/acpi", "/proc/keys", "/proc/sys", "/proc/meminfo", "/sys/firmware"] {
        println!("{path} is {}masked", if is_masked(CONTAINER, path) { "" } else { "not " });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(line: &str, root: &str, point: &str, read_only: bool, kind: &str, why: &str) {
        let wanted = Mount { root: root.to_owned(), point: point.to_owned(), read_only, kind: kind.to_owned() };
        let came = parse(line);
        assert!(came.as_ref() == Some(&wanted), "\n{line}\nwanted: {wanted:?}\ncame:   {came:?}\n{why}\n");
    }

    #[test]
    fn a_line_of_a_container_is_read() {
        let line = "49 68 0:47 / /proc/acpi ro,relatime - tmpfs tmpfs ro";
        check(line, "/", "/proc/acpi", true, "tmpfs", "An empty directory lies over /proc/acpi.");
        let line = "50 68 0:42 /null /proc/keys rw,nosuid - tmpfs tmpfs rw,size=65536k,mode=755";
        check(
            line,
            "/null",
            "/proc/keys",
            false,
            "tmpfs",
            "The file null of the file system at /dev lies over /proc/keys.",
        );
        for line in ["", "tmpfs /dev tmpfs rw 0 0", "49 68 0:47 / /proc/acpi ro,relatime tmpfs tmpfs ro"] {
            assert_eq!(parse(line), None, "\nthis is no line of mountinfo: {line:?}\n");
        }
    }

    #[test]
    fn optional_fields_may_be_any_number() {
        let why = "Between the options and the `-` stand what the mount shares with others: none, one or more fields.";
        let line = "36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - ext3 /dev/root rw,errors=continue";
        check(line, "/mnt1", "/mnt2", false, "ext3", why);
        let line = "29 1 8:2 / / rw,relatime shared:1 - ext4 /dev/sda2 rw";
        check(line, "/", "/", false, "ext4", why);
        let line = "99 29 0:50 / /mnt rw shared:2 master:1 propagate_from:7 - nfs4 server:/a rw";
        check(line, "/", "/mnt", false, "nfs4", why);
        check(
            "1 1 0:2 / / rw - rootfs - rw",
            "/",
            "/",
            false,
            "rootfs",
            "The source, which comes after the type, may be a `-`, too.",
        );
    }

    #[test]
    fn read_only_is_an_option_of_its_own() {
        let line = "30 29 8:3 / /data rw,relatime - ext4 /dev/sda3 rw,errors=remount-ro";
        check(line, "/", "/data", false, "ext4", "What follows the type are options of the file system.");
        let line = "31 29 8:3 / /data nosuid,ro,relatime - ext4 /dev/sda3 rw";
        check(
            line,
            "/",
            "/data",
            true,
            "ext4",
            "This mount is read-only; the file system may be mounted elsewhere too.",
        );
        let line = "32 29 8:3 / /data rw,propagation,nodev - ext4 /dev/sda3 ro";
        check(line, "/", "/data", false, "ext4", "`ro` is a word between commas, and no part of another.");
    }

    #[test]
    fn a_backslash_and_three_digits_are_a_character() {
        let line = r"84 67 254:0 /srv/my\040data /srv/my\040data ro,relatime - ext4 /dev/vda rw";
        check(line, "/srv/my data", "/srv/my data", true, "ext4", "040 in octal is a space.");
        let line = r"85 67 254:0 /a /tab\011new\012line\040\040end rw - ext4 /dev/vda rw";
        check(line, "/a", "/tab\tnew\nline  end", false, "ext4", "011 is a tab, 012 the end of a line.");
        let line = r"86 67 254:0 /a /back\134040slash rw - ext4 /dev/vda rw";
        check(line, "/a", r"/back\040slash", false, "ext4", "134 is a backslash. What follows it is no second escape.");
        let line = r"87 67 254:0 / /\040-\040x rw - ext4 /dev/vda rw";
        check(line, "/", "/ - x", false, "ext4", "The name has spaces around a `-`, and the line has one ` - `.");
    }

    #[test]
    fn masked_and_read_only_are_two_things() {
        for (path, masked) in [
            ("/proc/acpi", true),
            ("/proc/keys", true),
            ("/proc/timer_list", true),
            ("/sys/firmware", true),
            ("/proc/sys", false),
            ("/proc/bus", false),
            ("/dev/shm", false),
            ("/srv/my data", false),
        ] {
            assert_eq!(
                is_masked(CONTAINER, path),
                masked,
                "\nis {path} masked? What is mounted there: {:?}\n",
                at(CONTAINER, path)
            );
        }
    }
}
