// ANCHOR: head
use crate::{Challenge, Credentials};
use anyhow::{Context, Result, bail};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use http_agent::{explain, on_this_machine, proxy};
use std::io::Read;
use ureq::Agent;
use ureq::http::Uri;

/// A token is a few hundred bytes; a server that sends more than this is not answering.
const LONGEST_ANSWER: u64 = 1024 * 1024;
// ANCHOR_END: head

// ANCHOR: fetch_token
/// Fetches a token from where a Bearer challenge says, for `scopes`.
///
/// A password goes in the Authorization header of a GET, an identity token in the form of a POST, and without either the
/// token is one for anybody. Source: the distribution project's "Token Authentication Specification", and its "OAuth2
/// Token Authentication".
pub fn fetch_token(
    agent: &Agent,
    challenge: &Challenge,
    credentials: &Credentials,
    scopes: &[String],
) -> Result<String> {
    let realm = challenge.parameters.get("realm").context("the challenge names no realm to fetch a token from")?;
    let proxy = proxy(agent, &check_realm(realm)?);
    let service = challenge.parameters.get("service").map_or("", String::as_str);
    let scope = scopes.iter().map(|scope| ("scope", scope));
    let get = || agent.get(realm).query("service", service).query_pairs(scope).config().proxy(proxy.clone()).build();
    let response = match credentials {
        Credentials::Anonymous => get().call(),
        Credentials::Password { user, password } => {
            get().query("account", user).header("authorization", basic(user, password)).call()
        }
        Credentials::IdentityToken(token) => agent.post(realm).config().proxy(proxy).build().send_form([
            ("grant_type", "refresh_token"),
            ("service", service),
            ("client_id", "building-containers-the-hard-way"),
            ("scope", &scopes.join(" ")),
            ("refresh_token", token),
        ]),
    };
    let response = response.map_err(explain).with_context(|| format!("cannot fetch a token: {realm}"))?;
    if !response.status().is_success() {
        let help = "help: log in with docker login, or set DOCKER_CONFIG to the directory of another config.json";
        bail!("cannot fetch a token: {realm}: the server answered {}\n{help}", response.status());
    }
    let mut text = Vec::new();
    let mut body = response.into_body().into_reader().take(LONGEST_ANSWER);
    body.read_to_end(&mut text).with_context(|| format!("cannot fetch a token: {realm}"))?;
    let answer: serde_json::Value = serde_json::from_slice(&text).unwrap_or_default();
    let token = answer["token"].as_str().or(answer["access_token"].as_str()).filter(|token| !token.is_empty());
    Ok(token.with_context(|| format!("cannot fetch a token: {realm}: the answer holds none"))?.to_owned())
}
// ANCHOR_END: fetch_token

// ANCHOR: check_realm
/// A password must not travel where it can be overheard, whatever the registry says.
fn check_realm(realm: &str) -> Result<Uri> {
    let uri: Uri = realm.parse().ok().with_context(|| format!("cannot fetch a token: {realm}: it is no URL"))?;
    match uri.scheme_str() {
        Some("https") => Ok(uri),
        Some("http") if on_this_machine(&uri) => Ok(uri),
        _ => bail!("cannot fetch a token: {realm}: plain HTTP would show the password to others"),
    }
}

/// Source: RFC 7617, section 2.
pub fn basic(user: &str, password: &str) -> String {
    format!("Basic {}", BASE64_STANDARD.encode(format!("{user}:{password}")))
}
// ANCHOR_END: check_realm
