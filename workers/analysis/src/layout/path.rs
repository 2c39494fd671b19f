//! Names and paths, as a file system, an installer and an import take them.

use std::borrow::Cow;

/// Lower case, and one `-` for every run of `-`, `_` and `.`.
pub(crate) fn normalised(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    for character in name.chars() {
        if matches!(character, '-' | '_' | '.') {
            if !out.ends_with('-') {
                out.push('-');
            }
        } else {
            out.extend(character.to_lowercase());
        }
    }
    out.trim_matches('-').to_owned()
}

/// A path as a file system takes it: without `.`, empty parts, and `..` that stay inside.
pub(crate) fn plain(path: &str) -> Cow<'_, str> {
    let odd = |part: &str| part.is_empty() || part == "." || part == "..";
    if !path.strip_suffix('/').unwrap_or(path).split('/').any(odd) {
        return Cow::Borrowed(path);
    }
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != ".." && !last.ends_with('!')) => {
                parts.pop();
            }
            _ => parts.push(part),
        }
    }
    Cow::Owned(parts.join("/"))
}

/// Path in the archive whose role counts: one that another archive hides behind its end, or that is the only content
/// of a compressed file, is what some reader takes for the artifact itself.
pub(crate) fn shown(mut path: &str) -> &str {
    while let Some((outer, rest)) = path.split_once("!/") {
        if outer != "content" && !(outer.starts_with('<') && outer.ends_with('>')) {
            break;
        }
        path = rest;
    }
    path
}

/// What is left of a path below `sys.prefix` behind the folder of modules in it, whatever system it is meant for.
pub(super) fn among_modules(path: &str) -> Option<&str> {
    let lower = path.to_ascii_lowercase();
    for folder in ["site-packages/", "dist-packages/"] {
        if let Some(at) = lower.rfind(folder) {
            return path.get(at + folder.len()..);
        }
    }
    // `lib/python3.11/` and `Lib/` hold the standard library, and are looked through before anything else.
    let (first, rest) = path.split_once('/')?;
    if !matches!(first.to_ascii_lowercase().as_str(), "lib" | "lib64") {
        return None;
    }
    match rest.split_once('/') {
        Some((python, rest)) if python.starts_with("python3") => Some(rest),
        _ => (first == "Lib").then_some(rest),
    }
}

/// Whether each part of a path of a module is a word that an import statement can name.
pub(super) fn is_importable(path: &str) -> bool {
    let stem = [".py", ".pyw"].iter().find_map(|suffix| path.strip_suffix(suffix)).unwrap_or(path);
    stem.split('/').all(|part| part.chars().all(|c| c.is_alphanumeric() || c == '_'))
}
