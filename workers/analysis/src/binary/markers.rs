//! Addresses that stand in a binary as text.

use memchr::memmem;

/// Addresses that a fact keeps, bytes that are searched, and places that are looked at.
const KEPT: usize = 20;
const SEARCHED: usize = 32 << 20;
const PLACES: usize = 2000;
const SCHEMES: [&[u8]; 5] = [b"https", b"http", b"ftp", b"wss", b"tcp"];
/// Bytes of an address.
const LONGEST: usize = 120;

/// Addresses of the web, in the order in which they stand, each host once.
pub(super) fn urls(bytes: &[u8]) -> Vec<String> {
    let bytes = &bytes[..bytes.len().min(SEARCHED)];
    let mut found: Vec<String> = Vec::new();
    let mut hosts: Vec<&[u8]> = Vec::new();
    for at in memmem::find_iter(bytes, b"://").take(PLACES) {
        let before = &bytes[at.saturating_sub(5)..at];
        let Some(scheme) = SCHEMES.iter().find(|scheme| before.ends_with(scheme)) else { continue };
        let rest = &bytes[at + 3..bytes.len().min(at + 3 + LONGEST)];
        let part = |wanted: fn(&u8) -> bool| &rest[..rest.iter().position(|byte| !wanted(byte)).unwrap_or(rest.len())];
        let host = part(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b':'));
        if host.len() < 4 || !host.contains(&b'.') || hosts.contains(&host) {
            continue;
        }
        let url = part(|byte| byte.is_ascii_graphic() && !matches!(byte, b'"' | b'\'' | b'<' | b'>' | b')' | b'\\'));
        hosts.push(host);
        found.push(String::from_utf8_lossy(&bytes[at - scheme.len()..at + 3 + url.len()]).into_owned());
        if found.len() >= KEPT {
            break;
        }
    }
    found
}
