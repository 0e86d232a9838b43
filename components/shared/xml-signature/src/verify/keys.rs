// SPDX-License-Identifier: Apache-2.0
//! Which key: the backend say, what the message carries is a hint.

use canonical_xml::ElementRef;

use crate::algorithm::NAMESPACE;

use super::algorithm::VerificationAlgorithm;
use super::backend::{Backend, KeyRefusal, SignerRefusal};
use super::error::{VerifyError, VerifyErrorKind};
use super::structure;

/// Certificates that are looked at: a chain has two to four. The host that judges them looks at no more either.
const MAXIMUM_CERTIFICATES: usize = 5;

/// Where the certificates that may help to find the key come from. None of them is trusted for being there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum KeySource {
    /// The `X509Certificate`s of the `X509Data`s in `KeyInfo` (XML Signature 1.1 §4.5.4). Everything else in there is
    /// ignored.
    #[default]
    KeyInfo,
    /// These, in DER: for WS-Security, whose token references the caller has followed. `KeyInfo` is not looked into.
    Given(Vec<Vec<u8>>),
}

impl KeySource {
    /// The certificates, in the order in which they are to be tried.
    pub(super) fn certificates(
        self,
        signature: ElementRef<'_>,
        key_info: Option<ElementRef<'_>>,
    ) -> Result<Vec<Vec<u8>>, VerifyError> {
        let certificates = match self {
            Self::Given(certificates) => certificates,
            Self::KeyInfo => {
                let data = key_info
                    .into_iter()
                    .flat_map(|info| named(info, "X509Data"));
                data.flat_map(|data| named(data, "X509Certificate"))
                    // One more than is accepted is enough to tell.
                    .take(MAXIMUM_CERTIFICATES + 1)
                    .map(structure::value)
                    .collect::<Result<_, _>>()?
            }
        };
        if certificates.len() > MAXIMUM_CERTIFICATES {
            let maximum = MAXIMUM_CERTIFICATES;
            let kind = VerifyErrorKind::TooManyCertificates { maximum };
            return Err(VerifyError::at(key_info.unwrap_or(signature), kind));
        }
        Ok(certificates)
    }
}

/// What has to have been signed by somebody.
pub(super) struct Claim<'a> {
    pub(super) algorithm: VerificationAlgorithm,
    pub(super) certificates: &'a [Vec<u8>],
    pub(super) signed: &'a [u8],
    pub(super) value: &'a [u8],
}

impl Claim<'_> {
    /// Finds somebody trusted who signed it: by a certificate that came along, and where none of those is trusted, by a
    /// pinned key.
    pub(super) fn judged<J: Backend>(&self, backend: &mut J) -> Judged<J::Signer, J::Error> {
        let mut refusal: Option<VerifyErrorKind> = None;
        let mut key_refusal: Option<KeyRefusal> = None;
        for index in 0..self.certificates.len() {
            let chain = self.chain_from(index);
            let signer = match backend.identify(&chain)? {
                Ok(signer) => signer,
                Err(untrusted) => {
                    let kind = untrusted.into();
                    let says_more = |known: &VerifyErrorKind| telling(&kind) > telling(known);
                    if refusal.as_ref().is_none_or(says_more) {
                        refusal = Some(kind);
                    }
                    continue;
                }
            };
            match self.verify(chain.first().copied().unwrap_or_default(), backend)? {
                Ok(()) => return Ok(Ok(signer)),
                Err(other) => key_refusal = Some(weightier(key_refusal, other)),
            }
        }
        // Somebody trusted is named, and it was not them.
        if let Some(refused) = key_refusal {
            return Ok(Err(self.kind_of(refused)));
        }
        self.judged_by_pins(refusal, backend)
    }

    fn judged_by_pins<J: Backend>(
        &self,
        refusal: Option<VerifyErrorKind>,
        backend: &mut J,
    ) -> Judged<J::Signer, J::Error> {
        let mut key_refusal = None;
        for pin in backend.pinned()? {
            match self.verify(&pin, backend)? {
                Ok(()) => return Ok(backend.identify(&[&pin])?.map_err(VerifyErrorKind::from)),
                Err(other) => key_refusal = Some(weightier(key_refusal, other)),
            }
        }
        // A certificate that came along and is not trusted says more than that no pinned key fits either.
        let key_refusal = key_refusal.map(|refused| self.kind_of(refused));
        Ok(Err(refusal
            .or(key_refusal)
            .unwrap_or(VerifyErrorKind::KeyMissing)))
    }

    /// One certificate, and the others to help.
    fn chain_from(&self, index: usize) -> Vec<&[u8]> {
        let end = self.certificates.iter().skip(index).take(1);
        let others = self.certificates.iter().take(index);
        let others = others.chain(self.certificates.iter().skip(index + 1));
        end.chain(others).map(Vec::as_slice).collect()
    }

    fn verify<J: Backend>(
        &self,
        key: &[u8],
        backend: &mut J,
    ) -> Result<Result<(), KeyRefusal>, J::Error> {
        backend.verify(self.algorithm, key, self.signed, self.value)
    }

    fn kind_of(&self, refusal: KeyRefusal) -> VerifyErrorKind {
        match (refusal, self.algorithm) {
            (KeyRefusal::Mismatch, algorithm) => match algorithm.salt_length() {
                Some(salt_length) => VerifyErrorKind::MismatchPss { salt_length },
                None => VerifyErrorKind::Mismatch,
            },
            (KeyRefusal::Unsuitable, _) => VerifyErrorKind::KeyUnsuitable,
            (KeyRefusal::TooShort, _) => VerifyErrorKind::KeyTooShort,
            (KeyRefusal::Unreadable, _) => VerifyErrorKind::CertificateUnreadable,
            (KeyRefusal::AlgorithmNotAllowed, VerificationAlgorithm::RsaSha1) => {
                VerifyErrorKind::Sha1NotAllowed
            }
            (KeyRefusal::AlgorithmNotAllowed, _) => VerifyErrorKind::AlgorithmNotAllowed,
            (KeyRefusal::Unsupported(feature), _) => VerifyErrorKind::KeyUnsupported { feature },
        }
    }
}

/// Who signed, or why nobody is taken to have.
pub(super) type Judged<S, E> = Result<Result<S, VerifyErrorKind>, E>;

fn named<'d>(parent: ElementRef<'d>, local: &'static str) -> impl Iterator<Item = ElementRef<'d>> {
    parent
        .children()
        .filter(move |child| child.is(NAMESPACE, local))
}

/// The refusal of several keys that says most: that one fitted the algorithm and the value is not its.
fn weightier(known: Option<KeyRefusal>, other: KeyRefusal) -> KeyRefusal {
    let weight = |refusal: &KeyRefusal| match refusal {
        KeyRefusal::Unreadable => 0,
        KeyRefusal::Unsuitable => 1,
        KeyRefusal::TooShort => 2,
        KeyRefusal::Mismatch => 3,
        KeyRefusal::AlgorithmNotAllowed => 4,
        KeyRefusal::Unsupported(_) => 5,
    };
    known
        .filter(|known| weight(known) >= weight(&other))
        .unwrap_or(other)
}

/// How much a refusal says of the signer. Authorities come along as well, and none of them is meant for signing,
/// trusted or not: that says least. What is told only once a path has been found says most.
fn telling(kind: &VerifyErrorKind) -> u8 {
    match kind {
        VerifyErrorKind::CertificateExpired
        | VerifyErrorKind::CertificateNotYetValid
        | VerifyErrorKind::CertificateRevoked
        | VerifyErrorKind::RevocationUnknown { .. }
        | VerifyErrorKind::CertificateNotAcceptable { .. }
        | VerifyErrorKind::CertificateUnsupported { .. } => 2,
        VerifyErrorKind::CertificateWrongUsage { .. } => 0,
        _ => 1,
    }
}

impl From<SignerRefusal> for VerifyErrorKind {
    fn from(refusal: SignerRefusal) -> Self {
        match refusal {
            SignerRefusal::Unreadable => Self::CertificateUnreadable,
            SignerRefusal::Untrusted => Self::Untrusted,
            SignerRefusal::NotYetValid => Self::CertificateNotYetValid,
            SignerRefusal::Expired => Self::CertificateExpired,
            SignerRefusal::Revoked => Self::CertificateRevoked,
            SignerRefusal::RevocationUnknown(gap) => Self::RevocationUnknown { gap },
            SignerRefusal::WrongUsage(usage) => Self::CertificateWrongUsage { usage },
            SignerRefusal::NotAcceptable(rule) => Self::CertificateNotAcceptable { rule },
            SignerRefusal::Unsupported(feature) => Self::CertificateUnsupported { feature },
            SignerRefusal::TooManyCertificates => Self::TooManyCertificates {
                maximum: MAXIMUM_CERTIFICATES,
            },
        }
    }
}
