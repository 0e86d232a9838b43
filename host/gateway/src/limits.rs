//! What a caller may use before the sandbox looks at its call.

use std::time::Duration;

use silta::config;

/// Limits of a listener. The size of a body is not among them: the serving component declares it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ListenerLimits {
    /// Connections open at once; one more is closed as soon as it is accepted. Default 256, at least 1.
    pub connections: u32,
    /// Calls of one agency in the sandbox at once; more wait, within their time for an answer. Default 16, 1 to 1,000. A component that
    /// hangs uses up the share of its own agency only.
    pub calls_per_agency: u32,
    /// Request line and header fields of a call, in bytes; more is answered with 431. Default 16 KiB, 1 KiB to 1 MiB.
    pub header_bytes: u32,
    /// Header fields of a call; more is answered with 431. Default 64, at least 1 and at most 1,000.
    pub header_fields: u32,
    /// For the TLS handshake, and again for the head of each call, waiting for the call included; then the connection is closed. Default 5 s.
    pub header_time: Duration,
    /// For the body of a call; then 408. And for an answer to be taken by the caller; then the connection is closed. Default 5 s.
    pub body_time: Duration,
    /// From the last byte of a call until its answer is ready, the commit included; then 503. Default 5 s: with the two above it stays within the 10 s
    /// that Customs waits, unless a caller is slow on purpose.
    pub answer_time: Duration,
    /// For calls under way once the listener stops; then their connections are closed. Default 10 s.
    pub stop_time: Duration,
}

impl Default for ListenerLimits {
    fn default() -> Self {
        Self {
            connections: 256,
            calls_per_agency: 16,
            header_bytes: 16 << 10,
            header_fields: 64,
            header_time: Duration::from_secs(5),
            body_time: Duration::from_secs(5),
            answer_time: Duration::from_secs(5),
            stop_time: Duration::from_secs(10),
        }
    }
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

impl ListenerLimits {
    /// The defaults, but for what a configuration sets.
    pub fn configured(set: &config::ListenerLimits) -> Self {
        let default = Self::default();
        let time = |set: Option<u32>, default| {
            set.map_or(default, |time| Duration::from_millis(time.into()))
        };
        Self {
            connections: set.connections.unwrap_or(default.connections),
            calls_per_agency: set.calls_per_agency.unwrap_or(default.calls_per_agency),
            header_bytes: set.header_bytes.unwrap_or(default.header_bytes),
            header_fields: set.header_fields.unwrap_or(default.header_fields),
            header_time: time(set.header_milliseconds, default.header_time),
            body_time: time(set.body_milliseconds, default.body_time),
            answer_time: time(set.answer_milliseconds, default.answer_time),
            stop_time: time(set.stop_milliseconds, default.stop_time),
        }
    }

    /// Whether each of them is in its range.
    ///
    /// # Errors
    /// The first one that is not.
    pub fn check(&self) -> Result<(), WrongLimit> {
        let time = |time: Duration| u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
        let most_connections = 100_000;
        for (name, value, least, most) in [
            ("connections", self.connections.into(), 1, most_connections),
            ("calls-per-agency", self.calls_per_agency.into(), 1, 1000),
            ("header-bytes", self.header_bytes.into(), 1 << 10, 1 << 20),
            ("header-fields", self.header_fields.into(), 1, 1000),
            (
                "header-milliseconds",
                time(self.header_time),
                1,
                LONGEST_TIME,
            ),
            ("body-milliseconds", time(self.body_time), 1, LONGEST_TIME),
            (
                "answer-milliseconds",
                time(self.answer_time),
                1,
                LONGEST_TIME,
            ),
            ("stop-milliseconds", time(self.stop_time), 0, LONGEST_TIME),
        ] {
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
}
