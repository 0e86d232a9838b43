// SPDX-License-Identifier: Apache-2.0
//! What all connections of relays share: limits, routes, and who judges.

use std::{
    sync::Arc,
    time::{Instant, SystemTime},
};

use silta::{Terms, exchange::MailCall};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use crate::{
    call_queue::NotDone,
    inbound::{
        byte_budget::{ByteBudget, Reservation},
        commit::Keeper,
        log_summary::{LogSummary, Severity},
        mail::{
            judge::{self, Fate, Judged, NOT_NOW, TOO_LARGE},
            limits::MailLimits,
            reply::Reply,
            routes::Routes,
            setup::MailProtocol,
            transaction::Transaction,
            wire::Address,
        },
    },
    inbox::Inbox,
    metrics::Metrics,
};

const NO_SUCH_RECIPIENT: Reply = Reply::new(550, "5.1.1", "no such recipient here");

/// What all connections share.
pub(super) struct MailService {
    pub(super) protocol: MailProtocol,
    pub(super) offers_tls: bool,
    pub(super) requires_tls: bool,
    pub(super) limits: MailLimits,
    pub(super) routes: Routes,
    pub(super) inbox: Arc<dyn Inbox>,
    pub(super) metrics: Metrics,
    pub(super) contents: Arc<ByteBudget>,
    pub(super) summary: LogSummary,
    pub(super) cancellation: CancellationToken,
}

impl MailService {
    pub(super) fn limits(&self) -> &MailLimits {
        &self.limits
    }

    pub(super) fn protocol(&self) -> MailProtocol {
        self.protocol
    }

    pub(super) fn offers_tls(&self) -> bool {
        self.offers_tls
    }

    pub(super) fn requires_tls(&self) -> bool {
        self.requires_tls
    }

    /// Waits until the server has to stop.
    pub(super) async fn cancelled(&self) {
        self.cancellation.cancelled().await;
    }

    /// Counts what is not worth a line of its own. Nothing that a relay has sent belongs in it.
    pub(super) fn count(&self, severity: Severity, what: &str, code: &str) {
        self.summary.count(severity, what, code);
    }

    /// Logs what was counted since the last time.
    pub(super) fn log_counts(&self) {
        self.summary.log_as("connections, commands and mails of relays and of others that were refused or ended, since the last such line");
    }

    /// Bytes of the budget, none yet.
    pub(super) fn reserve(&self) -> Reservation {
        self.contents.reserve(true)
    }

    /// Number of the agency that a recipient belongs to; or the reply and the code of why it cannot have a mail of such a size.
    pub(super) fn recipient(
        &self,
        address: &Address,
        size: u64,
    ) -> Result<usize, (Reply, &'static str)> {
        let number = self.routes.find(address);
        let number = number.ok_or((NO_SUCH_RECIPIENT, "recipient.unknown"))?;
        match self.largest_of(number) {
            // It could not be put into service, and may be at any moment.
            None => Err((NOT_NOW, "agency.not-serving")),
            Some(0) => Err((NO_SUCH_RECIPIENT, "agency.not-called")),
            Some(largest) if size > largest => Err((TOO_LARGE, "mail.too-large")),
            Some(_) => Ok(number),
        }
    }

    /// The largest mail that one of its agencies takes.
    pub(super) fn largest(&self, transaction: &Transaction) -> u64 {
        let agencies = transaction.agencies().into_iter();
        let limits = agencies.filter_map(|number| self.largest_of(number));
        // Where none serves any more, judging says so.
        limits.max().unwrap_or(self.limits.mail_bytes)
    }

    /// The largest mail that an agency takes; 0 where it takes no calls at all, none where nothing serves it.
    fn largest_of(&self, number: usize) -> Option<u64> {
        let agency = self.routes.agency(number)?;
        Some(agency.agency().inbound_limit().ok()?.unwrap_or(0))
    }

    /// Has a mail judged for an agency, and committed if it is accepted, on a thread that may block; and logs the result.
    pub(super) async fn judge(
        &self,
        number: usize,
        call: MailCall,
        at: SystemTime,
        reservation: Arc<Reservation>,
    ) -> Judged {
        let Some(agency) = self.routes.agency(number).cloned() else {
            return Judged::failed("agency.unknown", "");
        };
        let start = Instant::now();
        let (inbox, metrics) = (Arc::clone(&self.inbox), self.metrics.clone());
        let id = agency.id().to_owned();
        let (judging, time) = (agency.clone(), self.limits.answer_time);
        let terms = Terms {
            answered_by: Some(start + time),
            is_stranger: !call.connection.allowed,
        };
        // Shorter than the time for an answer, so that who waited in vain is told that, and not that its mail may be committed.
        let judging = agency.run(true, time * 9 / 10, move || {
            // Held by the thread and not by the task that waits for it: the component may go on after the time for the reply.
            let _held = reservation;
            judge::judge(&judging, (call, terms), at, Keeper::new(&*inbox, &metrics))
        });
        let judged = match timeout(time, judging).await {
            Ok(Ok(judged)) => judged,
            Ok(Err(NotDone::NoPlaceInTime)) => Judged::put_off(
                "gateway.too-busy",
                "more calls and mails of this agency wait than can be judged within the time for an answer (limit answer-milliseconds)",
            ),
            Ok(Err(NotDone::Panicked)) => Judged::failed("gateway.crash", ""),
            Err(_) => Judged::failed(
                "gateway.too-slow",
                "the time for an answer (limit answer-milliseconds) is over; the mail may be committed all the same, and is a duplicate then when it comes again",
            ),
        };
        self.metrics.call(&id, judged.fate.name(), start.elapsed());
        report(&id, &judged, start);
        judged
    }
}

fn report(agency: &str, judged: &Judged, start: Instant) {
    let micros = u64::try_from(start.elapsed().as_micros()).unwrap_or(u64::MAX);
    let Judged {
        reply,
        fate,
        generation,
        code,
        detail,
    } = judged;
    let (status, verdict) = (reply.code(), fate.name());
    match fate {
        Fate::Failed => {
            tracing::error!(target: "silta::gateway", agency, generation, status, verdict, code, detail, micros, "mail not taken: the relay keeps it and sends it again");
        }
        Fate::Rejected | Fate::Unreadable => {
            tracing::warn!(target: "silta::gateway", agency, generation, status, verdict, code, micros, "mail answered");
        }
        Fate::Taken | Fate::Duplicate => {
            tracing::info!(target: "silta::gateway", agency, generation, status, verdict, code, micros, "mail answered");
        }
    }
}
