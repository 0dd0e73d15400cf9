// ch06_error_envelope: what a registry says when it refuses, and how much of it you show
//
// Goal: an error message with the registry's own words, from which a stranger cannot command your terminal.
// To do: return the code and the message of the first error, as `CODE: message`. One of the two may be missing. What
// is not such JSON gives an empty text. Put a space in the place of every control character.
// Read: the book, ch06-push, "When it goes wrong" and "What the answers say"; the distribution-spec, "Error codes".

use serde_json::Value;

/// The registry's explanation from the body of an answer, or an empty text if there is none.
fn explanation(body: &[u8]) -> String {
    let envelope: Value = serde_json::from_slice(body).unwrap_or_default();
    // TODO: this shows the code as it stands in JSON, in quotes, and nothing of the message. And a page in HTML gives
    // `null`.
    envelope["errors"][0]["code"].to_string()
}

fn main() {
    let body = br#"{"errors":[{"code":"NAME_INVALID","message":"this is not the name of a repository"}]}"#;
    println!("error: cannot push: the registry answered 400 Bad Request: {}", explanation(body));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(body: &str, wanted: &str, why: &str) {
        let came = explanation(body.as_bytes());
        assert_eq!(came, wanted, "\nthe registry sent {body}\nwanted {wanted:?}\ncame   {came:?}\n{why}\n");
    }

    #[test]
    fn the_code_and_the_message_are_shown() {
        // What the practice registry sent, in the book.
        let body = r#"{"errors":[{"code":"MANIFEST_BLOB_UNKNOWN","message":"the manifest lists what is not here: sha256:4cda4e121bce5296b849b5022d11dade1a3aae907b008b694a10ff03d6017151"}]}"#;
        let wanted = "MANIFEST_BLOB_UNKNOWN: the manifest lists what is not here: \
                      sha256:4cda4e121bce5296b849b5022d11dade1a3aae907b008b694a10ff03d6017151";
        check(body, wanted, "The code is for programs, the message for people, and neither is shown in quotes.");
        let body =
            r#"{"errors":[{"code":"NAME_INVALID","message":"\"Hello\" has capitals","detail":{"name":"Hello"}}]}"#;
        check(body, "NAME_INVALID: \"Hello\" has capitals", "A backslash is JSON's way to write a quote.");
    }

    #[test]
    fn a_code_or_a_message_may_be_alone() {
        let why = "The specification demands the code only. What is there is shown, without a colon for what is not.";
        check(r#"{"errors":[{"code":"UNAUTHORIZED"}]}"#, "UNAUTHORIZED", why);
        check(r#"{"errors":[{"code":"DENIED","message":null}]}"#, "DENIED", why);
        check(r#"{"errors":[{"message":"come back later"}]}"#, "come back later", why);
    }

    #[test]
    fn what_is_no_error_of_a_registry_gives_nothing() {
        let why =
            "There is no code and no message of a registry in it, and a page is nothing to print in an error message.";
        let page = "<html>\n<head><title>502 Bad Gateway</title></head>\n</html>";
        for body in [page, "", "null", "42", "[]", r#""errors""#, "{}", r#"{"errors":[]}"#, r#"{"errors":"none"}"#] {
            check(body, "", why);
        }
        check(r#"{"errors":[{"code":"#, "", "The connection broke: half of it is no JSON.");
    }

    #[test]
    fn no_control_character_reaches_the_terminal() {
        let bodies = [
            // Clears the screen; sets the title of the window; goes to the beginning of the line; goes to the next
            // one.
            r#"{"errors":[{"code":"DENIED","message":"\u001b[2Jno"}]}"#,
            r#"{"errors":[{"code":"DENIED","message":"\u001b]0;root\u0007no"}]}"#,
            r#"{"errors":[{"code":"DENIED","message":"this\rno"}]}"#,
            r#"{"errors":[{"code":"DENIED","message":"this\nhelp: run this command: no"}]}"#,
            // To some terminals, U+009B is Escape and [ in one.
            r#"{"errors":[{"code":"DENIED","message":"\u009b2Jno"}]}"#,
            r#"{"errors":[{"code":"DENIED\u001b[31m","message":"\u007fno"}]}"#,
        ];
        for body in bodies {
            let came = explanation(body.as_bytes());
            assert!(
                !came.contains(char::is_control),
                "\nthe registry sent {body}\nand this goes to the terminal: {came:?}\n\
                 Your terminal would obey that. It holds U+{:04X}.\n",
                came.chars().find(|c| c.is_control()).map_or(0, u32::from)
            );
            assert!(
                came.starts_with("DENIED") && came.ends_with("no"),
                "\nthe registry sent {body}\ncame {came:?}\nWhat can be read in it has to be shown.\n"
            );
        }
        check(
            r#"{"errors":[{"code":"DENIED","message":"one\ntwo"}]}"#,
            "DENIED: one two",
            "A space stands in the place of each control character.",
        );
    }
}
