// ch04_effective_command: what a container starts
//
// Goal: you can say for each combination of image and options which program starts with which arguments.
// To do: mend `effective_command`. It replaces what is given, and forgets what an image's cmd was meant for. It must
// also refuse to start nothing.
// Read: the book, ch04-write-config, "The effective command"; the image specification, config.md, "Entrypoint" and
// "Cmd".

/// What the config of an image says. A list that is empty was left out.
#[derive(Debug)]
struct Image {
    entrypoint: Vec<String>,
    cmd: Vec<String>,
}

/// The program and its arguments. `entrypoint` and `cmd` are what whoever runs the image says, `None` if nothing: for
/// Docker `--entrypoint` and the words after the image's name, for Kubernetes `command` and `args`.
///
/// An empty list as `entrypoint` is Docker's `--entrypoint ''`: the image's is removed. (An empty `command` in a pod
/// counts as none, and arrives here as `None`.)
fn effective_command(
    image: &Image,
    entrypoint: Option<&[String]>,
    cmd: Option<&[String]>,
) -> Result<Vec<String>, String> {
    // The image's cmd holds arguments of the image's entrypoint. Another program might not understand them, so who
    // replaces the entrypoint loses both. Docker and containerd agree on this.
    let cmd = match (cmd, entrypoint) {
        (Some(cmd), _) => cmd,
        (None, Some(_)) => &[],
        (None, None) => &image.cmd,
    };
    let command = [entrypoint.unwrap_or(&image.entrypoint), cmd].concat();
    if command.is_empty() {
        return Err("nothing to run: the image has neither entrypoint nor cmd, and none was given".to_owned());
    }
    Ok(command)
}

fn main() {
    let image = Image { entrypoint: vec!["/hello".to_owned()], cmd: vec!["--loud".to_owned()] };
    println!("docker run hello                       {:?}", effective_command(&image, None, None));
    let other = ["/other".to_owned()];
    println!("docker run --entrypoint /other hello   {:?}", effective_command(&image, Some(&other), None));
}

#[cfg(test)]
mod tests {
    use super::*;

    const CONFIG: &[u8] =
        include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/hello/reference/config.json"));

    fn words(text: &str) -> Vec<String> {
        text.split_whitespace().map(str::to_owned).collect()
    }

    /// `image` is entrypoint and cmd. In what is given, `-` is nothing. `wanted` is the command, `-` an error.
    fn check(image: (&str, &str), given: (&str, &str), wanted: &str) {
        let image = Image { entrypoint: words(image.0), cmd: words(image.1) };
        let given = [given.0, given.1].map(|text| if text == "-" { None } else { Some(words(text)) });
        let [entrypoint, cmd] = given.each_ref().map(Option::as_deref);
        let came = effective_command(&image, entrypoint, cmd);
        let wanted = if wanted == "-" { None } else { Some(words(wanted)) };
        assert!(
            came.as_ref().ok() == wanted.as_ref(),
            "{image:?}\ngiven: entrypoint {entrypoint:?}, arguments {cmd:?}\nwanted: {}\ncame:   {came:?}",
            wanted.as_ref().map_or("an error, for there is nothing to run".to_owned(), |words| format!("{words:?}"))
        );
    }

    #[test]
    fn given_nothing_the_image_decides() {
        let config: serde_json::Value = serde_json::from_slice(CONFIG).expect("config.json is JSON");
        let entrypoint = config["config"]["Entrypoint"][0].as_str().expect("the reference has an entrypoint");
        check((entrypoint, ""), ("-", "-"), "/hello");
        check(("/hello --greet", "--loud"), ("-", "-"), "/hello --greet --loud");
        check(("", "/bin/sh -l"), ("-", "-"), "/bin/sh -l");
        check(("", ""), ("-", "-"), "-");
    }

    #[test]
    fn given_arguments_replace_the_cmd() {
        check(("/hello", "--loud"), ("-", "--quiet"), "/hello --quiet");
        check(("/hello", ""), ("-", "--quiet"), "/hello --quiet");
        check(("", "/bin/sh -l"), ("-", "date -u"), "date -u");
        check(("", ""), ("-", "date"), "date");
    }

    #[test]
    fn a_given_entrypoint_drops_the_cmd_of_the_image() {
        check(("/hello", "--loud"), ("/other", "-"), "/other");
        check(("/hello", ""), ("/other", "-"), "/other");
        check(("", "/bin/sh -l"), ("/other", "-"), "/other");
        check(("", ""), ("/other --twice", "-"), "/other --twice");
    }

    #[test]
    fn given_both_nothing_of_the_image_is_left() {
        check(("/hello", "--loud"), ("/other", "--quiet"), "/other --quiet");
        check(("/hello", ""), ("/other", "--quiet"), "/other --quiet");
        check(("", "/bin/sh -l"), ("/other", "--quiet"), "/other --quiet");
        check(("", ""), ("/other", "--quiet"), "/other --quiet");
    }

    #[test]
    fn an_empty_entrypoint_removes_that_of_the_image() {
        // docker run --entrypoint '' hello date
        check(("/hello", "--loud"), ("", "date"), "date");
        check(("/hello", "--loud"), ("", "-"), "-");
    }
}
