//! cargo run -p ch09-unpack
fn main() {}
