// SPDX-License-Identifier: Apache-2.0
//! An operator who trusts some authorities, with the path building that the host has.

use std::time::Duration;

use rustls_pki_types::{CertificateDer, TrustAnchor, UnixTime};
use webpki::{
    CertRevocationList, EndEntityCert, Error, ExpirationPolicy, KeyUsage, OwnedCertRevocationList,
    RevocationOptionsBuilder,
};
use xml_signature::SignerRefusal;
use xml_testkit::{Authority, NOW, Native};

/// Trusts what leads to its anchors, at a time, unless revoked.
pub(crate) struct Operator {
    pub(crate) anchors: Vec<Vec<u8>>,
    pub(crate) lists: Vec<Vec<u8>>,
    pub(crate) at: u64,
    pins: Vec<Vec<u8>>,
}

impl Operator {
    /// One that trusts these authorities.
    pub(crate) fn trusting(anchors: &[&Authority]) -> Self {
        Self {
            anchors: anchors
                .iter()
                .map(|anchor| anchor.certificate.clone())
                .collect(),
            lists: Vec::new(),
            at: NOW,
            pins: Vec::new(),
        }
    }

    /// The same at another time.
    pub(crate) fn at(self, at: u64) -> Self {
        Self { at, ..self }
    }

    /// The same with a revocation list.
    pub(crate) fn with_list(mut self, list: Vec<u8>) -> Self {
        self.lists.push(list);
        self
    }

    /// The same with pinned keys.
    pub(crate) fn pinning(self, pins: &[&[u8]]) -> Self {
        Self {
            pins: pins.iter().map(|pin| pin.to_vec()).collect(),
            ..self
        }
    }

    /// What verifies for this operator.
    pub(crate) fn backend(self) -> Native {
        let pins = self.pins.clone();
        Native {
            pins,
            path: Some(Box::new(move |chain| {
                self.find_path(chain).map_err(refusal)
            })),
            ..Native::default()
        }
    }

    fn find_path(&self, chain: &[&[u8]]) -> Result<(), Error> {
        let anchors: Vec<_> = self
            .anchors
            .iter()
            .map(|der| CertificateDer::from(der.as_slice()))
            .collect();
        let anchors: Vec<TrustAnchor<'_>> = anchors
            .iter()
            .map(|der| webpki::anchor_from_trusted_cert(der).unwrap())
            .collect();
        let chain: Vec<_> = chain.iter().map(|der| CertificateDer::from(*der)).collect();
        let lists: Vec<CertRevocationList<'_>> = self
            .lists
            .iter()
            .map(|der| OwnedCertRevocationList::from_der(der).unwrap().into())
            .collect();
        let lists: Vec<_> = lists.iter().collect();
        let revocation = RevocationOptionsBuilder::new(&lists).ok();
        let revocation = revocation.map(|options| {
            options
                .with_expiration_policy(ExpirationPolicy::Enforce)
                .build()
        });
        EndEntityCert::try_from(&chain[0])?
            .verify_for_usage(
                webpki::ALL_VERIFICATION_ALGS,
                &anchors,
                &chain[1..],
                UnixTime::since_unix_epoch(Duration::from_secs(self.at)),
                KeyUsage::client_auth(),
                revocation,
                None,
            )
            .map(drop)
    }
}

fn refusal(error: Error) -> SignerRefusal {
    match error {
        Error::BadDer | Error::BadDerTime | Error::TrailingData(_) | Error::MalformedExtensions => {
            SignerRefusal::Unreadable
        }
        Error::CertExpired { .. } => SignerRefusal::Expired,
        Error::CertNotValidYet { .. } => SignerRefusal::NotYetValid,
        Error::CertRevoked => SignerRefusal::Revoked,
        Error::UnknownRevocationStatus | Error::CrlExpired { .. } => {
            SignerRefusal::RevocationUnknown(error.to_string())
        }
        Error::RequiredEkuNotFoundContext(_)
        | Error::CaUsedAsEndEntity
        | Error::EndEntityUsedAsCa => SignerRefusal::WrongUsage(error.to_string()),
        Error::UnknownIssuer | Error::InvalidSignatureForPublicKey => SignerRefusal::Untrusted,
        error => SignerRefusal::NotAcceptable(error.to_string()),
    }
}
