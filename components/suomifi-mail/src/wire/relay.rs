// SPDX-License-Identifier: Apache-2.0
//! What a relay answers to a message: reply codes (RFC 5321 §4.2) and enhanced status codes (RFC 3463).

use agency_http::RetryClass;
use suomifi_messages::FailureReason;

/// A reply of a relay.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reply<'a> {
    /// Reply code.
    pub code: u16,
    /// Enhanced status code; empty where there is none.
    pub enhanced: &'a str,
    /// To what it was.
    pub to: ReplyTo,
}

/// What was replied to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReplyTo {
    /// RCPT: to this recipient.
    Recipient,
    /// All else.
    Mail,
}

/// What a reply means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Meaning {
    /// The relay has the message.
    Taken,
    /// Not now (greylisting, a full queue): the same bytes later.
    Later,
    /// Not as it is.
    Refused(FailureReason),
    /// It is no final reply of SMTP.
    Strange,
}

impl Reply<'_> {
    /// Its code as told: the enhanced one where there is one.
    pub fn told(&self) -> String {
        match self.enhanced {
            "" => format!("smtp-{}", self.code),
            enhanced => enhanced.to_owned(),
        }
    }

    /// What it means.
    pub fn meaning(&self) -> Meaning {
        match self.code {
            200..=299 => Meaning::Taken,
            400..=499 => Meaning::Later,
            500..=599 => Meaning::Refused(self.reason()),
            _ => Meaning::Strange,
        }
    }

    fn reason(&self) -> FailureReason {
        let by_code = match (self.code, self.to) {
            // RFC 5321 §4.2.3: mailbox unavailable, not local, name not allowed.
            (550 | 551 | 553, ReplyTo::Recipient) => FailureReason::MailboxNotInUse,
            // Exceeded storage allocation, which relays say of size (RFC 1870 §6.1).
            (552, _) => FailureReason::AttachmentSize,
            // Authentication and encryption (RFC 4954 §6, RFC 3207 §4), and mail that the server does not take at all (RFC 7504).
            (521 | 530 | 534 | 535 | 538 | 556, _) => FailureReason::SenderRefused,
            _ => FailureReason::Other,
        };
        reason(self.enhanced).unwrap_or(by_code)
    }
}

/// The reason of an enhanced status code; `None` where it tells none that matters.
pub fn reason(enhanced: &str) -> Option<FailureReason> {
    let mut numbers = enhanced.split('.').map(str::parse::<u16>);
    let (Some(Ok(_)), Some(Ok(subject)), Some(Ok(detail))) =
        (numbers.next(), numbers.next(), numbers.next())
    else {
        return None;
    };
    match (subject, detail) {
        // RFC 3463 §3.2: sender's address. RFC 3886, RFC 7372: authentication of it.
        (1, 7 | 8) => Some(FailureReason::SenderRefused),
        (1, _) | (2, 1) => Some(FailureReason::MailboxNotInUse),
        // Message too long for the mailbox; too big for the system.
        (2, 3) | (3, 4) => Some(FailureReason::AttachmentSize),
        // Media, conversion, content (§3.7).
        (6, _) => Some(FailureReason::ContentRefused),
        // Security and policy (§3.8).
        (7, _) => Some(FailureReason::SenderRefused),
        _ => None,
    }
}

/// What to do after a refusal.
pub fn class_of(reason: FailureReason) -> RetryClass {
    match reason {
        FailureReason::SenderRefused => RetryClass::Denied,
        _ => RetryClass::FixFirst,
    }
}

/// The reply that decides: that to the recipient unless it was yes, then the last one.
pub fn decisive<'a>(recipient: Option<Reply<'a>>, last: Reply<'a>) -> Reply<'a> {
    match recipient {
        Some(reply) if reply.meaning() != Meaning::Taken => reply,
        _ => last,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn meaning(code: u16, enhanced: &str, to: ReplyTo) -> Meaning {
        Reply { code, enhanced, to }.meaning()
    }

    #[test]
    fn the_reason_is_that_of_the_enhanced_code() {
        use FailureReason as R;
        for (code, enhanced, reason) in [
            (550, "5.1.1", R::MailboxNotInUse),
            (550, "5.1.8", R::SenderRefused),
            (550, "5.2.1", R::MailboxNotInUse),
            (552, "5.3.4", R::AttachmentSize),
            (552, "5.2.3", R::AttachmentSize),
            (554, "5.6.0", R::ContentRefused),
            (550, "5.7.1", R::SenderRefused),
            (554, "5.5.0", R::Other),
            (552, "5.0.0", R::AttachmentSize),
            (530, "", R::SenderRefused),
            (554, "", R::Other),
            (550, "", R::Other),
        ] {
            assert_eq!(
                meaning(code, enhanced, ReplyTo::Mail),
                Meaning::Refused(reason),
                "{code} {enhanced}"
            );
        }
        let unknown = meaning(550, "", ReplyTo::Recipient);
        assert_eq!(unknown, Meaning::Refused(R::MailboxNotInUse));
    }

    #[test]
    fn replies_are_yes_later_or_no() {
        assert_eq!(meaning(250, "2.0.0", ReplyTo::Mail), Meaning::Taken);
        for code in [421, 450, 451, 452, 499] {
            assert_eq!(meaning(code, "4.7.1", ReplyTo::Recipient), Meaning::Later);
        }
        for code in [0, 199, 300, 354, 399, 600] {
            assert_eq!(meaning(code, "", ReplyTo::Mail), Meaning::Strange);
        }
    }

    #[test]
    fn a_refused_recipient_decides() {
        let reply = |code, to| Reply {
            code,
            enhanced: "",
            to,
        };
        let last = reply(250, ReplyTo::Mail);
        assert_eq!(decisive(Some(reply(250, ReplyTo::Recipient)), last), last);
        assert_eq!(decisive(None, last), last);
        let refused = reply(450, ReplyTo::Recipient);
        assert_eq!(decisive(Some(refused), reply(503, ReplyTo::Mail)), refused);
        assert_eq!(refused.told(), "smtp-450");
    }
}
