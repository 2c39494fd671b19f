//! RECORD against the archive, every row and both ways: an index compares the names only, an installer not even these.

use std::collections::HashMap;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use model::{Digest, Fact, Place, facts};

use crate::layout;

/// Disagreements that are told; a RECORD that is wrong throughout is told as often.
const TOLD: usize = 200;

/// A member as RECORD speaks of it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Listed {
    pub sha256: Digest,
    pub size: u64,
}

/// Facts about every row that does not agree. `members`: all files of the wheel by path, several when a path stands
/// several times. `role` tells the role of a member.
pub(crate) fn compare(
    record: Option<&[u8]>,
    info: &str,
    members: &HashMap<&str, Vec<Listed>>,
    role: &dyn Fn(&str) -> String,
) -> Vec<Fact> {
    let mut facts = Vec::new();
    let mut tell = |kind: &str, member: &str| {
        if facts.len() < TOLD {
            facts.push(Fact::new(
                Place { member: member.to_owned(), ..Place::default() },
                facts::Record { kind: kind.to_owned(), member: member.to_owned(), role: role(member) },
            ));
        }
    };
    let Some(record) = record else {
        tell("missing-record", "");
        return facts;
    };
    let text = String::from_utf8_lossy(record);
    let mut rows: HashMap<String, ()> = HashMap::new();
    let exempt = ["RECORD", "RECORD.jws", "RECORD.p7s"].map(|name| format!("{info}{name}"));
    for line in text.lines().filter(|line| !line.trim().is_empty()) {
        let row = fields(line);
        let (path, hash, size) = (row.first(), row.get(1), row.get(2));
        let Some(path) = path.map(|path| path.replace('\\', "/")) else { continue };
        // `./a.py` is the same file as `a.py`.
        let inside = !path.starts_with('/') && path.split('/').all(|part| part != "..");
        let path = if inside { layout::plain(&path).into_owned() } else { path };
        rows.insert(path.clone(), ());
        if exempt.contains(&path) {
            continue;
        }
        let Some(found) = members.get(path.as_str()) else {
            // An uninstaller removes what the rows name.
            if path.starts_with('/') || path.split('/').any(|part| part == "..") {
                tell("outside", &path);
                continue;
            }
            // A folder may have a row of its own.
            if !path.ends_with('/') {
                tell("absent", &path);
            }
            continue;
        };
        let hash = hash.map_or("", |hash| hash.as_str());
        if let Some(expected) = hash.strip_prefix("sha256=") {
            let expected = expected.trim_end_matches('=');
            if found.iter().any(|member| URL_SAFE_NO_PAD.encode(member.sha256.as_bytes()) != expected) {
                tell("hash", &path);
                continue;
            }
        } else if hash.is_empty() {
            tell("no-hash", &path);
            continue;
        }
        let size = size.and_then(|size| size.trim().parse::<u64>().ok());
        if size.is_some_and(|size| found.iter().any(|member| member.size != size)) {
            tell("size", &path);
        }
    }
    let mut unlisted: Vec<&&str> = members
        .keys()
        .filter(|path| !rows.contains_key(**path) && !exempt.iter().any(|exempt| exempt == **path))
        .collect();
    unlisted.sort_unstable();
    for path in unlisted {
        tell("unlisted", path);
    }
    facts
}

/// The fields of one line of comma separated values; a quoted field may hold commas and doubled quotes.
fn fields(line: &str) -> Vec<String> {
    let mut fields = vec![String::new()];
    let mut quoted = false;
    let mut characters = line.chars().peekable();
    while let Some(character) = characters.next() {
        let Some(field) = fields.last_mut() else { break };
        match character {
            '"' if quoted && characters.peek() == Some(&'"') => {
                characters.next();
                field.push('"');
            }
            '"' => quoted = !quoted,
            ',' if !quoted => fields.push(String::new()),
            other => field.push(other),
        }
    }
    fields
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds(record: Option<&str>, members: &[(&'static str, &[u8])]) -> Vec<String> {
        let mut map: HashMap<&str, Vec<Listed>> = HashMap::new();
        for (path, bytes) in members {
            map.entry(path).or_default().push(Listed { sha256: Digest::of(bytes), size: bytes.len() as u64 });
        }
        let facts = compare(record.map(str::as_bytes), "d-1.dist-info/", &map, &|_| "package".into());
        facts
            .iter()
            .map(|fact| match &fact.kind {
                model::FactKind::Record(record) => format!("{} {}", record.kind, record.member),
                other => panic!("{other:?}"),
            })
            .collect()
    }

    fn row(path: &str, bytes: &[u8]) -> String {
        format!("{path},sha256={},{}\n", URL_SAFE_NO_PAD.encode(Digest::of(bytes).as_bytes()), bytes.len())
    }

    #[test]
    fn an_honest_record_says_nothing() {
        let record = format!("{}\"./d/b,c.py\"{}d-1.dist-info/RECORD,,\n", row("d/./a.py", b"a"), &row("", b"b"));
        assert!(
            kinds(Some(&record), &[("d/a.py", b"a"), ("d/b,c.py", b"b"), ("d-1.dist-info/RECORD", b"x")]).is_empty()
        );
    }

    #[test]
    fn every_disagreement_is_told() {
        let members: [(&'static str, &[u8]); 3] = [("d/a.py", b"evil"), ("d/b.py", b"b"), ("d/new.py", b"n")];
        let record = format!(
            "{}{}{}",
            row("d/a.py", b"good"),
            row("d/b.py", b"b").replace(",1\n", ",7\n"),
            row("d/gone.py", b"")
        );
        assert_eq!(
            kinds(Some(&record), &members),
            ["hash d/a.py", "size d/b.py", "absent d/gone.py", "unlisted d/new.py"]
        );
        assert_eq!(kinds(None, &members), ["missing-record "]);
        assert_eq!(kinds(Some("d/a.py,,\n"), &members[..1]), ["no-hash d/a.py"]);
    }

    #[test]
    fn one_path_twice_must_agree_twice() {
        let record = row("d/a.py", b"good");
        assert_eq!(kinds(Some(&record), &[("d/a.py", b"good"), ("d/a.py", b"evil")]), ["hash d/a.py"]);
    }
}
