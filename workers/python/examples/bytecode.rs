//! Prints the source that a `.pyc` is read as: `bytecode FILE…`.

#![allow(clippy::print_stdout, clippy::disallowed_methods, reason = "a tool for developers, not the room")]

fn main() -> std::io::Result<()> {
    for path in std::env::args().skip(1) {
        let bytes = std::fs::read(&path)?;
        match python::pyc::read(&bytes, python::pyc::LARGEST) {
            Ok(compiled) => {
                println!("# {path}: Python {} {:?}\n{}", compiled.version, compiled.trouble, compiled.source)
            }
            Err(unread) => println!("# {path}: {unread}"),
        }
    }
    Ok(())
}
