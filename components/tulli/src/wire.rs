// SPDX-License-Identifier: Apache-2.0
//! The protocol: documents in, trees out. No clock, no keys, no bytes of payload.
//!
//! Clauses: "guide 2015" is Customs' technical guide of 20.8.2015, with its page. What public sources leave open is a setting
//! with a documented default, see [`Profile`].

mod answer;
mod archive;
mod arrangement;
mod codes;
mod cp437;
mod layout;
mod limits;
mod list;
mod listed;
mod names;
mod notify;
mod operation;
mod profile;
mod reader;
mod reply;
mod request;
mod settings;
mod text;
mod upload;

pub use answer::{
    Answer, Received, check_echo, no_answer, read_acknowledgement, read_answer, read_download,
};
pub use archive::{ArchiveEntry, entries};
pub use codes::{RequestKind, Response, class};
pub use layout::{Item, Layouts, Value};
pub use limits::{list_limits, message_limits};
pub use list::{
    Continuation, Criteria, DownloadParameters, EchoParameters, ListParameters, ParameterError,
    Window, read_cursor,
};
pub use listed::{Entry, Unreadable, fingerprint, read_list};
pub use names::Names;
pub use notify::{
    CallContext, InvalidCall, Notification, RefusalReply, ReplyFormat, check_head, read_call,
    refusal, response,
};
pub use operation::Operation;
pub use profile::{
    DigestMethod, NotifyResponseForm, Profile, SignatureForm, SignatureMethod, SoapVersion,
};
pub use reader::{MessageInformation, not_xml};
pub use reply::{
    Judgement, Message, NotCounted, PDF, Part, Reply, ZIP, check_size, is_customs, judge,
    read_message, read_reply,
};
pub use request::{Asking, Moment, soap_request};
pub use settings::{
    Day, DisturbanceReference, Language, ListSettings, NotificationSettings, ReplySettings,
    ReplySignature, Settings,
};
pub use upload::{Signer, UploadError, UploadParameters, application_request, is_reference};
