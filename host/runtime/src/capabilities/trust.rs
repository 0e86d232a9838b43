//! `trust`: what others signed, judged against what the operator trusts.

use crate::{
    bindings::silta::agency::trust::{self, Host, Instant, VerificationAlgorithm},
    call::CallState,
    convert, time,
    trust::{IdentifyError, Identity, Purpose, VerifyError},
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
            VerifyError::Unsupported(feature) => trust::VerifyError::Unsupported(feature),
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
        purpose: trust::Purpose,
        at: Instant,
    ) -> wasmtime::Result<Result<trust::Identity, trust::IdentifyError>> {
        let Some(set) = self.generation.trust.set(&anchor_set) else {
            self.refused("trust.identify", "unknown-anchor-set");
            return Ok(Err(trust::IdentifyError::UnknownAnchorSet));
        };
        let Some(at) = time::from_parts(at.seconds, at.nanoseconds) else {
            return Ok(Err(trust::IdentifyError::Expired));
        };
        let purpose = match purpose {
            trust::Purpose::TlsClient => Purpose::TlsClient,
            trust::Purpose::DocumentSigner => Purpose::DocumentSigner,
        };
        Ok(set
            .identify(&chain, purpose, at)
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
        not_after: identity.not_after.map(convert::instant),
        fingerprint: identity.fingerprint,
        pinned: identity.pinned,
    }
}

fn wire_error(error: IdentifyError) -> trust::IdentifyError {
    match error {
        IdentifyError::CertificateUnreadable(position) => {
            trust::IdentifyError::CertificateUnreadable(position)
        }
        IdentifyError::TooManyCertificates => trust::IdentifyError::TooManyCertificates,
        IdentifyError::NoPath => trust::IdentifyError::NoPath,
        IdentifyError::NotYetValid => trust::IdentifyError::NotYetValid,
        IdentifyError::Expired => trust::IdentifyError::Expired,
        IdentifyError::Revoked => trust::IdentifyError::Revoked,
        IdentifyError::RevocationUnknown(gap) => trust::IdentifyError::RevocationUnknown(gap),
        IdentifyError::WrongUsage => trust::IdentifyError::WrongUsage,
        IdentifyError::NotAcceptable(rule) => trust::IdentifyError::NotAcceptable(rule),
        IdentifyError::Unsupported(feature) => trust::IdentifyError::Unsupported(feature),
    }
}
