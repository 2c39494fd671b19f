//! Versions: how one is odd, and whether two are the same.

use crate::layout::normalised;

/// A version in a form in which two ways of writing it are one; `None` when it is none.
fn canonical(version: &str) -> Option<String> {
    let version = version.trim().to_ascii_lowercase();
    let version = version.strip_prefix('v').unwrap_or(&version);
    let (epoch, rest) = version.split_once('!').unwrap_or(("0", version));
    let (public, local) = rest.split_once('+').unwrap_or((rest, ""));
    epoch.parse::<u64>().ok()?;
    let end = public.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(public.len());
    let (release, tags) = public.split_at(end);
    let release = release.strip_suffix('.').unwrap_or(release);
    let mut numbers = Vec::new();
    for number in release.split('.') {
        if number.is_empty() || number.len() > 20 {
            return None;
        }
        numbers.push(number.trim_start_matches('0').to_owned());
    }
    while numbers.last().is_some_and(String::is_empty) && numbers.len() > 1 {
        numbers.pop();
    }
    let tags: String = tags.chars().filter(|c| !matches!(c, '.' | '-' | '_')).collect();
    let tags = tags.replace("alpha", "a").replace("beta", "b").replace("preview", "rc").replace("pre", "rc");
    let tags = if tags.starts_with('c') { format!("r{tags}") } else { tags };
    let mut word = String::new();
    for character in tags.chars().chain(['!']) {
        if character.is_ascii_alphabetic() {
            word.push(character);
        } else if !word.is_empty() {
            if !["a", "b", "rc", "post", "rev", "r", "dev"].contains(&word.as_str()) {
                return None;
            }
            word.clear();
        }
    }
    if !tags.chars().all(|c| c.is_ascii_alphanumeric())
        || !local.chars().all(|c| c.is_ascii_alphanumeric() || "._-".contains(c))
    {
        return None;
    }
    Some(format!("{epoch}!{}{tags}+{}", numbers.join("."), local.replace(['-', '_'], ".")))
}

/// How a version is odd, see `version_anomaly` of `release/metadata`.
pub(crate) fn version_anomaly(version: &str) -> &'static str {
    if version.is_empty() {
        return "none";
    }
    if canonical(version).is_none() {
        return "invalid";
    }
    if version.contains('!') {
        return "epoch";
    }
    let leading: Vec<&str> = version.trim_start_matches(['v', 'V']).split(['.', '-', '+']).take(2).collect();
    let nines = |number: &&str| number.len() >= 2 && number.bytes().all(|byte| byte == b'9');
    let dated =
        |number: &str| (6..=8).contains(&number.len()) && (number.starts_with("20") || number.starts_with("19"));
    let large = leading.first().is_some_and(|number| {
        number.len() >= 4 && number.bytes().all(|byte| byte.is_ascii_digit()) && !dated(number) && *number > "2100"
            || number.len() > 4 && number.bytes().all(|byte| byte.is_ascii_digit()) && !dated(number)
    });
    if leading.iter().take(1).any(nines) || large { "huge" } else { "none" }
}

/// Whether two versions are written alike or mean the same; one that is not told contradicts nothing.
pub(crate) fn same_version(one: &str, other: &str) -> bool {
    // A file name cannot hold every character of a version.
    let plain = |version: &str| canonical(version).map(|version| version.replace(['+', '-', '_'], "."));
    one.is_empty()
        || other.is_empty()
        || one == other
        || match (plain(one), plain(&other.replace('_', "+"))) {
            (Some(one), Some(other)) => one.trim_end_matches('.') == other.trim_end_matches('.'),
            _ => normalised(one) == normalised(other),
        }
}
