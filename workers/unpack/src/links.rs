//! Links, resolved inside the archive: where they lead, and whether they lead out of it.

use std::collections::HashMap;

/// As many as Linux follows.
const HOPS: u32 = 40;

/// Bytes of paths that are compared for the links of one archive: following them all stays linear.
pub(crate) const FUEL: u64 = 64 * 1024 * 1024;
const LONGEST: usize = 4096;
/// What parts folders in a target: for one system or for the other.
const PARTS: [char; 2] = ['/', '\\'];

/// Where a link leads.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Destination {
    /// A path in the archive, whether or not something is there.
    Inside(String),
    /// Above the root of the archive, or an absolute path.
    Outside,
    /// Links that lead to each other, or on and on.
    Loop,
}

/// A path without `.` and empty parts; `..` is kept.
pub(crate) fn normal(path: &str) -> String {
    let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty() && *part != ".").collect();
    parts.join("/")
}

/// Follows a symbolic link at `path`; `links` are all symbolic links of the archive by normal path.
pub(crate) fn follow(path: &str, target: &str, links: &HashMap<String, String>, fuel: &mut u64) -> Destination {
    if path.len() > LONGEST {
        return Destination::Loop;
    }
    let mut parts: Vec<String> = normal(path).split('/').map(str::to_owned).collect();
    parts.pop();
    walk(parts, target, links, fuel)
}

/// Follows a path from the root of the archive, as a hard link names its target.
pub(crate) fn from_root(target: &str, links: &HashMap<String, String>, fuel: &mut u64) -> Destination {
    walk(Vec::new(), target, links, fuel)
}

fn walk(mut at: Vec<String>, target: &str, links: &HashMap<String, String>, fuel: &mut u64) -> Destination {
    if is_absolute(target) {
        return Destination::Outside;
    }
    if target.len() > LONGEST {
        return Destination::Loop;
    }
    // The parts still to go, the next one last.
    let mut ahead: Vec<String> = target.split(PARTS).rev().map(str::to_owned).collect();
    let mut hops = 0;
    while let Some(part) = ahead.pop() {
        match part.as_str() {
            "" | "." => {}
            ".." => {
                if at.pop().is_none() {
                    return Destination::Outside;
                }
            }
            _ => {
                at.push(part);
                if links.is_empty() {
                    continue;
                }
                let here = at.join("/");
                *fuel = fuel.saturating_sub(here.len() as u64);
                if *fuel == 0 || here.len() > LONGEST {
                    return Destination::Loop;
                }
                if let Some(next) = links.get(&here) {
                    hops += 1;
                    if hops > HOPS || next.len() > LONGEST {
                        return Destination::Loop;
                    }
                    if is_absolute(next) {
                        return Destination::Outside;
                    }
                    at.pop();
                    ahead.extend(next.split(PARTS).rev().map(str::to_owned));
                }
            }
        }
    }
    Destination::Inside(at.join("/"))
}

fn is_absolute(target: &str) -> bool {
    let mut start = target.chars();
    let drive = start.next().is_some_and(|first| first.is_ascii_alphabetic()) && start.next() == Some(':');
    target.starts_with('/') || target.starts_with('\\') || drive
}

#[cfg(test)]
mod tests {
    use super::*;

    fn links(pairs: &[(&str, &str)]) -> HashMap<String, String> {
        pairs.iter().map(|(from, to)| ((*from).to_owned(), (*to).to_owned())).collect()
    }

    #[test]
    fn a_link_is_followed_through_links_of_folders() {
        let known = links(&[("a/lib", "../b"), ("b/x", "y.py")]);
        assert_eq!(follow("a/start", "lib/x", &known, &mut FUEL.clone()), Destination::Inside("b/y.py".into()));
    }

    #[test]
    fn a_chain_that_climbs_out_is_an_escape() {
        let known = links(&[("a/up", "..")]);
        assert_eq!(follow("a/out", "up/../x", &known, &mut FUEL.clone()), Destination::Outside);
        assert_eq!(follow("a/b", "../../etc", &known, &mut FUEL.clone()), Destination::Outside);
        assert_eq!(follow("a/b", "/etc/passwd", &known, &mut FUEL.clone()), Destination::Outside);
        assert_eq!(follow("a/b", "../LICENSE", &known, &mut FUEL.clone()), Destination::Inside("LICENSE".into()));
    }

    #[test]
    fn links_that_lead_to_each_other_end() {
        let known = links(&[("a", "b"), ("b", "a")]);
        assert_eq!(follow("a", "b", &known, &mut FUEL.clone()), Destination::Loop);
    }
}
