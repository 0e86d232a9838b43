// SPDX-License-Identifier: Apache-2.0
//! Where relays deliver mail, and which agency receives for whom.

use std::{net::SocketAddr, path::PathBuf};

use silta_gateway::{IpNetwork, ListenerPair, MailLimits, MailListenerConfig, MailRecipient};
use toml::Spanned;

use crate::{
    error::ConfigError, load::Config, parts::Part, read::LIMIT, snapshot::Snapshot, upkeep::Exposed,
};

impl Config {
    /// Where relays deliver, the files read; `None` when the table `[mail]` is left out.
    ///
    /// # Errors
    /// The first field or file that cannot be used. Limits are not among them, see [`MailListenerConfig::check`].
    pub fn mail(&self) -> Result<Option<MailListenerConfig>, ConfigError> {
        let (Some(table), Some(address)) = (&self.content.mail, self.mail_address()) else {
            return Ok(None);
        };
        let first = |errors: Vec<ConfigError>| self.first("mail", errors);
        let identity = self.mail_identity().map(|part| part.content.map_err(first));
        Ok(Some(MailListenerConfig {
            address: address?,
            protocol: table.protocol,
            relays: self.mail_relays().into_iter().collect::<Result<_, _>>()?,
            host_name: table.host_name.clone(),
            identity: identity.transpose()?,
            require_tls: table.require_tls,
            limits: *table.limits,
        }))
    }

    /// The address to listen at for mail; `None` without the table.
    pub fn mail_address(&self) -> Option<Result<SocketAddr, ConfigError>> {
        let table = self.content.mail.as_ref()?;
        Some(table.address.parse().map_err(|_| {
            let reason =
                "this has to be an IP address with a port, such as 127.0.0.1:2525 or [::]:25";
            self.wrong("mail.address", reason.into())
        }))
    }

    /// Who may deliver; each with what is wrong with it.
    pub fn mail_relays(&self) -> Vec<Result<IpNetwork, ConfigError>> {
        let table = self.content.mail.iter();
        let relays = table.flat_map(|table| &table.relays).zip(1..);
        let relay = |(text, number): (&String, usize)| {
            let relay = text.parse::<IpNetwork>();
            relay.map_err(|error| self.wrong(&format!("mail.relays[{number}]"), error.to_string()))
        };
        relays.map(relay).collect()
    }

    /// Key and certificates for STARTTLS, the files read; `None` where neither is named.
    pub fn mail_identity(&self) -> Option<Part<ListenerPair>> {
        let table = self.content.mail.as_ref()?;
        let pair = (table.private_key.as_ref(), table.certificates.as_ref());
        self.identity_of("mail", pair, "to receive without TLS")
    }

    /// Key and certificates of a table that may do without both, which is `for_what`, the files read; `None` where neither is named.
    pub(super) fn identity_of(
        &self,
        table: &str,
        pair: (Option<&Spanned<PathBuf>>, Option<&Spanned<PathBuf>>),
        for_what: &str,
    ) -> Option<Part<ListenerPair>> {
        let content = match pair {
            (None, None) => return None,
            (Some(key), Some(certificates)) => {
                let key = self.read_private(key, &format!("{table}.private-key"));
                let field = format!("{table}.certificates");
                match (key, self.read_named(certificates, &field, LIMIT)) {
                    (Ok(private_key), Ok(certificates)) => Ok(ListenerPair {
                        private_key,
                        certificates,
                    }),
                    (key, certificates) => {
                        let errors = [key.err(), certificates.err()];
                        Err(errors.into_iter().flatten().collect())
                    }
                }
            }
            (key, _) => {
                let field = if key.is_some() {
                    "private-key"
                } else {
                    "certificates"
                };
                let reason = format!(
                    "private-key and certificates stand together; leave both out {for_what}"
                );
                Err(vec![self.wrong(&format!("{table}.{field}"), reason)])
            }
        };
        Some(Part {
            name: table.into(),
            field: table.into(),
            content,
        })
    }

    /// What relays may use; `None` without the table.
    pub fn mail_limits(&self) -> Option<&MailLimits> {
        let table = self.content.mail.as_ref()?;
        Some(&table.limits)
    }

    /// Whom an agency receives mail for; empty where its table has no `mail`. Each with what is wrong with it.
    ///
    /// # Errors
    /// The agency is not configured.
    pub fn mail_recipients(
        &self,
        agency: &str,
    ) -> Result<Vec<Result<MailRecipient, ConfigError>>, ConfigError> {
        let table = self.agency(agency)?.mail.iter();
        let recipients = table.flat_map(|table| &table.recipients).zip(1..);
        let recipient = |(text, number): (&String, usize)| {
            text.parse::<MailRecipient>().map_err(|error| {
                let field = format!("agencies.{agency}.mail.recipients[{number}]");
                self.wrong(&field, error.to_string())
            })
        };
        Ok(recipients.map(recipient).collect())
    }

    /// Of the listener for mail: its key and certificates. Empty without them.
    pub fn mail_snapshot(&self) -> Snapshot {
        let table = self.content.mail.iter();
        let files = table.flat_map(|table| [&table.private_key, &table.certificates]);
        self.take(files.flatten().map(|path| (path, LIMIT)))
    }

    /// Files of private keys of the listener for mail that every user of this machine can read or change.
    pub fn exposed_mail_files(&self) -> Vec<Exposed> {
        let table = self.content.mail.iter();
        let keys = table.flat_map(|table| &table.private_key);
        self.exposed(keys.map(|key| ("mail.private-key".to_owned(), key)))
    }
}
