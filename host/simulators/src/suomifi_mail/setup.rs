// SPDX-License-Identifier: Apache-2.0
//! What a relay is started with.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use super::citizen::DetailWords;
use super::misbehaviour::Script;
use super::receipt::{ReceiptEvent, Wording};
use super::rules::Rules;

/// How a connection is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum MailSecurity {
    /// TLS by STARTTLS (RFC 3207).
    StartTls,
    /// TLS from the start (RFC 8314 §3.3).
    Implicit,
    /// None; the check `tls` is left out.
    None,
}

/// A certificate chain, leaf first, with the leaf's key.
#[derive(Clone)]
pub struct MailCredential {
    /// The chain in PEM.
    pub certificates_pem: String,
    /// The private key in PEM.
    pub key_pem: String,
}

/// What a [`MailRelaySimulator`](super::MailRelaySimulator) is started with.
#[derive(Clone)]
#[non_exhaustive]
pub struct MailRelaySetup {
    /// Where to listen: loopback, any free port.
    pub address: SocketAddr,
    /// The relay's certificate and key, of which it has need unless `security` is none.
    pub server: MailCredential,
    /// How the authority's connections are protected: by STARTTLS.
    pub security: MailSecurity,
    /// Authorities of client certificates, in PEM. With them a client is asked for one; whoever shows none is accepted all the same. None.
    pub client_anchors_pem: Option<String>,
    /// An authority that the authority trusts, with its key, for the misbehaviour `wrong-name`; without it the wrong name comes from an
    /// unknown authority. None.
    pub issuer: Option<MailCredential>,
    /// What mails are held to.
    pub rules: Rules,
    /// What is said of mails afterwards.
    pub receipts: ReceiptPlan,
    /// Words around the details of a citizen's message.
    pub details: DetailWords,
    /// Whether every mail that was taken is replied to, as its citizen would: no.
    pub replies_to_mails: bool,
    /// Where mails to the authority go: nowhere, they are only recorded.
    pub deliver_to: Option<DeliverySetup>,
    /// Folder that mails to the authority are written into as `.eml`, each with a line of JSON in `mails.jsonl`. None.
    pub drop: Option<PathBuf>,
    /// What goes wrong.
    pub script: Script,
    /// How long a client may be silent: a minute.
    pub idle_limit: Duration,
}

/// The receipts to mails.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ReceiptPlan {
    /// What is told of a mail that keeps all rules, in order: 1 and 3.
    pub events: Vec<ReceiptEvent>,
    /// Wordings, in turn: the first Finnish one.
    pub wordings: Vec<Wording>,
    /// Time before each receipt: none.
    pub delay: Duration,
    /// Address of From and of the envelope, which is not published: `noreply@asiointitili.fi`.
    pub sender: String,
}

impl Default for ReceiptPlan {
    fn default() -> Self {
        Self {
            events: vec![ReceiptEvent::Relayed, ReceiptEvent::Readable],
            wordings: vec![Wording::Finnish1],
            delay: Duration::ZERO,
            sender: "noreply@asiointitili.fi".to_owned(),
        }
    }
}

/// The authority's mail server.
#[derive(Clone)]
#[non_exhaustive]
pub struct DeliverySetup {
    /// Name or address.
    pub host: String,
    /// Port.
    pub port: u16,
    /// How it is protected: by STARTTLS.
    pub security: MailSecurity,
    /// Authorities of its certificate, in PEM.
    pub anchors_pem: String,
    /// Client certificate; none.
    pub client: Option<MailCredential>,
    /// How often a mail is tried: three times.
    pub attempts: u32,
    /// Time between two attempts: five seconds.
    pub pause: Duration,
    /// Time for one attempt: thirty seconds.
    pub time_limit: Duration,
}

impl DeliverySetup {
    /// A mail server of an authority in PEM, which is not looked at without TLS.
    pub fn new(host: impl Into<String>, port: u16, anchors_pem: impl Into<String>) -> Self {
        Self {
            host: host.into(),
            port,
            security: MailSecurity::StartTls,
            anchors_pem: anchors_pem.into(),
            client: None,
            attempts: 3,
            pause: Duration::from_secs(5),
            time_limit: Duration::from_secs(30),
        }
    }
}

impl MailRelaySetup {
    /// A relay with this certificate and key in PEM, for an authority of this domain.
    pub fn new(
        certificates_pem: impl Into<String>,
        key_pem: impl Into<String>,
        domain: impl Into<String>,
    ) -> Self {
        Self {
            address: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            server: MailCredential {
                certificates_pem: certificates_pem.into(),
                key_pem: key_pem.into(),
            },
            security: MailSecurity::StartTls,
            client_anchors_pem: None,
            issuer: None,
            rules: Rules::new(domain),
            receipts: ReceiptPlan::default(),
            details: DetailWords::default(),
            replies_to_mails: false,
            deliver_to: None,
            drop: None,
            script: Script::new(),
            idle_limit: Duration::from_secs(60),
        }
    }
}
