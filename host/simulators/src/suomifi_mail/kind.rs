// SPDX-License-Identifier: Apache-2.0
//! What mails to the authority are.

use super::receipt::{ReceiptEvent, Wording};

/// What a mail to the authority is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum MailKind {
    /// A receipt; the wording is none where it tells nothing.
    Receipt(ReceiptEvent, Option<Wording>),
    /// A citizen's message.
    Message,
    /// A citizen's reply.
    Reply,
}

impl MailKind {
    /// `receipt`, `message` or `reply`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Receipt(..) => "receipt",
            Self::Message => "message",
            Self::Reply => "reply",
        }
    }
}
