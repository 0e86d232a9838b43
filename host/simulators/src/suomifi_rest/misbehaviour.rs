// SPDX-License-Identifier: Apache-2.0
//! Bad manners, to be played on request.

use std::time::Duration;

use super::operation::Operation;
use crate::misbehaviour::{catalogue, seconds};

/// Something that the service, or the net on the way to it, may do, and a client has to live with. Where nothing else is
/// said the request is handled as ever, and only the answer is spoilt.
///
/// `Kept` tells that a message is accepted before the answer goes wrong. The sender cannot know.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Misbehaviour {
    /// Token: 400 although user name and password are right.
    TokenRefused,
    /// 401, and the access token that was shown is valid no more.
    TokenExpired,
    /// 403 as for an address that is not on the list.
    Forbidden,
    /// 400 with a reason and no code; not handled.
    BadRequest,
    /// Electronic: 400 with one validation error of this code; not handled.
    Validation(ErrorCode),
    /// 404 for what is there.
    NotFound,
    /// 413 in plain text; not handled.
    TooLarge,
    /// 415; not handled.
    UnsupportedType,
    /// 429 with the header Retry-After, of that many seconds; not handled.
    TooManyRequests(Duration),
    /// 502; not handled.
    BadGateway,
    /// 502 after the request was handled.
    BadGatewayKept,
    /// 503 with a page in HTML, as from a gateway; not handled.
    GatewayPage,
    /// The connection is closed without an answer; not handled.
    Drop,
    /// The connection is closed without an answer after the request was handled.
    DropKept,
    /// The answer is held back for this long.
    Slow(Duration),
    /// Sending: handled, and answered with 409 without a messageId.
    ConflictWithoutId,
    /// The right answer breaks off in the middle of its JSON.
    UnreadableJson,
    /// Every object of the answer has a property that nobody knows.
    ExtraProperties,
    /// `application/json; charset=utf-8` for `application/json`.
    CharsetParameter,
    /// Sending: the messageId is beyond 32 bits, and all that follow.
    IdBeyond32Bits,
    /// Sending: the messageId is beyond 53 bits, and all that follow, so that a double rounds them.
    IdBeyond53Bits,
    /// Events: 400 although the continuation token is right, as when it has become too old.
    CursorRefused,
    /// Events: an empty page although there are events; the token stays where it was.
    EmptyPage,
    /// Events: each one two times over.
    RepeatedEvents,
    /// Events: the page in the opposite order.
    EventsOutOfOrder,
    /// Events: one more at the front, of a type that nobody knows.
    UnknownEventType,
    /// Events: none has an externalId, as those from end users never have.
    NoExternalIds,
    /// Events: a continuation token with more that has to be percent-encoded, `%` and `#` among it.
    AwkwardCursor,
    /// Reading a message: no sender.
    NoSender,
    /// Reading a message: no thread.
    NoThread,
    /// Reading a message: no attachment has an id.
    NoAttachmentIds,
}

catalogue! { Misbehaviour:
    "token-refused", TokenRefused => |_| Some(Self::TokenRefused), "token: 400 for the right password";
    "token-expired", TokenExpired => |_| Some(Self::TokenExpired), "401, the access token has ended";
    "forbidden", Forbidden => |_| Some(Self::Forbidden), "403, as for an address that is not on the list";
    "bad-request", BadRequest => |_| Some(Self::BadRequest), "400 with a reason and no code";
    "validation" = ("CODE", "MAILBOX_NOT_IN_USE"), Validation(_) => |text| ErrorCode::find(text).map(Self::Validation), "electronic: 400 with that errorCode";
    "not-found", NotFound => |_| Some(Self::NotFound), "404 for what is there";
    "too-large", TooLarge => |_| Some(Self::TooLarge), "413 in plain text";
    "unsupported-type", UnsupportedType => |_| Some(Self::UnsupportedType), "415 whatever the type";
    "too-many-requests" = ("SECONDS", "2"), TooManyRequests(_) => |text| seconds(text).map(Self::TooManyRequests), "429 with Retry-After";
    "bad-gateway", BadGateway => |_| Some(Self::BadGateway), "502, the message is not kept";
    "bad-gateway-kept", BadGatewayKept => |_| Some(Self::BadGatewayKept), "502, the message is kept";
    "gateway-page", GatewayPage => |_| Some(Self::GatewayPage), "503 with a page in HTML";
    "drop", Drop => |_| Some(Self::Drop), "no answer, the message is not kept";
    "drop-kept", DropKept => |_| Some(Self::DropKept), "no answer, the message is kept";
    "slow" = ("SECONDS", "10"), Slow(_) => |text| seconds(text).map(Self::Slow), "the answer is held back";
    "conflict-without-id", ConflictWithoutId => |_| Some(Self::ConflictWithoutId), "sending: kept, and 409 without messageId";
    "unreadable-json", UnreadableJson => |_| Some(Self::UnreadableJson), "JSON that breaks off";
    "extra-properties", ExtraProperties => |_| Some(Self::ExtraProperties), "a property that nobody knows, everywhere";
    "charset-parameter", CharsetParameter => |_| Some(Self::CharsetParameter), "application/json; charset=utf-8";
    "id-beyond-32-bits", IdBeyond32Bits => |_| Some(Self::IdBeyond32Bits), "sending: messageIds beyond 32 bits from here on";
    "id-beyond-53-bits", IdBeyond53Bits => |_| Some(Self::IdBeyond53Bits), "sending: messageIds beyond 53 bits from here on";
    "cursor-refused", CursorRefused => |_| Some(Self::CursorRefused), "events: 400 for the right continuationToken";
    "empty-page", EmptyPage => |_| Some(Self::EmptyPage), "events: none although there are some";
    "repeated-events", RepeatedEvents => |_| Some(Self::RepeatedEvents), "events: each one twice";
    "events-out-of-order", EventsOutOfOrder => |_| Some(Self::EventsOutOfOrder), "events: the last one first";
    "unknown-event-type", UnknownEventType => |_| Some(Self::UnknownEventType), "events: one of a type that nobody knows";
    "no-external-ids", NoExternalIds => |_| Some(Self::NoExternalIds), "events: none with an externalId";
    "awkward-cursor", AwkwardCursor => |_| Some(Self::AwkwardCursor), "events: a token with % # and more in it";
    "no-sender", NoSender => |_| Some(Self::NoSender), "a citizen's message without sender";
    "no-thread", NoThread => |_| Some(Self::NoThread), "a citizen's message without thread";
    "no-attachment-ids", NoAttachmentIds => |_| Some(Self::NoAttachmentIds), "a citizen's message whose attachments have no id";
}

impl Misbehaviour {
    /// Whether it means something for this operation.
    pub(super) fn fits(&self, operation: Operation) -> bool {
        match self {
            Self::TokenRefused => operation == Operation::Token,
            Self::TokenExpired => operation.wants_token(),
            Self::Validation(_) => operation == Operation::SendElectronic,
            Self::NotFound => matches!(
                operation,
                Operation::MessageId | Operation::ReadMessage | Operation::DownloadAttachment
            ),
            Self::TooLarge | Self::UnsupportedType => operation.method() == hyper::Method::POST,
            Self::ConflictWithoutId | Self::IdBeyond32Bits | Self::IdBeyond53Bits => {
                operation.sends()
            }
            Self::CursorRefused
            | Self::EmptyPage
            | Self::RepeatedEvents
            | Self::EventsOutOfOrder
            | Self::UnknownEventType
            | Self::NoExternalIds
            | Self::AwkwardCursor => operation == Operation::Events,
            Self::NoSender | Self::NoThread | Self::NoAttachmentIds => {
                operation == Operation::ReadMessage
            }
            Self::UnreadableJson | Self::ExtraProperties | Self::CharsetParameter => {
                operation != Operation::DownloadAttachment
            }
            _ => true,
        }
    }
}

/// The codes of validation errors.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorCode {
    /// The recipient has no active mailbox.
    MailboxNotInUse,
    /// The message replied to is not there, or no longer.
    MessageBeingRepliedToNotFound,
    /// The sender's service is not active.
    ServiceNotActive,
    /// The sender's system is not active.
    SystemNotActive,
}

impl ErrorCode {
    const ALL: [Self; 4] = [
        Self::MailboxNotInUse,
        Self::MessageBeingRepliedToNotFound,
        Self::ServiceNotActive,
        Self::SystemNotActive,
    ];

    /// Its name on the wire.
    pub fn name(self) -> &'static str {
        match self {
            Self::MailboxNotInUse => "MAILBOX_NOT_IN_USE",
            Self::MessageBeingRepliedToNotFound => "MESSAGE_BEING_REPLIED_TO_NOT_FOUND",
            Self::ServiceNotActive => "SERVICE_NOT_ACTIVE",
            Self::SystemNotActive => "SYSTEM_NOT_ACTIVE",
        }
    }

    pub(super) fn meaning(self) -> &'static str {
        match self {
            Self::MailboxNotInUse => "the recipient has no active mailbox",
            Self::MessageBeingRepliedToNotFound => "the message replied to is not there",
            Self::ServiceNotActive => "the sender's service is not active",
            Self::SystemNotActive => "the sender's system is not active",
        }
    }

    fn find(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|code| code.name() == name)
    }
}
