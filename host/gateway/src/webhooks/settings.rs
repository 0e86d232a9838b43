// SPDX-License-Identifier: Apache-2.0
use std::time::Duration;

use crate::sending::breaker::BreakerRule;

/// How entries are delivered to a receiver.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WebhookSettings {
    /// What goes one after the other. Default [`WebhookOrder::Agency`].
    pub order: WebhookOrder,
    /// Requests under way at once, at most. Default 4.
    pub requests_at_once: u32,
    /// Time from the first byte of a request to the last of its answer. Default 15 s: receivers are to acknowledge first and work then.
    pub answer_time: Duration,
    /// The longest pause after an entry's first attempt; it doubles from attempt to attempt. The pause is anything from zero to this (full jitter). Default 5 s.
    pub first_delay: Duration,
    /// What it doubles up to. Default 1 h.
    pub longest_delay: Duration,
    /// After so many attempts of one entry the webhook is stopped. Default 200: with pauses of half an hour on average, four days.
    pub most_attempts: u32,
    /// After so many requests in a row without an answer, or with one of 429 or 5xx, one entry at a time is tried. Default 5.
    pub breaker_calls: u32,
    /// Pause before the first of those; it doubles. Default 2 s.
    pub breaker_first: Duration,
    /// What it doubles up to. Default 60 s.
    pub breaker_longest: Duration,
    /// How often the store is looked at though it has not rung. Default 1 s.
    pub look: Duration,
    /// Time for requests under way when the gateway stops; then they are cut off and made again by the next process. Default 10 s.
    pub stop_time: Duration,
}

/// Which entries go one after the other, by position: one that fails holds up those behind it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum WebhookOrder {
    /// Those of an agency.
    #[default]
    Agency,
    /// Those of a conversation: of operations that were submitted with the same one. Entries that are of none, what agencies call with among them, go by
    /// themselves.
    Conversation,
}

impl WebhookSettings {
    /// When a receiver is left alone that does not answer.
    pub(super) fn breaker(&self) -> BreakerRule {
        BreakerRule {
            calls: self.breaker_calls,
            first: self.breaker_first,
            longest: self.breaker_longest,
        }
    }
}

impl Default for WebhookSettings {
    fn default() -> Self {
        Self {
            order: WebhookOrder::Agency,
            requests_at_once: 4,
            answer_time: Duration::from_secs(15),
            first_delay: Duration::from_secs(5),
            longest_delay: Duration::from_secs(60 * 60),
            most_attempts: 200,
            breaker_calls: 5,
            breaker_first: Duration::from_secs(2),
            breaker_longest: Duration::from_secs(60),
            look: Duration::from_secs(1),
            stop_time: Duration::from_secs(10),
        }
    }
}
