//! Who sends what to whom, one below the other.

use super::svg::*;

/// The parties, as the middles of their boxes, and what they are called.
pub struct Parties(pub Vec<(i32, &'static str)>);

impl Parties {
    /// Their boxes, and the line of each down to `bottom`.
    pub fn draw(&self, bottom: i32) -> Vec<String> {
        let mut shapes = Vec::new();
        for (x, name) in &self.0 {
            shapes.push(line(&[(*x, 44), (*x, bottom)], &[FAINT]));
            let width = 16 + 8 * name.len() as i32;
            let left = (x - width / 2).clamp(4, 356 - width);
            shapes.push(area(left, 14, width, 30, &[PLAIN]));
            shapes.push(text(left + width / 2, 34, &[MIDDLE, BOLD], name));
        }
        shapes
    }

    /// A message, as an arrow with its text above.
    pub fn message(&self, y: i32, from: usize, to: usize, words: &str) -> [String; 2] {
        let (from, to) = (self.0[from].0, self.0[to].0);
        [arrow(&[(from, y), (to, y)], &[LINE]), text((from + to) / 2, y - 8, &[MIDDLE, MONO, HALO], words)]
    }

    /// The answer, as a dashed arrow.
    pub fn answer(&self, y: i32, from: usize, to: usize, words: &str) -> [String; 2] {
        let (from, to) = (self.0[from].0, self.0[to].0);
        [arrow(&[(from, y), (to, y)], &[LINE, DASHED]), text((from + to) / 2, y - 8, &[MIDDLE, SMALL, HALO], words)]
    }
}
