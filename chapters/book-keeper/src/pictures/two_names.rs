use super::artifacts::image;
use super::svg::*;
use anyhow::Result;

/// One layer, two forms, two hashes, and the document that each stands in.
pub fn picture() -> Result<(String, String)> {
    let image = image()?;
    let (tar, layer) = (&image.tar, &image.layer);
    let (tar_size, layer_size) = (format!("{} bytes", tar.size), format!("{} bytes", layer.size));
    let shapes = [
        card(10, 14, 144, PLAIN, "layer.tar", &[&tar_size, "what is unpacked"]),
        card(206, 14, 144, PLAIN, "layer.tar.gz", &[&layer_size, "what travels"]),
        arrow(&[(154, 49), (206, 49)], &[LINE]),
        text(178, 41, &[MIDDLE, SMALL], "gzip"),
        arrow(&[(82, 84), (82, 136)], &[LINE]),
        text(91, 114, &[SMALL], "SHA-256"),
        arrow(&[(278, 84), (278, 136)], &[LINE]),
        text(287, 114, &[SMALL], "SHA-256"),
        card(10, 136, 144, ACCENT, "DiffID", &[&tar.digest]),
        card(206, 136, 144, ACCENT, "digest", &[&layer.digest]),
        arrow(&[(82, 188), (82, 240)], &[LINE]),
        text(91, 218, &[SMALL], "stands in"),
        arrow(&[(278, 188), (278, 240)], &[LINE]),
        text(287, 218, &[SMALL], "stands in"),
        card(10, 240, 144, PLAIN, "config.json", &["rootfs.diff_ids"]),
        card(206, 240, 144, PLAIN, "manifest.json", &["layers"]),
    ];
    let description = format!(
        "layer.tar, {tar_size}, is what is unpacked. Its SHA-256 is the DiffID, {}, which stands in config.json under \
         rootfs.diff_ids. gzip makes layer.tar.gz of it, {layer_size}, which is what travels. The SHA-256 of that is the \
         digest, {}, which stands in manifest.json under layers.",
        tar.digest, layer.digest
    );
    Ok(draw("two-names", 306, "A layer's two names", &description, &shapes))
}
