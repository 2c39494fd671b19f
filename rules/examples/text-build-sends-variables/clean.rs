fn main() {
    println!("cargo:rerun-if-env-changed=TARGET");
    for (key, value) in std::env::vars() {
        if key.starts_with("CARGO_FEATURE_") {
            println!("cargo:rustc-env={key}={value}");
        }
    }
}
