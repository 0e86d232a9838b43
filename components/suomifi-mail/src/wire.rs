// SPDX-License-Identifier: Apache-2.0
//! The protocol: settings and texts in, mails and what they tell out. No clock, no identifiers, no connection.
//!
//! Clauses: "guide" is the service's guide of the mail interface. What it leaves open is a setting with a documented default.

mod address;
mod attachment;
mod compose;
mod continued;
mod decode;
mod encoded_words;
mod fields;
mod flaw;
mod incoming;
mod kind;
mod letter;
mod receipt;
mod relay;
mod report;
mod scanner;
mod section;
mod settings;
mod structure;
mod token;

pub use address::{Address, DomainMatch, is_domain};
pub use attachment::{AttachmentSettings, File};
pub use compose::{Field, Made, Mail, Piece, compose};
pub use decode::{TransferEncoding, bytes as decoded};
pub use fields::{MailFields, Mailbox, PartFields};
pub use flaw::Flaw;
pub use incoming::{Attached, Incoming, read};
pub use kind::{About, Kind, Unrecognized, kind};
pub use letter::{Answered, Letter, Wanted};
pub use receipt::{ReceiptEvent, ReceiptRule, ReceiptSettings, Told};
pub use relay::{Meaning, Reply, ReplyTo, class_of, decisive, reason};
pub use report::{Report, read_report};
pub use section::{DetailsEnd, SectionSettings, Sections};
pub use settings::{
    IncomingSettings, KeptMails, LeastTls, MessageSettings, RelayCertificate, SameMail, Settings,
};
pub use structure::{Part, Structure, Unreadable};
pub use token::{
    LONGEST_REFERENCE, TokenForm, check_reference, is_reference, message_id, reference_of,
};
