// SPDX-License-Identifier: Apache-2.0
//! Arguments of a recorded call, read from their form.

use serde::{Deserialize, Deserializer, de::DeserializeOwned, de::Error as _};
use serde_json::Value;

use crate::{
    blob::Blob,
    error::Error,
    exchange::{
        Answer, Attachment, BuildInput, Call, CertificateChain, Fault, HttpCall, MailAnswer,
        MailCall, MailConnection, Problem, Response, Sending,
    },
    form,
};

/// Arguments of a function that is recorded.
pub(in super::super) enum Arguments {
    Describe,
    CheckSettings,
    Build(Box<BuildInput>),
    Parse(String, Response, Sending),
    Validate(Box<Call>),
}

impl Arguments {
    /// Those of this function.
    ///
    /// # Errors
    /// [`Error::Problem`] when they are none.
    pub(in super::super) fn read(function: &str, arguments: Vec<Value>) -> Result<Self, Error> {
        Self::read_form(function, arguments).map_err(|reason| unreadable(&reason))
    }

    fn read_form(function: &str, arguments: Vec<Value>) -> Result<Self, String> {
        Ok(match function {
            "descriptor.describe" => {
                let []: [Value; 0] = read(arguments)?;
                Self::Describe
            }
            "descriptor.check-settings" => {
                let []: [Value; 0] = read(arguments)?;
                Self::CheckSettings
            }
            "envelope.build" => Self::Build(Box::new(build(read(arguments)?))),
            "message.parse" => {
                let (operation, response, sending): (String, WireResponse, WireSending) =
                    read(arguments)?;
                Self::Parse(operation, response.into(), sending.into())
            }
            "notification.validate" => {
                let (call,): (WireCall,) = read(arguments)?;
                Self::Validate(Box::new(call.into()))
            }
            other => return Err(format!("`{other}` is no function that is recorded")),
        })
    }
}

pub(super) fn unreadable(reason: &str) -> Error {
    Error::Problem(Problem {
        fault: Fault::Caller,
        code: "recording.arguments".into(),
        path: "/arguments".into(),
        message: format!(
            "the arguments of the recorded call are not those of its function: {reason}"
        ),
    })
}

fn read<T: DeserializeOwned>(arguments: Vec<Value>) -> Result<T, String> {
    // What is wrong is not repeated: it may be about people.
    serde_json::from_value(arguments.into())
        .map_err(|_| "they have another form than the contract's".to_owned())
}

/// Bytes in their form.
struct Bytes(Vec<u8>);

impl<'de> Deserialize<'de> for Bytes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let bytes = form::read_bytes(&Value::deserialize(deserializer)?);
        let bytes = bytes.ok_or_else(|| D::Error::custom("bytes are `text` or `base64`"));
        bytes.map(Self)
    }
}

impl Bytes {
    fn blob(self) -> Blob {
        Blob::from(self.0)
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct File {
    name: String,
    media_type: String,
    content: Bytes,
}

type Built = (
    String,
    String,
    Option<Bytes>,
    Vec<File>,
    Option<String>,
    Option<String>,
);

fn build((operation, parameters, payload, attachments, cursor, step): Built) -> BuildInput {
    let attachments = attachments.into_iter().map(|file| Attachment {
        name: file.name,
        media_type: file.media_type,
        content: file.content.blob(),
    });
    BuildInput {
        operation,
        parameters,
        payload: payload.map(Bytes::blob),
        attachments: attachments.collect(),
        cursor,
        step,
        next_secret_of: None,
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Field {
    name: String,
    value: String,
}

fn fields(fields: Vec<Field>) -> Vec<(String, String)> {
    let fields = fields.into_iter();
    fields.map(|field| (field.name, field.value)).collect()
}

#[derive(Deserialize)]
#[serde(tag = "tag", content = "val", rename_all = "kebab-case")]
enum WireResponse {
    Answered(WireAnswer),
    MailAnswered(MailAnswer),
    Unanswered,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WireAnswer {
    status: u16,
    headers: Vec<Field>,
    body: Bytes,
}

impl From<WireResponse> for Response {
    fn from(response: WireResponse) -> Self {
        match response {
            WireResponse::Answered(answer) => Self::Answered(Answer {
                status: answer.status,
                headers: fields(answer.headers),
                body: answer.body.blob(),
            }),
            WireResponse::MailAnswered(answer) => Self::MailAnswered(answer),
            WireResponse::Unanswered => Self::Unanswered,
        }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct WireSending {
    memo: String,
    earlier_sendings: u32,
    step: Option<String>,
}

impl From<WireSending> for Sending {
    fn from(sending: WireSending) -> Self {
        Self {
            memo: sending.memo,
            earlier_sendings: sending.earlier_sendings,
            step: sending.step,
        }
    }
}

#[derive(Deserialize)]
#[serde(tag = "tag", content = "val", rename_all = "kebab-case")]
enum WireCall {
    Http(WireHttp),
    Mail(WireMail),
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct WireHttp {
    method: String,
    target: String,
    headers: Vec<Field>,
    body: Bytes,
    peer: Option<Peer>,
    peer_address: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WireMail {
    sender: String,
    recipients: Vec<String>,
    content: Bytes,
    connection: WireConnection,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct WireConnection {
    peer_address: String,
    tls: Option<String>,
    peer: Option<Peer>,
    allowed: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Peer {
    certificates: Vec<Bytes>,
}

fn chain(peer: Peer) -> Option<CertificateChain> {
    let certificates = peer.certificates.into_iter();
    CertificateChain::new(certificates.map(|der| der.0.into()))
}

impl From<WireCall> for Call {
    fn from(call: WireCall) -> Self {
        match call {
            WireCall::Http(call) => Self::Http(HttpCall {
                method: call.method,
                target: call.target,
                headers: fields(call.headers),
                body: call.body.blob(),
                peer_certificates: call.peer.and_then(chain),
                peer_address: call.peer_address,
            }),
            WireCall::Mail(call) => Self::Mail(MailCall {
                sender: call.sender,
                recipients: call.recipients,
                content: call.content.blob(),
                connection: MailConnection {
                    peer_address: call.connection.peer_address,
                    tls: call.connection.tls,
                    peer_certificates: call.connection.peer.and_then(chain),
                    allowed: call.connection.allowed,
                },
            }),
        }
    }
}
