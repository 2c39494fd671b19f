//! The numbers of the `python/source` fact: what a source looks like, whatever it means.
//!
//! Goes by a lexer of its own, in one pass over the bytes: it must also measure what no parser accepts, such as
//! Python 2, and sources that are too deep to parse.

mod characters;
mod names;
mod packers;
mod scan;

use model::{Phase, facts};

use crate::source::Source;

/// Measures a source. The caller fills what the text cannot know: `member`, `role`, `phase`, `layer`, `size` (bytes
/// before decoding; here those of the text) and `syntax_errors`.
pub fn measure(source: &Source) -> facts::Source {
    let text = source.text.as_str();
    let lines = lines(text);
    let scan = scan::scan(text);
    let characters = characters::count(text);
    let names = names::judge(&scan.bound);
    let literal = scan.longest_string.and_then(|(start, end)| text.as_bytes().get(start..end)).unwrap_or_default();
    let packer = packers::recognise(text, &scan, &lines);
    facts::Source {
        member: String::new(),
        role: String::new(),
        phase: Phase::Never,
        layer: 0,
        size: text.len() as u64,
        lines: lines.count,
        longest_line: lines.longest,
        blank_run: scan.blank_run,
        empty_run: scan.empty_run,
        encoding: source.encoding.clone(),
        deceptive_encoding: source.deceptive,
        syntax_errors: 0,
        python2: scan.python2 > 0,
        bidi: characters.bidi,
        invisible: characters.invisible,
        confusable: scan.foreign.iter().filter(|name| characters::is_confusable(name)).count() as u64,
        names: scan.bound.len() as u64,
        mangled: names.mangled,
        name_length: names.mean_length,
        longest_string: scan.longest_string_bytes,
        string_entropy: entropy(literal),
        string_share: share(scan.string_bytes, text.len()),
        longest_integer_list: scan.longest_integers,
        escapes: scan.escapes,
        semicolons: scan.semicolons,
        lambdas: scan.lambdas,
        calls: scan.calls,
        definitions: scan.definitions,
        comment_bytes: scan.comment_bytes,
        packer,
    }
}

/// What is known of the lines of a source.
struct Lines {
    count: u64,
    /// In characters.
    longest: u64,
    /// Span of the longest one, in bytes.
    longest_span: (usize, usize),
}

fn lines(text: &str) -> Lines {
    let bytes = text.as_bytes();
    let mut lines = Lines { count: 0, longest: 0, longest_span: (0, 0) };
    let mut start = 0usize;
    let mut longest_bytes = 0usize;
    while start < bytes.len() {
        let end = memchr::memchr(b'\n', &bytes[start..]).map_or(bytes.len(), |length| start + length);
        lines.count += 1;
        if end - start > longest_bytes {
            longest_bytes = end - start;
            lines.longest_span = (start, end);
        }
        // A line has no more characters than bytes.
        if (end - start) as u64 > lines.longest {
            let characters = bytes[start..end].iter().filter(|byte| !is_continuation(**byte)).count();
            lines.longest = lines.longest.max(characters as u64);
        }
        start = end + 1;
    }
    lines
}

/// The second and later bytes of a character.
fn is_continuation(byte: u8) -> bool {
    byte & 0xc0 == 0x80
}

/// Shannon entropy in bits a byte, rounded, so that it is the same on every machine.
pub(crate) fn entropy(bytes: &[u8]) -> f64 {
    if bytes.is_empty() {
        return 0.0;
    }
    let mut counts = [0u64; 256];
    for byte in bytes {
        counts[usize::from(*byte)] += 1;
    }
    let total = bytes.len() as f64;
    let sum: f64 = counts
        .iter()
        .filter(|count| **count > 0)
        .map(|count| {
            let share = *count as f64 / total;
            -share * share.log2()
        })
        .sum();
    (sum * 1000.0).round() / 1000.0
}

fn share(part: u64, whole: usize) -> f64 {
    if whole == 0 { 0.0 } else { (part as f64 / whole as f64 * 1000.0).round() / 1000.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shape(text: &str) -> facts::Source {
        measure(&crate::source::decode(text.as_bytes()))
    }

    #[test]
    fn lines_and_runs_are_counted() {
        let found = shape("import os\nx = 'é'\n\n\n\n\n    y = 1;        z = 2   # c\n");
        assert_eq!((found.lines, found.longest_line), (7, 29));
        assert_eq!((found.empty_run, found.blank_run, found.semicolons), (4, 8, 1));
        assert_eq!(shape("").lines, 0);
        let hidden = format!("import os{}; exec(x)\n", " ".repeat(300));
        assert_eq!(shape(&hidden).blank_run, 300);
        // Blanks that nothing follows, and those in text, hide no code.
        assert_eq!(shape(&format!("x = 1{}\ny = '{}'\n", " ".repeat(300), " ".repeat(300))).blank_run, 1);
    }

    #[test]
    fn strings_are_measured_with_their_neighbours() {
        let found = shape("x = ('abcd'\n     'efgh')\ny = b'12'\n");
        assert_eq!(found.longest_string, 8);
        assert_eq!(shape("x = '\\x41\\u0042\\103\\n' r'\\x41'\n").escapes, 3);
        assert!(found.string_share > 0.4 && found.string_share < 0.7, "{}", found.string_share);
        assert!((shape("x = 'aaaa'").string_entropy - 0.0).abs() < 1e-9);
        assert!((entropy(b"abcd") - 2.0).abs() < 1e-9);
    }

    #[test]
    fn docstrings_are_comments() {
        let found = shape("'''A module\n\nof text.'''\ndef f():\n    \"\"\"Doc.\"\"\"\n    # c\n    return 'x'\n");
        assert_eq!(found.comment_bytes, 24 + 10 + 3);
        assert_eq!(found.longest_string, 1);
        assert_eq!(found.definitions, 1);
    }

    #[test]
    fn calls_lambdas_and_integers_are_counted() {
        let found =
            shape("class A(B):\n    def f(self): return g(h)(1)[0]()\nx = [1, 2, 0x10,\n 4]\ny = lambda a: print(a)\n");
        assert_eq!((found.calls, found.definitions, found.lambdas), (4, 2, 1));
        assert_eq!(found.longest_integer_list, 4);
        assert_eq!(shape("x = [1.5, 2, a, 3, 4, 5]").longest_integer_list, 3);
    }

    #[test]
    fn python_2_is_told_by_its_statements() {
        for text in
            ["print 'x'\n", "print x\n", "try: pass\nexcept A, e: pass\n", "exec 'x'\n", "x <> y\n", "raise A, 'b'\n"]
        {
            assert!(shape(text).python2, "{text}");
        }
        for text in [
            "print('x')\n",
            "except (A, B) as e: pass\n",
            "print = 1\n",
            "x = print\n",
            "raise A from b\n",
            "'print x'\n",
            "x = [.005, 1e-05, 00, 0.01]\n",
        ] {
            assert!(!shape(text).python2, "{text}");
        }
    }

    #[test]
    fn bound_names_are_judged() {
        let found = shape("_0x1f2a = 1\nlIlIllI = 2\nO0O0OO0 = 3\n____ = 4\n");
        assert_eq!(found.names, 4);
        assert!((found.mangled - 1.0).abs() < 1e-9);
        let found = shape(
            "def total(prices, rate=1):\n    for price in prices:\n        value = price * rate\n    import os as system\n",
        );
        assert_eq!(found.names, 6, "total prices rate price value system");
        assert!(found.mangled < 1e-9, "{}", found.mangled);
    }

    #[test]
    fn characters_that_deceive_are_counted() {
        let found = shape("x = '\u{202e}abc\u{2066}'\n# \u{200b}\n");
        assert_eq!((found.bidi, found.invisible), (2, 1));
        assert_eq!(shape("x = '❤\u{fe0f} 👩\u{200d}💻 日本'\n").invisible, 0);
        assert_eq!(shape("𝐞𝐱𝐞𝐜(x)\n").confusable, 1);
        assert_eq!(shape("раyload = 1\n").confusable, 1);
        assert_eq!(shape("Δt = µ_x = σ2 = naïve = имя = 1\n").confusable, 0);
    }

    #[test]
    fn no_text_however_broken_stops_it() {
        for text in [
            "'''", "'abc", "\"\\", "f'{", "x = '\\", "0x", "1e", "\\", "é", "{[(", ")]}", "#", "b'''\n", "\r\r\n", "\0",
        ] {
            shape(text);
        }
        shape(&"(".repeat(100_000));
        shape(&"'a' ".repeat(100_000));
        shape(&"\"".repeat(100_001));
    }
}
