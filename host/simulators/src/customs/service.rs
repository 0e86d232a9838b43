//! What all connections of a simulator share.

use std::collections::HashSet;
use std::sync::atomic::AtomicUsize;
use std::sync::{Mutex, MutexGuard, PoisonError};

use rustls_pki_types::TrustAnchor;

use super::received::{Finding, Received};
use super::setup::{CustomsSetup, ResponseCode, ResponseCodes, WireNames};
use crate::business_id::BusinessId;

pub(super) struct Service {
    pub(super) wire: WireNames,
    pub(super) codes: ResponseCodes,
    pub(super) environment: String,
    pub(super) body_limit: usize,
    pub(super) builder_anchors: Vec<TrustAnchor<'static>>,
    pub(super) refused_handshakes: AtomicUsize,
    ledger: Mutex<Ledger>,
}

#[derive(Default)]
struct Ledger {
    received: Vec<Received>,
    used: HashSet<(BusinessId, String)>,
}

impl Service {
    pub(super) fn new(setup: CustomsSetup, builder_anchors: Vec<TrustAnchor<'static>>) -> Self {
        Self {
            wire: setup.wire,
            codes: setup.codes,
            environment: setup.environment,
            body_limit: setup.body_limit,
            builder_anchors,
            refused_handshakes: AtomicUsize::new(0),
            ledger: Mutex::default(),
        }
    }

    pub(super) fn received(&self) -> Vec<Received> {
        self.ledger().received.clone()
    }

    pub(super) fn record(&self, received: Received) {
        self.ledger().received.push(received);
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
        }
    }

    /// A panicking test thread must not hide what was received.
    fn ledger(&self) -> MutexGuard<'_, Ledger> {
        self.ledger.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
