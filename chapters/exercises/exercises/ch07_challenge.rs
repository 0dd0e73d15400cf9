// ch07_challenge: what a registry asks for
//
// Goal: you can read the header WWW-Authenticate, whose commas mean three different things.
// To do: read all challenges of the header. Within quotes a comma separates nothing. Elsewhere it ends a parameter,
// and what follows is another parameter, `name=value`, or a new challenge: a scheme alone, or a scheme, a space and a
// parameter. Schemes and names of parameters are kept in lower case.
// Read: the book, ch07-log-in, "The idea" and "In Rust"; RFC 9110, section 11.6.1.

use std::collections::BTreeMap;

/// One way in that a registry offers: `Bearer realm="https://…",service="…",scope="…"`.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Challenge {
    /// In lower case: `bearer`, `basic`.
    scheme: String,
    /// By their names, in lower case.
    parameters: BTreeMap<String, String>,
}

impl Challenge {
    fn new(scheme: &str) -> Challenge {
        Challenge { scheme: scheme.to_lowercase(), parameters: BTreeMap::new() }
    }

    /// Takes `name=value` or `name="value"`.
    fn add(&mut self, parameter: &str) {
        let Some((name, value)) = parameter.split_once('=') else { return };
        self.parameters.insert(name.trim().to_lowercase(), unquote(value.trim()));
    }
}

/// The text of a quoted string, where a backslash stands before a character that is meant as it is.
fn unquote(value: &str) -> String {
    let Some(quoted) = value.strip_prefix('"') else { return value.to_owned() };
    let mut characters = quoted.strip_suffix('"').unwrap_or(quoted).chars();
    let mut text = String::new();
    while let Some(c) = characters.next() {
        text.extend(if c == '\\' { characters.next() } else { Some(c) });
    }
    text
}

/// The challenges in the header WWW-Authenticate, in their order.
fn challenges(header: &str) -> Vec<Challenge> {
    // TODO: this reads one challenge, and cuts `pull,push` in two.
    let (scheme, parameters) = header.split_once(' ').unwrap_or((header, ""));
    let mut challenge = Challenge::new(scheme);
    for parameter in parameters.split(',') {
        challenge.add(parameter);
    }
    vec![challenge]
}

fn main() {
    let header =
        r#"Bearer realm="http://127.0.0.1:5001/token",service="practice-registry",scope="repository:hello:pull""#;
    for challenge in challenges(header) {
        println!("{}", challenge.scheme);
        for (name, value) in challenge.parameters {
            println!("  {name:<8} {value}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each challenge as a line: the scheme, and the parameters in the order of their names.
    fn read(header: &str) -> Vec<String> {
        let line = |challenge: Challenge| {
            let parameters = challenge.parameters.iter().map(|(name, value)| format!(" {name}=<{value}>"));
            challenge.scheme.clone() + &parameters.collect::<String>()
        };
        challenges(header).into_iter().map(line).collect()
    }

    fn check(header: &str, wanted: &[&str], why: &str) {
        let came = read(header);
        assert_eq!(
            came,
            wanted,
            "\nWWW-Authenticate: {header}\nwanted:\n  {}\ncame:\n  {}\n{why}\n",
            wanted.join("\n  "),
            came.join("\n  ")
        );
    }

    #[test]
    fn a_comma_within_quotes_separates_nothing() {
        // What the practice registry answers to a POST, in the book.
        let header = r#"Bearer realm="http://127.0.0.1:5001/token",service="practice-registry",scope="repository:hello:pull,push""#;
        let wanted = "bearer realm=<http://127.0.0.1:5001/token> scope=<repository:hello:pull,push> \
                      service=<practice-registry>";
        check(header, &[wanted], "`pull,push` is one value. Cut in two, it asks for a token that cannot push.");
        let why = "A backslash takes the meaning from the quote after it: the comma is still within the quotes.";
        check(
            r#"Basic realm="5\" disks, old",charset="UTF-8""#,
            &[r#"basic charset=<UTF-8> realm=<5" disks, old>"#],
            why,
        );
    }

    #[test]
    fn one_header_may_hold_several_challenges() {
        let why = "After a comma, a word that is no `name=value` begins a new challenge.";
        check(
            r#"Negotiate, Basic realm="a, b", charset="UTF-8", Bearer realm="https://a.example/token",service="s""#,
            &["negotiate", "basic charset=<UTF-8> realm=<a, b>", "bearer realm=<https://a.example/token> service=<s>"],
            why,
        );
        check(
            r#"Bearer realm="https://a.example/token", NTLM"#,
            &["bearer realm=<https://a.example/token>", "ntlm"],
            why,
        );
    }

    #[test]
    fn schemes_and_names_are_the_same_in_capitals() {
        let why = "BEARER, Bearer and bearer are one scheme, and Realm and realm one name. A value keeps its capitals.";
        check(
            r#"BEARER Realm="https://a.example/T",SERVICE="S""#,
            &["bearer realm=<https://a.example/T> service=<S>"],
            why,
        );
    }

    #[test]
    fn spaces_and_missing_quotes_change_nothing() {
        let wanted = ["basic charset=<UTF-8> realm=<x>"];
        let why = "A space may stand on both sides of a comma, and a value of one word needs no quotes.";
        check(r#"Basic realm="x" , charset="UTF-8""#, &wanted, why);
        check("Basic realm=x,charset=UTF-8", &wanted, why);
        let why = "A space or an equals sign within quotes is a part of the value.";
        check(
            r#"Bearer realm="https://a.example/token?a=b",scope="repository:a:pull repository:b:pull""#,
            &["bearer realm=<https://a.example/token?a=b> scope=<repository:a:pull repository:b:pull>"],
            why,
        );
    }
}
