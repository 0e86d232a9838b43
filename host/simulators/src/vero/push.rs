// SPDX-License-Identifier: Apache-2.0
//! Pushes as the user of a simulator sees them: what is needed to make them, their results.

use std::time::{Duration, SystemTime};

use super::misbehaviour::Misbehaviour;
use super::notification::Notification;

/// What pushes are made with, wherever they go.
///
/// Not `Debug`, since it holds private keys.
#[derive(Clone)]
pub struct PushSetup {
    /// Issuers of the receiver's TLS certificate.
    pub receiver_anchors_pem: String,
    /// What is shown to the receiver, who trusts the Tax Administration's authority: of production and of test there
    /// is one each, so that the wrong one is tried by naming a certificate of that.
    pub client: Credential,
    /// The authority of that certificate. Needed only for [`Misbehaviour::ExpiredCertificate`], which is issued anew.
    pub issuer: Option<Credential>,
    /// How often a notification is tried in all, at least once. Default 3, as published.
    pub attempts: u32,
    /// Time between two attempts. Default five seconds; the real one is not known.
    pub pause: Duration,
    /// How long an attempt may take, from connecting to the end of the answer. Default ten seconds, as published.
    pub time_limit: Duration,
}

impl PushSetup {
    /// A setup with these, PEM throughout, and the defaults for everything else.
    pub fn new(
        receiver_anchors_pem: impl Into<String>,
        client_certificates_pem: impl Into<String>,
        client_key_pem: impl Into<String>,
    ) -> Self {
        Self {
            receiver_anchors_pem: receiver_anchors_pem.into(),
            client: Credential {
                certificates_pem: client_certificates_pem.into(),
                key_pem: client_key_pem.into(),
            },
            issuer: None,
            attempts: 3,
            pause: Duration::from_secs(5),
            time_limit: Duration::from_secs(10),
        }
    }
}

/// A certificate chain with the private key of its leaf, PEM both.
///
/// Not `Debug`, since it holds a private key.
#[derive(Clone)]
pub struct Credential {
    /// The chain, leaf first.
    pub certificates_pem: String,
    /// The leaf's key.
    pub key_pem: String,
}

/// A notification and its result.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Delivery {
    /// What was to be pushed.
    pub notification: Notification,
    /// What was done wrong on purpose, at every attempt.
    pub misbehaviour: Option<Misbehaviour>,
    /// The attempts, in order. None when nobody is registered, or the registration is suspended.
    pub attempts: Vec<Attempt>,
}

impl Delivery {
    /// Nothing was sent.
    pub(super) fn none(notification: Notification, misbehaviour: Option<Misbehaviour>) -> Self {
        Self {
            notification,
            misbehaviour,
            attempts: Vec::new(),
        }
    }

    /// Whether the last attempt was answered as it has to be.
    pub fn is_acknowledged(&self) -> bool {
        self.attempts.last().is_some_and(Attempt::is_acknowledged)
    }
}

/// One call of a receiver.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Attempt {
    /// When it began.
    pub at: SystemTime,
    /// How long it took.
    pub took: Duration,
    /// The HTTP status, if there was an answer.
    pub http_status: Option<u16>,
    /// Whether the answer came without a body, if it came so far.
    pub is_empty: Option<bool>,
    /// Why it does not count as an acknowledgement; none if it does.
    pub problem: Option<String>,
}

impl Attempt {
    /// Whether the answer was 200 without a body, in time.
    pub fn is_acknowledged(&self) -> bool {
        self.problem.is_none()
    }
}
