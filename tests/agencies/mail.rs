// SPDX-License-Identifier: Apache-2.0
//! Exercises of mail: one that comes in, one that is built, and what a relay answers.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Map, Value};
use silta::{
    Agency, Blob, BuildInput,
    exchange::{
        Attachment, Call, MailAnswer, MailCall, MailConnection, MailReply, RecipientReply, Request,
        Response, Sending, Target, Verdict,
    },
};

use super::{
    events::Kinds,
    expectation::{
        ExpectedOutcome, ExpectedProblem, ExpectedVerdict, compare_outcome, compare_verdict,
        has_in_order, judge, same,
    },
};

/// The file with a mail that comes in.
pub(super) const FILE: &str = "mail.eml";

/// A mail that comes in, 2026-07-01T00:00:00Z, from an allowed relay with TLS unless the case says otherwise.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Arrival {
    /// Reverse path; none is that of a citizen.
    #[serde(default = "citizen")]
    sender: String,
    #[serde(default = "ours")]
    recipients: Vec<String>,
    #[serde(default = "yes")]
    allowed: bool,
    /// Version of TLS; the empty text is none.
    #[serde(default = "newest")]
    tls: String,
    /// Whether the lines of the file end as they stand there, and not with CRLF, as those of mails do.
    #[serde(default)]
    as_it_is: bool,
    #[serde(default)]
    pub(super) settings: Map<String, Value>,
    expected: ExpectedVerdict,
}

/// What a relay answers.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Answered {
    #[serde(default = "send_message")]
    operation: String,
    /// The last reply; none: no answer came.
    reply: Option<Reply>,
    /// Replies for recipients.
    #[serde(default)]
    recipients: Vec<(String, Reply)>,
    #[serde(default)]
    earlier_sendings: u32,
    #[serde(default)]
    pub(super) settings: Map<String, Value>,
    expected: Option<ExpectedOutcome>,
    problem: Option<ExpectedProblem>,
}

/// A reply: code, enhanced code, text.
#[derive(Debug, Deserialize)]
pub(super) struct Reply(u16, String, String);

/// A mail that is built.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Composition {
    #[serde(default = "send_message")]
    operation: String,
    parameters: Value,
    #[serde(default)]
    attachments: Vec<File>,
    #[serde(default)]
    pub(super) settings: Map<String, Value>,
    expected: Option<ExpectedMail>,
    problem: Option<ExpectedProblem>,
}

/// An attachment, of a text or of so many zeros.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct File {
    name: String,
    media_type: String,
    #[serde(default)]
    text: String,
    #[serde(default)]
    zeros: usize,
}

/// The mail that has to come out.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct ExpectedMail {
    recipient: String,
    /// None: one is made.
    reference: Option<String>,
    timeout_seconds: Option<u64>,
    tls_role: Option<String>,
    /// Some header fields.
    #[serde(default)]
    fields: BTreeMap<String, String>,
    /// Header fields that it has not.
    #[serde(default)]
    no_fields: Vec<String>,
    #[serde(default)]
    body_has: Vec<String>,
    #[serde(default)]
    body_lacks: Vec<String>,
}

fn citizen() -> String {
    "010190-900P@asiointitili.fi".into()
}

fn ours() -> Vec<String> {
    vec!["viestit@virasto.example".into()]
}

fn yes() -> bool {
    true
}

fn newest() -> String {
    "TLSv1.3".into()
}

fn send_message() -> String {
    "send-message".into()
}

/// Lines end with CRLF.
fn in_lines_of_mail(bytes: &[u8]) -> Vec<u8> {
    let mut lines = Vec::with_capacity(bytes.len());
    for byte in bytes {
        if *byte == b'\n' && lines.last() != Some(&b'\r') {
            lines.push(b'\r');
        }
        lines.push(*byte);
    }
    lines
}

pub(super) fn arrive(
    agency: &Agency,
    kinds: &Kinds,
    arrival: &Arrival,
    mail: Option<&[u8]>,
) -> Result<(), String> {
    let mail = mail.ok_or("no mail.eml")?;
    let content = match arrival.as_it_is {
        true => mail.to_vec(),
        false => in_lines_of_mail(mail),
    };
    let verdict = agency.validate(Call::Mail(MailCall {
        sender: arrival.sender.clone(),
        recipients: arrival.recipients.clone(),
        content: Blob::from(content),
        connection: MailConnection {
            peer_address: "192.0.2.7".into(),
            tls: Some(arrival.tls.clone()).filter(|version| !version.is_empty()),
            peer_certificates: None,
            allowed: arrival.allowed,
        },
    }));
    let verdict = verdict.map_err(|error| error.to_string())?;
    if let Verdict::Accepted(acceptance) = &verdict {
        kinds.check(&acceptance.events)?;
        let key = |event: &silta::exchange::Event| event.deduplication_key.contains("0190");
        if acceptance.events.iter().any(key) {
            return Err("a key has a part of a personal identity code".into());
        }
    }
    compare_verdict(&verdict, &arrival.expected)
}

pub(super) fn parse(
    agency: &Agency,
    kinds: &Kinds,
    answered: &Answered,
    memo: &str,
) -> Result<(), String> {
    let reply = |Reply(code, enhanced, text): &Reply| MailReply {
        code: *code,
        enhanced: enhanced.clone(),
        text: text.clone(),
    };
    let recipients = answered.recipients.iter();
    let recipients = recipients.map(|(recipient, told)| RecipientReply {
        recipient: recipient.clone(),
        reply: reply(told),
    });
    let response = match &answered.reply {
        Some(last) => Response::MailAnswered(MailAnswer {
            reply: reply(last),
            recipients: recipients.collect(),
        }),
        None => Response::Unanswered,
    };
    let sending = Sending {
        memo: memo.into(),
        earlier_sendings: answered.earlier_sendings,
        step: None,
    };
    let parsed = agency.parse(&answered.operation, response, sending);
    judge(
        parsed,
        answered.expected.as_ref(),
        answered.problem.as_ref(),
        |outcome, expected| {
            kinds.check(&outcome.events)?;
            compare_outcome(outcome, expected)
        },
    )
}

pub(super) fn compose(agency: &Agency, composition: &Composition) -> Result<(), String> {
    let attachments = composition.attachments.iter().map(|file| Attachment {
        name: file.name.clone(),
        media_type: file.media_type.clone(),
        content: match file.zeros {
            0 => Blob::from(file.text.as_bytes()),
            zeros => Blob::from(vec![0; zeros]),
        },
    });
    let built = agency.build(BuildInput {
        operation: composition.operation.clone(),
        parameters: composition.parameters.to_string(),
        attachments: attachments.collect(),
        ..BuildInput::default()
    });
    judge(
        built,
        composition.expected.as_ref(),
        composition.problem.as_ref(),
        compare_mail,
    )
}

fn compare_mail(request: &Request, expected: &ExpectedMail) -> Result<(), String> {
    let Target::Smtp(target) = &request.target else {
        return Err("not a mail".into());
    };
    same(
        "recipients",
        &target.recipients,
        &vec![expected.recipient.clone()],
    )?;
    same(
        "sender",
        &target.sender.as_str(),
        &"viestit@virasto.example",
    )?;
    match &expected.reference {
        Some(reference) => same("reference", &request.reference, reference)?,
        None => same("length of the reference", &request.reference.len(), &14)?,
    }
    same("whether bytes are kept", &request.keep_bytes, &true)?;
    let timeout = expected.timeout_seconds.unwrap_or(600);
    same("timeout", &request.timeout.as_secs(), &timeout)?;
    same("TLS role", &request.tls_role, &expected.tls_role)?;
    let field = |name: &str| {
        let mut all = request.headers.iter();
        let found = all.find(|(known, _)| known.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.clone())
    };
    for (name, value) in &expected.fields {
        same(name, &field(name), &Some(value.clone()))?;
    }
    if let Some(name) = expected.no_fields.iter().find(|name| field(name).is_some()) {
        return Err(format!("there is a field {name}"));
    }
    let body = request.body.to_vec();
    in_lines(&body)?;
    let body = String::from_utf8(body).map_err(|error| error.to_string())?;
    has_in_order("body", &body, &expected.body_has)?;
    match expected.body_lacks.iter().find(|part| body.contains(*part)) {
        Some(part) => Err(format!("the body has {part:?}")),
        None => Ok(()),
    }
}

/// Whether what is sent is ASCII in lines of at most 78 characters, each ended by CRLF: no relay can read it otherwise than another.
pub(super) fn in_lines(body: &[u8]) -> Result<(), String> {
    let text = str::from_utf8(body).map_err(|error| error.to_string())?;
    let lines: Vec<&str> = text.split("\r\n").collect();
    let is_line =
        |line: &&str| line.len() <= 78 && line.is_ascii() && !line.contains(['\r', '\n', '\0']);
    match lines.iter().find(|line| !is_line(line)) {
        Some(line) => Err(format!("the body has a line such as {line:?}")),
        None if lines.last() == Some(&"") => Ok(()),
        None => Err("the last line of the body has no end".into()),
    }
}
