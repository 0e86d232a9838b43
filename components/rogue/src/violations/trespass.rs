// SPDX-License-Identifier: Apache-2.0
//! Something that is not allowed.

use agency_guest::{
    Problem,
    exports::envelope::Request,
    imports::{
        blobs::{self, DigestAlgorithm},
        keys::{self, KeyError, SignatureAlgorithm},
        secrets,
    },
};

use super::{request, trust::SIGNED, unknown_way};
use crate::host::{blob_of, report, report_blob};
use crate::parameters::Parameters;

type Done = Result<Request, Problem>;
type Payload<'a> = Option<&'a blobs::Blob>;

pub(super) fn reach_past(parameters: &Parameters, _: Payload<'_>) -> Done {
    let blob = blob_of(b"four")?;
    match parameters.way.as_str() {
        "read-at-end" => blob.read(4, 0).map(drop),
        "read" => blob.read(4, 1).map(drop),
        "read-far" => blob.read(u64::MAX, u32::MAX >> 12).map(drop),
        "slice" => blob.slice(0, 5).map(drop),
        "slice-far" => blob.slice(u64::MAX, u64::MAX).map(drop),
        "find" => blob.find(b"x", 5).map(drop),
        "find-at-end" => blob.find(b"x", 4).map(drop),
        way => return Err(unknown_way(way)),
    }
    .map_err(report_blob)?;
    Ok(request(blob))
}

pub(super) fn decode(parameters: &Parameters, _: Payload<'_>) -> Done {
    let decoded = blob_of(parameters.text.as_bytes())?.decode_base64();
    Ok(request(decoded.map_err(report_blob)?))
}

pub(super) fn write_on(parameters: &Parameters, _: Payload<'_>) -> Done {
    let writer = blobs::Writer::new();
    let blob = writer.finish().map_err(report_blob)?;
    match parameters.way.as_str() {
        "write" => writer.write(b"x"),
        "append" => writer.append(&blob),
        "append-base64" => writer.append_base64(&blob, None),
        "append-secret" => writer.append_secret(&parameters.role),
        "finish" => writer.finish().map(drop),
        way => return Err(unknown_way(way)),
    }
    .map_err(report_blob)?;
    Ok(request(blob))
}

pub(super) fn sign(parameters: &Parameters, _: Payload<'_>) -> Done {
    let algorithm = algorithm(&parameters.way)?;
    let mut signatures = Vec::new();
    for number in 1..=parameters.count {
        let signature = keys::sign(&parameters.role, algorithm, SIGNED);
        let path = format!("/{number}");
        signatures.extend(signature.map_err(|error| report_key(&error, &path))?);
    }
    Ok(request(blob_of(&signatures)?))
}

pub(super) fn show_key(parameters: &Parameters, _: Payload<'_>) -> Done {
    let role = &parameters.role;
    let shown = match parameters.way.as_str() {
        "certificates" => keys::certificates(role).map(|chain| chain.concat()),
        "algorithms" => keys::algorithms(role).map(|list| format!("{list:?}").into_bytes()),
        way => return Err(unknown_way(way)),
    };
    Ok(request(blob_of(
        &shown.map_err(|error| report_key(&error, ""))?,
    )?))
}

pub(super) fn guess(parameters: &Parameters, _: Payload<'_>) -> Done {
    match secrets::matches(&parameters.role, parameters.text.as_bytes()) {
        Ok(matches) => Ok(request(blob_of(matches.to_string().as_bytes())?)),
        Err(error) => Err(report_secret(error)),
    }
}

pub(super) fn sign_blob(parameters: &Parameters, payload: Payload<'_>) -> Done {
    let empty = blob_of(b"")?;
    let content = payload.unwrap_or(&empty);
    sign_content(parameters, &parameters.role, content)
}

pub(super) fn sign_secret(parameters: &Parameters, _: Payload<'_>) -> Done {
    sign_content(parameters, "signer", &sealed(&parameters.role)?)
}

/// Once where no number is given.
fn sign_content(parameters: &Parameters, role: &str, content: &blobs::Blob) -> Done {
    let algorithm = algorithm(&parameters.way)?;
    let mut signatures = Vec::new();
    for _ in 0..parameters.count.max(1) {
        let signature = keys::sign_blob(role, algorithm, content);
        signatures.extend(signature.map_err(|error| report_key(&error, ""))?);
    }
    Ok(request(blob_of(&signatures)?))
}

pub(super) fn insert_secret(parameters: &Parameters, _: Payload<'_>) -> Done {
    Ok(request(sealed(&parameters.role)?))
}

/// Directly, and through a blob that a sealed one was appended to.
pub(super) fn peek(parameters: &Parameters, _: Payload<'_>) -> Done {
    let blob = sealed(&parameters.role)?;
    match parameters.way.as_str() {
        "size" => return Ok(request(blob_of(blob.size().to_string().as_bytes())?)),
        "read" => blob.read(0, 1).map(drop),
        "slice" => blob.slice(0, 1).map(drop),
        "decode" => blob.decode_base64().map(drop),
        "digest" => blob.digest(DigestAlgorithm::Sha256).map(drop),
        "find" => blob.find(b"abc", 0).map(drop),
        "append-and-read" => wrapped(&blob, false)?.read(0, 1).map(drop),
        "encode-and-decode" => wrapped(&blob, true)?.decode_base64().map(drop),
        way => return Err(unknown_way(way)),
    }
    .map_err(report_blob)?;
    Ok(request(blob))
}

#[expect(clippy::panic, reason = "to be seen by the sandbox is its purpose")]
pub(super) fn crash(_: &Parameters, _: Payload<'_>) -> Done {
    panic!("on request")
}

pub(super) fn report_secret(error: secrets::SecretError) -> Problem {
    match error {
        secrets::SecretError::UnknownRole => report("unknown-role", "", ""),
        secrets::SecretError::Sealed => report("sealed", "", ""),
    }
}

pub(super) fn sealed(role: &str) -> Result<blobs::Blob, Problem> {
    let writer = blobs::Writer::new();
    writer.write(b"password=").map_err(report_blob)?;
    writer.append_secret(role).map_err(report_blob)?;
    writer.finish().map_err(report_blob)
}

fn wrapped(blob: &blobs::Blob, as_base64: bool) -> Result<blobs::Blob, Problem> {
    let writer = blobs::Writer::new();
    let appended = if as_base64 {
        writer.append_base64(blob, Some(76))
    } else {
        writer.append(blob)
    };
    appended.map_err(report_blob)?;
    writer.finish().map_err(report_blob)
}

fn report_key(error: &KeyError, path: &str) -> Problem {
    match error {
        KeyError::UnknownRole => report("unknown-role", path, ""),
        KeyError::AlgorithmNotAllowed(allowed) => {
            report("algorithm-not-allowed", path, &format!("{allowed:?}"))
        }
        KeyError::TooManySignatures(allowed) => {
            report("too-many-signatures", path, &allowed.to_string())
        }
        KeyError::CertificateNotValid => report("certificate-not-valid", path, ""),
        KeyError::Unavailable => report("unavailable", path, ""),
        KeyError::Sealed => report("sealed", path, ""),
    }
}

fn algorithm(name: &str) -> Result<SignatureAlgorithm, Problem> {
    Ok(match name {
        "rsa-sha256" => SignatureAlgorithm::RsaSha256,
        "rsa-pss-sha256" => SignatureAlgorithm::RsaPssSha256,
        "ecdsa-p256-sha256" => SignatureAlgorithm::EcdsaP256Sha256,
        "ecdsa-p384-sha384" => SignatureAlgorithm::EcdsaP384Sha384,
        way => return Err(unknown_way(way)),
    })
}
