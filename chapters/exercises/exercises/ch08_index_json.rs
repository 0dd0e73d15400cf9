// ch08_index_json: one more image in a layout
//
// Goal: a pull into a layout that others use too: what they have in it stays, and a name leads to one image.
// To do: write `record`. The descriptor goes to the beginning of the index's manifests, where it is found first. An
// entry with the same name goes away: with the same whole name, or with the same tag if the entry has no whole name.
// All else in the index stays as it is.
// Read: the book, ch08-pull, "The list, last"; the image-spec, image-layout.md, "index.json file", and annotations.md.

use serde_json::{Value, json};

/// The annotation with the tag of an entry: `latest`.
const TAG: &str = "org.opencontainers.image.ref.name";
/// The annotation with its whole name: `docker.io/library/hello:latest`. It is containerd's, and many entries have
/// none.
const WHOLE_NAME: &str = "io.containerd.image.name";

/// Enters a manifest, whose annotations have its names, into the index of a layout.
fn record(index: &mut Value, descriptor: Value) {
    // TODO: this makes an index with nothing but ours in it.
    index["manifests"] = json!([descriptor]);
}

const INDEX: &[u8] =
    include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/hello/reference/oci/index.json"));

/// The arm64 image that chapter 5 makes with `--arch arm64 --variant v8`, under a name such as `docker.io/library/a:1`.
fn arm64(name: &str) -> Value {
    let tag = name.rsplit(':').next();
    json!({
        "mediaType": "application/vnd.oci.image.manifest.v1+json",
        "digest": "sha256:96d857b4ca86ea39276907a02fb344ba4808c533dfb6793bbddc6a148b54af25",
        "size": 401,
        "annotations": {WHOLE_NAME: name, TAG: tag},
    })
}

fn main() -> Result<(), serde_json::Error> {
    let mut index: Value = serde_json::from_slice(INDEX)?;
    record(&mut index, arm64("127.0.0.1:5001/hello:latest"));
    for entry in index["manifests"].as_array().into_iter().flatten() {
        println!("{} {}", entry["annotations"][WHOLE_NAME], entry["digest"]);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const HELLO: &str = "docker.io/library/hello:latest";

    /// The index of the reference with these entries behind its own, which is HELLO.
    fn index(more: &[Value]) -> Value {
        let mut index: Value = serde_json::from_slice(INDEX).expect("index.json is JSON");
        index["manifests"].as_array_mut().expect("an index has manifests").extend(more.iter().cloned());
        index
    }

    /// The entry of the reference.
    fn hello() -> Value {
        index(&[])["manifests"][0].clone()
    }

    /// An entry of which there is only a tag, as most tools write it.
    fn tagged(tag: &str) -> Value {
        json!({"digest": "sha256:0", "annotations": {TAG: tag}})
    }

    #[track_caller]
    fn check(before: &Value, descriptor: Value, wanted: &[Value], why: &str) {
        let names = |manifests: &Value| {
            let lines = manifests.as_array().into_iter().flatten().map(|entry| format!("  {entry}\n"));
            lines.collect::<String>()
        };
        let mut index = before.clone();
        record(&mut index, descriptor.clone());
        let wanted: Value = wanted.into();
        assert!(
            index["manifests"] == wanted,
            "\ninto an index with\n{}comes\n  {descriptor}\nwanted\n{}came\n{}{why}\n",
            names(&before["manifests"]),
            names(&wanted),
            names(&index["manifests"])
        );
    }

    #[test]
    fn other_images_stay() {
        let new = arm64("docker.io/library/hello:for-arm");
        let why = "The image `latest` would still be there with all its blobs, and nothing would lead to it.";
        check(&index(&[]), new.clone(), &[new, hello()], why);
        let new = arm64("127.0.0.1:5001/hello:latest");
        let why = "Both have the tag `latest`, and they are images of two registries.";
        check(&index(&[]), new.clone(), &[new, hello()], why);
        let new = arm64("docker.io/library/hello");
        check(&index(&[]), new.clone(), &[new, hello()], "The name is only the beginning of the other.");
    }

    #[test]
    fn a_name_leads_to_one_image() {
        let why = "With two entries of the name, some tools take the first, some the last, and some fail.";
        check(&index(&[]), arm64(HELLO), &[arm64(HELLO)], why);
        let other = arm64("docker.io/library/other:latest");
        let before = index(&[other.clone(), hello()]);
        check(&before, arm64(HELLO), &[arm64(HELLO), other], "Both of that name go, and the one between them stays.");
    }

    #[test]
    fn without_a_whole_name_the_tag_counts() {
        let before = index(&[tagged("latest"), tagged("1.0")]);
        let new = arm64("docker.io/library/other:1.0");
        let wanted = [new.clone(), hello(), tagged("latest")];
        check(&before, new, &wanted, "The last entry has only the tag 1.0, and this is the new 1.0.");
    }

    #[test]
    fn an_image_may_have_two_names() {
        let first = arm64("docker.io/library/hello:1.0");
        let second = arm64("docker.io/library/hello:1");
        let before = index(std::slice::from_ref(&first));
        check(
            &before,
            second.clone(),
            &[second, hello(), first],
            "The digest is the same, and the name is another one.",
        );
    }

    #[test]
    fn an_entry_without_a_name_stays_and_so_does_all_else() {
        let nameless = json!({"digest": "sha256:0", "annotations": {"org.example.name": "latest"}});
        let bare = json!({"digest": "sha256:1"});
        let mut before = index(&[nameless.clone(), bare.clone()]);
        before["annotations"] = json!({"org.example.owner": "somebody"});
        let why = "They have no name in the sense of the specification, and belong to somebody.";
        check(&before, arm64(HELLO), &[arm64(HELLO), nameless.clone(), bare.clone()], why);
        let new = json!({"digest": "sha256:2"});
        check(&before, new.clone(), &[new, hello(), nameless, bare], "Two that have no name have not the same name.");
        let mut after = before.clone();
        record(&mut after, arm64(HELLO));
        after["manifests"] = before["manifests"].clone();
        assert!(after == before, "\nbeside the manifests, nothing changes\nbefore: {before}\nafter:  {after}\n");
    }
}
