use super::artifacts::{Image, image};
use super::svg::*;
use anyhow::Result;

/// From a directory to a tag: what is made of what, and what names what.
pub fn picture() -> Result<(String, String)> {
    let image = image()?;
    let mut shapes = cards(&image);
    shapes.extend(arrows());
    shapes.extend(chapters());
    shapes.extend(key());
    let description = format!(
        "Chapter 1 lists a directory of files. Chapter 2 packs it with tar into layer.tar, {} bytes, and compresses that with \
         gzip into layer.tar.gz, {} bytes. Chapter 3 computes names from bytes: the DiffID of layer.tar and the digests of \
         all else. Chapter 4 writes config.json, which says how to start the image and names layer.tar by its DiffID. \
         Chapter 5 writes manifest.json, which names layer.tar.gz and config.json by their digests, and index.json, which \
         names the manifest. Chapters 6 and 7 bring all of it to a registry, where a tag names the manifest by its digest.",
        image.tar.size, image.layer.size
    );
    Ok(draw("whole-image", 572, "The parts of an image, and the chapters that make them", &description, &shapes))
}

fn cards(image: &Image) -> Vec<String> {
    let (tar, layer) = (format!("{} bytes", image.tar.size), format!("{} bytes", image.layer.size));
    vec![
        card(16, 14, 150, PLAIN, "a directory", &["of files"]),
        card(16, 106, 150, PLAIN, "layer.tar", &[&tar]),
        card(16, 198, 150, PLAIN, "layer.tar.gz", &[&layer, &image.layer.digest]),
        card(224, 106, 120, PLAIN, "config.json", &["how to start it", &image.config.digest]),
        card(16, 318, 328, ACCENT, "manifest.json", &["what the image is made of", &image.manifest.digest]),
        card(16, 440, 150, PLAIN, "index.json", &["in the directory oci/", "and in image.tar"]),
        card(194, 440, 150, PLAIN, "the tag latest", &["in a registry, of", "the repository hello"]),
    ]
}

fn arrows() -> Vec<String> {
    vec![
        arrow(&[(91, 66), (91, 106)], &[LINE]),
        text(100, 90, &[SMALL], "tar"),
        arrow(&[(91, 158), (91, 198)], &[LINE]),
        text(100, 182, &[SMALL], "gzip"),
        arrow(&[(224, 132), (166, 132)], &[LINE, DASHED]),
        text(195, 122, &[MIDDLE, SMALL], "DiffID"),
        arrow(&[(91, 318), (91, 268)], &[LINE, DASHED]),
        text(100, 297, &[SMALL], "digest"),
        arrow(&[(284, 318), (284, 176)], &[LINE, DASHED]),
        text(275, 297, &[END, SMALL], "digest"),
        arrow(&[(91, 440), (91, 388)], &[LINE, DASHED]),
        text(100, 418, &[SMALL], "digest"),
        arrow(&[(269, 440), (269, 388)], &[LINE, DASHED]),
        text(278, 418, &[SMALL], "digest"),
    ]
}

/// Each at the corner of what is made in it; the third makes the names.
fn chapters() -> [String; 9] {
    [
        number(16, 14, "1"),
        number(16, 106, "2"),
        number(16, 198, "2"),
        number(195, 148, "3"),
        number(224, 106, "4"),
        number(16, 318, "5"),
        number(16, 440, "5"),
        number(194, 440, "6"),
        number(218, 440, "7"),
    ]
}

fn key() -> [String; 6] {
    [
        arrow(&[(10, 536), (40, 536)], &[LINE]),
        text(48, 540, &[SMALL], "is made into"),
        arrow(&[(152, 536), (182, 536)], &[LINE, DASHED]),
        text(190, 540, &[SMALL], "names it by its hash"),
        number(25, 558, "n"),
        text(48, 562, &[SMALL], "made in this chapter"),
    ]
}
