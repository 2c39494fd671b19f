//! A few lines around a place, cut so that a page or a terminal can show them whatever their length.

use model::{Frame, FrameLine, Place};

/// Lines shown before and after the marked one.
const AROUND: u32 = 3;
/// Characters shown on both sides of a mark in a long line, and of a line that has none.
const WINDOW: usize = 100;
/// Characters of one line that are shown at most.
const LONGEST: usize = 3 * WINDOW;

/// The lines of a text as CPython counts them: `\n`, `\r\n` and a lone `\r` end one.
fn lines(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = Some(text);
    std::iter::from_fn(move || {
        let text = rest?;
        match text.find(['\n', '\r']) {
            Some(at) => {
                let width = if text[at..].starts_with("\r\n") { 2 } else { 1 };
                rest = Some(&text[at + width..]);
                Some(&text[..at])
            }
            None => {
                rest = None;
                Some(text)
            }
        }
    })
}

/// The frame of a place in the text it speaks of; `None` when it speaks of the whole.
pub(crate) fn frame(text: &str, place: &Place) -> Option<Frame> {
    if place.line == 0 {
        return None;
    }
    let first = place.line.saturating_sub(AROUND).max(1);
    let last_marked = place.end_line.clamp(place.line, place.line + AROUND);
    let last = last_marked + AROUND;
    let mut shown = Vec::new();
    for (number, line) in (1u32..=last).zip(lines(text)).skip(first as usize - 1) {
        let mark = (place.line..=last_marked).contains(&number).then(|| {
            let start = if number == place.line { place.column.saturating_sub(1) as usize } else { 0 };
            let end = if number == place.end_line && place.end_column > 0 {
                (place.end_column as usize).saturating_sub(1)
            } else {
                usize::MAX
            };
            (start, end)
        });
        shown.push(window(number, line, mark));
    }
    // Empty lines at the rim tell nothing.
    while shown.last().is_some_and(|line| line.text.trim().is_empty() && line.mark.is_none()) {
        shown.pop();
    }
    (!shown.is_empty()).then_some(Frame { lines: shown })
}

fn window(number: u32, line: &str, mark: Option<(usize, usize)>) -> FrameLine {
    let short = line.len() <= 2 * WINDOW;
    let (from, limit) = match mark {
        _ if short => (0, usize::MAX),
        Some((start, end)) => {
            let marked = end.saturating_sub(start).min(LONGEST - 2 * WINDOW);
            (start.saturating_sub(WINDOW), WINDOW.min(start) + marked + WINDOW)
        }
        None => (0, 2 * WINDOW),
    };
    let mut characters = line.chars();
    let mut skipped = 0;
    while skipped < from && characters.next().is_some() {
        skipped += 1;
    }
    let text: String = characters.by_ref().take(limit).collect();
    let length = text.chars().count();
    // Counting what is left of a line of megabytes costs little and is done once a finding.
    let cut_after = characters.count();
    let mark = mark.and_then(|(start, end)| {
        let start = start.saturating_sub(skipped).min(length);
        let end = end.saturating_sub(skipped).clamp(start, length);
        let lead = text.chars().skip(start).take_while(|character| character.is_whitespace()).count();
        let start = (start + lead).min(end);
        (start < end).then(|| (small(start), small(end)))
    });
    FrameLine { number, text, mark, cut_before: small(skipped), cut_after: small(cut_after) }
}

fn small(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

/// The place of some bytes of a member's text.
pub(crate) fn place_of(member: &str, bytes: &[u8], span: (usize, usize)) -> Place {
    let (start, end) = (span.0.min(bytes.len()), span.1.clamp(span.0, span.0.max(bytes.len())).min(bytes.len()));
    if start == end {
        return Place { member: member.to_owned(), ..Place::default() };
    }
    let (line, column) = position(bytes, start);
    let (end_line, end_column) = position(bytes, end);
    Place { member: member.to_owned(), line, column, end_line, end_column, layers: Vec::new() }
}

fn position(bytes: &[u8], at: usize) -> (u32, u32) {
    let before = &bytes[..at];
    let mut line = 1;
    let mut start = 0;
    let mut previous = 0u8;
    for (at, byte) in before.iter().enumerate() {
        match byte {
            b'\n' if previous == b'\r' => start = at + 1,
            b'\n' | b'\r' => {
                line += 1;
                start = at + 1;
            }
            _ => {}
        }
        previous = *byte;
    }
    (line, small(String::from_utf8_lossy(&before[start..]).chars().count() + 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(line: u32, column: u32, end_line: u32, end_column: u32) -> Place {
        Place { member: "a.py".into(), line, column, end_line, end_column, layers: Vec::new() }
    }

    #[test]
    fn three_lines_on_both_sides_with_the_mark() {
        let text = "a\nb\r\nc\rd\ne = evil()\nf\ng\nh\ni\n";
        let frame = frame(text, &place(5, 5, 5, 11)).unwrap();
        assert_eq!(frame.lines.iter().map(|line| line.number).collect::<Vec<_>>(), [2, 3, 4, 5, 6, 7, 8]);
        assert_eq!((frame.lines[3].text.as_str(), frame.lines[3].mark), ("e = evil()", Some((4, 10))));
        assert!(frame.lines[2].mark.is_none());
    }

    #[test]
    fn a_long_line_is_windowed_around_the_mark() {
        let text = format!("{}evil(){}", " ".repeat(5000), "x".repeat(9000));
        let line = frame(&text, &place(1, 5001, 1, 5007)).unwrap().lines.remove(0);
        assert_eq!((line.cut_before, line.mark), (4900, Some((100, 106))));
        assert_eq!(line.cut_after, 9000 - 100);
        assert_eq!(line.text.chars().count(), 206);
    }

    #[test]
    fn a_span_over_many_lines_and_one_beyond_the_end_stay_bounded() {
        let text = "x = (\n".repeat(1000);
        let many = frame(&text, &place(10, 5, 900, 2)).unwrap();
        assert!(many.lines.len() <= 10);
        assert!(frame("a\n", &place(70, 1, 70, 2)).is_none());
        assert!(frame("a\n", &place(0, 0, 0, 0)).is_none());
    }

    #[test]
    fn bytes_have_a_line_and_a_column_in_characters() {
        let place = place_of("a", "é\r\nnaïve evil\n".as_bytes(), (11, 15));
        assert_eq!((place.line, place.column, place.end_column), (2, 7, 11));
        assert_eq!(place_of("a", b"abc", (0, 0)).line, 0);
        assert_eq!(place_of("a", b"abc", (9, 12)).line, 0);
    }
}
