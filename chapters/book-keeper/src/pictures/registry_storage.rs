use super::artifacts::image;
use super::svg::*;
use anyhow::Result;

/// How the practice registry keeps an image: what repositories say of blobs, and the blobs.
pub fn picture() -> Result<(String, String)> {
    let image = image()?;
    let blobs =
        [(&image.manifest, "the manifest", 118), (&image.config, "the config", 184), (&image.layer, "the layer", 236)];
    let mut shapes = vec![
        text(10, 24, &[BOLD], "repositories/hello/"),
        area(10, 34, 182, 226, &[PLAIN]),
        text(20, 56, &[SMALL], "_tags/"),
        text(32, 76, &[MONO], "latest"),
        text(20, 102, &[SMALL], "_manifests/"),
        text(20, 168, &[SMALL], "_blobs/"),
        text(240, 24, &[BOLD], "blobs/sha256/"),
        arrow(&[(78, 72), (100, 72), (100, 108)], &[LINE]),
    ];
    for (blob, what, y) in blobs {
        shapes.push(text(32, y + 4, &[MONO], &format!("sha256-{}", blob.digest)));
        shapes.push(arrow(&[(152, y), (240, y)], &[LINE]));
        shapes.push(area(240, y - 20, 110, 40, &[ACCENT]));
        shapes.push(text(295, y - 3, &[MIDDLE, MONO], &blob.digest));
        shapes.push(text(295, y + 13, &[MIDDLE, SMALL], what));
    }
    let layer = &image.layer.digest;
    shapes.extend([
        text(10, 296, &[BOLD], "repositories/other/"),
        area(10, 306, 182, 60, &[PLAIN]),
        text(20, 328, &[SMALL], "_blobs/"),
        text(32, 350, &[MONO], &format!("sha256-{layer}")),
        arrow(&[(152, 346), (295, 346), (295, 256)], &[LINE]),
    ]);
    let description = format!(
        "The directory blobs/sha256 holds the bytes of the manifest, {}, the config, {}, and the layer, {layer}, each once. The \
         directory of the repository hello names them: in _tags, latest names the manifest; in _manifests there is a file for \
         the manifest; in _blobs there is an empty file for the config, and one for the layer. The repository other has the \
         same layer: an empty file in its own _blobs is enough.",
        image.manifest.digest, image.config.digest
    );
    Ok(draw("registry-storage", 380, "How the practice registry keeps an image", &description, &shapes))
}
