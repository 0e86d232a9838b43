// SPDX-License-Identifier: Apache-2.0
//! Certificates made for the tests.

use std::sync::OnceLock;

use super::super::Credential;
use crate::peers::authority::{self, Authority};
use crate::tls::Identity;

/// Keys and certificates, made once for all tests.
pub(super) struct World {
    pub(super) vero_authority: Authority,
    pub(super) customer_authority: Authority,
    pub(super) receiver_authority: Authority,
    /// The client of receivers.
    pub(super) pusher: Credential,
    /// Vero API itself.
    pub(super) server: Credential,
    pub(super) customer: Credential,
    pub(super) receiver: Credential,
}

pub(super) fn world() -> &'static World {
    static WORLD: OnceLock<World> = OnceLock::new();
    WORLD.get_or_init(|| {
        let vero_authority = Authority::new("Vero");
        let customer_authority = Authority::new("Customers");
        let receiver_authority = Authority::new("Receivers");
        World {
            pusher: issue(&vero_authority, &[]),
            server: issue(&vero_authority, &["localhost"]),
            customer: issue(&customer_authority, &[]),
            receiver: issue(&receiver_authority, &["localhost"]),
            vero_authority,
            customer_authority,
            receiver_authority,
        }
    })
}

/// An authority as the pusher is given it, to issue with.
pub(super) fn issuer(authority: &Authority) -> Credential {
    Credential {
        certificates_pem: authority.pem(),
        key_pem: authority.key_pem(),
    }
}

fn issue(authority: &Authority, names: &[&str]) -> Credential {
    let identity = authority.issue_for_names(names);
    Credential {
        certificates_pem: identity.certificate_pem(),
        key_pem: identity.key_pem(),
    }
}

impl Credential {
    /// What is in it.
    pub(super) fn identity(&self) -> Identity {
        authority::read(&self.certificates_pem, &self.key_pem)
    }
}
