// SPDX-License-Identifier: Apache-2.0
use std::fmt;

use super::{filter::EntryFilter, secret::SigningSecret, settings::WebhookSettings};
use crate::outbound::HttpClient;

/// A receiver.
///
/// `Debug` shows neither URL nor secrets: people put tokens into URLs.
#[derive(Clone)]
pub struct Webhook {
    /// Its name, of letters, digits and hyphens: part of `webhook-id`, and owner of leases.
    pub name: String,
    /// Where it listens: `https`, or `http` where the client takes that and it is this machine. Redirects are not followed.
    pub url: String,
    /// What it gets.
    pub filter: EntryFilter,
    /// What messages are signed with: one, or two while it is replaced. None means that nothing is signed, which no receiver should take.
    pub secrets: Vec<SigningSecret>,
    /// What sends the requests.
    pub http: HttpClient,
    /// How.
    pub settings: WebhookSettings,
}

impl fmt::Debug for Webhook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Webhook")
            .field("name", &self.name)
            .field("filter", &self.filter)
            .field("secrets", &self.secrets.len())
            .field("settings", &self.settings)
            .finish_non_exhaustive()
    }
}
