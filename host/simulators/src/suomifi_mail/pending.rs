// SPDX-License-Identifier: Apache-2.0
//! A mail that was begun, and is not decided.

use std::time::SystemTime;

use super::check::{self, Breach, Passed};
use super::identity_code::masked;
use super::inspection::{self, Arrived, Known};
use super::reader::Address;
use super::received::{Received, TlsFacts, Verdict};
use super::reply::Reply;
use super::rules::Rules;
use crate::sha256::sha256_hex;

/// A mail that was begun.
pub(super) struct Transaction {
    pub(super) at: SystemTime,
    pub(super) sender: String,
    pub(super) recipient: Option<Address>,
    pub(super) is_8bit: bool,
    pub(super) passed: Passed,
    /// How many of them are about the sender.
    pub(super) sender_checks: usize,
    /// Whether it has its record, or has none to get.
    pub(super) is_recorded: bool,
}

impl Transaction {
    pub(super) fn new(sender: &str) -> Self {
        Self {
            at: SystemTime::now(),
            sender: sender.to_owned(),
            recipient: None,
            is_8bit: false,
            passed: Passed::default(),
            sender_checks: 0,
            is_recorded: false,
        }
    }

    /// The announced size; the error is the reply to parameters that are wrong.
    pub(super) fn take_parameters(
        &mut self,
        parameters: &[(String, Option<String>)],
    ) -> Result<Option<usize>, Reply> {
        let mut announced = None;
        for (name, value) in parameters {
            let value = value.as_deref().map(str::to_ascii_uppercase);
            match (name.as_str(), value.as_deref()) {
                ("SIZE", Some(size)) => match size.parse() {
                    Ok(size) => announced = Some(size),
                    Err(_) => return Err(Reply::new(501, "5.5.4", "SIZE is a number")),
                },
                ("BODY", Some("8BITMIME")) => self.is_8bit = true,
                ("BODY", Some("7BIT")) => {}
                _ => {
                    return Err(Reply::new(
                        555,
                        "5.5.4",
                        "MAIL has SIZE and BODY as parameters here",
                    ));
                }
            }
        }
        Ok(announced)
    }

    /// The checks of a recipient count for the mail once it is taken; those of a further one do not.
    pub(super) fn check_recipient(
        &mut self,
        rules: &Rules,
        address: &Address,
    ) -> Result<(), Breach> {
        let mut passed = Passed(
            self.passed
                .0
                .iter()
                .copied()
                .take(self.sender_checks)
                .collect(),
        );
        passed.holds(
            check::ONE_RECIPIENT,
            self.recipient.is_none(),
            "there is a recipient already",
        )?;
        let judged = inspection::recipient(rules, address);
        let is_elsewhere = matches!(&judged, Err((check, _)) if *check == check::RECIPIENT);
        let reason = judged.err().map(|(_, reason)| reason).unwrap_or_default();
        let found = passed.holds(check::RECIPIENT, !is_elsewhere, &reason);
        let found =
            found.and_then(|()| passed.holds(check::IDENTITY_CODE, reason.is_empty(), &reason));
        self.passed = passed;
        found
    }

    pub(super) fn record(
        &self,
        connection: (Option<&TlsFacts>, &[&'static str]),
        came: Option<(&Arrived, Known)>,
    ) -> Received {
        let (arrived, known) = came.map_or_else(
            || (None, Known::default()),
            |(arrived, known)| (Some(arrived), known),
        );
        let whole = arrived.filter(|arrived| arrived.octets.len() == arrived.size);
        Received {
            at: self.at,
            verdict: Verdict::Broken,
            code: None,
            status: None,
            passed: self.passed.0.clone(),
            failed: None,
            reason: None,
            tls: connection.0.cloned(),
            size: arrived.map_or(0, |arrived| arrived.size),
            sha256: whole.map(|arrived| sha256_hex(&arrived.octets)),
            message_id: known.message_id.as_deref().map(masked),
            is_repeated: false,
            subject: known.subject.as_deref().map(masked),
            attachments: known.attachments,
            misbehaviours: connection.1.to_vec(),
            receipts: Vec::new(),
        }
    }
}
