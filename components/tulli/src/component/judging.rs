// SPDX-License-Identifier: Apache-2.0
//! Who vouches for a reply.

use agency_guest::{
    Fault, HostBackend, Problem,
    imports::{blobs, clock, trust::Identity},
    problem,
};
use agency_http::AnswerError;
use canonical_xml::{Document, ElementRef, Text};
use xml_signature::{Verified, VerifyErrorKind, VerifyFailure};

use crate::{
    convert::CUSTOMS,
    events::{Signature, SignatureCoverage, Signer},
    wire::{self, Judgement, NotCounted, Reply, Settings},
};

/// How far a reply is vouched for.
pub(super) struct Standing<'d> {
    judgement: Judgement<'d, Identity>,
    root: ElementRef<'d>,
}

/// Judges a reply that stands, encoded, in an element of the answer. What is signed and does not verify is refused.
pub(super) fn judge<'d>(
    settings: &Settings,
    (source, document): (&blobs::Blob, &'d Document<'d>),
    reply: &Reply<'d>,
    element: ElementRef<'_>,
) -> Result<Standing<'d>, Problem> {
    let mut backend = HostBackend::new(source, CUSTOMS, clock::now());
    let judgement = match wire::judge(settings, document, reply, &mut backend) {
        Ok(judgement) => judgement,
        Err(NotCounted::Missing(error)) => return Err(error.within(&element.path()).into()),
        Err(NotCounted::Failed(VerifyFailure::Refused(error))) if error.kind.is_ours() => {
            let message = refusal(&error.kind, &error.to_string());
            return Err(problem(
                Fault::Configuration,
                error.code(),
                element.path(),
                message,
            ));
        }
        Err(NotCounted::Failed(VerifyFailure::Refused(error))) => {
            let refused = AnswerError {
                code: error.code(),
                path: error.path.clone(),
                message: refusal(&error.kind, &error.to_string()),
            };
            return Err(refused.within(&element.path()).into());
        }
        Err(NotCounted::Failed(VerifyFailure::Backend(problem))) => return Err(problem),
    };
    if let Judgement::Verified(verified) = &judgement {
        check_signer(settings, verified, element)?;
    }
    Ok(Standing {
        judgement,
        root: document.root(),
    })
}

/// A stranger is one because nobody has been named, more often than not.
fn refusal(kind: &VerifyErrorKind, reason: &str) -> String {
    let advice = match kind {
        VerifyErrorKind::Untrusted => {
            "; name Customs' issuers in the anchor set `customs`, or leave signatures unjudged with the setting reply.signature"
        }
        _ => "",
    };
    format!("Customs' reply is signed, and the signature does not count: {reason}{advice}")
}

/// An issuer may have issued certificates to others than Customs. What is pinned is meant.
fn check_signer(
    settings: &Settings,
    verified: &Verified<'_, Identity>,
    element: ElementRef<'_>,
) -> Result<(), Problem> {
    let signer = verified.signer();
    if signer.pinned || wire::is_customs(settings, &signer.serial_number) {
        return Ok(());
    }
    Err(problem(
        Fault::Counterparty,
        "signature.not-customs",
        element.path(),
        "Customs' reply is signed by somebody else: the serialNumber of the certificate is not listed in the setting customs-serial-numbers",
    ))
}

impl<'d> Standing<'d> {
    /// The text of a content, if it may be handed out: of a signed reply, only what is signed.
    pub(super) fn text(&self, content: ElementRef<'d>) -> Option<Text<'d>> {
        match &self.judgement {
            Judgement::Verified(verified) => Some(verified.view(content)?.text()),
            Judgement::Absent | Judgement::NotJudged => Some(content.text()),
        }
    }

    /// For the platform.
    pub(super) fn report(&self) -> Signature<'_> {
        match &self.judgement {
            Judgement::Verified(verified) => {
                let signer = verified.signer();
                Signature::Verified {
                    covers: match verified.view(self.root) {
                        Some(_) => SignatureCoverage::Reply,
                        None => SignatureCoverage::Content,
                    },
                    signer: Signer {
                        subject: &signer.subject,
                        serial_number: &signer.serial_number,
                        pinned: signer.pinned,
                    },
                }
            }
            Judgement::Absent => Signature::Absent,
            Judgement::NotJudged => Signature::NotJudged,
        }
    }
}
