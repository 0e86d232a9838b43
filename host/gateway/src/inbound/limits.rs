// SPDX-License-Identifier: Apache-2.0
//! Limits on what callers may use outside the sandbox.

use std::time::Duration;

use serde::{Deserialize, Deserializer};

/// Limits of a listener. The size of a body is not among them: the serving component declares it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct ListenerLimits {
    /// Connections open at once. For one more, another one is closed: of callers without an accepted call before others, of the address
    /// with the most, idle ones before those that read a body, the oldest first. Default 1024, 1 to 100,000.
    pub connections: u32,
    /// Connections of one address at once, an IPv6 address counting with its /64; for one more, one of the same address is closed. 1 to 100,000; `None`
    /// is a quarter of `connections`. Behind a proxy all callers have one address: then as many as `connections`.
    pub connections_per_address: Option<u32>,
    /// Connections at once whose caller has not had an accepted call; the rest is kept for callers that have. 1 to 100,000; `None` is three quarters of
    /// `connections`.
    pub stranger_connections: Option<u32>,
    /// Callers with an accepted call that are remembered, by certificate and by address; the one that has not called for longest is forgotten first.
    /// Default 1024, 1 to 1,000,000.
    pub known_callers: u32,
    /// Certificates that a client may show; with more its handshake fails. Default 10, 1 to 100.
    pub chain_certificates: u32,
    /// Bytes of the certificates that a client may show; with more its handshake fails. Default 32 KiB, 1 KiB to 64 KiB.
    pub chain_bytes: u32,
    /// Calls of one agency in the sandbox at once, over all its routes, see [`ServedAgency`](crate::ServedAgency). Further calls queue, within
    /// `queue_time`. Default 16, 1 to 1,000. A component that hangs uses up the places of its own agency only.
    pub calls_per_agency: u32,
    /// Request line and header fields of a call, in bytes; more is answered with 431. Default 16 KiB, 1 KiB to 1 MiB.
    pub header_bytes: u32,
    /// Header fields of a call; more is answered with 431. Default 64, at least 1 and at most 1,000.
    pub header_fields: u32,
    /// For a call to wait until it may enter the sandbox; one that would wait longer, going by what calls take at the moment, is answered with 503 and
    /// `Retry-After` as soon as it has come. Default 500 ms: with more calls than can be answered, those that are answered are so within a second. Longer takes
    /// larger bursts in without a refusal, up to `answer_time`, which holds for all of it.
    #[serde(rename = "queue-milliseconds", deserialize_with = "milliseconds")]
    pub queue_time: Duration,
    /// Bytes of bodies held at once, over all calls, from the first byte read until the call is validated; beyond it a call is answered with 503 and
    /// `Retry-After`. Callers without an accepted call may use three quarters of it. Default 64 MiB, 64 KiB to 64 GiB.
    pub body_bytes_at_once: u64,
    /// For the TLS handshake, and again for the head of each call; then the connection is closed. Default 5 s.
    #[serde(rename = "header-milliseconds", deserialize_with = "milliseconds")]
    pub header_time: Duration,
    /// Between the calls of a caller that has had an accepted one; then the connection is closed. Others have `header_time`. Default 60 s.
    #[serde(rename = "idle-milliseconds", deserialize_with = "milliseconds")]
    pub idle_time: Duration,
    /// For the body of a call; then 408. And for an answer to be taken by the caller; then the connection is closed. Default 5 s.
    #[serde(rename = "body-milliseconds", deserialize_with = "milliseconds")]
    pub body_time: Duration,
    /// From the last byte of a call until its answer is ready, the commit included; then 503. Default 5 s: with the two above it stays within the 10 s
    /// that Customs waits, unless a caller is slow on purpose.
    #[serde(rename = "answer-milliseconds", deserialize_with = "milliseconds")]
    pub answer_time: Duration,
    /// Rejected calls of callers with an accepted one that are kept for somebody to look at ([`UNREADABLE`](crate::UNREADABLE)), of each agency in an hour; further ones
    /// are counted. Default 0, which keeps none: whoever comes from the address of a known caller could fill the inbox with what a component rejects; 0 to 100,000.
    pub rejected_calls_per_hour: u32,
    /// For calls under way once the listener stops; then their connections are closed. Default 10 s.
    #[serde(rename = "stop-milliseconds", deserialize_with = "milliseconds")]
    pub stop_time: Duration,
}

impl Default for ListenerLimits {
    fn default() -> Self {
        Self {
            connections: 1024,
            connections_per_address: None,
            stranger_connections: None,
            known_callers: 1024,
            chain_certificates: 10,
            chain_bytes: 32 << 10,
            calls_per_agency: 16,
            queue_time: Duration::from_millis(500),
            header_bytes: 16 << 10,
            header_fields: 64,
            body_bytes_at_once: 64 << 20,
            header_time: Duration::from_secs(5),
            idle_time: Duration::from_secs(60),
            body_time: Duration::from_secs(5),
            answer_time: Duration::from_secs(5),
            rejected_calls_per_hour: 0,
            stop_time: Duration::from_secs(10),
        }
    }
}

fn milliseconds<'de, D: Deserializer<'de>>(number: D) -> Result<Duration, D::Error> {
    let number = u32::deserialize(number)?;
    Ok(Duration::from_millis(number.into()))
}

/// A limit outside its range.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{name} is {value} and has to be {least} to {most}")]
pub struct WrongLimit {
    /// Its name in the configuration.
    pub name: &'static str,
    /// Its value: a number, bytes or milliseconds.
    pub value: u64,
    /// The least it can be.
    pub least: u64,
    /// The most it can be.
    pub most: u64,
}

/// An hour in milliseconds: no caller has to be waited for longer.
const LONGEST_TIME: u64 = 3_600_000;

/// More than one process has files for.
const MOST_CONNECTIONS: u64 = 100_000;

impl ListenerLimits {
    /// Connections of one address at once.
    pub fn connections_per_address(&self) -> u32 {
        let share = self.connections / 4;
        self.connections_per_address.unwrap_or_else(|| share.max(1))
    }

    /// Connections at once of callers without an accepted call.
    pub fn stranger_connections(&self) -> u32 {
        let most = self.connections;
        self.stranger_connections
            .unwrap_or(most - most / 4)
            .min(most)
    }

    /// Whether each of them is in its range.
    ///
    /// # Errors
    /// The first one that is not.
    pub fn check(&self) -> Result<(), WrongLimit> {
        for (name, value, least, most) in self.ranges() {
            if !(least..=most).contains(&value) {
                return Err(WrongLimit {
                    name,
                    value,
                    least,
                    most,
                });
            }
        }
        Ok(())
    }

    /// Name in the configuration, value, least and most of each.
    fn ranges(&self) -> [(&'static str, u64, u64, u64); 17] {
        let time = |time: Duration| u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
        let some = |name, value: u32, most| (name, value.into(), 1, most);
        let timed = |name, value, least| (name, time(value), least, LONGEST_TIME);
        let header = u64::from(self.header_bytes);
        let chain = u64::from(self.chain_bytes);
        [
            some("connections", self.connections, MOST_CONNECTIONS),
            some(
                "connections-per-address",
                self.connections_per_address.unwrap_or(1),
                MOST_CONNECTIONS,
            ),
            some(
                "stranger-connections",
                self.stranger_connections.unwrap_or(1),
                MOST_CONNECTIONS,
            ),
            some("known-callers", self.known_callers, 1_000_000),
            some("chain-certificates", self.chain_certificates, 100),
            ("chain-bytes", chain, 1 << 10, 64 << 10),
            some("calls-per-agency", self.calls_per_agency, 1000),
            ("header-bytes", header, 1 << 10, 1 << 20),
            some("header-fields", self.header_fields, 1000),
            (
                "body-bytes-at-once",
                self.body_bytes_at_once,
                64 << 10,
                64 << 30,
            ),
            timed("header-milliseconds", self.header_time, 1),
            timed("idle-milliseconds", self.idle_time, 1),
            timed("body-milliseconds", self.body_time, 1),
            timed("queue-milliseconds", self.queue_time, 1),
            timed("answer-milliseconds", self.answer_time, 1),
            (
                "rejected-calls-per-hour",
                self.rejected_calls_per_hour.into(),
                0,
                100_000,
            ),
            timed("stop-milliseconds", self.stop_time, 0),
        ]
    }
}
