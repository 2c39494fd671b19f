//! What standard output is: a person's terminal with or without colours, or a pipe that may close early.

use std::io::{self, IsTerminal, Write};

use clap::ValueEnum;

/// `--color`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum When {
    Auto,
    Always,
    Never,
}

impl When {
    /// Whether to write colours to standard output. An option beats `NO_COLOR`, which beats `CLICOLOR_FORCE`.
    pub(crate) fn colours(self) -> bool {
        let set = |name| std::env::var_os(name).filter(|value| !value.is_empty());
        decide(
            self,
            set("NO_COLOR").is_some(),
            set("CLICOLOR_FORCE").is_some_and(|value| value != "0"),
            set("TERM").is_some_and(|value| value == "dumb"),
            io::stdout().is_terminal(),
        )
    }
}

fn decide(when: When, no_color: bool, force: bool, dumb: bool, terminal: bool) -> bool {
    match when {
        When::Always => true,
        When::Never => false,
        When::Auto => !no_color && (force || (terminal && !dumb)),
    }
}

/// Writes a result to standard output. A reader that has seen enough (`| head`) is no error.
pub(crate) fn print(text: &str) -> io::Result<()> {
    let mut output = io::stdout().lock();
    match output.write_all(text.as_bytes()).and_then(|()| output.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        result => result,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_are_for_terminals_unless_somebody_says_otherwise() {
        let on = |when, no_color, force, dumb, terminal| decide(when, no_color, force, dumb, terminal);
        assert!(on(When::Auto, false, false, false, true));
        assert!(!on(When::Auto, false, false, false, false));
        assert!(!on(When::Auto, false, false, true, true));
        assert!(!on(When::Auto, true, true, false, true));
        assert!(on(When::Auto, false, true, false, false));
        assert!(on(When::Always, true, false, true, false));
        assert!(!on(When::Never, false, true, false, true));
    }
}
