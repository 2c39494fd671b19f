//! `.pth` files: which lines Python executes at every start.

/// The text with all but the executed lines blanked, so that lines keep their numbers.
pub(crate) fn executed(text: &str) -> String {
    let mut output = String::with_capacity(text.len());
    for line in text.split_inclusive('\n') {
        // As `site.addpackage`: these two beginnings, nothing before them.
        if line.starts_with("import ") || line.starts_with("import\t") {
            output.push_str(line);
        } else if line.ends_with('\n') {
            output.push('\n');
        }
    }
    output
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_lines_that_begin_with_import_are_executed() {
        let text = "/a/path\nimport os; os.x()\n import sys\nimport\tsys\n";
        assert_eq!(executed(text), "\nimport os; os.x()\n\nimport\tsys\n");
    }
}
