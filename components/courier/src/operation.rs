// SPDX-License-Identifier: Apache-2.0
//! The operations and the secrets by their names.

use agency_guest::{Problem, unknown_operation};

use crate::wire::Kind;

/// Secret role of what is obtained and carried by all other requests.
pub(crate) const ACCESS_TOKEN: &str = "access-token";

/// Secret role of what a token is had for.
pub(crate) const PASSWORD: &str = "password";

/// Largest answer, in bytes. A page of a list has 100 messages at most.
pub(crate) const LARGEST_ANSWER: u32 = 64 << 10;

/// Something that can be done with Courier.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Operation {
    /// Delivers a message with attachments.
    Deliver,
    /// Obtains an access token.
    Token,
    /// Lists what has become of messages.
    List,
    /// Replaces the password.
    ChangePassword,
    /// Succeeds only with the password in force.
    Prove,
}

impl Operation {
    pub(crate) const ALL: [Self; 5] = [
        Self::Deliver,
        Self::Token,
        Self::List,
        Self::ChangePassword,
        Self::Prove,
    ];

    /// The operation of a name.
    pub(crate) fn of(name: &str) -> Result<Self, Problem> {
        let mut all = Self::ALL.into_iter();
        all.find(|operation| operation.name() == name)
            .ok_or_else(|| unknown_operation(name))
    }

    /// Whether it changes something.
    pub(crate) fn kind(self) -> Kind {
        match self {
            Self::Deliver | Self::ChangePassword => Kind::Change,
            Self::Token | Self::List | Self::Prove => Kind::Query,
        }
    }

    /// Its name in the contract.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Deliver => "deliver",
            Self::Token => "token",
            Self::List => "list",
            Self::ChangePassword => "change-password",
            Self::Prove => "prove",
        }
    }

    /// What it does, in a sentence.
    pub(crate) fn summary(self) -> &'static str {
        match self {
            Self::Deliver => {
                "Delivers a message, whose text is the payload, with up to five attachments."
            }
            Self::Token => "Obtains an access token for the password.",
            Self::List => "Lists what has become of messages since the last list.",
            Self::ChangePassword => "Replaces the password.",
            Self::Prove => "Asks for the account: it succeeds only with the password in force.",
        }
    }
}
