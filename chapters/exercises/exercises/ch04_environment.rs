// ch04_environment: the variables of the image and those of whoever runs it
//
// Goal: you know which variables a container gets, in which order, and what becomes of an old value.
// To do: mend the one line that looks for the old entry of a variable.
// Read: the book, ch04-write-config, "Variables, user, directory"; the image specification, config.md, "Env".

/// The variables of a container: those of the image, each replaced in its old place if `overrides` has it, and the new
/// ones at the end. An entry of `image` is `NAME=value`.
fn merge_env(image: &[String], overrides: &[(&str, &str)]) -> Vec<String> {
    let mut env = image.to_vec();
    for (name, value) in overrides {
        let entry = format!("{name}={value}");
        // TODO: mend this line: with a name that begins like another one, it finds the wrong entry.
        let old = env.iter_mut().find(|old| old.starts_with(name));
        match old {
            Some(old) => *old = entry,
            None => env.push(entry),
        }
    }
    env
}

fn main() {
    let image = ["PATHEXT=.exe".to_owned(), "PATH=/usr/bin:/bin".to_owned()];
    for entry in merge_env(&image, &[("PATH", "/bin"), ("COLOUR", "red")]) {
        println!("{entry}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CONFIG: &[u8] =
        include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/hello/reference/config.json"));
    const PATH: &str = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

    /// The variables of the reference image, which has PATH only, and `more`.
    fn image(more: &[&str]) -> Vec<String> {
        let config: serde_json::Value = serde_json::from_slice(CONFIG).expect("config.json is JSON");
        let env = config["config"]["Env"].as_array().expect("the reference has variables");
        let env = env.iter().filter_map(|entry| entry.as_str());
        env.chain(more.iter().copied()).map(str::to_owned).collect()
    }

    #[test]
    fn a_variable_of_the_image_is_replaced_in_its_place() {
        let env = merge_env(&image(&["A=1", "B=2"]), &[("A", "3"), ("PATH", "/bin")]);
        assert_eq!(env, ["PATH=/bin", "A=3", "B=2"], "each keeps its place, and nothing of the old value remains");
    }

    #[test]
    fn a_new_variable_comes_last_and_the_last_value_wins() {
        let env = merge_env(&image(&["A=1"]), &[("COLOUR", "red"), ("A", "2"), ("COLOUR", "blue")]);
        assert_eq!(env, [PATH, "A=2", "COLOUR=blue"], "a name stands in the list once");
    }

    #[test]
    fn a_name_must_be_equal_and_not_only_begin_alike() {
        let env = merge_env(&image(&["GOPATHS=1", "GO=2"]), &[("GOPATH", "3"), ("GO", "4"), ("PAT", "5")]);
        assert_eq!(
            env,
            [PATH, "GOPATHS=1", "GO=4", "GOPATH=3", "PAT=5"],
            "GOPATHS, GOPATH and GO are three variables, and PAT is not PATH"
        );
        let env = merge_env(&image(&[]), &[("path", "/bin")]);
        assert_eq!(env, [PATH, "path=/bin"], "on Linux, path and PATH are two variables");
    }

    #[test]
    fn what_stands_in_a_value_is_not_a_name() {
        let env =
            merge_env(&image(&["OPTIONS=COLOUR=red", "SHOW=COLOUR"]), &[("COLOUR", "blue"), ("OPTIONS", "a=b=c")]);
        assert_eq!(
            env,
            [PATH, "OPTIONS=a=b=c", "SHOW=COLOUR", "COLOUR=blue"],
            "the name ends at the first =, and what follows is the value, with an = in it or without"
        );
    }
}
