//! Byte code of nine CPythons, compiled from `fixtures/inert.py`, and of the tenth, put together by hand.

use model::{Fact, FactKind, Phase};

use super::*;
use crate::tests::{analysed, behaviours};
use crate::{Budget, Role, Unit, analyse_compiled};

const SOURCE: &str = include_str!("fixtures/inert.py");
const FIXTURES: [(&str, &[u8]); 9] = [
    ("2.7", include_bytes!("fixtures/inert-2.7.pyc")),
    ("3.6", include_bytes!("fixtures/inert-3.6.pyc")),
    ("3.7", include_bytes!("fixtures/inert-3.7.pyc")),
    ("3.8", include_bytes!("fixtures/inert-3.8.pyc")),
    ("3.9", include_bytes!("fixtures/inert-3.9.pyc")),
    ("3.10", include_bytes!("fixtures/inert-3.10.pyc")),
    ("3.11", include_bytes!("fixtures/inert-3.11.pyc")),
    ("3.12", include_bytes!("fixtures/inert-3.12.pyc")),
    ("3.13", include_bytes!("fixtures/inert-3.13.pyc")),
];

fn facts(bytes: &[u8]) -> Vec<Fact> {
    let compiled = read(bytes, LARGEST).unwrap();
    assert_eq!(compiled.trouble, Vec::<&str>::new(), "{}", compiled.source);
    let unit = Unit {
        path: "demo/core.pyc",
        role: Role::Package,
        phase: Phase::Import,
        module: "demo.core",
        source: bytes,
        entered: &[],
    };
    let analysis = analyse_compiled(&unit, &compiled, &behaviours(), &mut Budget::default());
    assert!(analysis.gaps.is_empty(), "{:?}", analysis.gaps);
    analysis.facts
}

fn calls(facts: &[Fact]) -> Vec<(String, Vec<String>, Phase)> {
    let call = |fact: &Fact| match &fact.kind {
        FactKind::Call(call) => Some((call.callee.clone(), call.text.clone(), call.phase)),
        _ => None,
    };
    facts.iter().filter_map(call).collect()
}

#[test]
fn byte_code_of_every_version_says_what_its_source_says() {
    for (version, bytes) in FIXTURES {
        let facts = facts(bytes);
        let calls = calls(&facts);
        let has = |callee: &str, text: &str| {
            calls.iter().any(|(name, texts, phase)| {
                name == callee && *phase == Phase::Import && texts.iter().any(|known| known == text)
            })
        };
        // Its argument is put together in a loop, from numbers and a key.
        assert!(has("os.system", "echo hi"), "{version}: {calls:?}");
        assert!(has("urllib.request.urlopen", "http://collect.invalid/in"), "{version}: {calls:?}");
        let layer = facts.iter().any(|fact| {
            matches!(&fact.kind, FactKind::Layer(layer)
                if layer.sink == "code.exec" && layer.text == "print('hi')" && layer.depth == 1)
        });
        assert!(layer, "{version}: {facts:#?}");
        let flow = facts.iter().any(|fact| {
            matches!(&fact.kind, FactKind::Flow(flow)
                if flow.source == "environment.read" && flow.sink == "network.fetch")
        });
        assert!(flow, "{version}: {facts:#?}");
    }
}

#[test]
fn byte_code_of_its_source_has_nothing_foreign() {
    for (version, bytes) in FIXTURES {
        let compiled = read(bytes, LARGEST).unwrap();
        assert_eq!(compiled.version, version);
        assert_eq!(compiled.check, Check::Timestamp);
        assert_eq!(compiled.compiled_from, "inert.py");
        assert_eq!(foreign(SOURCE, &compiled), Some(Foreign::default()), "{version}");
        // What stands only in a comment is not in the source.
        let other = SOURCE.replace("os.system(", "print(").replace("import os\n", "import sys  # system\n");
        let told = foreign(&other, &compiled).unwrap();
        assert_eq!(told.names, ["system"], "{version}");
        let other = SOURCE.replace("collect.invalid", "other.invalid");
        assert_eq!(foreign(&other, &compiled).unwrap().texts, ["http://collect.invalid/in"], "{version}");
    }
}

/// A code object as 3.11 and later write it: instructions, constants, names, locals.
fn code(instructions: &[u8], constants: &[&[u8]], names: &[&str], name: &str) -> Vec<u8> {
    let text = |text: &str| [&[b'z', text.len() as u8], text.as_bytes()].concat();
    let tuple = |items: &[Vec<u8>]| [&[b')', items.len() as u8][..], &items.concat()].concat();
    let bytes = |bytes: &[u8]| [&b"s"[..], &(bytes.len() as u32).to_le_bytes(), bytes].concat();
    let numbers = [0_u32, 0, 0, 4, 0].iter().flat_map(|number| number.to_le_bytes()).collect::<Vec<_>>();
    [
        b"c".to_vec(),
        numbers,
        bytes(instructions),
        tuple(&constants.iter().map(|one| one.to_vec()).collect::<Vec<_>>()),
        tuple(&names.iter().map(|one| text(one)).collect::<Vec<_>>()),
        tuple(&[]),
        bytes(b""),
        text("core.py"),
        text(name),
        text(name),
        1_u32.to_le_bytes().to_vec(),
        bytes(b""),
        bytes(b""),
    ]
    .concat()
}

fn pyc(magic: u16, code: &[u8]) -> Vec<u8> {
    [&magic.to_le_bytes()[..], b"\r\n", &[0; 12], code].concat()
}

/// `import os`, then `os.system('true')` on the way of 3.14, behind a jump over what is no instruction.
fn newest() -> Vec<u8> {
    let instructions = [
        &[128, 0][..],                  // RESUME
        &[77, 1, 250, 250],             // JUMP_FORWARD over one word
        &[94, 0, 82, 0, 73, 0, 116, 0], // LOAD_SMALL_INT 0, LOAD_CONST None, IMPORT_NAME os, STORE_NAME os
        &[93, 0],                       // LOAD_NAME os
        &[80, 3],                       // LOAD_ATTR system, as a method
        &[9; 18],                       // its cache: anything
        &[82, 1],                       // LOAD_CONST 'true'
        &[52, 1, 77, 200, 0, 0, 0, 0],  // CALL 1 and its cache
        &[31, 0, 82, 0, 35, 0],         // POP_TOP, LOAD_CONST None, RETURN_VALUE
    ]
    .concat();
    code(&instructions, &[b"N", b"z\x04true"], &["os", "system"], "<module>")
}

#[test]
fn the_newest_version_is_read() {
    let compiled = read(&pyc(3627, &newest()), LARGEST).unwrap();
    assert_eq!((compiled.version, compiled.trouble.len()), ("3.14", 0));
    assert_eq!(compiled.source, "import os\nos.system('true')\n");
    assert_eq!(
        calls(&facts(&pyc(3627, &newest()))),
        [("os.system".to_owned(), vec!["true".to_owned()], Phase::Import)]
    );
}

#[test]
fn marshalled_code_that_does_not_say_its_version_is_told_by_what_it_means() {
    for (version, bytes) in FIXTURES {
        let head = match version {
            "2.7" => 8,
            "3.6" => 12,
            _ => 16,
        };
        let Some(Loaded::Code(source)) = loads(&bytes[head..], LARGEST) else { panic!("{version}") };
        assert!(source.contains("os.system(('echo ' + spell([111, 110])))"), "{version}: {source}");
    }
    assert!(matches!(loads(b"z\x05hello", LARGEST), Some(Loaded::Text(text)) if text == "hello"));
    assert!(loads(b"nothing of the kind", LARGEST).is_none());
}

#[test]
fn marshalled_code_in_a_source_is_a_layer_that_is_walked() {
    use base64::Engine as _;
    for (version, bytes) in FIXTURES {
        let text = base64::engine::general_purpose::STANDARD.encode(&bytes[if version == "2.7" { 8 } else { 16 }..]);
        // Before 3.7 the head is shorter: what is cut off is not what is tested.
        if version == "3.6" {
            continue;
        }
        let source = format!("import base64, marshal\nexec(marshal.loads(base64.b64decode('{text}')))\n");
        let analysis = analysed(Role::Setup, &source);
        let call = analysis.facts.iter().find_map(|fact| match &fact.kind {
            FactKind::Call(call) if call.callee == "os.system" => Some(call.clone()),
            _ => None,
        });
        let call = call.unwrap_or_else(|| panic!("{version}: {:#?}", analysis.facts));
        assert_eq!((call.text, call.phase, call.layer), (vec!["echo hi".to_owned()], Phase::Install, 1), "{version}");
    }
}

#[test]
fn what_is_no_byte_code_says_why() {
    for (bytes, why) in [
        (&b""[..], Unread::Damaged("it has no head")),
        (b"\x12\x34\r\n", Unread::Version(0x3412)),
        (b"\xcb\x0d\r\n\x07\0\0\0\0\0\0\0\0\0\0\0", Unread::Damaged("its head has flags that no Python knows")),
        (b"\xcb\x0d\r\n\0\0\0\0\0\0\0\0\0\0\0\0N", Unread::Damaged("it holds no code")),
        (b"\xcb\x0d\r\n\0\0\0\0\0\0\0\0\0\0\0\0(\xff\xff\xff\x7f", Unread::Damaged("it ends early")),
        (b"\xcb\x0d\r\n\0\0\0\0\0\0\0\0\0\0\0\0r\x05\0\0\0", Unread::Damaged("it points to what is not there")),
    ] {
        assert_eq!(read(bytes, LARGEST).unwrap_err(), why, "{bytes:?}");
    }
    let deep = [&b"("[..], &1_u32.to_le_bytes()].concat().repeat(5_000);
    let deep = pyc(3531, &deep);
    assert_eq!(read(&deep, LARGEST).unwrap_err(), Unread::Damaged("values are nested deeper than is read"));
}

#[test]
fn unknown_instructions_are_trouble_only_where_they_are_reached() {
    let reached = code(&[128, 0, 250, 0, 35, 0], &[b"N"], &[], "<module>");
    assert_eq!(read(&pyc(3627, &reached), LARGEST).unwrap().trouble.len(), 1);
    let skipped = code(&[77, 1, 250, 0, 82, 0, 35, 0], &[b"N", b"z\x04idle"], &[], "<module>");
    let compiled = read(&pyc(3627, &skipped), LARGEST).unwrap();
    assert_eq!(compiled.trouble, Vec::<&str>::new());
    // A string that nothing loads is kept in view.
    assert!(compiled.source.contains("# 'idle'"), "{}", compiled.source);
}

#[test]
fn every_cut_and_every_flipped_byte_is_survived() {
    for (version, bytes) in FIXTURES {
        for at in 0..bytes.len() {
            let _ = read(&bytes[..at], LARGEST);
            let mut flipped = bytes.to_vec();
            flipped[at] ^= 0x5a;
            if let Ok(compiled) = read(&flipped, 1 << 16) {
                assert!(compiled.source.len() < 1 << 20, "{version} at {at}");
            }
        }
    }
}

#[test]
fn work_is_bounded() {
    // One function that copies and adds what it has: each step would double the expression.
    let mut instructions = vec![128, 0, 82, 1];
    for _ in 0..20_000 {
        instructions.extend([59, 1, 44, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]); // COPY 1, BINARY_OP + with its cache
    }
    instructions.extend([35, 0]);
    let compiled = read(&pyc(3627, &code(&instructions, &[b"N", b"z\x04aaaa"], &[], "<module>")), 1 << 20).unwrap();
    assert!(compiled.source.len() < 2 << 20);
    // A constant that is loaded again and again.
    let long = [&b"s"[..], &100_000_u32.to_le_bytes(), &[0xff; 100_000]].concat();
    let again: Vec<u8> = [82_u8, 0, 112, 0].repeat(10_000);
    let compiled = read(&pyc(3627, &code(&again, &[&long], &[], "<module>")), 1 << 20).unwrap();
    assert!(compiled.source.len() < 3 << 20);
    assert!(compiled.trouble.contains(&"byte code is longer than is written back"));
}
