//! Shell and batch scripts that code starts: each command line is told as a program that is started, in the phase of
//! the code that starts the script.

use model::{Fact, Phase, Place, facts};
use python::Role;

use super::Examiner;
use crate::frame;

/// Scripts that are read as commands, one and all together; command lines of one.
pub(super) const MOST_BYTES: usize = 64 * 1024;
pub(super) const ALL_BYTES: usize = 1024 * 1024;
const MOST_LINES: usize = 200;
const LONGEST_LINE: usize = 500;

/// A script as it was found.
pub(super) struct Script {
    pub(super) entry: usize,
    pub(super) bytes: Vec<u8>,
}

/// Whether a member of that format is read as commands.
pub(super) fn is_script(format: &str) -> bool {
    matches!(format, "shell" | "powershell" | "batch")
}

/// Whether a word of a command names a script.
pub(super) fn names_script(text: &str) -> bool {
    const ENDINGS: [&str; 7] = [".sh", ".bash", ".zsh", ".bat", ".cmd", ".ps1", ".command"];
    text.len() < 300 && ENDINGS.iter().any(|ending| text.len() > ending.len() && text.ends_with(ending))
}

impl Examiner<'_, '_> {
    /// Tells what the scripts do that something starts. `started`: ends of paths, and when.
    pub(super) fn scripts(&mut self, started: &[(String, Phase)]) {
        for script in std::mem::take(&mut self.scripts) {
            let path = self.entries[script.entry].path.clone();
            let role = self.role(script.entry);
            let below = |end: &str| {
                !end.is_empty() && path.strip_suffix(end).is_some_and(|rest| rest.is_empty() || rest.ends_with('/'))
            };
            let named = started.iter().filter(|(end, _)| below(end)).map(|(_, phase)| *phase);
            let installed = (role == Role::Script).then_some(Phase::Call);
            let Some(phase) = named.chain(installed).min().filter(|phase| *phase != Phase::Never) else { continue };
            self.phases.insert(script.entry, phase);
            let text = String::from_utf8_lossy(&script.bytes).into_owned();
            let lines = commands(&text);
            let whole = lines.iter().map(|(_, line)| line.as_str()).collect::<Vec<_>>().join(" && ");
            let callee = self.entries[script.entry].format;
            let calls = lines.first().map(|(number, _)| (*number, whole)).into_iter().chain(lines.clone());
            for (number, line) in calls {
                let place =
                    Place { member: path.clone(), line: number, column: 1, end_line: number, ..Place::default() };
                let call = facts::Call {
                    callee: callee.to_owned(),
                    behaviour: vec!["process.spawn".to_owned()],
                    phase,
                    text: vec![line.chars().take(4 * LONGEST_LINE).collect()],
                    keyword: Vec::new(),
                    input: Vec::new(),
                    indirect: Vec::new(),
                    function: String::new(),
                    silenced: false,
                    member: path.clone(),
                    role: role.as_str().to_owned(),
                    layer: 0,
                };
                self.ledger.behaves(&path, role.as_str(), &call.behaviour, phase);
                self.fact(&Fact::new(place, call), Some(phase), role.as_str(), |place| frame::frame(&text, place));
            }
        }
    }
}

/// The command lines of a script with their numbers, continued lines joined, comments left out.
fn commands(text: &str) -> Vec<(u32, String)> {
    let mut lines: Vec<(u32, String)> = Vec::new();
    let mut open: Option<(u32, String)> = None;
    for (number, line) in (1..).zip(text.lines()) {
        let line = line.trim();
        let (start, mut command) = open.take().unwrap_or((number, String::new()));
        let comment = ["#", "rem ", "REM ", "::", "@rem "].iter().any(|mark| line.starts_with(mark));
        if comment && command.is_empty() {
            continue;
        }
        let continued = line.strip_suffix(['\\', '^', '`']);
        command.push_str(continued.unwrap_or(line));
        let whole = command.len() >= LONGEST_LINE;
        if continued.is_some() && !whole {
            open = Some((start, command));
        } else if !command.is_empty() {
            lines.push((start, command.chars().take(LONGEST_LINE).collect()));
            if lines.len() >= MOST_LINES {
                break;
            }
        }
    }
    lines.extend(open);
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn continued_lines_are_one_command_and_comments_none() {
        let text = "#!/bin/sh\n# curl x\ncurl -s \\\n  http://host.invalid/a \\\n -o a\n\nrem x\nchmod +x a";
        assert_eq!(
            commands(text),
            [(3, "curl -s http://host.invalid/a -o a".to_owned()), (8, "chmod +x a".to_owned())]
        );
        assert!(commands(&"a\n".repeat(1000)).len() == MOST_LINES);
    }

    #[test]
    fn a_script_is_named_by_its_ending() {
        assert!(names_script("tools/run.sh") && names_script("a\\b.ps1"));
        assert!(!names_script(".sh") && !names_script("a.shx") && !names_script("push"));
    }
}
