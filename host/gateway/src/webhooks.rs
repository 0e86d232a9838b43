// SPDX-License-Identifier: Apache-2.0
//! Entries of the inbox, pushed to a platform that would rather be called than call: the other way to `GET /v1/inbox`.
//!
//! Messages and signatures are those of [Standard Webhooks](https://www.standardwebhooks.com). Entries are leased in the store while they are delivered and acknowledged there when the receiver has
//! taken them, so that a process that ends anywhere delivers again, under the same `webhook-id`. How often an entry was tried is in the store as well.

mod delivery;
mod filter;
mod message;
mod queue;
mod receiver;
mod retry;
mod secret;
mod settings;
mod setup;
mod start;
mod url;
mod webhook;
mod worker;

pub use filter::EntryFilter;
pub use secret::{LONGEST_SECRET, SHORTEST_SECRET, SigningSecret, WrongSecret};
pub use settings::{WebhookOrder, WebhookSettings};
pub use setup::{Webhooks, WebhooksSetup};
pub(crate) use start::start;
pub use url::{WrongUrl, check_url};
pub use webhook::Webhook;
