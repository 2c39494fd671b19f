//! How far an address reaches: nothing is fetched from a machine that only we can see, unless that is meant.

use std::net::{IpAddr, Ipv6Addr};

/// How far an address reaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reach {
    Public,
    Private,
    Loopback,
    /// Link-local (where clouds keep their metadata), multicast, reserved, or another family in disguise.
    Never,
}

impl Reach {
    pub(crate) fn of(address: IpAddr) -> Self {
        match address {
            IpAddr::V4(v4) => {
                let [a, b, c, _] = v4.octets();
                if v4.is_loopback() {
                    Self::Loopback
                } else if v4.is_private() || (a == 100 && (b & 0xC0) == 64) {
                    Self::Private
                } else if a == 0
                    || a >= 224
                    || v4.is_link_local()
                    || v4.is_documentation()
                    || (a == 198 && (b & 0xFE) == 18)
                    || (a == 192 && b == 0 && c == 0)
                    || (a == 192 && b == 88 && c == 99)
                {
                    Self::Never
                } else {
                    Self::Public
                }
            }
            IpAddr::V6(v6) => Self::of_v6(v6),
        }
    }

    fn of_v6(v6: Ipv6Addr) -> Self {
        if v6 == Ipv6Addr::LOCALHOST {
            return Self::Loopback;
        }
        if v6.is_unique_local() {
            return Self::Private;
        }
        // Only 2000::/3 is handed out; in it, tunnels and documentation carry or hide other addresses. IPv4-mapped,
        // NAT64, link-local and multicast are outside it.
        let [a, b, ..] = v6.segments();
        let global = (a & 0xE000) == 0x2000;
        let disguised = a == 0x2002 || (a == 0x2001 && b < 0x0200) || (a == 0x2001 && b == 0x0DB8) || a == 0x3FFF;
        if global && !disguised { Self::Public } else { Self::Never }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_that_are_not_public_are_told_apart() {
        let reach = |text: &str| Reach::of(text.parse().unwrap());
        for (address, expected) in [
            ("93.184.215.14", Reach::Public),
            ("2a00:1450:4001::1", Reach::Public),
            ("127.9.9.9", Reach::Loopback),
            ("::1", Reach::Loopback),
            ("10.0.0.1", Reach::Private),
            ("172.31.0.1", Reach::Private),
            ("192.168.1.1", Reach::Private),
            ("100.64.0.1", Reach::Private),
            ("fd00::1", Reach::Private),
            ("169.254.169.254", Reach::Never),
            ("0.0.0.0", Reach::Never),
            ("255.255.255.255", Reach::Never),
            ("224.0.0.1", Reach::Never),
            ("198.18.0.1", Reach::Never),
            ("::", Reach::Never),
            ("::ffff:127.0.0.1", Reach::Never),
            ("::ffff:10.0.0.1", Reach::Never),
            ("64:ff9b::a00:1", Reach::Never),
            ("2002:7f00:1::", Reach::Never),
            ("2001:0:1::", Reach::Never),
            ("fe80::1", Reach::Never),
            ("ff02::1", Reach::Never),
        ] {
            assert_eq!(reach(address), expected, "{address}");
        }
    }
}
