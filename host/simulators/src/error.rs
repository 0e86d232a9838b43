// SPDX-License-Identifier: Apache-2.0
//! Why there is no simulator.

/// Why a simulator did not start. The fields named are those of the agency's setup.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SimulatorError {
    /// The field of this name holds no usable PEM.
    #[error("{0} holds no usable PEM")]
    Pem(&'static str),
    /// A certificate and its private key do not work together.
    #[error("{field} and its private key do not work together: {reason}")]
    Credential {
        /// The field that holds the certificate.
        field: &'static str,
        /// What the library that was to use them says.
        reason: String,
    },
    /// Nobody can be verified by these certificates.
    #[error("{field} holds no usable trust anchors: {reason}")]
    Anchors {
        /// The field that holds them.
        field: &'static str,
        /// What the TLS library says.
        reason: String,
    },
    /// The authority in the field of this name cannot issue the certificates that a misbehaviour needs.
    #[error("{0} cannot issue certificates")]
    Issuer(&'static str),
    /// A certificate that a misbehaviour needs could not be made.
    #[error("the certificate of an unknown authority could not be made")]
    UntrustedIdentity,
    /// The field of this name is not an `https` URL with a host.
    #[error("{0} is not an https URL with a host")]
    Url(&'static str),
    /// The field of this name is neither a DNS name nor an address.
    #[error("{0} is neither a DNS name nor an address")]
    Host(&'static str),
    /// What this names is no mail address, or makes none.
    #[error("{0} is no mail address")]
    Address(&'static str),
    /// The folder that mails are written into cannot be made.
    #[error("the folder for mails cannot be made: {0}")]
    Folder(std::io::Error),
    /// The schema package lacks what the setup asks for.
    #[error("the schema package {0}")]
    Dialect(&'static str),
    /// Nothing is replied to an upload of which a reply was asked for.
    #[error("the setup plans no reply to this upload, or its intermediary is no Business ID")]
    NoReply,
    /// The address is taken, or the system refused a socket or a thread.
    #[error("the simulator cannot listen")]
    Listen(#[from] std::io::Error),
}
