// SPDX-License-Identifier: Apache-2.0
//! Messages as a schema package has them.
//!
//! Whoever has read a package gives a [`Dialect`]. A request is judged by it and read from the places that it names, an answer is
//! written by it and judged before it leaves. What a request has to say, and what is answered to it, is the same in every dialect.

mod answer;
mod application_request;
mod request;

use std::collections::BTreeMap;

use super::operation::Operation;

pub(super) use answer::{
    ReplyDocument, Written, document as reply_document, notification, notified, reply,
};
pub(super) use application_request::read as read_application_request;
pub(super) use request::{Misread, read as read_request};

/// A message that Customs or a customer sends, or a document within one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Message {
    /// Of this operation, to Customs.
    Request(Operation),
    /// Of this operation, by Customs.
    Response(Operation),
    /// The signed document in an upload.
    ApplicationRequest,
    /// The document in a download.
    ApplicationResponse,
    /// Customs' call of a notification service.
    NotifyRequest,
    /// The answer to that.
    NotifyResponse,
}

impl Message {
    /// Its name among the settings of Silta, such as `upload-request`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Request(Operation::Upload) => "upload-request",
            Self::Request(Operation::DownloadList) => "download-list-request",
            Self::Request(Operation::Download) => "download-request",
            Self::Request(Operation::CheckConnectivity) => "check-connectivity-request",
            Self::Response(Operation::Upload) => "upload-response",
            Self::Response(Operation::DownloadList) => "download-list-response",
            Self::Response(Operation::Download) => "download-response",
            Self::Response(Operation::CheckConnectivity) => "check-connectivity-response",
            Self::ApplicationRequest => "application-request",
            Self::ApplicationResponse => "application-response",
            Self::NotifyRequest => "notify-request",
            Self::NotifyResponse => "notify-response",
        }
    }
}

/// Namespace, empty for none, and local name.
pub type Name = (String, String);

/// Where the things that a message says are.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MessageForm {
    /// Its element.
    pub element: Name,
    /// What is said where.
    pub places: Vec<Place>,
    /// Whether there may be several entries: messages of a list, contents of a reply.
    pub has_entries: bool,
    /// Header blocks that have to be there.
    pub headers: Vec<Name>,
    /// What SOAPAction says, without quotes.
    pub soap_action: String,
}

/// Where something is said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// What, such as `reference`: the names of values in Silta's layouts.
    pub value: String,
    /// The way from below the message's element.
    pub way: Vec<Name>,
    /// Whether the way ends in an attribute.
    pub is_attribute: bool,
}

/// What a message says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Said {
    /// By the names of places.
    pub values: BTreeMap<String, String>,
    /// What is there once for each message of a list, or content of a reply.
    pub entries: Vec<BTreeMap<String, String>>,
    /// Whether a message is wanted that is wrong.
    pub is_careless: bool,
}

/// The messages of a schema package.
pub trait Dialect: Send + Sync {
    /// The form of a message; none where the package does not have it.
    fn form(&self, message: Message) -> Option<&MessageForm>;

    /// What is not valid in a message, each with line, path and what is expected, and nothing of what it says. Documents within are judged as well; `documents` is how many
    /// of them there have to be.
    fn violations(&self, message: &[u8], documents: usize) -> Vec<String>;

    /// Writes a message, as an element that declares its namespaces. Its own namespace has this prefix; an empty one makes it the default.
    ///
    /// # Errors
    /// What the package has no room for, or demands and cannot be made up.
    fn write(&self, message: Message, said: &Said, prefix: &str) -> Result<String, String>;
}

/// The first of them, and how many more there are: for faults and records, which are not without end.
fn told(violations: &[String]) -> Option<String> {
    const SHOWN: usize = 3;
    if violations.is_empty() {
        return None;
    }
    let shown = violations.iter().take(SHOWN).map(String::as_str);
    let more = match violations.len().saturating_sub(SHOWN) {
        0 => String::new(),
        more => format!("; and {more} more"),
    };
    Some(format!("{}{more}", shown.collect::<Vec<_>>().join("; ")))
}
