//! Programs of builders that are no Python: what Meson, CMake and Cargo start while they build the project is started on
//! the machine of whoever installs it.

use model::{Fact, PackageType, Phase, Place, facts};
use python::{Role, Unit};

use super::{Examiner, scripts::Script, started::What};
use crate::{classify, frame, layout, rulebook::rule::Format};

/// Bytes of one such program and of all together, commands of one, characters of one command.
pub(super) const MOST_BYTES: usize = 256 * 1024;
const ALL_BYTES: usize = 1024 * 1024;
const MOST_COMMANDS: usize = 100;
const LONGEST: usize = 4000;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Language {
    Meson,
    CMake,
    Rust,
    Npm,
}

fn language(path: &str) -> Option<Language> {
    match classify::name(path) {
        "meson.build" => Some(Language::Meson),
        "CMakeLists.txt" => Some(Language::CMake),
        "build.rs" => Some(Language::Rust),
        "package.json" => Some(Language::Npm),
        name if name.ends_with(".cmake") => Some(Language::CMake),
        _ => None,
    }
}

impl Examiner<'_, '_> {
    /// Keeps the program of a builder until it is known whether anything builds with it.
    pub(super) fn keep_build(&mut self, entry: usize, bytes: &[u8]) {
        if language(&self.entries[entry].path).is_none() || bytes.len() > MOST_BYTES {
            return;
        }
        let kept: usize = self.builds.iter().map(|build| build.bytes.len()).sum();
        if kept + bytes.len() <= ALL_BYTES {
            self.builds.push(Script { entry, bytes: bytes.to_vec() });
        }
    }

    /// Tells what the builders start, where the project says that it is built with one.
    pub(super) fn builders(&mut self) {
        let builds = std::mem::take(&mut self.builds);
        let words = [
            "cmake",
            "meson",
            "skbuild",
            "scikit-build",
            "scikit_build",
            "maturin",
            "cargo",
            "rust",
            "jupyter",
            "npm",
            "yarn",
        ];
        if self.layout.packagetype != PackageType::Sdist || builds.is_empty() || !self.layout.speaks_of(&words) {
            return;
        }
        for (path, text, language) in self.reached_builds(builds) {
            let fetched = if language == Language::CMake { downloads(&text) } else { Vec::new() };
            for (line, words) in commands(&text, language) {
                self.build_command(&path, &text, line, &words);
                if let Some(from) = fetched.iter().find(|from| words.first() == Some(&from.to)) {
                    self.fetched_and_started(&path, &text, line, from);
                }
            }
        }
    }

    /// The programs at the root, and those in folders and files that one of them names.
    fn reached_builds(&self, builds: Vec<Script>) -> Vec<(String, String, Language)> {
        let mut waiting: Vec<(String, String, Language)> = Vec::new();
        for build in builds {
            let path = self.entries[build.entry].path.clone();
            if let Some(language) = language(&path) {
                waiting.push((path, String::from_utf8_lossy(&build.bytes).into_owned(), language));
            }
        }
        let named = |path: &str, reached: &[(String, String, Language)], of: Language| {
            let inside = self.layout.inside(path);
            let Some((folder, file)) = inside.rsplit_once('/') else { return true };
            let folder = folder.rsplit('/').next().unwrap_or(folder);
            let file = file.split('.').next().unwrap_or(file);
            let says = |text: &str| text.contains(folder) || path.ends_with(".cmake") && text.contains(file);
            reached.iter().any(|(_, text, language)| *language == of && says(text))
        };
        let mut reached = Vec::new();
        loop {
            let (more, rest): (Vec<_>, Vec<_>) =
                waiting.into_iter().partition(|(path, _, of)| named(path, &reached, *of));
            waiting = rest;
            if more.is_empty() {
                return reached;
            }
            reached.extend(more);
        }
    }

    fn build_command(&mut self, path: &str, text: &str, line: u32, words: &[String]) {
        let role = Role::Backend;
        let starts = words.iter().filter(|word| word.ends_with(".py") && word.len() < 300);
        self.starts.extend(starts.map(|word| (What::File(below_project(word)), Phase::Install)));
        // What a shell takes is read as a command; every other program that takes code so here is a Python, by whatever
        // name the builder has it.
        let shell = |word: &String| ["sh", "bash", "zsh", "dash"].iter().any(|end| word.ends_with(end));
        if let Some(at) = words.iter().position(|word| word == "-c")
            && let Some(code) = words.get(at + 1)
            && !at.checked_sub(1).and_then(|before| words.get(before)).is_some_and(shell)
        {
            let phase = Phase::Install;
            let unit = Unit { path, role, phase, module: "", source: code.as_bytes(), entered: &[] };
            self.bytes(path, Format::Python, code.as_bytes(), (Some(phase), role.as_str()), &[]);
            let analysis = python::analyse(&unit, &self.book.behaviours, &mut self.budget);
            for fact in analysis.facts {
                self.fact(&fact, Some(phase), role.as_str(), |place| frame::frame(code, place));
            }
            return;
        }
        // A program with its arguments one by one is what every build starts; a line is for a shell to read.
        let line_for_shell =
            |word: &String| matches!(word.as_str(), "-c" | "-lc" | "-ic" | "/c" | "/C") || word.contains("://");
        if !words.iter().any(line_for_shell) && language(path) != Some(Language::Npm) {
            return;
        }
        let place = Self::at_line(path, line);
        let call = facts::Call {
            callee: classify::name(path).to_owned(),
            behaviour: vec!["process.spawn".to_owned()],
            phase: Phase::Install,
            text: vec![words.join(" ").chars().take(LONGEST).collect()],
            keyword: Vec::new(),
            input: Vec::new(),
            indirect: Vec::new(),
            function: String::new(),
            silenced: false,
            member: path.to_owned(),
            role: role.as_str().to_owned(),
            layer: 0,
        };
        self.ledger.behaves(path, role.as_str(), &call.behaviour, Phase::Install);
        let told = |place: &Place| frame::frame(text, place);
        self.fact(&Fact::new(place, call), Some(Phase::Install), role.as_str(), told);
    }

    /// What was fetched is the program that is started.
    fn fetched_and_started(&mut self, path: &str, text: &str, line: u32, from: &Download) {
        let role = Role::Backend.as_str();
        let flow = facts::Flow {
            source: "network.fetch".to_owned(),
            source_callee: "file(DOWNLOAD)".to_owned(),
            source_text: vec![from.address.clone()],
            sink: "process.spawn".to_owned(),
            sink_callee: classify::name(path).to_owned(),
            sink_text: vec![from.to.clone()],
            via: vec!["file.write".to_owned()],
            phase: Phase::Install,
            source_line: u64::from(from.line),
            steps: Vec::new(),
            source_member: String::new(),
            elsewhere: Vec::new(),
            function: String::new(),
            member: path.to_owned(),
            role: role.to_owned(),
            layer: 0,
        };
        let behaviours = [flow.source.clone(), flow.sink.clone()];
        self.ledger.behaves(path, role, &behaviours, Phase::Install);
        let told = |place: &Place| frame::frame(text, place);
        self.fact(&Fact::new(Self::at_line(path, line), flow), Some(Phase::Install), role, told);
    }

    fn at_line(path: &str, line: u32) -> Place {
        Place { member: path.to_owned(), line, column: 1, end_line: line, ..Place::default() }
    }
}

/// A file that CMake fetches.
#[derive(Debug, PartialEq, Eq)]
struct Download {
    line: u32,
    address: String,
    to: String,
}

/// `file(DOWNLOAD https://… ${CMAKE_BINARY_DIR}/tool)`.
fn downloads(text: &str) -> Vec<Download> {
    let lower = text.to_ascii_lowercase();
    let line = |at: usize| u32::try_from(text[..at].matches('\n').count() + 1).unwrap_or(u32::MAX);
    let calls = lower.match_indices("file(").take(MOST_COMMANDS);
    let read = |(at, call): (usize, &str)| {
        let mut words = words(&text[at + call.len()..], Language::CMake).into_iter();
        (words.next()? == "DOWNLOAD").then_some(())?;
        Some(Download { line: line(at), address: words.next()?, to: words.next()? })
    };
    calls.filter_map(read).collect()
}

/// `${CMAKE_CURRENT_SOURCE_DIR}/tools/gen.py` is `tools/gen.py` in some folder.
fn below_project(word: &str) -> String {
    let word = word.rsplit('}').next().unwrap_or(word).trim_start_matches('/');
    layout::plain(word).trim_start_matches("../").to_owned()
}

/// Commands that a builder starts, with the numbers of their lines.
fn commands(text: &str, language: Language) -> Vec<(u32, Vec<String>)> {
    let calls: &[&str] = match language {
        Language::Npm => return node_scripts(text),
        Language::Meson => &["run_command", "custom_target", "add_install_script", "add_postconf_script", "run_target"],
        Language::CMake => &["execute_process", "add_custom_command", "add_custom_target", "exec_program"],
        Language::Rust => &["command::new"],
    };
    let lower = text.to_ascii_lowercase();
    let mut found: Vec<(usize, Vec<String>)> = Vec::new();
    for call in calls {
        for (at, _) in lower.match_indices(call).take(MOST_COMMANDS) {
            let rest = &text[at + call.len()..];
            let Some(inside) = rest.trim_start().strip_prefix('(') else { continue };
            let line_start = text[..at].rfind('\n').map_or(0, |newline| newline + 1);
            if text[line_start..at].trim_start().starts_with(['#', '/']) {
                continue;
            }
            let words = words(inside, language);
            if !words.is_empty() {
                found.push((at, words));
            }
        }
    }
    found.sort();
    found.truncate(MOST_COMMANDS);
    let line = |at: usize| u32::try_from(text[..at].matches('\n').count() + 1).unwrap_or(u32::MAX);
    found.into_iter().map(|(at, words)| (line(at), words)).collect()
}

/// What a manager of JavaScript packages runs by itself when it installs them.
fn node_scripts(text: &str) -> Vec<(u32, Vec<String>)> {
    const BY_ITSELF: [&str; 6] = ["preinstall", "install", "postinstall", "prepublish", "preprepare", "prepare"];
    let Ok(package) = serde_json::from_str::<serde_json::Value>(text) else { return Vec::new() };
    let scripts = package.get("scripts").and_then(serde_json::Value::as_object).into_iter().flatten();
    let own = scripts.filter(|(name, _)| BY_ITSELF.contains(&name.as_str()));
    let line = |name: &str| {
        let at = text.find(&format!("\"{name}\"")).unwrap_or(0);
        u32::try_from(text[..at].matches('\n').count() + 1).unwrap_or(u32::MAX)
    };
    own.filter_map(|(name, command)| Some((line(name), vec![command.as_str()?.chars().take(LONGEST).collect()])))
        .collect()
}

/// The words of a command up to the parenthesis that ends the call, in Rust up to the end of the statement.
fn words(inside: &str, language: Language) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut word = String::new();
    let mut depth = 0usize;
    let mut rest = inside;
    let end = |word: &mut String, words: &mut Vec<String>| {
        if !word.is_empty() && language == Language::CMake {
            words.push(std::mem::take(word));
        }
        word.clear();
    };
    let mut left = LONGEST;
    while let Some(character) = rest.chars().next() {
        left = left.saturating_sub(character.len_utf8());
        if left == 0 {
            break;
        }
        rest = &rest[character.len_utf8()..];
        match character {
            '\'' | '"' if language != Language::CMake || character == '"' => {
                let triple = language == Language::Meson && rest.starts_with("''");
                let (quote, body) =
                    if triple { ("'''", &rest[2..]) } else { (if character == '"' { "\"" } else { "'" }, rest) };
                let close = closing(body, quote);
                left = left.saturating_sub(close);
                words.push(unescape(&body[..close]));
                rest = body.get(close + quote.len()..).unwrap_or_default();
            }
            '#' if language != Language::Rust => {
                rest = rest.find('\n').map_or("", |newline| &rest[newline..]);
            }
            '(' => depth += 1,
            ')' if depth > 0 => depth -= 1,
            ')' if language != Language::Rust => break,
            ';' if language == Language::Rust => break,
            _ if character.is_whitespace() || matches!(character, ',' | '[' | ']') => end(&mut word, &mut words),
            _ => word.push(character),
        }
    }
    end(&mut word, &mut words);
    // Words that CMake means for itself.
    words.retain(|word| {
        !matches!(word.as_str(), "COMMAND" | "OUTPUT_VARIABLE" | "RESULT_VARIABLE" | "WORKING_DIRECTORY")
    });
    words
}

/// Where a text ends that a quote began.
fn closing(body: &str, quote: &str) -> usize {
    let mut from = 0;
    while let Some(at) = body[from..].find(quote) {
        let at = from + at;
        let slashes = body[..at].bytes().rev().take_while(|byte| *byte == b'\\').count();
        if slashes % 2 == 0 || quote.len() > 1 {
            return at;
        }
        from = at + quote.len();
    }
    body.len()
}

fn unescape(text: &str) -> String {
    text.replace("\\n", "\n").replace("\\'", "'").replace("\\\"", "\"").replace("\\\\", "\\")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_of_builders_are_read_word_by_word() {
        let read = |text: &str, language| {
            let commands = commands(text, language);
            commands.into_iter().map(|(line, words)| (line, words.join("|"))).collect::<Vec<_>>()
        };
        let meson = "project('x')\nr = run_command(\n  'sh', '-c', # why\n  'it\\'s',\n  check: true).stdout()\nrun_command(py, ['-c', '''a('b')'''])\n# run_command('x')\n";
        assert_eq!(read(meson, Language::Meson), [(2, "sh|-c|it's".to_owned()), (6, "-c|a('b')".to_owned())]);
        let cmake =
            "Execute_Process(COMMAND ${Python_EXECUTABLE} -c \"import os; os.x(\\\"y\\\")\" OUTPUT_VARIABLE V)\n";
        let cmake = read(cmake, Language::CMake);
        assert_eq!(cmake, [(1, "${Python_EXECUTABLE}|-c|import os; os.x(\"y\")|V".to_owned())]);
        let fetched = downloads("# a\nfile(READ x y)\nFile(DOWNLOAD https://b.invalid/t ${B}/t)\n");
        let to = Download { line: 3, address: "https://b.invalid/t".to_owned(), to: "${B}/t".to_owned() };
        assert_eq!(fetched, [to]);
        let rust = "fn main() { Command::new(\"sh\").args([\"-c\", \"a b\"]).status(); f(\"z\"); }";
        assert_eq!(read(rust, Language::Rust), [(1, "sh|-c|a b".to_owned())]);
        let node = "{\"name\": \"x\",\n\"scripts\": {\"test\": \"a\",\n\"preinstall\": \"b | sh\"}}";
        assert_eq!(read(node, Language::Npm), [(3, "b | sh".to_owned())]);
        assert_eq!(below_project("${CMAKE_SOURCE_DIR}/tools/./gen.py"), "tools/gen.py");
    }
}
