// SPDX-License-Identifier: Apache-2.0
//! Entries of the inbox, pushed, while calls are served.

use std::{sync::Arc, time::Duration};

use silta_config::{Config, Exposed, WebhookConfig};
use silta_gateway::{
    Gateway, OWN_ENTRIES,
    outbound::HttpClient,
    webhooks::{EntryFilter, Webhook, Webhooks, WebhooksSetup},
};
use silta_store::Store;

use super::upkeep::{Upkeep, Words};
use crate::failure::Failure;

const WORDS: Words = Words {
    used: "webhooks go on with the secrets and anchors that their files hold now",
    unusable: "the files of [webhooks] have changed and cannot be used; webhooks go on with what they held before",
};

/// What pushes, when it is to; its secrets and anchors kept up to date.
pub(super) struct WebhookSender<'a> {
    config: &'a Config,
    /// What is configured, until it is started.
    configured: Vec<Webhook>,
    webhooks: Option<Webhooks>,
    upkeep: Upkeep,
}

impl<'a> WebhookSender<'a> {
    /// What is configured, looked at before anything else takes time.
    ///
    /// # Errors
    /// A table, or what it names, cannot be used.
    pub(super) fn new(config: &'a Config) -> Result<Self, Failure> {
        let upkeep = Upkeep::since(config.webhooks_snapshot(), config.reload_interval()?);
        Ok(Self {
            config,
            configured: configured(config)?,
            webhooks: None,
            upkeep,
        })
    }

    /// Whether there is one.
    pub(super) fn is_configured(&self) -> bool {
        !self.configured.is_empty()
    }

    /// What they push, so that nobody else is given it.
    pub(super) fn pushed(&self) -> Vec<EntryFilter> {
        let webhooks = self.configured.iter();
        webhooks.map(|webhook| webhook.filter.clone()).collect()
    }

    /// Begins; the names of all, where there are some.
    pub(super) fn start(
        &mut self,
        gateway: &Gateway,
        store: Arc<dyn Store>,
    ) -> Option<Vec<String>> {
        if self.configured.is_empty() {
            return None;
        }
        let webhooks = std::mem::take(&mut self.configured);
        let names = webhooks
            .iter()
            .map(|webhook| webhook.name.clone())
            .collect();
        let agencies = self.config.agencies().chain([OWN_ENTRIES]);
        self.webhooks = Some(gateway.push(WebhooksSetup {
            store,
            agencies: agencies.map(str::to_owned).collect(),
            webhooks,
        }));
        Some(names)
    }

    /// Looks whether secrets or anchors have been replaced, and says after what time to look again.
    pub(super) fn look(&mut self) -> Duration {
        if self.webhooks.is_none() {
            return self.upkeep.interval();
        }
        let look = self.upkeep.look(self.config.webhooks_snapshot());
        if look.is_to_be_read {
            let used = self.renew();
            self.upkeep.read_again(used, &WORDS);
        }
        look.next
    }

    fn renew(&self) -> Result<(), Failure> {
        let renewed = configured(self.config)?;
        if let Some(webhooks) = &self.webhooks {
            for webhook in renewed {
                webhooks.renew(&webhook.name, &webhook.http, &webhook.secrets);
            }
        }
        Ok(())
    }

    /// Files of their secrets that others can read.
    pub(super) fn exposed(&self) -> Vec<Exposed> {
        self.config.exposed_webhook_files()
    }

    /// Names of those that were stopped.
    pub(super) fn stopped(&self) -> Vec<String> {
        let stopped = self.webhooks.iter().flat_map(Webhooks::stopped);
        stopped.map(str::to_owned).collect()
    }
}

fn configured(config: &Config) -> Result<Vec<Webhook>, Failure> {
    let webhooks = config.webhooks()?.into_iter();
    webhooks.map(webhook).collect()
}

fn webhook(config: WebhookConfig) -> Result<Webhook, Failure> {
    let http = HttpClient::new(config.connect).map_err(|error| {
        let message = format!("webhooks.{}: {error}", config.name);
        Failure::configuration("configuration.outbound", &message)
    })?;
    Ok(Webhook {
        name: config.name,
        url: config.url,
        filter: config.filter,
        secrets: config.secrets,
        http,
        settings: config.settings,
    })
}
