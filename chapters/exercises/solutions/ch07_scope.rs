// ch07_scope: what the token must be good for
//
// Goal: a client that fetches one token for the whole push, and asks for nothing twice.
// To do: list the scopes to ask for: pull and push in the repository, pull in the one to mount from, and what the
// challenge asks for, which may be several scopes with spaces between. Leave out a scope that an earlier one of the list
// covers.
// Read: the book, ch07-log-in, "The idea" and "In Rust"; the distribution project's Token Scope Documentation.

/// The scopes to ask the token server for, in any order. A scope is `repository:NAME:ACTION,ACTION`.
fn scopes(repository: &str, mount_from: Option<&str>, asked: Option<&str>) -> Vec<String> {
    // The first request of a push is a HEAD, and the registry asks for `pull` only. Who takes it at its word fetches
    // two tokens. A token server is supposed to give less than what is asked for, and no error, so asking for more
    // does no harm.
    let mut wanted = vec![format!("repository:{repository}:pull,push")];
    wanted.extend(mount_from.map(|from| format!("repository:{from}:pull")));
    wanted.extend(asked.unwrap_or_default().split_whitespace().map(str::to_owned));
    let mut scopes: Vec<String> = Vec::new();
    for scope in wanted {
        if !scopes.iter().any(|ours| covers(ours, &scope)) {
            scopes.push(scope);
        }
    }
    scopes
}

/// Whether who has the scope `ours` may do all that `other` allows. The last colon is the one before the actions: the
/// name may have one, before the port of a registry.
fn covers(ours: &str, other: &str) -> bool {
    let split = |scope: &str| scope.rsplit_once(':').map(|(name, actions)| (name.to_owned(), actions.to_owned()));
    match (split(ours), split(other)) {
        (Some((name, actions)), Some((other, others))) => {
            name == other && others.split(',').all(|action| actions.split(',').any(|ours| ours == action))
        }
        _ => ours == other,
    }
}

fn main() {
    for scope in scopes("team/hello", Some("hello"), Some("repository:team/hello:pull")) {
        println!("scope={scope}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(repository: &str, mount_from: Option<&str>, asked: Option<&str>, wanted: &[&str], why: &str) {
        let mut came = scopes(repository, mount_from, asked);
        came.sort();
        let from = mount_from.map(|from| format!(" --mount-from {from}")).unwrap_or_default();
        assert_eq!(
            came,
            wanted,
            "\na push to {repository}{from}\nthe challenge asks for scope={:?}\nwanted {wanted:?}\ncame   \
             {came:?}\n{why}\n",
            asked.unwrap_or_default()
        );
    }

    #[test]
    fn a_push_asks_for_pull_and_push_at_once() {
        let why = "A push begins with a HEAD, and the challenge then asks for pull only. A token with pull and push is \
                   good for all its requests, and covers the smaller scope.";
        check("hello", None, Some("repository:hello:pull"), &["repository:hello:pull,push"], why);
        check("hello", None, None, &["repository:hello:pull,push"], "There are challenges without a scope.");
    }

    #[test]
    fn mounting_asks_to_pull_from_the_other_repository() {
        let why = "The registry mounts a blob only for somebody who may pull it where it is.";
        let wanted = ["repository:hello:pull", "repository:team/hello:pull,push"];
        check("team/hello", Some("hello"), Some("repository:team/hello:pull"), &wanted, why);
        check("team/hello", Some("hello"), Some("repository:hello:pull"), &wanted, why);
        let why = "It is the same repository, and pull,push covers pull.";
        check("hello", Some("hello"), None, &["repository:hello:pull,push"], why);
    }

    #[test]
    fn the_order_of_the_actions_does_not_matter() {
        let why = "push,pull allows what pull,push allows, and push is a part of it.";
        for asked in ["repository:hello:push,pull", "repository:hello:push", "repository:hello:pull,push"] {
            check("hello", None, Some(asked), &["repository:hello:pull,push"], why);
        }
    }

    #[test]
    fn a_name_that_begins_alike_is_another_repository() {
        let why = "hello-world is not hello: a scope covers another one if the names are the same, from end to end.";
        let wanted = ["repository:hello-world:pull", "repository:hello:pull,push"];
        check("hello", None, Some("repository:hello-world:pull"), &wanted, why);
        check("hello", Some("hello-world"), None, &wanted, why);
        let wanted = ["repository:hello-world:pull,push", "repository:hello:pull"];
        check("hello-world", None, Some("repository:hello:pull"), &wanted, why);
        check(
            "hello",
            None,
            Some("repository:team/hello:pull"),
            &["repository:hello:pull,push", "repository:team/hello:pull"],
            why,
        );
    }

    #[test]
    fn a_challenge_may_ask_for_several_scopes() {
        let why = "A space separates scopes. What is not covered is asked for as well, and each scope by itself.";
        let asked = "repository:hello:pull registry:catalog:* repository:base:pull";
        let wanted = ["registry:catalog:*", "repository:base:pull", "repository:hello:pull,push"];
        check("hello", None, Some(asked), &wanted, why);
        check("hello", Some("base"), Some(asked), &wanted, why);
    }
}
