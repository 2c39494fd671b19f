//! What a release says of itself, and how that fits what it is.

mod entry_points;
mod names;
mod pyproject;
mod requirements;
mod setup;
#[cfg(test)]
mod tests;
mod versions;

use mailparse::MailHeaderMap;
use model::Filename;

pub(crate) use entry_points::{EntryPoint, entry_points};
pub(crate) use names::{borrowed, described, misspelt, resembles, shadows};
pub(crate) use pyproject::Pyproject;
pub(crate) use requirements::{dependencies, local, requires};
pub(crate) use setup::{Configuration, Setup, plugins, setup_requirements};
pub(crate) use versions::{same_version, version_anomaly};

use crate::layout::normalised;

/// Dependencies of one release that are looked at; more than this is no dependency list.
const DEPENDENCIES: usize = 500;
const ENTRIES: usize = 500;

/// PKG-INFO or METADATA, as far as rules speak of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct CoreMetadata {
    pub name: String,
    pub version: String,
    pub summary: String,
    pub author: String,
    pub author_email: String,
    pub description_length: u64,
    /// First heading of the description.
    pub heading: String,
    pub urls: Vec<String>,
    pub classifiers: u64,
    pub requirements: Vec<String>,
}

impl CoreMetadata {
    /// Never fails: what cannot be read is empty.
    pub(crate) fn parse(bytes: &[u8]) -> Self {
        let Ok((headers, body)) = mailparse::parse_headers(bytes) else { return Self::default() };
        let first = |name: &str| {
            let value = headers.get_first_value(name).unwrap_or_default();
            let value = value.trim();
            // setuptools wrote this for what nobody said.
            if value == "UNKNOWN" { String::new() } else { value.to_owned() }
        };
        let all = |name: &str| headers.get_all_values(name);
        let mut urls: Vec<String> = [first("Home-page"), first("Download-URL")].into();
        urls.extend(
            all("Project-URL")
                .into_iter()
                .map(|value| value.split_once(',').map_or(value.clone(), |(_, url)| url.trim().to_owned())),
        );
        urls.retain(|url| !url.is_empty());
        urls.sort();
        urls.dedup();
        urls.truncate(100);
        let body = String::from_utf8_lossy(bytes.get(body..).unwrap_or_default());
        let body = body.trim();
        let said = first("Description");
        let description = said.chars().count().max(body.chars().count());
        let heading = heading(if body.is_empty() { &said } else { body });
        let either = |one: String, other: &str| if one.is_empty() { first(other) } else { one };
        Self {
            name: first("Name"),
            version: first("Version"),
            summary: first("Summary"),
            author: either(first("Author"), "Maintainer"),
            author_email: either(first("Author-email"), "Maintainer-email"),
            description_length: description as u64,
            heading,
            urls,
            classifiers: all("Classifier").len() as u64,
            requirements: all("Requires-Dist").into_iter().take(DEPENDENCIES).collect(),
        }
    }

    pub(crate) fn email_domain(&self) -> String {
        // `Name <mail@host>, Other <…>`: the first address speaks.
        let domain = self.author_email.split_once('@').map_or("", |(_, domain)| domain);
        domain.split(['>', ',', ' ', '"']).next().unwrap_or_default().to_ascii_lowercase()
    }
}

/// The first line that is a heading, in Markdown or reStructuredText.
fn heading(description: &str) -> String {
    let lines: Vec<&str> = description.lines().map(str::trim).filter(|line| !line.is_empty()).take(12).collect();
    let ruled = |line: &str| line.len() >= 3 && line.chars().all(|c| matches!(c, '=' | '-' | '~' | '*' | '#'));
    let found = lines.iter().enumerate().find_map(|(at, line)| {
        let marked = line.strip_prefix('#').map(|line| line.trim_matches(['#', ' ']));
        marked.or_else(|| lines.get(at + 1).filter(|next| ruled(next) && !ruled(line)).map(|_| *line))
    });
    found.unwrap_or_default().chars().take(80).collect()
}

/// Where name or version inside differ from the file name or the event.
pub(crate) fn mismatch(
    inside: &CoreMetadata,
    claimed: Option<&Filename>,
    project: Option<&str>,
    version: Option<&str>,
) -> Vec<String> {
    let mut wrong = Vec::new();
    let same_name = |one: &str, other: &str| one.is_empty() || other.is_empty() || normalised(one) == normalised(other);
    let names = [claimed.map(|claimed| claimed.project.as_str()), project];
    if names.into_iter().flatten().any(|name| !same_name(&inside.name, name)) {
        wrong.push("name".to_owned());
    }
    let versions = [claimed.map(|claimed| claimed.version.as_str()), version];
    if versions.into_iter().flatten().any(|version| !same_version(&inside.version, version)) {
        wrong.push("version".to_owned());
    }
    wrong
}
