use super::svg::*;

/// The middles of the two columns: the program, and what follows it.
const COLUMNS: [i32; 2] = [174, 288];
const WIDTH: i32 = 104;

/// Whose words are run: the image's, or those of whoever starts the container.
pub fn picture() -> (String, String) {
    let mut shapes = vec![text(10, 24, &[BOLD], "What is given")];
    let given = [
        ("the image", "Entrypoint", "Cmd", PLAIN),
        ("docker run", "--entrypoint", "after IMAGE", ACCENT),
        ("Kubernetes", "command", "args", ACCENT),
    ];
    for ((who, first, second, style), y) in given.into_iter().zip((36..).step_by(42)) {
        shapes.push(text(10, y + 21, &[SMALL], who));
        shapes.push(words(0, y, style, first));
        shapes.push(words(1, y, style, second));
    }
    shapes.push(text(10, 192, &[BOLD], "What is run, if this is given"));
    let image = ["Entrypoint", "Cmd"];
    let cases = [
        ("nothing", Some((PLAIN, image[0])), Some((PLAIN, image[1]))),
        ("only args", Some((PLAIN, image[0])), Some((ACCENT, "args"))),
        ("only command", Some((ACCENT, "command")), None),
        ("both", Some((ACCENT, "command")), Some((ACCENT, "args"))),
    ];
    for ((case, first, second), y) in cases.into_iter().zip((204..).step_by(42)) {
        shapes.push(text(10, y + 21, &[SMALL], case));
        for (column, cell) in [first, second].into_iter().enumerate() {
            shapes.push(match cell {
                Some((style, name)) => words(column, y, style, name),
                None => words(column, y, &format!("{FAINT} {DASHED}"), "no Cmd"),
            });
        }
    }
    shapes.extend(rest());
    let description = "The image gives an Entrypoint and a Cmd. docker run can give --entrypoint and words after IMAGE, \
        Kubernetes command and args. If nothing is given, Entrypoint and Cmd are run, one after the other. If args are given, \
        Entrypoint and the args. If a command is given, the command alone, without the image's Cmd. If both are given, both. \
        Variables of Env are replaced name by name; User and WorkingDir are replaced as a whole.";
    draw("effective", 470, "What of an image's defaults is run", description, &shapes)
}

fn rest() -> [String; 5] {
    [
        text(10, 400, &[BOLD], "And besides"),
        text(10, 424, &[MONO], "Env"),
        text(142, 424, &[SMALL], "each variable by its name"),
        text(10, 448, &[MONO], "User, WorkingDir"),
        text(142, 448, &[SMALL], "what is given, or the image's"),
    ]
}

fn words(column: usize, y: i32, style: &str, words: &str) -> String {
    let x = COLUMNS[column];
    area(x - WIDTH / 2, y, WIDTH, 32, &[style]) + &text(x, y + 21, &[MIDDLE, MONO], words)
}
