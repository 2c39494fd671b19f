//! Other readers as oracles: what CPython, the `zip` crate or the `tar` crate can read of an archive, we hand over.
#![allow(clippy::disallowed_methods, clippy::disallowed_types, clippy::unwrap_used, reason = "a test is not the room")]

mod build;

use std::collections::HashSet;
use std::io::{Cursor, Read, Write};
use std::process::{Command, Output, Stdio};

use build::*;
use sha2::{Digest, Sha256};
use unpack::Limits;

/// Reads length-prefixed archives and answers each with lines of `name<TAB>length<TAB>sha256`, then an empty line.
const CPYTHON: &str = r"
import sys, io, zipfile, tarfile, hashlib, struct
out = open(1, 'w', encoding='utf-8', errors='surrogateescape', newline='\n')
def say(name, data):
    out.write(repr(name.rstrip('/'))[1:-1] + '\t%d\t' % len(data) + hashlib.sha256(data).hexdigest() + '\n')
while True:
    head = sys.stdin.buffer.read(4)
    if len(head) < 4: break
    data = sys.stdin.buffer.read(struct.unpack('<I', head)[0])
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            for info in archive.infolist():
                try: say(info.filename, archive.read(info))
                except Exception: pass
    except Exception: pass
    try:
        with tarfile.open(fileobj=io.BytesIO(data), mode='r:*') as archive:
            for info in archive:
                if info.isreg() and info.size < 1 << 24:
                    try: say(info.name, archive.extractfile(info).read())
                    except Exception: pass
    except Exception: pass
    out.write('\n')
out.flush()
";

/// What another reader makes of a member.
struct Theirs {
    name: String,
    length: usize,
    hash: String,
}

/// What CPython reads of each archive.
fn cpython(archives: &[Vec<u8>]) -> Vec<Vec<Theirs>> {
    let mut child = Command::new("python3")
        .args(["-I", "-c", CPYTHON])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("python3 is there");
    let mut stdin = child.stdin.take().unwrap();
    let sent = archives.to_vec();
    let writer = std::thread::spawn(move || {
        for archive in &sent {
            stdin.write_all(&(archive.len() as u32).to_le_bytes()).unwrap();
            stdin.write_all(archive).unwrap();
        }
    });
    let mut text = Vec::new();
    child.stdout.take().unwrap().read_to_end(&mut text).unwrap();
    writer.join().unwrap();
    child.wait().unwrap();
    let text = String::from_utf8_lossy(&text).into_owned();
    let mut answers = vec![Vec::new()];
    for line in text.lines() {
        let mut fields = line.split('\t');
        match (fields.next(), fields.next(), fields.next()) {
            (Some(name), Some(length), Some(hash)) => answers.last_mut().unwrap().push(Theirs {
                name: name.to_owned(),
                length: length.parse().unwrap(),
                hash: hash.to_owned(),
            }),
            _ => answers.push(Vec::new()),
        }
    }
    answers.pop();
    assert_eq!(answers.len(), archives.len());
    answers
}

fn digest(data: &[u8]) -> String {
    Sha256::digest(data).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Content is in the union, whatever the name; more of it will do where a size lies.
#[track_caller]
fn holds_all(seen: &Seen, theirs: &[Theirs], archive: &[u8], seed: &str) {
    for Theirs { name, length, hash } in theirs {
        let held =
            seen.members.iter().any(|member| member.data.get(..*length).is_some_and(|data| digest(data) == *hash));
        assert!(
            held,
            "{seed}: another reader shows {name}, we do not; {:?} {:?} {:?}\n{}",
            seen.paths(),
            seen.report.anomalies,
            seen.report.gaps,
            archive.escape_ascii()
        );
    }
}

/// What a program writes on standard output for an archive that it gets as a file, or as a stream.
fn asked(program: &str, arguments: &[&str], archive: &[u8], stream: bool) -> Output {
    let path = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("readers-{program}"));
    std::fs::write(&path, archive).unwrap();
    let mut command = Command::new(program);
    for argument in arguments {
        match *argument {
            "FILE" if stream => command.arg("@-"),
            "FILE" if program == "bsdtar" => command.arg(format!("@{}", path.display())),
            "FILE" => command.arg(&path),
            other => command.arg(other),
        };
    }
    let input = if stream { Stdio::from(std::fs::File::open(&path).unwrap()) } else { Stdio::null() };
    let output = command.stdin(input).output();
    output.unwrap_or_else(|error| panic!("{program} is not installed: run tests/run ({error})"))
}

/// What libarchive reads: the archive is written anew as a tar, and that is read. Nothing is unpacked to disk.
fn libarchive(archive: &[u8], stream: bool) -> Vec<Theirs> {
    let tar = asked("bsdtar", &["-c", "-f", "-", "--format=pax", "FILE"], archive, stream).stdout;
    let mut theirs = Vec::new();
    let mut entries = tar::Archive::new(tar.as_slice());
    for entry in entries.entries().unwrap().take(1000) {
        let Ok(mut entry) = entry else { break };
        let mut data = Vec::new();
        if entry.header().entry_type().is_file() && entry.read_to_end(&mut data).is_ok() {
            // Where an archive ends early, zeros stand for the rest.
            data.truncate(data.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1));
            let name = entry.path_bytes().escape_ascii().to_string();
            theirs.push(Theirs { name, length: data.len(), hash: digest(&data) });
        }
    }
    theirs
}

#[test]
fn all_that_libarchive_reads_is_handed_over_as_a_file_and_as_a_stream() {
    let mut dice = Dice(0x0bad_cafe_0bad_cafe);
    let seeds = seeds();
    let mut shown = 0;
    for number in 0..300 {
        let (name, bytes) = &seeds[number % seeds.len()];
        let bytes = if number < seeds.len() { bytes.clone() } else { mutate(bytes, &mut dice) };
        for stream in [false, true] {
            let theirs = libarchive(&bytes, stream);
            shown += theirs.len();
            holds_all(&examine(&bytes), &theirs, &bytes, &format!("{name} #{number}, stream: {stream}"));
        }
    }
    assert!(shown > 500, "the mutations leave nothing to read: {shown}");
}

#[test]
fn all_that_unzip_reads_is_handed_over() {
    let mut dice = Dice(0x5eed_5eed_5eed_5eed);
    let seeds: Vec<_> = seeds().into_iter().filter(|(name, _)| *name == "zip").collect();
    let mut shown = 0;
    for number in 0..200 {
        let (name, bytes) = &seeds[number % seeds.len()];
        let bytes = if number < seeds.len() { bytes.clone() } else { mutate(bytes, &mut dice) };
        // All contents one after another: each line of them is in some member, or the end of one and the start of the
        // next are.
        let output = asked("unzip", &["-p", "FILE"], &bytes, false);
        // Of what it finds damaged it shows what stood in its memory.
        let contents = if matches!(output.status.code(), Some(0 | 1)) { output.stdout } else { continue };
        let seen = examine(&bytes);
        for line in contents.split(|byte| *byte == b'\n').filter(|line| line.len() > 3) {
            shown += 1;
            let shows =
                |part: &[u8]| seen.members.iter().any(|member| memchr::memmem::find(&member.data, part).is_some());
            let held = shows(line) || (1..line.len()).any(|at| shows(&line[..at]) && shows(&line[at..]));
            assert!(held, "{name} #{number}: unzip shows {}, we do not: {:?}", line.escape_ascii(), seen.paths());
        }
    }
    assert!(shown > 300, "the mutations leave nothing to read: {shown}");
}

/// Archives of every shape that the mutations start from.
fn seeds() -> Vec<(&'static str, Vec<u8>)> {
    let text = "import os\n".repeat(30);
    let entries = [
        deflated("p/setup.py", PAYLOAD),
        stored("p/a.txt", text.as_bytes()),
        streamed("p/b.py", text.as_bytes(), false),
        stored("p/c/", b""),
    ];
    let parts = [
        header("p/", b'5', 0, ""),
        file("p/setup.py", PAYLOAD),
        pax(b'x', &[("path", "p/näme.py"), ("mtime", "1.5")]),
        file("p/name.py", text.as_bytes()),
        link("p/link.py", "setup.py"),
        header("p/hard.py", b'1', 0, "p/setup.py"),
        file("p/last.py", b"1\n"),
    ];
    let zipped = zip(&entries);
    let tarred = tar(&parts);
    vec![
        ("zip in zip", zip(&[stored("inner.zip", &zipped), deflated("b.py", PAYLOAD)])),
        ("tar.gz", gzip(&tarred)),
        ("tar.bz2", bzip2(&tarred)),
        ("zip", zipped),
        ("tar", tarred),
    ]
}

/// One to six small changes: bits, bytes, copied pieces, cuts, doubled pieces.
fn mutate(bytes: &[u8], dice: &mut Dice) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    for _ in 0..=dice.roll(6) {
        if bytes.is_empty() {
            break;
        }
        let (at, to) = (dice.roll(bytes.len()), dice.roll(bytes.len()));
        match dice.roll(8) {
            0 => bytes[at] ^= 1 << dice.roll(8),
            1 => bytes[at] = dice.roll(256) as u8,
            2 => bytes[at] = [0, 0xff, b'/', b'0', b'P', 8, 1, 4][dice.roll(8)],
            3 => {
                let piece = bytes[at..(at + dice.roll(64)).min(bytes.len())].to_vec();
                let end = (to + piece.len()).min(bytes.len());
                bytes[to..end].copy_from_slice(&piece[..end - to]);
            }
            4 => {
                let piece = bytes[at..(at + dice.roll(600)).min(bytes.len())].to_vec();
                bytes.splice(to..to, piece);
            }
            5 if dice.roll(4) == 0 => bytes.truncate(at),
            6 => {
                let end = (at + dice.roll(40)).min(bytes.len());
                bytes.drain(at..end);
            }
            // Headers of tars are only read when their checksum is right.
            _ if bytes.len() >= 1024 => {
                let block = dice.roll(bytes.len() / 512) * 512;
                bytes[block + [0, 100, 124, 130, 156, 257, 345][dice.roll(7)]] ^= 1 << dice.roll(4);
                let fixed = checked(bytes[block..block + 512].to_vec());
                bytes[block..block + 512].copy_from_slice(&fixed);
            }
            _ => {}
        }
    }
    bytes
}

#[test]
fn all_that_cpython_reads_of_mutated_archives_is_handed_over() {
    let mut dice = Dice(0x9e37_79b9_7f4a_7c15);
    let seeds = seeds();
    let archives: Vec<(String, Vec<u8>)> = (0..1500)
        .map(|number| {
            let (name, bytes) = &seeds[number % seeds.len()];
            (format!("{name} #{number}"), mutate(bytes, &mut dice))
        })
        .collect();
    let answers = cpython(&archives.iter().map(|(_, bytes)| bytes.clone()).collect::<Vec<_>>());
    assert!(answers.iter().filter(|answer| !answer.is_empty()).count() > 500, "the mutations leave nothing to read");
    for ((seed, bytes), theirs) in archives.iter().zip(&answers) {
        holds_all(&examine(bytes), theirs, bytes, seed);
    }
}

/// A member behind some of the records that give it another name.
fn named(dice: &mut Dice, number: usize) -> Vec<Vec<u8>> {
    const NAMES: [&str; 4] = ["p/setup.py", "p/notes.txt", "p/tool.py", "p/other.txt"];
    let mut parts = Vec::new();
    for _ in 0..dice.roll(4) {
        let name = NAMES[dice.roll(4)];
        let key = ["path", "GNU.sparse.name"][dice.roll(2)];
        parts.push(match dice.roll(3) {
            0 => pax(b'g', &[(key, name)]),
            1 => pax(b'x', &[(key, name)]),
            _ => pax(b'x', &[("path", name), ("GNU.sparse.name", NAMES[dice.roll(4)])]),
        });
    }
    parts.push(file(NAMES[dice.roll(4)], format!("content = {number}\n").as_bytes()));
    parts
}

#[test]
fn every_name_that_cpython_gives_a_member_is_one_of_its_names_here() {
    let mut dice = Dice(0x7ac0_7ac0_7ac0_7ac0);
    let archives: Vec<Vec<u8>> = (0..600)
        .map(|_| {
            let mut parts = vec![file("p/first.txt", b"first\n")];
            (0..3).for_each(|number| parts.extend(named(&mut dice, number)));
            tar(&parts)
        })
        .collect();
    let mut renamed = 0;
    for (bytes, theirs) in archives.iter().zip(cpython(&archives)) {
        let seen = examine(bytes);
        for Theirs { name, hash, .. } in theirs {
            let held = seen.members.iter().any(|member| member.path == name && digest(&member.data) == hash);
            assert!(held, "CPython shows {name}, we have {:?}\n{}", seen.paths(), bytes.escape_ascii());
            renamed += usize::from(name != "p/first.txt");
        }
    }
    assert!(renamed > 1000, "{renamed}");
}

#[test]
fn honest_archives_are_read_as_cpython_reads_them() {
    let seeds = seeds();
    let answers = cpython(&seeds.iter().map(|(_, bytes)| bytes.clone()).collect::<Vec<_>>());
    for ((name, bytes), theirs) in seeds.iter().zip(&answers) {
        let seen = examine(bytes);
        assert!(seen.kinds().iter().all(|kind| *kind == "link"), "{name}: {:?}", seen.report.anomalies);
        let ours: HashSet<String> =
            seen.members.iter().filter(|member| member.nesting == 0).map(|member| digest(&member.data)).collect();
        let files: HashSet<String> = theirs.iter().map(|member| member.hash.clone()).collect();
        assert!(files.iter().all(|hash| ours.contains(hash)), "{name}");
        assert!(theirs.len() >= 2, "{name}");
    }
}

#[test]
fn all_that_the_zip_and_tar_crates_read_is_handed_over() {
    let mut dice = Dice(0x0123_4567_89ab_cdef);
    let seeds = seeds();
    for number in 0..3000 {
        let (name, bytes) = &seeds[number % seeds.len()];
        let bytes = mutate(bytes, &mut dice);
        let mut theirs = Vec::new();
        if let Ok(mut archive) = zip::ZipArchive::new(Cursor::new(&bytes)) {
            for index in 0..archive.len().min(1000) {
                let Ok(mut file) = archive.by_index(index) else { continue };
                let mut data = Vec::new();
                if file.read_to_end(&mut data).is_ok() {
                    let name = String::from_utf8_lossy(file.name_raw()).into_owned();
                    theirs.push(Theirs { name, length: data.len(), hash: digest(&data) });
                }
            }
        }
        if *name == "tar" {
            let mut archive = tar::Archive::new(bytes.as_slice());
            for entry in archive.entries().unwrap().take(1000) {
                let Ok(mut entry) = entry else { break };
                let size = entry.size();
                let mut data = Vec::new();
                let regular = entry.header().entry_type().is_file();
                if regular && entry.read_to_end(&mut data).is_ok() && data.len() as u64 == size {
                    let name = entry.path_bytes().escape_ascii().to_string();
                    theirs.push(Theirs { name, length: data.len(), hash: digest(&data) });
                }
            }
        }
        holds_all(&examine(&bytes), &theirs, &bytes, &format!("{name} #{number}"));
    }
}

#[test]
fn mutated_archives_stay_within_limits() {
    let mut dice = Dice(0xfeed_beef_cafe_f00d);
    let seeds = seeds();
    let limits = Limits { total: 20_000, member: 2_000, members: 12, nesting: 1, ..Limits::default() };
    for number in 0..6000 {
        let bytes = mutate(&seeds[number % seeds.len()].1, &mut dice);
        let seen = examine_within(&bytes, &limits);
        assert!(seen.members.len() <= 12);
        assert!(seen.members.iter().all(|member| member.data.len() <= 2_000));
        assert!(seen.members.iter().map(|member| member.data.len()).sum::<usize>() <= 40_000);
        assert_eq!(seen.members.len() as u64, seen.report.members);
    }
}
