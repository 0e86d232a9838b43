// SPDX-License-Identifier: Apache-2.0
use std::time::{Duration, SystemTime};

use serde::{Deserialize, Serialize, Serializer};

use super::Header;
use crate::{blob::Blob, time::Moment};

/// What `build` works from.
#[derive(Clone, Default)]
pub struct BuildInput {
    /// Operation name, as the description lists it.
    pub operation: String,
    /// Parameters: one JSON object after the operation's schema.
    pub parameters: String,
    /// Payload, where the operation takes one.
    pub payload: Option<Blob>,
    /// Attachments, where the operation takes them.
    pub attachments: Vec<Attachment>,
    /// The cursor of the last outcome of this operation, for operations that poll.
    pub cursor: Option<String>,
    /// The [next step](Outcome::next_step) of the outcome before; `None` for the first exchange of an operation.
    pub step: Option<String>,
    /// Role of a rotated secret whose next value stands in the place of the current one in this call: how the check of a rotation is built.
    pub next_secret_of: Option<String>,
}

/// A file that goes along.
#[derive(Clone)]
pub struct Attachment {
    /// File name without a folder.
    pub name: String,
    /// Media type (RFC 6838).
    pub media_type: String,
    /// Content.
    pub content: Blob,
}

/// Where a request goes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "transport", rename_all = "kebab-case")]
pub enum Target {
    /// An HTTP request.
    Http(HttpTarget),
    /// A mail.
    Smtp(SmtpTarget),
}

/// Request line of an HTTP request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct HttpTarget {
    /// Method, such as `POST`.
    pub method: String,
    /// Absolute `https` URL.
    pub url: String,
}

/// Envelope of a mail (RFC 5321).
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SmtpTarget {
    /// Reverse path.
    pub sender: String,
    /// Forward paths.
    pub recipients: Vec<String>,
}

/// A header field with a secret in it, which is written when the request is sent: [`Agency::header_value`](crate::Agency::header_value) has its value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SecretHeader {
    /// Field name.
    pub name: String,
    /// What stands before the secret, such as `Bearer ` with its space.
    pub prefix: String,
    /// Role of the secret.
    pub role: String,
}

/// What to send: complete but for transport security and secrets in header fields.
#[derive(Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Request {
    /// Where to.
    pub target: Target,
    /// Header fields, without `Host` and `Content-Length`.
    pub headers: Vec<Header>,
    /// Header fields with secrets in them.
    pub secret_headers: Vec<SecretHeader>,
    /// Body.
    pub body: Blob,
    /// How long to wait for the answer.
    #[serde(rename = "timeoutSeconds", serialize_with = "seconds")]
    pub timeout: Duration,
    /// What the agency will call this transmission.
    pub reference: String,
    /// Key role whose certificate authenticates the TLS connection.
    pub tls_role: Option<String>,
    /// Whether a repetition after an unknown outcome has to send these very bytes.
    pub keep_bytes: bool,
    /// What [`parse`](crate::Agency::parse) needs to know of this request.
    pub memo: String,
}

fn seconds<S: Serializer>(time: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_f64(time.as_secs_f64())
}

/// An answer, or the lack of one.
#[derive(Debug, Clone)]
pub enum Response {
    /// The agency answered.
    Answered(Answer),
    /// The relay answered to a mail.
    MailAnswered(MailAnswer),
    /// The request was sent, wholly or in part, and no answer came.
    Unanswered,
}

/// An SMTP reply (RFC 5321 §4.2).
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MailReply {
    /// Reply code.
    pub code: u16,
    /// Enhanced status code (RFC 3463); empty where there is none.
    pub enhanced: String,
    /// Text without the codes, its lines joined by line feeds.
    pub text: String,
}

/// What a relay replied for one forward path.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RecipientReply {
    /// The forward path.
    pub recipient: String,
    /// The reply to its RCPT command.
    pub reply: MailReply,
}

/// What a relay answered to a mail. It has taken the mail for a recipient if that recipient's code and the last one are both 2xx.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MailAnswer {
    /// The last reply: to the content, or to the command that was refused before it.
    pub reply: MailReply,
    /// Replies for the recipients, as many as were asked for.
    pub recipients: Vec<RecipientReply>,
}

/// An HTTP answer.
#[derive(Clone)]
pub struct Answer {
    /// Status code.
    pub status: u16,
    /// Header fields.
    pub headers: Vec<Header>,
    /// Body.
    pub body: Blob,
}

/// What is known of the request that was answered.
#[derive(Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Sending {
    /// The memo of the request; empty when it is not known.
    pub memo: String,
    /// How often these very bytes had been sent before without a known outcome.
    pub earlier_sendings: u32,
    /// The step that the request was built from.
    pub step: Option<String>,
}

/// What to do next with an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, strum::IntoStaticStr)]
#[strum(serialize_all = "kebab-case")]
#[serde(rename_all = "kebab-case")]
pub enum RetryClass {
    /// Finished.
    Done,
    /// Refused for now: send the same bytes again, later.
    RetryLaterSameReference,
    /// Refused for now: build anew with a new reference, later.
    RetryLaterNewReference,
    /// Nobody knows whether it was taken: send the very same bytes again, later.
    UnknownOutcome,
    /// Refused: somebody corrects the content first.
    FixFirst,
    /// Refused: certificate, authorisation or agreement.
    Denied,
    /// An earlier sending of these bytes had succeeded.
    AlreadyAccepted,
}

impl RetryClass {
    /// Whether it took effect: by this sending, or by an earlier one.
    pub fn is_done(self) -> bool {
        matches!(self, Self::Done | Self::AlreadyAccepted)
    }

    /// Stable name, as in the contract.
    pub fn name(self) -> &'static str {
        self.into()
    }
}

/// What an answer means.
#[derive(Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Outcome {
    /// What to do next.
    pub class: RetryClass,
    /// The agency's own code, or `none`, or `http-NNN`.
    pub code: String,
    /// The agency's own words.
    pub text: String,
    /// What the agency calls the transmission; empty where it does not say.
    pub reference: String,
    /// Facts for the platform.
    pub events: Vec<Event>,
    /// Files.
    pub documents: Vec<Document>,
    /// Operations to run now.
    pub follow_ups: Vec<FollowUp>,
    /// For polling operations: where to go on; store it together with the events. `None` leaves the last one as it is.
    pub cursor: Option<String>,
    /// For polling operations: more waits at the agency already, so that it is run again at once.
    pub more_waits: bool,
    /// What the next exchange of the operation is built from; `None` when this was the last one.
    pub next_step: Option<String>,
    /// Not before this moment may it be tried again.
    #[serde(serialize_with = "moment")]
    pub not_before: Option<SystemTime>,
    /// The secret that the answer brought. Its value stays with the [`Agency`](crate::Agency).
    pub obtained: Option<ObtainedSecret>,
    /// Role of an obtained secret that the agency did not accept: obtain another and send the request once more.
    pub refused_secret: Option<String>,
}

/// A secret that an answer brought.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ObtainedSecret {
    /// Its role.
    pub role: String,
    /// Seconds for which it may be used from now on.
    pub lifetime_seconds: u32,
}

/// RFC 3339; what is beyond the calendar is not before any moment that matters.
fn moment<S: Serializer>(at: &Option<SystemTime>, serializer: S) -> Result<S::Ok, S::Error> {
    let moment = at.and_then(Moment::from_system_time);
    moment
        .map(|moment| moment.to_string())
        .serialize(serializer)
}

/// Something that happened.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Event {
    /// Kind; new kinds may appear.
    pub kind: String,
    /// Details: one JSON object.
    pub data: String,
    /// Two events with the same key are one event.
    pub deduplication_key: String,
    /// Reference of the request of ours that it is about.
    pub about: Option<String>,
}

/// A file that came along.
#[derive(Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Document {
    /// Name without a folder.
    pub name: String,
    /// Media type.
    pub media_type: String,
    /// Content.
    pub content: Blob,
}

/// An operation that should be run now.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FollowUp {
    /// Operation of the same agency.
    pub operation: String,
    /// Its parameters: one JSON object.
    pub parameters: String,
    /// Two follow-ups with the same key are one follow-up.
    pub deduplication_key: String,
}
