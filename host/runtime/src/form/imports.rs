// SPDX-License-Identifier: Apache-2.0
//! What imports answer.

use serde_json::{Value, json};

use super::{bytes, case};
use crate::{
    bindings::silta::agency::{
        keys::{KeyError, SignatureAlgorithm},
        secrets::SecretError,
        trust,
    },
    call::refused::Reason,
    convert,
    trust::Purpose,
};

pub(crate) fn key_error(error: &KeyError) -> Value {
    let payload = match error {
        KeyError::AlgorithmNotAllowed(allowed) => Some(algorithms(allowed)),
        KeyError::TooManySignatures(allowed) => Some(json!(allowed)),
        _ => None,
    };
    case(error.name().unwrap_or_default(), payload)
}

pub(crate) fn secret_error(error: &SecretError) -> Value {
    case(error.name().unwrap_or_default(), None)
}

pub(crate) fn algorithms(algorithms: &[SignatureAlgorithm]) -> Value {
    let names = algorithms.iter();
    names
        .map(|algorithm| Value::from(convert::signature_algorithm(*algorithm).name()))
        .collect()
}

pub(crate) fn instant(instant: trust::Instant) -> Value {
    let trust::Instant {
        seconds,
        nanoseconds,
    } = instant;
    json!({"seconds": seconds, "nanoseconds": nanoseconds})
}

pub(crate) fn purpose(purpose: Purpose) -> Value {
    Value::from(match purpose {
        Purpose::TlsClient => "tls-client",
        Purpose::DocumentSigner => "document-signer",
        Purpose::TlsServer => "tls-server",
    })
}

pub(crate) fn identity(identity: &trust::Identity) -> Value {
    json!({
        "subject": identity.subject,
        "serialNumber": identity.serial_number,
        "commonName": identity.common_name,
        "issuer": identity.issuer,
        "notBefore": instant(identity.not_before),
        "notAfter": identity.not_after.map(instant),
        "fingerprint": bytes(&identity.fingerprint),
        "pinned": identity.pinned,
    })
}

pub(crate) fn identify_error(error: &trust::IdentifyError) -> Value {
    use trust::IdentifyError as E;
    match error {
        E::UnknownAnchorSet => case("unknown-anchor-set", None),
        E::CertificateUnreadable(position) => case("certificate-unreadable", Some(json!(position))),
        E::TooManyCertificates => case("too-many-certificates", None),
        E::NoPath => case("no-path", None),
        E::NotYetValid => case("not-yet-valid", None),
        E::Expired => case("expired", None),
        E::Revoked => case("revoked", None),
        E::RevocationUnknown(gap) => case("revocation-unknown", Some(json!(gap))),
        E::WrongUsage(usage) => case("wrong-usage", Some(json!(usage))),
        E::NotAcceptable(rule) => case("not-acceptable", Some(json!(rule))),
        E::Unsupported(feature) => case("unsupported", Some(json!(feature))),
    }
}

pub(crate) fn verify_error(error: &trust::VerifyError) -> Value {
    use trust::VerifyError as E;
    match error {
        E::Mismatch => case("mismatch", None),
        E::KeyUnsuitable => case("key-unsuitable", None),
        E::KeyTooShort => case("key-too-short", None),
        E::KeyUnreadable => case("key-unreadable", None),
        E::AlgorithmNotAllowed => case("algorithm-not-allowed", None),
        E::Unsupported(feature) => case("unsupported", Some(json!(feature))),
    }
}
