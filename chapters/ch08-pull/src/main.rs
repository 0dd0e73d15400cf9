//! cargo run -p ch08-pull
fn main() {}
