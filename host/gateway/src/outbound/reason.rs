// SPDX-License-Identifier: Apache-2.0
//! Why a request was not answered.

use std::{net::SocketAddr, time::Duration};

use https_url::UrlError;
use silta::keys::KeyError;

use super::{
    limits::{MOST_ANSWER_FIELDS, MOST_ANSWER_HEAD_BYTES},
    mail::answer::MailReply,
};

/// Who has to act for the reason to go away.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Fault {
    /// Whoever made the request: it cannot be sent as it is.
    Caller,
    /// The operator: URL, certificates, anchors, proxy, passwords, limits.
    Configuration,
    /// The agency, or whoever runs the server in its name.
    Counterparty,
    /// Nobody in particular: lines, names, firewalls, load. Trying again later may help.
    Network,
}

impl Fault {
    /// Stable name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Caller => "caller",
            Self::Configuration => "configuration",
            Self::Counterparty => "counterparty",
            Self::Network => "network",
        }
    }
}

/// Why there is no answer, in plain words. Each says what to do, and none repeats a secret, a value of a header field or a part of a body.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Reason {
    /// The URL is none that is sent to; plain `http` is among them.
    #[error("{0}")]
    Url(#[from] UrlError),
    /// The method is none that is sent.
    #[error(
        "the method of the request is not sendable: it is a name of letters such as POST, and neither CONNECT nor TRACE"
    )]
    Method,
    /// A header field that HTTP or mail does not have.
    #[error(
        "header field {number} is not sendable: {flaw}; whoever built the request has to write it otherwise"
    )]
    Header {
        /// Which one, counted from 1; secret fields count after the others.
        number: usize,
        /// What is wrong with it.
        flaw: &'static str,
    },
    /// The envelope of a mail.
    #[error("{what} is not an address that mail can be sent to: {flaw}")]
    Address {
        /// The sender, or recipient N.
        what: String,
        /// What is wrong with it.
        flaw: &'static str,
    },
    /// The content of a mail.
    #[error("the mail is not sendable: {flaw}, at octet {offset} of {part}")]
    Content {
        /// Header or body.
        part: &'static str,
        /// Offset in it, in bytes.
        offset: u64,
        /// What is wrong.
        flaw: &'static str,
    },
    /// Our own certificate is out of date.
    #[error("the client certificate cannot be used: {0}")]
    OwnCertificate(KeyError),
    /// The name has no address.
    #[error(
        "the host {host} was not found ({detail}); check the name, and whether this machine can look up names"
    )]
    NotResolved {
        /// Name of the host or of the proxy.
        host: String,
        /// What the system says.
        detail: String,
    },
    /// The name has no address on this machine, where only such a one may be used without TLS.
    #[error(
        "{host} is not on this machine, and without TLS nothing goes but to this machine; configure TLS"
    )]
    NotLoopback {
        /// Name of the host.
        host: String,
    },
    /// Nothing listens there.
    #[error(
        "{address} refuses connections; check the port, whether the service is up, and whether a firewall is in between"
    )]
    Refused {
        /// The last address that was tried.
        address: SocketAddr,
    },
    /// No way there.
    #[error("{host} cannot be reached ({detail}); check the network and the firewall")]
    Unreachable {
        /// Host or proxy.
        host: String,
        /// What the system says.
        detail: String,
    },
    /// The time for connecting ran out.
    #[error(
        "no connection within {} s (setting: connect timeout); check the network and the firewall, or allow more time",
        limit.as_secs_f64()
    )]
    ConnectTimeout {
        /// The time allowed.
        limit: Duration,
    },
    /// The time of the request ran out.
    #[error(
        "no whole answer within {} s (timeout of the request); ask whether the service is slow, or allow more time",
        limit.as_secs_f64()
    )]
    RequestTimeout {
        /// The time allowed.
        limit: Duration,
    },
    /// The proxy does not connect.
    #[error("the proxy refuses to connect: HTTP status {status}; {}", proxy_advice(*status))]
    ProxyRefused {
        /// Its status.
        status: u16,
    },
    /// The proxy is none.
    #[error("the proxy answers what is no HTTP: {detail}; check its host and port")]
    ProxyUnusable {
        /// What is wrong.
        detail: &'static str,
    },
    /// The server speaks no TLS.
    #[error("the server speaks no TLS at this port; check the port")]
    NotTls,
    /// No certification path.
    #[error(
        "the server's certificate is issued by nobody that is trusted here; if the agency has changed its issuer, configure the new one as an anchor; if the server leaves out the certificate of an issuer in between, the agency has to add it there, and among the anchors it helps meanwhile; otherwise somebody is in between"
    )]
    NotTrusted,
    /// Another name.
    #[error(
        "the server's certificate is for another name ({}) than {host}; check the host of the URL",
        listed(presented)
    )]
    WrongName {
        /// The host that was called.
        host: String,
        /// Names in the certificate.
        presented: Vec<String>,
    },
    /// Out of date.
    #[error(
        "the server's certificate, or one of its issuers', has expired; the agency has to replace it, unless the clock of this machine is wrong"
    )]
    CertificateExpired,
    /// Not valid yet.
    #[error(
        "the server's certificate, or one of its issuers', is not valid yet; check the clock of this machine, and then tell the agency"
    )]
    CertificateNotYetValid,
    /// Some other flaw of the server's certificate.
    #[error("the server's certificate cannot be used ({detail}); tell the agency")]
    CertificateUnusable {
        /// What is wrong.
        detail: String,
    },
    /// Nothing in common.
    #[error(
        "the server has neither TLS 1.2 nor 1.3 with an algorithm that is accepted here ({detail}); the agency has to offer one"
    )]
    NoCommonTls {
        /// What the handshake ended with.
        detail: String,
    },
    /// The server wants another client certificate.
    #[error(
        "the server refuses the client certificate (TLS alert {alert}); check that the agency knows the certificate of this key role, and that it has not expired"
    )]
    ClientCertificateRefused {
        /// Name of the alert.
        alert: String,
    },
    /// The server wants to shake hands again.
    #[error(
        "the server wants to shake hands a second time (renegotiation), as servers do that ask for the client certificate on some of their paths only; this is not spoken here, and TLS 1.3 does not have it. Have the agency ask for the certificate in the first handshake"
    )]
    SecondHandshake,
    /// The server wants a client certificate, and there is none.
    #[error(
        "the server asks for a client certificate and got none; name the key role whose certificate the agency knows, with a key of a kind that it takes"
    )]
    ClientCertificateMissing,
    /// Some other failure of TLS.
    #[error("TLS failed ({detail}); if it goes on, tell the agency")]
    Tls {
        /// What failed.
        detail: String,
    },
    /// The other end is gone.
    #[error("the other end closed the connection; ask whether the service is up")]
    Closed,
    /// The line is gone.
    #[error("the connection broke ({detail}); check the network")]
    Broken {
        /// What the system says.
        detail: String,
    },
    /// No HTTP.
    #[error("the answer is no HTTP; check the URL")]
    NoHttp,
    /// The head of the answer is too large.
    #[error(
        "the head of the answer is larger than what is read (MOST_ANSWER_HEAD_BYTES, {} bytes, and MOST_ANSWER_FIELDS, {} fields)",
        MOST_ANSWER_HEAD_BYTES,
        MOST_ANSWER_FIELDS
    )]
    HeadTooLarge,
    /// The body of the answer is too large.
    #[error("the answer has more than {limit} bytes, the limit of the operation")]
    AnswerTooLarge {
        /// The limit.
        limit: u64,
    },
    /// The body of the answer ended early.
    #[error("the answer was cut short by the other end")]
    CutShort,
    /// The relay does not speak with us, or not now.
    #[error("the relay refuses {command}: {reply}; {}", relay_advice(command))]
    RelayRefused {
        /// What was refused: the connection, or a command.
        command: &'static str,
        /// Its words.
        reply: MailReply,
    },
    /// The relay says what is no SMTP.
    #[error("the relay's reply is no SMTP: {detail}; check its host and port")]
    NoSmtp {
        /// What is wrong.
        detail: &'static str,
    },
    /// The relay lacks something.
    #[error("the relay does not offer {extension}, which {purpose}")]
    RelayLacks {
        /// Name of the extension.
        extension: &'static str,
        /// What it is needed for, and what to do.
        purpose: &'static str,
    },
    /// Plain text after the start of TLS.
    #[error(
        "the relay sent something between its consent to TLS and TLS itself; somebody may be in between, who must not be listened to"
    )]
    EarlyBytes,
    /// The relay takes less.
    #[error("the mail has {size} bytes, and the relay takes {limit}")]
    TooLargeForRelay {
        /// Its size.
        size: u64,
        /// What the relay says it takes.
        limit: u64,
    },
}

impl Reason {
    /// Who has to act. A name or a path that does not fit is the operator's first (the URL, the anchors); dates and algorithms of its certificate
    /// are the agency's; what may be either's, or nobody's, is the network's.
    pub fn fault(&self) -> Fault {
        self.facts().0
    }

    /// Stable code, for logs and JSON.
    pub fn code(&self) -> &'static str {
        self.facts().1
    }

    fn facts(&self) -> (Fault, &'static str) {
        use Fault::{Caller, Configuration, Counterparty, Network};
        match self {
            Self::Url(_) => (Configuration, "request.url"),
            Self::Method => (Caller, "request.method"),
            Self::Header { .. } => (Caller, "request.header"),
            Self::Address { .. } => (Caller, "request.address"),
            Self::Content { .. } => (Caller, "request.content"),
            Self::OwnCertificate(_) => (Configuration, "client-certificate.unusable"),
            Self::NotResolved { .. } => (Network, "connect.not-resolved"),
            Self::NotLoopback { .. } => (Configuration, "connect.not-loopback"),
            Self::Refused { .. } => (Network, "connect.refused"),
            Self::Unreachable { .. } => (Network, "connect.unreachable"),
            Self::ConnectTimeout { .. } => (Network, "connect.timeout"),
            Self::RequestTimeout { .. } => (Network, "answer.timeout"),
            Self::ProxyRefused { status: 400..500 } => (Configuration, "proxy.refused"),
            Self::ProxyRefused { .. } => (Network, "proxy.refused"),
            Self::ProxyUnusable { .. } => (Configuration, "proxy.not-http"),
            Self::NotTls => (Configuration, "tls.none"),
            Self::NotTrusted => (Configuration, "tls.not-trusted"),
            Self::WrongName { .. } => (Configuration, "tls.wrong-name"),
            Self::CertificateExpired => (Counterparty, "tls.certificate-expired"),
            Self::CertificateNotYetValid => (Counterparty, "tls.certificate-not-yet-valid"),
            Self::CertificateUnusable { .. } => (Counterparty, "tls.certificate-unusable"),
            Self::NoCommonTls { .. } => (Counterparty, "tls.nothing-in-common"),
            Self::ClientCertificateRefused { .. } => (Configuration, "client-certificate.refused"),
            Self::SecondHandshake => (Counterparty, "tls.second-handshake"),
            Self::ClientCertificateMissing => (Configuration, "client-certificate.missing"),
            Self::Tls { .. } => (Counterparty, "tls.failed"),
            Self::Closed => (Network, "connection.closed"),
            Self::Broken { .. } => (Network, "connection.broken"),
            Self::NoHttp => (Counterparty, "answer.not-http"),
            Self::HeadTooLarge => (Counterparty, "answer.head-too-large"),
            Self::AnswerTooLarge { .. } => (Counterparty, "answer.too-large"),
            Self::CutShort => (Network, "answer.cut-short"),
            Self::RelayRefused {
                command: "AUTH", ..
            } => (Configuration, "relay.refused"),
            Self::RelayRefused { .. } => (Counterparty, "relay.refused"),
            Self::NoSmtp { .. } => (Counterparty, "relay.not-smtp"),
            Self::RelayLacks { .. } => (Configuration, "relay.lacks"),
            Self::EarlyBytes => (Counterparty, "relay.early-bytes"),
            Self::TooLargeForRelay { .. } => (Configuration, "relay.too-large"),
        }
    }
}

fn proxy_advice(status: u16) -> &'static str {
    match status {
        407 => "it wants a user name and a password, or others than those configured",
        400..500 => "have it allow the host and port of the URL",
        _ => "it may not reach the host itself; ask those who run it",
    }
}

fn relay_advice(command: &str) -> &'static str {
    match command {
        "AUTH" => "check user name and password",
        _ => "ask those who run it",
    }
}

/// Most names of a certificate that are told.
const MOST_NAMES: usize = 5;

fn listed(names: &[String]) -> String {
    let told: Vec<_> = names.iter().take(MOST_NAMES).map(String::as_str).collect();
    match told.len() {
        // RFC 9525 §2: the common name of the subject is none.
        0 => "it has none in its subjectAltName, and a common name does not count".to_owned(),
        _ => told.join(", "),
    }
}
