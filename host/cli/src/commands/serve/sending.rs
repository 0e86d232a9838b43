// SPDX-License-Identifier: Apache-2.0
//! What is queued, sent while calls are served.

use std::sync::Arc;

use silta::Agency;
use silta_config::{Config, SendingConfig};
use silta_gateway::{
    Gateway, Sending, SendingAgency, SendingSetup,
    outbound::{HttpClient, MailClient},
};
use silta_store::Store;

use super::agencies::Served;
use crate::{clients, failure::Failure};

/// What sends, when it is to.
pub(super) struct Sender {
    config: Option<SendingConfig>,
    agencies: Vec<SendingAgency>,
    sending: Option<Sending>,
}

/// New clients of agencies.
pub(super) type Renewed = Vec<(String, HttpClient, Option<MailClient>)>;

impl Sender {
    /// Reads what the configuration says of it.
    pub(super) fn new(config: &Config) -> Result<Self, Failure> {
        Ok(Self {
            config: config.sending()?,
            agencies: Vec::new(),
            sending: None,
        })
    }

    /// Whether it is to send.
    pub(super) fn is_configured(&self) -> bool {
        self.config.is_some()
    }

    /// Gets ready to send for agencies. Those that are called have one limit on calls in the sandbox for both ways.
    pub(super) fn prepare(&mut self, config: &Config, agencies: &Served) -> Result<(), Failure> {
        if self.config.is_none() {
            return Ok(());
        }
        for (id, served) in agencies {
            let polls = config.polls(id)?;
            tell_unknown_polls(id, served.agency(), polls.keys());
            let (http, mail) = clients::of(config, id)?;
            self.agencies.push(SendingAgency {
                served: served.clone(),
                http,
                mail,
                polls,
            });
        }
        Ok(())
    }

    /// Ids of the agencies that are sent to; `None` where nothing is sent.
    pub(super) fn told(&self) -> Option<Vec<String>> {
        let ids = self.agencies.iter();
        let ids = ids.map(|agency| agency.served.id().to_owned());
        self.is_configured().then(|| ids.collect())
    }

    /// Begins; or says what waits, where nothing is to be sent.
    pub(super) fn start(&mut self, gateway: &Gateway, store: Arc<dyn Store>) {
        let Some(SendingConfig { node, settings }) = self.config.clone() else {
            return tell_what_waits(&*store);
        };
        self.sending = Some(gateway.send(SendingSetup {
            store,
            node,
            agencies: std::mem::take(&mut self.agencies),
            settings,
        }));
    }

    /// Those that operations are sent by according to another configuration.
    ///
    /// # Errors
    /// Why they cannot be used.
    pub(super) fn renewed(&self, config: &Config) -> Result<Renewed, Failure> {
        if self.config.is_none() {
            return Ok(Vec::new());
        }
        let renewed = config.agencies().map(|id| {
            let (http, mail) = clients::of(config, id)?;
            Ok((id.to_owned(), http, mail))
        });
        renewed.collect()
    }

    /// Goes on with these.
    pub(super) fn renew(&self, renewed: &Renewed) {
        let Some(sending) = &self.sending else {
            return;
        };
        for (id, http, mail) in renewed {
            // One that is new is sent to from the next start on, which is told.
            sending.renew_clients(id, http, mail.as_ref());
        }
    }
}

fn tell_what_waits(store: &dyn Store) {
    match store.status() {
        Ok(status) if status.queued > 0 => {
            let operations = status.queued;
            tracing::warn!(target: "silta::serve", operations, "operations are queued, and nothing sends them: add the table [sending] to the configuration");
        }
        _ => {}
    }
}

/// A poll that no component knows is most likely misspelt.
fn tell_unknown_polls<'a>(id: &str, agency: &Agency, polls: impl Iterator<Item = &'a String>) {
    let Ok(description) = agency.description() else {
        return;
    };
    for poll in polls {
        let known = description.operation(poll);
        if known.is_none_or(|operation| operation.poll.is_none()) {
            tracing::warn!(target: "silta::serve", agency = id, poll, "the component has no poll of this name, and the table [agencies.ID.polls] has; correct the name");
        }
    }
}
