//! The rules and the schemas are embedded: a new file makes a new binary.

#[allow(clippy::print_stdout, reason = "this is how cargo is spoken to")]
fn main() {
    println!("cargo::rerun-if-changed=../../rules");
    println!("cargo::rerun-if-changed=../../schema");
}
