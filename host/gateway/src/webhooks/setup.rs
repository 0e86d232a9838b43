// SPDX-License-Identifier: Apache-2.0
//! What webhooks are started with.

use std::{fmt, sync::Arc};

use silta_store::Store;

use super::{receiver::Receiver, secret::SigningSecret, webhook::Webhook};
use crate::outbound::HttpClient;

/// What is pushed, and to whom.
#[derive(Clone)]
pub struct WebhooksSetup {
    /// Whose entries are pushed.
    pub store: Arc<dyn Store>,
    /// Names of all agencies that there are entries of: for webhooks that name none.
    pub agencies: Vec<String>,
    /// Receivers. An entry that several of them would get goes to the first.
    pub webhooks: Vec<Webhook>,
}

/// What is being pushed; it goes on until the gateway stops, whether this is dropped or not.
#[derive(Clone)]
pub struct Webhooks {
    pub(super) receivers: Vec<Arc<Receiver>>,
}

impl Webhooks {
    /// Goes on with other secrets and another client: for requests that begin from now on. Whether there is such a webhook.
    pub fn renew(&self, name: &str, http: &HttpClient, secrets: &[SigningSecret]) -> bool {
        let found = self.receivers.iter().find(|it| it.webhook.name == name);
        if let Some(receiver) = found {
            receiver.renew(http.clone(), secrets.to_vec());
        }
        found.is_some()
    }

    /// Names of those that were stopped: the receiver said that it is gone (410), or did not take an entry in all its attempts. They begin again when the
    /// program does.
    pub fn stopped(&self) -> Vec<&str> {
        let stopped = self.receivers.iter().filter(|it| it.is_stopped());
        stopped.map(|it| it.webhook.name.as_str()).collect()
    }
}

impl fmt::Debug for WebhooksSetup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WebhooksSetup")
            .field("webhooks", &self.webhooks)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Webhooks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = self.receivers.iter().map(|it| &it.webhook.name);
        f.debug_list().entries(names).finish()
    }
}
