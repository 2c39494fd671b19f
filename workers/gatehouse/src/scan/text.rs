//! Hostile text made fit for a person's terminal: URLs defanged, controls shown, long blanks counted.

use unicode_width::UnicodeWidthChar;

/// A run of blanks longer than this is shown as a count: code is hidden behind blanks, and the count is the evidence.
const BLANKS: usize = 12;
/// Indentation is blanks, too.
const INDENTATION: usize = 24;

/// Text as it is shown, and which characters of the original each piece stands for.
pub(super) struct Shown {
    pieces: Vec<Piece>,
}

struct Piece {
    /// Characters of the original, `start..end`.
    start: usize,
    end: usize,
    text: String,
}

impl Shown {
    pub(super) fn new(text: &str) -> Self {
        let characters = text.chars().collect::<Vec<_>>();
        let mut pieces = Vec::new();
        let mut at = 0;
        while at < characters.len() {
            let rest = &characters[at..];
            let (length, text) = blanks(rest, at == 0)
                .or_else(|| scheme(rest))
                .unwrap_or_else(|| (1, model::escape_terminal(&rest[0].to_string())));
            pieces.push(Piece { start: at, end: at + length, text });
            at += length;
            if is_scheme(&characters, at) {
                at = host(&characters, at, &mut pieces);
            }
        }
        Self { pieces }
    }

    pub(super) fn text(&self) -> String {
        self.pieces.iter().map(|piece| piece.text.as_str()).collect()
    }

    /// The terminal columns before and under the marked characters of the original.
    pub(super) fn columns(&self, mark: (usize, usize)) -> (usize, usize) {
        let before = self.pieces.iter().take_while(|piece| piece.end <= mark.0).map(Piece::width).sum();
        let under =
            self.pieces.iter().filter(|piece| piece.end > mark.0 && piece.start < mark.1).map(Piece::width).sum();
        (before, under)
    }
}

impl Piece {
    fn width(&self) -> usize {
        self.text.chars().map(|character| character.width().unwrap_or(0)).sum()
    }
}

/// Text for a sentence.
pub(crate) fn shown(text: &str) -> String {
    Shown::new(text).text()
}

fn blanks(rest: &[char], first: bool) -> Option<(usize, String)> {
    let length = rest.iter().take_while(|character| matches!(character, ' ' | '\t')).count();
    if length == 0 {
        return None;
    }
    if length > if first { INDENTATION } else { BLANKS } {
        return Some((length, format!("⟨{length} spaces⟩")));
    }
    // One at a time, so that a mark can begin inside of them.
    Some((1, if rest[0] == '\t' { "    ".to_owned() } else { " ".to_owned() }))
}

/// The beginning of a URL, as security people write it: nobody's terminal makes a link of it.
fn scheme(rest: &[char]) -> Option<(usize, String)> {
    const SCHEMES: [(&str, &str); 5] =
        [("https", "hxxps"), ("http", "hxxp"), ("ftp", "fxp"), ("wss", "wxs"), ("ws", "wx")];
    SCHEMES.into_iter().find_map(|(name, defanged)| {
        let length = name.len();
        let same = |at: usize, letter: char| rest.get(at).is_some_and(|other| other.eq_ignore_ascii_case(&letter));
        let is = name.chars().enumerate().all(|(at, letter)| same(at, letter));
        (is && same(length, ':') && same(length + 1, '/') && same(length + 2, '/'))
            .then(|| (length + 3, format!("{defanged}://")))
    })
}

fn is_scheme(characters: &[char], at: usize) -> bool {
    let before = characters.get(..at).unwrap_or_default();
    before.ends_with(&[':', '/', '/'])
        && before
            .get(..at - 3)
            .is_some_and(|name| name.last().is_some_and(|letter| matches!(letter.to_ascii_lowercase(), 'p' | 's')))
}

/// The host after a scheme: its dots in brackets.
fn host(characters: &[char], mut at: usize, pieces: &mut Vec<Piece>) -> usize {
    while let Some(character) = characters.get(at) {
        let text = match character {
            '.' => "[.]".to_owned(),
            letter if letter.is_alphanumeric() || matches!(letter, '-' | '_' | ':' | '@' | '[' | ']') => {
                model::escape_terminal(&letter.to_string())
            }
            _ => break,
        };
        pieces.push(Piece { start: at, end: at + 1, text });
        at += 1;
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_are_defanged_and_nothing_else_is() {
        assert_eq!(
            shown("get('HTTPS://cdn.example.test:8080/x.bin?a=b.c') then 1.5"),
            "get('hxxps://cdn[.]example[.]test:8080/x.bin?a=b.c') then 1.5"
        );
        assert_eq!(shown("ftp://a.test http://b.test"), "fxp://a[.]test hxxp://b[.]test");
        assert_eq!(shown("a // b. c"), "a // b. c");
        assert_eq!(shown("://"), "://");
    }

    #[test]
    fn controls_are_shown_and_long_blanks_are_counted() {
        assert_eq!(shown("x\u{1b}[2J"), "x⟨U+001B⟩[2J");
        assert_eq!(shown(&format!("a;{}exec(b)", " ".repeat(60))), "a;⟨60 spaces⟩exec(b)");
        assert_eq!(shown("        a = 1"), "        a = 1");
        assert_eq!(shown("\ta"), "    a");
    }

    #[test]
    fn a_mark_stays_under_what_it_marks() {
        let text = format!("a;{}exec('http://b.test')", " ".repeat(60));
        let shown = Shown::new(&text);
        let start = text.find("exec").unwrap();
        let (before, under) = shown.columns((start, text.len()));
        let after = &shown.text().chars().skip(before).collect::<String>();
        assert_eq!(after, "exec('hxxp://b[.]test')");
        assert_eq!(under, after.len());
        assert_eq!(Shown::new("日本x").columns((2, 3)), (4, 1));
        // A mark inside a run of blanks marks the run.
        assert_eq!(Shown::new(&" ".repeat(30)).columns((10, 12)), (0, "⟨30 spaces⟩".chars().count()));
    }
}
