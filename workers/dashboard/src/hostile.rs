//! Text an attacker wrote, made safe and honest for a page.
//!
//! [`Untrusted`] has no `Display`: the only way onto a page is through [`Html`], made here. Escaping alone would
//! stop scripts but still let a file lie about what it says, so characters that hide, reorder or imitate are shown.

use std::fmt;

/// Text from an archive, an event or a form. It cannot be printed, only painted.
#[derive(Clone, Copy)]
pub struct Untrusted<'a>(&'a str);

/// Markup that is safe to put between two tags. Only this module and [`crate::code`] can make it.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Html(String);

impl fmt::Display for Html {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Html {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl askama::FastWritable for Html {
    fn write_into(&self, dest: &mut dyn fmt::Write, _: &dyn askama::Values) -> askama::Result<()> {
        Ok(dest.write_str(&self.0)?)
    }
}

impl askama::filters::HtmlSafe for Html {}

impl Html {
    pub(crate) const fn from_markup(markup: String) -> Self {
        Self(markup)
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// More blanks than this in a row, and a line may continue where nobody looks.
const BLANKS: usize = 20;
/// Code is indented, so the start of a line may be blanker.
const INDENTATION: usize = 40;
/// More marks than these on one letter cover the lines around it.
const COMBINING: usize = 3;

impl<'a> Untrusted<'a> {
    pub const fn new(text: &'a str) -> Self {
        Self(text)
    }

    /// One line for a heading, a cell or a sentence: isolated from the text around it, at most `limit` characters.
    pub fn inline(self, limit: usize) -> Html {
        self.inline_as("u", limit)
    }

    /// As [`Self::inline`], for names and paths: shown in the code font.
    pub fn name(self, limit: usize) -> Html {
        self.inline_as("u name", limit)
    }

    fn inline_as(self, class: &str, limit: usize) -> Html {
        let mut characters = self.0.chars();
        let shown: Vec<char> = characters.by_ref().take(limit).collect();
        let rest = characters.count();
        let mut out = format!("<bdi class=\"{class}\" dir=\"ltr\">");
        paint(&mut out, &shown, &Look::default());
        out.push_str("</bdi>");
        if rest > 0 {
            more(&mut out, rest);
        }
        Html(out)
    }

    /// The value of an attribute or a form field: escaped and stripped of what deceives, nothing marked up.
    pub fn attribute(self, limit: usize) -> Html {
        let mut out = String::new();
        for character in self.0.chars().take(limit) {
            if deceives(character) {
                out.push('\u{FFFD}');
            } else {
                escape(&mut out, character);
            }
        }
        Html(out)
    }
}

/// What a character of code is, for its colour. Never the only carrier of a meaning.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Token {
    #[default]
    Plain,
    Keyword,
    Text,
    Comment,
    Number,
}

impl Token {
    const fn class(self) -> Option<&'static str> {
        match self {
            Self::Plain => None,
            Self::Keyword => Some("tk"),
            Self::Text => Some("ts"),
            Self::Comment => Some("tc"),
            Self::Number => Some("tn"),
        }
    }
}

/// How to paint a run of characters.
#[derive(Default)]
pub(crate) struct Look<'a> {
    /// The characters to mark, as half-open offsets.
    pub(crate) mark: Option<(usize, usize)>,
    /// One a character, or empty.
    pub(crate) tokens: &'a [Token],
    /// Tabs and indentation are kept.
    pub(crate) code: bool,
}

/// `… 41,800 more`, for what was cut.
pub(crate) fn more(out: &mut String, count: usize) {
    out.push_str("<span class=\"ctl\">… ");
    out.push_str(&grouped(count as u64));
    out.push_str(" more</span>");
}

/// A number with its thousands apart.
pub(crate) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// Writes characters as markup. The caller bounds their number.
pub(crate) fn paint(out: &mut String, text: &[char], look: &Look<'_>) {
    let defanged = defang(text);
    let imitations = imitations(text);
    let mut open: (bool, Token) = (false, Token::Plain);
    let mut combining = 0;
    let mut at = 0;
    while at < text.len() {
        let character = text[at];
        let marked = look.mark.is_some_and(|(from, to)| (from..to).contains(&at));
        let token = look.tokens.get(at).copied().unwrap_or_default();
        reopen(out, &mut open, (marked, token));
        let same = |other: usize| look.mark.is_none_or(|(from, to)| (from..to).contains(&other) == marked);
        let blank = |c: char| c == ' ' || c == '\u{A0}' || (c == '\t' && look.code) || is_wide_blank(c);
        if blank(character) {
            let run = (at..text.len()).take_while(|&next| blank(text[next]) && same(next)).count();
            let limit = if at == 0 && look.code { INDENTATION } else { BLANKS };
            if run > limit {
                boxed(out, &format!("{} spaces", grouped(run as u64)));
            } else {
                out.extend(&text[at..at + run]);
            }
            at += run;
            continue;
        }
        if deceives(character) {
            let run = (at..text.len()).take_while(|&next| text[next] == character && same(next)).count();
            let code = u32::from(character);
            if run > 1 {
                boxed(out, &format!("U+{code:04X} ×{}", grouped(run as u64)));
            } else {
                boxed(out, &format!("U+{code:04X}"));
            }
            at += run;
            continue;
        }
        combining = if is_combining(character) { combining + 1 } else { 0 };
        if combining > COMBINING {
            boxed(out, &format!("U+{:04X}", u32::from(character)));
        } else if imitations.get(at).copied().unwrap_or(false) {
            out.push_str("<span class=\"odd\">");
            escape(out, character);
            out.push_str("</span>");
            boxed(out, &format!("U+{:04X}", u32::from(character)));
        } else {
            match defanged.get(at).copied().unwrap_or(Fang::None) {
                Fang::Dot => out.push_str("[.]"),
                Fang::Letter => out.push(if character.is_ascii_uppercase() { 'X' } else { 'x' }),
                Fang::None => escape(out, character),
            }
        }
        at += 1;
    }
    reopen(out, &mut open, (false, Token::Plain));
}

/// Closes and opens `<mark>` and the token's span where they change; the mark is always the outer one.
fn reopen(out: &mut String, open: &mut (bool, Token), wanted: (bool, Token)) {
    if *open == wanted {
        return;
    }
    if open.1.class().is_some() {
        out.push_str("</span>");
    }
    if open.0 && !wanted.0 {
        out.push_str("</mark>");
    }
    if wanted.0 && !open.0 {
        out.push_str("<mark>");
    }
    if let Some(class) = wanted.1.class() {
        out.push_str("<span class=\"");
        out.push_str(class);
        out.push_str("\">");
    }
    *open = wanted;
}

fn boxed(out: &mut String, inside: &str) {
    out.push_str("<span class=\"ctl\">⟨");
    out.push_str(inside);
    out.push_str("⟩</span>");
}

fn escape(out: &mut String, character: char) {
    match character {
        '&' => out.push_str("&amp;"),
        '<' => out.push_str("&lt;"),
        '>' => out.push_str("&gt;"),
        '"' => out.push_str("&quot;"),
        '\'' => out.push_str("&#39;"),
        '`' => out.push_str("&#96;"),
        other => out.push(other),
    }
}

/// Controls, reordering, invisible and private characters: what does something other than show itself.
fn deceives(character: char) -> bool {
    model::is_deceptive(character)
        || matches!(u32::from(character), 0x2800 | 0x1BCA0..=0x1BCA3 | 0x13430..=0x1345F | 0xFFFC..=0xFFFF)
}

/// Spaces that are not the space bar's: as good for pushing code out of sight.
fn is_wide_blank(character: char) -> bool {
    matches!(u32::from(character), 0x1680 | 0x2000..=0x200A | 0x202F | 0x205F | 0x3000)
}

fn is_combining(character: char) -> bool {
    matches!(u32::from(character), 0x0300..=0x036F | 0x0483..=0x0489 | 0x1AB0..=0x1AFF | 0x1DC0..=0x1DFF
        | 0x20D0..=0x20FF | 0xFE20..=0xFE2F)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Fang {
    None,
    /// A dot of a host.
    Dot,
    /// One of the two t of `http`, or the like.
    Letter,
}

/// Which characters to change so that no program on the way makes a link of an address. Empty when there is none.
fn defang(text: &[char]) -> Vec<Fang> {
    let mut fangs = Vec::new();
    let mut from = 0;
    while let Some(colon) = (from..text.len()).find(|&at| text[at..].starts_with(&[':', '/', '/'])) {
        if fangs.is_empty() {
            fangs = vec![Fang::None; text.len()];
        }
        let scheme = text[from..colon].iter().rev().take_while(|c| c.is_ascii_alphanumeric() || **c == '+').count();
        let letters = colon - scheme..colon;
        for (fang, letter) in fangs[letters.clone()].iter_mut().zip(&text[letters]) {
            if letter.eq_ignore_ascii_case(&'t') {
                *fang = Fang::Letter;
            }
        }
        let mut at = colon + 3;
        while at < text.len() && (text[at].is_alphanumeric() || ".-_~:@%[]".contains(text[at])) {
            if text[at] == '.' {
                fangs[at] = Fang::Dot;
            }
            at += 1;
        }
        from = at;
    }
    fangs
}

/// Which characters imitate ASCII: letters of other scripts inside a word with ASCII letters, and those that Python
/// reads as ASCII letters wherever they stand. Empty for plain ASCII.
fn imitations(text: &[char]) -> Vec<bool> {
    if text.iter().all(char::is_ascii) {
        return Vec::new();
    }
    let mut imitating = vec![false; text.len()];
    let mut at = 0;
    while at < text.len() {
        let in_word = |c: char| c.is_alphanumeric() || c == '_' || c == '-';
        let length = text[at..].iter().take_while(|c| in_word(**c)).count();
        let word = &text[at..at + length];
        let mixed = word.iter().any(char::is_ascii_alphabetic);
        for (offset, character) in word.iter().enumerate() {
            let code = u32::from(*character);
            let folded = matches!(code, 0xFF10..=0xFF5A | 0x1D400..=0x1D7FF | 0x2100..=0x214F | 0x2070..=0x209C);
            let foreign = matches!(code, 0x0370..=0x058F | 0x13A0..=0x13FF | 0x1D00..=0x1DBF | 0xA640..=0xA69F
                | 0x0250..=0x02AF | 0xAB30..=0xABBF);
            imitating[at + offset] = folded || (foreign && mixed);
        }
        at += length.max(1);
    }
    imitating
}

#[cfg(test)]
mod tests {
    use super::*;

    fn inline(text: &str) -> String {
        let html = Untrusted::new(text).inline(200).to_string();
        html.strip_prefix("<bdi class=\"u\" dir=\"ltr\">").unwrap().replace("</bdi>", "")
    }

    fn code(text: &str, mark: Option<(usize, usize)>) -> String {
        let mut out = String::new();
        let characters: Vec<char> = text.chars().collect();
        paint(&mut out, &characters, &Look { mark, tokens: &[], code: true });
        out
    }

    #[test]
    fn markup_is_text() {
        assert_eq!(
            inline("<img src=x onerror='a(`1`)'>&\""),
            "&lt;img src=x onerror=&#39;a(&#96;1&#96;)&#39;&gt;&amp;&quot;"
        );
    }

    #[test]
    fn what_hides_or_reorders_is_shown() {
        for (text, shown) in [
            ("a\u{202E}b", "U+202E"),
            ("a\u{200B}b", "U+200B"),
            ("a\u{1b}[31m", "U+001B"),
            ("a\u{0}b", "U+0000"),
            ("a\u{E0041}b", "U+E0041"),
            ("a\u{E000}b", "U+E000"),
            ("a\u{FEFF}b", "U+FEFF"),
            ("a\nb", "U+000A"),
            ("a\u{2800}b", "U+2800"),
        ] {
            assert!(inline(text).contains(&format!("<span class=\"ctl\">⟨{shown}⟩</span>")), "{}", inline(text));
            assert!(text.chars().all(|c| c.is_ascii_graphic() || !inline(text).contains(c)), "{shown} went through");
        }
        assert!(inline(&"\u{200B}".repeat(50)).contains("⟨U+200B ×50⟩"));
    }

    #[test]
    fn long_blanks_are_counted() {
        assert!(code(&format!("x = 1;{}import os", " ".repeat(60)), None).contains("⟨60 spaces⟩"));
        assert!(inline(&"\u{3000}".repeat(30)).contains("⟨30 spaces⟩"));
        assert_eq!(code(&format!("{}pass", " ".repeat(24)), None), format!("{}pass", " ".repeat(24)));
        assert!(code(&format!("{}pass", "\t".repeat(41)), None).contains("⟨41 spaces⟩"));
    }

    #[test]
    fn addresses_are_defanged() {
        assert_eq!(inline("get https://cdn.evil.test/a.b now"), "get hxxps://cdn[.]evil[.]test/a.b now");
        assert_eq!(inline("HTTP://A.test"), "HXXP://A[.]test");
        assert_eq!(inline("http://a.test,http://b.test"), "hxxp://a[.]test,hxxp://b[.]test");
        assert_eq!(inline("ftp://x.test"), "fxp://x[.]test");
        assert_eq!(inline("a :// b"), "a :// b");
    }

    #[test]
    fn imitations_of_ascii_are_named() {
        assert!(
            inline("p\u{0430}ypal").contains("<span class=\"odd\">\u{0430}</span><span class=\"ctl\">⟨U+0430⟩</span>")
        );
        assert!(inline("\u{1D41E}\u{1D431}ec").contains("U+1D41E"));
        assert_eq!(inline("привет naïve 日本語"), "привет naïve 日本語");
    }

    #[test]
    fn marks_keep_their_place_when_text_grows() {
        assert_eq!(code("a<b>c", Some((1, 4))), "a<mark>&lt;b&gt;</mark>c");
        assert_eq!(code("ab", Some((0, 2))), "<mark>ab</mark>");
        assert_eq!(code("ab", Some((5, 9))), "ab");
    }

    #[test]
    fn stacked_marks_cannot_climb_out_of_their_line() {
        let zalgo = format!("a{}", "\u{0301}".repeat(40));
        assert!(inline(&zalgo).matches("U+0301").count() >= 37);
    }

    #[test]
    fn long_text_is_cut_and_says_so() {
        let html = Untrusted::new(&"x".repeat(42_000)).inline(200).to_string();
        assert!(html.contains("… 41,800 more") && html.len() < 400, "{html}");
    }

    #[test]
    fn an_attribute_cannot_be_left() {
        assert_eq!(Untrusted::new("\" onx='\u{202e}").attribute(99).to_string(), "&quot; onx=&#39;\u{FFFD}");
    }
}
