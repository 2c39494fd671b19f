//! One pass over the bytes of a source: strings, comments, names, numbers, brackets.

use crate::names::FastSet;
use crate::words;

/// What the pass has counted.
#[derive(Debug, Default)]
pub(super) struct Scan<'a> {
    pub(super) blank_run: u64,
    pub(super) empty_run: u64,
    /// Names that the source binds.
    pub(super) bound: FastSet<&'a str>,
    /// Distinct names with characters beyond ASCII.
    pub(super) foreign: FastSet<&'a str>,
    /// Bytes of all literals but docstrings.
    pub(super) string_bytes: u64,
    /// Span of the longest literal, adjacent ones taken together.
    pub(super) longest_string: Option<(usize, usize)>,
    /// Content bytes of it.
    pub(super) longest_string_bytes: u64,
    pub(super) longest_integers: u64,
    pub(super) escapes: u64,
    pub(super) semicolons: u64,
    pub(super) lambdas: u64,
    pub(super) calls: u64,
    pub(super) definitions: u64,
    pub(super) comment_bytes: u64,
    /// Hints that it is Python 2.
    pub(super) python2: u64,
    /// Longest sum of single characters picked from a text: `s[3]+s[17]+…`.
    pub(super) longest_picks: u64,
    /// Bytes of letters and digits outside of strings and comments, and of all else there.
    pub(super) word_bytes: u64,
    pub(super) symbol_bytes: u64,
    pub(super) exec_calls: u64,
    pub(super) code_tokens: u64,
}

/// The token before this one, as far as it matters.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Before {
    LineStart,
    Name,
    Keyword,
    Number,
    Text,
    /// `)` or `]`.
    Close,
    Dot,
    Symbol(u8),
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Expecting {
    Nothing,
    /// After `def` or `class`.
    Definition,
    /// After `as`, `for` or `global`.
    Binding,
    /// Inside the parentheses of a definition, at this depth.
    Parameters(u32),
}

struct Pass<'a> {
    text: &'a str,
    bytes: &'a [u8],
    at: usize,
    scan: Scan<'a>,
    before: Before,
    depth: u32,
    expecting: Expecting,
    /// The statement's first word, to tell Python 2 statements.
    first_word: &'a str,
    words_in_line: u32,
    last_name: &'a str,
    literal: Option<(usize, usize, u64)>,
    integers: u64,
    picks: u64,
    empty_lines: u64,
    line_has_token: bool,
    line_start: usize,
    /// Length of the last line that held code, in bytes.
    line_before: u64,
    blanks: u64,
}

pub(super) fn scan(text: &str) -> Scan<'_> {
    let mut pass = Pass {
        text,
        bytes: text.as_bytes(),
        at: 0,
        scan: Scan::default(),
        before: Before::LineStart,
        depth: 0,
        expecting: Expecting::Nothing,
        first_word: "",
        words_in_line: 0,
        last_name: "",
        literal: None,
        integers: 0,
        picks: 0,
        empty_lines: 0,
        line_has_token: false,
        line_start: 0,
        line_before: 0,
        blanks: 0,
    };
    while pass.at < pass.bytes.len() {
        pass.step();
    }
    pass.end_literal();
    pass.scan
}

impl<'a> Pass<'a> {
    fn step(&mut self) {
        // The blank between two words is most of them.
        if let Some([b' ', next, ..]) = self.bytes.get(self.at..)
            && !matches!(next, b' ' | b'\t' | 0x0c | b'\r')
        {
            self.at += 1;
            self.blanks = 1;
        }
        let start = self.at;
        match self.bytes[start] {
            b'\n' => self.newline(),
            b' ' | b'\t' | 0x0c | b'\r' => {
                let length =
                    self.bytes[start..].iter().take_while(|byte| matches!(byte, b' ' | b'\t' | 0x0c | b'\r')).count();
                self.at += length;
                self.blanks = length as u64;
            }
            b'#' => {
                let rest = &self.bytes[start..];
                let length = memchr::memchr(b'\n', rest).unwrap_or(rest.len());
                self.scan.comment_bytes += length as u64;
                self.at += length;
                self.blanks = 0;
                self.line_has_token = true;
            }
            b'\\' => {
                self.at += 1;
                if self.bytes.get(self.at) == Some(&b'\r') {
                    self.at += 1;
                }
                if self.bytes.get(self.at) == Some(&b'\n') {
                    self.at += 1;
                }
            }
            b'\'' | b'"' => self.string(start, start),
            b'0'..=b'9' => self.number(),
            byte if byte == b'_' || byte.is_ascii_alphabetic() || byte >= 0x80 => self.word(),
            byte => self.symbol(byte),
        }
    }

    /// Some code begins here: what stood before it on the line, and the lines before, hide it.
    fn token(&mut self) {
        self.scan.code_tokens += 1;
        if self.blanks > self.scan.blank_run {
            // Inside brackets it may stand below something of the line before.
            let aligned = !self.line_has_token && self.depth > 0 && self.blanks <= self.line_before;
            if !aligned {
                self.scan.blank_run = self.blanks;
            }
        }
        self.blanks = 0;
        self.scan.empty_run = self.scan.empty_run.max(self.empty_lines);
        self.empty_lines = 0;
        self.line_has_token = true;
    }

    fn newline(&mut self) {
        if self.line_has_token {
            self.line_before = (self.at - self.line_start) as u64;
        }
        self.at += 1;
        self.line_start = self.at;
        self.blanks = 0;
        if self.line_has_token {
            self.empty_lines = 0;
        } else {
            self.empty_lines += 1;
        }
        self.line_has_token = false;
        if self.depth == 0 {
            self.end_statement();
        }
    }

    fn end_statement(&mut self) {
        self.before = Before::LineStart;
        self.first_word = "";
        self.words_in_line = 0;
        self.expecting = Expecting::Nothing;
        self.end_literal();
        self.integers = 0;
        self.picks = 0;
    }

    fn end_literal(&mut self) {
        if let Some((start, end, content)) = self.literal.take()
            && content > self.scan.longest_string_bytes
        {
            self.scan.longest_string_bytes = content;
            self.scan.longest_string = Some((start, end));
        }
    }

    /// A literal whose prefix begins at `start` and whose quote stands at `quote`.
    fn string(&mut self, start: usize, quote: usize) {
        let mark = self.bytes[quote];
        let triple = self.bytes[quote..].starts_with(&[mark, mark, mark]);
        let open = if triple { 3 } else { 1 };
        let content = quote + open;
        let (mut at, mut end) = (content, self.bytes.len());
        let mut closed = 0;
        let mut escaped = false;
        while let Some(hit) = self.bytes.get(at..).and_then(|rest| memchr::memchr3(mark, b'\\', b'\n', rest)) {
            let here = at + hit;
            match self.bytes[here] {
                b'\\' => {
                    escaped = true;
                    at = here + 2;
                    continue;
                }
                // An unclosed literal ends with its line.
                b'\n' if triple => {}
                b'\n' => {
                    end = here;
                    break;
                }
                _ if !triple || self.bytes[here..].starts_with(&[mark, mark, mark]) => {
                    end = here;
                    closed = open;
                    break;
                }
                _ => {}
            }
            at = here + 1;
        }
        let end = end.min(self.bytes.len());
        self.at = (end + closed).max(content.min(self.bytes.len()));
        let inside = self.bytes.get(content..end).unwrap_or_default();
        let raw = || self.bytes[start..quote].iter().any(|byte| matches!(byte, b'r' | b'R'));
        if escaped && !raw() {
            self.scan.escapes += escapes(inside);
        }
        let docstring = self.before == Before::LineStart && self.line_ends();
        let blanks = if docstring { inside.iter().filter(|byte| matches!(byte, b' ' | b'\n')).count() } else { 0 };
        self.token();
        // A payload in a docstring has no words.
        if docstring && (inside.len() < 200 || blanks * 50 > inside.len()) {
            self.scan.comment_bytes += (self.at - start) as u64;
            self.before = Before::Text;
            return;
        }
        self.scan.string_bytes += (self.at - start) as u64;
        let length = inside.len() as u64;
        self.literal = Some(match self.literal {
            Some((first, _, sum)) if self.before == Before::Text => (first, end, sum + length),
            _ => {
                self.end_literal();
                (content, end, length)
            }
        });
        self.python2_statement();
        self.integers = 0;
        self.before = Before::Text;
    }

    fn line_ends(&self) -> bool {
        let rest = &self.bytes[self.at..];
        let next = rest.iter().find(|byte| !matches!(byte, b' ' | b'\t' | b'\r'));
        matches!(next, None | Some(b'\n' | b'#' | b';'))
    }

    fn number(&mut self) {
        let start = self.at;
        let length = self.bytes[start..]
            .iter()
            .take_while(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.'))
            .count();
        self.at += length;
        self.token();
        self.scan.word_bytes += length as u64;
        // `1e-05`: the exponent belongs to the number.
        let exponent = matches!(self.bytes[self.at - 1], b'e' | b'E') && !self.bytes[start..].starts_with(b"0x");
        if exponent && matches!(self.bytes.get(self.at), Some(b'+' | b'-')) {
            let rest = &self.bytes[self.at + 1..];
            self.at += 1 + rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
        }
        let digits = &self.bytes[start..self.at];
        let hexadecimal = digits.len() <= 8 && digits.len() > 2 && matches!(digits[1], b'x' | b'X' | b'o' | b'b');
        let small = hexadecimal || digits.len() <= 7 && digits.iter().all(u8::is_ascii_digit);
        if small && matches!(self.before, Before::Symbol(b',' | b'[' | b'(' | b'{' | b'-')) {
            self.integers += 1;
            self.scan.longest_integers = self.scan.longest_integers.max(self.integers);
        } else {
            self.integers = 0;
        }
        if digits.len() > 1
            && self.before != Before::Dot
            && digits[0] == b'0'
            && digits.iter().all(|digit| matches!(digit, b'0'..=b'7'))
            && digits.iter().any(|digit| *digit != b'0')
        {
            self.scan.python2 += 1;
        }
        self.python2_statement();
        self.before = Before::Number;
    }

    fn word(&mut self) {
        let start = self.at;
        let ascii = words::end_of_ascii(self.bytes, start);
        let foreign = self.bytes.get(ascii).is_some_and(|byte| !byte.is_ascii());
        let end = if foreign { words::end_of_word(self.bytes, ascii) } else { ascii };
        let length = end - start;
        if length <= 2 && matches!(self.bytes.get(end), Some(b'\'' | b'"')) && is_prefix(&self.bytes[start..end]) {
            self.string(start, end);
            return;
        }
        self.at = end;
        self.token();
        self.scan.word_bytes += length as u64;
        let word = self.text.get(start..end).unwrap_or_default();
        if self.first_word.is_empty() {
            self.first_word = word;
        }
        self.integers = 0;
        if is_keyword(word) && self.before != Before::Dot {
            self.keyword(word);
            return;
        }
        if foreign {
            self.scan.foreign.insert(word);
        }
        self.words_in_line += 1;
        let binds = match self.expecting {
            Expecting::Definition => {
                self.expecting = Expecting::Parameters(self.depth + 1);
                true
            }
            Expecting::Binding => true,
            Expecting::Parameters(depth) => {
                depth == self.depth && matches!(self.before, Before::Symbol(b'(' | b',' | b'*'))
            }
            Expecting::Nothing => false,
        };
        if binds || self.is_assigned(end) {
            self.scan.bound.insert(word);
        }
        if self.expecting == Expecting::Binding {
            self.expecting = Expecting::Nothing;
        }
        self.python2_statement();
        self.last_name = word;
        self.before = Before::Name;
    }

    /// `name =` or `name :=`, and not an attribute, a comparison or a keyword argument.
    fn is_assigned(&self, end: usize) -> bool {
        if self.before == Before::Dot {
            return false;
        }
        let rest = &self.bytes[end..];
        let blanks = rest.iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
        match rest.get(blanks..) {
            Some([b'=', next, ..]) => *next != b'=' && self.depth == 0,
            Some([b'=']) => self.depth == 0,
            Some([b':', b'=', ..]) => true,
            // A target in a tuple, at the beginning of a statement.
            Some([b',', ..]) => self.depth == 0 && self.before == Before::LineStart && self.first_word != "print",
            _ => false,
        }
    }

    fn keyword(&mut self, word: &str) {
        match word {
            "def" | "class" => {
                self.scan.definitions += 1;
                self.expecting = Expecting::Definition;
            }
            "lambda" => self.scan.lambdas += 1,
            "as" | "for" | "global" | "nonlocal" => self.expecting = Expecting::Binding,
            _ => {}
        }
        self.before = Before::Keyword;
    }

    /// Something that may not follow `print` or `exec` in Python 3.
    fn python2_statement(&mut self) {
        if self.before == Before::Name
            && self.words_in_line <= 2
            && self.depth == 0
            && matches!(self.last_name, "print" | "exec")
            && self.first_word == self.last_name
        {
            self.scan.python2 += 1;
        }
    }

    fn symbol(&mut self, byte: u8) {
        self.token();
        self.at += 1;
        self.scan.symbol_bytes += 1;
        match byte {
            b'(' | b'[' | b'{' => {
                let callable = match self.before {
                    Before::Name => true,
                    Before::Close => true,
                    Before::Text => false,
                    _ => false,
                };
                let definition = matches!(self.expecting, Expecting::Parameters(depth) if depth == self.depth + 1);
                if byte == b'(' && callable && !(definition && self.before == Before::Name) {
                    self.scan.calls += 1;
                    if self.before == Before::Name && matches!(self.last_name, "exec" | "eval") {
                        self.scan.exec_calls += 1;
                    }
                }
                self.depth = self.depth.saturating_add(1);
                if byte == b'[' && self.before == Before::Name {
                    self.picks += self.is_pick();
                    self.scan.longest_picks = self.scan.longest_picks.max(self.picks);
                }
                self.integers = 0;
            }
            b')' | b']' | b'}' => {
                if self.expecting == Expecting::Parameters(self.depth) {
                    self.expecting = Expecting::Nothing;
                }
                self.depth = self.depth.saturating_sub(1);
                self.integers = 0;
            }
            b';' => {
                if !self.line_ends() {
                    self.scan.semicolons += 1;
                }
                if self.depth == 0 {
                    self.end_statement();
                    // What follows on the line is no docstring.
                    self.before = Before::Symbol(b';');
                }
                return;
            }
            b',' => {
                if self.depth == 0 && matches!(self.first_word, "except" | "raise") {
                    self.scan.python2 += 1;
                }
                self.picks = 0;
            }
            b':' if self.depth == 0 && self.first_word != "lambda" => {
                // `def f(): "doc"` on one line.
                self.words_in_line = 0;
                self.picks = 0;
            }
            b'`' => self.scan.python2 += 1,
            b'<' if self.bytes.get(self.at) == Some(&b'>') => self.scan.python2 += 1,
            b'+' | b'-' | b'*' | b'.' => {}
            _ => self.picks = 0,
        }
        self.before = match byte {
            b')' | b']' => Before::Close,
            b'.' => Before::Dot,
            other => Before::Symbol(other),
        };
    }

    /// `[12]` and then `+`: one character of a text is picked.
    fn is_pick(&self) -> u64 {
        let rest = &self.bytes[self.at..self.bytes.len().min(self.at + 12)];
        let rest = rest.strip_prefix(b"-").unwrap_or(rest);
        let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
        let tail = rest.get(digits..).unwrap_or_default();
        let sum = tail.strip_prefix(b"]").is_some_and(|tail| tail.trim_ascii_start().starts_with(b"+"));
        u64::from(digits > 0 && sum)
    }
}

/// Characters written as `\x41`, `\u0041`, `\101`.
fn escapes(inside: &[u8]) -> u64 {
    let mut count = 0;
    let mut at = 0;
    while let Some(hit) = inside.get(at..).and_then(|rest| memchr::memchr(b'\\', rest)) {
        let kind = inside.get(at + hit + 1);
        if matches!(kind, Some(b'x' | b'u' | b'U' | b'N' | b'0'..=b'7')) {
            count += 1;
        }
        at += hit + 2;
    }
    count
}

fn is_prefix(word: &[u8]) -> bool {
    word.len() <= 2
        && word.iter().all(|byte| matches!(byte, b'r' | b'R' | b'b' | b'B' | b'u' | b'U' | b'f' | b'F' | b't' | b'T'))
}

/// The keywords, each packed into a number, in an open table: looked up for every name of every source.
const KEYWORDS: [u64; SLOTS] = {
    let spellings = [
        "and", "as", "assert", "async", "await", "break", "class", "continue", "def", "del", "elif", "else", "except",
        "finally", "for", "from", "global", "if", "import", "in", "is", "lambda", "None", "nonlocal", "not", "or",
        "pass", "raise", "return", "True", "False", "try", "while", "with", "yield",
    ];
    let mut table = [0; SLOTS];
    let mut at = 0;
    while at < spellings.len() {
        let word = words::number(spellings[at].as_bytes());
        let mut slot = slot(word);
        while table[slot] != 0 {
            slot = (slot + 1) % SLOTS;
        }
        table[slot] = word;
        at += 1;
    }
    table
};
const SLOTS: usize = 256;

const fn slot(word: u64) -> usize {
    (word.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 56) as usize
}

fn is_keyword(word: &str) -> bool {
    if !(2..=8).contains(&word.len()) {
        return false;
    }
    let word = words::number(word.as_bytes());
    let mut at = slot(word);
    while KEYWORDS[at] != 0 {
        if KEYWORDS[at] == word {
            return true;
        }
        at = (at + 1) % SLOTS;
    }
    false
}
