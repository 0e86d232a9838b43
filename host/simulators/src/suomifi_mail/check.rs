// SPDX-License-Identifier: Apache-2.0
//! What is checked of a mail, and what a breach leads to.

use super::receipt::ReceiptEvent;

/// A rule for mails to Suomi.fi. Those of the relay are refused at once, those of the service by a receipt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Check {
    /// Its name in records.
    pub name: &'static str,
    /// What has to hold.
    pub rule: &'static str,
    /// Reply code and status code of a refusal by SMTP.
    pub reply: (u16, &'static str),
    /// The receipt that tells of a breach; none where the relay itself refuses.
    pub receipt: Option<ReceiptEvent>,
}

impl Check {
    const fn by_relay(
        name: &'static str,
        rule: &'static str,
        code: u16,
        status: &'static str,
    ) -> Self {
        Self {
            name,
            rule,
            reply: (code, status),
            receipt: None,
        }
    }

    const fn by_service(
        name: &'static str,
        rule: &'static str,
        receipt: ReceiptEvent,
        status: &'static str,
    ) -> Self {
        Self {
            name,
            rule,
            reply: (554, status),
            receipt: Some(receipt),
        }
    }
}

use ReceiptEvent::{AttachmentRefused, NotRelayed, VirusFound};

pub(super) const TLS: Check =
    Check::by_relay("tls", "the connection is protected by TLS", 530, "5.7.0");
pub(super) const ENVELOPE_SENDER: Check = Check::by_relay(
    "envelope-sender",
    "the envelope's sender is under the agreed domain",
    550,
    "5.7.1",
);
pub(super) const ANNOUNCED_SIZE: Check = Check::by_relay(
    "announced-size",
    "the size announced by MAIL is within the limit",
    552,
    "5.3.4",
);
pub(super) const ONE_RECIPIENT: Check =
    Check::by_relay("one-recipient", "a mail has one recipient", 550, "5.5.3");
pub(super) const RECIPIENT: Check = Check::by_relay(
    "recipient",
    "the recipient is at the domain of the mailboxes",
    550,
    "5.1.2",
);
pub(super) const IDENTITY_CODE: Check = Check::by_relay(
    "identity-code",
    "the recipient is a valid identity code in upper case",
    550,
    "5.1.1",
);
pub(super) const SIZE: Check =
    Check::by_relay("size", "the mail is within the limit", 552, "5.3.4");
pub(super) const LINE_ENDS: Check = Check::by_relay(
    "line-ends",
    "CR and LF stand together only, and there is no NUL",
    554,
    "5.6.0",
);
pub(super) const DOT_STUFFING: Check = Check::by_relay(
    "dot-stuffing",
    "a line that begins with a dot has a second one before it",
    554,
    "5.6.0",
);
pub(super) const LINE_LENGTH: Check =
    Check::by_relay("line-length", "a line has at most 998 octets", 554, "5.6.0");
pub(super) const EIGHT_BIT: Check = Check::by_relay(
    "eight-bit",
    "octets beyond ASCII are announced by BODY=8BITMIME",
    554,
    "5.6.3",
);
pub(super) const HEADER_SYNTAX: Check = Check::by_relay(
    "header-syntax",
    "header fields keep RFC 5322, and none stands twice that may not",
    554,
    "5.6.0",
);
pub(super) const DATE: Check = Check::by_relay(
    "date",
    "there is one Date of the form of RFC 5322",
    554,
    "5.6.0",
);
pub(super) const MESSAGE_ID: Check = Check::by_relay(
    "message-id",
    "there is one Message-ID of the form of RFC 5322",
    554,
    "5.6.0",
);
pub(super) const FROM: Check = Check::by_relay(
    "from",
    "From is one address under the agreed domain",
    550,
    "5.7.1",
);
pub(super) const REPLY_TO: Check = Check::by_relay(
    "reply-to",
    "Reply-To, if it is there, is under the agreed domain",
    550,
    "5.7.1",
);
pub(super) const TO: Check =
    Check::by_relay("to", "To is the recipient and nobody else", 554, "5.6.0");
pub(super) const NO_COPIES: Check =
    Check::by_relay("no-copies", "there is neither Cc nor Bcc", 554, "5.7.1");
pub(super) const SUBJECT: Check = Check::by_relay(
    "subject",
    "there is a Subject that says something",
    554,
    "5.6.0",
);
pub(super) const MIME: Check = Check::by_service(
    "mime",
    "the body keeps RFC 2045 and 2046",
    NotRelayed,
    "5.6.0",
);
pub(super) const PLAIN_TEXT: Check = Check::by_service(
    "plain-text",
    "the body is text/plain, or multipart/mixed of one text/plain and attachments",
    NotRelayed,
    "5.6.1",
);
pub(super) const CHARSET: Check = Check::by_service(
    "charset",
    "the body's character set is allowed, and its octets are of it",
    NotRelayed,
    "5.6.1",
);
pub(super) const ATTACHMENT_TYPES: Check = Check::by_service(
    "attachment-types",
    "each attachment has a name with an allowed extension",
    AttachmentRefused,
    "5.7.1",
);
pub(super) const ATTACHMENT_SIZES: Check = Check::by_service(
    "attachment-sizes",
    "all attachments together are within the limit",
    AttachmentRefused,
    "5.3.4",
);
pub(super) const MAILBOX: Check = Check::by_service(
    "mailbox",
    "the recipient uses the service",
    NotRelayed,
    "5.2.1",
);
pub(super) const VIRUS: Check = Check::by_service(
    "virus",
    "no attachment has the test string of virus scanners (EICAR)",
    VirusFound,
    "5.7.1",
);

/// Every check, in the order made. Of `tls` nothing is said where the setup asks for no TLS.
pub const CHECKS: &[Check] = &[
    TLS,
    ENVELOPE_SENDER,
    ANNOUNCED_SIZE,
    ONE_RECIPIENT,
    RECIPIENT,
    IDENTITY_CODE,
    SIZE,
    LINE_ENDS,
    DOT_STUFFING,
    LINE_LENGTH,
    EIGHT_BIT,
    HEADER_SYNTAX,
    DATE,
    MESSAGE_ID,
    FROM,
    REPLY_TO,
    TO,
    NO_COPIES,
    SUBJECT,
    MIME,
    PLAIN_TEXT,
    CHARSET,
    ATTACHMENT_TYPES,
    ATTACHMENT_SIZES,
    MAILBOX,
    VIRUS,
];

/// A breach of a rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Breach {
    pub(super) check: Check,
    pub(super) reason: String,
}

/// The checks passed so far.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Passed(pub(super) Vec<&'static str>);

impl Passed {
    /// Notes that a check is passed, or tells why it is not.
    pub(super) fn check<T, E: ToString>(
        &mut self,
        check: Check,
        found: Result<T, E>,
    ) -> Result<T, Breach> {
        match found {
            Ok(found) => {
                self.0.push(check.name);
                Ok(found)
            }
            Err(reason) => Err(Breach {
                check,
                reason: reason.to_string(),
            }),
        }
    }

    /// Likewise, of something that holds or does not; the reason is that it does not.
    pub(super) fn holds(&mut self, check: Check, holds: bool, reason: &str) -> Result<(), Breach> {
        self.check(check, holds.then_some(()).ok_or(reason))
    }
}
