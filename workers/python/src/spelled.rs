//! Bytes that are spelled as something else: a payload as a list of UUIDs or of network addresses.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::decode;
use crate::interpreter::Interpreter;
use crate::names::NameId;

/// Classes whose objects are bytes with a written form.
pub(crate) fn is_spelled(name: &str) -> bool {
    matches!(name, "uuid.UUID" | "ipaddress.ip_address" | "ipaddress.IPv4Address" | "ipaddress.IPv6Address")
}

/// The bytes that a text stands for, in the order in which it is written.
pub(crate) fn packed(class: &str, text: &str) -> Option<Vec<u8>> {
    match class {
        "uuid.UUID" => {
            let text = text.trim_start_matches("urn:").trim_start_matches("uuid:").trim_matches(['{', '}']);
            let bytes = decode::hex(text.replace('-', "").as_bytes())?;
            (bytes.len() == 16).then_some(bytes)
        }
        "ipaddress.IPv4Address" => text.parse::<Ipv4Addr>().ok().map(|address| address.octets().to_vec()),
        "ipaddress.IPv6Address" => text.parse::<Ipv6Addr>().ok().map(|address| address.octets().to_vec()),
        "ipaddress.ip_address" => match text.parse().ok()? {
            IpAddr::V4(address) => Some(address.octets().to_vec()),
            IpAddr::V6(address) => Some(address.octets().to_vec()),
        },
        _ => None,
    }
}

impl Interpreter<'_, '_> {
    /// `uuid.UUID("…").bytes`, `ipaddress.ip_address("…").packed`: an attribute of what such a call gave.
    pub(crate) fn spelled_bytes(&self, class: NameId, call: u32, attribute: &str) -> Option<Vec<u8>> {
        if !matches!(attribute, "bytes" | "bytes_le" | "packed") || !is_spelled(self.names.text(class)) {
            return None;
        }
        let mut bytes = packed(self.names.text(class), self.records.text_of_call(call).first()?)?;
        if attribute == "bytes_le" {
            bytes[..4].reverse();
            bytes[4..6].reverse();
            bytes[6..8].reverse();
        }
        Some(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::packed;

    #[test]
    fn a_written_form_is_its_bytes() {
        let uuid = packed("uuid.UUID", "{00010203-0405-0607-0809-0a0b0c0d0e0f}");
        assert_eq!(uuid, Some((0..16).collect()));
        assert_eq!(packed("uuid.UUID", "0001"), None);
        assert_eq!(packed("ipaddress.ip_address", "1.2.3.4"), Some(vec![1, 2, 3, 4]));
        assert_eq!(packed("ipaddress.IPv6Address", "::1").map(|bytes| (bytes.len(), bytes[15])), Some((16, 1)));
        assert_eq!(packed("ipaddress.IPv4Address", "::1"), None);
    }
}
