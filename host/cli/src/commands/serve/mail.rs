// SPDX-License-Identifier: Apache-2.0
//! Where relays deliver mail, beside where agencies call.

use std::{
    net::SocketAddr,
    path::Path,
    sync::Arc,
    time::{Duration, SystemTime},
};

use silta_config::{Config, Expiry, Exposed};
use silta_gateway::{
    Gateway, Inbox, ListenerError, MailListenerConfig, MailListenerSetup, ServerIdentity,
};

use super::{
    agencies::Served,
    listener::file_at_fault,
    own_listener::{OwnListener, explain},
    upkeep::Words,
};
use crate::failure::Failure;

const WORDS: Words = Words {
    used: "mail is received with the certificate that its files hold now",
    unusable: "the files of [mail] have changed and cannot be used; mail is received with the certificate that they held before",
};

/// The listener for mail, if one is configured, kept up to date.
pub(super) struct MailReceiver<'a> {
    file: &'a Path,
    config: &'a Config,
    listener: OwnListener,
    is_configured: bool,
}

impl<'a> MailReceiver<'a> {
    /// What is configured, looked at before anything else takes time.
    ///
    /// # Errors
    /// Its table, or what that names, cannot be used.
    pub(super) fn new(file: &'a Path, config: &'a Config) -> Result<Self, Failure> {
        let mut receiver = Self {
            file,
            config,
            listener: OwnListener::since(config.mail_snapshot(), config.reload_interval()?, WORDS),
            is_configured: false,
        };
        if let Some(mail) = config.mail()? {
            receiver.is_configured = true;
            mail.check()
                .and_then(|()| mail.identity(SystemTime::now()))
                .map_err(|error| explain(file, &error, field_at_fault(&error)))?;
        }
        Ok(receiver)
    }

    /// Whether mail is to be received.
    pub(super) fn is_configured(&self) -> bool {
        self.is_configured
    }

    /// The listener for mail of the agencies that are called, into the same inbox and within the same limits on their calls; `None` where none is configured.
    ///
    /// # Errors
    /// A recipient cannot be used, or belongs to an agency that is never called.
    pub(super) fn setup(
        &self,
        agencies: &Served,
        inbox: Arc<dyn Inbox>,
    ) -> Result<Option<MailListenerSetup>, Failure> {
        let Some(mail) = self.config.mail()? else {
            self.warn_of_recipients_without_mail();
            return Ok(None);
        };
        let mut setup = MailListenerSetup::new(mail, inbox);
        for id in self.config.agencies() {
            let recipients = self.config.mail_recipients(id)?;
            let recipients = recipients.into_iter().collect::<Result<Vec<_>, _>>()?;
            if recipients.is_empty() {
                continue;
            }
            let served = agencies.get(id).cloned();
            let served = served.ok_or_else(|| {
                let error = self
                    .config
                    .wrong(&format!("agencies.{id}.mail"), never_called());
                Failure::from(error)
            })?;
            setup = setup.serve(served, recipients);
        }
        Ok(Some(setup))
    }

    /// Starts listening; where, if it is configured.
    ///
    /// # Errors
    /// See [`ListenerError`].
    pub(super) fn start(
        &mut self,
        gateway: &Gateway,
        setup: Option<MailListenerSetup>,
    ) -> Result<Option<SocketAddr>, Failure> {
        let Some(setup) = setup else { return Ok(None) };
        let listener = gateway.listen_for_mail(setup);
        let listener =
            listener.map_err(|error| explain(self.file, &error, field_at_fault(&error)))?;
        Ok(Some(self.listener.started(listener)))
    }

    /// Looks whether its certificate has been renewed, and says after what time to look again.
    pub(super) fn look(&mut self) -> Duration {
        let (file, config) = (self.file, self.config);
        self.listener
            .look(|| config.mail_snapshot(), || identity(file, config))
    }

    /// When its certificates end.
    pub(super) fn expiries(&self) -> Vec<Expiry> {
        self.listener.expiries("mail.certificates")
    }

    /// Files of its keys that others can read.
    pub(super) fn exposed(&self) -> Vec<Exposed> {
        self.config.exposed_mail_files()
    }

    fn warn_of_recipients_without_mail(&self) {
        let receives = |id: &&str| {
            let recipients = self.config.mail_recipients(id);
            recipients.is_ok_and(|recipients| !recipients.is_empty())
        };
        for agency in self.config.agencies().filter(receives) {
            tracing::warn!(target: "silta::serve", agency, "{}", no_table());
        }
    }
}

/// The certificate that its files hold now; `None` without TLS.
fn identity(file: &Path, config: &Config) -> Result<Option<ServerIdentity>, Failure> {
    let Some(mail) = config.mail()? else {
        return Ok(None);
    };
    mail.identity(SystemTime::now())
        .map_err(|error| explain(file, &error, field_at_fault(&error)))
}

/// Which field of the configuration an error of the listener for mail is about.
pub(in crate::commands) fn field_at_fault(error: &ListenerError) -> Option<String> {
    let field = match error {
        ListenerError::Limit(wrong) => return Some(format!("mail.limits.{}", wrong.name)),
        ListenerError::RecipientTwice { agencies, .. } => {
            let [_, second] = agencies;
            return Some(format!("agencies.{second}.mail.recipients"));
        }
        ListenerError::Key(_) | ListenerError::Identity(_) | ListenerError::UnusableKey { .. } => {
            return Some(format!("mail.{}", file_at_fault(error)));
        }
        ListenerError::Address { .. } => "mail.address",
        ListenerError::NoRelays => "mail.relays",
        ListenerError::NoTls => "mail.require-tls",
        ListenerError::HostName => "mail.host-name",
        ListenerError::NoRecipients => "mail",
        _ => return None,
    };
    Some(field.to_owned())
}

/// What to say of recipients of an agency that is never called.
pub(in crate::commands) fn never_called() -> String {
    "the component of this agency has no operation by which it is called, so that it cannot receive mail; `silta describe` shows its operations. Leave this table out".to_owned()
}

/// What to say of recipients where no mail is received.
pub(in crate::commands) fn no_table() -> &'static str {
    "this agency has recipients of mail, and there is no table [mail] that says where mail is delivered: none is received; add the table"
}

/// What is configured for mail; for commands that only look at it.
pub(in crate::commands) fn configured(config: &Config) -> Option<MailListenerConfig> {
    config.mail().ok().flatten()
}
