// SPDX-License-Identifier: Apache-2.0
//! Judging signatures with what the host knows.

use std::ops::Range;

use xml_signature::{
    Backend, DigestAlgorithm, Digestible, Explanation, KeyRefusal, SignatureAlgorithm,
    SignerRefusal, Undigestible, VerificationAlgorithm, VerificationDigest,
};

use crate::{
    Blob, Fault, Problem, RangeWriter,
    bindings::silta::agency::{
        blobs::{self, BlobError},
        trust::{self, IdentifyError, Purpose, VerifyError},
        types::Instant,
    },
    blob::unexpected,
    problem,
    problem::missing_set,
};

/// Answers the verifier's questions with the host's imports: digests of what stays in the host, keys and trust of one
/// anchor set.
pub struct HostBackend<'a> {
    document: &'a blobs::Blob,
    anchor_set: &'a str,
    at: Instant,
    explained: Vec<Explained>,
}

/// What was digested or signed, kept for whoever looks for the reason of a mismatch.
pub struct Explained {
    /// Number of the reference, from 1; `None` for `SignedInfo`.
    pub reference: Option<usize>,
    /// Its `URI`; empty for `SignedInfo`.
    pub uri: String,
    /// Whether the octets are what a text encodes in base64, rather than a canonical form.
    pub encoded: bool,
    /// The octets.
    pub octets: Blob,
    /// The digest in the document; empty for `SignedInfo`.
    pub declared: Vec<u8>,
    /// The digest of the octets; empty for `SignedInfo`.
    pub computed: Vec<u8>,
}

impl<'a> HostBackend<'a> {
    /// Judges signatures in a document by an anchor set at a time.
    pub fn new(document: &'a blobs::Blob, anchor_set: &'a str, at: Instant) -> Self {
        Self {
            document,
            anchor_set,
            at,
            explained: Vec::new(),
        }
    }

    /// What was explained so far.
    pub fn into_explained(self) -> Vec<Explained> {
        self.explained
    }

    fn octets(&self, input: Digestible<'_>) -> Result<Result<Blob, Undigestible>, Problem> {
        match input {
            Digestible::Canonical(form) => {
                let mut writer = RangeWriter::new(self.document);
                match form.write(&mut writer) {
                    Ok(()) => Ok(Ok(writer.finish()?)),
                    Err(error) => Ok(Err(error.into())),
                }
            }
            Digestible::Base64(text) => {
                let text = crate::text_blob(self.document, text.shared_pieces())?;
                match text.handle().decode_base64() {
                    Ok(decoded) => Ok(Ok(decoded.into())),
                    Err(BlobError::InvalidBase64(_)) => Ok(Err(Undigestible::Base64)),
                    Err(error) => Err(unexpected(error)),
                }
            }
        }
    }
}

impl Backend for HostBackend<'_> {
    type Error = Problem;
    type Signer = trust::Identity;

    fn digest(
        &mut self,
        algorithm: VerificationDigest,
        input: Digestible<'_>,
    ) -> Result<Result<Vec<u8>, Undigestible>, Problem> {
        let algorithm = match algorithm {
            VerificationDigest::Sha1 => blobs::DigestAlgorithm::Sha1,
            VerificationDigest::Current(algorithm) => digest_algorithm(algorithm),
        };
        match self.octets(input)? {
            Ok(octets) => Ok(Ok(octets.digest(algorithm)?)),
            Err(undigestible) => Ok(Err(undigestible)),
        }
    }

    fn read(&mut self, range: Range<u64>, into: &mut Vec<u8>) -> Result<(), Problem> {
        let length = u32::try_from(range.end - range.start).unwrap_or(u32::MAX);
        let bytes = self
            .document
            .read(range.start, length)
            .map_err(unexpected)?;
        into.extend_from_slice(&bytes);
        Ok(())
    }

    fn pinned(&mut self) -> Result<Vec<Vec<u8>>, Problem> {
        // The one error there is: the set is not configured, and nothing the signer does mends that.
        trust::pinned(self.anchor_set).map_err(|_| missing_set(self.anchor_set))
    }

    fn verify(
        &mut self,
        algorithm: VerificationAlgorithm,
        key: &[u8],
        bytes: &[u8],
        signature: &[u8],
    ) -> Result<Result<(), KeyRefusal>, Problem> {
        let verified = trust::verify(signature_algorithm(algorithm), key, bytes, signature);
        Ok(verified.map_err(|error| match error {
            VerifyError::Mismatch => KeyRefusal::Mismatch,
            VerifyError::KeyUnsuitable => KeyRefusal::Unsuitable,
            VerifyError::KeyTooShort => KeyRefusal::TooShort,
            VerifyError::KeyUnreadable => KeyRefusal::Unreadable,
            VerifyError::AlgorithmNotAllowed => KeyRefusal::AlgorithmNotAllowed,
            VerifyError::Unsupported(feature) => KeyRefusal::Unsupported(feature),
        }))
    }

    fn identify(
        &mut self,
        chain: &[&[u8]],
    ) -> Result<Result<trust::Identity, SignerRefusal>, Problem> {
        let chain: Vec<Vec<u8>> = chain.iter().map(|der| der.to_vec()).collect();
        let identified = trust::identify(self.anchor_set, &chain, Purpose::DocumentSigner, self.at);
        let refusal = match identified {
            Ok(identity) => return Ok(Ok(identity)),
            Err(IdentifyError::UnknownAnchorSet) => return Err(missing_set(self.anchor_set)),
            Err(IdentifyError::NoPath) => SignerRefusal::Untrusted,
            Err(IdentifyError::CertificateUnreadable(_)) => SignerRefusal::Unreadable,
            Err(IdentifyError::TooManyCertificates) => SignerRefusal::TooManyCertificates,
            Err(IdentifyError::NotYetValid) => SignerRefusal::NotYetValid,
            Err(IdentifyError::Expired) => SignerRefusal::Expired,
            Err(IdentifyError::Revoked) => SignerRefusal::Revoked,
            Err(IdentifyError::RevocationUnknown(gap)) => SignerRefusal::RevocationUnknown(gap),
            Err(IdentifyError::WrongUsage(usage)) => SignerRefusal::WrongUsage(usage),
            Err(IdentifyError::NotAcceptable(rule)) => SignerRefusal::NotAcceptable(rule),
            Err(IdentifyError::Unsupported(feature)) => SignerRefusal::Unsupported(feature),
        };
        Ok(Err(refusal))
    }

    fn explain(&mut self, explanation: Explanation<'_>) -> Result<(), Problem> {
        let explained = match explanation {
            Explanation::SignedInfo { octets, .. } => Explained {
                reference: None,
                uri: String::new(),
                encoded: false,
                octets: Blob::of(octets)?,
                declared: Vec::new(),
                computed: Vec::new(),
            },
            Explanation::Reference {
                number,
                uri,
                input,
                declared,
                computed,
            } => Explained {
                reference: Some(number),
                uri: uri.to_owned(),
                encoded: matches!(input, Digestible::Base64(_)),
                octets: self.octets(input)?.map_err(|_| {
                    // It has just been digested.
                    problem(
                        Fault::Internal,
                        "component.defect",
                        "",
                        "what was digested once cannot be digested again",
                    )
                })?,
                declared: declared.to_vec(),
                computed: computed.to_vec(),
            },
        };
        self.explained.push(explained);
        Ok(())
    }
}

/// The contract's name of a digest algorithm.
pub fn digest_algorithm(algorithm: DigestAlgorithm) -> blobs::DigestAlgorithm {
    match algorithm {
        DigestAlgorithm::Sha256 => blobs::DigestAlgorithm::Sha256,
        DigestAlgorithm::Sha384 => blobs::DigestAlgorithm::Sha384,
        DigestAlgorithm::Sha512 => blobs::DigestAlgorithm::Sha512,
    }
}

fn signature_algorithm(algorithm: VerificationAlgorithm) -> trust::VerificationAlgorithm {
    use SignatureAlgorithm as Made;
    use trust::VerificationAlgorithm as Wire;
    match algorithm {
        VerificationAlgorithm::RsaSha1 => Wire::RsaSha1,
        VerificationAlgorithm::Current(made) => match made {
            Made::RsaSha256 => Wire::RsaSha256,
            Made::RsaSha384 => Wire::RsaSha384,
            Made::RsaSha512 => Wire::RsaSha512,
            Made::RsaPssSha256 => Wire::RsaPssSha256,
            Made::RsaPssSha384 => Wire::RsaPssSha384,
            Made::RsaPssSha512 => Wire::RsaPssSha512,
            Made::EcdsaSha256 => Wire::EcdsaSha256,
            Made::EcdsaSha384 => Wire::EcdsaSha384,
            Made::EcdsaSha512 => Wire::EcdsaSha512,
        },
    }
}
