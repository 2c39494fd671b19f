//! Bytes of a source to the text CPython would compile.
//!
//! What a reader of bytes takes for a comment can be code to CPython: a coding cookie may name UTF-7 or
//! `unicode_escape`, in which a line break can be written in letters. So the text is made as CPython makes it, and a
//! codec that allows such things is told.

mod asian;
mod escape;
mod utf7;

use encoding_rs::{Encoding, UTF_16BE, UTF_16LE, WINDOWS_874};

/// A source as CPython decodes it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Source {
    pub text: String,
    /// Canonical name of the codec CPython would choose, such as `utf-8` or `latin-1`; an unknown one as it is written.
    pub encoding: String,
    /// A codec in which code can look like a comment to a reader of bytes.
    pub deceptive: bool,
    /// Why the text is not what CPython would see; the caller makes a `GapKind::Unparsable` gap of it.
    pub gap: Option<String>,
}

const BOM: &[u8] = &[0xef, 0xbb, 0xbf];

/// The resource forks that macOS packs beside every file (`._setup.py`): nothing that CPython runs or anybody reads.
const APPLE_DOUBLE: &[u8] = &[0x00, 0x05, 0x16, 0x07];

/// Decodes a source: byte-order mark, coding cookie on the first two lines, UTF-8 otherwise.
pub fn decode(bytes: &[u8]) -> Source {
    for (mark, codec, name) in [(&[0xff, 0xfe][..], UTF_16LE, "utf-16-le"), (&[0xfe, 0xff], UTF_16BE, "utf-16-be")] {
        if let Some(rest) = bytes.strip_prefix(mark) {
            // CPython refuses such a file; its text is read all the same, whole.
            return finish(codec.decode_without_bom_handling(rest).0.into_owned(), name, false, None);
        }
    }
    if let Some((codec, name)) = unmarked_utf16(bytes) {
        return finish(codec.decode_without_bom_handling(bytes).0.into_owned(), name, true, None);
    }
    let (bytes, marked) = bytes.strip_prefix(BOM).map_or((bytes, false), |rest| (rest, true));
    match cookie(bytes) {
        Some(name) if marked && canonical(name) != "utf-8" => {
            // CPython refuses a mark that contradicts the cookie; other readers believe one of the two.
            let gap = format!("a UTF-8 mark and a cookie that says {name:?}");
            finish(lossy(bytes), "utf-8", true, Some(gap))
        }
        Some(name) => by_name(bytes, name),
        None => utf8(bytes),
    }
}

/// UTF-16 without a mark: no Python runs it as it stands, but code that reads and executes it can.
fn unmarked_utf16(bytes: &[u8]) -> Option<(&'static Encoding, &'static str)> {
    let head = &bytes[..bytes.len().min(1024)];
    let zeros = |from: usize| head.iter().skip(from).step_by(2).filter(|byte| **byte == 0).count();
    let (even, odd) = (zeros(0), zeros(1));
    match head.len() / 4 {
        0 | 1 => None,
        most if odd > most && even == 0 => Some((UTF_16LE, "utf-16-le")),
        most if even > most && odd == 0 => Some((UTF_16BE, "utf-16-be")),
        _ => None,
    }
}

fn finish(text: String, encoding: &str, deceptive: bool, gap: Option<String>) -> Source {
    // At a zero byte older Pythons stop and newer ones refuse: what stands behind it is read by some readers only.
    let zero = || memchr::memchr(0, text.as_bytes()).is_some() && !text.as_bytes().starts_with(APPLE_DOUBLE);
    let deceptive = deceptive || zero();
    Source { text: newlines(text), encoding: encoding.to_owned(), deceptive, gap }
}

fn utf8(bytes: &[u8]) -> Source {
    if let Ok(text) = std::str::from_utf8(bytes) {
        return finish(text.to_owned(), "utf-8", false, None);
    }
    // CPython 3 refuses it; Python 2 read such files, and nothing of their ASCII is lost.
    let gap = (is_binary(bytes) && !bytes.starts_with(APPLE_DOUBLE)).then(|| "neither UTF-8 nor text".to_owned());
    finish(lossy(bytes), "utf-8", false, gap)
}

/// UTF-8 where it is, latin-1 where not: no byte is lost and all of ASCII is what it is.
fn lossy(bytes: &[u8]) -> String {
    match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => encoding_rs::mem::decode_latin1(bytes).into_owned(),
    }
}

/// Full of zeros and controls.
fn is_binary(bytes: &[u8]) -> bool {
    let head = &bytes[..bytes.len().min(64 * 1024)];
    let odd = head.iter().filter(|byte| matches!(byte, 0..=8 | 14..=26 | 28..=31 | 127)).count();
    memchr::memchr(0, head).is_some() || odd * 20 > head.len()
}

/// The name in a PEP 263 cookie.
fn cookie(bytes: &[u8]) -> Option<&str> {
    cookie_by(bytes, true)
}

/// `returns`: whether a lone carriage return ends a line.
fn cookie_by(bytes: &[u8], returns: bool) -> Option<&str> {
    let mut rest = bytes;
    for _ in 0..2 {
        let newline = if returns { memchr::memchr2(b'\n', b'\r', rest) } else { memchr::memchr(b'\n', rest) };
        let end = newline.unwrap_or(rest.len());
        let line = &rest[..end];
        let text = line.trim_ascii_start();
        if let Some(comment) = text.strip_prefix(b"#") {
            if let Some(name) = named(comment) {
                return Some(name);
            }
        } else if !text.is_empty() {
            return None;
        }
        rest = rest.get(end..)?;
        rest = rest.strip_prefix(b"\r\n").or_else(|| rest.get(1..))?;
    }
    None
}

/// `coding[:=]\s*([-\w.]+)`, the first that matches.
fn named(comment: &[u8]) -> Option<&str> {
    for at in memchr::memmem::find_iter(comment, b"coding") {
        let rest = &comment[at + 6..];
        let Some(rest) = rest.strip_prefix(b":").or_else(|| rest.strip_prefix(b"=")) else { continue };
        let rest = &rest[rest.iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count()..];
        let end = rest.iter().take_while(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(byte)).count();
        if end > 0 {
            return std::str::from_utf8(&rest[..end]).ok();
        }
    }
    None
}

/// The name under which CPython finds a codec.
fn canonical(name: &str) -> String {
    let lower: String = name.to_ascii_lowercase().replace('_', "-");
    if lower == "utf-8" || lower == "utf8" || lower.starts_with("utf-8-") || matches!(&*lower, "u8" | "utf" | "cp65001")
    {
        return "utf-8".to_owned();
    }
    for latin in ["latin-1", "iso-8859-1", "iso-latin-1"] {
        if lower.strip_prefix(latin).is_some_and(|rest| rest.is_empty() || rest.starts_with('-')) {
            return "latin-1".to_owned();
        }
    }
    match &*lower {
        "latin1" | "latin" | "l1" | "8859" | "iso8859" | "iso8859-1" | "cp819" | "ibm819" => "latin-1".to_owned(),
        "646" | "us" | "us-ascii" | "ansi-x3.4-1968" => "ascii".to_owned(),
        _ => lower,
    }
}

/// What another reader makes of the same bytes, if that is another text.
///
/// `setuptools` and everybody who calls `tokenize.open` end a line at `\n` alone: to them a cookie behind lone carriage
/// returns stands on the first line, and to the interpreter far below it.
pub fn decode_as_tokenize(bytes: &[u8]) -> Option<Source> {
    // Without a carriage return in the first two lines both see the same.
    let second = memchr::memchr_iter(b'\n', bytes).nth(1).unwrap_or(bytes.len());
    memchr::memchr(b'\r', &bytes[..second])?;
    let rest = bytes.strip_prefix(BOM).unwrap_or(bytes);
    let name = cookie_by(rest, false)?;
    if cookie(rest).is_some_and(|known| canonical(known) == canonical(name)) || rest.len() < bytes.len() {
        return None;
    }
    let other = by_name(bytes, name);
    (other.text != decode(bytes).text).then_some(other)
}

/// The text of a `.pth` file: `site` knows no cookies.
pub fn decode_plain(bytes: &[u8]) -> Source {
    utf8(bytes.strip_prefix(BOM).unwrap_or(bytes))
}

/// Other texts that a `.pth` file which is no UTF-8 has: `site` takes the codec of the user's country then, and in some of
/// them the second byte of a letter is a backslash.
pub fn decode_local(bytes: &[u8]) -> Vec<Source> {
    if std::str::from_utf8(bytes).is_ok() {
        return Vec::new();
    }
    let mut found = vec![decode_plain(bytes)];
    for name in ["cp932", "gbk", "big5", "cp949"] {
        let other = by_name(bytes, name);
        if other.gap.is_none() && found.iter().all(|known| known.text != other.text) {
            found.push(other);
        }
    }
    found.split_off(1)
}

/// Single-byte code pages that extend ASCII and differ from latin-1 above it only. Each was compared with CPython byte by
/// byte: what is not in this list, such as `mac_arabic` with a second set of quotes, is decoded or told.
fn is_code_page(name: &str) -> bool {
    let digits = name.trim_start_matches("cp").trim_start_matches("ibm");
    matches!(
        digits,
        "437"
            | "720"
            | "737"
            | "775"
            | "850"
            | "852"
            | "855"
            | "856"
            | "857"
            | "858"
            | "860"
            | "861"
            | "862"
            | "863"
            | "865"
            | "869"
            | "1006"
            | "1125"
    ) || matches!(
        name,
        "mac-croatian"
            | "mac-cyrillic"
            | "maccyrillic"
            | "mac-greek"
            | "macgreek"
            | "mac-iceland"
            | "maciceland"
            | "mac-latin2"
            | "maclatin2"
            | "maccentraleurope"
            | "mac-centeuro"
            | "mac-roman"
            | "macroman"
            | "macintosh"
            | "mac-romanian"
            | "mac-turkish"
            | "macturkish"
    ) || matches!(name, "hp-roman8" | "roman8" | "r8" | "kz1048" | "kz-1048" | "rk1048" | "strk1048-2002")
        || matches!(name, "ptcp154" | "csptcp154" | "pt154" | "cp154" | "cyrillic-asian")
        || matches!(name, "mbcs" | "ansi" | "dbcs" | "oem" | "palmos")
}

/// The code page that code names, if it is one that is known here.
pub(crate) fn code_page(written: &str) -> Option<&'static Encoding> {
    let name = canonical(written);
    match &*name {
        "tis-620" | "tis620" | "iso-8859-11" | "iso8859-11" | "cp874" => Some(WINDOWS_874),
        // What the web calls these is not what Python does.
        "latin-1" | "ascii" | "utf-8" => None,
        _ if is_code_page(&name) => None,
        _ => {
            let label = match name.strip_prefix("cp") {
                Some(number) if number.starts_with("125") => format!("windows-{number}"),
                _ => label(&name),
            };
            Encoding::for_label(label.as_bytes())
        }
    }
}

/// UTF-7, if it is that.
pub(crate) fn utf7(bytes: &[u8]) -> Option<String> {
    let (text, whole) = utf7::decode(bytes);
    whole.then_some(text)
}

fn by_name(bytes: &[u8], written: &str) -> Source {
    let name = canonical(written);
    match &*name {
        "utf-8" => utf8(bytes),
        "latin-1" => finish(encoding_rs::mem::decode_latin1(bytes).into_owned(), &name, false, None),
        // Bytes above ASCII make CPython 3 refuse it; none of the code is lost.
        "ascii" => finish(lossy(bytes), &name, false, None),
        "utf-7" | "utf7" | "u7" | "unicode-1-1-utf-7" => {
            let (text, whole) = utf7::decode(bytes);
            finish(text, "utf-7", true, (!whole).then(|| "not all of it is UTF-7".to_owned()))
        }
        "unicode-escape" | "unicodeescape" => finish(escape::unicode(bytes), "unicode_escape", true, None),
        "raw-unicode-escape" | "rawunicodeescape" => finish(escape::raw(bytes), "raw_unicode_escape", true, None),
        "rot13" | "rot-13" => finish(escape::rot13(&lossy(bytes)), "rot13", true, None),
        "mac-arabic" | "mac-farsi" => {
            let (text, told) = asian::right_to_left(bytes);
            finish(text, &name, told, None)
        }
        "cp864" | "864" | "ibm864" => {
            let told = memchr::memchr(b'%', bytes).is_some();
            finish(lossy(bytes).replace('%', "\u{66a}"), "cp864", told, None)
        }
        "shift-jis-2004" | "shiftjis2004" | "sjis-2004" | "s-jis-2004" | "shift-jisx0213" | "shiftjisx0213"
        | "sjisx0213" | "s-jisx0213" => {
            let (text, told) = asian::shift_jis_2004(bytes);
            finish(text, &name, told, None)
        }
        "iso2022-kr" | "iso-2022-kr" | "iso2022kr" | "csiso2022kr" => {
            finish(asian::iso_2022_kr(bytes), "iso2022_kr", true, None)
        }
        "hz" | "hz-gb" | "hz-gb-2312" | "hzgb" => finish(asian::hz(bytes), "hz", true, None),
        "tis-620" | "tis620" | "iso-8859-11" | "iso8859-11" => by_codec(bytes, WINDOWS_874, &name, false),
        _ if is_code_page(&name) => finish(lossy(bytes), &name, false, None),
        _ => match Encoding::for_label(label(&name).as_bytes()) {
            // An ASCII cookie in front of UTF-16 cannot be code; whoever reads it so is deceived.
            // So cannot what a browser knows by name only to refuse it.
            Some(codec) if codec == UTF_16LE || codec == UTF_16BE || codec == encoding_rs::REPLACEMENT => {
                unknown(bytes, written)
            }
            Some(codec) => by_codec(bytes, codec, &name, name.starts_with("iso-2022") || name.starts_with("iso2022")),
            None => unknown(bytes, written),
        },
    }
}

/// Labels of the web for the names CPython has.
fn label(name: &str) -> String {
    let squeezed = name.replace('-', "");
    match &*squeezed {
        "cp932" | "ms932" | "mskanji" | "sjis" | "shiftjis" => "shift_jis".to_owned(),
        "cp936" | "936" | "ms936" => "gbk".to_owned(),
        "cp949" | "949" | "uhc" | "euckr" | "ksc5601" => "euc-kr".to_owned(),
        "cp950" | "950" | "big5hkscs" | "big5tw" => "big5".to_owned(),
        "eucjp" | "ujis" | "eucjis2004" | "eucjisx0213" => "euc-jp".to_owned(),
        "gb2312" | "euccn" | "eucgb2312cn" => "gb2312".to_owned(),
        "iso2022jp" | "iso2022jp1" | "iso2022jp2" | "iso2022jp3" | "iso2022jp2004" | "iso2022jpext" => {
            "iso-2022-jp".to_owned()
        }
        "koi8r" => "koi8-r".to_owned(),
        "koi8u" | "koi8t" => "koi8-u".to_owned(),
        "cp866" => "ibm866".to_owned(),
        _ if squeezed.starts_with("iso8859") => format!("iso-8859-{}", &squeezed[7..]),
        _ if squeezed.starts_with("windows125") => format!("windows-{}", &squeezed[7..]),
        _ if squeezed.starts_with("latin") => squeezed,
        _ => name.to_owned(),
    }
}

fn by_codec(bytes: &[u8], codec: &'static Encoding, name: &str, deceptive: bool) -> Source {
    let (text, broken) = codec.decode_without_bom_handling(bytes);
    let gap = (broken && !codec.is_single_byte()).then(|| format!("not all of it is {name}"));
    finish(text.into_owned(), name, deceptive, gap)
}

/// A codec that CPython does not have of itself: something must have registered it, and knows what it makes of this.
fn unknown(bytes: &[u8], written: &str) -> Source {
    finish(lossy(bytes), written, true, Some(format!("the codec {written:?} is not known")))
}

/// A lone carriage return ends a line for CPython; `\r\n` is left, every parser knows it.
fn newlines(text: String) -> String {
    let bytes = text.as_bytes();
    let lone = |at: usize| bytes.get(at + 1) != Some(&b'\n');
    let Some(first) = memchr::memchr_iter(b'\r', bytes).find(|at| lone(*at)) else { return text };
    let mut out = bytes.to_vec();
    for at in memchr::memchr_iter(b'\r', bytes).skip_while(|at| *at < first) {
        if lone(at) {
            out[at] = b'\n';
        }
    }
    String::from_utf8(out).unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(bytes: &[u8], encoding: &str, deceptive: bool, gap: bool) -> String {
        let source = decode(bytes);
        assert_eq!(
            (source.encoding.as_str(), source.deceptive, source.gap.is_some()),
            (encoding, deceptive, gap),
            "{source:?}"
        );
        source.text
    }

    #[test]
    fn utf8_is_the_default_and_the_mark_is_dropped() {
        assert_eq!(check("x = 'é'\n".as_bytes(), "utf-8", false, false), "x = 'é'\n");
        assert_eq!(check(b"\xef\xbb\xbfx = 1\n", "utf-8", false, false), "x = 1\n");
        assert_eq!(check(b"\xef\xbb\xbf# coding: utf8\n", "utf-8", false, false), "# coding: utf8\n");
        check(b"\xef\xbb\xbf# coding: latin-1\n", "utf-8", true, true);
        assert_eq!(check(b"# Andr\xe9\nx = 1\n", "utf-8", false, false), "# André\nx = 1\n");
        check(b"\x00\x9f\x92binary", "utf-8", true, true);
        check(b"\x00\x05\x16\x07\x00\x9fMac OS X", "utf-8", false, false);
        assert_eq!(check(b"i\0m\0p\0o\0r\0t\0 \0o\0s\0", "utf-16-le", true, false), "import os");
        assert_eq!(check(b"", "utf-8", false, false), "");
    }

    #[test]
    fn a_cookie_counts_on_the_first_two_lines_only() {
        assert_eq!(
            check(b"# -*- coding: latin-1 -*-\n'\xe9'\n", "latin-1", false, false),
            "# -*- coding: latin-1 -*-\n'é'\n"
        );
        check(b"#!/usr/bin/python\n# vim: set fileencoding=cp1252 :\n'\x93'", "cp1252", false, false);
        check(b"\n\n# coding: utf-7\n", "utf-8", false, false);
        check(b"x = 1\n# coding: utf-7\n", "utf-8", false, false);
        check(b"# coding: utf-8-unix\n", "utf-8", false, false);
        check(b"# coding without a name, coding:\n", "utf-8", false, false);
        check(b"# hello\r\n# encoding: ascii\r\n", "ascii", false, false);
    }

    #[test]
    fn codecs_of_many_languages_are_read() {
        assert!(check(b"# coding: gbk\n# \xc4\xe3\n", "gbk", false, false).contains('你'));
        assert!(check(b"# coding: shift_jis\n# \x93\xfa\n", "shift-jis", false, false).contains('日'));
        assert!(check(b"# coding: cp932\n# \x93\xfa\n", "cp932", false, false).contains('日'));
        assert!(check(b"# coding: euc_kr\n# \xb0\xa1\n", "euc-kr", false, false).contains('가'));
        assert!(check(b"# coding: koi8-r\n# \xc1\n", "koi8-r", false, false).contains('а'));
        assert!(check(b"# coding: iso-8859-15\n# \xa4\n", "iso-8859-15", false, false).contains('€'));
        assert!(check(b"# coding: iso8859_2\n# \xb1\n", "iso8859-2", false, false).contains('ą'));
        check(b"# coding: cp437\n# \x81\n", "cp437", false, false);
        check(b"# coding: gbk\n# \xff\xff\n", "gbk", false, true);
    }

    #[test]
    fn codecs_that_hide_code_are_decoded_and_told() {
        let text = check(b"# coding: utf-7\n# +AAo-import os\n", "utf-7", true, false);
        assert_eq!(text, "# coding: utf-7\n# \nimport os\n");
        let text = check(b"# coding: unicode_escape\n# \\nimport os\\x0a\n", "unicode_escape", true, false);
        assert_eq!(text, "# coding: unicode_escape\n# \nimport os\n\n");
        let text = check(b"# coding: raw_unicode_escape\n# \\u000aimport os\n", "raw_unicode_escape", true, false);
        assert_eq!(text, "# coding: raw_unicode_escape\n# \nimport os\n");
        assert!(check(b"# coding: rot13\nvzcbeg bf\n", "rot13", true, false).contains("import os"));
        check(b"# coding: made_up\n", "made_up", true, true);
        check(b"# coding: utf-16\n", "utf-16", true, true);
    }

    #[test]
    fn codecs_that_are_not_above_ascii_are_decoded_as_cpython_does() {
        // To a reader of ASCII the first backslash escapes the quote; to CPython it is a yen sign.
        for name in ["shift_jis_2004", "shift_jisx0213", "sjis_2004"] {
            let text = decode(format!("# coding: {name}\nx = '\\';import os#'\n").as_bytes());
            assert!(text.deceptive && text.text.contains("'¥';import os"), "{text:?}");
        }
        let text = decode(b"# coding: shift_jis_2004\nx = '\x81\x5f';y = '\x93\xfa\x8e\x5c'\n");
        assert!(text.text.contains("'\\';y = '日") && !text.text.contains('¥'), "{text:?}");
        for name in ["mac_arabic", "mac_farsi"] {
            let source = [format!("# coding: {name}\n").as_bytes(), b"x = 'a\xa7;import os\xa3\xa2\n"].concat();
            let text = decode(&source);
            assert!(text.deceptive && text.text.contains("'a';import os#\""), "{text:?}");
        }
        assert!(!decode(b"# coding: mac_arabic\nx = '\xc7'\n").deceptive);
        assert!(decode(b"# coding: mac_made_up\nx = 1\n").gap.is_some());
        assert_eq!(decode(b"# coding: iso2022_kr\nx = '\x1b$)C\x0e0!\x0f'\n").text.lines().last(), Some("x = '가'"));
        assert_eq!(decode(b"# coding: hz\nx = '~{<:~}~~'~\n;y\n").text.lines().last(), Some("x = '己~';y"));
        assert!(!decode(b"# coding: iso2022_kr\nimport os\n").text.contains('\u{fffd}'));
        assert!(decode(b"# coding: unicode_escape\n# \\N{LINE FEED}import os\n").text.ends_with("# \nimport os\n"));
        check(b"# coding: mac_roman\n# \x8a\n", "mac-roman", false, false);
    }

    #[test]
    fn a_cookie_behind_carriage_returns_is_seen_by_setuptools_alone() {
        let bytes = b"# a\r# b\r# coding: utf-7\n# +AAo-import os\n";
        assert!(!decode(bytes).text.contains("\nimport os"));
        let other = decode_as_tokenize(bytes).unwrap();
        assert!(other.deceptive && other.text.contains("\nimport os"), "{other:?}");
        for honest in
            [&b"# a\r\n# coding: latin-1\r\nx = '\xe9'\r\n"[..], b"# coding: latin-1\rx = 1\r", b"# a\rx = 1\r"]
        {
            assert_eq!(decode_as_tokenize(honest), None, "{honest:?}");
        }
        let local = decode_local(b"import os;x='\x95\\';os.x()#'\n");
        assert!(local.iter().any(|source| source.text.contains("表';os.x()")), "{local:?}");
        assert!(decode_local("import é\n".as_bytes()).is_empty());
        assert_eq!(decode_plain(b"# coding: rot13\nimport os\n").text, "# coding: rot13\nimport os\n");
    }

    #[test]
    fn utf16_is_read_though_cpython_refuses_it() {
        assert_eq!(check(b"\xff\xfex\0=\x001\0", "utf-16-le", false, false), "x=1");
    }

    #[test]
    fn a_lone_carriage_return_ends_a_line() {
        assert_eq!(decode(b"# x\rimport os\r\ny\n\r").text, "# x\nimport os\r\ny\n\n");
    }
}
