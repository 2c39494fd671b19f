//! `.pth` files: which lines Python executes at every start.

/// The text with all but the executed lines blanked, so that lines keep their numbers.
pub(crate) fn executed(text: &str) -> String {
    let mut output = String::with_capacity(text.len());
    let executed = |line: &str| line.starts_with("import ") || line.starts_with("import\t");
    for line in text.split_inclusive('\n') {
        // As `site.addpackage`: these two beginnings, nothing before them. Until CPython 3.12 the whole line is executed;
        // since then lines end where `str.splitlines` ends them, so that more of them begin with it. Both are shown: the
        // shorter lines one after the other, then, if it is another text, the whole.
        let body = line.strip_suffix('\n').unwrap_or(line);
        let pieces: Vec<&str> = body.split(is_line_end).filter(|piece| !piece.is_empty()).collect();
        let mut shown: Vec<String> =
            pieces.iter().filter(|piece| executed(piece)).map(|piece| (*piece).to_owned()).collect();
        if executed(body) && pieces.len() > 1 {
            shown.push(body.chars().map(|c| if is_line_end(c) { ' ' } else { c }).collect());
        }
        output.push_str(&shown.join("\n"));
        if line.ends_with('\n') {
            output.push('\n');
        }
    }
    output
}

/// Where `str.splitlines` ends a line, but for the line feed. A carriage return is one already in older Pythons.
const fn is_line_end(character: char) -> bool {
    matches!(character, '\r' | '\u{b}' | '\u{c}' | '\u{1c}'..='\u{1e}' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_lines_that_begin_with_import_are_executed() {
        let text = "/a/path\nimport os; os.x()\n import sys\nimport\tsys\n";
        assert_eq!(executed(text), "\nimport os; os.x()\n\nimport\tsys\n");
        assert_eq!(executed("import os\r\n/a\r\n"), "import os\n\n");
    }

    #[test]
    fn lines_end_where_any_python_ends_them() {
        for end in ['\r', '\u{b}', '\u{c}', '\u{1c}', '\u{1d}', '\u{1e}', '\u{85}', '\u{2028}', '\u{2029}'] {
            assert_eq!(executed(&format!("a/path{end}import os\nb\n")), "import os\n\n", "{end:?}");
        }
        assert_eq!(executed("import a #\u{c}import b\n"), "import a #\nimport b\nimport a # import b\n");
    }
}
