//! What all connections of a simulator share.

use std::collections::HashSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, SystemTime};

use rustls_pki_types::TrustAnchor;
use tokio::runtime::Handle;

use super::application_response::Seal;
use super::codes::{ResponseCode, ResponseCodes};
use super::mailbox::Mailboxes;
use super::misbehaviour::{Misbehaviour, Occasion, Script};
use super::notify::Notification;
use super::notify_client::Notifier;
use super::received::{Finding, Received, RefusedHandshake};
use super::reply_plan::ReplyPlan;
use super::server::SimulatorError;
use super::setup::CustomsSetup;
use super::tls;
use super::untrusted_identity;
use super::wire::WireNames;
use crate::business_id::BusinessId;
use crate::signature::Signer;

pub(super) struct Service {
    pub(super) wire: WireNames,
    pub(super) codes: ResponseCodes,
    pub(super) environment: String,
    pub(super) body_limit: usize,
    pub(super) replies: ReplyPlan,
    pub(super) list_interval: Duration,
    pub(super) clock_tolerance: Duration,
    pub(super) remove_downloaded: bool,
    pub(super) builder_anchors: Vec<TrustAnchor<'static>>,
    pub(super) notifier: Option<Notifier>,
    pub(super) refused_handshakes: AtomicUsize,
    /// Where deliveries and notifications run.
    pub(super) runtime: Handle,
    signer: Option<Signer>,
    untrusted_signer: OnceLock<Option<Signer>>,
    script: Mutex<Script>,
    mailboxes: Mutex<Mailboxes>,
    ledger: Mutex<Ledger>,
    recorded: Condvar,
}

#[derive(Default)]
struct Ledger {
    received: Vec<Received>,
    notifications: Vec<Notification>,
    refused_handshakes: Vec<RefusedHandshake>,
    used: HashSet<(BusinessId, String)>,
}

impl Service {
    pub(super) fn new(setup: CustomsSetup, runtime: Handle) -> Result<Self, SimulatorError> {
        let builder_anchors = tls::builder_anchors(&setup)?;
        let signer = setup.reply_signing.as_ref().map(tls::signer).transpose()?;
        let notifier = setup.notify.as_ref().map(Notifier::new).transpose()?;
        Ok(Self {
            wire: setup.wire,
            codes: setup.codes,
            environment: setup.environment,
            body_limit: setup.body_limit,
            replies: setup.replies,
            list_interval: setup.list_interval,
            clock_tolerance: setup.clock_tolerance,
            remove_downloaded: setup.remove_downloaded,
            builder_anchors,
            notifier,
            refused_handshakes: AtomicUsize::new(0),
            runtime,
            signer,
            untrusted_signer: OnceLock::new(),
            script: Mutex::new(setup.script),
            mailboxes: Mutex::default(),
            ledger: Mutex::default(),
            recorded: Condvar::new(),
        })
    }

    pub(super) fn received(&self) -> Vec<Received> {
        self.ledger().received.clone()
    }

    /// Waits for something to be there, at most so long.
    pub(super) fn take_received(&self, timeout: Duration) -> Vec<Received> {
        let (mut ledger, _) = self
            .recorded
            .wait_timeout_while(self.ledger(), timeout, |ledger| ledger.received.is_empty())
            .unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut ledger.received)
    }

    pub(super) fn record(&self, received: Received) {
        self.ledger().received.push(received);
        self.recorded.notify_all();
    }

    pub(super) fn notifications(&self) -> Vec<Notification> {
        self.ledger().notifications.clone()
    }

    pub(super) fn take_notifications(&self) -> Vec<Notification> {
        std::mem::take(&mut self.ledger().notifications)
    }

    pub(super) fn take_refused_handshakes(&self) -> Vec<RefusedHandshake> {
        std::mem::take(&mut self.ledger().refused_handshakes)
    }

    pub(super) fn record_refused_handshake(&self, reason: String) {
        self.ledger().refused_handshakes.push(RefusedHandshake {
            at: SystemTime::now(),
            reason,
        });
        // Counted last, so that whatever has been counted can be taken.
        self.refused_handshakes.fetch_add(1, Ordering::SeqCst);
    }

    pub(super) fn record_notification(&self, notification: Notification) {
        self.ledger().notifications.push(notification);
    }

    /// Takes a reference into use; `false` when the builder has used it before. The scope (per
    /// builder, for ever) is a guess.
    pub(super) fn claim(&self, builder: &BusinessId, reference: &str) -> bool {
        self.ledger()
            .used
            .insert((builder.clone(), reference.to_owned()))
    }

    pub(super) fn code(&self, finding: Finding) -> &ResponseCode {
        match finding {
            Finding::Connection => &self.codes.connection,
            Finding::RequestHeader => &self.codes.request_header,
            Finding::Encoding => &self.codes.encoding,
            Finding::ApplicationRequest => &self.codes.application_request,
            Finding::Signature => &self.codes.signature,
            Finding::Signer => &self.codes.signer,
            Finding::Payload => &self.codes.payload,
            Finding::Duplicate => &self.codes.duplicate,
            Finding::Criteria => &self.codes.criteria,
            Finding::UnknownMessage => &self.codes.unknown_message,
            Finding::TooFrequent => &self.codes.too_frequent,
        }
    }

    /// What replies are sealed with.
    pub(super) fn seal(&self) -> Seal<'_> {
        self.signer.as_ref().map_or(Seal::None, Seal::Signature)
    }

    /// Somebody else to seal replies; `None` when he has no key, for want of randomness.
    pub(super) fn untrusted_signer(&self) -> Option<&Signer> {
        // An RSA key takes its time, and is seldom needed.
        self.untrusted_signer
            .get_or_init(untrusted_identity::signer)
            .as_ref()
    }

    /// What is to go wrong at this occasion.
    pub(super) fn misbehaviour(&self, occasion: Occasion) -> Option<Misbehaviour> {
        self.script().take(occasion)
    }

    pub(super) fn script(&self) -> MutexGuard<'_, Script> {
        self.script.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn mailboxes(&self) -> MutexGuard<'_, Mailboxes> {
        self.mailboxes
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// A panicking test thread must not hide what was received.
    fn ledger(&self) -> MutexGuard<'_, Ledger> {
        self.ledger.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
