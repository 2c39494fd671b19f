//! Prints the source that a `.pyc` is read as: `bytecode FILE…`.

#![allow(clippy::print_stdout, reason = "a tool for developers prints")]

fn main() -> std::io::Result<()> {
    for path in std::env::args().skip(1) {
        #[expect(clippy::disallowed_methods, reason = "the tool reads what its user names; the room does not")]
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
