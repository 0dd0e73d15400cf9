// ch04_expand: $(NAME) in the command of a pod
//
// Goal: you know what Kubernetes replaces in `command` and `args` before anything starts, and what it leaves alone.
// To do: write `expand`: it goes through the text from left to right, and looks at each $ once.
// Read: the book, ch04-write-config, "Variables, user, directory"; the Kubernetes API reference, Container, "args".

/// Replaces each `$(NAME)` by the value of the variable. `$$` stands for one `$`, and everything else stays as it is.
/// If `env` has a name twice, its last value counts.
fn expand(text: &str, env: &[(&str, &str)]) -> String {
    // TODO: write this function anew: it puts values into values, and does not know $$.
    let mut text = text.to_owned();
    for (name, value) in env {
        text = text.replace(&format!("$({name})"), value);
    }
    text
}

fn main() {
    let env = [("NAME", "everybody")];
    for text in ["--greet=$(NAME)", "$(PLACE)", "$$(NAME)", "$NAME"] {
        println!("{text} becomes {}", expand(text, &env));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ENV: [(&str, &str); 5] =
        [("NAME", "x"), ("PRICE", "5$$"), ("NESTED", "$(NAME)"), ("NAME", "everybody"), ("EMPTY", "")];

    fn check(text: &str, wanted: &str, why: &str) {
        let came = expand(text, &ENV);
        assert!(came == wanted, "{text} must become {wanted}, and became {came}\n{why}");
    }

    #[test]
    fn variables_are_replaced() {
        check("$(NAME)", "everybody", "NAME is there twice, and its last value counts.");
        check(
            "--greet=$(NAME)$(EMPTY), $(NAME)!",
            "--greet=everybody, everybody!",
            "All of them, wherever they stand.",
        );
        check("nothing to do", "nothing to do", "Text without a $ stays.");
        check("", "", "An empty argument stays empty.");
    }

    #[test]
    fn unknown_names_stay_as_they_are_written() {
        check(
            "$(PLACE) $(NAME)",
            "$(PLACE) everybody",
            "The pod has no variable PLACE. It is not replaced by nothing.",
        );
        check("$(name)", "$(name)", "name is not NAME.");
        check("$( NAME )", "$( NAME )", "Spaces belong to the name.");
        check("$()", "$()", "There is no variable without a name.");
    }

    #[test]
    fn two_dollars_are_one() {
        check("$$(NAME)", "$(NAME)", "This is how you write $(NAME) if you mean these seven characters.");
        check("$$$(NAME)", "$everybody", "The first two are one $, the third begins a variable.");
        check("$$$$(NAME)", "$$(NAME)", "Two and two.");
        check("100$$", "100$", "Also without a parenthesis.");
    }

    #[test]
    fn a_dollar_that_begins_nothing_stays() {
        check("$NAME ${NAME}", "$NAME ${NAME}", "These are for a shell, and there is no shell here.");
        check("$(NAME", "$(NAME", "The parenthesis is never closed.");
        check("100$", "100$", "The text ends with it.");
        check("$($(NAME)", "$($(NAME)", "The name goes to the first ), and nothing is called `$(NAME`.");
    }

    #[test]
    fn values_are_not_expanded_again() {
        check("$(NESTED)", "$(NAME)", "The value of NESTED is text.");
        check("$(PRICE)", "5$$", "In a value, $$ is two characters.");
        check("$(PRICE)(NAME)", "5$$(NAME)", "What a value ends with and what follows it do not belong together.");
    }
}
