//! Why there is no simulator.

/// Why a simulator or a pusher did not start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum VeroError {
    /// The field of [`VeroSetup`](super::VeroSetup) or [`PushSetup`](super::PushSetup) of this name holds no usable
    /// PEM.
    #[error("{0} holds no usable PEM")]
    Pem(&'static str),
    /// The certificate and the key of this field do not work together, or an anchor is not one.
    #[error("{0} cannot be used for TLS")]
    Tls(&'static str),
    /// The client anchors do not make a verifier.
    #[error("client certificates cannot be verified with these anchors")]
    ClientVerifier(#[from] rustls::server::VerifierBuilderError),
    /// A certificate for a misbehaviour could not be issued.
    #[error("certificates for misbehaviour cannot be issued: push.issuer does not work")]
    Issuer,
    /// The URL to push to is not an `https` URL with a host.
    #[error("the callback URL is not an https URL with a host")]
    Url,
    /// The address is taken, or the system refused a socket or a thread.
    #[error("the simulator cannot listen")]
    Listen(#[from] std::io::Error),
}
