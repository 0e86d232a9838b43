// SPDX-License-Identifier: Apache-2.0
//! Issuers that are believed, and what has been revoked below them.

use rustls_pki_types::TrustAnchor;

use super::{
    error::TrustError,
    revocation::{ListSigner, RevocationList},
    shown::Shown,
};
use crate::names;

/// What a path is checked against.
#[derive(Debug, Default)]
pub(super) struct Issuers {
    pub(super) anchors: Vec<Anchor>,
    /// The same, for the library that judges paths.
    pub(super) library: Vec<TrustAnchor<'static>>,
    pub(super) revocation_lists: Vec<RevocationList>,
}

/// An issuer that is believed.
#[derive(Debug)]
pub(super) struct Anchor {
    /// Its name as DER.
    pub(super) subject: Vec<u8>,
    /// Its SubjectPublicKeyInfo as DER.
    pub(super) key_info: Vec<u8>,
    /// By which others may name its key.
    pub(super) key_id: Option<Vec<u8>>,
    /// How many authorities may stand between it and the end, self-issued ones not counted.
    pub(super) path_length: Option<u32>,
    may_sign_lists: bool,
}

impl Anchor {
    /// Reads a certificate that is to be an anchor; `number` is its place in the file.
    ///
    /// Its dates do not count, nor its purposes (RFC 5280 §6.1.1 d: an anchor is a name and a key); that it may issue does,
    /// because a certificate that may not is an end that its holder could make an authority of.
    pub(super) fn of(shown: &Shown<'_>, number: usize) -> Result<Self, TrustError> {
        let refused = |reason| TrustError::NotAnIssuer {
            number,
            subject: names::text(shown.content.subject()),
            reason,
        };
        let Some(path_length) = shown.authority() else {
            let reason =
                "it does not say that it is an authority's (basicConstraints with CA:TRUE)";
            return Err(refused(reason));
        };
        if !shown.has_usage(|usage| usage.key_cert_sign()) {
            return Err(refused("its key usage does not have keyCertSign"));
        }
        Ok(Self {
            subject: shown.subject().to_vec(),
            key_info: shown.key_info().to_vec(),
            key_id: shown.subject_key_id().map(<[u8]>::to_vec),
            path_length,
            may_sign_lists: shown.has_usage(|usage| usage.crl_sign()),
        })
    }

    pub(super) fn list_signer(&self) -> ListSigner<'_> {
        ListSigner {
            key_info: &self.key_info,
            may_sign_lists: self.may_sign_lists,
        }
    }
}
