// SPDX-License-Identifier: Apache-2.0
//! Who vouches for a call.

use agency_guest::{
    Fault, HostBackend, Problem, check_caller, counterparty_problem, hexadecimal,
    imports::{
        blobs, clock,
        trust::{Identity, Peer},
    },
    internal, problem,
};
use canonical_xml::Document;
use jiff::Timestamp;
use ws_security::{Received, WsSecurityError, WsSecurityErrorKind, WsSecurityFailure};
use xml_signature::VerifyErrorKind;

use crate::{
    describe::{CALLERS, SIGNERS},
    wire::{Settings, SignatureSettings},
};

/// Judges the caller's TLS certificate, where one is asked for.
///
/// The inner error is the caller's, the outer one ours.
pub(super) fn check_connection(
    settings: &Settings,
    peer: Option<&Peer>,
) -> Result<Result<(), Problem>, Problem> {
    let rules = &settings.notification;
    if !rules.client_certificate {
        return Ok(Ok(()));
    }
    let advice = "; if Suomi.fi does not use one, set notification.client-certificate to false";
    let checked = check_caller(CALLERS, peer, advice, |caller| {
        let is_listed = rules.client_names.contains(&caller.common_name);
        if rules.client_names.is_empty() || is_listed {
            return Ok(());
        }
        Err(counterparty_problem(
            "caller.other-name",
            "",
            "the caller's certificate is somebody else's: its common name is not listed in the setting notification.client-names",
        ))
    });
    match checked {
        Err(reason) if reason.fault == Fault::Configuration => Err(reason),
        judged => Ok(judged),
    }
}

/// Judges the signature of a call, by the settings: that body and timestamp at their places are what was signed, by whom, and when.
///
/// The inner error is the caller's, the outer one ours.
pub(super) fn judge<'d>(
    settings: &SignatureSettings,
    source: &blobs::Blob,
    document: &'d Document<'d>,
) -> Result<Result<Received<'d, Identity>, Problem>, Problem> {
    let now = clock::now();
    let moment = i32::try_from(now.nanoseconds).ok();
    let moment = moment.and_then(|nanoseconds| Timestamp::new(now.seconds, nanoseconds).ok());
    let moment = moment.ok_or_else(|| internal("the host's time is beyond the calendar"))?;
    let mut backend = HostBackend::new(source, SIGNERS, now);
    let verified = ws_security::verify(document, &settings.of_message(), moment, &mut backend);
    let received = match verified {
        Ok(received) => received,
        Err(WsSecurityFailure::Backend(problem)) => return Err(problem),
        Err(WsSecurityFailure::Refused(error)) => return refused(settings, &error),
    };
    if let Some(protection) = &received.protection {
        let signer = protection.signature.signer();
        if !signer.pinned && !settings.is_signer(&signer.common_name) {
            return Ok(Err(counterparty_problem(
                "signature.other-name",
                "/Envelope/Header/Security",
                "the call is signed by somebody else: the common name of the certificate is not listed in the setting signature.common-names",
            )));
        }
    }
    Ok(Ok(received))
}

fn refused<T>(
    settings: &SignatureSettings,
    error: &WsSecurityError,
) -> Result<Result<T, Problem>, Problem> {
    let told = |fault, message: String| problem(fault, error.code(), error.path.clone(), message);
    match &error.kind {
        WsSecurityErrorKind::Signature(kind) if kind.is_ours() => {
            Err(told(Fault::Configuration, kind.to_string()))
        }
        // The settings take SHA-1, and it is not taken: the host's own switch is off.
        WsSecurityErrorKind::Signature(VerifyErrorKind::Sha1NotAllowed) if settings.allow_sha1 => {
            let message = "the call is signed with SHA-1, which the setting signature.allow-sha1 takes and the host does not: set allow-sha1 = true in the agency's table of the configuration, or the setting to false";
            Err(told(Fault::Configuration, message.into()))
        }
        WsSecurityErrorKind::Signature(VerifyErrorKind::Untrusted) => {
            let message = format!(
                "the signature does not count: {error}. Its issuer, or the certificate itself, would have to be in the anchor set `{SIGNERS}`"
            );
            Ok(Err(told(Fault::Counterparty, message)))
        }
        _ => {
            let message = format!("the signature does not count: {error}");
            Ok(Err(told(Fault::Counterparty, message)))
        }
    }
}

/// The signer's certificate by its digest, in hexadecimal.
pub(super) fn signer(received: &Received<'_, Identity>) -> Option<String> {
    let protection = received.protection.as_ref()?;
    Some(hexadecimal(&protection.signature.signer().fingerprint))
}
