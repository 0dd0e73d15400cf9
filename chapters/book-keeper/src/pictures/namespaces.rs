use super::svg::*;

/// A container is a process with a root, a view and limits of its own. The kernel is everybody's.
pub fn picture() -> (String, String) {
    let columns = [
        (10, "a container", ["the files of the image", "its own processes", "a share of the machine"], ACCENT),
        (186, "another process", ["the files of the host", "all processes", "the whole machine"], PLAIN),
    ];
    let mut shapes = Vec::new();
    for (x, name, parts, style) in columns {
        shapes.push(area(x, 14, 164, 248, &[FAINT]));
        shapes.push(text(x + 82, 40, &[MIDDLE, BOLD], name));
        for ((what, more), y) in
            ["its /", "what it sees", "what it may use"].into_iter().zip(parts).zip((56..).step_by(66))
        {
            shapes.push(card(x + 8, y, 148, style, what, &[more]));
        }
        shapes.push(arrow(&[(x + 82, 262), (x + 82, 304)], &[LINE]));
        shapes.push(text(x + 91, 287, &[SMALL], "system calls"));
    }
    shapes.push(card(10, 304, 340, PLAIN, "one kernel, the host's", &["it keeps them apart"]));
    let description = "Beside each other, a container and another process. The root directory of the container holds the files \
        of the image, that of the other process the files of the host. The container sees its own processes, the other all of \
        them. The container may use a share of the machine, the other the whole machine. Both make system calls to one kernel, \
        the host's, which keeps them apart.";
    draw("namespaces", 370, "A container is a process", description, &shapes)
}
