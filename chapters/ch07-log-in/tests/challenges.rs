//! What a registry's challenge says, however it is written.

use ch07_log_in::challenges;
use ureq::http::{HeaderMap, HeaderValue};

/// The challenges in these headers, as `scheme name=value name=value`.
fn read(headers: &[&str]) -> Vec<String> {
    let mut map = HeaderMap::new();
    for header in headers {
        map.append("www-authenticate", HeaderValue::from_str(header).unwrap());
    }
    let read = challenges(&map).into_iter().map(|challenge| {
        let parameters = challenge.parameters.iter().map(|(name, value)| format!(" {name}={value}"));
        challenge.scheme + &parameters.collect::<String>()
    });
    read.collect()
}

#[test]
fn one_challenge() {
    let docker_hub =
        r#"Bearer realm="https://auth.example/token",service="registry.example",scope="repository:a/b:pull,push""#;
    let expected = "bearer realm=https://auth.example/token scope=repository:a/b:pull,push service=registry.example";
    assert_eq!(read(&[docker_hub]), [expected]);
    assert_eq!(read(&[&docker_hub.replace(',', " , ").replace("pull , push", "pull,push")]), [expected]);
    // White space may stand on both sides of the equals sign.
    assert_eq!(read(&[&docker_hub.replace("=\"", " = \"")]), [expected]);
    assert_eq!(read(&["BASIC Realm=x"]), ["basic realm=x"]);
    assert_eq!(read(&["Negotiate"]), ["negotiate"]);
    assert_eq!(read(&[r#"Basic realm="a \"quoted\" \\ name""#]), [r#"basic realm=a "quoted" \ name"#]);
}

#[test]
fn several_challenges() {
    let expected = ["negotiate", "basic charset=UTF-8 realm=a, b", "bearer realm=https://a.example service=s"];
    let (basic, bearer) = (r#"Basic realm="a, b", charset="UTF-8""#, r#"Bearer realm="https://a.example",service="s""#);
    assert_eq!(read(&["Negotiate", basic, bearer]), expected);
    assert_eq!(read(&[&format!("Negotiate, {basic}, {bearer}")]), expected);
    assert_eq!(read(&[&format!("{bearer}, Negotiate"), basic]), [expected[2], expected[0], expected[1]]);
}

#[test]
fn nonsense_is_read_as_far_as_it_goes() {
    assert_eq!(read(&[]), [""; 0]);
    assert_eq!(read(&["", ",,,", "=", "realm=x"]), [""; 0]);
    assert_eq!(read(&[r#"Bearer realm="open"#]), ["bearer realm=open"]);
    assert_eq!(read(&["Bearer realm"]), ["bearer"]);
}
