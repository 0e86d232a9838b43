// SPDX-License-Identifier: Apache-2.0
//! What is told of certificates and files while the program serves: in the log once a day, in the inbox once for each certificate and notice, and as metrics.

use std::{
    collections::BTreeSet,
    sync::Arc,
    time::{Duration, Instant, SystemTime},
};

use silta_config::{Expiry, Exposed};
use silta_gateway::{CertificateDays, EndingCertificate, due_notice};
use silta_store::{Store, record::Receipt};

/// How often to warn of what runs out.
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// How often to look whether the inbox is to be told, and how many days are left.
const LOOK: Duration = Duration::from_secs(60);

/// What is told once a day beside what runs out.
pub(super) struct Daily {
    /// Files of secrets that others can read.
    pub(super) exposed: Vec<Exposed>,
    /// Names of webhooks that were stopped.
    pub(super) stopped: Vec<String>,
}

/// Tells it.
pub(super) struct Reminder {
    store: Arc<dyn Store>,
    /// How many days before the end of a certificate of our own the inbox is told.
    notices: Vec<u32>,
    metrics: CertificateDays,
    /// Certificates and notices that the inbox has been told of, by this process.
    told: BTreeSet<(String, u32)>,
    warned: Option<Instant>,
    looked: Option<Instant>,
}

impl Reminder {
    pub(super) fn new(store: Arc<dyn Store>, notices: Vec<u32>, metrics: CertificateDays) -> Self {
        Self {
            store,
            notices,
            metrics,
            told: BTreeSet::new(),
            warned: None,
            looked: None,
        }
    }

    /// Tells what it is time for, and asks for no more than that.
    pub(super) fn look(
        &mut self,
        expiries: impl FnOnce() -> Vec<Expiry>,
        daily: impl FnOnce() -> Daily,
    ) {
        let is_due = |last: Option<Instant>, every| last.is_none_or(|last| last.elapsed() >= every);
        if !is_due(self.looked, LOOK) {
            return;
        }
        self.looked = Some(Instant::now());
        let expiries = expiries();
        let now = SystemTime::now();
        if is_due(self.warned, DAY) {
            self.warned = Some(Instant::now());
            warn(&expiries, &daily(), now);
        }
        let own = expiries.iter();
        let own = own.filter(|expiry| expiry.own.is_some());
        let shown = own.clone().map(|expiry| (expiry.field.as_str(), expiry.at));
        self.metrics.show(now, shown);
        for expiry in own {
            self.tell(expiry, now);
        }
    }

    fn tell(&mut self, expiry: &Expiry, now: SystemTime) {
        let Some(own) = &expiry.own else { return };
        let Some(threshold) = due_notice(expiry.at, now, &self.notices) else {
            return;
        };
        let key = (own.sha256.clone(), threshold);
        if self.told.contains(&key) {
            return;
        }
        let ending = EndingCertificate {
            agency: own.agency.as_deref(),
            field: &expiry.field,
            what: &expiry.what,
            sha256: &own.sha256,
            ends: expiry.at,
            threshold,
        };
        let field = expiry.field.as_str();
        match self.store.commit(&ending.arrival(now)) {
            Ok(receipt) => {
                self.told.insert(key);
                if let Receipt::New(position) = receipt {
                    let (position, notice) = (position.0, expiry.notice(now));
                    let notice = notice.unwrap_or_else(|| format!("{} ends", expiry.what));
                    tracing::warn!(target: "silta::serve", field, threshold, position, "{notice}; the inbox has an entry about it");
                }
            }
            // It is tried again with the next look.
            Err(error) => {
                tracing::error!(target: "silta::serve", field, threshold, %error, "a certificate ends, and the inbox could not be told");
            }
        }
    }
}

fn warn(expiries: &[Expiry], daily: &Daily, now: SystemTime) {
    let near = expiries.iter().filter_map(|expiry| expiry.warning(now));
    let exposed = daily.exposed.iter().map(ToString::to_string);
    for warning in near.chain(exposed) {
        tracing::warn!(target: "silta::serve", "{warning}");
    }
    for webhook in &daily.stopped {
        tracing::error!(target: "silta::serve", webhook, "this webhook was stopped; its entries stay in the inbox until the program is started again");
    }
}
