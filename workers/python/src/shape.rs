//! The numbers of the `python/source` fact: what a source looks like, whatever it means.

use model::{Phase, facts};

use crate::source::Source;

/// Measures a source. The caller fills what the text cannot know: `member`, `role`, `phase`, `layer`, `size` (bytes
/// before decoding; here those of the text) and `syntax_errors`.
pub fn measure(source: &Source) -> facts::Source {
    facts::Source {
        member: String::new(),
        role: String::new(),
        phase: Phase::Never,
        layer: 0,
        size: source.text.len() as u64,
        lines: source.text.lines().count() as u64,
        longest_line: 0,
        blank_run: 0,
        empty_run: 0,
        encoding: source.encoding.clone(),
        deceptive_encoding: source.deceptive,
        syntax_errors: 0,
        python2: false,
        bidi: 0,
        invisible: 0,
        confusable: 0,
        names: 0,
        mangled: 0.0,
        name_length: 0.0,
        longest_string: 0,
        string_entropy: 0.0,
        string_share: 0.0,
        longest_integer_list: 0,
        escapes: 0,
        semicolons: 0,
        lambdas: 0,
        calls: 0,
        definitions: 0,
        comment_bytes: 0,
        packer: Vec::new(),
    }
}
