// ANCHOR: head
use crate::answer::{check_digest, explanation, location};
use anyhow::{Context, Result, bail};
use ch03_digest::{Descriptor, Digest};
use ch05_write_manifest::{DEFAULT_REGISTRY, Image, Reference, blob_path};
use http_agent::{Body, Http, is_loopback, without_query};
use std::io::Write;
use std::path::Path;
use ureq::http::request::Builder;
use ureq::http::{Request, Response, StatusCode};

/// A repository in a registry, and the agent that speaks to it.
pub struct Repository<'a> {
    pub http: &'a dyn Http,
    pub reference: &'a Reference,
}
// ANCHOR_END: head

// ANCHOR: push
/// Pushes the image that lies in the image layout `layout`: first the blobs, then the manifest that names them.
///
/// Each step is told on `steps`. With `mount_from`, a blob that is in that repository of the registry is not sent.
/// Returns the manifest's digest. Source: the OCI distribution-spec, "Push".
pub fn push(
    repository: &Repository,
    image: &Image,
    layout: &Path,
    mount_from: Option<&str>,
    steps: &mut dyn Write,
) -> Result<Digest> {
    let wanted = repository.reference.digest.as_ref().unwrap_or(&image.manifest.digest);
    if *wanted != image.manifest.digest {
        let help = "help: leave the digest out, or push by a tag";
        bail!("the image has another digest: {}\n{help}", image.manifest.digest);
    }
    for (what, blob) in [("layer", &image.layer), ("config", &image.config)] {
        writeln!(steps, "{what} {}", blob.digest)?;
        repository.push_blob(blob, layout, mount_from, steps).with_context(|| format!("cannot push the {what}"))?;
    }
    writeln!(steps, "manifest {}", image.manifest.digest)?;
    repository.put_manifest(&image.manifest, layout).context("cannot push the manifest")?;
    writeln!(steps, "  put_manifest  as {}", repository.reference.name_of_manifest())?;
    Ok(image.manifest.digest.clone())
}
// ANCHOR_END: push

// ANCHOR: url
impl Repository<'_> {
    /// Where the API of the repository begins: `https://HOST/v2/REPOSITORY`, and `http` on this machine.
    pub fn url(&self) -> String {
        let Reference { registry, repository, .. } = self.reference;
        // Docker's registry has another name than its host.
        let host = if registry == DEFAULT_REGISTRY { "registry-1.docker.io" } else { registry };
        let scheme = if is_loopback(host) { "http" } else { "https" };
        format!("{scheme}://{host}/v2/{repository}")
    }
    // ANCHOR_END: url

    // ANCHOR: push_blob
    fn push_blob(
        &self,
        blob: &Descriptor,
        layout: &Path,
        mount_from: Option<&str>,
        steps: &mut dyn Write,
    ) -> Result<()> {
        if self.head_blob(blob)? {
            return Ok(writeln!(steps, "  head_blob     it is there: nothing to send")?);
        }
        writeln!(steps, "  head_blob     it is not there")?;
        let upload = match self.start_upload(blob, mount_from)? {
            Upload::Mounted => {
                return Ok(writeln!(steps, "  start_upload  mounted from {}", mount_from.unwrap_or_default())?);
            }
            Upload::Started(location) => location,
        };
        writeln!(steps, "  start_upload")?;
        let upload = self.send_blob(&upload, blob, layout)?;
        writeln!(steps, "  send_blob     {} bytes", blob.size)?;
        self.commit_blob(&upload, blob)?;
        Ok(writeln!(steps, "  commit_blob")?)
    }
    // ANCHOR_END: push_blob

    // ANCHOR: head_blob
    /// Whether the repository has the blob. Source: the OCI distribution-spec, "Checking if content exists".
    fn head_blob(&self, blob: &Descriptor) -> Result<bool> {
        let url = format!("{}/blobs/{}", self.url(), blob.digest);
        let response = self.send(Request::head(url), Body::Empty, &[StatusCode::OK, StatusCode::NOT_FOUND])?;
        if response.status() == StatusCode::NOT_FOUND {
            return Ok(false);
        }
        check_digest(&response, &blob.digest)?;
        Ok(true)
    }
    // ANCHOR_END: head_blob

    // ANCHOR: start_upload
    /// Asks for a place to upload to, or for the blob from another repository. A registry that will not mount it, or
    /// has it not, answers as if it had been asked for an upload only.
    ///
    /// Source: the OCI distribution-spec, "Pushing blobs" and "Mounting a blob from another repository".
    fn start_upload(&self, blob: &Descriptor, mount_from: Option<&str>) -> Result<Upload> {
        let mut url = format!("{}/blobs/uploads/", self.url());
        let mut accepted = vec![StatusCode::ACCEPTED];
        if let Some(from) = mount_from {
            url += &format!("?mount={}&from={from}", blob.digest);
            accepted.push(StatusCode::CREATED);
        }
        let response = self.send(Request::post(&url).header("content-length", 0), Body::Empty, &accepted)?;
        if response.status() == StatusCode::CREATED {
            check_digest(&response, &blob.digest)?;
            return Ok(Upload::Mounted);
        }
        Ok(Upload::Started(location(&url, &response)?))
    }
    // ANCHOR_END: start_upload

    // ANCHOR: send_and_commit
    /// Sends the blob's bytes, and returns where the upload goes on. Docker sends a blob in one piece as well; pieces
    /// would let an interrupted upload continue.
    fn send_blob(&self, upload: &str, blob: &Descriptor, layout: &Path) -> Result<String> {
        let mut request = Request::patch(upload)
            .header("content-type", "application/octet-stream")
            .header("content-length", blob.size);
        if blob.size > 1024 * 1024 {
            // A registry that refuses says so before we have sent gigabytes. curl does this from the same size on.
            request = request.header("expect", "100-continue");
        }
        let body = Body::File(layout.join(blob_path(blob)));
        let response = self.send(request, body, &[StatusCode::ACCEPTED])?;
        location(upload, &response)
    }

    /// Says that the upload is complete, and which digest it must have: the registry computes it and compares.
    fn commit_blob(&self, upload: &str, blob: &Descriptor) -> Result<()> {
        let separator = if upload.contains('?') { '&' } else { '?' };
        let url = format!("{upload}{separator}digest={}", blob.digest);
        let request = Request::put(url).header("content-length", 0);
        let response = self.send(request, Body::Empty, &[StatusCode::CREATED])?;
        check_digest(&response, &blob.digest)
    }
    // ANCHOR_END: send_and_commit

    // ANCHOR: put_manifest
    /// Source: the OCI distribution-spec, "Pushing manifests".
    fn put_manifest(&self, manifest: &Descriptor, layout: &Path) -> Result<()> {
        let path = layout.join(blob_path(manifest));
        let bytes = std::fs::read(&path).with_context(|| format!("cannot read: {}", path.display()))?;
        let url = format!("{}/manifests/{}", self.url(), self.reference.name_of_manifest());
        let request =
            Request::put(url).header("content-type", &manifest.media_type).header("content-length", bytes.len());
        let response = self.send(request, Body::Bytes(bytes), &[StatusCode::CREATED])?;
        check_digest(&response, &manifest.digest)
    }
    // ANCHOR_END: put_manifest

    // ANCHOR: send
    /// Sends a request, and makes an error of every status that is not `accepted`.
    pub fn send(&self, request: Builder, body: Body, accepted: &[StatusCode]) -> Result<Response<ureq::Body>> {
        let request = request.body(body).context("the registry named a place that is no URL")?;
        let response = self.http.send(&request)?;
        if accepted.contains(&response.status()) {
            return Ok(response);
        }
        let exchange = format!("{} {}", request.method(), without_query(&request.uri().to_string()));
        let why = match response.status() {
            StatusCode::UNAUTHORIZED => "logs in",
            StatusCode::TOO_MANY_REQUESTS => "tries again",
            status if status.is_redirection() => "follows redirects",
            _ => "",
        };
        let help = match why {
            "" => String::new(),
            _ => format!("\nhelp: chapter 7 {why}: cargo run -p ch07-log-in -- {}", self.reference),
        };
        let status = response.status();
        bail!("{exchange}: the registry answered {status}{}{help}", explanation(response))
    }
}

enum Upload {
    Started(String),
    Mounted,
}
// ANCHOR_END: send
