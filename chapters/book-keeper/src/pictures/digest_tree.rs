use super::artifacts::{Blob, bytes, image};
use super::svg::*;
use anyhow::Result;

/// Each document names the next ones by digest and size.
pub fn picture() -> Result<(String, String)> {
    let image = image()?;
    let index = format!("{} bytes", bytes("oci/index.json")?.len());
    let tar = format!("{} bytes", image.tar.size);
    let mut shapes = vec![
        card(10, 14, 340, PLAIN, "index.json", &[&index]),
        card(10, 138, 340, ACCENT, "the manifest", &["what the image is made of"]),
        card(10, 262, 144, PLAIN, "the config", &["how to start it"]),
        card(206, 262, 144, PLAIN, "the layer", &["layer.tar.gz"]),
        line(&[(278, 314), (278, 386)], &[LINE, DASHED]),
        text(287, 354, &[SMALL], "holds"),
        card(206, 386, 144, FAINT, "the archive", &["layer.tar", &tar]),
        arrow(&[(82, 314), (82, 421), (206, 421)], &[LINE]),
        text(91, 393, &[MONO], &image.tar.digest),
        text(91, 411, &[SMALL], "DiffID"),
    ];
    shapes.extend(descriptor(82, 66, &image.manifest));
    shapes.extend(descriptor(82, 190, &image.config));
    shapes.extend(descriptor(278, 190, &image.layer));
    let named = |blob: &Blob| format!("{}, {} bytes", blob.digest, blob.size);
    let description = format!(
        "index.json names the manifest by its digest and size: {}. The manifest names the config, {}, and the layer, {}. The \
         config names the archive that the layer holds, {tar}, by its DiffID, {}.",
        named(&image.manifest),
        named(&image.config),
        named(&image.layer),
        image.tar.digest
    );
    Ok(draw("digest-tree", 470, "One digest stands for the whole image", &description, &shapes))
}

/// An arrow down from one document to the next, and what it says of it.
fn descriptor(x: i32, y: i32, blob: &Blob) -> [String; 3] {
    [
        arrow(&[(x, y), (x, y + 72)], &[LINE]),
        text(x + 9, y + 31, &[MONO], &blob.digest),
        text(x + 9, y + 49, &[SMALL], &format!("{} bytes", blob.size)),
    ]
}
