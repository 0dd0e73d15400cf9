use super::svg::*;

/// The processes of a container, its root, and what is outside.
pub fn picture() -> (String, String) {
    let mut shapes = vec![
        text(12, 24, &[BOLD], "the host"),
        card(12, 36, 156, PLAIN, "ch10-run", &["forwards signals, waits"]),
        card(192, 36, 156, PLAIN, "cleaner", &["removes the cgroup"]),
        arrow(&[(90, 88), (90, 150)], &[LINE]),
        text(99, 112, &[SMALL, HALO], "clone"),
        arrow(&[(168, 62), (192, 62)], &[LINE, DASHED]),
        area(12, 124, 336, 306, &[ACCENT]),
        text(336, 146, &[END, SMALL], "namespaces, and a cgroup"),
        card(28, 150, 130, PLAIN, "init, PID 1", &["reaps, passes on"]),
        arrow(&[(158, 176), (200, 176)], &[LINE]),
        text(179, 168, &[MIDDLE, SMALL], "fork"),
        card(200, 150, 134, PLAIN, "PID 2", &["the image's program"]),
        arrow(&[(180, 262), (180, 238)], &[LINE]),
        text(180, 230, &[MIDDLE, SMALL], "sees as / after pivot_root"),
    ];
    let mounts = [
        ("/proc, /dev, /sys, volumes", "mounted on top, some of it masked", PLAIN),
        ("what it writes", "a tmpfs: gone with the container", PLAIN),
        ("rootfs, as chapter 9 left it", "read by all, written by none", PLAIN),
    ];
    for ((name, more, style), y) in mounts.into_iter().zip((262..).step_by(56)) {
        shapes.push(card(28, y, 304, style, name, &[more]));
    }
    let description = "On the host, ch10-run forwards signals and waits, and a cleaner stands by to remove the cgroup. ch10-run \
        clones a process into new namespaces and a cgroup: init, which is process 1 there, reaps other processes and passes \
        on signals. It forks process 2, the program of the image. After pivot_root they see as their root directory three \
        things on top of each other: at the bottom the root file system as chapter 9 left it, which is read and never \
        written; above it what the container writes, in memory, gone with the container; on top /proc, /dev, /sys and \
        volumes, some of it masked.";
    draw("container", 444, "A container while it runs", description, &shapes)
}
