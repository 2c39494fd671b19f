//! Tars that two readers read differently, links that lead elsewhere, and streams that go on.

use crate::case::*;
use crate::craft::*;

fn head(name: &str, kind: u8, size: usize) -> TarHead {
    TarHead::new(name, kind, size as u64)
}

pub(crate) fn links() -> Vec<Case> {
    let mut cases = Cases::new(Row::Links);
    let setup = setup_with_payload();
    let start = || vec![folder("demo-1.0/"), file("demo-1.0/PKG-INFO", METADATA)];
    let with = |parts: &[Vec<u8>]| tar_gz(&[start(), parts.to_vec()].concat());
    let mut seen = |name: &str, parts: &[Vec<u8>], rule| cases.seen(name, SDIST, with(parts), rule);
    let data = file("demo-1.0/data.txt", &setup);

    // The code is a text; setup.py only leads to it.
    seen("alias-symlink", &[data.clone(), symlink("demo-1.0/setup.py", "data.txt")], "archive-link");
    seen("alias-symlink-first", &[symlink("demo-1.0/setup.py", "data.txt"), data.clone()], "");
    seen("alias-hardlink", &[data.clone(), hardlink("demo-1.0/setup.py", "demo-1.0/data.txt")], "");
    seen("alias-dotted", &[data.clone(), symlink("demo-1.0/setup.py", "./a/../data.txt")], "");
    seen(
        "alias-chain",
        &[
            data.clone(),
            symlink("demo-1.0/a", "data.txt"),
            symlink("demo-1.0/b", "a"),
            symlink("demo-1.0/c", "b"),
            symlink("demo-1.0/setup.py", "c"),
        ],
        "",
    );
    seen(
        "alias-hard-chain",
        &[data.clone(), hardlink("demo-1.0/a", "demo-1.0/data.txt"), hardlink("demo-1.0/setup.py", "demo-1.0/a")],
        "",
    );
    seen(
        "alias-hard-to-symlink",
        &[data.clone(), symlink("demo-1.0/a", "data.txt"), hardlink("demo-1.0/setup.py", "demo-1.0/a")],
        "",
    );
    seen(
        "alias-through-folder",
        &[
            file("demo-1.0/notes/data.txt", &setup),
            symlink("demo-1.0/lib", "notes"),
            symlink("demo-1.0/setup.py", "lib/data.txt"),
        ],
        "",
    );
    seen(
        "folder-alias",
        &[
            file("demo-1.0/setup.py", SETUP),
            file("demo-1.0/notes/__init__.txt", CLEAN),
            file("demo-1.0/notes/inner.txt", &setup),
            symlink("demo-1.0/demo/__init__.py", "../notes/inner.txt"),
        ],
        "",
    );
    seen(
        "package-is-a-link",
        &[
            file("demo-1.0/setup.py", SETUP),
            file("demo-1.0/docs/__init__.py", &setup),
            symlink("demo-1.0/demo", "docs"),
        ],
        "",
    );
    seen(
        "link-then-file",
        &[
            symlink("demo-1.0/demo", "docs"),
            file("demo-1.0/setup.py", SETUP),
            file("demo-1.0/demo/__init__.py", &setup),
        ],
        "",
    );
    seen("link-replaced-by-file", &[symlink("demo-1.0/setup.py", "../x"), file("demo-1.0/setup.py", &setup)], "");
    seen(
        "file-replaced-by-link",
        &[data.clone(), file("demo-1.0/setup.py", SETUP), symlink("demo-1.0/setup.py", "data.txt")],
        "",
    );
    seen(
        "alias-pax-linkpath",
        &[data.clone(), pax(b'x', &[("linkpath", "data.txt")]), symlink("demo-1.0/setup.py", "other.txt")],
        "",
    );
    seen(
        "alias-gnu-long-link",
        &[
            data.clone(),
            gnu_long(b'K', &format!("{}data.txt", "./".repeat(60))),
            TarHead::new("demo-1.0/setup.py", b'2', 0).gnu().link("data").bytes(),
        ],
        "",
    );
    seen(
        "pth-alias",
        &[
            file("demo-1.0/setup.py", SETUP),
            file("demo-1.0/notes.txt", &short_payload()),
            symlink("demo-1.0/demo.pth", "notes.txt"),
        ],
        "",
    );

    let clean = file("demo-1.0/setup.py", SETUP);
    let mut told = |name: &str, parts: &[Vec<u8>], rule| {
        cases.told(name, SDIST, with(&[&[clean.clone()][..], parts].concat()), rule);
    };
    for (name, target) in [
        ("passwd", "/etc/passwd"),
        ("climb", "../../../../etc/passwd"),
        ("home", "../../../.ssh/id_rsa"),
        ("root", "/"),
        ("windows", "C:\\Windows\\win.ini"),
        ("parent", ".."),
    ] {
        if name != "parent" {
            told(&format!("escape-symlink-{name}"), &[symlink("demo-1.0/demo/link.py", target)], "archive-path-escape");
        }
        told(&format!("escape-hardlink-{name}"), &[hardlink("demo-1.0/demo/link.py", target)], "archive-path-escape");
    }
    told("escape-by-two", &[symlink("demo-1.0/up", ".."), symlink("demo-1.0/out", "up/../x")], "archive-path-escape");
    told(
        "write-through-link",
        &[symlink("demo-1.0/out", "/tmp"), file("demo-1.0/out/evil.py", CLEAN)],
        "archive-path-escape",
    );
    told(
        "loop-of-two",
        &[symlink("demo-1.0/a.py", "b.py"), symlink("demo-1.0/b.py", "a.py")],
        "archive-special-member",
    );
    told("loop-of-one", &[symlink("demo-1.0/a.py", "a.py")], "archive-special-member");
    told("loop-of-folders", &[symlink("demo-1.0/a", "b/c"), symlink("demo-1.0/b", "a/c")], "archive-special-member");
    let chain: Vec<Vec<u8>> = (0..300).map(|n| symlink(&format!("demo-1.0/l{n}"), &format!("l{}", n + 1))).collect();
    told("chain-too-long", &chain, "archive-special-member");
    for (name, kind) in [("character-device", b'3'), ("block-device", b'4'), ("pipe", b'6')] {
        told(name, &[head("demo-1.0/demo/dev", kind, 0).with(329, b"0000001\0").bytes()], "archive-special-member");
    }

    // What honest projects do with links.
    let mut clear = |name: &str, parts: &[Vec<u8>]| cases.clear(name, SDIST, sdist_and(parts));
    clear("honest-symlink", &[file("demo-1.0/LICENSE", b"MIT\n"), symlink("demo-1.0/demo/LICENSE", "../LICENSE")]);
    clear(
        "honest-hardlink",
        &[file("demo-1.0/README", b"Hello\n"), hardlink("demo-1.0/demo/README", "demo-1.0/README")],
    );
    clear(
        "honest-folder-link",
        &[folder("demo-1.0/docs/"), file("demo-1.0/docs/a.txt", b"a\n"), symlink("demo-1.0/demo/docs", "../docs")],
    );
    clear("honest-dangling", &[symlink("demo-1.0/demo/latest", "nowhere.txt")]);
    clear(
        "honest-chain",
        &[
            file("demo-1.0/lib.so.1.2", b"x\n"),
            symlink("demo-1.0/lib.so.1", "lib.so.1.2"),
            symlink("demo-1.0/lib.so", "lib.so.1"),
        ],
    );
    clear("honest-module-link", &[file("demo-1.0/demo/core.py", CLEAN), symlink("demo-1.0/demo/alias.py", "core.py")]);
    clear("honest-test-link-out", &[symlink("demo-1.0/tests/data/link", "../../../outside")]);
    cases.all
}

pub(crate) fn ambiguity() -> Vec<Case> {
    let mut cases = Cases::new(Row::TarAmbiguity);
    let evil = payload();
    let setup = setup_with_payload();
    let mut seen = |name: &str, parts: &[Vec<u8>], rule| cases.seen(name, SDIST, sdist_and(parts), rule);

    // Two sizes: whoever believes the header finds other entries than whoever believes pax.
    let inner = tar(&[file("demo-1.0/setup.py", &setup)]);
    let inner = inner[..inner.len().min(6 * BLOCK)].to_vec();
    let size = inner.len().to_string();
    seen(
        "pax-size-hides-entries",
        &[pax(b'x', &[("size", &size)]), head("demo-1.0/blob.txt", b'0', 0).bytes(), inner.clone()],
        "archive-two-readings",
    );
    seen(
        "header-size-hides-entries",
        &[pax(b'x', &[("size", "0")]), head("demo-1.0/blob.txt", b'0', inner.len()).bytes(), inner.clone()],
        "archive-two-readings",
    );
    seen(
        "pax-size-twice",
        &[
            pax(b'x', &[("size", "0"), ("size", &size)]),
            head("demo-1.0/blob.txt", b'0', inner.len()).bytes(),
            inner.clone(),
        ],
        "archive-two-readings",
    );
    seen(
        "global-size",
        &[pax(b'g', &[("size", &size)]), head("demo-1.0/blob.txt", b'0', 0).bytes(), inner.clone()],
        "archive-two-readings",
    );
    for (name, kind) in [("folder", b'5'), ("symlink", b'2'), ("hardlink", b'1'), ("device", b'3'), ("pipe", b'6')] {
        let parts = [head("demo-1.0/thing", kind, inner.len()).link("demo-1.0/PKG-INFO").bytes(), inner.clone()];
        seen(&format!("{name}-with-size"), &parts, "archive-two-readings");
    }
    let base = [&[0x80u8, 0, 0, 1][..], &(0u64).to_be_bytes()].concat();
    seen("binary-size-high-bytes", &[head("demo-1.0/blob.txt", b'0', 0).with(124, &base).bytes(), inner.clone()], "");

    // Two names.
    seen("pax-path-is-code", &[pax(b'x', &[("path", "demo-1.0/setup.py")]), file("demo-1.0/notes.txt", &setup)], "");
    seen("header-name-is-code", &[pax(b'x', &[("path", "demo-1.0/notes.txt")]), file("demo-1.0/setup.py", &setup)], "");
    seen(
        "pax-path-twice",
        &[
            pax(b'x', &[("path", "demo-1.0/setup.py"), ("path", "demo-1.0/notes.txt")]),
            file("demo-1.0/other.txt", &setup),
        ],
        "archive-two-readings",
    );
    seen(
        "gnu-name-against-pax",
        &[
            gnu_long(b'L', "demo-1.0/setup.py"),
            pax(b'x', &[("path", "demo-1.0/notes.txt")]),
            file("demo-1.0/other.txt", &setup),
        ],
        "archive-two-readings",
    );
    seen(
        "pax-against-gnu-name",
        &[
            pax(b'x', &[("path", "demo-1.0/notes.txt")]),
            gnu_long(b'L', "demo-1.0/setup.py"),
            file("demo-1.0/other.txt", &setup),
        ],
        "archive-two-readings",
    );
    seen(
        "gnu-name-twice",
        &[
            gnu_long(b'L', "demo-1.0/notes.txt"),
            gnu_long(b'L', "demo-1.0/setup.py"),
            file("demo-1.0/other.txt", &setup),
        ],
        "archive-two-readings",
    );
    seen("gnu-name-with-zero", &[gnu_long(b'L', "demo-1.0/setup.py\0.txt"), file("demo-1.0/other.txt", &setup)], "");
    seen(
        "global-path",
        &[pax(b'g', &[("path", "demo-1.0/setup.py")]), file("demo-1.0/notes.txt", &setup)],
        "archive-two-readings",
    );
    let prefixed = [head("setup.py", b'0', setup.len()).gnu().with(345, b"demo-1.0").bytes(), padded(&setup)].concat();
    seen("prefix-in-gnu", &[prefixed], "");
    let prefixed =
        [head("setup.py", b'0', setup.len()).with(257, &[0; 8]).with(345, b"demo-1.0").bytes(), padded(&setup)]
            .concat();
    seen("prefix-without-magic", &[prefixed], "");

    // pax records that readers understand differently.
    for (name, records) in [
        ("length-short", b"10 path=demo-1.0/setup.py\n".to_vec()),
        ("length-long", b"99 path=demo-1.0/setup.py\n".to_vec()),
        ("no-newline", b"26 path=demo-1.0/setup.pyX".to_vec()),
        ("no-equals", b"25 path demo-1.0/setup.py\n".to_vec()),
        ("zero-length", b"0 path=demo-1.0/setup.py\n".to_vec()),
        ("huge-length", b"99999999999999999999999999 path=x\n".to_vec()),
        ("newline-inside", pax_record("path", b"demo-1.0/setup.py\n26 path=demo-1.0/notes.txt")),
        ("zero-inside", pax_record("path", b"demo-1.0/setup.py\0.txt")),
        ("not-utf8", pax_record("path", b"demo-1.0/\xff\xfesetup.py")),
        ("leading-zeros", b"0026 path=demo-1.0/setup.py\n".to_vec()),
        ("signed-length", b"+26 path=demo-1.0/setup.py\n".to_vec()),
    ] {
        let mut more = Cases::new(Row::TarAmbiguity);
        more.seen(
            format!("pax-{name}"),
            SDIST,
            sdist_and(&[pax_raw(b'x', &records), file("demo-1.0/tool.py", &setup)]),
            "",
        );
        cases.all.extend(more.all);
    }
    let mut seen = |name: &str, parts: &[Vec<u8>], rule| cases.seen(name, SDIST, sdist_and(parts), rule);
    seen(
        "hdrcharset-binary",
        &[pax(b'x', &[("hdrcharset", "BINARY"), ("path", "demo-1.0/setup.py")]), file("demo-1.0/notes.txt", &setup)],
        "",
    );

    // One name twice; sparse; unknown types.
    seen("duplicate", &[file("demo-1.0/setup.py", &setup)], "archive-duplicate-name");
    seen("duplicate-dotted", &[file("./demo-1.0/setup.py", &setup)], "archive-duplicate-name");
    seen("duplicate-double-slash", &[file("demo-1.0//setup.py", &setup)], "archive-duplicate-name");
    seen("duplicate-dot-part", &[file("demo-1.0/./setup.py", &setup)], "archive-duplicate-name");
    seen("duplicate-climbing", &[file("demo-1.0/demo/../setup.py", &setup)], "");
    seen(
        "unknown-type",
        &[[head("demo-1.0/tool.py", b'Q', setup.len()).bytes(), padded(&setup)].concat()],
        "archive-special-member",
    );
    seen("contiguous-type", &[[head("demo-1.0/demo/tool.py", b'7', setup.len()).bytes(), padded(&setup)].concat()], "");
    seen("folder-type-zero", &[[head("demo-1.0/tool.py/", 0, setup.len()).bytes(), padded(&setup)].concat()], "");
    for (name, kind) in [
        ("volume-label", b'V'),
        ("multi-volume", b'M'),
        ("solaris", b'X'),
        ("old-names", b'N'),
        ("dump-folder", b'D'),
        ("attributes", b'A'),
    ] {
        let parts = [head("demo-1.0/tool.py", kind, setup.len()).bytes(), padded(&setup)].concat();
        cases_told(&mut cases, &format!("type-{name}"), &[parts]);
    }
    sparse(&mut cases, &evil);

    let mut clear = |name: &str, parts: &[Vec<u8>]| cases.clear(name, SDIST, sdist_and(parts));
    let long = format!("demo-1.0/demo/{}/module.py", "folder_with_a_long_name/".repeat(6).trim_end_matches('/'));
    clear("honest-pax-long-path", &[pax(b'x', &[("path", &long)]), file(&long[..100], CLEAN)]);
    clear(
        "honest-gnu-long-name",
        &[gnu_long(b'L', &long), TarHead::new(&long[..100], b'0', CLEAN.len() as u64).gnu().bytes(), padded(CLEAN)],
    );
    clear(
        "honest-gnu-long-link",
        &[
            file("demo-1.0/x.txt", b"x\n"),
            gnu_long(b'K', &format!("{}x.txt", "../demo-1.0/".repeat(12))),
            TarHead::new("demo-1.0/y.txt", b'2', 0).gnu().link(&"../demo-1.0/".repeat(8)).bytes(),
        ],
    );
    clear(
        "honest-pax-times",
        &[pax(b'x', &[("mtime", "1700000000.123456"), ("atime", "1700000000.5")]), file("demo-1.0/demo/a.py", CLEAN)],
    );
    clear(
        "honest-pax-owner",
        &[pax(b'x', &[("uname", "jürgen"), ("gname", "användare")]), file("demo-1.0/demo/a.py", CLEAN)],
    );
    clear(
        "honest-pax-unicode",
        &[pax(b'x', &[("path", "demo-1.0/docs/Überblick.txt")]), file("demo-1.0/docs/?berblick.txt", b"text\n")],
    );
    clear(
        "honest-pax-global-comment",
        &[pax(b'g', &[("comment", "52f5e4b0a1b0c0ffee")]), file("demo-1.0/demo/a.py", CLEAN)],
    );
    clear(
        "honest-xattr",
        &[
            pax(b'x', &[("SCHILY.xattr.com.apple.provenance", "x"), ("LIBARCHIVE.xattr.a", "eA==")]),
            file("demo-1.0/demo/a.py", CLEAN),
        ],
    );
    clear(
        "honest-gnu-format",
        &[[TarHead::new("demo-1.0/demo/a.py", b'0', CLEAN.len() as u64).gnu().bytes(), padded(CLEAN)].concat()],
    );
    clear(
        "honest-v7-format",
        &[[head("demo-1.0/demo/a.py", 0, CLEAN.len()).with(257, &[0; 8]).bytes(), padded(CLEAN)].concat()],
    );
    let prefixed = [head("a.py", b'0', CLEAN.len()).with(345, b"demo-1.0/demo").bytes(), padded(CLEAN)].concat();
    clear("honest-ustar-prefix", &[prefixed]);
    clear("honest-duplicate-same", &[file("demo-1.0/demo/__init__.py", CLEAN)]);
    clear("honest-empty-file", &[file("demo-1.0/demo/py.typed", b"")]);
    clear("honest-folder-twice", &[folder("demo-1.0/demo/"), folder("demo-1.0/demo/")]);
    let dotted: Vec<Vec<u8>> = vec![
        folder("./"),
        folder("./demo-1.0/"),
        file("./demo-1.0/PKG-INFO", METADATA),
        file("./demo-1.0/setup.py", SETUP),
        file("./demo-1.0/demo/__init__.py", CLEAN),
    ];
    cases.clear("honest-dot-prefix", SDIST, tar_gz(&dotted));
    cases.all
}

fn cases_told(cases: &mut Cases, name: &str, parts: &[Vec<u8>]) {
    cases.seen(name, SDIST, sdist_and(parts), "");
}

/// Files with holes: the code is put together by whoever expands them.
fn sparse(cases: &mut Cases, evil: &[u8]) {
    let (left, right) = evil.split_at(evil.len() / 2);
    let stored = [left, right].concat();
    let mut old = head("demo-1.0/demo/tool.py", b'S', stored.len()).gnu();
    old.put(386, format!("{:011o}\0{:011o}\0", 0, left.len()).as_bytes());
    old.put(410, format!("{:011o}\0{:011o}\0", left.len(), right.len()).as_bytes());
    old.put(483, format!("{:011o}\0", stored.len()).as_bytes());
    cases.seen("sparse-gnu", SDIST, sdist_and(&[old.bytes(), padded(&stored)]), "archive-special-member");
    let map = format!("0,{},{},{}", left.len(), left.len(), right.len());
    let records = [
        ("GNU.sparse.size", stored.len().to_string()),
        ("GNU.sparse.numblocks", "2".to_owned()),
        ("GNU.sparse.map", map),
        ("GNU.sparse.name", "demo-1.0/demo/tool.py".to_owned()),
    ];
    let records: Vec<(&str, &str)> = records.iter().map(|(key, value)| (*key, value.as_str())).collect();
    cases.seen(
        "sparse-pax-0-1",
        SDIST,
        sdist_and(&[pax(b'x', &records), file("demo-1.0/GNUSparseFile.0/tool.py", &stored)]),
        "",
    );
    let mut data = padded(format!("2\n0\n{}\n{}\n{}\n", left.len(), left.len(), right.len()).as_bytes());
    data.extend(&stored);
    let size = stored.len().to_string();
    let records = [
        ("GNU.sparse.major", "1"),
        ("GNU.sparse.minor", "0"),
        ("GNU.sparse.name", "demo-1.0/demo/tool.py"),
        ("GNU.sparse.realsize", size.as_str()),
    ];
    cases.seen(
        "sparse-pax-1-0",
        SDIST,
        sdist_and(&[pax(b'x', &records), file("demo-1.0/GNUSparseFile.0/tool.py", &data)]),
        "",
    );
    // Ten exabytes of nothing.
    let records = [
        ("GNU.sparse.major", "1"),
        ("GNU.sparse.minor", "0"),
        ("GNU.sparse.name", "demo-1.0/demo/tool.py"),
        ("GNU.sparse.realsize", "9000000000000000000"),
    ];
    let mut holes = padded(b"1\n8999999999999999000\n10\n");
    holes.extend(b"0123456789");
    cases.told(
        "sparse-exabytes",
        SDIST,
        sdist_and(&[pax(b'x', &records), file("demo-1.0/GNUSparseFile.0/tool.py", &holes)]),
        "",
    );
}

pub(crate) fn streams() -> Vec<Case> {
    let mut cases = Cases::new(Row::Streams);
    let setup = setup_with_payload();
    let hidden = file("demo-1.0/setup.py", &setup);
    let plain = tar(&sdist_parts(SETUP));
    let evil = tar(&sdist_parts(&setup));

    // Behind the end of the tar.
    let mut seen = |name: &str, bytes: Vec<u8>, rule| cases.seen(name, SDIST, bytes, rule);
    seen("header-behind-end", gzip(&[&plain[..], &hidden].concat()), "");
    seen("archive-behind-end", gzip(&[&plain[..], &evil].concat()), "");
    seen(
        "one-zero-block",
        gzip(&[sdist_parts(SETUP).concat(), vec![0; BLOCK], hidden.clone(), vec![0; 1024]].concat()),
        "",
    );
    seen("text-behind-end", gzip(&[&plain[..], &payload()].concat()), "archive-extra-bytes");
    seen(
        "zip-behind-end",
        gzip(&[&plain[..], &Zip::of(vec![Entry::deflated("demo-1.0/setup.py", &setup)]).bytes()].concat()),
        "",
    );
    seen(
        "padding-is-code",
        {
            let mut parts = sdist_parts(SETUP).concat();
            // Between a member's end and the next block.
            let at = parts.len() - BLOCK + CLEAN.len();
            let code = payload();
            parts[at..at + code.len()].copy_from_slice(&code);
            gzip(&[parts, vec![0; 1024]].concat())
        },
        "",
    );
    seen(
        "bad-checksum-then-more",
        {
            let mut broken = TarHead::new("demo-1.0/x", b'0', 0).bytes();
            broken[148] ^= 1;
            gzip(&[sdist_parts(SETUP).concat(), broken, hidden.clone(), vec![0; 1024]].concat())
        },
        "",
    );
    seen(
        "garbage-block-then-more",
        gzip(&[sdist_parts(SETUP).concat(), vec![b'#'; BLOCK], hidden.clone(), vec![0; 1024]].concat()),
        "",
    );

    // Streams: several, of another kind, broken.
    let half = plain.len() / 2 / BLOCK * BLOCK;
    seen("second-gzip-member", [gzip(&plain), gzip(&evil)].concat(), "");
    seen("second-gzip-member-hidden", [gzip(&plain), gzip(&hidden)].concat(), "");
    seen("many-gzip-members", evil.chunks(700).map(gzip).collect::<Vec<_>>().concat(), "");
    seen("split-gzip", [gzip(&evil[..half]), gzip(&evil[half..])].concat(), "");
    seen("gzip-then-code", [gzip(&plain), payload()].concat(), "archive-extra-bytes");
    seen("gzip-then-zip", [gzip(&plain), Zip::of(vec![Entry::deflated("setup.py", &setup)]).bytes()].concat(), "");
    seen("gzip-then-tar", [gzip(&plain), evil.clone()].concat(), "");
    seen("gzip-then-xz", [gzip(&plain), xz(&evil)].concat(), "");
    seen("gzip-zeros-gzip", [gzip(&plain), vec![0; 64], gzip(&evil)].concat(), "");
    seen("gzip-garbage-gzip", [gzip(&plain), b"garbage".to_vec(), gzip(&evil)].concat(), "");
    seen("gzip-of-gzip", gzip(&gzip(&evil)), "");
    seen("gzip-of-xz", gzip(&xz(&evil)), "");
    seen("plain-tar", evil.clone(), "archive-two-readings");
    seen("bzip2-tar", bzip2(&evil), "archive-two-readings");
    seen("xz-tar", xz(&evil), "");
    seen("lzma-tar", lzma(&evil), "");
    seen("zstd-tar", zstd(&evil), "");
    seen("zip-as-tar-gz", sdist_zip().and(Entry::deflated("demo-1.0/demo/tool.py", &setup)).bytes(), "");
    seen(
        "gzip-checksum",
        {
            let mut bytes = gzip(&evil);
            let at = bytes.len() - 8;
            bytes[at] ^= 0xff;
            bytes
        },
        "",
    );
    seen(
        "gzip-length",
        {
            let mut bytes = gzip(&evil);
            let at = bytes.len() - 1;
            bytes[at] ^= 0xff;
            bytes
        },
        "",
    );
    seen(
        "gzip-without-trailer",
        {
            let bytes = gzip(&evil);
            bytes[..bytes.len() - 8].to_vec()
        },
        "",
    );
    seen(
        "gzip-name-is-code",
        {
            let body = gzip(&plain);
            let name: Vec<u8> = String::from_utf8(payload()).unwrap().replace('\n', ";").into_bytes();
            [&[0x1f, 0x8b, 8, 8, 0, 0, 0, 0, 0, 3][..], &name, &[0], &body[10..]].concat()
        },
        "",
    );
    seen(
        "gzip-extra-is-code",
        {
            let body = gzip(&plain);
            let code = payload();
            [&[0x1f, 0x8b, 8, 4, 0, 0, 0, 0, 0, 3][..], &(code.len() as u16).to_le_bytes(), &code, &body[10..]].concat()
        },
        "",
    );
    let evil_first = [sdist_parts(&setup).concat(), file("demo-1.0/last.txt", &vec![b'a'; 20_000])].concat();
    seen("cut-inside-member", gzip(&evil_first[..evil_first.len() - 9_000]), "");
    seen(
        "cut-inside-stream",
        {
            let noise: Vec<u8> = (0..40_000u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
            let bytes = tar_gz(&[sdist_parts(&setup), vec![file("demo-1.0/noise.bin", &noise)]].concat());
            bytes[..bytes.len() * 3 / 4].to_vec()
        },
        "",
    );

    // The honest ways to end a file.
    let mut clear = |name: &str, bytes: Vec<u8>| cases.clear(name, SDIST, bytes);
    clear("honest-two-blocks", gzip(&[sdist_parts(SETUP).concat(), vec![0; 1024]].concat()));
    clear("honest-ten-kib", gzip(&plain));
    clear("honest-more-zeros", gzip(&[&plain[..], &vec![0; 30_000]].concat()));
    clear("honest-no-end-blocks", gzip(&sdist_parts(SETUP).concat()));
    clear("honest-split-gzip", [gzip(&plain[..half]), gzip(&plain[half..])].concat());
    clear("honest-gzip-zeros", [gzip(&plain), vec![0; 512]].concat());
    clear("honest-gzip-name", {
        let body = gzip(&plain);
        [&[0x1f, 0x8b, 8, 8, 0, 0, 0, 0, 0, 3][..], b"demo-1.0.tar\0", &body[10..]].concat()
    });
    clear("honest-gzip-comment", {
        let body = gzip(&plain);
        [&[0x1f, 0x8b, 8, 0x18, 0, 0, 0, 0, 0, 3][..], b"demo-1.0.tar\0made by hand\0", &body[10..]].concat()
    });
    clear("honest-gzip-extra", {
        let body = gzip(&plain);
        [&[0x1f, 0x8b, 8, 4, 0, 0, 0, 0, 0, 3, 6, 0, b'A', b'B', 2, 0, 1, 2][..], &body[10..]].concat()
    });
    cases.clear("honest-bzip2", "demo-1.0.tar.bz2", bzip2(&plain));
    cases.clear("honest-xz", "demo-1.0.tar.xz", xz(&plain));
    cases.clear("honest-tar", "demo-1.0.tar", plain);
    cases.all
}
