// SPDX-License-Identifier: Apache-2.0
//! Limits on what clients of the platform's API may use.

use std::time::Duration;

use serde::{Deserialize, Deserializer};
use silta_store::record::MOST_ROWS;

use crate::inbound::WrongLimit;

/// Limits of the platform's API over all tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct PlatformLimits {
    /// Connections open at once; further ones wait to be accepted. Default 256, 1 to 100,000.
    pub connections: u32,
    /// Requests that wait for entries of the inbox at once; one more is answered with 429. Default 64, 0 to 10,000.
    pub waiting: u32,
    /// Request line and header fields of a request, in bytes; more is answered with 431. Default 16 KiB, 8 KiB to 1 MiB.
    pub header_bytes: u32,
    /// Header fields of a request; more is answered with 431. Default 64, 1 to 1,000.
    pub header_fields: u32,
    /// Bytes of the body of a request; more is answered with 413. Default 64 MiB, 1 KiB to 16 GiB.
    pub body_bytes: u64,
    /// Bytes of bodies and documents held at once, over all requests; beyond it a request is answered with 503 and `Retry-After`. Default 256 MiB, 64 KiB to
    /// 64 GiB.
    pub bytes_at_once: u64,
    /// Bytes of the parameters of an operation; more is answered with 413. Default 1 MiB, 1 KiB to 64 MiB.
    pub parameter_bytes: u32,
    /// Parts of a body in `multipart/form-data`; more is answered with 413. Default 34, 1 to 1,000.
    pub parts: u32,
    /// Bytes of the header fields of a part; more is answered with 413. Default 8 KiB, 256 B to 64 KiB.
    pub part_header_bytes: u32,
    /// Rows that one answer has at most; a `limit` beyond it is answered with 400. Default 1,000, which is the most, and at least 1.
    pub page_rows: u32,
    /// How long a request may wait for entries at most; a `wait` beyond it is answered with 400. Default 60 s, 0 to 3600 s.
    pub wait_seconds: u32,
    /// How long a lease of an entry may be at most; a `lease` beyond it is answered with 400. Default 3600 s, 1 s to 604,800 s.
    pub lease_seconds: u32,
    /// For the TLS handshake, for the head of each request, and between two requests; then the connection is closed. Default 15 s.
    #[serde(rename = "header-milliseconds", deserialize_with = "milliseconds")]
    pub header_time: Duration,
    /// For the body of a request; then 408. Default 60 s.
    #[serde(rename = "body-milliseconds", deserialize_with = "milliseconds")]
    pub body_time: Duration,
    /// How long a client may take nothing of its answer; then the connection is closed. Default 30 s.
    #[serde(rename = "write-milliseconds", deserialize_with = "milliseconds")]
    pub write_time: Duration,
    /// For requests under way once the program stops; then their connections are closed. Requests that wait for entries are answered at once.
    /// Default 10 s.
    #[serde(rename = "stop-milliseconds", deserialize_with = "milliseconds")]
    pub stop_time: Duration,
}

/// What one token may use. Defaults leave room for others within [`PlatformLimits`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct TokenLimits {
    /// Requests under way at once, those that wait for entries among them; one more is answered with 429. Default 32, 1 to 10,000.
    pub requests: u32,
    /// Requests that wait for entries at once; one more is answered with 429. Default 16, 0 to 10,000.
    pub waiting: u32,
    /// Bytes of the body of a request; more is answered with 413. Default as many as [`PlatformLimits::body_bytes`], 1 KiB to 16 GiB.
    pub body_bytes: Option<u64>,
}

impl Default for PlatformLimits {
    fn default() -> Self {
        Self {
            connections: 256,
            waiting: 64,
            header_bytes: 16 << 10,
            header_fields: 64,
            body_bytes: 64 << 20,
            bytes_at_once: 256 << 20,
            parameter_bytes: 1 << 20,
            parts: 34,
            part_header_bytes: 8 << 10,
            page_rows: MOST_ROWS,
            wait_seconds: 60,
            lease_seconds: 3_600,
            header_time: Duration::from_secs(15),
            body_time: Duration::from_secs(60),
            write_time: Duration::from_secs(30),
            stop_time: Duration::from_secs(10),
        }
    }
}

impl Default for TokenLimits {
    fn default() -> Self {
        Self {
            requests: 32,
            waiting: 16,
            body_bytes: None,
        }
    }
}

fn milliseconds<'de, D: Deserializer<'de>>(number: D) -> Result<Duration, D::Error> {
    let number = u32::deserialize(number)?;
    Ok(Duration::from_millis(number.into()))
}

/// An hour in milliseconds: no client has to be waited for longer.
const LONGEST_TIME: u64 = 3_600_000;

const LARGEST_BODY: u64 = 16 << 30;

/// Name in the configuration, value, least and most.
type Range = (&'static str, u64, u64, u64);

impl PlatformLimits {
    /// Whether each of them is in its range.
    ///
    /// # Errors
    /// The first one that is not.
    pub fn check(&self) -> Result<(), WrongLimit> {
        check(self.ranges())
    }

    fn ranges(&self) -> [Range; 16] {
        let time = |time: Duration| u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
        let some = |name, value: u32, least, most| (name, value.into(), least, most);
        let timed = |name, value, least| (name, time(value), least, LONGEST_TIME);
        [
            some("connections", self.connections, 1, 100_000),
            some("waiting", self.waiting, 0, 10_000),
            some("header-bytes", self.header_bytes, 8 << 10, 1 << 20),
            some("header-fields", self.header_fields, 1, 1_000),
            ("body-bytes", self.body_bytes, 1 << 10, LARGEST_BODY),
            ("bytes-at-once", self.bytes_at_once, 64 << 10, 64 << 30),
            some("parameter-bytes", self.parameter_bytes, 1 << 10, 64 << 20),
            some("parts", self.parts, 1, 1_000),
            some("part-header-bytes", self.part_header_bytes, 256, 64 << 10),
            some("page-rows", self.page_rows, 1, MOST_ROWS.into()),
            some("wait-seconds", self.wait_seconds, 0, 3_600),
            some("lease-seconds", self.lease_seconds, 1, 604_800),
            timed("header-milliseconds", self.header_time, 1),
            timed("body-milliseconds", self.body_time, 1),
            timed("write-milliseconds", self.write_time, 1),
            timed("stop-milliseconds", self.stop_time, 0),
        ]
    }
}

impl TokenLimits {
    /// Whether each of them is in its range.
    ///
    /// # Errors
    /// The first one that is not.
    pub fn check(&self) -> Result<(), WrongLimit> {
        let body = self.body_bytes.unwrap_or(LARGEST_BODY);
        check([
            ("requests", self.requests.into(), 1, 10_000),
            ("waiting", self.waiting.into(), 0, 10_000),
            ("body-bytes", body, 1 << 10, LARGEST_BODY),
        ])
    }
}

fn check(ranges: impl IntoIterator<Item = Range>) -> Result<(), WrongLimit> {
    let wrong = ranges
        .into_iter()
        .find(|(_, value, least, most)| !(least..=most).contains(&value));
    match wrong {
        None => Ok(()),
        Some((name, value, least, most)) => Err(WrongLimit {
            name,
            value,
            least,
            most,
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_limit_is_named_below_and_above_its_range() {
        assert_eq!(PlatformLimits::default().check(), Ok(()));
        assert_eq!(TokenLimits::default().check(), Ok(()));
        let rows = |page_rows| PlatformLimits {
            page_rows,
            ..PlatformLimits::default()
        };
        for (limits, value) in [(rows(0), 0), (rows(MOST_ROWS + 1), 1_001)] {
            let wrong = limits.check().unwrap_err();
            assert_eq!((wrong.name, wrong.value), ("page-rows", value));
        }
        let none = TokenLimits {
            requests: 0,
            ..TokenLimits::default()
        };
        assert_eq!(none.check().unwrap_err().name, "requests");
        let small = TokenLimits {
            body_bytes: Some(1_023),
            ..TokenLimits::default()
        };
        assert_eq!(small.check().unwrap_err().name, "body-bytes");
    }
}
