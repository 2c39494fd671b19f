//! What a call does that its name alone does not say: a fetch with a body sends, what a shell is fed runs, a list of words
//! is one command.

use crate::behaviours::BehaviourId;
use crate::interpreter::{Arguments, Interpreter};
use crate::value::{Data, Value};

/// Words for what is sent along with a request.
const BODIES: [&str; 6] = ["data", "json", "files", "body", "content", "fields"];

impl<'a> Interpreter<'a, '_> {
    /// Behaviours that only the arguments tell.
    pub(crate) fn by_arguments(
        &self,
        name: &str,
        call: u32,
        arguments: &Arguments<'a>,
        behaviours: &mut Vec<BehaviourId>,
    ) {
        if call != 0 && feeds(name) && arguments.values().next().is_some() {
            if let Some(spawn) = self.names.table().id_of("process.spawn")
                && self.records.text_of_call(call).first().is_some_and(|command| runs_input(command))
            {
                behaviours.push(spawn);
            }
            return;
        }
        if matches!(name, "yaml.load" | "yaml.load_all") {
            // A loader that makes whatever objects the text asks for.
            let unsafe_loader = arguments.get(1, "Loader").is_some_and(|loader| match loader.data {
                Data::Name(id, 0) => {
                    matches!(self.names.text(id), "yaml.UnsafeLoader" | "yaml.Loader" | "yaml.CLoader")
                }
                _ => false,
            });
            behaviours.extend(self.names.table().id_of("code.deserialize").filter(|_| unsafe_loader));
            return;
        }
        if evaluates(name) {
            // Sums of columns are what it is for; this reaches what lies behind every object.
            let first = arguments.positional.first().or_else(|| arguments.values().next());
            let sent = |source: u32| {
                let behaviour = self.records.sources.get(source as usize).map(|source| source.behaviour);
                let name = behaviour.map_or("", |behaviour| self.names.table().behaviour(behaviour).0);
                ["network.", "web.", "chat.", "decode."].iter().any(|start| name.starts_with(start))
            };
            let reaches = first.is_some_and(|first| {
                first.as_template().is_some_and(|text| text.contains("__"))
                    || first.taints().iter().any(|(source, _)| sent(*source))
            });
            behaviours.extend(self.names.table().id_of("code.exec").filter(|_| reaches));
            return;
        }
        if templates(name) {
            // A template that reaches what lies behind every object is a program.
            let first = arguments.positional.first().or_else(|| arguments.values().next());
            let reaches = first.and_then(Value::as_template).is_some_and(|text| {
                ["__globals__", "__subclasses__", "__builtins__"].iter().any(|word| text.contains(word))
            });
            behaviours.extend(self.names.table().id_of("code.exec").filter(|_| reaches));
            return;
        }
        if name.ends_with("XMLRPCServer.register_function") {
            // Whoever reaches the port may call it.
            behaviours.extend(arguments.positional.first().and_then(|function| self.starts_programs(function)));
            return;
        }
        if behaviours.is_empty() {
            if self.prints_away(name, arguments) {
                behaviours.extend(self.names.table().id_of("network.send"));
            }
            return;
        }
        let table = self.names.table();
        let (fetch, send) = (table.id_of("network.fetch"), table.id_of("network.send"));
        if let (Some(fetch), Some(send)) = (fetch, send)
            && behaviours.contains(&fetch)
            && !behaviours.contains(&send)
            && self.has_body(name, arguments)
        {
            behaviours.push(send);
        }
    }

    /// Whether a socket is made for datagrams.
    pub(crate) fn is_datagram(&self, arguments: &Arguments<'a>) -> bool {
        arguments
            .get(1, "type")
            .is_some_and(|kind| matches!(kind.data, Data::Name(id, 0) if self.names.text(id).ends_with("SOCK_DGRAM")))
    }

    /// The behaviour of a function of a library that starts programs or runs text, by its name alone.
    fn starts_programs(&self, function: &Value<'a>) -> Option<BehaviourId> {
        let Data::Name(id, 0) = function.data else { return None };
        let table = self.names.table();
        let known = self.names.behaviours(id);
        ["process.spawn", "code.exec"]
            .iter()
            .filter_map(|word| table.id_of(word))
            .find(|behaviour| known.contains(behaviour))
    }

    /// A request that carries something: `urlopen(url, data)`, `requests.request("POST", url, json=…)`.
    fn has_body(&self, name: &str, arguments: &Arguments<'a>) -> bool {
        let last = name.rsplit('.').next().unwrap_or(name);
        // What nobody knows may as well be nothing: `def fetch(url, data=None): return urlopen(url, data)`.
        let given = |value: &Value<'a>| match value.data {
            Data::None | Data::Bool(_) => false,
            Data::Unknown => value.origin.is_some(),
            _ => true,
        };
        let method = arguments.keyword("method").or_else(|| match last {
            "request" => arguments.positional.iter().take(2).find(|value| value.as_str().is_some_and(is_method)),
            _ => None,
        });
        if let Some(method) = method.and_then(Value::as_str) {
            return match method.to_ascii_uppercase().as_str() {
                "POST" | "PUT" | "PATCH" => true,
                _ => ["data", "json", "files", "body"].iter().filter_map(|word| arguments.keyword(word)).any(given),
            };
        }
        if matches!(last, "urlopen" | "Request") && arguments.positional.get(1).is_some_and(given) {
            return true;
        }
        BODIES.iter().filter_map(|word| arguments.keyword(word)).any(given)
            || arguments.positional.first().is_some_and(|request| match request.data {
                Data::Name(_, call) => self.records.sends(call),
                _ => false,
            })
    }

    /// The words of a command as one line, as rules about commands read it.
    pub(crate) fn command_line(&self, name: &str, arguments: &Arguments<'a>) -> Option<String> {
        const MOST_WORDS: usize = 64;
        let list = arguments.positional.iter().chain(arguments.keyword("args")).find_map(|value| match &value.data {
            Data::List(id) => Some(self.items(*id)),
            Data::Tuple(items) => Some(items.as_slice()),
            _ => None,
        });
        let words = match list {
            Some(words) => words,
            None if name.contains("exec") || name.contains("spawn") => arguments.positional.as_slice(),
            None => return None,
        };
        if words.len() < 2 || !words.iter().any(|word| word.as_template().is_some()) {
            return None;
        }
        let words: Vec<String> = words.iter().take(MOST_WORDS).map(|word| self.word(word)).collect();
        Some(crate::record::both_ends(&words.join(" ")).into_owned())
    }

    fn word(&self, value: &Value<'a>) -> String {
        if let Some(text) = value.as_template() {
            return text.to_owned();
        }
        match value.data {
            Data::Name(id, 0) if self.names.text(id) == "sys.executable" => "sys.executable".to_owned(),
            Data::Int(number) => number.to_string(),
            _ => "{}".to_owned(),
        }
    }

    /// What a program that runs its input is given as such: `Popen(["sh"]).communicate(…)`, `run("bash", input=…)`.
    pub(crate) fn fed(&self, name: &str, call: u32, texts: &[String], arguments: &Arguments<'a>) -> Option<Value<'a>> {
        let command = if call == 0 { texts.first() } else { self.records.text_of_call(call).first() };
        if !command.is_some_and(|command| runs_input(command)) {
            return None;
        }
        let first = if feeds(name) { arguments.positional.first() } else { None };
        first.or_else(|| arguments.keyword("input")).filter(|value| value.as_raw().is_some()).cloned()
    }
}

/// Functions that evaluate a text in a language of their own, which is Python but for some signs.
pub(crate) fn evaluates(name: &str) -> bool {
    matches!(
        name,
        "pandas.eval"
            | "pandas.core.computation.eval.eval"
            | "pandas.DataFrame.eval"
            | "pandas.DataFrame.query"
            | "numexpr.evaluate"
            | "numexpr.necompiler.evaluate"
    )
}

/// Functions that make a template of their text.
fn templates(name: &str) -> bool {
    matches!(name, "jinja2.Template" | "jinja2.environment.Template" | "mako.template.Template")
        || name.starts_with("jinja2.") && name.ends_with("Environment.from_string")
}

/// Methods of a process that write to its standard input.
fn feeds(name: &str) -> bool {
    name.ends_with(".communicate") || name.ends_with(".stdin.write") || name.ends_with(".stdin.writelines")
}

fn is_method(text: &str) -> bool {
    matches!(
        text.to_ascii_uppercase().as_str(),
        "GET" | "HEAD" | "POST" | "PUT" | "PATCH" | "DELETE" | "OPTIONS" | "TRACE" | "CONNECT"
    )
}

/// Shells and interpreters: what arrives at their standard input is run.
fn runs_input(command: &str) -> bool {
    let program = command.trim_start_matches(['"', '\'']).split(['"', '\'', ' ']).next().unwrap_or(command);
    let program = program.rsplit(['/', '\\']).next().unwrap_or(program).to_ascii_lowercase();
    let program = program.strip_suffix(".exe").unwrap_or(&program);
    let plain = program.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.' || c == '-');
    matches!(
        plain,
        "sh" | "bash"
            | "dash"
            | "zsh"
            | "ksh"
            | "ash"
            | "fish"
            | "csh"
            | "tcsh"
            | "busybox"
            | "cmd"
            | "powershell"
            | "pwsh"
            | "python"
            | "pythonw"
            | "pypy"
            | "py"
            | "perl"
            | "ruby"
            | "node"
            | "nodejs"
            | "php"
            | "osascript"
            | "wsl"
    ) || command == "sys.executable"
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        Role,
        tests::{analysed, call, calls},
    };

    #[test]
    fn shells_and_interpreters_run_their_input() {
        for command in
            ["sh", "/bin/bash -s", "\"C:\\Windows\\cmd.exe\" /K", "python3.11", "sys.executable", "powershell -"]
        {
            assert!(runs_input(command), "{command}");
        }
        for command in ["gpg --decrypt", "git apply", "shasum", "pythonize"] {
            assert!(!runs_input(command), "{command}");
        }
    }

    #[test]
    fn a_template_that_reaches_behind_every_object_runs() {
        let shown = |text: &str| {
            let source = format!("import os, jinja2\nos.getpid()\njinja2.Template({text:?}).render(n=1)\n");
            let analysis = analysed(Role::Package, &source);
            calls(&analysis).iter().any(|call| call.behaviour == ["code.exec"])
        };
        assert!(shown("{{ cycler.__init__.__globals__.os.popen('x') }}"));
        assert!(!shown("{{ item.__class__.__name__ }}"));
    }

    #[test]
    fn a_function_that_others_may_call_from_afar_is_told_by_what_it_does() {
        let served = |function: &str| {
            let source = format!(
                "import os, subprocess\nfrom xmlrpc.server import SimpleXMLRPCServer\n\
                 s = SimpleXMLRPCServer(('0.0.0.0', 9))\ns.register_function({function}, 'run')\n"
            );
            let analysis = analysed(Role::Package, &source);
            calls(&analysis).iter().any(|call| call.callee.ends_with("register_function"))
        };
        assert!(served("subprocess.getoutput") && !served("os.getpid"));
    }

    #[test]
    fn a_socket_of_datagrams_says_so_where_it_is_used() {
        let source =
            "import socket\ns = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)\ns.connect(('8.8.8.8', 80))\n";
        let analysis = analysed(Role::Package, source);
        assert!(call(&analysis, "socket.socket.connect").text.contains(&"SOCK_DGRAM".to_owned()));
    }
}
