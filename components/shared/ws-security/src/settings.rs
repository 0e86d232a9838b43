// SPDX-License-Identifier: Apache-2.0
//! What a receiver demands of messages.

use std::time::Duration;

use canonical_xml::Path;

/// Whether messages have to be signed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mode {
    /// They have to be.
    #[default]
    Required,
    /// A signature is verified if there is one in the security header for us. It proves nothing against an attacker, who would leave
    /// it out; it is for watching a sender that begins to sign.
    Optional,
    /// Signatures are not looked at. The security header is skipped even if it must be understood.
    Off,
}

/// What a message has to be like.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Whether it has to be signed. Default: required.
    pub mode: Mode,
    /// Actors (SOAP 1.1) or roles (SOAP 1.2) that are ours, besides none, `next` and `ultimateReceiver`. Default: none.
    pub roles: Vec<String>,
    /// Whether there has to be a timestamp. One that is there has to be signed and is judged in any case. Default `true`.
    pub require_timestamp: bool,
    /// How far the sender's clock may be from ours. Default 300 s.
    pub clock_skew: Duration,
    /// How long ago a message may have been made, the skew not counted, whatever it says itself. Default 60 s, the `MessageAge` that
    /// policies usually have.
    pub maximum_age: Duration,
    /// What has to be signed besides body and timestamp: every element that one of these paths leads to, at least one each. Default:
    /// nothing.
    pub required: Vec<Path>,
    /// Accepts SHA-1, for digests and with RSA. Default `false`; see [`Policy::allow_sha1`](xml_signature::Policy::allow_sha1).
    pub allow_sha1: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            mode: Mode::Required,
            roles: Vec::new(),
            require_timestamp: true,
            clock_skew: Duration::from_secs(300),
            maximum_age: Duration::from_secs(60),
            required: Vec::new(),
            allow_sha1: false,
        }
    }
}
