// SPDX-License-Identifier: Apache-2.0
//! The operations and the secrets by their names.

use agency_guest::{Problem, unknown_operation};

use crate::wire::Channel;

/// Secret role of what is obtained and carried by all other requests.
pub(crate) const TOKEN: &str = "token";

/// Secret role of what a token is had for.
pub(crate) const PASSWORD: &str = "password";

/// Secret role of what letters are billed by.
pub(crate) const POSTI_PASSWORD: &str = "posti-password";

/// Something that can be done with the service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Operation {
    /// Sends a message to a mailbox.
    SendElectronic,
    /// Sends a message to a mailbox, or on paper.
    SendMultichannel,
    /// Sends a letter.
    SendPaper,
    /// Answers a message of a citizen.
    Reply,
    /// Lists what has happened.
    PollEvents,
    /// Fetches a message of a citizen.
    FetchMessage,
    /// Asks who has a mailbox.
    ActiveMailboxes,
    /// Obtains a token.
    Token,
    /// Replaces the password.
    ChangePassword,
    /// Succeeds only with the password in force.
    ProvePassword,
}

impl Operation {
    pub(crate) const ALL: [Self; 10] = [
        Self::SendElectronic,
        Self::SendMultichannel,
        Self::SendPaper,
        Self::Reply,
        Self::PollEvents,
        Self::FetchMessage,
        Self::ActiveMailboxes,
        Self::Token,
        Self::ChangePassword,
        Self::ProvePassword,
    ];

    /// The operation of a name.
    pub(crate) fn of(name: &str) -> Result<Self, Problem> {
        let mut all = Self::ALL.into_iter();
        all.find(|operation| operation.name() == name)
            .ok_or_else(|| unknown_operation(name))
    }

    /// The way that its messages go at first; none where it sends none.
    pub(crate) fn channel(self) -> Option<Channel> {
        match self {
            Self::SendElectronic | Self::Reply => Some(Channel::Electronic),
            Self::SendMultichannel => Some(Channel::Multichannel),
            Self::SendPaper => Some(Channel::Paper),
            _ => None,
        }
    }

    /// Its name in the contract.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::SendElectronic => "send-electronic",
            Self::SendMultichannel => "send-multichannel",
            Self::SendPaper => "send-paper",
            Self::Reply => "reply",
            Self::PollEvents => "poll-events",
            Self::FetchMessage => "fetch-message",
            Self::ActiveMailboxes => "active-mailboxes",
            Self::Token => "token",
            Self::ChangePassword => "change-password",
            Self::ProvePassword => "prove-password",
        }
    }

    /// What it does, in a sentence.
    pub(crate) fn summary(self) -> &'static str {
        match self {
            Self::SendElectronic => {
                "Sends a message to a mailbox, with up to 50 attachments; with a letter that goes in its place where the settings say so."
            }
            Self::SendMultichannel => {
                "Sends a message to a mailbox, or as a letter where the recipient has no active one."
            }
            Self::SendPaper => "Sends a letter, which is the one attachment, to a postal address.",
            Self::Reply => "Answers a message of a citizen or a company.",
            Self::PollEvents => {
                "Lists the statuses of messages, and which messages citizens have written, on from the cursor."
            }
            Self::FetchMessage => "Fetches a message of a citizen, with its attachments.",
            Self::ActiveMailboxes => {
                "Asks which people and companies have an active mailbox, for a sending that follows at once; the answer is not to be stored."
            }
            Self::Token => "Obtains an access token for the password.",
            Self::ChangePassword => "Replaces the password by one that the host has made.",
            Self::ProvePassword => {
                "Asks for events with a token that was had for the password: it succeeds only with the one in force."
            }
        }
    }
}
