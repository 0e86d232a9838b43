//! `trust`: what others signed, judged against what the operator trusts.

use crate::{
    bindings::silta::agency::{
        keys::SignatureAlgorithm,
        trust::{self, Host, Instant},
    },
    call::CallState,
    convert, time,
    trust::{IdentifyError, Identity, VerifyError},
};

impl Host for CallState {
    fn verify(
        &mut self,
        algorithm: SignatureAlgorithm,
        certificate: Vec<u8>,
        bytes: Vec<u8>,
        signature: Vec<u8>,
    ) -> wasmtime::Result<Result<(), trust::VerifyError>> {
        let verified = self.generation.trust.verify(
            convert::signature_algorithm(algorithm),
            &certificate,
            &bytes,
            &signature,
        );
        Ok(verified.map_err(|error| match error {
            VerifyError::Mismatch => trust::VerifyError::Mismatch,
            VerifyError::KeyUnsuitable => trust::VerifyError::KeyUnsuitable,
            VerifyError::CertificateUnreadable => trust::VerifyError::CertificateUnreadable,
            VerifyError::AlgorithmNotAllowed => trust::VerifyError::AlgorithmNotAllowed,
        }))
    }

    fn identify(
        &mut self,
        anchor_set: String,
        chain: Vec<Vec<u8>>,
        at: Instant,
    ) -> wasmtime::Result<Result<trust::Identity, trust::IdentifyError>> {
        let Some(set) = self.generation.trust.set(&anchor_set) else {
            self.refused("trust.identify", "unknown-anchor-set");
            return Ok(Err(trust::IdentifyError::UnknownAnchorSet));
        };
        let Some(at) = time::from_parts(at.seconds, at.nanoseconds) else {
            return Ok(Err(trust::IdentifyError::Expired));
        };
        Ok(set
            .identify(&chain, at)
            .map(wire_identity)
            .map_err(wire_error))
    }
}

fn wire_identity(identity: Identity) -> trust::Identity {
    trust::Identity {
        subject: identity.subject,
        serial_number: identity.serial_number,
        common_name: identity.common_name,
        issuer: identity.issuer,
        not_before: convert::instant(identity.not_before),
        not_after: convert::instant(identity.not_after),
        fingerprint: identity.fingerprint,
    }
}

fn wire_error(error: IdentifyError) -> trust::IdentifyError {
    match error {
        IdentifyError::CertificateUnreadable => trust::IdentifyError::CertificateUnreadable,
        IdentifyError::NoPath => trust::IdentifyError::NoPath,
        IdentifyError::NotYetValid => trust::IdentifyError::NotYetValid,
        IdentifyError::Expired => trust::IdentifyError::Expired,
        IdentifyError::Revoked => trust::IdentifyError::Revoked,
        IdentifyError::RevocationUnknown => trust::IdentifyError::RevocationUnknown,
        IdentifyError::WrongUsage => trust::IdentifyError::WrongUsage,
        IdentifyError::NotAcceptable => trust::IdentifyError::NotAcceptable,
    }
}
