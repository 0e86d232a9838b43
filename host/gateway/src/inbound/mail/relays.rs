// SPDX-License-Identifier: Apache-2.0
//! The relays that are served, and how many connections each has.

use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use crate::inbound::{mail::limits::MailLimits, network::IpNetwork};

/// Who is connected.
pub(super) struct Relays {
    allowed: Vec<IpNetwork>,
    connected: Mutex<HashMap<IpAddr, u32>>,
    limit: u32,
    limit_per_relay: u32,
}

/// Why a connection is not served.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NotServed {
    /// The address is no relay's.
    Stranger,
    /// There are as many connections as there may be.
    TooMany,
    /// The relay has as many.
    TooManyOfRelay,
}

/// A connection that is counted; dropping it counts it no more.
pub(super) struct Connected {
    relays: Arc<Relays>,
    relay: IpAddr,
}

impl Relays {
    pub(super) fn new(allowed: Vec<IpNetwork>, limits: &MailLimits) -> Arc<Self> {
        Arc::new(Self {
            allowed,
            connected: Mutex::default(),
            limit: limits.connections,
            limit_per_relay: limits.connections_per_relay,
        })
    }

    /// Counts a connection, if it may be served.
    pub(super) fn connect(self: &Arc<Self>, address: IpAddr) -> Result<Connected, NotServed> {
        let relay = address.to_canonical();
        if !self.allowed.iter().any(|network| network.contains(relay)) {
            return Err(NotServed::Stranger);
        }
        let mut connected = self.connected();
        if connected.values().sum::<u32>() >= self.limit {
            return Err(NotServed::TooMany);
        }
        let of_relay = connected.entry(relay).or_default();
        if *of_relay >= self.limit_per_relay {
            return Err(NotServed::TooManyOfRelay);
        }
        *of_relay += 1;
        drop(connected);
        Ok(Connected {
            relays: Arc::clone(self),
            relay,
        })
    }

    fn connected(&self) -> MutexGuard<'_, HashMap<IpAddr, u32>> {
        self.connected
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Connected {
    fn drop(&mut self) {
        let mut connected = self.relays.connected();
        if let Some(number) = connected.get_mut(&self.relay) {
            *number = number.saturating_sub(1);
            if *number == 0 {
                connected.remove(&self.relay);
            }
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
    fn connections_are_counted_by_relay_and_together() {
        let limits = MailLimits {
            connections: 3,
            connections_per_relay: 2,
            ..MailLimits::default()
        };
        let relays = Relays::new(vec!["192.0.2.0/24".parse().unwrap()], &limits);
        let connect = |text: &str| relays.connect(address(text));
        let first = connect("192.0.2.1").ok().unwrap();
        let _second = connect("::ffff:192.0.2.1").ok().unwrap();
        assert_eq!(connect("192.0.2.1").err(), Some(NotServed::TooManyOfRelay));
        let _third = connect("192.0.2.2").ok().unwrap();
        assert_eq!(connect("192.0.2.3").err(), Some(NotServed::TooMany));
        assert_eq!(connect("192.0.3.1").err(), Some(NotServed::Stranger));
        drop(first);
        assert!(connect("192.0.2.1").is_ok());
        drop((_second, _third));
        assert!(relays.connected().is_empty());
    }
}
