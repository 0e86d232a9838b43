// SPDX-License-Identifier: Apache-2.0
//! Certificates made for the tests.

use std::sync::OnceLock;

use rcgen::{KeyPair, PKCS_RSA_SHA256, RsaKeySize};

use crate::peers::authority::{Authority, Identity};

/// Made once for all tests.
pub(super) struct World {
    /// Issues the receiver's certificate, and the caller's.
    pub(super) authority: Authority,
    receiver: Identity,
    pub(super) client: Identity,
    /// Signs calls.
    pub(super) signer: Identity,
}

impl World {
    pub(super) fn receiver(&self) -> crate::tls::Identity {
        self.receiver.tls()
    }
}

pub(super) fn world() -> &'static World {
    static WORLD: OnceLock<World> = OnceLock::new();
    WORLD.get_or_init(|| {
        let authority = Authority::new("Receivers");
        World {
            receiver: authority.issue_for_names(&["localhost"]),
            client: authority.issue_for_names(&[]),
            signer: authority.issue_for(rsa_key(), |_| {}),
            authority,
        }
    })
}

pub(super) fn rsa_key() -> KeyPair {
    KeyPair::generate_rsa_for(&PKCS_RSA_SHA256, RsaKeySize::_2048).unwrap()
}
