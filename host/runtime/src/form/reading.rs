// SPDX-License-Identifier: Apache-2.0
//! Recorded answers, read from their form. What is not in it is `None`.

use serde_json::Value;

use crate::{
    bindings::silta::agency::{
        keys::{KeyError, SignatureAlgorithm},
        secrets::SecretError,
        trust::{self, IdentifyError, VerifyError},
    },
    convert, keys,
};

/// Bytes.
pub(crate) fn read_bytes(value: &Value) -> Option<Vec<u8>> {
    let mut members = value.as_object()?.iter();
    let (Some((name, Value::String(text))), None) = (members.next(), members.next()) else {
        return None;
    };
    match name.as_str() {
        "text" => Some(text.as_bytes().to_vec()),
        "base64" => base64_simd::STANDARD.decode_to_vec(text).ok(),
        _ => None,
    }
}

/// Several pieces of bytes.
pub(crate) fn read_pieces(value: &Value) -> Option<Vec<Vec<u8>>> {
    value.as_array()?.iter().map(read_bytes).collect()
}

/// A text.
pub(crate) fn read_text(value: &Value) -> Option<String> {
    value.as_str().map(str::to_owned)
}

/// A result.
pub(crate) fn read_result<T, E>(
    value: &Value,
    ok: impl FnOnce(&Value) -> Option<T>,
    error: impl FnOnce(&Value) -> Option<E>,
) -> Option<Result<T, E>> {
    let (tag, payload) = read_case(value)?;
    match tag {
        "ok" => ok(payload).map(Ok),
        "err" => error(payload).map(Err),
        _ => None,
    }
}

/// A case: its name, and what is in it.
fn read_case(value: &Value) -> Option<(&str, &Value)> {
    let payload = value.get("val").unwrap_or(&Value::Null);
    Some((value.get("tag")?.as_str()?, payload))
}

pub(crate) fn read_instant(value: &Value) -> Option<trust::Instant> {
    let nanoseconds = value.get("nanoseconds")?.as_u64()?;
    Some(trust::Instant {
        seconds: value.get("seconds")?.as_i64()?,
        nanoseconds: u32::try_from(nanoseconds).ok()?,
    })
}

pub(crate) fn read_algorithms(value: &Value) -> Option<Vec<SignatureAlgorithm>> {
    let read: Vec<keys::SignatureAlgorithm> = serde_json::from_value(value.clone()).ok()?;
    let algorithms = read.into_iter();
    Some(algorithms.map(convert::wire_signature_algorithm).collect())
}

pub(crate) fn read_key_error(value: &Value) -> Option<KeyError> {
    let (tag, payload) = read_case(value)?;
    Some(match tag {
        "unknown-role" => KeyError::UnknownRole,
        "algorithm-not-allowed" => KeyError::AlgorithmNotAllowed(read_algorithms(payload)?),
        "too-many-signatures" => KeyError::TooManySignatures(read_number(payload)?),
        "certificate-not-valid" => KeyError::CertificateNotValid,
        "unavailable" => KeyError::Unavailable,
        "sealed" => KeyError::Sealed,
        _ => return None,
    })
}

pub(crate) fn read_secret_error(value: &Value) -> Option<SecretError> {
    Some(match read_case(value)?.0 {
        "unknown-role" => SecretError::UnknownRole,
        "sealed" => SecretError::Sealed,
        _ => return None,
    })
}

pub(crate) fn read_identity(value: &Value) -> Option<trust::Identity> {
    let text = |name| value.get(name).and_then(read_text);
    let not_after = match value.get("notAfter")? {
        Value::Null => None,
        instant => Some(read_instant(instant)?),
    };
    Some(trust::Identity {
        subject: text("subject")?,
        serial_number: text("serialNumber")?,
        common_name: text("commonName")?,
        issuer: text("issuer")?,
        not_before: read_instant(value.get("notBefore")?)?,
        not_after,
        fingerprint: read_bytes(value.get("fingerprint")?)?,
        pinned: value.get("pinned")?.as_bool()?,
    })
}

pub(crate) fn read_identify_error(value: &Value) -> Option<IdentifyError> {
    use IdentifyError as E;
    let (tag, payload) = read_case(value)?;
    Some(match tag {
        "unknown-anchor-set" => E::UnknownAnchorSet,
        "certificate-unreadable" => E::CertificateUnreadable(read_number(payload)?),
        "too-many-certificates" => E::TooManyCertificates,
        "no-path" => E::NoPath,
        "not-yet-valid" => E::NotYetValid,
        "expired" => E::Expired,
        "revoked" => E::Revoked,
        "revocation-unknown" => E::RevocationUnknown(read_text(payload)?),
        "wrong-usage" => E::WrongUsage(read_text(payload)?),
        "not-acceptable" => E::NotAcceptable(read_text(payload)?),
        "unsupported" => E::Unsupported(read_text(payload)?),
        _ => return None,
    })
}

pub(crate) fn read_verify_error(value: &Value) -> Option<VerifyError> {
    use VerifyError as E;
    let (tag, payload) = read_case(value)?;
    Some(match tag {
        "mismatch" => E::Mismatch,
        "key-unsuitable" => E::KeyUnsuitable,
        "key-too-short" => E::KeyTooShort,
        "key-unreadable" => E::KeyUnreadable,
        "algorithm-not-allowed" => E::AlgorithmNotAllowed,
        "unsupported" => E::Unsupported(read_text(payload)?),
        _ => return None,
    })
}

fn read_number(value: &Value) -> Option<u32> {
    u32::try_from(value.as_u64()?).ok()
}
