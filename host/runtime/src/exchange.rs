// SPDX-License-Identifier: Apache-2.0
//! What goes into a component and what comes out, in types of our own: an edit of the contract does not reach callers.

mod inbound;
mod outbound;
mod problem;

pub use inbound::{
    Acceptance, Call, CertificateChain, HttpCall, MailCall, Rejected, Reply, Verdict,
};
pub use outbound::{
    Answer, Attachment, BuildInput, Document, Event, FollowUp, HttpTarget, Outcome, Request,
    Response, RetryClass, Sending, SmtpTarget, Target,
};
pub use problem::{Fault, Problem};

/// An X.509 certificate in DER.
pub use rustls_pki_types::CertificateDer;

/// A header field of HTTP or of mail: name and value.
pub type Header = (String, String);
