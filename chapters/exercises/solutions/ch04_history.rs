// ch04_history: which step made which layer
//
// Goal: you can read the history of a config, and tell which of its steps has left files behind.
// To do: write `steps`. Two lists of different lengths have to be put side by side.
// Read: the book, ch04-write-config, "History"; the image specification, config.md, "history" and "rootfs".

use serde_json::Value;

const CONFIG: &[u8] =
    include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/hello/reference/config.json"));

/// Each step of the history, the oldest first: what it did (`created_by`, empty if it does not say so), and the DiffID
/// of the layer that it made, if it made one. A config without a history has no steps. A history that does not fit the
/// layers is an error.
fn steps(config: &Value) -> Result<Vec<(&str, Option<&str>)>, String> {
    let history = config["history"].as_array().map_or(&[][..], Vec::as_slice);
    let diff_ids = config["rootfs"]["diff_ids"].as_array().ok_or("the config has no rootfs.diff_ids")?;
    // The two numbers must be equal, or each DiffID after the gap would be put beside the wrong step. Only a history
    // that is not there at all says nothing wrong: the specification makes it optional. Docker's classic store refuses
    // a config with "too many non-empty layers in History section". It does not mind if there are too few.
    let makes_layer = |step: &Value| step["empty_layer"] != true;
    let made = history.iter().filter(|step| makes_layer(step)).count();
    if !history.is_empty() && made != diff_ids.len() {
        return Err(format!("{made} steps of the history made a layer, rootfs.diff_ids has {}", diff_ids.len()));
    }
    let mut diff_ids = diff_ids.iter();
    let step = |step| {
        let diff_id = if makes_layer(step) { diff_ids.next() } else { None };
        (step["created_by"].as_str().unwrap_or(""), diff_id.and_then(Value::as_str))
    };
    Ok(history.iter().map(step).collect())
}

fn main() {
    let config: Value = serde_json::from_slice(CONFIG).expect("config.json is JSON");
    match steps(&config) {
        Ok(steps) => {
            for (created_by, diff_id) in steps {
                println!("{created_by}: {}", diff_id.unwrap_or("no layer"));
            }
        }
        Err(error) => println!("{error}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    /// The layer of the reference.
    const HELLO: &str = "sha256:e8291d7a8676b569b01c130eb21743c03d01069595f7ef90da4bfedc7aea8398";
    /// An archive without any file: 1024 zero bytes.
    const EMPTY: &str = "sha256:5f70bf18a086007016e948b04aed3b82103a36bea41755b6cddfaf10ace3c6ef";

    /// A config with all kinds of steps: with `empty_layer` and without, one where it is false, and one that does not
    /// tell what it did.
    fn built() -> Value {
        json!({
            "rootfs": {"type": "layers", "diff_ids": [HELLO, EMPTY, HELLO]},
            "history": [
                {"created_by": "ARG RELEASE", "empty_layer": true},
                {"created_by": "COPY rootfs / # buildkit"},
                {"created_by": "ENV COLOUR=blue", "empty_layer": true},
                {"created_by": "RUN true", "empty_layer": false},
                {"comment": "somebody's own tool"},
                {"created_by": "CMD [\"--loud\"]", "empty_layer": true},
            ],
        })
    }

    #[test]
    fn the_reference_has_a_step_with_a_layer_and_one_without() {
        let config: Value = serde_json::from_slice(CONFIG).expect("config.json is JSON");
        let wanted = vec![("ch02-make-layer", Some(HELLO)), ("ch04-write-config", None)];
        assert_eq!(steps(&config), Ok(wanted), "each step is listed, and the second says \"empty_layer\":true");
    }

    #[test]
    fn a_step_without_a_layer_takes_no_diff_id() {
        let wanted = vec![
            ("ARG RELEASE", None),
            ("COPY rootfs / # buildkit", Some(HELLO)),
            ("ENV COLOUR=blue", None),
            ("RUN true", Some(EMPTY)),
            ("", Some(HELLO)),
            ("CMD [\"--loud\"]", None),
        ];
        assert_eq!(
            steps(&built()),
            Ok(wanted),
            "the DiffIDs stand in the order of the steps that made a layer. \"empty_layer\":false is such a step, too"
        );
    }

    #[test]
    fn a_history_that_does_not_fit_the_layers_is_refused() {
        for diff_ids in [vec![HELLO, EMPTY], vec![HELLO, EMPTY, HELLO, EMPTY], vec![]] {
            let mut config = built();
            config["rootfs"]["diff_ids"] = json!(diff_ids);
            let came = steps(&config);
            assert!(
                came.is_err(),
                "3 steps made a layer and there are {} DiffIDs, so it is not known which layer is whose: {came:?}",
                diff_ids.len()
            );
        }
    }

    #[test]
    fn a_history_is_optional() {
        let config = json!({"rootfs": {"type": "layers", "diff_ids": [HELLO]}});
        let why = "the specification does not ask for a history; without one there are no steps";
        assert_eq!(steps(&config), Ok(vec![]), "{why}");
    }
}
