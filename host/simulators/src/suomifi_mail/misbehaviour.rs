// SPDX-License-Identifier: Apache-2.0
//! Bad manners, to be played on request.

use std::collections::VecDeque;
use std::time::Duration;

use crate::misbehaviour::{bytes, catalogue, seconds};

/// Something that a relay does, or a mail of Suomi.fi's is, and should not. All else is right.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Misbehaviour {
    /// RCPT is answered 450; who comes again is accepted, unless it is for good.
    Greylist,
    /// MAIL is refused with this code.
    RejectMail(u16),
    /// RCPT is.
    RejectRecipient(u16),
    /// DATA is.
    RejectData(u16),
    /// The content is, after the last dot.
    RejectContent(u16),
    /// The mail is kept, and the connection ends before the reply.
    LostReply,
    /// The connection ends after so many octets of the content.
    DropInData(usize),
    /// Each reply of the connection byte by byte, in this time.
    Slow(Duration),
    /// The reply to the content after this time. The mail is kept.
    Hang(Duration),
    /// Each reply of the connection in three lines.
    Multiline,
    /// The content is taken with this code in place of 250.
    OddCode(u16),
    /// The content is taken, in a reply whose lines have different codes.
    MixedCodes,
    /// STARTTLS is not offered, and not known.
    NoStartTls,
    /// STARTTLS is offered and refused.
    StartTlsRefused,
    /// The certificate is for another name.
    WrongName,
    /// The certificate is of an authority that nobody knows.
    WrongAuthority,
    /// 421 and the end of the connection, at this command.
    Closing(Command),
    /// The receipts of a mail the other way round.
    OutOfOrder,
    /// Each receipt, or the message, twice.
    Twice,
    /// Receipts without the subject of the mail, and so without its token.
    WithoutSubject,
    /// Receipts without In-Reply-To and References.
    WithoutThread,
    /// Receipts in words that tell nothing.
    UnknownWording,
    /// Receipts, or messages, in HTML alone.
    HtmlOnly,
    /// Receipts, or messages, whose parts do not end and whose encoding is broken.
    BrokenMime,
    /// Receipts, or messages, in somebody else's name.
    ForgedFrom,
}

catalogue! { Misbehaviour:
    "greylist", Greylist => |_| Some(Self::Greylist), "RCPT answered 450 first, 250 later";
    "reject-mail" = ("CODE", "550"), RejectMail(_) => |text| refusal(text).map(Self::RejectMail), "MAIL refused";
    "reject-rcpt" = ("CODE", "550"), RejectRecipient(_) => |text| refusal(text).map(Self::RejectRecipient), "RCPT refused";
    "reject-data" = ("CODE", "451"), RejectData(_) => |text| refusal(text).map(Self::RejectData), "DATA refused";
    "reject-content" = ("CODE", "554"), RejectContent(_) => |text| refusal(text).map(Self::RejectContent), "the content refused after its last dot";
    "lost-reply", LostReply => |_| Some(Self::LostReply), "mail kept, connection ended before the reply";
    "drop-in-data" = ("BYTES", "100"), DropInData(_) => |text| bytes(text).map(Self::DropInData), "connection ended after so much of the content";
    "slow" = ("SECONDS", "5"), Slow(_) => |text| seconds(text).map(Self::Slow), "each reply of a connection byte by byte, in that time";
    "hang" = ("SECONDS", "60"), Hang(_) => |text| seconds(text).map(Self::Hang), "mail kept, the reply to it held back";
    "multiline", Multiline => |_| Some(Self::Multiline), "each reply of a connection in three lines";
    "odd-code" = ("CODE", "259"), OddCode(_) => |text| positive(text).map(Self::OddCode), "mail kept, with an unusual code of success";
    "mixed-codes", MixedCodes => |_| Some(Self::MixedCodes), "mail kept, in a reply of 250 in one line and 550 in the next";
    "no-starttls", NoStartTls => |_| Some(Self::NoStartTls), "STARTTLS not offered";
    "starttls-refused", StartTlsRefused => |_| Some(Self::StartTlsRefused), "STARTTLS offered and refused with 454";
    "wrong-name", WrongName => |_| Some(Self::WrongName), "a certificate for another name";
    "wrong-authority", WrongAuthority => |_| Some(Self::WrongAuthority), "a certificate of an unknown authority";
    "closing" = ("COMMAND", "mail"), Closing(_) => |text| command(text).map(Self::Closing), "421 and the end at greeting, ehlo, starttls, mail, rcpt, data or content";
    "out-of-order", OutOfOrder => |_| Some(Self::OutOfOrder), "receipts of a mail the other way round";
    "twice", Twice => |_| Some(Self::Twice), "receipts, or a message, twice";
    "without-subject", WithoutSubject => |_| Some(Self::WithoutSubject), "receipts without the mail's subject and its token";
    "without-thread", WithoutThread => |_| Some(Self::WithoutThread), "receipts without In-Reply-To and References";
    "unknown-wording", UnknownWording => |_| Some(Self::UnknownWording), "receipts in words that tell nothing";
    "html-only", HtmlOnly => |_| Some(Self::HtmlOnly), "receipts, or a message, in HTML alone";
    "broken-mime", BrokenMime => |_| Some(Self::BrokenMime), "receipts, or a message, whose parts are broken";
    "forged-from", ForgedFrom => |_| Some(Self::ForgedFrom), "receipts, or a message, in somebody else's name";
}

/// Where [`Misbehaviour::Closing`] ends a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Command {
    /// In place of the greeting.
    Greeting,
    /// At EHLO or HELO.
    Ehlo,
    /// At STARTTLS.
    StartTls,
    /// At MAIL.
    Mail,
    /// At RCPT.
    Recipient,
    /// At DATA.
    Data,
    /// After the last dot of the content, which is not kept.
    Content,
}

fn command(text: &str) -> Option<Command> {
    Some(match text {
        "greeting" => Command::Greeting,
        "ehlo" => Command::Ehlo,
        "starttls" => Command::StartTls,
        "mail" => Command::Mail,
        "rcpt" => Command::Recipient,
        "data" => Command::Data,
        "content" => Command::Content,
        _ => return None,
    })
}

fn code(text: &str, first: std::ops::RangeInclusive<u16>) -> Option<u16> {
    let code: u16 = text.parse().ok().filter(|_| text.len() == 3)?;
    (first.contains(&(code / 100)) && code / 10 % 10 <= 5).then_some(code)
}

fn refusal(text: &str) -> Option<u16> {
    code(text, 4..=5)
}

fn positive(text: &str) -> Option<u16> {
    code(text, 2..=2)
}

/// Where a misbehaviour may have its turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Occasion {
    /// A TLS handshake.
    Handshake,
    /// The manner of a whole connection.
    Connection,
    /// A command; the content counts as one.
    At(Command),
    /// The receipts of one mail.
    Receipts,
    /// A citizen's message.
    Message,
}

impl Misbehaviour {
    fn fits(self, occasion: Occasion) -> bool {
        use Occasion::{At, Connection, Handshake, Message, Receipts};
        match self {
            Self::WrongName | Self::WrongAuthority => occasion == Handshake,
            Self::Slow(_) | Self::Multiline | Self::NoStartTls => occasion == Connection,
            Self::StartTlsRefused => occasion == At(Command::StartTls),
            Self::RejectMail(_) => occasion == At(Command::Mail),
            Self::Greylist | Self::RejectRecipient(_) => occasion == At(Command::Recipient),
            Self::RejectData(_) | Self::DropInData(_) => occasion == At(Command::Data),
            Self::RejectContent(_)
            | Self::LostReply
            | Self::Hang(_)
            | Self::OddCode(_)
            | Self::MixedCodes => occasion == At(Command::Content),
            Self::Closing(command) => occasion == At(command),
            Self::OutOfOrder
            | Self::WithoutSubject
            | Self::WithoutThread
            | Self::UnknownWording => occasion == Receipts,
            Self::Twice | Self::HtmlOnly | Self::BrokenMime | Self::ForgedFrom => {
                matches!(occasion, Receipts | Message)
            }
        }
    }
}

/// What goes wrong, in order: at each occasion the first misbehaviour that fits has its turn.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Script {
    acts: VecDeque<(Misbehaviour, Repetition)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Repetition {
    Once,
    Always,
}

impl Script {
    /// Nothing goes wrong.
    pub fn new() -> Self {
        Self::default()
    }

    /// Then this, at the next occasion that it fits.
    pub fn once(mut self, misbehaviour: Misbehaviour) -> Self {
        self.acts.push_back((misbehaviour, Repetition::Once));
        self
    }

    /// Then this, for good. What comes after it and fits the same never has its turn.
    pub fn always(mut self, misbehaviour: Misbehaviour) -> Self {
        self.acts.push_back((misbehaviour, Repetition::Always));
        self
    }

    pub(super) fn append(&mut self, mut other: Self) {
        self.acts.append(&mut other.acts);
    }

    /// What goes wrong now; over with it, unless it is for good.
    pub(super) fn take(&mut self, occasion: Occasion) -> Option<Misbehaviour> {
        let place = self.acts.iter().position(|(act, _)| act.fits(occasion))?;
        let (misbehaviour, repetition) = *self.acts.get(place)?;
        if repetition == Repetition::Once {
            self.acts.remove(place);
        }
        Some(misbehaviour)
    }

    /// Whether greylisting is for good: then each sender and recipient is told to wait once.
    pub(super) fn always_greylists(&self) -> bool {
        self.acts
            .contains(&(Misbehaviour::Greylist, Repetition::Always))
    }
}
