// SPDX-License-Identifier: Apache-2.0
//! Where relays are to deliver mail, and for whom.

use std::{collections::BTreeMap, time::SystemTime};

use silta_config::Config;

use super::{
    findings::{self, Findings, Level},
    listener::{check_address, check_identity},
};
use crate::commands::serve::mail::{configured, field_at_fault, never_called, no_table};

/// Looks at the table `[mail]`, if there is one. What is bound for it is let go at once.
pub(super) fn check(config: &Config, now: SystemTime, findings: &mut Findings) {
    let Some(address) = config.mail_address() else {
        return;
    };
    if let Some(address) = findings.told(address) {
        check_address(config, "mail", address, findings);
    }
    let relays = config.mail_relays();
    let number = relays.len();
    let read = relays.into_iter().filter_map(|relay| findings.told(relay));
    if read.count() == number && number > 0 {
        let message = format!("relays that are served: {number}");
        findings.ok(config.wrong("mail.relays", message));
    }
    if let Some(part) = config.mail_identity() {
        check_identity(config, part, now, findings);
    }
    findings.add_exposed(config.exposed_mail_files());
    // What cannot be read has been told.
    let Some(mail) = configured(config) else {
        return;
    };
    match mail.check() {
        Ok(()) => {
            let message = "the limits are in their ranges".to_owned();
            findings.ok(config.wrong("mail.limits", message));
        }
        Err(wrong) => {
            let field = field_at_fault(&wrong).unwrap_or_else(|| "mail".to_owned());
            let error = config.wrong(&field, wrong.to_string());
            findings.add(Level::Error, findings::FILE, error);
        }
    }
}

/// Looks for whom agencies receive mail; `is_called` says of each, in their order, whether it is called at all, as far as that is known.
pub(super) fn check_recipients(
    config: &Config,
    is_called: &[Option<bool>],
    findings: &mut Findings,
) {
    let mut owners: BTreeMap<String, &str> = BTreeMap::new();
    for (id, is_called) in config.agencies().zip(is_called) {
        let field = format!("agencies.{id}.mail");
        let Some(recipients) = findings.told(config.mail_recipients(id)) else {
            continue;
        };
        if recipients.is_empty() {
            continue;
        }
        if *is_called == Some(false) {
            let error = config.wrong(&field, never_called());
            findings.add(Level::Error, "mail.never-called", error);
        }
        if config.mail_limits().is_none() {
            let warning = config.wrong(&field, no_table().to_owned());
            findings.add(Level::Warning, "mail.none", warning);
        }
        for recipient in recipients {
            let Some(recipient) = findings.told(recipient) else {
                continue;
            };
            if let Some(other) = owners.insert(recipient.to_string(), id) {
                let reason = format!(
                    "{recipient} is named twice, for {other} and for {id}; a recipient belongs to one agency"
                );
                let error = config.wrong(&format!("{field}.recipients"), reason);
                findings.add(Level::Error, "mail.recipient-twice", error);
            }
        }
    }
    if config.mail_limits().is_some() {
        match owners.len() {
            0 => {
                let reason = "no agency receives mail; add recipients to the table [agencies.ID.mail] of one";
                let error = config.wrong("mail", reason.to_owned());
                findings.add(Level::Error, "mail.no-recipients", error);
            }
            number => {
                let message = format!("addresses and domains that mail is received for: {number}");
                findings.ok(config.wrong("mail", message));
            }
        }
    }
}
