// SPDX-License-Identifier: Apache-2.0
//! Between the contract's types and the protocol's.

use agency_guest::{
    Blob, Fault, Leaf, Problem, counterparty_problem, digest_algorithm,
    imports::{clock, keys},
    internal, key_problem, problem,
};
use agency_http::{AnswerError, SettingError};
use canonical_xml::{Element, WriteError};
use xml_signature::{DigestAlgorithm, SignatureAlgorithm};

use crate::wire::{ParameterError, Signer, UploadError};

/// Key role of the builder (muodostaja), who signs (technical guide 2015 p. 14).
pub(crate) const BUILDER: &str = "builder";

/// Key role of the intermediary (välittäjä), who opens the connection (technical guide 2015 p. 14).
pub(crate) const INTERMEDIARY: &str = "intermediary";

/// Anchor set that Customs' own certificates lead to.
pub(crate) const CUSTOMS: &str = "customs";

/// Digests and signatures of the host, as the protocol needs them.
pub(crate) struct HostCrypto;

impl Signer for HostCrypto {
    type Blob = Blob;
    type Error = Problem;

    fn digest(
        &mut self,
        algorithm: DigestAlgorithm,
        element: &Element<Blob>,
    ) -> Result<Vec<u8>, Problem> {
        written(element, "")?.digest(digest_algorithm(algorithm))
    }

    fn sign(&mut self, algorithm: SignatureAlgorithm, bytes: &[u8]) -> Result<Vec<u8>, Problem> {
        let algorithm = match algorithm {
            SignatureAlgorithm::RsaSha256 => keys::SignatureAlgorithm::RsaSha256,
            SignatureAlgorithm::RsaSha384 => keys::SignatureAlgorithm::RsaSha384,
            SignatureAlgorithm::RsaSha512 => keys::SignatureAlgorithm::RsaSha512,
            SignatureAlgorithm::RsaPssSha256 => keys::SignatureAlgorithm::RsaPssSha256,
            SignatureAlgorithm::RsaPssSha384 => keys::SignatureAlgorithm::RsaPssSha384,
            SignatureAlgorithm::RsaPssSha512 => keys::SignatureAlgorithm::RsaPssSha512,
            SignatureAlgorithm::EcdsaSha256 => keys::SignatureAlgorithm::EcdsaP256Sha256,
            SignatureAlgorithm::EcdsaSha384 => keys::SignatureAlgorithm::EcdsaP384Sha384,
            SignatureAlgorithm::EcdsaSha512 => {
                return Err(internal(
                    "ECDSA with SHA-512 is not among the host's algorithms",
                ));
            }
        };
        keys::sign(BUILDER, algorithm, bytes).map_err(|error| key_problem(BUILDER, &error))
    }

    fn certificates(&mut self) -> Result<Vec<Vec<u8>>, Problem> {
        keys::certificates(BUILDER).map_err(|error| key_problem(BUILDER, &error))
    }
}

/// Writes a finished document into a blob, after what goes before it.
pub(crate) fn document<L: Leaf>(root: Element<L>, before: &str) -> Result<Blob, Problem> {
    let written = written(&root, before);
    // The instance ends with the call and gives back everything at once; taking the tree apart first would only cost time.
    std::mem::forget(root);
    written
}

fn written<L: Leaf>(element: &Element<L>, before: &str) -> Result<Blob, Problem> {
    Blob::of_element(element, before)?.map_err(|error| unwritable(&error))
}

/// The host's time, to the second.
pub(crate) fn timestamp(now: clock::Instant) -> Result<jiff::Timestamp, Problem> {
    jiff::Timestamp::from_second(now.seconds)
        .map_err(|_| internal("the host's time is beyond the calendar"))
}

pub(crate) fn parameter_problem((pointer, message): ParameterError) -> Problem {
    problem(Fault::Caller, "parameter.invalid", pointer, message)
}

pub(crate) fn upload_problem(error: UploadError<Problem>) -> Problem {
    match error {
        UploadError::Profile(pointer, message) => SettingError::new(pointer, message).into(),
        UploadError::Signer(problem) => problem,
    }
}

/// Calls are read as answers are, and what is wrong with one is a code of its own.
pub(crate) fn call_problem(error: AnswerError) -> Problem {
    let code = match error.code.strip_prefix("answer.") {
        Some(what) => format!("call.{what}"),
        None => error.code.to_owned(),
    };
    counterparty_problem(&code, error.path, error.message)
}

/// Parameters are checked before anything is written, so what cannot be written comes from the profile.
fn unwritable(error: &WriteError) -> Problem {
    let message = format!("the message cannot be written with the names in the settings: {error}");
    SettingError::new("/wire", message).into()
}
