//! What is looked after while calls are served: files that change, and what runs out.

use std::time::{Duration, Instant, SystemTime};

use silta_config::{Expiry, Snapshot};
use silta_gateway::{Listener, ListenerConfig, ServerIdentity};

use super::{
    agencies::{Agencies, House},
    changes::{Change, Changes},
    trouble::Trouble,
};
use crate::failure::Failure;

/// How soon files that are being changed are looked at again.
const SETTLING: Duration = Duration::from_millis(250);

/// How often is told what runs out.
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// Looks after a listener and its agencies.
pub(super) struct Upkeep<'a> {
    house: House<'a>,
    agencies: Agencies,
    listener: Changes<Snapshot>,
    trouble: Trouble,
    interval: Duration,
    /// When was told what runs out.
    reminded: Option<Instant>,
}

impl<'a> Upkeep<'a> {
    /// For a listener whose files were like this just before they were read.
    pub(super) fn new(
        house: House<'a>,
        agencies: Agencies,
        listener: Snapshot,
    ) -> Result<Self, Failure> {
        let interval = house.config.reload_interval()?;
        Ok(Self {
            house,
            agencies,
            listener: Changes::since(listener),
            trouble: Trouble::default(),
            interval,
            reminded: None,
        })
    }

    /// Looks at everything once, and says after what time to look again.
    pub(super) fn look(&mut self, listener: &Listener) -> Duration {
        let now = self.house.config.listener_snapshot();
        let change = self.listener.look(now);
        let is_to_be_read =
            change == Change::Settled || change == Change::None && self.trouble.is_to_be_tried();
        if is_to_be_read {
            self.renew(listener);
        }
        let is_settling = self.agencies.look(&self.house) || change == Change::Settling;
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

    /// The listener's certificate has been renewed.
    fn renew(&mut self, listener: &Listener) {
        match self.identity() {
            Ok(identity) => {
                listener.renew(identity);
                self.trouble.is_over();
                tracing::info!(target: "silta::serve", "the listener answers with the certificate that its files hold now");
            }
            Err(failure) => self.trouble.meet(&failure, |code, reason| {
                tracing::error!(target: "silta::serve", code, reason, "the listener's files have changed and cannot be used; it goes on with the certificate that they held before");
            }),
        }
    }

    fn identity(&self) -> Result<ServerIdentity, Failure> {
        let place = super::place(self.house.config, self.house.file)?;
        let ListenerConfig {
            certificates,
            private_key,
            also,
            ..
        } = place;
        let now = SystemTime::now();
        let identity = ServerIdentity::read(&certificates, &private_key, now);
        let identity = identity.and_then(|first| first.beside_configured(&also, now));
        identity.map_err(|error| super::explain(error, self.house.file, None))
    }

    fn remind(&self, listener: &Listener) {
        let now = SystemTime::now();
        let (mut expiries, mut exposed) = self.agencies.reminders(&self.house);
        let field = "listener.certificates";
        expiries.extend(Expiry::of_certificates(field, &listener.validities()));
        exposed.extend(self.house.config.exposed_listener_files());
        let near = expiries.iter().filter_map(|expiry| expiry.warning(now));
        for warning in near.chain(exposed) {
            tracing::warn!(target: "silta::serve", "{warning}");
        }
    }
}
