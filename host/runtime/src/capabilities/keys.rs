// SPDX-License-Identifier: Apache-2.0
//! `keys`: signatures by role.

use aws_lc_rs::digest::SHA256;
use wasmtime::component::{HasData, Resource, ResourceTable};

use super::{View, blobs::unsealed};
use crate::{
    bindings::{
        KeyRefused,
        silta::agency::keys::{Host, KeyError, SignatureAlgorithm as WireAlgorithm},
    },
    blob::Blob,
    call::{
        refused::Reason,
        state::{CallState, Purpose},
    },
    convert,
    form::{self, sizes},
    keys::RoleKey,
    observe::{SignatureRecord, hexadecimal},
    time,
};

/// The keys that a call may sign with.
pub(super) struct Keys<'a> {
    view: View<'a>,
    table: &'a ResourceTable,
}

impl HasData for Keys<'static> {
    type Data<'a> = Keys<'a>;
}

impl Host for Keys<'_> {
    fn certificates(&mut self, role: String) -> Result<Vec<Vec<u8>>, KeyRefused> {
        self.view.enter("keys.certificates");
        let read = |it: &_| form::read_result(it, form::read_pieces, form::read_key_error);
        if let Some(recorded) = self.view.scripted(|| vec![role.as_str().into()], read)? {
            return Ok(recorded?);
        }
        let certificates = self.role(&role).map(|key| {
            let certificates = key.chain().certificates().iter();
            certificates.map(|der| der.to_vec()).collect::<Vec<_>>()
        });
        let size = || {
            let certificates = certificates.as_ref().map_or(0, |it| sizes::pieces(it));
            sizes::name(&role) + certificates
        };
        self.view.answered(size, || {
            let answer = form::result(&certificates, |it| form::pieces(it), form::key_error);
            (vec![role.as_str().into()], answer)
        });
        Ok(certificates?)
    }

    fn algorithms(&mut self, role: String) -> Result<Vec<WireAlgorithm>, KeyRefused> {
        self.view.enter("keys.algorithms");
        let read = |it: &_| form::read_result(it, form::read_algorithms, form::read_key_error);
        if let Some(recorded) = self.view.scripted(|| vec![role.as_str().into()], read)? {
            return Ok(recorded?);
        }
        let algorithms = self.role(&role).map(wire_algorithms);
        self.view.answered(
            || sizes::name(&role),
            || {
                let answer = form::result(&algorithms, |it| form::algorithms(it), form::key_error);
                (vec![role.as_str().into()], answer)
            },
        );
        Ok(algorithms?)
    }

    fn sign(
        &mut self,
        role: String,
        algorithm: WireAlgorithm,
        bytes: Vec<u8>,
    ) -> Result<Vec<u8>, KeyRefused> {
        self.view.enter("keys.sign");
        self.sign_and_tell(role, algorithm, &Blob::from(bytes))
    }

    fn sign_blob(
        &mut self,
        role: String,
        algorithm: WireAlgorithm,
        content: Resource<Blob>,
    ) -> Result<Vec<u8>, KeyRefused> {
        self.view.enter("keys.sign-blob");
        let content = unsealed(self.table, &content)?.ok_or(KeyError::Sealed)?;
        self.sign_and_tell(role, algorithm, &content)
    }

    fn convert_key_error(&mut self, refused: KeyRefused) -> wasmtime::Result<KeyError> {
        self.view.report(refused)
    }
}

impl<'a> Keys<'a> {
    pub(super) fn of(state: &'a mut CallState) -> Self {
        Self {
            view: View::new(&state.environment, &mut state.trace),
            table: &state.table,
        }
    }

    fn role(&self, role: &str) -> Result<&'a RoleKey, KeyError> {
        let keyring = &self.view.environment.keyring;
        keyring.role(role).ok_or(KeyError::UnknownRole)
    }

    fn sign_and_tell(
        &mut self,
        role: String,
        algorithm: WireAlgorithm,
        content: &Blob,
    ) -> Result<Vec<u8>, KeyRefused> {
        let asked = || {
            let algorithm = convert::signature_algorithm(algorithm).name();
            let content = form::bytes(&content.to_vec());
            vec![role.as_str().into(), algorithm.into(), content]
        };
        let read = |it: &_| form::read_result(it, form::read_bytes, form::read_key_error);
        if let Some(recorded) = self.view.scripted(asked, read)? {
            return Ok(recorded?);
        }
        let signature = self.make_signature(&role, algorithm, content);
        let size = || {
            let made = signature.as_ref().map_or(0, |it| sizes::bytes(it));
            sizes::name(&role) + sizes::blob(content) + made
        };
        self.view.answered(size, || {
            let answer = form::result(&signature, |it| form::bytes(it), form::key_error);
            (asked(), answer)
        });
        Ok(signature?)
    }

    fn make_signature(
        &mut self,
        role: &str,
        algorithm: WireAlgorithm,
        content: &Blob,
    ) -> Result<Vec<u8>, KeyError> {
        let key = self.role(role)?;
        let (environment, trace) = (self.view.environment, &mut *self.view.trace);
        let algorithm = convert::signature_algorithm(algorithm);
        if key.is_stand_in() {
            // It signs nothing, as often as it is asked: what were counted or recorded would grow without end.
            return Ok(key.blank_signature());
        }
        if !key.may_sign_with(algorithm) {
            return Err(KeyError::AlgorithmNotAllowed(wire_algorithms(key)));
        }
        key.check_validity(trace.now)
            .map_err(|_| KeyError::CertificateNotValid)?;
        let signers = trace.signatures.iter();
        let made = signers.filter(|signer| *signer == role).count();
        let allowed = key.signatures_per_call();
        if made >= allowed as usize {
            return Err(KeyError::TooManySignatures(allowed));
        }
        if trace.purpose == Purpose::Check {
            trace.signatures.push(role.to_owned());
            return Ok(key.blank_signature());
        }
        let digest = content.digest(algorithm.digest());
        let signature = key.sign_digest(algorithm, &digest);
        let signature = signature.ok_or(KeyError::Unavailable)?;
        // That of most algorithms is the one that records have.
        let recorded = match *algorithm.digest() == SHA256 {
            true => hexadecimal(digest.as_ref()),
            false => hexadecimal(&content.sha256()),
        };
        let record = SignatureRecord {
            call: trace.id.clone(),
            call_id: trace.audit_id(&*environment.ids),
            role: role.to_owned(),
            algorithm,
            certificate: hexadecimal(&key.fingerprint()),
            signed: recorded,
            at: time::to_parts(trace.now).0,
            time: trace.now,
        };
        // It has been made, whatever follows: one that cannot be recorded is not tried again without end.
        trace.signatures.push(role.to_owned());
        // A signature that leaves no record does not leave the host either.
        environment.audit.record(&record).map_err(|error| {
            tracing::error!(target: "silta::audit", %error, "signature withheld: the audit record could not be kept");
            KeyError::Unavailable
        })?;
        Ok(signature)
    }
}

impl Reason for KeyError {
    fn name(&self) -> Option<&'static str> {
        Some(match self {
            Self::UnknownRole => "unknown-role",
            Self::AlgorithmNotAllowed(_) => "algorithm-not-allowed",
            Self::TooManySignatures(_) => "too-many-signatures",
            Self::CertificateNotValid => "certificate-not-valid",
            Self::Unavailable => "unavailable",
            Self::Sealed => "sealed",
        })
    }
}

fn wire_algorithms(key: &RoleKey) -> Vec<WireAlgorithm> {
    let algorithms = key.algorithms().iter().copied();
    algorithms.map(convert::wire_signature_algorithm).collect()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use rcgen::{CertificateParams, KeyPair, PKCS_ECDSA_P256_SHA256};

    use super::*;
    use crate::{
        call::{
            environment::tests::{Told, environment},
            state::CallState,
            tape::Tape,
        },
        keys::Keyring,
        observe::Records,
    };

    fn keyring() -> Keyring {
        let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).unwrap();
        let certificate = CertificateParams::default().self_signed(&key).unwrap();
        let key = RoleKey::from_pem(key.serialize_pem().as_bytes(), certificate.pem().as_bytes());
        Keyring::new().with("signer", key.unwrap())
    }

    /// A call of this purpose that may sign, and what is told of it.
    fn call(purpose: Purpose) -> (CallState, Arc<Told>) {
        let told = Arc::new(Told::default());
        let mut environment = environment(&told);
        environment.keyring = keyring();
        let mut state =
            CallState::new(&Arc::new(environment.clone()), environment.call_id("build"));
        state.trace.purpose = purpose;
        (state, told)
    }

    /// In a check it is told what it would be told if the request were sent, and nothing is signed.
    #[test]
    fn a_role_is_judged_alike_in_a_check_and_signs_once_a_call_and_recorded_otherwise() {
        for (purpose, signed) in [(Purpose::Sending, 1), (Purpose::Check, 0)] {
            let (mut state, told) = call(purpose);
            let mut keys = Keys::of(&mut state);
            let mut sign = |role: &str, algorithm| {
                let signed = keys.sign(role.into(), algorithm, b"bytes".to_vec());
                signed.map_err(|refused| keys.convert_key_error(refused).unwrap())
            };
            let ours = WireAlgorithm::EcdsaP256Sha256;
            assert!(matches!(sign("other", ours), Err(KeyError::UnknownRole)));
            assert!(matches!(
                sign("signer", WireAlgorithm::RsaSha256),
                Err(KeyError::AlgorithmNotAllowed(allowed)) if allowed == [ours]
            ));
            let signature = sign("signer", ours).unwrap();
            assert_eq!(signature.len(), 64);
            assert_eq!(signature == [0; 64], purpose == Purpose::Check);
            assert!(matches!(
                sign("signer", ours),
                Err(KeyError::TooManySignatures(1))
            ));
            assert_eq!(
                *told.refusals.lock().unwrap(),
                [
                    ("keys.sign", "unknown-role"),
                    ("keys.sign", "algorithm-not-allowed"),
                    ("keys.sign", "too-many-signatures"),
                ]
            );
            assert_eq!(told.signatures.lock().unwrap().len(), signed);
            assert_eq!(state.trace.signatures, ["signer"]);
        }
    }

    #[test]
    fn what_is_signed_is_copied_for_a_recording_only_if_there_is_room_for_it() {
        const CONTENT: u64 = 1000;
        // A signature is no text but by accident, so that it is recorded in base64: 88 bytes of its 64. The rest is role and algorithm, and what each answer takes.
        for (most_bytes, is_copied) in [(CONTENT + 88 + 64 - 1, false), (CONTENT + 400, true)] {
            let (mut state, _) = call(Purpose::Sending);
            let tape = Tape::new(Records::WithoutSecrets { most_bytes });
            state.trace.tape = Some(tape.clone());
            let mut keys = Keys::of(&mut state);
            let copied = form::tests::formed(|| {
                let content = vec![b'x'; CONTENT as usize];
                let ours = WireAlgorithm::EcdsaP256Sha256;
                assert_eq!(keys.sign("signer".into(), ours, content).unwrap().len(), 64);
            });
            assert_eq!(copied, if is_copied { CONTENT + 64 } else { 0 });
            assert_eq!(tape.take().answers.len(), usize::from(is_copied));
        }
    }

    #[test]
    fn a_role_that_is_longer_than_a_recording_may_be_is_not_copied() {
        let (mut state, _) = call(Purpose::Sending);
        let tape = Tape::new(Records::WithoutSecrets { most_bytes: 1000 });
        state.trace.tape = Some(tape.clone());
        let mut keys = Keys::of(&mut state);
        let formed = form::tests::formed(|| {
            let (role, ours) = ("x".repeat(1000), WireAlgorithm::EcdsaP256Sha256);
            assert!(keys.sign(role, ours, b"bytes".to_vec()).is_err());
        });
        assert_eq!(formed, 0);
        assert!(tape.take().answers.is_empty());
    }

    /// As `wit/descriptor.wit` promises (record `self-test`).
    #[test]
    fn in_a_self_test_every_role_signs_nothing_as_often_as_it_likes() {
        let told = Arc::new(Told::default());
        let mut environment = environment(&told);
        environment.keyring = keyring();
        let environment = environment.self_test("{}");
        let mut state =
            CallState::new(&Arc::new(environment.clone()), environment.call_id("build"));
        let mut keys = Keys::of(&mut state);
        for role in ["signer", "other"] {
            assert_eq!(keys.certificates(role.into()).unwrap(), [[0]]);
            let algorithms = keys.algorithms(role.into()).unwrap();
            assert_eq!(algorithms, [WireAlgorithm::RsaSha256]);
            for algorithm in [WireAlgorithm::RsaSha256, WireAlgorithm::EcdsaP384Sha384] {
                let signature = keys.sign(role.into(), algorithm, Vec::new());
                assert_eq!(signature.unwrap(), [0; 256]);
            }
        }
        assert!(state.trace.signatures.is_empty());
        assert!(told.signatures.lock().unwrap().is_empty());
        assert!(told.refusals.lock().unwrap().is_empty());
    }
}
