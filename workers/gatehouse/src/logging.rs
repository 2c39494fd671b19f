//! The log: one event a line on standard error, as text or as JSON, safe to be shown on any terminal.

use std::io::{self, Write};

use clap::ValueEnum;
use tracing_subscriber::{EnvFilter, fmt::MakeWriter};

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    Text,
    Json,
}

/// Starts the log of a role. `GATEHOUSE_LOG` chooses what is written, such as `debug` or `info,queue=debug`.
pub(crate) fn start(format: Format) {
    // What the AMQP library says of a lost connection, our own lines say once.
    start_with(format, "info,lapin=off,sqlx=warn");
}

/// As [`start`], for a command that prints an answer and ends: that it reached the broker is no news.
pub(crate) fn start_quietly(format: Format) {
    start_with(format, "warn,lapin=off");
}

fn start_with(format: Format, usual: &str) {
    let filter = EnvFilter::try_from_env("GATEHOUSE_LOG").unwrap_or_else(|_| EnvFilter::new(usual));
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(Escaping).with_ansi(false);
    // A second start, in tests, keeps the first.
    let _ = match format {
        Format::Text => log.try_init(),
        Format::Json => log.json().flatten_event(true).try_init(),
    };
}

/// Writes lines with every character shown that would do something to a terminal. Values should be escaped where they
/// are logged; this is for the one that is forgotten.
struct Escaping;

struct Line;

impl<'a> MakeWriter<'a> for Escaping {
    type Writer = Line;

    fn make_writer(&'a self) -> Line {
        Line
    }
}

impl Write for Line {
    /// The subscriber writes each event whole, with its line end.
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        io::stderr().lock().write_all(escape(bytes).as_bytes())?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        io::stderr().lock().flush()
    }
}

fn escape(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    let (line, end) = text.strip_suffix('\n').map_or((&*text, ""), |line| (line, "\n"));
    format!("{}{end}", model::Terminal(line))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_event_stays_one_harmless_line() {
        let line = escape("found x\n\u{1b}[2J\u{202e}INFO forged\r\n".as_bytes());
        assert_eq!(line, "found x⟨U+000A⟩⟨U+001B⟩[2J⟨U+202E⟩INFO forged⟨U+000D⟩\n");
        assert_eq!(escape(b"{\"a\":\"b\"}\n"), "{\"a\":\"b\"}\n");
    }
}
