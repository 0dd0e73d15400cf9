//! Who may do what: passwords, tokens, what they are good for and for how long.

mod common;

use common::There;
use std::time::Duration;

const BASIC: &str = "authorization: Basic bWU6c2VjcmV0"; // me:secret
const WRONG: &str = "authorization: Basic bWU6d3Jvbmc="; // me:wrong

fn token_registry() -> There {
    There::with("token:me:secret", Duration::from_secs(300))
}

/// Asks for a token, and returns the answer's JSON.
fn token(there: &There, request: &str, headers: &[&str], form: &str) -> serde_json::Value {
    let answer = there.ask(request, headers, form.as_bytes());
    assert_eq!(answer.status, 200, "{}", answer.text());
    serde_json::from_slice(&answer.body).unwrap()
}

fn bearer(answer: &serde_json::Value) -> String {
    assert_eq!(answer["token"], answer["access_token"]);
    format!("authorization: Bearer {}", answer["token"].as_str().unwrap())
}

#[test]
fn a_password() {
    let there = There::with("basic:me:secret", Duration::from_secs(300));
    for headers in [&[] as &[&str], &[WRONG], &["authorization: Basic ???"], &["authorization: Bearer x"]] {
        let answer = there.ask("GET /v2/", headers, b"");
        assert_eq!((answer.status, answer.header("www-authenticate")), (401, "Basic realm=\"practice-registry\""));
        assert_eq!(answer.code(), "UNAUTHORIZED");
        assert_eq!(there.ask("POST /v2/a/blobs/uploads/", headers, b"").status, 401);
    }
    assert_eq!(there.ask("POST /v2/a/blobs/uploads/", &[BASIC], b"").status, 202);
}

#[test]
fn challenges_name_what_is_needed() {
    let there = token_registry();
    let address = there.registry.address();
    let start = format!("Bearer realm=\"http://{address}/token\",service=\"practice-registry\"");
    let challenge = |request: &str| there.ask(request, &[], b"").header("www-authenticate").to_owned();
    assert_eq!(challenge("GET /v2/"), start);
    assert_eq!(challenge("GET /v2/a/tags/list"), format!("{start},scope=\"repository:a:pull\""));
    assert_eq!(challenge("POST /v2/a/blobs/uploads/"), format!("{start},scope=\"repository:a:pull,push\""));
    assert_eq!(challenge("DELETE /v2/a/manifests/x"), format!("{start},scope=\"repository:a:delete\""));
    let unknown = there.ask("GET /v2/", &["authorization: Bearer unknown"], b"");
    assert_eq!(unknown.header("www-authenticate"), format!("{start},error=\"invalid_token\""));
}

#[test]
fn a_token_is_good_for_its_scopes_only() {
    let there = token_registry();
    let answer = token(&there, "GET /token?scope=repository:a:pull,push&scope=repository:b:pull", &[BASIC], "");
    assert_eq!(answer["expires_in"], 300);
    let bearer = bearer(&answer);
    let status = |request: &str| there.ask(request, &[&bearer], b"").status;
    assert_eq!(status("GET /v2/"), 200);
    assert_eq!(status("POST /v2/a/blobs/uploads/"), 202);
    assert_eq!(status("GET /v2/b/tags/list"), 404);
    for request in ["POST /v2/b/blobs/uploads/", "DELETE /v2/a/manifests/x", "GET /v2/ab/tags/list"] {
        let answer = there.ask(request, &[&bearer], b"");
        assert_eq!(answer.status, 401, "{request}");
        assert!(answer.header("www-authenticate").ends_with(",error=\"insufficient_scope\""), "{request}");
    }
}

#[test]
fn nobody_in_particular_may_pull() {
    let there = token_registry();
    let bearer = bearer(&token(&there, "GET /token?scope=repository:a:pull,push", &[], ""));
    assert_eq!(there.ask("GET /v2/a/tags/list", &[&bearer], b"").status, 404);
    assert_eq!(there.ask("POST /v2/a/blobs/uploads/", &[&bearer], b"").status, 401);
}

#[test]
fn wrong_credentials_get_no_token() {
    let there = token_registry();
    assert_eq!(there.ask("GET /token", &[WRONG], b"").status, 401);
    for form in ["grant_type=password&username=me&password=wrong", "grant_type=refresh_token&refresh_token=unknown"] {
        assert_eq!(there.ask("POST /token", &[], form.as_bytes()).status, 401, "{form}");
    }
}

#[test]
fn a_refresh_token() {
    let there = token_registry();
    let form = "grant_type=password&username=me&password=secret&access_type=offline";
    let answer = token(&there, "POST /token", &[], form);
    let refresh = answer["refresh_token"].as_str().unwrap();
    let form = format!("grant_type=refresh_token&refresh_token={refresh}&scope=repository:a:push");
    let bearer = bearer(&token(&there, "POST /token", &[], &form));
    assert_eq!(there.ask("POST /v2/a/blobs/uploads/", &[&bearer], b"").status, 202);
    let misused = format!("authorization: Bearer {refresh}");
    assert_eq!(there.ask("GET /v2/", &[&misused], b"").status, 401, "it opens nothing by itself");
    assert!(token(&there, "GET /token", &[], "")["refresh_token"].is_null(), "nobody in particular gets none");
}

#[test]
fn a_token_that_has_expired() {
    let there = There::with("token:me:secret", Duration::ZERO);
    let bearer = bearer(&token(&there, "GET /token?scope=repository:a:push", &[BASIC], ""));
    let answer = there.ask("POST /v2/a/blobs/uploads/", &[&bearer], b"");
    assert_eq!(answer.status, 401);
    assert!(answer.header("www-authenticate").ends_with(",error=\"invalid_token\""));
}

#[test]
fn mounting_takes_the_right_to_pull() {
    let there = token_registry();
    let all =
        bearer(&token(&there, "GET /token?scope=repository:a:pull,push&scope=repository:b:pull,push", &[BASIC], ""));
    let digest = common::sha256(b"blob");
    assert_eq!(there.ask(&format!("POST /v2/a/blobs/uploads/?digest={digest}"), &[&all], b"blob").status, 201);
    let mount = format!("POST /v2/b/blobs/uploads/?mount={digest}&from=a");
    let only_b = bearer(&token(&there, "GET /token?scope=repository:b:pull,push", &[BASIC], ""));
    assert_eq!(there.ask(&mount, &[&only_b], b"").status, 202, "an upload instead");
    assert_eq!(there.ask(&mount, &[&all], b"").status, 201);
}
