use crate::answer::Failure;
use anyhow::{Error, bail};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use hyper::{HeaderMap, StatusCode};
use std::collections::HashMap;
use std::str::FromStr;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Who may use the registry. It has no `Debug`, so that no message shows a password by accident.
#[derive(Clone)]
pub enum Auth {
    /// Everybody.
    Open,
    /// Who sends the password with each request.
    Basic { user: String, password: String },
    /// Who sends a token, which the registry gives out itself for the password; without one, a token to pull with.
    Token { user: String, password: String },
}

impl FromStr for Auth {
    type Err = Error;

    /// Reads `basic:USER:PASSWORD` or `token:USER:PASSWORD`.
    fn from_str(text: &str) -> Result<Auth, Error> {
        let parts: Vec<&str> = text.splitn(3, ':').collect();
        match parts[..] {
            ["basic", user, password] => Ok(Auth::Basic { user: user.to_owned(), password: password.to_owned() }),
            ["token", user, password] => Ok(Auth::Token { user: user.to_owned(), password: password.to_owned() }),
            _ => bail!("it is neither basic:USER:PASSWORD nor token:USER:PASSWORD"),
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    Pull,
    Push,
    Delete,
}

impl Action {
    fn name(self) -> &'static str {
        match self {
            Action::Pull => "pull",
            Action::Push => "push",
            Action::Delete => "delete",
        }
    }
}

/// Lets requests in, or asks who is there.
pub struct Gate {
    pub auth: Auth,
    pub lifetime: Duration,
    /// What each token is good for, and until when. A production server signs its tokens (as JWT) and remembers none.
    pub tokens: Mutex<HashMap<String, Token>>,
}

pub struct Token {
    /// `repository:NAME:pull,push`
    pub scopes: Vec<String>,
    pub until: Instant,
    /// A refresh token is exchanged for tokens and opens nothing by itself.
    pub refresh: bool,
}

impl Gate {
    pub fn new(auth: Auth, lifetime: Duration) -> Gate {
        Gate { auth, lifetime, tokens: Mutex::default() }
    }

    /// Whether the request may do `action` in `repository`; without one, whether it may know that this is a registry.
    pub fn check(&self, headers: &HeaderMap, repository: Option<&str>, action: Action) -> Result<(), Failure> {
        match &self.auth {
            Auth::Open => Ok(()),
            Auth::Basic { .. } if self.knows(credentials(headers)) => Ok(()),
            Auth::Basic { .. } => Err(unauthorized("Basic realm=\"practice-registry\"".to_owned())),
            Auth::Token { .. } => self.check_token(headers, repository, action),
        }
    }

    fn check_token(&self, headers: &HeaderMap, repository: Option<&str>, action: Action) -> Result<(), Failure> {
        let token = header(headers, "authorization").and_then(|value| value.strip_prefix("Bearer "));
        let scopes = token.and_then(|token| self.scopes(token, false));
        let allowed = |scope: &String| repository.is_some_and(|repository| allows(scope, repository, action));
        if scopes.as_ref().is_some_and(|scopes| repository.is_none() || scopes.iter().any(allowed)) {
            return Ok(());
        }
        let host = header(headers, "host").unwrap_or_default();
        let mut challenge = format!("Bearer realm=\"http://{host}/token\",service=\"practice-registry\"");
        if let Some(repository) = repository {
            let actions = if action == Action::Push { "pull,push" } else { action.name() };
            challenge += &format!(",scope=\"repository:{repository}:{actions}\"");
        }
        if token.is_some() {
            challenge += if scopes.is_some() { ",error=\"insufficient_scope\"" } else { ",error=\"invalid_token\"" };
        }
        Err(unauthorized(challenge))
    }

    pub fn knows(&self, given: Option<(String, String)>) -> bool {
        match &self.auth {
            Auth::Open => true,
            Auth::Basic { user, password } | Auth::Token { user, password } => {
                given.is_some_and(|(name, secret)| name == *user && secret == *password)
            }
        }
    }

    pub fn scopes(&self, name: &str, refresh: bool) -> Option<Vec<String>> {
        let tokens = self.tokens.lock().unwrap_or_else(PoisonError::into_inner);
        let token = tokens.get(name).filter(|token| token.refresh == refresh)?;
        (refresh || Instant::now() < token.until).then(|| token.scopes.clone())
    }
}

/// Whether a scope, `repository:NAME:pull,push`, allows an action in a repository.
fn allows(scope: &str, repository: &str, action: Action) -> bool {
    let actions = scope.strip_prefix("repository:").and_then(|scope| scope.strip_prefix(repository));
    let actions = actions.and_then(|actions| actions.strip_prefix(':'));
    actions.is_some_and(|actions| actions.split(',').any(|allowed| allowed == action.name()))
}

/// The user and the password of a request. Source: RFC 7617, section 2.
pub fn credentials(headers: &HeaderMap) -> Option<(String, String)> {
    let encoded = header(headers, "authorization")?.strip_prefix("Basic ")?;
    let decoded = String::from_utf8(BASE64_STANDARD.decode(encoded).ok()?).ok()?;
    decoded.split_once(':').map(|(user, password)| (user.to_owned(), password.to_owned()))
}

fn header<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

pub fn unauthorized(challenge: String) -> Failure {
    let failure = Failure::new(StatusCode::UNAUTHORIZED, "UNAUTHORIZED", "the registry wants to know who you are");
    failure.with_header("www-authenticate", challenge)
}
