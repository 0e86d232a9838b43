//! `keys` and `secrets`: signatures and comparisons by role.

use aws_lc_rs::digest;

use crate::{
    bindings::silta::agency::{
        keys::{Host, KeyError, SignatureAlgorithm as WireAlgorithm},
        secrets::{self, SecretError},
    },
    call::CallState,
    call::rehearsal,
    convert,
    keys::RoleKey,
    observe::{SignatureRecord, hexadecimal},
    time,
};

type Answer<T> = wasmtime::Result<Result<T, KeyError>>;

impl Host for CallState {
    fn certificates(&mut self, role: String) -> Answer<Vec<Vec<u8>>> {
        if self.is_self_test() {
            return Ok(Ok(rehearsal::certificates()));
        }
        let certificates = self.role(&role).map(|key| key.certificates().to_vec());
        self.answer_key("keys.certificates", certificates)
    }

    fn algorithms(&mut self, role: String) -> Answer<Vec<WireAlgorithm>> {
        if self.is_self_test() {
            return Ok(Ok(rehearsal::algorithms()));
        }
        let algorithms = self.role(&role).map(wire_algorithms);
        self.answer_key("keys.algorithms", algorithms)
    }

    fn sign(&mut self, role: String, algorithm: WireAlgorithm, bytes: Vec<u8>) -> Answer<Vec<u8>> {
        if self.is_self_test() {
            return Ok(Ok(rehearsal::signature()));
        }
        let signature = self.make_signature(&role, algorithm, &bytes);
        self.answer_key("keys.sign", signature)
    }
}

impl secrets::Host for CallState {
    fn matches(
        &mut self,
        role: String,
        candidate: Vec<u8>,
    ) -> wasmtime::Result<Result<bool, SecretError>> {
        let matches = self
            .secrets()
            .and_then(|secrets| secrets.matches(&role, &candidate));
        if matches.is_none() {
            self.refused("secrets.matches", "unknown-role");
        }
        Ok(matches.ok_or(SecretError::UnknownRole))
    }
}

impl CallState {
    fn role(&self, role: &str) -> Result<&RoleKey, KeyError> {
        self.generation
            .keyring
            .role(role)
            .ok_or(KeyError::UnknownRole)
    }

    fn make_signature(
        &mut self,
        role: &str,
        algorithm: WireAlgorithm,
        bytes: &[u8],
    ) -> Result<Vec<u8>, KeyError> {
        let call_id = self.audit_id();
        let key = self.role(role)?;
        let wanted = convert::signature_algorithm(algorithm);
        if !key.algorithms().contains(&wanted) {
            return Err(KeyError::AlgorithmNotAllowed(wire_algorithms(key)));
        }
        key.check_validity(self.now)
            .map_err(|_| KeyError::CertificateNotValid)?;
        let made = self
            .signatures
            .iter()
            .filter(|signer| *signer == role)
            .count();
        let allowed = key.signatures_per_call();
        if made >= allowed as usize {
            return Err(KeyError::TooManySignatures(allowed));
        }
        let signature = key.sign(wanted, bytes).ok_or(KeyError::Unavailable)?;
        let record = SignatureRecord {
            call: self.id.clone(),
            call_id,
            role: role.to_owned(),
            algorithm: wanted,
            certificate: hexadecimal(&key.fingerprint()),
            signed: hexadecimal(digest::digest(&digest::SHA256, bytes).as_ref()),
            at: time::to_parts(self.now).0,
            time: self.now,
        };
        // It has been made, whatever becomes of it: one that cannot be recorded is not tried again without end.
        self.signatures.push(role.to_owned());
        // A signature that leaves no record does not leave the host either.
        self.generation.services.audit.record(&record).map_err(|error| {
            tracing::error!(target: "silta::audit", %error, "signature withheld: the audit record could not be kept");
            KeyError::Unavailable
        })?;
        Ok(signature)
    }

    fn answer_key<T>(&self, function: &'static str, result: Result<T, KeyError>) -> Answer<T> {
        if let Err(error) = &result {
            let reason = match error {
                KeyError::UnknownRole => "unknown-role",
                KeyError::AlgorithmNotAllowed(_) => "algorithm-not-allowed",
                KeyError::TooManySignatures(_) => "too-many-signatures",
                KeyError::CertificateNotValid => "certificate-not-valid",
                KeyError::Unavailable => "unavailable",
            };
            self.refused(function, reason);
        }
        Ok(result)
    }
}

fn wire_algorithms(key: &RoleKey) -> Vec<WireAlgorithm> {
    key.algorithms()
        .iter()
        .copied()
        .map(convert::wire_signature_algorithm)
        .collect()
}
