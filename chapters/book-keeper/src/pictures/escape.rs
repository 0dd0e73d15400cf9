use super::svg::*;

/// One name, read in three ways. What a path means is decided by the links on the way, when it is used.
pub fn picture() -> (String, String) {
    let mut shapes = vec![
        text(12, 24, &[BOLD], "two entries of a layer"),
        area(12, 34, 336, 58, &[FAINT]),
        text(24, 56, &[MONO], "1  door          a link to /etc"),
        text(24, 78, &[MONO], "2  door/passwd   a file"),
    ];
    let readings = [
        ("as text", "rootfs/door/passwd", "it begins with rootfs/: no harm to be seen", FAINT),
        ("as open(2) follows it", "/etc/passwd", "the host's file, overwritten", PLAIN),
        ("as openat2(2) follows it in rootfs", "rootfs/etc/passwd", "the link's / is rootfs: it cannot leave", ACCENT),
    ];
    let mut sentences = Vec::new();
    for ((how, path, outcome, style), y) in readings.into_iter().zip((124..).step_by(92)) {
        shapes.push(text(12, y, &[BOLD], how));
        shapes.push(area(12, y + 10, 336, 56, &[style]));
        shapes.push(text(24, y + 32, &[MONO], path));
        shapes.push(text(24, y + 54, &[SMALL], outcome));
        sentences.push(format!("Read {how}, it is {path}: {outcome}."));
    }
    let description = format!(
        "A layer holds a symbolic link named door to /etc, and then a file named door/passwd. The second name can be read in \
         three ways. {}",
        sentences.join(" ")
    );
    draw("escape", 384, "Where a name leads", &description, &shapes)
}
