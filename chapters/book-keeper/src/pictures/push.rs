use super::artifacts::image;
use super::sequence::Parties;
use super::svg::*;
use anyhow::Result;

/// The requests of a push, and the answers.
pub fn picture() -> Result<(String, String)> {
    let image = image()?;
    let (layer, config, manifest) = (&image.layer, &image.config, &image.manifest);
    let steps = [
        ("head_blob", format!("HEAD blobs/sha256:{}", layer.digest), "404: it is not there"),
        ("start_upload", "POST blobs/uploads/".to_owned(), "202, Location: send it there"),
        ("send_blob", format!("PATCH Location, {} bytes", layer.size), "202, Location: and go on there"),
        ("commit_blob", format!("PUT Location?digest=sha256:{}", layer.digest), "201: the digest is right"),
    ];
    let parties = Parties(vec![(40, "client"), (320, "registry")]);
    let (mut shapes, mut sentences) = (parties.draw(640), Vec::new());
    let mut y = 74;
    for (name, request, answer) in &steps {
        shapes.extend(exchange(&parties, y, name, request, answer));
        sentences.push(format!("{name}: {request}; the answer is {answer}."));
        y += 106;
    }
    let again = format!("the same for the config, {}", config.digest);
    shapes.push(area(20, y - 12, 320, 34, &[ACCENT]));
    shapes.push(text(180, y + 10, &[MIDDLE, SMALL], &again));
    let request = format!("PUT manifests/latest, {} bytes", manifest.size);
    shapes.extend(exchange(&parties, y + 54, "put_manifest", &request, "201: the image is there"));
    let description = format!(
        "A client sends requests to a registry, and the registry answers. For the layer: {} Then {again}. At last put_manifest: \
         {request}; the answer is 201: the image is there.",
        sentences.join(" ")
    );
    Ok(draw("push", 660, "A push, request by request", &description, &shapes))
}

fn exchange(parties: &Parties, y: i32, name: &str, request: &str, answer: &str) -> Vec<String> {
    let mut shapes = vec![text(54, y + 4, &[BOLD], name)];
    shapes.extend(parties.message(y + 34, 0, 1, request));
    shapes.extend(parties.answer(y + 66, 1, 0, answer));
    shapes
}
