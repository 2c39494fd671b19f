//! One style of error for every subcommand: what, where, why, and what to try.

use std::fmt;
use std::io::{self, Write};

use model::Terminal;

/// An error as a person reads it.
#[derive(Debug)]
pub(crate) struct Complaint {
    what: String,
    place: Option<String>,
    why: Option<String>,
    attempt: Option<String>,
}

impl Complaint {
    /// What went wrong, without a full stop: `cannot read the rules`.
    pub(crate) fn new(what: impl Into<String>) -> Self {
        Self { what: what.into(), place: None, why: None, attempt: None }
    }

    /// The file, the option or the address it is about.
    pub(crate) fn at(mut self, place: impl fmt::Display) -> Self {
        self.place = Some(place.to_string());
        self
    }

    pub(crate) fn because(mut self, why: impl fmt::Display) -> Self {
        self.why = Some(why.to_string());
        self
    }

    /// What to try, as a sentence or a command.
    pub(crate) fn attempt(mut self, attempt: impl Into<String>) -> Self {
        self.attempt = Some(attempt.into());
        self
    }

    /// What, where and why in one sentence, and what to try.
    pub(crate) fn sentence(&self) -> (String, Option<&str>) {
        let parts = [Some(&self.what), self.place.as_ref(), self.why.as_ref()];
        (parts.into_iter().flatten().map(String::as_str).collect::<Vec<_>>().join(": "), self.attempt.as_deref())
    }

    pub(crate) fn print(&self) {
        // Nothing is left to do when stderr is gone, too.
        let _ = write!(io::stderr().lock(), "{self}");
    }
}

impl fmt::Display for Complaint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lines = |text: &str| text.lines().map(|line| Terminal(line).to_string()).collect::<Vec<_>>();
        writeln!(f, "error: {}", Terminal(&self.what))?;
        if let Some(place) = &self.place {
            writeln!(f, "  --> {}", Terminal(place))?;
        }
        for (label, text) in [("why", &self.why), ("try", &self.attempt)] {
            let Some(text) = text else { continue };
            for (index, line) in lines(text).iter().enumerate() {
                if index == 0 {
                    writeln!(f, "  {label}: {line}")?;
                } else {
                    writeln!(f, "       {line}")?;
                }
            }
        }
        Ok(())
    }
}

impl From<io::Error> for Complaint {
    fn from(error: io::Error) -> Self {
        Self::new("input or output failed").because(error)
    }
}

impl From<anyhow::Error> for Complaint {
    fn from(error: anyhow::Error) -> Self {
        let mut causes = error.chain().skip(1).map(ToString::to_string).collect::<Vec<_>>();
        causes.dedup();
        let complaint = Self::new(error.to_string());
        if causes.is_empty() { complaint } else { complaint.because(causes.join(": ")) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn says_what_where_why_and_what_to_try() {
        let complaint = Complaint::new("cannot read the archive")
            .at("dist/\u{1b}[31mx.whl")
            .because("permission denied")
            .attempt("chmod u+r the file");
        let says = "error: cannot read the archive\n  --> dist/⟨U+001B⟩[31mx.whl\n  why: permission denied\n  try: chmod u+r the file\n";
        assert_eq!(complaint.to_string(), says);
    }

    #[test]
    fn an_error_with_causes_keeps_them() {
        let error = anyhow::anyhow!("refused").context("cannot connect").context("cannot start the recorder");
        let says = "error: cannot start the recorder\n  why: cannot connect: refused\n";
        assert_eq!(Complaint::from(error).to_string(), says);
    }
}
