// SPDX-License-Identifier: Apache-2.0
//! What a case has the component do, as `case.json` says it.

use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};
use silta::exchange::{MailAnswer, MailReply, RecipientReply};

/// One call of the component, or its deployment. A field that is not known would test nothing, so it is an error.
#[derive(Debug, Deserialize)]
#[serde(tag = "exercise", rename_all = "camelCase", deny_unknown_fields)]
pub(crate) enum Exercise {
    /// A request is built.
    #[serde(rename_all = "camelCase")]
    Build {
        operation: String,
        /// One object; or a text, for what is none.
        #[serde(default)]
        parameters: Parameters,
        /// File with the payload.
        payload: Option<String>,
        #[serde(default)]
        attachments: Vec<Attached>,
        cursor: Option<String>,
        step: Option<String>,
    },
    /// An answer is read. Without a status and a mail, none came.
    #[serde(rename_all = "camelCase")]
    Parse {
        operation: String,
        status: Option<u16>,
        #[serde(default)]
        headers: Vec<(String, String)>,
        /// File with the body.
        body: Option<String>,
        /// What a relay answered.
        mail: Option<Relayed>,
        #[serde(default)]
        memo: String,
        #[serde(default)]
        earlier_sendings: u32,
        step: Option<String>,
    },
    /// A call by HTTP is judged.
    #[serde(rename_all = "camelCase")]
    Validate {
        #[serde(default = "post")]
        method: String,
        target: String,
        #[serde(default)]
        headers: Vec<(String, String)>,
        /// File with the body.
        body: Option<String>,
        #[serde(default = "trusted", deserialize_with = "present")]
        caller: Option<Caller>,
        #[serde(default = "loopback")]
        address: String,
    },
    /// A mail is judged.
    #[serde(rename_all = "camelCase")]
    Mail {
        sender: String,
        recipients: Vec<String>,
        /// File with the message.
        content: String,
        /// Version of TLS; null for a connection without it.
        #[serde(default = "tls", deserialize_with = "present")]
        tls: Option<String>,
        #[serde(default, deserialize_with = "present")]
        caller: Option<Caller>,
        #[serde(default = "loopback")]
        address: String,
        /// Whether the relay is one that the operator allows.
        #[serde(default = "yes")]
        allowed: bool,
    },
    /// The component is put into service with the settings, and nothing more.
    Deploy {},
}

/// Parameters of an operation.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(crate) enum Parameters {
    Object(Map<String, Value>),
    Text(String),
}

impl Default for Parameters {
    fn default() -> Self {
        Self::Object(Map::new())
    }
}

impl Parameters {
    pub(crate) fn text(&self) -> String {
        match self {
            Self::Object(object) => Value::from(object.clone()).to_string(),
            Self::Text(text) => text.clone(),
        }
    }
}

/// A file that goes along.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Attached {
    pub(crate) name: String,
    pub(crate) media_type: String,
    /// File with the content.
    pub(crate) content: String,
}

/// What a relay answered to a mail, as the contract has it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Relayed {
    reply: Replied,
    #[serde(default)]
    recipients: Vec<RepliedFor>,
}

/// A reply of SMTP.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Replied {
    code: u16,
    #[serde(default)]
    enhanced: String,
    #[serde(default)]
    text: String,
}

/// The reply for a recipient.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RepliedFor {
    recipient: String,
    reply: Replied,
}

/// Who calls: whether an authority in the anchor sets has certified it, and what its certificate names.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Caller {
    #[serde(default = "yes")]
    pub(crate) trusted: bool,
    #[serde(default = "agency")]
    pub(crate) common_name: String,
    pub(crate) serial_number: Option<String>,
}

impl Relayed {
    pub(crate) fn answer(&self) -> MailAnswer {
        let recipients = self.recipients.iter().map(|one| RecipientReply {
            recipient: one.recipient.clone(),
            reply: one.reply.reply(),
        });
        MailAnswer {
            reply: self.reply.reply(),
            recipients: recipients.collect(),
        }
    }
}

impl Replied {
    fn reply(&self) -> MailReply {
        MailReply {
            code: self.code,
            enhanced: self.enhanced.clone(),
            text: self.text.clone(),
        }
    }
}

fn trusted() -> Option<Caller> {
    Some(Caller {
        trusted: true,
        common_name: agency(),
        serial_number: None,
    })
}

fn agency() -> String {
    "Agency (test)".into()
}

fn post() -> String {
    "POST".into()
}

fn loopback() -> String {
    "127.0.0.1".into()
}

fn tls() -> Option<String> {
    Some("TLSv1.3".into())
}

fn yes() -> bool {
    true
}

/// A field that is there, perhaps null; serde would take the default for null otherwise.
fn present<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    field: D,
) -> Result<Option<T>, D::Error> {
    Option::deserialize(field)
}

impl Exercise {
    /// What of it nothing reads, which would test nothing; `None` if all is read.
    pub(crate) fn unread(&self) -> Option<&'static str> {
        let Self::Parse {
            status,
            headers,
            body,
            mail,
            ..
        } = self
        else {
            return None;
        };
        let has_http = body.is_some() || !headers.is_empty();
        match (status, mail) {
            (Some(_), Some(_)) => Some("an answer has a status or is a relay's (`mail`), not both"),
            (None, _) if has_http => Some(
                "`headers` and `body` belong to an answer with a `status`; give it, or leave them out",
            ),
            _ => None,
        }
    }

    /// Names of the files that it reads.
    pub(crate) fn files(&self) -> Vec<&str> {
        match self {
            Self::Build {
                payload,
                attachments,
                ..
            } => {
                let attached = attachments.iter().map(|file| file.content.as_str());
                payload.as_deref().into_iter().chain(attached).collect()
            }
            Self::Parse { body, .. } | Self::Validate { body, .. } => {
                body.as_deref().into_iter().collect()
            }
            Self::Mail { content, .. } => vec![content.as_str()],
            Self::Deploy {} => Vec::new(),
        }
    }
}
