// SPDX-License-Identifier: Apache-2.0
//! Peers by their addresses.

use std::{fmt, net::IpAddr, str::FromStr};

/// A peer by its address, or peers by their network: `192.0.2.7`, `192.0.2.0/24`, `2001:db8::/48`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IpNetwork {
    first: IpAddr,
    prefix: u32,
}

/// Why a text names no peers. It does not repeat the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum WrongNetwork {
    /// It is no address and no network.
    #[error(
        "this has to be an IP address such as 192.0.2.7, or a network such as 192.0.2.0/24 or 2001:db8::/48"
    )]
    Form,
    /// The address has bits beyond the prefix.
    #[error(
        "this address has bits set beyond its prefix, so that either may be meant; write the network's first address, or the address alone"
    )]
    HostBits,
    /// It is everybody.
    #[error(
        "a prefix of 0 bits lets everybody in, and what everybody may send is believed then; name the addresses of those that are meant"
    )]
    Everybody,
}

impl IpNetwork {
    /// Whether an address is in it. An IPv4 address that is written as IPv6 counts as the former.
    pub fn contains(&self, address: IpAddr) -> bool {
        match (self.first, address.to_canonical()) {
            (IpAddr::V4(_), IpAddr::V4(_)) | (IpAddr::V6(_), IpAddr::V6(_)) => {
                bits(address.to_canonical(), self.prefix) == bits(self.first, self.prefix)
            }
            _ => false,
        }
    }
}

/// The first bits of an address.
fn bits(address: IpAddr, number: u32) -> u128 {
    match address {
        IpAddr::V4(address) => {
            let bits = address.to_bits();
            bits.checked_shr(32_u32.saturating_sub(number))
                .unwrap_or(0)
                .into()
        }
        IpAddr::V6(address) => {
            let bits = address.to_bits();
            bits.checked_shr(128_u32.saturating_sub(number))
                .unwrap_or(0)
        }
    }
}

impl FromStr for IpNetwork {
    type Err = WrongNetwork;

    fn from_str(text: &str) -> Result<Self, WrongNetwork> {
        let (address, prefix) = match text.split_once('/') {
            Some((address, prefix)) => (address, Some(prefix)),
            None => (text, None),
        };
        let written: IpAddr = address.parse().map_err(|_| WrongNetwork::Form)?;
        let (first, most) = match (written.to_canonical(), prefix) {
            // `::ffff:192.0.2.0/120` counts the bits of IPv6; nobody needs it.
            (canonical, Some(_)) if canonical != written => return Err(WrongNetwork::Form),
            (address @ IpAddr::V4(_), _) => (address, 32),
            (address @ IpAddr::V6(_), _) => (address, 128),
        };
        let is_number = |prefix: &&str| prefix.bytes().all(|byte| byte.is_ascii_digit());
        let prefix = match prefix {
            None => most,
            Some(prefix) => Some(prefix)
                .filter(is_number)
                .and_then(|prefix| prefix.parse().ok())
                .filter(|prefix| *prefix <= most)
                .ok_or(WrongNetwork::Form)?,
        };
        if prefix == 0 {
            return Err(WrongNetwork::Everybody);
        }
        let network = Self { first, prefix };
        let host_bits = match first {
            IpAddr::V4(address) => u128::from(address.to_bits().checked_shl(prefix).unwrap_or(0)),
            IpAddr::V6(address) => address.to_bits().checked_shl(prefix).unwrap_or(0),
        };
        match host_bits {
            0 => Ok(network),
            _ => Err(WrongNetwork::HostBits),
        }
    }
}

impl fmt::Display for IpNetwork {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let most = if self.first.is_ipv4() { 32 } else { 128 };
        match self.prefix == most {
            true => write!(f, "{}", self.first),
            false => write!(f, "{}/{}", self.first, self.prefix),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn networks_have_the_addresses_that_begin_alike() {
        for (network, inside, outside) in [
            ("192.0.2.7", "192.0.2.7", "192.0.2.6"),
            ("192.0.2.0/24", "192.0.2.255", "192.0.3.0"),
            ("192.0.2.128/25", "::ffff:192.0.2.129", "192.0.2.127"),
            ("128.0.0.0/1", "255.1.1.1", "127.0.0.1"),
            ("2001:db8::/47", "2001:db8:1:ffff::1", "2001:db8:2::"),
            ("2001:db8::7", "2001:db8::7", "192.0.2.7"),
            ("::ffff:192.0.2.7", "192.0.2.7", "192.0.2.8"),
        ] {
            let network: IpNetwork = network.parse().unwrap();
            assert!(network.contains(address(inside)), "{network} {inside}");
            assert!(!network.contains(address(outside)), "{network} {outside}");
        }
    }

    #[test]
    fn what_names_no_relays_is_told() {
        for (text, expected) in [
            ("", WrongNetwork::Form),
            ("relay.example", WrongNetwork::Form),
            ("192.0.2.0/33", WrongNetwork::Form),
            ("192.0.2.0/+8", WrongNetwork::Form),
            ("192.0.2.0/", WrongNetwork::Form),
            ("::ffff:192.0.2.0/120", WrongNetwork::Form),
            ("192.0.2.7/24", WrongNetwork::HostBits),
            ("2001:db8::1/64", WrongNetwork::HostBits),
            ("0.0.0.0/0", WrongNetwork::Everybody),
            ("::/0", WrongNetwork::Everybody),
        ] {
            assert_eq!(text.parse::<IpNetwork>(), Err(expected), "{text}");
        }
    }
}
