// SPDX-License-Identifier: Apache-2.0
//! What can be asked for, and where.

use hyper::Method;

/// A call of the API.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Operation {
    /// Gives an access token for user name and password.
    Token,
    /// Changes the password.
    ChangePassword,
    /// Tells which recipients have an active mailbox.
    ActiveMailboxes,
    /// Tells the messageId of an externalId.
    MessageId,
    /// Reads a citizen's message.
    ReadMessage,
    /// Downloads an attachment of a citizen's message.
    DownloadAttachment,
    /// Uploads an attachment.
    UploadAttachment,
    /// Lists events from a continuation token on.
    Events,
    /// Sends to the mailbox if it is active, otherwise on paper.
    SendMultichannel,
    /// Sends to the mailbox; replies as well.
    SendElectronic,
    /// Sends on paper, without the recipient's id.
    SendPaper,
}

impl Operation {
    /// Method and path, with `{id}` where one stands.
    pub fn name(self) -> &'static str {
        match self {
            Self::Token => "POST /v1/token",
            Self::ChangePassword => "POST /v1/change-password",
            Self::ActiveMailboxes => "POST /v1/mailboxes/active",
            Self::MessageId => "GET /v1/messages/id",
            Self::ReadMessage => "GET /v2/messages/{id}",
            Self::DownloadAttachment => "GET /v1/attachments/{id}",
            Self::UploadAttachment => "POST /v2/attachments",
            Self::Events => "GET /v2/events",
            Self::SendMultichannel => "POST /v2/messages",
            Self::SendElectronic => "POST /v2/messages/electronic",
            Self::SendPaper => "POST /v2/paper-mail-without-id",
        }
    }

    /// The only method that its path takes.
    pub(super) fn method(self) -> Method {
        match self.name().starts_with("GET ") {
            true => Method::GET,
            false => Method::POST,
        }
    }

    /// Whether it sends a message.
    pub fn sends(self) -> bool {
        matches!(
            self,
            Self::SendMultichannel | Self::SendElectronic | Self::SendPaper
        )
    }

    /// All but two want an access token in the header.
    pub(super) fn wants_token(self) -> bool {
        !matches!(self, Self::Token | Self::ChangePassword)
    }

    /// The query parameter that it takes, if it takes one, and whether it has to be there.
    pub(super) fn query(self) -> Option<(&'static str, bool)> {
        match self {
            Self::MessageId => Some(("externalId", true)),
            Self::Events => Some(("continuationToken", false)),
            _ => None,
        }
    }

    /// Whether its 400 lists validation errors; that of the others has a reason alone.
    pub(super) fn lists_validation_errors(self) -> bool {
        matches!(self, Self::SendElectronic | Self::MessageId)
    }
}

/// Paths that have no id in them. They are looked at first: `/v2/messages/electronic` names no message.
const FIXED: &[(&str, Operation)] = &[
    ("/v1/token", Operation::Token),
    ("/v1/change-password", Operation::ChangePassword),
    ("/v1/mailboxes/active", Operation::ActiveMailboxes),
    ("/v1/messages/id", Operation::MessageId),
    ("/v2/attachments", Operation::UploadAttachment),
    ("/v2/events", Operation::Events),
    ("/v2/messages", Operation::SendMultichannel),
    ("/v2/messages/electronic", Operation::SendElectronic),
    ("/v2/paper-mail-without-id", Operation::SendPaper),
];

/// Paths that end with an id.
const WITH_ID: &[(&str, Operation)] = &[
    ("/v2/messages/", Operation::ReadMessage),
    ("/v1/attachments/", Operation::DownloadAttachment),
];

/// What a path leads to, and the id in it, still percent-encoded.
pub(super) fn find(path: &str) -> Option<(Operation, &str)> {
    let fixed = FIXED.iter().find(|(own, _)| *own == path);
    if let Some((_, operation)) = fixed {
        return Some((*operation, ""));
    }
    WITH_ID.iter().find_map(|(start, operation)| {
        let id = path.strip_prefix(start)?;
        let is_one_segment = !id.is_empty() && !id.contains('/');
        is_one_segment.then_some((*operation, id))
    })
}
