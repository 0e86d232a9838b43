// SPDX-License-Identifier: Apache-2.0
//! What a listener for mail is started with.

use std::{fmt, net::SocketAddr, sync::Arc};

use serde::Deserialize;

use crate::{
    agency::ServedAgency,
    inbound::{
        mail::{limits::MailLimits, routes::MailRecipient},
        network::IpNetwork,
        setup::ListenerPair,
    },
    inbox::Inbox,
};

/// What relays speak.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum MailProtocol {
    /// SMTP (RFC 5321): one reply to a mail, whoever it is for.
    #[default]
    Smtp,
    /// LMTP (RFC 2033): a reply for each recipient.
    Lmtp,
}

/// Where relays deliver, and who they are.
///
/// `Debug` shows no key.
#[derive(Debug, Clone)]
pub struct MailListenerConfig {
    /// Address and port to listen at; port 0 is any free one.
    pub address: SocketAddr,
    /// What relays speak.
    pub protocol: MailProtocol,
    /// Who is served. Others are told 554 and counted.
    pub relays: Vec<IpNetwork>,
    /// Name that it greets with; `None`: the address that the relay has connected to, as an address literal (RFC 5321 §4.1.3).
    pub host_name: Option<String>,
    /// Private key and certificates for TLS; `None`: STARTTLS is not offered.
    pub identity: Option<ListenerPair>,
    /// Whether mails are taken over TLS only; others are told 530 (RFC 3207 §4).
    pub require_tls: bool,
    /// What relays may use.
    pub limits: MailLimits,
}

/// Everything a listener for mail needs.
#[derive(Clone)]
pub struct MailListenerSetup {
    /// Where and for whom.
    pub config: MailListenerConfig,
    /// Agencies and whom each of them receives for. A recipient belongs to one agency.
    pub agencies: Vec<(ServedAgency, Vec<MailRecipient>)>,
    /// Where accepted mails go.
    pub inbox: Arc<dyn Inbox>,
}

impl MailListenerSetup {
    /// A listener as configured, without agencies yet.
    pub fn new(config: MailListenerConfig, inbox: Arc<dyn Inbox>) -> Self {
        Self {
            config,
            agencies: Vec::new(),
            inbox,
        }
    }

    /// Takes mails for an agency. A clone of what serves its other calls shares the limit on concurrent calls.
    #[must_use]
    pub fn serve(mut self, agency: ServedAgency, recipients: Vec<MailRecipient>) -> Self {
        self.agencies.push((agency, recipients));
        self
    }
}

impl fmt::Debug for MailListenerSetup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let agencies = self.agencies.iter().map(|(agency, _)| agency.id());
        f.debug_struct("MailListenerSetup")
            .field("config", &self.config)
            .field("agencies", &agencies.collect::<Vec<_>>())
            .finish_non_exhaustive()
    }
}
