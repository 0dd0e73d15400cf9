use super::svg::*;

/// Which instructions of a Dockerfile make a layer, and which only change the config.
pub fn picture() -> (String, String) {
    let instructions = ["FROM debian", "RUN apt-get …", "COPY app /app", "ENV PORT=80", "USER 1000", "ENTRYPOINT …"];
    let mut shapes = vec![text(10, 24, &[BOLD], "the Dockerfile"), text(204, 24, &[BOLD], "the image")];
    for (instruction, y) in instructions.into_iter().zip((40..).step_by(66)) {
        shapes.push(area(10, y, 124, 46, &[PLAIN]));
        shapes.push(text(20, y + 28, &[MONO], instruction));
        shapes.push(arrow(&[(134, y + 23), (204, y + 23)], &[LINE]));
    }
    let layers = [("layers", "those of debian"), ("a layer", "what it changed"), ("a layer", "what it copied")];
    for ((name, more), y) in layers.into_iter().zip((37..).step_by(66)) {
        shapes.push(card(204, y, 146, ACCENT, name, &[more]));
    }
    shapes.push(area(204, 238, 146, 178, &[FAINT]));
    shapes.push(text(277, 300, &[MIDDLE, BOLD], "the config"));
    for (field, y) in ["Env", "User", "Entrypoint"].into_iter().zip((324..).step_by(20)) {
        shapes.push(text(277, y, &[MIDDLE, MONO], field));
    }
    let description = "The instructions of a Dockerfile, and what each makes. FROM takes over the layers of another image. RUN \
        makes a layer of what its command changed, COPY one of what it copied. ENV, USER and ENTRYPOINT make no layer: they \
        only change the config.";
    draw("build-steps", 430, "What the instructions of a Dockerfile make", description, &shapes)
}
