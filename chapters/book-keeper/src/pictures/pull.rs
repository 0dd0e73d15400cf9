use super::artifacts::image;
use super::sequence::Parties;
use super::svg::*;
use anyhow::Result;

/// The requests of a pull, and the answers.
pub fn picture() -> Result<(String, String)> {
    let image = image()?;
    let (manifest, config, layer) = (&image.manifest, &image.config, &image.layer);
    let half = layer.size / 2;
    let steps = [
        ("the index", "GET manifests/latest".to_owned(), "200: a list of platforms".to_owned()),
        ("the manifest", format!("GET manifests/sha256:{}", manifest.digest), format!("200, {} bytes", manifest.size)),
        ("the config", format!("GET blobs/sha256:{}", config.digest), format!("200, {} bytes", config.size)),
        ("a layer", format!("GET blobs/sha256:{}", layer.digest), format!("200, and cut after {half} bytes")),
        ("the rest of it", format!("the same, Range: bytes={half}-"), format!("206, {} bytes", layer.size - half)),
    ];
    let parties = Parties(vec![(40, "client"), (320, "registry")]);
    let end = 74 + 106 * steps.len() as i32;
    let (mut shapes, mut sentences) = (parties.draw(end + 20), Vec::new());
    for ((name, request, answer), y) in steps.iter().zip((74..).step_by(106)) {
        shapes.push(text(54, y + 4, &[BOLD], name));
        shapes.extend(parties.message(y + 34, 0, 1, request));
        shapes.extend(parties.answer(y + 66, 1, 0, answer));
        sentences.push(format!("For {name}: {request}; the answer is {answer}."));
    }
    shapes.push(area(20, end - 12, 320, 34, &[ACCENT]));
    shapes.push(text(180, end + 10, &[MIDDLE, SMALL], "size and digest of each are right: it gets its name"));
    let description = format!(
        "A client asks a registry for one thing after another. {} At the end, size and digest of each are verified, and the \
         blob gets its name.",
        sentences.join(" ")
    );
    Ok(draw("pull", end + 40, "A pull, request by request", &description, &shapes))
}
