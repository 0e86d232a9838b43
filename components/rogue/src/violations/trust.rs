// SPDX-License-Identifier: Apache-2.0
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

use super::{request, unknown_way};
use crate::{
    host::{LARGEST_BODY, blob_of, report, report_blob},
    parameters::Parameters,
};

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
        .map_err(report_identity)?;
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
    let pinned = trust::pinned(&parameters.role).map_err(report_identity)?;
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
    let signature = Blob::read_all(&text.decode_base64().map_err(report_blob)?, LARGEST_BODY)?;
    let verified = trust::verify(algorithm, &der(payload)?, SIGNED, &signature);
    verified.map_err(|error| match error {
        VerifyError::Mismatch => report("mismatch", "", ""),
        VerifyError::KeyUnsuitable => report("key-unsuitable", "", ""),
        VerifyError::KeyTooShort => report("key-too-short", "", ""),
        VerifyError::KeyUnreadable => report("key-unreadable", "", ""),
        VerifyError::AlgorithmNotAllowed => report("algorithm-not-allowed", "", ""),
        VerifyError::Unsupported(feature) => report("unsupported", "", &feature),
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
        "tls-server" => Ok(Purpose::TlsServer),
        way => Err(unknown_way(way)),
    }
}

fn report_identity(error: IdentifyError) -> Problem {
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
        IdentifyError::WrongUsage(usage) => ("wrong-usage", usage),
        IdentifyError::NotAcceptable(rule) => ("not-acceptable", rule),
        IdentifyError::Unsupported(feature) => ("unsupported", feature),
    };
    report(reason, "", &detail)
}
