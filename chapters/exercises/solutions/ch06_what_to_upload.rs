// ch06_what_to_upload: what a push sends, and what it leaves out
//
// Goal: you know what `Pushed`, `Layer already exists` and `Mounted from` mean, and why the manifest is last.
// To do: put the steps of a push in order. A blob that the repository has needs no step, one that another repository
// has is mounted, one that is listed twice is sent once. The manifest is put after all of them, in every push.
// Read: the book, ch06-push, "The idea" and "Mounting"; the distribution-spec, "Push".

use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// The hello image's: a config and one layer.
const MANIFEST: &str =
    include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/hello/reference/manifest.json"));

/// Which blobs the registry has, by their digests.
#[derive(Default)]
struct Registry {
    /// In the repository that we push to.
    here: BTreeSet<String>,
    /// In another repository, with its name. We may pull from there.
    elsewhere: BTreeMap<String, String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Step {
    /// Sends the bytes of the blob with this digest.
    Send(String),
    /// Has the registry take the blob from another of its repositories.
    Mount {
        digest: String,
        from: String,
    },
    PutManifest,
}

/// The digests that a manifest lists: those of the layers, from the lowest on, and the config's.
fn blobs(manifest: &str) -> Vec<String> {
    let manifest: Value = serde_json::from_str(manifest).unwrap_or_default();
    let layers = manifest["layers"].as_array().into_iter().flatten();
    layers.chain([&manifest["config"]]).filter_map(|blob| blob["digest"].as_str()).map(String::from).collect()
}

/// What has to be done to push an image of these blobs.
fn plan(blobs: &[String], registry: &Registry) -> Vec<Step> {
    let mut steps = Vec::new();
    // A set of what was seen, and not a look into the steps: an image may have a hundred layers. Docker does the same
    // before it sends several blobs at once.
    let mut seen = BTreeSet::new();
    for digest in blobs {
        if registry.here.contains(digest) || !seen.insert(digest) {
            continue;
        }
        match registry.elsewhere.get(digest) {
            Some(from) => steps.push(Step::Mount { digest: digest.clone(), from: from.clone() }),
            None => steps.push(Step::Send(digest.clone())),
        }
    }
    // The moment it is stored, the tag means it, and everything that it lists must be there. It is put even if
    // nothing was sent: the repository may have all the blobs and another manifest under the tag.
    steps.push(Step::PutManifest);
    steps
}

fn main() {
    for step in plan(&blobs(MANIFEST), &Registry::default()) {
        println!("{step:?}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LAYER: &str = "sha256:47b7a6f8d6ab12ab5909a19aae9fb1293c32972a18aa33271955bfd31c7e1eef";
    const CONFIG: &str = "sha256:4cda4e121bce5296b849b5022d11dade1a3aae907b008b694a10ff03d6017151";

    /// The steps without the last one, which must be the manifest's. The order of the others is free.
    fn before_the_manifest(blobs: &[String], registry: &Registry) -> Vec<Step> {
        let mut steps = plan(blobs, registry);
        assert_eq!(
            steps.pop(),
            Some(Step::PutManifest),
            "\nthe manifest is put at the end: the moment it is stored, anybody can pull the tag, and all blobs \
             must be there. Before it came {steps:?}\n"
        );
        assert!(
            !steps.contains(&Step::PutManifest),
            "\nthe manifest is put once, at the end; this came first: {steps:?}\n"
        );
        steps.sort_by_key(|step| format!("{step:?}"));
        steps
    }

    fn send(digest: &str) -> Step {
        Step::Send(digest.to_owned())
    }

    fn mount(digest: &str, from: &str) -> Step {
        Step::Mount { digest: digest.to_owned(), from: from.to_owned() }
    }

    fn here(digests: &[&str]) -> BTreeSet<String> {
        digests.iter().map(|digest| (*digest).to_owned()).collect()
    }

    fn elsewhere(digests: &[(&str, &str)]) -> BTreeMap<String, String> {
        digests.iter().map(|(digest, from)| ((*digest).to_owned(), (*from).to_owned())).collect()
    }

    #[test]
    fn everything_goes_into_an_empty_registry_and_the_manifest_last() {
        let steps = before_the_manifest(&blobs(MANIFEST), &Registry::default());
        assert_eq!(steps, [send(LAYER), send(CONFIG)], "\nan empty registry needs the layer and the config\n");
    }

    #[test]
    fn what_is_here_is_neither_sent_nor_mounted() {
        let registry = Registry { here: here(&[LAYER]), elsewhere: elsewhere(&[(LAYER, "base")]) };
        let steps = before_the_manifest(&blobs(MANIFEST), &registry);
        assert_eq!(
            steps,
            [send(CONFIG)],
            "\nthe repository has the layer {LAYER}: no step for it. That `base` has it as well changes nothing.\n"
        );
        let registry = Registry { here: here(&[LAYER, CONFIG]), ..Registry::default() };
        let steps = before_the_manifest(&blobs(MANIFEST), &registry);
        assert_eq!(
            steps,
            [],
            "\nthe repository has both blobs: the manifest is all that is left, for the sake of the tag\n"
        );
    }

    #[test]
    fn what_another_repository_has_is_mounted() {
        let registry = Registry { elsewhere: elsewhere(&[(LAYER, "base")]), ..Registry::default() };
        let steps = before_the_manifest(&blobs(MANIFEST), &registry);
        assert_eq!(steps, [mount(LAYER, "base"), send(CONFIG)], "\nthe registry has the layer's bytes in `base`\n");
    }

    #[test]
    fn a_blob_that_is_listed_twice_is_sent_or_mounted_once() {
        // Two steps of a build that change the same make the same layer, and the manifest lists it twice.
        let layer = MANIFEST.split_once("\"layers\":[").unwrap().1.trim_end_matches("]}");
        let twice = blobs(&MANIFEST.replace(layer, &format!("{layer},{layer}")));
        assert_eq!(twice, [LAYER, LAYER, CONFIG], "the manifest of this test lists the layer twice");
        let steps = before_the_manifest(&twice, &Registry::default());
        let why = "the manifest lists the layer twice; after the first time the registry has it";
        assert_eq!(steps, [send(LAYER), send(CONFIG)], "\n{why}\n");
        let registry = Registry { elsewhere: elsewhere(&[(LAYER, "base")]), ..Registry::default() };
        assert_eq!(before_the_manifest(&twice, &registry), [mount(LAYER, "base"), send(CONFIG)], "\n{why}\n");
    }
}
