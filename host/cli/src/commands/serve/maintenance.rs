// SPDX-License-Identifier: Apache-2.0
//! While calls are served: reads files again that have changed, and warns of what runs out.

use std::time::Duration;

use silta_config::{Config, Expiry, Exposed, Snapshot};
use silta_gateway::{Listener, ServerIdentity};

use super::{
    changes::{Change, Changes},
    deployments::{Hosted, Hosting},
    listener,
    retry::Retry,
    sending::Sender,
    upkeep::{self, Upkeep, Words},
};
use crate::failure::Failure;

const WORDS: Words = Words {
    used: "the listener answers with the certificate that its files hold now",
    unusable: "the listener's files have changed and cannot be used; it goes on with the certificate that they held before",
};

/// Settings beside those of agencies that count at once.
const APPLIED: [&str; 2] = ["drain-seconds", "reload-seconds"];

/// Keeps a listener and its agencies up to date.
pub(super) struct Maintenance {
    hosted: Hosted,
    listener: Upkeep,
    configuration: Changes<Snapshot>,
    reconfiguring: Retry,
    /// As the program was started with it: all but the agencies go by it.
    started: Config,
}

impl Maintenance {
    /// For a listener whose files were like this just before they were read.
    pub(super) fn new(
        hosted: Hosted,
        (configuration, listener): (Snapshot, Snapshot),
    ) -> Result<Self, Failure> {
        let started = hosted.hold().context.config.clone();
        let interval = started.reload_interval()?;
        started.drain_grace()?;
        Ok(Self {
            started,
            hosted,
            listener: Upkeep::since(listener, interval),
            configuration: Changes::since(configuration),
            reconfiguring: Retry::default(),
        })
    }

    /// Looks at everything once, and says after what time to look again.
    pub(super) fn look(&mut self, listener: Option<&Listener>, sender: &Sender) -> Duration {
        let configuration = self.configuration.look(self.started.own_snapshot());
        let is_again = configuration == Change::None && self.reconfiguring.is_due();
        if configuration == Change::Settled || is_again {
            self.reconfigure(sender);
        }
        let look = self.listener.look(self.started.listener_snapshot());
        if let Some(listener) = listener.filter(|_| look.is_to_be_read) {
            let used = self.identity().map(|identity| listener.renew(identity));
            self.listener.read_again(used, &WORDS);
        }
        // Soon again, where somebody deploys something at the moment: what else there is to be looked at does not wait for that.
        let is_settling = self.hosted.try_hold().is_none_or(|mut hosting| {
            let Hosting { context, agencies } = &mut *hosting;
            agencies.look(context)
        });
        let is_settling = is_settling || configuration == Change::Settling;
        look.next
            .min(upkeep::next(is_settling, self.listener.interval()))
    }

    /// The configuration has changed: agencies are served by what it says now, all of them or none.
    fn reconfigure(&mut self, sender: &Sender) {
        // Nobody deploys anything meanwhile.
        let mut hosting = self.hosted.hold();
        let Hosting { context, agencies } = &mut *hosting;
        let next = Config::read(&context.file).map_err(Failure::from);
        let used = next.and_then(|next| {
            let interval = next.reload_interval()?;
            next.drain_grace()?;
            let clients = sender.renewed(&next)?;
            agencies.reconfigure(context, &next)?;
            sender.renew(&clients);
            Ok((next, interval))
        });
        match used {
            Ok((next, interval)) => {
                self.reconfiguring.succeeded();
                let settled = self.started.settled_otherwise(&next);
                context.config = next;
                agencies.try_stopped(context);
                self.listener.look_every(interval);
                tracing::info!(target: "silta::serve", "the configuration has changed, and the agencies are served by what it says now");
                let later = settled.iter().filter(|name| !APPLIED.contains(&name.as_str()));
                for field in later {
                    tracing::warn!(target: "silta::serve", field, "this has changed in the configuration, and counts from the next start on");
                }
            }
            Err(failure) => self.reconfiguring.failed(&failure, |code, reason| {
                tracing::error!(target: "silta::serve", code, reason, "the configuration has changed and cannot be used; everything goes on as before");
            }),
        }
    }

    fn identity(&self) -> Result<ServerIdentity, Failure> {
        let listener = self.started.listener()?;
        let file = self.hosted.hold().context.file.clone();
        let listener = listener.ok_or_else(|| listener::nothing_to_serve(&file))?;
        listener::identity(&listener).map_err(|error| listener::explain(error, &file, None))
    }

    /// What of the agencies and of the listener runs out.
    pub(super) fn expiries(&self, listener: Option<&Listener>) -> Vec<Expiry> {
        let mut expiries = self.hosted.hold().agencies.expiries();
        let validities = listener.map(Listener::validities).unwrap_or_default();
        let field = "listener.certificates";
        expiries.extend(Expiry::of_own(field, None, &validities));
        expiries
    }

    /// Files of their secrets and keys that others can read.
    pub(super) fn exposed(&self) -> Vec<Exposed> {
        let hosting = self.hosted.hold();
        let mut exposed = hosting.agencies.exposed(&hosting.context);
        drop(hosting);
        exposed.extend(self.started.exposed_listener_files());
        exposed
    }
}
