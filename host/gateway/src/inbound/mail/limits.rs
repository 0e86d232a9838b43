// SPDX-License-Identifier: Apache-2.0
//! Limits on what relays may use outside the sandbox.

use std::time::Duration;

use serde::{Deserialize, Deserializer};

use crate::inbound::limits::{ListenerLimits, WrongLimit};

/// Limits of a listener for mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct MailLimits {
    /// Connections open at once; one more is answered with 421. Default 64, 1 to 10,000.
    pub connections: u32,
    /// Connections of one relay at once; one more is answered with 421. Default 16, 1 to 10,000.
    pub connections_per_relay: u32,
    /// Certificates that a relay may show; with more its handshake fails. Default 10, 1 to 100.
    pub chain_certificates: u32,
    /// Bytes of the certificates that a relay may show; with more its handshake fails. Default 32 KiB, 1 KiB to 64 KiB.
    pub chain_bytes: u32,
    /// Commands of a connection; one more is answered with 421, and the relay connects again. Default 1,000, 10 to 1,000,000.
    pub commands_per_session: u32,
    /// Bytes of a command line, its CRLF included; more is answered with 500. Default 2 KiB, 512 (RFC 5321 §4.5.3.1.4) to 64 KiB.
    pub command_line_bytes: u32,
    /// Bytes of a line of a content, its CRLF included; more is answered with 554. RFC 5321 §4.5.3.1.6 allows 1,000; programs write longer ones all the same,
    /// and a refusal would go back to whoever wrote the mail. Default 64 KiB, 1,000 to 16 MiB.
    pub text_line_bytes: u32,
    /// Bytes of a content; more is answered with 552. It is announced (SIZE, RFC 1870). Default 32 MiB, 64 KiB to 1 GiB. A component may take less.
    pub mail_bytes: u64,
    /// Recipients of a mail; one more is answered with 452, and the relay sends it another one. Default 100 (RFC 5321 §4.5.3.1.8), 1 to 1,000.
    pub recipients: u32,
    /// Bytes of contents held at once, over all connections, from the first byte read until the mail is judged; beyond it a mail is answered with 452.
    /// Default 64 MiB, 64 KiB to 64 GiB.
    pub mail_bytes_at_once: u64,
    /// For a command, from the reply before it; and again for a TLS handshake, and for a reply to be taken. Then 421, and the connection is closed. Default 5 min
    /// (RFC 5321 §4.5.3.2.7).
    #[serde(rename = "command-milliseconds", deserialize_with = "milliseconds")]
    pub command_time: Duration,
    /// For a whole content; then 421, and the connection is closed. Default 10 min.
    #[serde(rename = "content-milliseconds", deserialize_with = "milliseconds")]
    pub content_time: Duration,
    /// From the last byte of a content until the mail is judged and committed, for each agency that it is for; then 451. Default 60 s: relays wait for
    /// 10 min (RFC 5321 §4.5.3.2.6).
    #[serde(rename = "answer-milliseconds", deserialize_with = "milliseconds")]
    pub answer_time: Duration,
    /// For mails under way once the listener stops; then their connections are closed. Default 10 s.
    #[serde(rename = "stop-milliseconds", deserialize_with = "milliseconds")]
    pub stop_time: Duration,
}

impl Default for MailLimits {
    fn default() -> Self {
        Self {
            connections: 64,
            connections_per_relay: 16,
            chain_certificates: 10,
            chain_bytes: 32 << 10,
            commands_per_session: 1000,
            command_line_bytes: 2 << 10,
            text_line_bytes: 64 << 10,
            mail_bytes: 32 << 20,
            recipients: 100,
            mail_bytes_at_once: 64 << 20,
            command_time: Duration::from_secs(300),
            content_time: Duration::from_secs(600),
            answer_time: Duration::from_secs(60),
            stop_time: Duration::from_secs(10),
        }
    }
}

fn milliseconds<'de, D: Deserializer<'de>>(number: D) -> Result<Duration, D::Error> {
    let number = u32::deserialize(number)?;
    Ok(Duration::from_millis(number.into()))
}

/// An hour in milliseconds: no relay has to be waited for longer.
const LONGEST_TIME: u64 = 3_600_000;

impl MailLimits {
    /// Whether each of them is in its range.
    ///
    /// # Errors
    /// The first one that is not.
    pub fn check(&self) -> Result<(), WrongLimit> {
        let wrong = self
            .ranges()
            .into_iter()
            .find_map(|(name, value, least, most)| {
                (!(least..=most).contains(&value)).then_some(WrongLimit {
                    name,
                    value,
                    least,
                    most,
                })
            });
        wrong.map_or(Ok(()), Err)
    }

    /// What the handshakes of the other listener are limited by as well.
    pub(super) fn of_handshakes(&self) -> ListenerLimits {
        ListenerLimits {
            chain_certificates: self.chain_certificates,
            chain_bytes: self.chain_bytes,
            ..ListenerLimits::default()
        }
    }

    /// Name in the configuration, value, least and most of each.
    fn ranges(&self) -> [(&'static str, u64, u64, u64); 14] {
        let time = |time: Duration| u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
        let some = |name, value: u32, least, most| (name, value.into(), least, most);
        let timed = |name, value, least| (name, time(value), least, LONGEST_TIME);
        [
            some("connections", self.connections, 1, 10_000),
            some(
                "connections-per-relay",
                self.connections_per_relay,
                1,
                10_000,
            ),
            some("chain-certificates", self.chain_certificates, 1, 100),
            some("chain-bytes", self.chain_bytes, 1 << 10, 64 << 10),
            some(
                "commands-per-session",
                self.commands_per_session,
                10,
                1_000_000,
            ),
            some("command-line-bytes", self.command_line_bytes, 512, 64 << 10),
            some("text-line-bytes", self.text_line_bytes, 1000, 16 << 20),
            ("mail-bytes", self.mail_bytes, 64 << 10, 1 << 30),
            some("recipients", self.recipients, 1, 1000),
            (
                "mail-bytes-at-once",
                self.mail_bytes_at_once,
                64 << 10,
                64 << 30,
            ),
            timed("command-milliseconds", self.command_time, 1),
            timed("content-milliseconds", self.content_time, 1),
            timed("answer-milliseconds", self.answer_time, 1),
            timed("stop-milliseconds", self.stop_time, 0),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_limit_is_named_below_and_above_its_range() {
        assert_eq!(MailLimits::default().check(), Ok(()));
        let few = MailLimits {
            recipients: 0,
            ..MailLimits::default()
        };
        assert_eq!(few.check().unwrap_err().name, "recipients");
        for bytes in [1000, 16 << 20] {
            let limits = MailLimits {
                text_line_bytes: bytes,
                ..MailLimits::default()
            };
            assert_eq!(limits.check(), Ok(()));
        }
        for bytes in [999, (16 << 20) + 1] {
            let limits = MailLimits {
                text_line_bytes: bytes,
                ..MailLimits::default()
            };
            assert_eq!(limits.check().unwrap_err().name, "text-line-bytes");
        }
    }
}
