// ch10_user: whose name is www-data
//
// Goal: you know how the `User` of a config becomes the numbers that the kernel knows, and why the image's files
// decide.
// To do: write `look_up`. A user is a name or a number, perhaps with a colon and a group, which is a name or a number
// too. A name must be in its file. A number need not be.
// Read: the book, ch10-run, "In Rust"; the image-spec, config.md, "User"; the Linux manual, passwd(5) and group(5).

#[derive(Debug, Clone, PartialEq, Eq)]
struct User {
    uid: u32,
    gid: u32,
    /// The supplementary groups, in the order of the file.
    groups: Vec<u32>,
}

/// The lines of a file, each taken apart at its colons. A line without at least four parts is passed over.
fn lines(file: &str) -> impl Iterator<Item = Vec<&str>> {
    file.lines().map(|line| line.split(':').collect::<Vec<_>>()).filter(|parts| parts.len() >= 4)
}

/// Looks up `www-data`, `33`, `www-data:adm` or `33:4` in the image's /etc/passwd and /etc/group. Nothing at all is
/// root.
///
/// The parts of a line of `passwd` are name, password, number, number of the group, and more. Those of `group` are
/// name, password, number, and the names of members with commas between. Digits are a number, never a name. If a group
/// is given, there are no supplementary groups; otherwise they are those that have the user's name among their members.
/// A number that is not in `passwd` has the group 0. Of several lines, the first one counts.
fn look_up(user: &str, passwd: &str, group: &str) -> Result<User, String> {
    // TODO: this knows names of users only, no numbers and no groups.
    let belongs = lines(group).any(|parts| parts[3].contains(user));
    match lines(passwd).find(|parts| parts[0] == user) {
        Some(parts) => Ok(User { uid: parts[2].parse().unwrap_or(0), gid: u32::from(belongs), groups: Vec::new() }),
        None => Ok(User { uid: 0, gid: 0, groups: Vec::new() }),
    }
}

/// Lines of a Debian image, with an application's user.
const PASSWD: &str = "root:x:0:0:root:/root:/bin/bash
33:x:3333:3333:a name of digits:/:/bin/sh
daemon:x:1:1:daemon:/usr/sbin:/usr/sbin/nologin
www-data:x:33:33:www-data:/var/www:/usr/sbin/nologin
_apt:x:42:65534::/nonexistent:/usr/sbin/nologin
nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin

# users of ours
app:x:1000:1001::/home/app:/bin/sh
";

const GROUP: &str = "root:x:0:
daemon:x:1:
adm:x:4:web-app,root
video:x:44:www-data,app
www-data:x:33:
plugdev:x:46:app
users:x:100:app2,daemon
app:x:1001:
nogroup:x:65534:
";

fn main() {
    for user in ["", "www-data", "app", "app:adm", "12345", "nginx"] {
        println!("{user:?}: {:?}", look_up(user, PASSWD, GROUP));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(user: &str, uid: u32, gid: u32, groups: &[u32], why: &str) {
        let wanted = User { uid, gid, groups: groups.to_vec() };
        let came = look_up(user, PASSWD, GROUP);
        assert!(came.as_ref() == Ok(&wanted), "\nUser: {user:?}\nwanted: {wanted:?}\ncame:   {came:?}\n{why}\n");
    }

    #[track_caller]
    fn refuse(user: &str, why: &str) {
        let came = look_up(user, PASSWD, GROUP);
        assert!(came.is_err(), "\nUser: {user:?} was found: {came:?}\n{why}\n");
    }

    #[test]
    fn a_name_has_its_numbers_in_passwd() {
        check(
            "daemon",
            1,
            1,
            &[100],
            "daemon:x:1:1: is the user and the user's group, and users:x:100: has it as a member.",
        );
        check("_apt", 42, 65534, &[], "The fourth part is the group: 65534.");
        check("app", 1000, 1001, &[44, 46], "app is a member of video and plugdev. web-app and app2 are others.");
        check("", 0, 0, &[4], "An image without a User runs as root, who is a member of adm here.");
    }

    #[test]
    fn a_number_need_not_be_there() {
        check("12345", 12345, 0, &[], "OpenShift starts images with numbers that nobody has heard of. The group is 0.");
        check("33", 33, 33, &[44], "33 is in passwd, so it has the group and the memberships of www-data.");
        check("1000", 1000, 1001, &[44, 46], "1000 is app.");
        let why = "Digits are a number: the user whose name is 33 has the number 3333, and cannot be meant.";
        check("33:33", 33, 33, &[], why);
        check("3333", 3333, 3333, &[], "The user with the number 3333 has the name 33, and is in no group's list.");
    }

    #[test]
    fn a_group_that_is_given_is_the_only_one() {
        check("app:adm", 1000, 4, &[], "adm is 4, and video and plugdev no longer count.");
        check("app:4", 1000, 4, &[], "4 is adm.");
        check("1000:777", 1000, 777, &[], "A number needs no line in /etc/group.");
        check("12345:users", 12345, 100, &[], "Either may be a name or a number.");
        check("root:app", 0, 1001, &[], "The group app is 1001; the user app is another thing.");
    }

    #[test]
    fn a_name_that_is_not_there_is_an_error() {
        refuse("nginx", "Nobody has this name. Whoever takes 0 for it makes a root of a typing error.");
        refuse("ap", "It is the beginning of app, and no name.");
        refuse("app:nginx", "No group has this name.");
        refuse("12345:nobody", "nobody is a user. The group has the name nogroup.");
        refuse("-1", "A minus and a digit are no number of a user, and no name.");
        refuse("4294967296", "There are 4294967295 numbers, and this one is not among them.");
    }

    #[test]
    fn an_image_without_the_files_has_numbers_only() {
        let came = look_up("1000:1000", "", "");
        let wanted = User { uid: 1000, gid: 1000, groups: Vec::new() };
        assert_eq!(came, Ok(wanted), "\nthe hello image has no /etc/passwd, and 1000:1000 does not need it\n");
        let root = User { uid: 0, gid: 0, groups: Vec::new() };
        assert_eq!(
            look_up("", "", ""),
            Ok(root),
            "\nthe hello image has no User and no /etc/passwd, and runs as root\n"
        );
        assert!(look_up("root", "", "").is_err(), "\nroot is a name, and no file says what it is\n");
    }
}
