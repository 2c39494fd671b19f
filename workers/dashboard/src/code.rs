//! Code on a page: frames around a finding, and whole files, a line at a time and never wider than a window.

use model::{Frame, FrameLine};

use crate::{
    highlight,
    hostile::{Html, Look, Token, grouped, more, paint},
};

/// Characters of a line shown in a frame.
const WINDOW: usize = 400;
/// Characters of a line shown in a whole file.
const FULL_WINDOW: usize = 2_000;
/// Lines of a whole file.
const FULL_LINES: usize = 2_000;

/// The lines of a finding, its span marked and underlined.
pub(crate) fn frame(frame: &Frame, python: bool) -> Html {
    let mut out = String::new();
    let mut state = highlight::State::default();
    for line in frame.lines.iter().take(40) {
        frame_line(&mut out, line, python, &mut state);
    }
    Html::from_markup(out)
}

fn frame_line(out: &mut String, line: &FrameLine, python: bool, state: &mut highlight::State) {
    let text: Vec<char> = line.text.chars().collect();
    let mark = line.mark.map(|(from, to)| (from as usize, to as usize)).filter(|(from, to)| from < to);
    // The analyser has windowed the line already; a line that comes from elsewhere is windowed here.
    let from = mark.map_or(0, |(from, _)| from.saturating_sub(WINDOW / 2)).min(text.len());
    let from = if text.len() <= WINDOW { 0 } else { from };
    let to = text.len().min(from + WINDOW);
    let tokens = if python { highlight::python(&text, state) } else { Vec::new() };
    let mark = mark.map(|(start, end)| (start.saturating_sub(from), end.saturating_sub(from).min(WINDOW)));
    open_line(out, line.number, mark.is_some());
    let before = from + line.cut_before as usize;
    if before > 0 {
        out.push_str("<span class=\"ctl\">");
        out.push_str(&grouped(before as u64));
        out.push_str(" before …</span>");
    }
    paint(out, &text[from..to], &Look { mark, tokens: tokens.get(from..to).unwrap_or_default(), code: true });
    let after = text.len() - to + line.cut_after as usize;
    if after > 0 {
        more(out, after);
    }
    out.push_str("</span></span>");
}

/// A whole text, numbered. `marked` are the lines that findings speak of; `anchor` makes the ids of the lines.
pub(crate) fn listing(text: &str, python: bool, marked: &[u32], anchor: &str) -> Html {
    let mut out = String::new();
    let mut state = highlight::State::default();
    let mut lines = text.split('\n');
    for (index, line) in lines.by_ref().take(FULL_LINES).enumerate() {
        let number = u32::try_from(index + 1).unwrap_or(u32::MAX);
        let characters: Vec<char> = line.strip_suffix('\r').unwrap_or(line).chars().collect();
        let tokens: Vec<Token> = if python { highlight::python(&characters, &mut state) } else { Vec::new() };
        let shown = characters.len().min(FULL_WINDOW);
        let hit = marked.contains(&number);
        if hit {
            out.push_str("<span id=\"");
            out.push_str(anchor);
            out.push_str(&format!("-{number}\"></span>"));
        }
        open_line(&mut out, number, hit);
        paint(
            &mut out,
            &characters[..shown],
            &Look { mark: None, tokens: tokens.get(..shown).unwrap_or_default(), code: true },
        );
        if shown < characters.len() {
            more(&mut out, characters.len() - shown);
        }
        out.push_str("</span></span>");
    }
    let rest = lines.count();
    if rest > 0 {
        out.push_str("<span class=\"line\"><span class=\"no\"></span><span class=\"src\"><span class=\"ctl\">… ");
        out.push_str(&grouped(rest as u64));
        out.push_str(" more lines</span></span></span>");
    }
    Html::from_markup(out)
}

fn open_line(out: &mut String, number: u32, hit: bool) {
    out.push_str(if hit { "<span class=\"line hit\">" } else { "<span class=\"line\">" });
    out.push_str("<span class=\"no\">");
    if number > 0 {
        out.push_str(&number.to_string());
    }
    // The pointer is a sign beside the colour: a hit line must not be told by its background alone.
    out.push_str(if hit {
        "</span><span class=\"src\"><span class=\"at\">▸</span>"
    } else {
        "</span><span class=\"src\">"
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_marks_its_span_and_says_what_was_cut() {
        let line =
            FrameLine { number: 14, text: "exec(<x>)".into(), mark: Some((0, 4)), cut_before: 3, cut_after: 41_800 };
        let html = frame(&Frame { lines: vec![line] }, true).to_string();
        assert!(html.contains("<mark>exec</mark>(&lt;x&gt;)"), "{html}");
        assert!(html.contains("3 before …") && html.contains("… 41,800 more"), "{html}");
        assert!(html.contains("<span class=\"no\">14</span>"));
    }

    #[test]
    fn a_long_line_is_windowed_around_its_mark() {
        let text = format!("{}EVIL{}", "a".repeat(5_000), "b".repeat(5_000));
        let line = FrameLine { number: 1, text, mark: Some((5_000, 5_004)), ..FrameLine::default() };
        let html = frame(&Frame { lines: vec![line] }, false).to_string();
        assert!(html.contains("<mark>EVIL</mark>") && html.contains("4,800 before …"), "{html}");
        assert!(html.len() < 1_000);
    }

    #[test]
    fn a_listing_numbers_lines_and_bounds_them() {
        let html = listing(&"x\n".repeat(3_000), true, &[2], "f0").to_string();
        assert!(html.contains("id=\"f0-2\"") && html.contains("… 1,001 more lines"));
        assert!(!html.contains("id=\"f0-3\""));
    }
}
