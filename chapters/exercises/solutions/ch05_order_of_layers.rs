// ch05_order_of_layers: what is built upon an image comes after it
//
// Goal: you know in which order a builder writes the layers of `FROM` and those of its own steps, in both documents.
// To do: mend `build_upon`, so that manifest and config list the layers in the order in which they are unpacked.
// Read: the book, ch05-write-manifest, "By hand" (the table of fields) and ch04-write-config, "Each field"; the image
// specification, manifest.md, "layers", and config.md, "rootfs".

/// A layer by its two names.
#[derive(Debug, Clone, PartialEq)]
struct Layer {
    digest: String,
    diff_id: String,
}

/// What an image's documents say of its layers.
#[derive(Debug, Clone, Default, PartialEq)]
struct Image {
    /// The digests, from `layers` of the manifest.
    digests: Vec<String>,
    /// The DiffIDs, from `rootfs.diff_ids` of the config.
    diff_ids: Vec<String>,
}

/// The image that a Dockerfile makes: `base` is what stands behind `FROM`, `own` are the layers that its steps made,
/// the first step first.
fn build_upon(base: &Image, own: &[Layer]) -> Image {
    let digests: Vec<String> = own.iter().map(|layer| layer.digest.clone()).collect();
    let diff_ids: Vec<String> = own.iter().map(|layer| layer.diff_id.clone()).collect();
    // A list of layers is a list of instructions: unpack this one, then that one over it. So a builder prepends the
    // layers of the base to its own. They stay what they were, so that a registry which has the base gets them no
    // second time. Whoever unpacks takes the two lists in step: the first blob must contain the first archive.
    Image { digests: [base.digests.clone(), digests].concat(), diff_ids: [base.diff_ids.clone(), diff_ids].concat() }
}

fn main() {
    let layer = |name: &str| Layer { digest: format!("{name}.tar.gz"), diff_id: format!("{name}.tar") };
    let base = build_upon(&Image::default(), &[layer("base")]);
    let image = build_upon(&base, &[layer("RUN"), layer("COPY")]);
    println!("manifest: {}\nconfig:   {}", image.digests.join(", "), image.diff_ids.join(", "));
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;
    use std::collections::BTreeMap;

    const MANIFEST: &[u8] =
        include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/hello/reference/manifest.json"));
    const CONFIG: &[u8] =
        include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/hello/reference/config.json"));

    /// The reference, as its documents have it. Its layer has a file /etc/motd.
    fn hello() -> Image {
        let manifest: Value = serde_json::from_slice(MANIFEST).expect("manifest.json is JSON");
        let config: Value = serde_json::from_slice(CONFIG).expect("config.json is JSON");
        let name = |value: &Value| vec![value.as_str().expect("a digest is text").to_owned()];
        Image { digests: name(&manifest["layers"][0]["digest"]), diff_ids: name(&config["rootfs"]["diff_ids"][0]) }
    }

    /// The layer that chapter 5 makes after changing one letter of /etc/motd.
    fn changed() -> Layer {
        Layer {
            digest: "sha256:22f0236af2a9c36d573ea4518ce5a41f6526d9db5f7b62d874ccc2bf1d6ed516".to_owned(),
            diff_id: "sha256:f412c4b1693a3600c99e1b08404badf646f7ac7eef53ab1f2aeaff86a3025b15".to_owned(),
        }
    }

    /// A layer in which nothing happens, as early versions of Docker made it.
    fn nothing() -> Layer {
        Layer {
            digest: "sha256:a3ed95caeb02ffe68cdd9fd84406680ae93d633cb16422d00e8a7c22955b46d4".to_owned(),
            diff_id: "sha256:5f70bf18a086007016e948b04aed3b82103a36bea41755b6cddfaf10ace3c6ef".to_owned(),
        }
    }

    #[test]
    fn the_layers_of_the_base_come_first() {
        let image = build_upon(&hello(), &[changed(), nothing()]);
        let wanted = [hello().digests, vec![changed().digest, nothing().digest]].concat();
        assert_eq!(image.digests, wanted, "\nmanifest: the base first, then the steps in the order in which they ran");
    }

    #[test]
    fn both_documents_list_the_layers_in_the_same_order() {
        let image = build_upon(&hello(), &[nothing(), changed()]);
        let wanted = [hello().diff_ids, vec![nothing().diff_id, changed().diff_id]].concat();
        assert_eq!(image.diff_ids, wanted, "\nconfig: the DiffIDs stand in the order of the layers in the manifest");
    }

    #[test]
    fn a_file_of_a_later_step_hides_that_of_the_base() {
        let image = build_upon(&hello(), &[changed()]);
        let motd = [(hello().digests[0].clone(), "This file"), (changed().digest, "this file")];
        let motd = BTreeMap::from(motd);
        // A runtime unpacks the layers one over the other, in the order of the manifest. What it unpacks last is seen.
        let unpacked = image.digests.iter().rev().find_map(|digest| motd.get(digest));
        assert_eq!(
            unpacked,
            Some(&"this file"),
            "\nThe step has changed /etc/motd, and the base was unpacked over it, so the change is lost:\n{image:#?}"
        );
    }

    #[test]
    fn a_built_image_can_be_the_base_of_the_next() {
        let middle = build_upon(&hello(), &[changed()]);
        let image = build_upon(&middle, &[nothing()]);
        assert!(
            image.digests.starts_with(&middle.digests) && image.diff_ids.starts_with(&middle.diff_ids),
            "the base's list must be the beginning of the new one, or nothing of it can be shared:\n{image:#?}"
        );
        assert_eq!(image, build_upon(&hello(), &[changed(), nothing()]), "one build or two, it is the same stack");
        let scratch = build_upon(&Image::default(), &[changed()]);
        assert_eq!(scratch.digests, [changed().digest], "FROM scratch is a base without layers");
    }
}
