// SPDX-License-Identifier: Apache-2.0
//! Why a client cannot be made.

/// Why a client cannot be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SettingsError {
    /// There is no anchor.
    #[error(
        "there is no anchor for the server's certificate; configure at least one, or take those of the platform"
    )]
    NoAnchors,
    /// One of them is none.
    #[error(
        "anchor number {number} for the server's certificate is not a readable X.509 certificate"
    )]
    Anchor {
        /// Which one, counted from 1.
        number: usize,
    },
    /// The platform has no anchors.
    #[error(
        "this system has no certificates of authorities; install them (Debian: ca-certificates), or configure anchors for the server"
    )]
    NoPlatformAnchors,
    /// The proxy has no usable host or port.
    #[error("the proxy {0} is not of the form host:port")]
    Proxy(String),
    /// The credentials cannot be sent.
    #[error("the user name of {of} has a character that cannot be sent: {character}")]
    UserName {
        /// The proxy or the relay.
        of: &'static str,
        /// Which.
        character: &'static str,
    },
    /// The relay has no usable host.
    #[error("the relay's host {0} is neither a DNS name nor an IP address")]
    RelayHost(String),
    /// The name given in EHLO is none.
    #[error("the name for EHLO, {0}, is neither a DNS name nor an address in brackets")]
    HelloName(String),
    /// Mail without TLS to another machine.
    #[error(
        "mail to {0} needs TLS (STARTTLS or from the start); without it goes only what stays on this machine (localhost, 127.0.0.1, ::1)"
    )]
    PlainRelay(String),
}
