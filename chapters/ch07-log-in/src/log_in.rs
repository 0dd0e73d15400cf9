// ANCHOR: head
use crate::token::{basic, fetch_token};
use crate::{Credentials, challenges};
use anyhow::{Context, Result, bail};
use ch06_push::{explanation, join};
use http_agent::{Body, Http, header, without_query};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};
use ureq::Agent;
use ureq::http::uri::Authority;
use ureq::http::{HeaderValue, Request, Response, StatusCode, Uri};

/// How often a request is sent again when the registry has no time for it, and how often it may be sent elsewhere.
const TRIES: u32 = 5;
const REDIRECTS: u32 = 5;
/// Too Many Requests, Internal Server Error, Bad Gateway, Service Unavailable, Gateway Timeout: a while later, all may be well.
const BUSY: [u16; 5] = [429, 500, 502, 503, 504];
/// Longer than this nobody wants to wait without being asked.
const LONGEST_WAIT: Duration = Duration::from_secs(60);
// ANCHOR_END: head

// ANCHOR: agent
/// Chapter 6's agent, with what a real registry needs: it logs in, follows redirects, and tries again.
pub struct LogIn<'a> {
    agent: &'a Agent,
    /// The host and port that the credentials are for. No other is told them.
    registry: Authority,
    credentials: Credentials,
    scopes: Vec<String>,
    /// The Authorization header for the next request.
    authorization: Mutex<Option<HeaderValue>>,
    report: Box<dyn Fn(&str) + Send + Sync + 'a>,
    /// `std::thread::sleep`, except in tests.
    pub sleep: Box<dyn Fn(Duration) + Send + Sync + 'a>,
}
// ANCHOR_END: agent

// ANCHOR: send
impl Http for LogIn<'_> {
    fn send(&self, request: &Request<Body>) -> Result<Response<ureq::Body>> {
        let mut request = request.clone();
        let (mut logged_in, mut tries, mut redirects) = (false, 0, 0);
        loop {
            let at_home = request.uri().authority() == Some(&self.registry);
            request.headers_mut().remove("authorization");
            let sent = self.authorization().clone().filter(|_| at_home);
            if let Some(authorization) = &sent {
                request.headers_mut().insert("authorization", authorization.clone());
            }
            let response = self.agent.send(&request)?;
            match response.status() {
                // A token expires: that is worth one more. If the new one is refused as well, it is not the time.
                StatusCode::UNAUTHORIZED if at_home && !logged_in => {
                    let mut authorization = self.authorization();
                    // Unless another thread did so meanwhile: one token is enough for all.
                    if *authorization == sent {
                        *authorization = Some(self.log_in(&response)?);
                    }
                    logged_in = true;
                }
                StatusCode::UNAUTHORIZED => return Err(self.refused(&request)),
                status if BUSY.contains(&status.as_u16()) => {
                    tries += 1;
                    if tries == TRIES {
                        let said = explanation(response);
                        bail!("{}: the registry answered {status} {TRIES} times{said}", exchange(&request));
                    }
                    (self.sleep)(time_to_wait(&response, tries)?);
                }
                status if status.is_redirection() && header(response.headers(), "location").is_some() => {
                    redirects += 1;
                    if redirects > REDIRECTS {
                        bail!("{}: redirected more than {REDIRECTS} times", exchange(&request));
                    }
                    *request.uri_mut() = redirected(&request, &response)?;
                }
                _ => return Ok(response),
            }
        }
    }
}
// ANCHOR_END: send

// ANCHOR: new
impl<'a> LogIn<'a> {
    /// `url` is any of the registry. `scopes` are what to ask for besides what the registry says to:
    /// `repository:NAME:pull,push`. `report` is told what the registry asked for, and what it was given.
    pub fn new(
        agent: &'a Agent,
        url: &str,
        credentials: Credentials,
        scopes: Vec<String>,
        report: impl Fn(&str) + Send + Sync + 'a,
    ) -> Result<LogIn<'a>> {
        let url: Uri = url.parse().with_context(|| format!("this is no URL: {url}"))?;
        let registry = url.authority().with_context(|| format!("this URL names no host: {url}"))?.clone();
        let (authorization, report, sleep) = (Mutex::default(), Box::new(report), Box::new(std::thread::sleep));
        Ok(LogIn { agent, registry, credentials, scopes, authorization, report, sleep })
    }
    // ANCHOR_END: new

    // ANCHOR: log_in
    /// The Authorization header, and nobody else logs in while it is held.
    fn authorization(&self) -> MutexGuard<'_, Option<HeaderValue>> {
        self.authorization.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Answers the first challenge that we can answer, tokens before passwords, and returns the Authorization header.
    fn log_in(&self, response: &Response<ureq::Body>) -> Result<HeaderValue> {
        let challenges = challenges(response.headers());
        let find = |scheme: &str| challenges.iter().find(|challenge| challenge.scheme == scheme);
        let value = if let Some(bearer) = find("bearer") {
            let mut scopes = self.scopes.clone();
            let asked = bearer.parameters.get("scope").cloned().unwrap_or_default();
            // Ours ask for more than the registry does at first: one token is enough for the whole push.
            if !asked.is_empty() && !scopes.iter().any(|ours| ours.starts_with(&asked)) {
                scopes.push(asked.clone());
            }
            let realm = bearer.parameters.get("realm").map_or("", String::as_str);
            (self.report)(&format!("asked: a token from {realm} for {asked}"));
            let token = fetch_token(self.agent, bearer, &self.credentials, &scopes)?;
            (self.report)(&format!("given: a token for {}, {}", scopes.join(" "), self.who()));
            format!("Bearer {token}")
        } else if find("basic").is_some() {
            (self.report)("asked: a user and a password");
            let Credentials::Password { user, password } = &self.credentials else {
                bail!("{} wants a user and a password\nhelp: {}", self.registry, self.help());
            };
            (self.report)(&format!("given: a password, {}", self.who()));
            basic(user, password)
        } else {
            let schemes: Vec<&str> = challenges.iter().map(|challenge| challenge.scheme.as_str()).collect();
            bail!("{} offers no way to log in that this program knows: [{}]", self.registry, schemes.join(", "));
        };
        let mut value = HeaderValue::try_from(value).context("the token is not text")?;
        value.set_sensitive(true);
        Ok(value)
    }
    // ANCHOR_END: log_in

    // ANCHOR: words
    fn who(&self) -> String {
        match &self.credentials {
            Credentials::Anonymous => "as nobody in particular".to_owned(),
            Credentials::Password { user, .. } => format!("as {user}"),
            Credentials::IdentityToken(_) => "for an identity token".to_owned(),
        }
    }

    fn help(&self) -> String {
        format!("docker login {}, or set DOCKER_CONFIG to the directory of another config.json", self.registry)
    }

    fn refused(&self, request: &Request<Body>) -> anyhow::Error {
        anyhow::anyhow!("{}: the registry refuses us, {}\nhelp: {}", exchange(request), self.who(), self.help())
    }
}

fn exchange(request: &Request<Body>) -> String {
    format!("{} {}", request.method(), without_query(&request.uri().to_string()))
}
// ANCHOR_END: words

// ANCHOR: wait
/// As long as the registry asks for (Retry-After: seconds or a date), or else 1, 2, 4 and 8 seconds.
///
/// Source: RFC 9110, section 10.2.3.
fn time_to_wait(response: &Response<ureq::Body>, tries: u32) -> Result<Duration> {
    let asked = header(response.headers(), "retry-after").and_then(|value| match value.parse() {
        Ok(seconds) => Some(Duration::from_secs(seconds)),
        // A date that has passed means now.
        Err(_) => Some(httpdate::parse_http_date(value).ok()?.duration_since(SystemTime::now()).unwrap_or_default()),
    });
    let wait = asked.unwrap_or(Duration::from_secs(1 << (tries - 1)));
    if wait > LONGEST_WAIT {
        bail!("the registry answered {}, and to come back in {} seconds", response.status(), wait.as_secs());
    }
    Ok(wait)
}
// ANCHOR_END: wait

// ANCHOR: redirected
/// Where a redirect leads. The method and the body stay: everything here may be sent twice.
fn redirected(request: &Request<Body>, response: &Response<ureq::Body>) -> Result<Uri> {
    let url = join(&request.uri().to_string(), header(response.headers(), "location").unwrap_or_default());
    url.parse().ok().with_context(|| format!("redirected to something that is no URL: {}", without_query(&url)))
}
// ANCHOR_END: redirected
