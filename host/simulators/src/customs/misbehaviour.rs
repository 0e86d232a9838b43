// SPDX-License-Identifier: Apache-2.0
//! Bad manners, to be played on request.

use std::collections::VecDeque;
use std::time::Duration;

use super::codes::{FAULT_CODE, FAULT_TEXT};
use super::operation::Operation;
use crate::misbehaviour::{bytes, catalogue, seconds};

/// Something that Customs, or the net on the way to it, may do and should not. Where nothing else is said, the
/// request is checked, kept and answered as ever, and only the answer is spoilt.
///
/// `kept` tells whether the request is handled before it is answered badly, an upload stored and its reference
/// used up, or not looked at at all. The sender cannot know which.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Misbehaviour {
    /// The answer comes in pieces, spread evenly over this time.
    Slow(Duration),
    /// The answer is held back for this long, and then given to whoever still waits. Customs tells clients to
    /// wait for 120 seconds at least (guide 2015, [seed p13]).
    Hang(Duration),
    /// Half of the answer's body, then a reset of the connection.
    ResetMidBody,
    /// The connection is closed without an answer.
    Silence {
        /// Whether the request is handled first.
        kept: bool,
    },
    /// An answer of the operation with this code. Not kept, it is the refusal that the guide describes for 474,
    /// 490, 491, 499 and 999.
    Refuse {
        /// The ResponseCode.
        code: String,
        /// Whether the request is handled first.
        kept: bool,
    },
    /// HTTP 500 with a SOAP fault whose detail holds a code and a text.
    Fault {
        /// The code in the detail.
        code: String,
        /// The text in the detail and the faultstring.
        text: String,
        /// Whether the request is handled first.
        kept: bool,
    },
    /// HTTP 500 with a SOAP fault without detail.
    BareFault {
        /// Whether the request is handled first.
        kept: bool,
    },
    /// Prefixes that have not been seen before. Nothing is wrong with that.
    OtherPrefixes,
    /// Default namespaces in place of prefixes. Nothing is wrong with that either.
    NoPrefixes,
    /// The operation's elements are in a namespace of nobody's.
    WrongNamespace,
    /// HTTP 200 with bytes that are not XML.
    Garbage,
    /// HTTP 502 with a page in HTML, as from a gateway.
    BadGateway,
    /// HTTP 200 without a body.
    Empty,
    /// The right answer under a wrong Content-Type.
    ContentType(String),
    /// The right answer under a document type declaration with an entity.
    Doctype,
    /// The right answer, followed by white space up to this many bytes.
    Oversized(usize),
    /// Download: the base64 of the reply is cut off.
    TruncatedBase64,
    /// Download: a byte of the reply was changed after it was signed. It stays well-formed, so that without a
    /// signature nobody can tell.
    TamperedReply,
    /// Download: the reply is signed in Customs' name, under an authority of his own.
    WrongSigner,
    /// DownloadList: every message is listed two times over.
    ListTwice,
    /// Notify is called twice for the message.
    NotifyTwice,
    /// Notify is called this long after the message has become available.
    NotifyLate(Duration),
    /// Notify is not called.
    NotifyNever,
    /// A new connection meets a server certificate from an authority that nobody knows.
    WrongServerCertificate,
}

catalogue! { Misbehaviour:
    "slow" = ("SECONDS", "10"), Slow(_) => |text| seconds(text).map(Self::Slow), "the answer trickles in";
    "hang" = ("SECONDS", "120"), Hang(_) => |text| seconds(text).map(Self::Hang), "the answer is held back";
    "reset", ResetMidBody => |_| Some(Self::ResetMidBody), "half an answer, then a connection reset";
    "silence", Silence { kept: false } => |_| Some(Self::Silence { kept: false }), "no answer, the message is not kept";
    "silence-kept", Silence { kept: true } => |_| Some(Self::Silence { kept: true }), "no answer, the message is kept";
    "refuse" = ("CODE", "474"), Refuse { kept: false, .. } => |text| refuse(text, false), "a code, the message is not kept";
    "refuse-kept" = ("CODE", "999"), Refuse { kept: true, .. } => |text| refuse(text, true), "a code, the message is kept";
    "fault" = ("CODE", FAULT_CODE), Fault { kept: false, .. } => |text| fault(text, false), "a SOAP fault, the message is not kept";
    "fault-kept" = ("CODE", FAULT_CODE), Fault { kept: true, .. } => |text| fault(text, true), "a SOAP fault, the message is kept";
    "bare-fault", BareFault { kept: false } => |_| Some(Self::BareFault { kept: false }), "a SOAP fault without detail, not kept";
    "bare-fault-kept", BareFault { kept: true } => |_| Some(Self::BareFault { kept: true }), "a SOAP fault without detail, kept";
    "other-prefixes", OtherPrefixes => |_| Some(Self::OtherPrefixes), "prefixes not seen before, which is allowed";
    "no-prefixes", NoPrefixes => |_| Some(Self::NoPrefixes), "default namespaces, which is allowed";
    "wrong-namespace", WrongNamespace => |_| Some(Self::WrongNamespace), "the operation in a wrong namespace";
    "garbage", Garbage => |_| Some(Self::Garbage), "bytes that are not XML";
    "bad-gateway", BadGateway => |_| Some(Self::BadGateway), "HTTP 502 with a page in HTML";
    "empty", Empty => |_| Some(Self::Empty), "HTTP 200 without a body";
    "content-type" = ("TYPE", "text/html"), ContentType(_) => content_type, "a wrong Content-Type";
    "doctype", Doctype => |_| Some(Self::Doctype), "a document type declaration in the answer";
    "oversized" = ("BYTES", "67108864"), Oversized(_) => |text| bytes(text).map(Self::Oversized), "an answer of that size";
    "truncated-base64", TruncatedBase64 => |_| Some(Self::TruncatedBase64), "Download: base64 cut off";
    "tampered-reply", TamperedReply => |_| Some(Self::TamperedReply), "Download: a byte changed after signing";
    "wrong-signer", WrongSigner => |_| Some(Self::WrongSigner), "Download: signed by an unknown authority";
    "list-twice", ListTwice => |_| Some(Self::ListTwice), "DownloadList: every message twice";
    "notify-twice", NotifyTwice => |_| Some(Self::NotifyTwice), "Notify: called twice";
    "notify-late" = ("SECONDS", "60"), NotifyLate(_) => |text| seconds(text).map(Self::NotifyLate), "Notify: called late";
    "notify-never", NotifyNever => |_| Some(Self::NotifyNever), "Notify: not called";
    "wrong-server-certificate", WrongServerCertificate => |_| Some(Self::WrongServerCertificate), "TLS: a server nobody knows";
}

/// Three digits.
fn code(text: &str) -> Option<String> {
    let is_code = text.len() == 3 && text.bytes().all(|byte| byte.is_ascii_digit());
    is_code.then(|| text.to_owned())
}

fn refuse(text: &str, kept: bool) -> Option<Misbehaviour> {
    code(text).map(|code| Misbehaviour::Refuse { code, kept })
}

fn fault(text: &str, kept: bool) -> Option<Misbehaviour> {
    code(text).map(|code| Misbehaviour::Fault {
        code,
        text: FAULT_TEXT.to_owned(),
        kept,
    })
}

fn content_type(text: &str) -> Option<Misbehaviour> {
    let is_visible = !text.is_empty() && text.bytes().all(|byte| (b' '..=b'~').contains(&byte));
    is_visible.then(|| Misbehaviour::ContentType(text.to_owned()))
}

/// An occasion to misbehave.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Occasion {
    Connection,
    Request(Operation),
    Notification,
}

impl Misbehaviour {
    fn fits(&self, occasion: Occasion) -> bool {
        match self {
            Self::WrongServerCertificate => occasion == Occasion::Connection,
            Self::NotifyTwice | Self::NotifyLate(_) | Self::NotifyNever => {
                occasion == Occasion::Notification
            }
            Self::TruncatedBase64 | Self::TamperedReply | Self::WrongSigner => {
                occasion == Occasion::Request(Operation::Download)
            }
            Self::ListTwice => occasion == Occasion::Request(Operation::DownloadList),
            _ => matches!(occasion, Occasion::Request(_)),
        }
    }
}

/// What is to go wrong, in this order: at every occasion (a connection, a request, a message to be told of) the
/// first misbehaviour that fits it is played. A request is an occasion once its operation is known; one that
/// HTTP refuses is not.
///
/// ```
/// use std::time::Duration;
/// use silta_simulators::customs::{Misbehaviour, Operation, Script};
///
/// // The first upload goes unanswered; every list takes two seconds.
/// let script = Script::new()
///     .once_at(Operation::Upload, Misbehaviour::Silence { kept: true })
///     .always_at(Operation::DownloadList, Misbehaviour::Slow(Duration::from_secs(2)));
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Script {
    acts: VecDeque<Act>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Act {
    misbehaviour: Misbehaviour,
    /// The only operation it is meant for, if there is one.
    operation: Option<Operation>,
    is_repeated: bool,
}

impl Script {
    /// Nothing goes wrong.
    pub fn new() -> Self {
        Self::default()
    }

    /// Then this, at the next occasion that it fits.
    pub fn once(self, misbehaviour: Misbehaviour) -> Self {
        self.then(misbehaviour, None, false)
    }

    /// Then this, at the next request of that operation.
    pub fn once_at(self, operation: Operation, misbehaviour: Misbehaviour) -> Self {
        self.then(misbehaviour, Some(operation), false)
    }

    /// Then this, for good, at every occasion that it fits. What comes after it and fits the same never has its
    /// turn.
    pub fn always(self, misbehaviour: Misbehaviour) -> Self {
        self.then(misbehaviour, None, true)
    }

    /// Then this, for good, at every request of that operation.
    pub fn always_at(self, operation: Operation, misbehaviour: Misbehaviour) -> Self {
        self.then(misbehaviour, Some(operation), true)
    }

    fn then(
        mut self,
        misbehaviour: Misbehaviour,
        operation: Option<Operation>,
        is_repeated: bool,
    ) -> Self {
        self.acts.push_back(Act {
            misbehaviour,
            operation,
            is_repeated,
        });
        self
    }

    pub(super) fn append(&mut self, mut other: Self) {
        self.acts.append(&mut other.acts);
    }

    /// What goes wrong at this occasion; over with it, unless it is for good.
    pub(super) fn take(&mut self, occasion: Occasion) -> Option<Misbehaviour> {
        let fits = |act: &Act| {
            let operation = act.operation.map(Occasion::Request);
            act.misbehaviour.fits(occasion) && operation.is_none_or(|only| only == occasion)
        };
        let place = self.acts.iter().position(fits)?;
        let act = self.acts.get(place)?;
        if act.is_repeated {
            return Some(act.misbehaviour.clone());
        }
        self.acts.remove(place).map(|act| act.misbehaviour)
    }
}

/// Once.
impl From<Misbehaviour> for Script {
    fn from(misbehaviour: Misbehaviour) -> Self {
        Self::new().once(misbehaviour)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const UPLOAD: Occasion = Occasion::Request(Operation::Upload);
    const LIST: Occasion = Occasion::Request(Operation::DownloadList);

    #[test]
    fn acts_wait_for_their_occasion() {
        let mut script = Script::new()
            .once(Misbehaviour::ListTwice)
            .once_at(Operation::DownloadList, Misbehaviour::Empty)
            .once(Misbehaviour::Garbage)
            .once(Misbehaviour::NotifyNever);
        assert_eq!(script.take(Occasion::Connection), None);
        assert_eq!(script.take(UPLOAD), Some(Misbehaviour::Garbage));
        assert_eq!(script.take(UPLOAD), None);
        assert_eq!(script.take(LIST), Some(Misbehaviour::ListTwice));
        assert_eq!(script.take(LIST), Some(Misbehaviour::Empty));
        assert_eq!(script.take(LIST), None);
        assert_eq!(
            script.take(Occasion::Notification),
            Some(Misbehaviour::NotifyNever)
        );
    }

    #[test]
    fn what_is_for_good_stays_after_what_comes_first() {
        let mut script = Script::from(Misbehaviour::Empty);
        script.append(Script::new().always(Misbehaviour::Garbage));
        assert_eq!(script.take(UPLOAD), Some(Misbehaviour::Empty));
        for _ in 0..3 {
            assert_eq!(script.take(UPLOAD), Some(Misbehaviour::Garbage));
        }
    }
}
