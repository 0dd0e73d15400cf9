//! cargo run -p ch10-run
fn main() {}
