//! The rules are embedded: a new rule file makes a new binary.

fn main() {
    println!("cargo::rerun-if-changed=../../rules");
}
