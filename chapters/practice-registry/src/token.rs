use crate::answer::{Answer, Failure, respond};
use crate::auth::{Auth, Gate, Token, credentials, unauthorized};
use http_body_util::{BodyExt, Limited};
use hyper::body::Incoming;
use hyper::http::request::Parts;
use hyper::{Method, StatusCode};
use serde_json::json;
use std::sync::PoisonError;
use std::time::Instant;

impl Gate {
    /// Plays the token server. Source: the distribution project's "Token Authentication Specification" (GET) and "OAuth2
    /// Token Authentication" (POST).
    pub async fn token(&self, head: &Parts, body: &mut Incoming) -> Answer {
        let Auth::Token { .. } = self.auth else { return Err(Failure::unsupported("requests for tokens")) };
        let basic = credentials(&head.headers);
        let form = match head.method {
            Method::POST => {
                let body = Limited::new(body, 64 * 1024).collect().await;
                body.map_err(|_| Failure::new(StatusCode::BAD_REQUEST, "UNSUPPORTED", "the form is too long"))?
                    .to_bytes()
            }
            _ => head.uri.query().unwrap_or_default().to_owned().into(),
        };
        let form: Vec<(String, String)> = form_urlencoded::parse(&form).into_owned().collect();
        let field = |name: &str| form.iter().find(|(key, _)| key == name).map(|(_, value)| value.clone());
        let basic = basic.or_else(|| Some((field("username")?, field("password")?)));
        let refreshed = field("refresh_token").map(|token| self.scopes(&token, true).is_some());
        let known = refreshed == Some(true) || basic.is_some() && self.knows(basic.clone());
        if !known && (basic.is_some() || refreshed.is_some()) {
            return Err(unauthorized("Basic realm=\"practice-registry\"".to_owned()));
        }
        let asked = form.iter().filter(|(name, _)| name == "scope").flat_map(|(_, value)| value.split(' '));
        let scopes = asked.map(|scope| if known { scope.to_owned() } else { only_pull(scope) }).collect();
        let token = self.issue(scopes, false)?;
        let seconds = self.lifetime.as_secs();
        let mut answer = json!({"token": token, "access_token": token, "expires_in": seconds});
        let wants_refresh =
            field("offline_token").as_deref() == Some("true") || field("access_type").as_deref() == Some("offline");
        if known && wants_refresh {
            answer["refresh_token"] = self.issue(Vec::new(), true)?.into();
        }
        respond(StatusCode::OK, &[("content-type", "application/json")], answer.to_string())
    }

    fn issue(&self, scopes: Vec<String>, refresh: bool) -> Result<String, Failure> {
        let mut bytes = [0; 16];
        getrandom::fill(&mut bytes).map_err(std::io::Error::other)?;
        let name: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        let token = Token { scopes, until: Instant::now() + self.lifetime, refresh };
        self.tokens.lock().unwrap_or_else(PoisonError::into_inner).insert(name.clone(), token);
        Ok(name)
    }
}

fn only_pull(scope: &str) -> String {
    let name = scope.rsplit_once(':').map_or(scope, |(name, _)| name);
    format!("{name}:pull")
}
