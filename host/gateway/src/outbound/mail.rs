// SPDX-License-Identifier: Apache-2.0
//! Mails, each on a connection of its own (RFC 5321).

mod address;
pub(super) mod answer;
pub(super) mod content;
mod dialogue;
pub(super) mod relay;
mod session;
mod transaction;

use tokio::time::timeout;

use super::{
    connect::within,
    fact::{NotSent, Unknown},
    phase::{CurrentPhase, Phase},
    reason::Reason,
    sent::Sent,
    settings_error::SettingsError,
    tls::{Protocol, Reached, TlsClient},
};
use answer::MailAnswer;
use content::{Mail, Prepared};
use relay::MailRelay;
use session::Session;
use transaction::transact;

/// What became of a mail.
#[derive(Debug, Clone, PartialEq)]
pub enum MailOutcome {
    /// The relay judged it, see [`MailAnswer::is_accepted`].
    Answered(MailAnswer),
    /// Nothing of its content left: the relay does not have it.
    NotSent(NotSent),
    /// Some of its content left, and the relay did not say what it made of it. If it is sent again, then with the same Message-ID.
    Unknown(Unknown),
}

/// Sends mails to a relay, each on a new connection. Dropping the future of a call closes its connection; whether the mail had been taken by then,
/// nobody is told.
#[derive(Debug, Clone)]
pub struct MailClient {
    relay: MailRelay,
    tls: TlsClient,
}

impl MailClient {
    /// A client. Where the relay names no anchors, the platform's are read now.
    ///
    /// # Errors
    /// A relay that cannot be used as it is described: see [`SettingsError`].
    pub fn new(relay: MailRelay) -> Result<Self, SettingsError> {
        relay.check()?;
        let tls = TlsClient::new(relay.trust.as_ref(), Protocol::Mail)?;
        Ok(Self { relay, tls })
    }

    /// Sends a mail to those of its recipients that the relay takes.
    pub async fn send(&self, mail: Mail) -> MailOutcome {
        let limit = mail.timeout;
        let prepared = match Prepared::of(mail) {
            Ok(prepared) => prepared,
            Err(reason) => return MailOutcome::NotSent(NotSent::new(Phase::Prepare, reason)),
        };
        let sent = Sent::default();
        let mut session = match self.open(&sent).await {
            Ok(session) => session,
            Err(fact) => return MailOutcome::NotSent(fact),
        };
        let phase = CurrentPhase::default();
        phase.enter(Phase::Dialogue);
        let transacted = timeout(limit, transact(&mut session, prepared, &sent, &phase)).await;
        let reason = match transacted {
            Ok(Ok(answer)) => {
                session.quit().await;
                return MailOutcome::Answered(answer);
            }
            Ok(Err(reason)) => reason,
            Err(_) => Reason::RequestTimeout { limit },
        };
        // Nothing more leaves.
        drop(session);
        let phase = phase.get();
        match phase < Phase::SendBody || sent.is_nothing_by_socket() {
            true => MailOutcome::NotSent(NotSent::new(phase, reason)),
            false => MailOutcome::Unknown(Unknown { phase, reason }),
        }
    }

    /// Connects to the relay up to where a mail would begin, TLS and authentication included, and sends none. What was found of TLS, if there is TLS.
    ///
    /// # Errors
    /// Why no mail could be sent.
    pub async fn reach(&self) -> Result<Option<Reached>, NotSent> {
        let mut session = self.open(&Sent::default()).await?;
        session.quit().await;
        Ok(session.reached)
    }

    async fn open(&self, sent: &Sent) -> Result<Session, NotSent> {
        let phase = CurrentPhase::default();
        let opening = Session::open(&self.relay, &self.tls, sent, &phase);
        within(self.relay.connect_timeout, &phase, opening).await
    }
}
