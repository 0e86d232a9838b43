// SPDX-License-Identifier: Apache-2.0
use std::path::PathBuf;

use serde::Deserialize;
use silta_gateway::webhooks::WebhookOrder;
use toml::Spanned;

/// `[webhooks.NAME]`: entries of the inbox are pushed there. Defaults stand with the fields of [`WebhookSettings`](silta_gateway::webhooks::WebhookSettings).
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct WebhookTable {
    /// `https://…`, or `http://…` to this machine.
    pub(crate) url: String,
    /// Files of the secrets that messages are signed with: one, or two while it is replaced.
    pub(crate) secrets: Vec<Spanned<PathBuf>>,
    /// Names of tables of agencies whose entries are pushed. Default those of all.
    #[serde(default)]
    pub(crate) agencies: Vec<String>,
    /// Entries are pushed that have an event of one of these kinds. Default all entries.
    #[serde(default)]
    pub(crate) kinds: Vec<String>,
    /// File of the certificates that the receiver's has to lead to. Default those of the operating system.
    pub(crate) anchors: Option<Spanned<PathBuf>>,
    /// What goes one after the other: `agency`, `conversation`. Default `agency`.
    #[serde(default)]
    pub(crate) order: WebhookOrder,
    /// Requests under way at once. Default 4, 1 to 256.
    #[serde(default = "defaults::requests_at_once")]
    pub(crate) requests_at_once: u32,
    /// Time for opening a connection, TLS included. Default 10 s, 1 to 600.
    #[serde(default = "defaults::connect_seconds")]
    pub(crate) connect_seconds: u32,
    /// Time for the answer. Default 15 s, 1 to 600.
    #[serde(default = "defaults::answer_seconds")]
    pub(crate) answer_seconds: u32,
    /// The longest pause after a first attempt; it doubles. Default 5 s, 1 to 3,600.
    #[serde(default = "defaults::first_delay_seconds")]
    pub(crate) first_delay_seconds: u32,
    /// What it doubles up to. Default 3,600 s, 1 to 86,400.
    #[serde(default = "defaults::longest_delay_seconds")]
    pub(crate) longest_delay_seconds: u32,
    /// After so many attempts of one entry the webhook is stopped. Default 200, 1 to 100,000.
    #[serde(default = "defaults::most_attempts")]
    pub(crate) most_attempts: u32,
    /// After so many requests in a row without an answer, or with one of 429 or 5xx, one entry at a time is tried. Default 5, 1 to 10,000.
    #[serde(default = "defaults::breaker_calls")]
    pub(crate) breaker_calls: u32,
    /// Pause before the first of those; it doubles. Default 2 s, 1 to 3,600.
    #[serde(default = "defaults::breaker_first_seconds")]
    pub(crate) breaker_first_seconds: u32,
    /// What it doubles up to. Default 60 s, 1 to 86,400.
    #[serde(default = "defaults::breaker_longest_seconds")]
    pub(crate) breaker_longest_seconds: u32,
    /// How often the store is looked at though nothing has told of a change. Default 1,000 ms, 100 to 60,000.
    #[serde(default = "defaults::look_milliseconds")]
    pub(crate) look_milliseconds: u32,
    /// Time for requests under way when the program stops. Default 10 s, 0 to 600.
    #[serde(default = "defaults::stop_seconds")]
    pub(crate) stop_seconds: u32,
}

mod defaults {
    macro_rules! defaults {
        ($($name:ident: $value:expr),* $(,)?) => {
            $(pub(super) fn $name() -> u32 { $value })*
        };
    }

    defaults! {
        requests_at_once: 4,
        connect_seconds: 10,
        answer_seconds: 15,
        first_delay_seconds: 5,
        longest_delay_seconds: 3_600,
        most_attempts: 200,
        breaker_calls: 5,
        breaker_first_seconds: 2,
        breaker_longest_seconds: 60,
        look_milliseconds: 1_000,
        stop_seconds: 10,
    }
}
