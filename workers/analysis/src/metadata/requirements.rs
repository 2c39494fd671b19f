//! Declared dependencies.

use model::{Fact, Place, facts};

use super::DEPENDENCIES;
use crate::{layout::normalised, lookalike::Popular};

/// Requirements of a legacy `requires.txt`.
pub(crate) fn requires(bytes: &[u8]) -> Vec<String> {
    let text = String::from_utf8_lossy(bytes);
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with(['#', '[']));
    lines.take(DEPENDENCIES).map(str::to_owned).collect()
}

/// Facts of declared dependencies.
pub(crate) fn dependencies(requirements: &[(String, &'static str)], member: &str, popular: &Popular) -> Vec<Fact> {
    let mut facts = Vec::new();
    for (requirement, origin) in requirements.iter().take(DEPENDENCIES) {
        let end = requirement.find(|c: char| !(c.is_alphanumeric() || matches!(c, '-' | '_' | '.')));
        let name = normalised(&requirement[..end.unwrap_or(requirement.len())]);
        let (_, rest) = requirement.split_at(end.unwrap_or(requirement.len()));
        let url = rest.split_once('@').map(|(_, url)| url.split(';').next().unwrap_or_default().trim());
        let url = url.filter(|url| url.contains("://") || url.starts_with("git+") || url.starts_with("file:"));
        let bare = requirement.contains("://").then(|| requirement.split(';').next().unwrap_or_default().trim());
        let like = popular.like(&name).map_or("", |(known, _)| known);
        facts.push(Fact::new(
            Place { member: member.to_owned(), ..Place::default() },
            facts::Dependency {
                name: name.clone(),
                requirement: requirement.clone(),
                url: url.or(bare).unwrap_or_default().to_owned(),
                origin: (*origin).to_owned(),
                lookalike_of: like.to_owned(),
            },
        ));
    }
    facts
}

/// The folder of a requirement that lies in the project itself: `helper @ file:./tools`, also where hatch puts in the root.
pub(crate) fn local(requirement: &str) -> Option<&str> {
    let (_, reference) = requirement.split_once('@')?;
    let reference = reference.split([';', '#']).next()?.trim();
    let path = match reference.strip_prefix("{root:") {
        Some(rest) => rest.split_once('}')?.1,
        None => {
            let path =
                reference.get(..5).filter(|scheme| scheme.eq_ignore_ascii_case("file:")).map(|_| &reference[5..])?;
            path.strip_prefix("//localhost").unwrap_or(path)
        }
    };
    // `f"helper @ file://{here}/vendor/helper.whl"`: the folder of the source itself.
    let path = path.trim_start_matches('/');
    let path = path.strip_prefix('{').and_then(|rest| rest.split_once('}')).map_or(path, |(_, rest)| rest);
    let path = path.trim_matches('/');
    (!path.is_empty() && path.len() < 1000).then_some(path)
}
