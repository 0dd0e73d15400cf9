//! The files of an image, which name one another by digest.

use super::{escape, hex, permissions, reference};
use anyhow::{Context, Result, ensure};
use serde_json::Value;
use tar::Archive;

/// A file of the image, and how a reader comes to it.
struct Blob {
    role: &'static str,
    /// Of `sha256:DIGEST`, the first twelve digits; or `index`.
    id: String,
    path: String,
    bytes: Vec<u8>,
    /// What names it: another's role and id.
    named_by: Option<(&'static str, String)>,
}

impl Blob {
    fn digest(&self) -> String {
        self.path.replacen("blobs/sha256/", "sha256:", 1)
    }
}

pub fn html() -> Result<String> {
    let index = Blob {
        role: "index",
        id: "index".to_owned(),
        path: "index.json".to_owned(),
        bytes: reference("oci/index.json")?,
        named_by: None,
    };
    let manifest = named("manifest", &index, "/manifests/0/digest")?;
    let config = named("config", &manifest, "/config/digest")?;
    let layer = named("layer", &manifest, "/layers/0/digest")?;
    let diff_id = text_at(&config, "/rootfs/diff_ids/0")?;
    // What a digest leads to. A DiffID leads to the layer: it names what is within.
    let mut targets = vec![(diff_id.clone(), layer.id.clone())];
    targets.extend([&manifest, &config, &layer].map(|blob| (blob.digest(), blob.id.clone())));
    let mut sections = String::new();
    for (hue, blob) in [&index, &manifest, &config].into_iter().enumerate() {
        sections += &section(blob, hue, &document(blob, &targets)?);
    }
    sections += &section(&layer, 3, &archive(&diff_id, &config)?);
    let tree = tree(&[&index, &manifest, &config, &layer]);
    Ok(format!("<div class=\"blobs\">\n{tree}{sections}</div>\n"))
}

fn named(role: &'static str, by: &Blob, pointer: &str) -> Result<Blob> {
    let digest = text_at(by, pointer)?;
    let path = format!("blobs/{}", digest.replace(':', "/"));
    let bytes = reference(&format!("oci/{path}"))?;
    Ok(Blob { role, id: id(&digest)?, path, bytes, named_by: Some((by.role, by.id.clone())) })
}

fn text_at(blob: &Blob, pointer: &str) -> Result<String> {
    let json: Value = serde_json::from_slice(&blob.bytes)?;
    let text = json.pointer(pointer).and_then(Value::as_str);
    Ok(text.with_context(|| format!("the {} has no {pointer}", blob.role))?.to_owned())
}

fn id(digest: &str) -> Result<String> {
    let digits = digest.strip_prefix("sha256:").and_then(|digits| digits.get(..12));
    Ok(digits.with_context(|| format!("it is no digest: {digest}"))?.to_owned())
}

fn tree(blobs: &[&Blob; 4]) -> String {
    let [index, manifest, config, layer] = blobs.map(|blob| {
        let name = if blob.named_by.is_none() { blob.path.clone() } else { format!("{} {}", blob.role, blob.id) };
        format!("<a href=\"#blob-{}\">{name}</a>, {} bytes", blob.id, blob.bytes.len())
    });
    format!(
        "<nav class=\"blob-tree\" aria-label=\"The files of the image\">\n<ul><li>{index}\n<ul><li>{manifest}\n\
         <ul><li>{config}</li>\n<li>{layer}</li></ul></li></ul></li></ul>\n</nav>\n"
    )
}

fn section(blob: &Blob, hue: usize, contents: &str) -> String {
    let Blob { role, id, path, bytes, .. } = blob;
    let named_by = match &blob.named_by {
        Some((role, id)) => format!("named by the <a href=\"#blob-{id}\">{role}</a>"),
        None => "no digest names it: it is found by its name".to_owned(),
    };
    // For the button that computes the digest; the index has none to compare with.
    let data = if blob.named_by.is_some() { format!(" data-bytes=\"{}\"", hex(bytes)) } else { String::new() };
    let shown = match &blob.named_by {
        Some(_) => path.replacen(id, &format!("<b>{id}</b>"), 1),
        None => path.clone(),
    };
    format!(
        "<section id=\"blob-{id}\" class=\"hue-{hue}\" tabindex=\"-1\" aria-label=\"The {role}\"{data}>\n\
         <p class=\"role\">The {role}</p>\n<p class=\"path\">{shown}</p>\n\
         <p class=\"about\">{} bytes, {named_by}</p>\n{contents}</section>\n",
        bytes.len(),
    )
}

/// A document, spread out, each digest a link.
fn document(blob: &Blob, targets: &[(String, String)]) -> Result<String> {
    let mut text = spread(std::str::from_utf8(&blob.bytes)?);
    let digests = text.matches("sha256:").count();
    for (digest, id) in targets {
        let shown = digest.replacen(&digest[7..19], &format!("<b>{}</b>", &digest[7..19]), 1);
        // The colon is written otherwise, so that what is a link already is not found again.
        let link = format!("<a href=\"#blob-{id}\">{}</a>", shown.replacen(':', "&#58;", 1));
        text = text.replace(digest, &link);
    }
    ensure!(!text.contains("sha256:") && digests > 0, "a digest in the {} leads nowhere", blob.role);
    Ok(format!("<pre>{text}</pre>\n<p class=\"about\">Spread out for reading. The file itself is one line.</p>\n"))
}

/// JSON without spaces, as lines that know how deep they are. The order of its keys stays.
fn spread(json: &str) -> String {
    let (mut lines, mut depth, mut quoted, mut escaped) = (vec![(0, String::new())], 0, false, false);
    for c in json.chars() {
        match c {
            '}' | ']' if !quoted => {
                depth -= 1;
                lines.push((depth, c.to_string()));
                continue;
            }
            _ => {
                quoted ^= c == '"' && !escaped;
                escaped = c == '\\' && !escaped;
            }
        }
        if let Some((_, line)) = lines.last_mut() {
            line.push(c);
            line.push_str(if c == ':' && !quoted { " " } else { "" });
        }
        depth += usize::from(matches!(c, '{' | '[') && !quoted);
        if matches!(c, '{' | '[' | ',') && !quoted {
            lines.push((depth, String::new()));
        }
    }
    let line = |(depth, text): &(usize, String)| format!("<span style=\"--depth:{depth}\">{}\n</span>", escape(text));
    lines.iter().map(line).collect()
}

/// What is in the layer, once it is no longer compressed.
fn archive(diff_id: &str, config: &Blob) -> Result<String> {
    let layer = reference("layer.tar")?;
    let mut rows = String::new();
    for entry in Archive::new(layer.as_slice()).entries()? {
        let entry = entry?;
        let kind = if entry.header().entry_type().is_dir() { 'd' } else { '-' };
        let mode = permissions(entry.header().mode()?);
        let name = escape(&String::from_utf8_lossy(&entry.path_bytes()));
        rows += &format!("<tr><td>{kind}{mode}</td><td class=\"number\">{}</td><td>{name}</td></tr>\n", entry.size());
    }
    Ok(format!(
        "<p>gunzip turns it into a tar archive of {} bytes. That archive is what the DiffID in the \
         <a href=\"#blob-{}\">config</a> names:</p>\n<p class=\"path diff-id\">{diff_id}</p>\n\
         <div class=\"table-wrapper\">\n<table>\n<caption>The entries of the archive</caption>\n\
         <thead><tr><th scope=\"col\">Mode</th><th scope=\"col\">Size</th><th scope=\"col\">Name</th></tr></thead>\n\
         <tbody>\n{rows}</tbody>\n</table>\n</div>\n",
        layer.len(),
        config.id,
    ))
}
