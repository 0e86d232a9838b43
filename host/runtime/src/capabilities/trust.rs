//! `trust`: what others signed, judged against what the operator trusts.

use crate::{
    bindings::silta::agency::trust::{self, Host, Instant, VerificationAlgorithm},
    call::CallState,
    convert, time,
    trust::{IdentifyError, Identity, VerifyError},
};

impl Host for CallState {
    fn verify(
        &mut self,
        algorithm: VerificationAlgorithm,
        key: Vec<u8>,
        bytes: Vec<u8>,
        signature: Vec<u8>,
    ) -> wasmtime::Result<Result<(), trust::VerifyError>> {
        let algorithm = convert::verification_algorithm(algorithm);
        let trust = &self.generation.trust;
        let verified = trust.verify(algorithm, &key, &bytes, &signature);
        Ok(verified.map_err(|error| match error {
            VerifyError::Mismatch => trust::VerifyError::Mismatch,
            VerifyError::KeyUnsuitable => trust::VerifyError::KeyUnsuitable,
            VerifyError::KeyTooShort => trust::VerifyError::KeyTooShort,
            VerifyError::KeyUnreadable => trust::VerifyError::KeyUnreadable,
            VerifyError::AlgorithmNotAllowed => trust::VerifyError::AlgorithmNotAllowed,
        }))
    }

    fn pinned(
        &mut self,
        anchor_set: String,
    ) -> wasmtime::Result<Result<Vec<Vec<u8>>, trust::IdentifyError>> {
        let Some(set) = self.generation.trust.set(&anchor_set) else {
            self.refused("trust.pinned", "unknown-anchor-set");
            return Ok(Err(trust::IdentifyError::UnknownAnchorSet));
        };
        Ok(Ok(set.pinned().map(<[u8]>::to_vec).collect()))
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
        pinned: identity.pinned,
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
