//! Text an attacker wrote, on its way into a column.

use std::borrow::Cow;

/// Longest text in a column that is searched or listed, in characters. The whole text stays in the verdict's JSON.
pub(crate) const COLUMN: usize = 512;

/// PostgreSQL's text cannot hold NUL, and an index cannot hold a row of more than some 2700 bytes: either would turn
/// one hostile name into a verdict that can never be recorded. NUL becomes its picture, and the rest is cut.
pub(crate) fn column(text: &str) -> Cow<'_, str> {
    if text.len() <= COLUMN && !text.contains('\0') {
        return Cow::Borrowed(text);
    }
    text.chars().take(COLUMN).map(|character| if character == '\0' { '␀' } else { character }).collect()
}

/// Text that is only shown, never indexed: as it is, but for NUL.
pub(crate) fn prose(text: &str) -> Cow<'_, str> {
    if text.contains('\0') { Cow::Owned(text.replace('\0', "␀")) } else { Cow::Borrowed(text) }
}

/// A key for what has several parts, each as long as an attacker likes: its sha256.
pub(crate) fn key(parts: &[&str]) -> String {
    let canonical = serde_json::Value::from(parts.to_vec());
    model::Digest::of(canonical.to_string().as_bytes()).to_string()
}

/// A file of a project, whatever its bytes.
pub(crate) fn file_key(project: &str, version: &str, filename: &str) -> String {
    key(&[&normalise_project(project), version, filename])
}

/// An upload event. Not only its id: a publisher that uses an id twice must not hide the second file.
pub(crate) fn upload_key(event: &model::UploadEvent) -> String {
    key(&[&event.source, &event.id, &event.sha256.to_string(), &event.context().digest().to_string()])
}

/// A project's name as indexes compare it: lower case, runs of `-`, `_` and `.` become one dash.
pub fn normalise_project(name: &str) -> String {
    let mut normal = String::with_capacity(name.len());
    for character in name.chars() {
        if matches!(character, '-' | '_' | '.') {
            if !normal.ends_with('-') {
                normal.push('-');
            }
        } else {
            normal.extend(character.to_lowercase());
        }
    }
    normal
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn projects_compare_normalised() {
        assert_eq!(normalise_project("Evil_.-Pkg"), "evil-pkg");
        assert_eq!(normalise_project("a"), "a");
    }

    #[test]
    fn a_column_holds_any_text() {
        assert_eq!(column("a\0b"), "a␀b");
        assert_eq!(column(&"é".repeat(1000)).chars().count(), COLUMN);
        assert!(matches!(column("plain"), Cow::Borrowed(_)));
    }
}
