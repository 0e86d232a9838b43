// SPDX-License-Identifier: Apache-2.0
//! While calls are served: reads files again that have changed, and warns of what runs out.

use std::time::{Duration, Instant, SystemTime};

use silta_config::{Config, Expiry, Snapshot};
use silta_gateway::{Listener, ServerIdentity};

use super::{
    agencies::{Agencies, ServeContext},
    changes::{Change, Changes},
    listener,
    retry::Retry,
    sending::Sender,
};
use crate::failure::Failure;

/// How soon files that are being changed are looked at again.
pub(super) const SETTLING: Duration = Duration::from_millis(250);

/// How often to warn of what runs out.
pub(super) const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// Keeps a listener and its agencies up to date.
pub(super) struct Maintenance<'a> {
    context: ServeContext<'a>,
    agencies: Agencies,
    listener: Changes<Snapshot>,
    retry: Retry,
    configuration: Changes<Snapshot>,
    reconfiguring: Retry,
    /// As the program was started with it: all but the agencies go by it.
    started: Config,
    interval: Duration,
    /// When the last warning was given.
    reminded: Option<Instant>,
}

impl<'a> Maintenance<'a> {
    /// For a listener whose files were like this just before they were read.
    pub(super) fn new(
        context: ServeContext<'a>,
        agencies: Agencies,
        (configuration, listener): (Snapshot, Snapshot),
    ) -> Result<Self, Failure> {
        let interval = context.config.reload_interval()?;
        Ok(Self {
            started: context.config.clone(),
            context,
            agencies,
            listener: Changes::since(listener),
            retry: Retry::default(),
            configuration: Changes::since(configuration),
            reconfiguring: Retry::default(),
            interval,
            reminded: None,
        })
    }

    /// Looks at everything once, and says after what time to look again.
    pub(super) fn look(&mut self, listener: Option<&Listener>, sender: &Sender) -> Duration {
        let configuration = self.configuration.look(self.started.own_snapshot());
        let is_again = configuration == Change::None && self.reconfiguring.is_due();
        if configuration == Change::Settled || is_again {
            self.reconfigure(sender);
        }
        let now = self.started.listener_snapshot();
        let change = self.listener.look(now);
        let is_to_be_read =
            change == Change::Settled || change == Change::None && self.retry.is_due();
        if let Some(listener) = listener.filter(|_| is_to_be_read) {
            self.renew(listener);
        }
        let is_settling = self.agencies.look(&self.context)
            || change == Change::Settling
            || configuration == Change::Settling;
        if self
            .reminded
            .is_none_or(|reminded| reminded.elapsed() >= DAY)
        {
            self.reminded = Some(Instant::now());
            self.remind(listener);
        }
        if is_settling {
            SETTLING.min(self.interval)
        } else {
            self.interval
        }
    }

    /// The configuration has changed: agencies are served by what it says now, all of them or none.
    fn reconfigure(&mut self, sender: &Sender) {
        let next = Config::read(self.context.file).map_err(Failure::from);
        let used = next.and_then(|next| {
            let interval = next.reload_interval()?;
            let clients = sender.renewed(&next)?;
            self.agencies.reconfigure(&self.context, &next)?;
            sender.renew(&clients);
            Ok((next, interval))
        });
        match used {
            Ok((next, interval)) => {
                self.reconfiguring.succeeded();
                let settled = self.started.settled_otherwise(&next);
                self.context.config = next;
                self.interval = interval;
                tracing::info!(target: "silta::serve", "the configuration has changed, and the agencies are served by what it says now");
                let later = settled.iter().filter(|name| *name != "reload-seconds");
                for field in later {
                    tracing::warn!(target: "silta::serve", field, "this has changed in the configuration, and counts from the next start on");
                }
            }
            Err(failure) => self.reconfiguring.failed(&failure, |code, reason| {
                tracing::error!(target: "silta::serve", code, reason, "the configuration has changed and cannot be used; everything goes on as before");
            }),
        }
    }

    /// The listener's certificate has been renewed.
    fn renew(&mut self, listener: &Listener) {
        match self.identity() {
            Ok(identity) => {
                listener.renew(identity);
                self.retry.succeeded();
                tracing::info!(target: "silta::serve", "the listener answers with the certificate that its files hold now");
            }
            Err(failure) => self.retry.failed(&failure, |code, reason| {
                tracing::error!(target: "silta::serve", code, reason, "the listener's files have changed and cannot be used; it goes on with the certificate that they held before");
            }),
        }
    }

    fn identity(&self) -> Result<ServerIdentity, Failure> {
        let listener = self.started.listener()?;
        let listener = listener.ok_or_else(|| listener::nothing_to_serve(self.context.file))?;
        listener::identity(&listener)
            .map_err(|error| listener::explain(error, self.context.file, None))
    }

    /// What runs out, of the agencies and of a listener.
    pub(super) fn expiries(&self, listener: Option<&Listener>) -> Vec<Expiry> {
        let mut expiries = self.agencies.expiries();
        expiries.extend(expiries_of(listener));
        expiries
    }

    fn remind(&self, listener: Option<&Listener>) {
        let now = SystemTime::now();
        let (mut expiries, mut exposed) = self.agencies.reminders(&self.context);
        expiries.extend(expiries_of(listener));
        exposed.extend(self.started.exposed_listener_files());
        let near = expiries.iter().filter_map(|expiry| expiry.warning(now));
        let exposed = exposed.iter().map(ToString::to_string);
        for warning in near.chain(exposed) {
            tracing::warn!(target: "silta::serve", "{warning}");
        }
    }
}

fn expiries_of(listener: Option<&Listener>) -> Vec<Expiry> {
    let validities = listener.map(Listener::validities).unwrap_or_default();
    Expiry::of_certificates("listener.certificates", &validities)
}
