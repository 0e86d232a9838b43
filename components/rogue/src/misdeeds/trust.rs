//! Whom the operator trusts.

use agency_guest::{
    Blob, Problem,
    exports::envelope::Request,
    imports::{
        blobs,
        trust::{self, IdentifyError, Purpose, VerificationAlgorithm, VerifyError},
        types::Instant,
    },
};
use serde_json::json;

use super::{blob_of, request, told, told_of_blob, unknown_way};
use crate::{component::LARGEST_BODY, parameters::Parameters};

/// What `sign` signs and `verify` verifies.
pub(super) const SIGNED: &[u8] = b"to be signed";

pub(super) fn identify(
    parameters: &Parameters,
    payload: Option<&blobs::Blob>,
) -> Result<Request, Problem> {
    let at = Instant {
        seconds: parameters.count.into(),
        nanoseconds: 0,
    };
    let chain = [der(payload)?];
    let identity = trust::identify(&parameters.role, &chain, purpose(&parameters.way)?, at)
        .map_err(told_of_identity)?;
    let shown = json!({
        "commonName": identity.common_name,
        "notBefore": identity.not_before.seconds,
        "notAfter": identity.not_after.map(|end| end.seconds),
        "fingerprint": identity.fingerprint,
        "pinned": identity.pinned,
    });
    Ok(request(blob_of(shown.to_string().as_bytes())?))
}

pub(super) fn pinned(parameters: &Parameters, _: Option<&blobs::Blob>) -> Result<Request, Problem> {
    let pinned = trust::pinned(&parameters.role).map_err(told_of_identity)?;
    Ok(request(blob_of(json!(pinned).to_string().as_bytes())?))
}

pub(super) fn verify(
    parameters: &Parameters,
    payload: Option<&blobs::Blob>,
) -> Result<Request, Problem> {
    let algorithm = match parameters.way.as_str() {
        "rsa-sha1" => VerificationAlgorithm::RsaSha1,
        "rsa-sha256" => VerificationAlgorithm::RsaSha256,
        "ecdsa-sha256" => VerificationAlgorithm::EcdsaSha256,
        way => return Err(unknown_way(way)),
    };
    let text = blob_of(parameters.text.as_bytes())?;
    let signature = Blob::read_all(&text.decode_base64().map_err(told_of_blob)?, LARGEST_BODY)?;
    let verified = trust::verify(algorithm, &der(payload)?, SIGNED, &signature);
    verified.map_err(|error| match error {
        VerifyError::Mismatch => told("mismatch", "", ""),
        VerifyError::KeyUnsuitable => told("key-unsuitable", "", ""),
        VerifyError::KeyTooShort => told("key-too-short", "", ""),
        VerifyError::KeyUnreadable => told("key-unreadable", "", ""),
        VerifyError::AlgorithmNotAllowed => told("algorithm-not-allowed", "", ""),
        VerifyError::Unsupported(feature) => told("unsupported", "", &feature),
    })?;
    Ok(request(blob_of(b"verified")?))
}

fn der(payload: Option<&blobs::Blob>) -> Result<Vec<u8>, Problem> {
    payload.map_or_else(
        || Ok(Vec::new()),
        |payload| Blob::read_all(payload, LARGEST_BODY),
    )
}

/// A client of TLS unless told otherwise.
fn purpose(way: &str) -> Result<Purpose, Problem> {
    match way {
        "" | "tls-client" => Ok(Purpose::TlsClient),
        "document-signer" => Ok(Purpose::DocumentSigner),
        way => Err(unknown_way(way)),
    }
}

fn told_of_identity(error: IdentifyError) -> Problem {
    let (reason, detail) = match error {
        IdentifyError::UnknownAnchorSet => ("unknown-anchor-set", String::new()),
        IdentifyError::CertificateUnreadable(position) => {
            ("certificate-unreadable", position.to_string())
        }
        IdentifyError::TooManyCertificates => ("too-many-certificates", String::new()),
        IdentifyError::NoPath => ("no-path", String::new()),
        IdentifyError::NotYetValid => ("not-yet-valid", String::new()),
        IdentifyError::Expired => ("expired", String::new()),
        IdentifyError::Revoked => ("revoked", String::new()),
        IdentifyError::RevocationUnknown(gap) => ("revocation-unknown", gap),
        IdentifyError::WrongUsage => ("wrong-usage", String::new()),
        IdentifyError::NotAcceptable(rule) => ("not-acceptable", rule),
        IdentifyError::Unsupported(feature) => ("unsupported", feature),
    };
    told(reason, "", &detail)
}
