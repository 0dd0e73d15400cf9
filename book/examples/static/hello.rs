fn main() {
    println!("Hello from the second stage");
}
