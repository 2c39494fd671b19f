//! What the bytes of a member are, told by the bytes; the name only decides between kinds of text.

use crate::rulebook::rule::Format;

/// Windows of a large member that its entropy is taken from, and their size.
const WINDOWS: usize = 8;
const WINDOW: usize = 1024;
/// Bytes in which a NUL tells that a member is no text.
const PROBE: usize = 8192;

/// Last part of a path.
pub(crate) fn name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// Extension in lower case, without the dot.
pub(crate) fn extension(path: &str) -> String {
    let name = name(path);
    name.rfind('.').filter(|at| *at > 0).map(|at| name[at + 1..].to_ascii_lowercase()).unwrap_or_default()
}

/// As in the field `format` of `archive/member`.
pub(crate) fn format(path: &str, bytes: &[u8]) -> &'static str {
    let extension = meant_extension(path);
    if let Some(format) = magic(bytes, &extension) {
        return format;
    }
    let probe = &bytes[..bytes.len().min(PROBE)];
    let wide = probe.starts_with(&[0xFF, 0xFE]) || probe.starts_with(&[0xFE, 0xFF]);
    let python = matches!(extension.as_str(), "py" | "pyw" | "pth");
    // A source with a NUL is still a source to CPython, up to the NUL.
    if probe.contains(&0) && !wide && !python {
        return "binary";
    }
    let script = match extension.as_str() {
        "py" | "pyw" => Some("python"),
        "pth" => Some("pth"),
        "pyi" => Some("stub"),
        "sh" | "bash" | "zsh" | "ksh" | "fish" | "command" => Some("shell"),
        "ps1" | "psm1" | "psd1" => Some("powershell"),
        "bat" | "cmd" => Some("batch"),
        "vbs" | "vbe" | "wsf" | "hta" => Some("vbscript"),
        "js" | "mjs" | "cjs" => Some("javascript"),
        "html" | "htm" | "xhtml" => Some("html"),
        "ipynb" if probe.trim_ascii_start().first() == Some(&b'{') || probe.starts_with(b"\xef\xbb\xbf") => {
            Some("notebook")
        }
        _ => None,
    };
    if let Some(script) = script {
        return script;
    }
    if let Some(interpreter) = shebang(probe) {
        return interpreter;
    }
    let hidden = name(path).starts_with('<');
    if (extension.is_empty() || PICTURES.contains(&extension.as_str())) && looks_like_python(probe)
        || (hidden || name(path).chars().any(model::is_deceptive)) && reads_like_python(probe)
    {
        return "python";
    }
    if control_share(probe) > 0.1 && !wide { "binary" } else { "text" }
}

/// Files that are never text: a source under such a name waits for somebody to run it.
const PICTURES: [&str; 10] = ["png", "jpg", "jpeg", "gif", "webp", "ico", "bmp", "mp3", "wav", "ttf"];

/// Extension as the system sees it that gets the file: Windows cuts dots, blanks and streams behind a name, others cut
/// at a control character.
fn meant_extension(path: &str) -> String {
    let name = name(path);
    let name = name.split(|letter: char| letter.is_control()).next().unwrap_or(name);
    let stream = name.match_indices(':').find(|(at, _)| name[..*at].contains('.')).map(|(at, _)| &name[..at]);
    let name = stream.unwrap_or(name).trim_end_matches(['.', ' ']);
    name.rfind('.').filter(|at| *at > 0).map(|at| name[at + 1..].to_ascii_lowercase()).unwrap_or_default()
}

/// Text with something in it that only code has.
pub(crate) fn reads_like_python(bytes: &[u8]) -> bool {
    const CODE: [&[u8]; 7] =
        [b"exec(", b"eval(", b"__import__", b"compile(", b"b64decode", b"os.system", b"subprocess"];
    let probe = &bytes[..bytes.len().min(PROBE)];
    looks_like_python(probe) || CODE.iter().any(|word| memchr::memmem::find(bytes, word).is_some())
}

fn magic(bytes: &[u8], extension: &str) -> Option<&'static str> {
    let starts = |magic: &[u8]| bytes.starts_with(magic);
    let at = |offset: usize, magic: &[u8]| bytes.get(offset..).is_some_and(|tail| tail.starts_with(magic));
    Some(match bytes {
        _ if starts(b"MZ") && bytes.len() >= 64 => "pe",
        _ if starts(b"\x7fELF") => "elf",
        _ if starts(&[0xCF, 0xFA, 0xED, 0xFE]) || starts(&[0xCE, 0xFA, 0xED, 0xFE]) => "macho",
        _ if starts(&[0xFE, 0xED, 0xFA, 0xCE]) || starts(&[0xFE, 0xED, 0xFA, 0xCF]) => "macho",
        _ if starts(&[0xCA, 0xFE, 0xBA, 0xBF]) => "macho",
        // A universal binary and a Java class begin alike; the first has few parts, the second a version.
        _ if starts(&[0xCA, 0xFE, 0xBA, 0xBE]) && bytes.len() >= 8 => {
            if u32::from_be_bytes([bytes[4], bytes[5], bytes[6], bytes[7]]) < 32 { "macho" } else { "class" }
        }
        _ if starts(b"\0asm") => "wasm",
        _ if starts(b"PK\x03\x04") || starts(b"PK\x05\x06") => "zip",
        _ if starts(&[0x1F, 0x8B]) => "gzip",
        _ if starts(b"BZh") && at(4, b"1AY&SY") => "bzip2",
        _ if starts(&[0xFD, b'7', b'z', b'X', b'Z', 0]) => "xz",
        _ if starts(&[0x28, 0xB5, 0x2F, 0xFD]) => "zstd",
        _ if starts(&[b'7', b'z', 0xBC, 0xAF, 0x27, 0x1C]) => "7z",
        _ if starts(b"Rar!\x1A\x07") => "rar",
        _ if at(257, b"ustar") => "tar",
        _ if starts(b"\x89PNG\r\n") => "png",
        _ if starts(&[0xFF, 0xD8, 0xFF]) => "jpeg",
        _ if starts(b"GIF87a") || starts(b"GIF89a") => "gif",
        _ if starts(b"RIFF") => "riff",
        _ if starts(b"%PDF-") => "pdf",
        _ if starts(b"SQLite format 3\0") => "sqlite",
        _ if starts(&[0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1]) => "ole",
        _ if starts(&[0x4C, 0, 0, 0, 1, 0x14, 2, 0]) => "lnk",
        // The magic number of every CPython ends so.
        _ if at(2, b"\r\n") && bytes.len() >= 16 && (matches!(extension, "pyc" | "pyo") || bytes[1] == 0x0D) => "pyc",
        _ => return None,
    })
}

fn shebang(probe: &[u8]) -> Option<&'static str> {
    let line = probe.strip_prefix(b"#!")?;
    let line = line.split(|byte| *byte == b'\n').next()?;
    let line = String::from_utf8_lossy(&line[..line.len().min(200)]).to_ascii_lowercase();
    let has = |words: &[&str]| words.iter().any(|word| line.contains(word));
    if has(&["python", "pypy"]) {
        Some("python")
    } else if has(&["pwsh", "powershell"]) {
        Some("powershell")
    } else if has(&["node", "deno", "bun"]) {
        Some("javascript")
    } else if has(&["sh"]) {
        Some("shell")
    } else {
        None
    }
}

/// A file without an extension that imports something on a line of its own.
fn looks_like_python(probe: &[u8]) -> bool {
    let mut start = 0;
    let ends = memchr::memchr_iter(b'\n', probe).chain([probe.len()]);
    let mut lines = ends.map(|end| &probe[std::mem::replace(&mut start, end + 1)..end]);
    lines.any(|line| {
        let word = |text: &[u8]| text.first().is_some_and(|byte| byte.is_ascii_alphabetic() || *byte == b'_');
        let import = line.strip_prefix(b"import ").is_some_and(word) && !line.ends_with(b".") && !line.contains(&b'"');
        let from = line.strip_prefix(b"from ").is_some_and(word) && line.windows(8).any(|part| part == b" import ");
        import || from
    })
}

fn control_share(probe: &[u8]) -> f64 {
    let control =
        |byte: &u8| u8::from((*byte <= 8) | (14..=26).contains(byte) | (28..=31).contains(byte) | (*byte == 127));
    // Counts of a chunk fit a byte, so that many bytes are counted at once.
    let counts = probe.chunks(255).map(|chunk| chunk.iter().fold(0u8, |sum, byte| sum.wrapping_add(control(byte))));
    let controls: usize = counts.map(usize::from).sum();
    if probe.is_empty() { 0.0 } else { controls as f64 / probe.len() as f64 }
}

/// The kind of member a byte rule asks for.
pub(crate) fn rule_format(format: &str) -> Format {
    match format {
        "python" | "pth" => Format::Python,
        "shell" | "powershell" | "batch" | "vbscript" | "javascript" => Format::Script,
        "text" | "stub" | "html" | "notebook" => Format::Text,
        "pe" | "elf" | "macho" | "wasm" | "pyc" => Format::Executable,
        _ => Format::Data,
    }
}

/// Shannon entropy of the bytes, or of 8 windows of what is above 8 KiB.
pub(crate) fn entropy(bytes: &[u8]) -> f64 {
    // Four tables: bytes that repeat would wait for the count before them.
    let mut tables = [[0u32; 256]; 4];
    let mut total = 0usize;
    let mut count = |part: &[u8]| {
        let (fours, rest) = part.as_chunks::<4>();
        for [one, two, three, four] in fours {
            tables[0][usize::from(*one)] += 1;
            tables[1][usize::from(*two)] += 1;
            tables[2][usize::from(*three)] += 1;
            tables[3][usize::from(*four)] += 1;
        }
        rest.iter().for_each(|byte| tables[0][usize::from(*byte)] += 1);
        total += part.len();
    };
    if bytes.len() <= WINDOWS * WINDOW {
        count(bytes);
    } else {
        let step = (bytes.len() - WINDOW) / (WINDOWS - 1);
        for window in 0..WINDOWS {
            count(&bytes[window * step..window * step + WINDOW]);
        }
    }
    if total == 0 {
        return 0.0;
    }
    let total = total as f64;
    let sum: f64 = (0..256)
        .map(|byte| tables.iter().map(|table| table[byte]).sum::<u32>())
        .filter(|count| *count > 0)
        .map(|count| {
            let share = f64::from(count) / total;
            -share * share.log2()
        })
        .sum();
    (sum * 1000.0).round() / 1000.0
}

/// The extension promises another kind of file than the bytes are.
pub(crate) fn disguised(path: &str, format: &str, bytes: &[u8]) -> bool {
    if bytes.is_empty() || bytes.starts_with(b"version https://git-lfs") {
        return false;
    }
    let code = matches!(format, "pe" | "elf" | "macho" | "wasm" | "class" | "lnk");
    let packed = matches!(format, "zip" | "gzip" | "bzip2" | "xz" | "zstd" | "7z" | "rar" | "tar");
    match extension(path).as_str() {
        "py" | "pyw" | "pyi" | "txt" | "md" | "rst" | "json" | "toml" | "cfg" | "ini" | "yml" | "yaml" | "csv"
        | "html" | "css" | "js" | "sh" | "bat" | "ps1" | "c" | "h" | "xml" | "svg" => code || packed || format == "pyc",
        "png" => !matches!(format, "png" | "jpeg" | "gif" | "riff" | "binary" | "data"),
        "jpg" | "jpeg" | "gif" | "webp" | "ico" | "bmp" => {
            code || packed || matches!(format, "python" | "shell" | "powershell" | "batch" | "pyc")
        }
        "mp3" | "wav" | "ogg" | "mp4" | "ttf" | "woff" | "woff2" | "pdf" | "db" | "dat" | "bin" | "pkl" => {
            matches!(format, "pe" | "lnk" | "python" | "shell" | "powershell" | "batch")
        }
        "pyc" | "pyo" => format != "pyc",
        "so" | "dylib" => matches!(format, "pe" | "python" | "shell" | "zip"),
        "pyd" | "dll" | "exe" => matches!(format, "elf" | "macho" | "python" | "shell" | "zip"),
        "whl" | "egg" => !packed && format != "text",
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_decide_before_the_name() {
        let mut pe = b"MZ".to_vec();
        pe.resize(128, 0);
        assert_eq!(format("a/readme.txt", &pe), "pe");
        assert!(disguised("a/readme.txt", "pe", &pe));
        assert!(!disguised("a/setup.exe", "pe", &pe));
        assert_eq!(format("a.py", b"import os\0x"), "python");
        assert_eq!(format("bin/tool", b"#!/usr/bin/env python3\nprint(1)\n"), "python");
        assert_eq!(format("bin/tool", b"#!/bin/sh\n"), "shell");
        assert_eq!(format("run", b"# hi\nimport os\nos.getcwd()\n"), "python");
        assert_eq!(format("LICENSE", b"Permission to import anything\n"), "text");
        assert_eq!(format("x.bin", &[0, 1, 2, 3]), "binary");
        assert_eq!(format("a.class", &[0xCA, 0xFE, 0xBA, 0xBE, 0, 0, 0, 52]), "class");
        assert_eq!(format("x.pyc", b"\x61\x0d\r\n0123456789abcdef"), "pyc");
        assert_eq!(extension(".bashrc"), "");
        assert_eq!(extension("a.TAR.GZ"), "gz");
    }

    #[test]
    fn an_image_that_is_code_is_disguised_and_an_image_is_not() {
        assert!(disguised("logo.png", format("logo.png", b"import os\n"), b"import os\n"));
        let png = b"\x89PNG\r\n\x1a\n0000";
        assert!(!disguised("logo.png", format("logo.png", png), png));
    }

    #[test]
    fn entropy_is_that_of_the_whole() {
        assert_eq!(entropy(b"aaaa"), 0.0);
        assert_eq!(entropy(b"abab"), 1.0);
        let all: Vec<u8> = (0..1_000_000u32).map(|n| n as u8).collect();
        assert!(entropy(&all) > 7.9);
    }
}
