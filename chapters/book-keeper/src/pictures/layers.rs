use super::svg::*;

const NAMES: [&str; 3] = ["app", "motd", "notes"];
/// The left edges of the columns, one for each name, and the tops of the rows: what is seen, and layers 3, 2 and 1.
const LEFT: [i32; 3] = [78, 168, 258];
const TOP: [i32; 4] = [36, 132, 228, 324];
const WIDTH: i32 = 82;

/// Three layers on top of each other, and what can be seen of them from above.
pub fn picture() -> (String, String) {
    let mut shapes = Vec::new();
    shapes.push(text(12, 24, &[BOLD], "what the container sees"));
    shapes.extend(TOP.map(|top| area(12, top, 336, 56, &[FAINT])));
    shapes.extend((1..4).map(|row| text(22, TOP[row] + 33, &[SMALL], &format!("layer {}", 4 - row))));
    // What is below another file, or below a whiteout, cannot be seen.
    let arrows = [(0, 3), (1, 2)];
    shapes.extend(arrows.map(|(column, row)| sight(column, TOP[row] + 10, TOP[0] + 46)));
    shapes.push(hidden(1, TOP[3] + 10, TOP[2] + 46));
    shapes.push(hidden(2, TOP[3] + 10, TOP[1] + 46));
    shapes.extend([
        file(0, 3, PLAIN, NAMES[0], ""),
        file(1, 3, PLAIN, NAMES[1], " (old)"),
        file(2, 3, PLAIN, NAMES[2], ""),
    ]);
    shapes.extend([file(1, 2, ACCENT, NAMES[1], " (new)"), file(2, 1, ACCENT, ".wh.", NAMES[2])]);
    shapes.extend([file(0, 0, PLAIN, NAMES[0], ""), file(1, 0, ACCENT, NAMES[1], " (new)")]);
    shapes.push(area(LEFT[2], TOP[0] + 10, WIDTH, 36, &[FAINT, DASHED]));
    shapes.push(text(LEFT[2] + WIDTH / 2, TOP[0] + 33, &[MIDDLE, SMALL], "no notes"));
    let description = "Three layers lie on top of each other. Layer 1, at the bottom, holds the files app, motd and notes. \
        Layer 2 holds another motd, which hides the one below. Layer 3 holds an empty file named .wh.notes, a whiteout, \
        which hides notes. From above, a container sees app of layer 1, motd of layer 2, and no notes. The bytes of what is \
        hidden are still in layer 1.";
    draw("layers", 396, "Layers, and a whiteout", description, &shapes)
}

fn file(column: usize, row: usize, style: &str, name: &str, more: &str) -> String {
    let (x, y) = (LEFT[column], TOP[row] + 10);
    area(x, y, WIDTH, 36, &[style]) + &text(x + WIDTH / 2, y + 23, &[MIDDLE, MONO], &format!("{name}{more}"))
}

/// Something can be seen from above.
fn sight(column: usize, from: i32, to: i32) -> String {
    let x = LEFT[column] + WIDTH / 2;
    arrow(&[(x, from), (x, to)], &[LINE])
}

/// Something ends at what is above it.
fn hidden(column: usize, from: i32, to: i32) -> String {
    let x = LEFT[column] + WIDTH / 2;
    let end = to + 8;
    line(&[(x, from), (x, end)], &[LINE, DASHED]) + &line(&[(x - 10, end), (x + 10, end)], &[LINE, THICK])
}
