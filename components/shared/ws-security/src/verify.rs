// SPDX-License-Identifier: Apache-2.0
//! Judging messages.

use canonical_xml::{Document, ElementRef, Path};
use jiff::Timestamp;
use soap::Envelope;
use xml_signature::{
    Backend, Located, Policy, Verified, VerifyErrorKind, VerifyFailure, verify_signature,
};

use crate::error::{WsSecurityError, WsSecurityErrorKind, WsSecurityFailure};
use crate::received::{HeaderBlock, Part, Protection, Received};
use crate::security::{Security, is_security};
use crate::settings::{Mode, Settings};
use crate::timestamp::Lifetime;
use crate::token;

/// Judges a SOAP message: the envelope, and unless that is off, its security header (WSS §5 to §10).
///
/// The body that is returned is that at its place in the envelope, and when there is a signature it is that element which was signed.
/// Header blocks that must be understood are told, not judged: see [`Received::must_understand`].
///
/// Times are judged last, so that what is said of them is said of times that somebody trusted has signed.
///
/// # Errors
///
/// [`WsSecurityFailure::Refused`] when the message is not acceptable; [`WsSecurityFailure::Backend`] when the backend failed.
pub fn verify<'d, J: Backend>(
    document: &'d Document<'d>,
    settings: &Settings,
    now: Timestamp,
    backend: &mut J,
) -> Result<Received<'d, J::Signer>, WsSecurityFailure<J::Error>> {
    let envelope = Envelope::find(document);
    let envelope = envelope.and_then(|envelope| {
        envelope.check_body()?;
        Ok(envelope)
    });
    let envelope = envelope.map_err(|(kind, element)| {
        WsSecurityError::at(element, WsSecurityErrorKind::Envelope(kind))
    })?;
    if settings.mode == Mode::Off {
        return Ok(received(&envelope, settings, None));
    }
    let security = Security::of(&envelope, &settings.roles)?;
    let located = security.and_then(|security| Some((security, security.signature?)));
    let Some((security, signature)) = located else {
        if settings.mode == Mode::Optional {
            return Ok(received(&envelope, settings, None));
        }
        return Err(match security {
            None => WsSecurityError::at(document.root(), WsSecurityErrorKind::SecurityMissing),
            Some(Security { element, .. }) => {
                WsSecurityError::at(element, WsSecurityErrorKind::SignatureMissing)
            }
        }
        .into());
    };
    let lifetime = security.timestamp.map(Lifetime::of).transpose()?;
    if lifetime.is_none() && settings.require_timestamp {
        let kind = WsSecurityErrorKind::TimestampMissing;
        return Err(WsSecurityError::at(security.element, kind).into());
    }

    let located = Located {
        document,
        signature,
        keys: token::key_source(document, signature, backend)?,
    };
    let policy = policy(&envelope, settings);
    let verified = verify_signature(located, &policy, backend);
    let verified = verified.map_err(|error| failure(error, document, signature, backend))?;
    let parts = [Some(envelope.body()), security.timestamp];
    for part in parts.into_iter().flatten() {
        if verified.view(part).is_none() {
            let kind = WsSecurityErrorKind::Signature(VerifyErrorKind::Uncovered);
            return Err(WsSecurityError::at(part, kind).into());
        }
    }
    if let (Some(lifetime), Some(element)) = (lifetime, security.timestamp) {
        let checked = lifetime.check(settings, now);
        checked.map_err(|kind| WsSecurityError::at(element, kind))?;
    }
    let protection = Protection {
        signature: verified,
        lifetime,
    };
    Ok(received(&envelope, settings, Some(protection)))
}

/// The policy for the signature. The body is among what it requires because nothing would stand for the whole envelope, in which the
/// signature is and much that intermediaries may change.
fn policy(envelope: &Envelope<'_>, settings: &Settings) -> Policy {
    // There is exactly one element at this path, and whether that one is covered is asked again.
    let body: Option<Path> = envelope.body().path().parse().ok();
    Policy {
        required: body
            .into_iter()
            .chain(settings.required.iter().cloned())
            .collect(),
        allow_sha1: settings.allow_sha1,
        ..Policy::default()
    }
}

fn failure<'d, J: Backend>(
    failure: VerifyFailure<J::Error>,
    document: &'d Document<'d>,
    signature: ElementRef<'d>,
    backend: &mut J,
) -> WsSecurityFailure<J::Error> {
    let error = match failure {
        VerifyFailure::Backend(error) => return WsSecurityFailure::Backend(error),
        VerifyFailure::Refused(error) => error,
    };
    match token::token_refusal(document, signature, &error.kind, backend) {
        Err(error) => WsSecurityFailure::Backend(error),
        Ok(of_token) => WsSecurityFailure::Refused(of_token.unwrap_or(WsSecurityError {
            kind: WsSecurityErrorKind::Signature(error.kind),
            path: error.path,
            position: error.position,
        })),
    }
}

fn received<'d, S>(
    envelope: &Envelope<'d>,
    settings: &Settings,
    protection: Option<Protection<'d, S>>,
) -> Received<'d, S> {
    let signature = protection.as_ref().map(|protection| &protection.signature);
    let is_for_us = |block| envelope.is_for_us(block, &settings.roles);
    let others = envelope.blocks().iter().copied();
    let others = others.filter(|block| !(is_security(block) && is_for_us(*block)));
    let headers = others.map(|block| HeaderBlock {
        part: part(signature, block),
        must_understand: envelope.must_understand(block) && is_for_us(block),
    });
    Received {
        version: envelope.version(),
        headers: headers.collect(),
        body: part(signature, envelope.body()),
        protection,
    }
}

fn part<'d, S>(signature: Option<&Verified<'d, S>>, element: ElementRef<'d>) -> Part<'d> {
    match signature.and_then(|signature| signature.view(element)) {
        Some(covered) => Part::Signed(covered),
        None => Part::Unsigned(element),
    }
}
