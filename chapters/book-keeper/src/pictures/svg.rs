//! A few shapes as text. Each picture is a list of them.
//!
//! Lines and letters have the colour of the page's text, and the accent is the colour of its links, so that a picture fits
//! every theme. On the screen of a telephone one unit is about one pixel, elsewhere a little more.

/// Of every picture. No text is smaller than 12.
const WIDTH: i32 = 360;

// Attributes of texts.
pub const MIDDLE: &str = r#"text-anchor="middle""#;
pub const END: &str = r#"text-anchor="end""#;
pub const BOLD: &str = r#"font-weight="600""#;
pub const SMALL: &str = r#"font-size="12""#;
pub const MONO: &str = r#"font-family="var(--mono-font, monospace)" font-size="12""#;
/// The page shows between the letters and what is behind them.
pub const HALO: &str = r#"stroke="var(--bg)" stroke-width="6" stroke-linejoin="round" paint-order="stroke""#;

// Attributes of shapes.
pub const PLAIN: &str = r#"fill="currentColor" fill-opacity=".05" stroke="currentColor" stroke-opacity=".4""#;
pub const ACCENT: &str = r#"fill="var(--links)" fill-opacity=".16" stroke="var(--links)""#;
pub const FAINT: &str = r#"fill="none" stroke="currentColor" stroke-opacity=".4""#;
pub const LINE: &str = r#"fill="none" stroke="currentColor" stroke-opacity=".75""#;
pub const DASHED: &str = r#"stroke-dasharray="4 4""#;
pub const THICK: &str = r#"stroke-width="2""#;

pub type Point = (i32, i32);

/// A picture for a page. The description says in words what it shows.
pub fn draw(name: &str, height: i32, title: &str, description: &str, shapes: &[String]) -> (String, String) {
    let (title, description, shapes) = (escape(title), escape(description), shapes.join("\n"));
    // A blank line would end it in Markdown, and so would anything else in the first line.
    let svg = format!(
        "<svg class=\"picture\" role=\"img\" xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" \
         font-size=\"13\" fill=\"currentColor\" aria-labelledby=\"{name}-title {name}-desc\">\n\
         <title id=\"{name}-title\">{title}</title>\n<desc id=\"{name}-desc\">{description}</desc>\n{shapes}\n</svg>\n"
    );
    (format!("pictures/{name}.svg"), svg)
}

/// One line of text, which stands on `y`.
pub fn text(x: i32, y: i32, attributes: &[&str], words: &str) -> String {
    format!("<text x=\"{x}\" y=\"{y}\" {}>{}</text>", attributes.join(" "), escape(words))
}

/// A box with rounded corners.
pub fn area(x: i32, y: i32, width: i32, height: i32, attributes: &[&str]) -> String {
    let attributes = attributes.join(" ");
    format!("<rect x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\" rx=\"6\" {attributes}/>")
}

/// A box of what it is called and what else there is to say of it, in its middle.
pub fn card(x: i32, y: i32, width: i32, style: &str, name: &str, more: &[&str]) -> String {
    let mut shapes = vec![area(x, y, width, card_height(more.len()), &[style])];
    shapes.push(text(x + width / 2, y + 22, &[MIDDLE, BOLD], name));
    for (line, words) in (1..).zip(more) {
        shapes.push(text(x + width / 2, y + 22 + 18 * line, &[MIDDLE, SMALL], words));
    }
    shapes.join("\n")
}

pub fn card_height(lines: usize) -> i32 {
    34 + 18 * lines as i32
}

pub fn line(points: &[Point], attributes: &[&str]) -> String {
    let points: Vec<String> = points.iter().map(|(x, y)| format!("{x},{y}")).collect();
    format!("<polyline points=\"{}\" {}/>", points.join(" "), attributes.join(" "))
}

/// A line that ends in a head.
pub fn arrow(points: &[Point], attributes: &[&str]) -> String {
    let [.., before, tip] = points else { return String::new() };
    let (dx, dy) = (f64::from(tip.0 - before.0), f64::from(tip.1 - before.1));
    let length = dx.hypot(dy).max(1.0);
    let (dx, dy) = (dx / length, dy / length);
    let corner = |side: f64| {
        let x = f64::from(tip.0) - 9.0 * dx - side * 4.0 * dy;
        let y = f64::from(tip.1) - 9.0 * dy + side * 4.0 * dx;
        format!("{x:.1},{y:.1}")
    };
    let head = format!("<polygon points=\"{},{} {} {}\"/>", tip.0, tip.1, corner(1.0), corner(-1.0));
    line(points, attributes) + &head
}

/// The number of a chapter, or of a step, in a circle.
pub fn number(x: i32, y: i32, number: &str) -> String {
    let circle = format!("<circle cx=\"{x}\" cy=\"{y}\" r=\"10\" fill=\"var(--bg)\" stroke=\"var(--links)\"/>");
    circle + &text(x, y + 4, &[MIDDLE, BOLD, SMALL], number)
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
