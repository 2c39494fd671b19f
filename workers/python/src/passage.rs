//! The way of a value from its source to a sink, line by line: noted where it is bound to a name, put together backwards.

use ruff_text_size::TextRange;

use crate::interpreter::Interpreter;
use crate::record::cut;
use crate::value::{Data, Value};

/// Bindings that are noted of one source, and those that are shown of one flow.
const MOST_NOTED: usize = 48;
const MOST_SHOWN: usize = 8;
/// Items of a container that are looked at.
const MOST_ITEMS: usize = 8;
/// Bytes of a statement that are read for names, and characters of it that are shown.
const LONGEST_READ: usize = 400;
const LONGEST_SHOWN: usize = 100;

/// A value was bound to a name here.
#[derive(Clone, Debug)]
pub(crate) struct Passed {
    pub(crate) source: usize,
    pub(crate) range: TextRange,
    name: String,
}

impl<'a> Interpreter<'a, '_> {
    /// Notes that a value with an origin is bound to a name.
    pub(crate) fn passed(&mut self, name: &str, value: &Value<'a>, source: usize, range: TextRange) {
        if self.records.sources.is_empty() {
            return;
        }
        let mut numbers: Vec<u32> = value.taints().iter().map(|(number, _)| *number).collect();
        let mut add = |item: &Value<'a>| numbers.extend(item.taints().iter().map(|(number, _)| *number));
        // `{"token": token}` itself came from nowhere.
        match &value.data {
            Data::Tuple(items) => items.iter().take(MOST_ITEMS).for_each(add),
            Data::List(id) => self.items(*id).iter().take(MOST_ITEMS).for_each(add),
            Data::Dict(id) => {
                let items = self.dict_of(*id).map_or(&[][..], |dict| &dict.items);
                items.iter().take(MOST_ITEMS).for_each(|(_, item)| add(item));
            }
            _ => {}
        }
        for number in numbers {
            let Some(from) = self.records.sources.get_mut(number as usize) else { continue };
            let known = from
                .passed
                .last()
                .is_some_and(|last| last.source == source && last.range.start() == range.start() && last.name == name);
            if !known && from.passed.len() < MOST_NOTED {
                from.passed.push(Passed { source, range, name: name.to_owned() });
            }
        }
    }

    /// Lines between a source and a sink: those that bind a name which the sink, or a later line, speaks of.
    pub(crate) fn steps_between(&self, passed: &[Passed], from_line: u32, sink: (usize, TextRange)) -> Vec<String> {
        if passed.is_empty() {
            return Vec::new();
        }
        let text_at = |source: usize, range: TextRange| {
            let text = self.sources.get(source).map_or("", |walked| walked.text);
            let end = usize::from(range.end()).min(usize::from(range.start()) + LONGEST_READ);
            let mut end = end.min(text.len());
            while !text.is_char_boundary(end) {
                end -= 1;
            }
            text.get(range.start().into()..end).unwrap_or("")
        };
        // Texts whose names are wanted: the sink's, and those of the lines that were found.
        let mut wanted = vec![text_at(sink.0, sink.1)];
        let sink_line = self.sources[sink.0].position(sink.1.start().into()).0;
        let mut steps: Vec<String> = Vec::new();
        let mut lines: Vec<(usize, u32)> = Vec::new();
        for step in passed.iter().rev() {
            if !wanted.iter().any(|text| speaks_of(text, &step.name)) {
                continue;
            }
            let text = text_at(step.source, step.range);
            wanted.push(text);
            let line = self.sources[step.source].position(step.range.start().into()).0;
            let own = step.source == sink.0 && line == sink_line || line == from_line;
            if own || lines.contains(&(step.source, line)) || steps.len() >= MOST_SHOWN {
                continue;
            }
            lines.push((step.source, line));
            let first = text.lines().next().unwrap_or("").trim();
            let (here, there) = (self.sources[step.source].member, self.sources[sink.0].member);
            let member = if here == there { "" } else { self.unit_at(step.source).path };
            let colon = if member.is_empty() { "" } else { ":" };
            steps.push(format!("{member}{colon}{line}: {}", cut(first, LONGEST_SHOWN)));
        }
        steps.reverse();
        steps
    }
}

/// A text holds a name, by itself.
fn speaks_of(text: &str, name: &str) -> bool {
    let part =
        |byte: Option<&u8>| byte.is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b'_' || *byte > 127);
    let bytes = text.as_bytes();
    memchr::memmem::find_iter(bytes, name).any(|at| {
        let before = at.checked_sub(1).and_then(|at| bytes.get(at));
        !name.is_empty() && !part(before) && !part(bytes.get(at + name.len()))
    })
}

#[cfg(test)]
mod tests {
    use crate::Role;
    use crate::tests::{analysed, flow};

    #[test]
    fn a_flow_names_the_lines_it_went_by() {
        let sample = "import os, requests\ndef get():\n    token = os.getenv('T')\n    return token\n\
                      def put(x):\n    body = {'t': x}\n    requests.post('http://x.invalid', data=body)\n\
                      other = os.getenv('U')\nmine = get()\nput(mine)\n";
        let analysis = analysed(Role::Package, sample);
        let steps = &flow(&analysis, "environment.read", "network.send").steps;
        assert_eq!(steps, &["4: return token", "9: mine = get()", "10: put(mine)", "6: body = {'t': x}"]);
    }
}
