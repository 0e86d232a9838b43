// SPDX-License-Identifier: Apache-2.0
//! A call by its arguments as JSON.

use base64::{Engine, engine::general_purpose::STANDARD};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::Value;
use silta::{
    Agency, Blob, BuildInput,
    exchange::{
        Answer, Attachment, Call, CertificateChain, HttpCall, MailAnswer, MailCall, MailConnection,
        Response, Sending,
    },
};

/// Calls a function. What comes of it is in the recording; a problem is a result as well.
pub(super) fn call(agency: &Agency, function: &str, arguments: &[Value]) {
    match function {
        "envelope.build" => {
            let _ = agency.build(build(read(arguments)));
        }
        "message.parse" => {
            let (operation, response, sending): (String, WireResponse, WireSending) =
                read(arguments);
            let _ = agency.parse(&operation, response.into(), sending.into());
        }
        "notification.validate" => {
            let (call,): (WireCall,) = read(arguments);
            let _ = agency.validate(call.into());
        }
        other => panic!("{other} is no function of the contract"),
    }
}

fn read<T: DeserializeOwned>(arguments: &[Value]) -> T {
    serde_json::from_value(arguments.into()).unwrap()
}

/// Bytes in their form.
#[derive(Deserialize)]
#[serde(rename_all = "lowercase", deny_unknown_fields)]
enum Bytes {
    Text(String),
    Base64(String),
}

impl Bytes {
    fn into_vec(self) -> Vec<u8> {
        match self {
            Self::Text(text) => text.into_bytes(),
            Self::Base64(text) => STANDARD.decode(text).unwrap(),
        }
    }

    fn blob(self) -> Blob {
        Blob::from(self.into_vec())
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

fn chain(peer: Peer) -> CertificateChain {
    let certificates = peer.certificates.into_iter();
    CertificateChain::new(certificates.map(|der| der.into_vec().into())).unwrap()
}

impl From<WireCall> for Call {
    fn from(call: WireCall) -> Self {
        match call {
            WireCall::Http(call) => Self::Http(HttpCall {
                method: call.method,
                target: call.target,
                headers: fields(call.headers),
                body: call.body.blob(),
                peer_certificates: call.peer.map(chain),
                peer_address: call.peer_address,
            }),
            WireCall::Mail(call) => Self::Mail(MailCall {
                sender: call.sender,
                recipients: call.recipients,
                content: call.content.blob(),
                connection: MailConnection {
                    peer_address: call.connection.peer_address,
                    tls: call.connection.tls,
                    peer_certificates: call.connection.peer.map(chain),
                    allowed: call.connection.allowed,
                },
            }),
        }
    }
}
