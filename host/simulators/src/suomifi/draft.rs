// SPDX-License-Identifier: Apache-2.0
//! A call before it is written: right, until a misbehaviour changes it.

use std::time::Duration;

use super::message::{Customer, Message, StatusReport};
use super::setup::SuomifiSetup;
use super::wire::Operation;

/// All that a call is made of.
#[derive(Clone)]
pub(super) struct Draft {
    /// What is in the Body.
    pub(super) content: Content,
    /// What SOAPAction says.
    pub(super) action: Operation,
    pub(super) authority_id: String,
    pub(super) service_id: String,
    /// SanomaTunniste.
    pub(super) message_id: String,
    /// KohdeMaara.
    pub(super) count: usize,
    pub(super) edition: Edition,
    pub(super) signature: SignedBy,
    /// How long ago it is said to have been made.
    pub(super) age: Duration,
    /// What happens to the text once it is signed.
    pub(super) damage: Option<Damage>,
    /// The time that its bytes are spread over.
    pub(super) pace: Duration,
    /// Whether the answer is of interest.
    pub(super) reads_answer: bool,
}

/// The Kohteet.
#[derive(Clone)]
pub(super) enum Content {
    Messages(Vec<Letter>),
    Reports(Vec<StatusReport>),
}

/// A message and what is odd about how it is written.
#[derive(Clone)]
pub(super) struct Letter {
    pub(super) message: Message,
    /// Further Asiakas.
    pub(super) also: Vec<Customer>,
    pub(super) oddity: Option<Oddity>,
}

/// See [`Letter`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Oddity {
    /// `xsi:nil` wherever it is allowed.
    Nil,
    /// The first attachment is no base64.
    BrokenBase64,
}

/// Which description it follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Edition {
    Newer,
    Of2014,
}

/// Whose signature it bears.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum SignedBy {
    /// That of the setup, if there is one.
    Own,
    Stranger,
    Nobody,
}

/// See [`Draft::damage`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Damage {
    AlterBody,
    WrapBody,
    AddDoctype,
    CutOff,
    RenameOperation,
}

impl Draft {
    pub(super) fn of_messages(
        messages: &[Message],
        message_id: String,
        setup: &SuomifiSetup,
    ) -> Self {
        let letters = messages.iter().map(|message| Letter {
            message: message.clone(),
            also: Vec::new(),
            oddity: None,
        });
        Self::new(Content::Messages(letters.collect()), message_id, setup)
    }

    pub(super) fn of_reports(
        reports: &[StatusReport],
        message_id: String,
        setup: &SuomifiSetup,
    ) -> Self {
        Self::new(Content::Reports(reports.to_vec()), message_id, setup)
    }

    fn new(content: Content, message_id: String, setup: &SuomifiSetup) -> Self {
        Self {
            action: content.operation(),
            count: content.number(),
            content,
            authority_id: setup.authority_id.clone(),
            service_id: setup.service_id.clone(),
            message_id,
            edition: Edition::Newer,
            signature: SignedBy::Own,
            age: Duration::ZERO,
            damage: None,
            pace: Duration::ZERO,
            reads_answer: true,
        }
    }

    pub(super) fn operation(&self) -> Operation {
        self.content.operation()
    }
}

impl Content {
    fn operation(&self) -> Operation {
        match self {
            Self::Messages(_) => Operation::VieKohteita,
            Self::Reports(_) => Operation::VieKohdeTiloja,
        }
    }

    pub(super) fn number(&self) -> usize {
        match self {
            Self::Messages(letters) => letters.len(),
            Self::Reports(reports) => reports.len(),
        }
    }

    /// The AsiointitiliTunniste of each Kohde that is answered by itself, in order.
    pub(super) fn account_ids(&self) -> Vec<String> {
        match self {
            Self::Messages(letters) => {
                let ids = letters.iter().map(|letter| &letter.message.account_id);
                ids.cloned().collect()
            }
            Self::Reports(_) => Vec::new(),
        }
    }

    /// Every AsiakasTunnus in it.
    pub(super) fn customer_ids(&self) -> Vec<String> {
        match self {
            Self::Messages(letters) => {
                let customers = letters
                    .iter()
                    .flat_map(|letter| std::iter::once(&letter.message.sender).chain(&letter.also));
                customers.map(|customer| customer.id.clone()).collect()
            }
            Self::Reports(reports) => {
                let ids = reports.iter().map(|report| &report.customer.id);
                ids.cloned().collect()
            }
        }
    }
}
