//! CPython as the oracle of codecs: under every name that it knows one by, a source has for us the signs that it has for
//! CPython, or is told.
#![allow(clippy::disallowed_methods, clippy::disallowed_types, clippy::unwrap_used, reason = "a test is not the room")]

use std::process::Command;

/// For each name of a codec sources of letters that it can decode, and what it makes of them: `name hex hex`.
const CPYTHON: &str = r"
import codecs, encodings.aliases, pkgutil, random
random.seed(5)
names = set(encodings.aliases.aliases) | set(encodings.aliases.aliases.values())
names |= {module.name for module in pkgutil.iter_modules(encodings.__path__)}
names |= {name.replace('_', '-') for name in names}
for name in sorted(names):
    head = b'# coding: ' + name.encode() + b'\n'
    def decoded(data):
        try:
            text = codecs.decode(data, name)
            return text if isinstance(text, str) else None
        except Exception:
            return None
    if decoded(b'x') is None or name in ('idna', 'punycode', 'undefined'):
        continue
    units = [bytes([byte]) for byte in range(256) if byte not in (0, 10, 13) and decoded(bytes([byte])) is not None]
    for _ in range(1500):
        pair = bytes([random.randrange(128, 256), random.randrange(32, 256)])
        if decoded(pair) is not None:
            units.append(pair)
    for _ in range(6):
        data = head + b'\n'.join(b'x' + b''.join(random.choice(units) for _ in range(40)) for _ in range(8)) + b'\n'
        text = decoded(data)
        if text is not None:
            print(name, data.hex(), text.encode('utf-8', 'replace').hex())
";

fn bytes(hex: &str) -> Vec<u8> {
    let digit = |at: usize| u8::from_str_radix(&hex[at..at + 2], 16).unwrap();
    (0..hex.len()).step_by(2).map(digit).collect()
}

#[test]
fn every_codec_that_cpython_knows_gives_the_signs_that_it_gives_there_or_is_told() {
    let output = Command::new("python3").args(["-I", "-c", CPYTHON]).output().expect("python3 is there");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let (mut compared, mut told, mut wrong) = (0, 0, Vec::<(&str, String, String)>::new());
    let answers = String::from_utf8(output.stdout).unwrap();
    for line in answers.lines() {
        let mut fields = line.split(' ');
        let (name, data, theirs) = (fields.next().unwrap(), fields.next().unwrap(), fields.next().unwrap());
        let ours = python::source::decode(&bytes(data));
        if ours.deceptive || ours.gap.is_some() {
            told += 1;
            continue;
        }
        // Code is made of ASCII; which letter another one is does not matter here.
        let signs = |text: &str| text.chars().filter(char::is_ascii).collect::<String>();
        let theirs = String::from_utf8(bytes(theirs)).unwrap();
        compared += 1;
        if signs(&ours.text) != signs(&theirs) && !wrong.iter().any(|(known, ..)| *known == name) {
            wrong.push((name, ours.text, theirs));
        }
    }
    assert!(compared > 500 && told > 50, "{compared} compared, {told} told");
    assert!(wrong.is_empty(), "{wrong:?}");
}
