// SPDX-License-Identifier: Apache-2.0
//! What Customs says, put into a dialect: read from the form of the simulator, written by the package, and judged.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use roxmltree::Node;

use super::super::mailbox;
use super::super::notify::SoapVersion;
use super::super::operation::Operation;
use super::super::soap;
use super::request::{is, text};
use super::{Dialect, Message, Said, told};
use crate::signature::{Signer, SigningError};
use crate::xml;

/// How an answer came out.
pub(in super::super) enum Written {
    /// As it is to be sent.
    Right(String),
    /// It cannot be written, or is not valid; the simulator's own fault, and why.
    Wrong(String),
}

/// The answer in the dialect; none where it is no answer of an operation, as a fault is none. `is_careless` is for what is to be wrong.
pub(in super::super) fn reply(
    dialect: &dyn Dialect,
    operation: Operation,
    body: &[u8],
    (envelope, prefix, is_careless): (&str, &str, bool),
) -> Option<Written> {
    let document = xml::parse(body).ok()?;
    let answer = soap::content(&document, soap::ENVELOPE_NAMESPACE).ok()?;
    if answer.tag_name().name() != operation.response() {
        return None;
    }
    let mut said = Said {
        is_careless,
        ..said(answer)
    };
    let form = dialect.form(Message::Response(operation));
    if form.is_some_and(|form| !form.has_entries) {
        let count = said.entries.len();
        if count > 1 && !is_careless {
            let why = format!("{count} messages, and the package has room for one");
            return Some(Written::Wrong(why));
        }
        for (name, value) in said.entries.drain(..).take(1).flatten() {
            said.values.entry(name).or_insert(value);
        }
    }
    Some(written(
        dialect,
        (Message::Response(operation), &said),
        (envelope, soap::ENVELOPE_NAMESPACE, prefix),
    ))
}

/// A call of a notification service in the dialect, from one in the form of the simulator.
pub(in super::super) fn notification(
    dialect: &dyn Dialect,
    call: &str,
    version: SoapVersion,
) -> Written {
    let namespace = soap::namespace(version);
    let said = xml::parse_text(call).ok().and_then(|document| {
        let call = soap::content(&document, namespace).ok()?;
        Some(said(call))
    });
    match said {
        Some(mut said) => {
            let form = dialect.form(Message::NotifyRequest);
            if form.is_some_and(|form| form.has_entries) {
                said.entries = vec![said.values.clone()];
            }
            let message = (Message::NotifyRequest, &said);
            written(dialect, message, ("e:", namespace, "n"))
        }
        None => Written::Wrong("the call cannot be read".to_owned()),
    }
}

/// The code that a notification service answered with.
pub(in super::super) fn notified(
    dialect: &dyn Dialect,
    body: &[u8],
    response: Node<'_, '_>,
) -> Result<String, String> {
    let form = dialect.form(Message::NotifyResponse);
    let form = form.filter(|form| is(response, &form.element));
    let form = form.ok_or_else(|| "it is no answer of the package".to_owned())?;
    if let Some(told) = told(&dialect.violations(body, 0)) {
        return Err(told);
    }
    text(response, &form.places, "code").ok_or_else(|| "it has no code".to_owned())
}

/// The document of a reply.
pub(in super::super) struct ReplyDocument {
    pub(in super::super) text: String,
    pub(in super::super) is_signed: bool,
}

/// The document of a reply: with all of its contents, if there may be several, and signed, if it may be. One that is valid neither way is none.
pub(in super::super) fn document(
    dialect: &dyn Dialect,
    environment: &str,
    message: &mailbox::Message,
    signer: Option<&Signer>,
) -> Result<ReplyDocument, String> {
    let reply = &message.reply;
    let values = [
        ("storage-id", Some(message.storage_id.as_str())),
        ("declarant", reply.declarant.as_deref()),
        ("builder", reply.builder.as_deref()),
        ("application", reply.application.as_deref()),
        ("environment", Some(environment)),
        ("reference", reply.reference.as_deref()),
    ];
    let values = values
        .into_iter()
        .filter_map(|(name, value)| Some((name.to_owned(), value?.to_owned())));
    let mut said = Said {
        values: values.collect(),
        ..Said::default()
    };
    let blocks = message.blocks().map(|(format, bytes)| {
        BTreeMap::from([
            ("content-format".to_owned(), format.to_owned()),
            ("content".to_owned(), STANDARD.encode(bytes)),
        ])
    });
    let form = dialect.form(Message::ApplicationResponse);
    if form.is_some_and(|form| form.has_entries) {
        said.entries = blocks.collect();
    } else {
        said.values.extend(blocks.take(1).flatten());
    }
    let document = dialect.write(Message::ApplicationResponse, &said, "ar")?;
    let signed = signer.map(|signer| signer.envelop(&document)).transpose();
    let signed = signed.map_err(|error: SigningError| error.to_string())?;
    // A package may have no place for a signature.
    let mut wrong = String::new();
    for (text, is_signed) in [(signed, true), (Some(document), false)] {
        let Some(text) = text else { continue };
        match told(&dialect.violations(text.as_bytes(), 0)) {
            None => return Ok(ReplyDocument { text, is_signed }),
            Some(why) => {
                let form = if is_signed { "signed" } else { "not signed" };
                wrong += &format!("; {form}: {why}");
            }
        }
    }
    Err(format!("the document is not valid{wrong}"))
}

fn written(
    dialect: &dyn Dialect,
    (message, said): (Message, &Said),
    (envelope, namespace, prefix): (&str, &str, &str),
) -> Written {
    let content = match dialect.write(message, said, prefix) {
        Ok(content) => content,
        Err(why) => return Written::Wrong(why),
    };
    let declared = match envelope.trim_end_matches(':') {
        "" => format!("xmlns=\"{namespace}\""),
        prefix => format!("xmlns:{prefix}=\"{namespace}\""),
    };
    let body = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <{envelope}Envelope {declared}><{envelope}Body>{content}</{envelope}Body></{envelope}Envelope>"
    );
    let documents = usize::from(said.values.contains_key("application-response"));
    match told(&dialect.violations(body.as_bytes(), documents)) {
        Some(told) if !said.is_careless => Written::Wrong(told),
        _ => Written::Right(body),
    }
}

/// What an answer says, by the names that the simulator gives its elements.
fn said(answer: Node<'_, '_>) -> Said {
    let mut said = Said::default();
    let is_list = answer.tag_name().name() == Operation::DownloadList.response();
    for child in answer.children().filter(Node::is_element) {
        let is_entry = is_list && child.tag_name().name() == "MessageInformation";
        if is_entry {
            said.entries.push(BTreeMap::new());
        }
        let values = match said.entries.last_mut() {
            Some(entry) if is_entry => entry,
            _ => &mut said.values,
        };
        let leaves = child
            .descendants()
            .filter(|node| node.is_element() && !node.children().any(|child| child.is_element()));
        for leaf in leaves {
            if let Some(value) = value_of(leaf.tag_name().name()) {
                let text = leaf.text().unwrap_or_default();
                values
                    .entry(value.to_owned())
                    .or_insert_with(|| text.to_owned());
            }
        }
    }
    said
}

/// What an element of the simulator's answers says, by its name in layouts.
fn value_of(local: &str) -> Option<&'static str> {
    Some(match local {
        "ResponseCode" => "code",
        "ResponseText" => "text",
        "Timestamp" => "timestamp",
        "IntermediaryBusinessId" => "intermediary",
        "MessageStorageId" => "storage-id",
        "Reference" => "reference",
        "DeclarantBusinessId" => "declarant",
        "MessageBuilderBusinessId" => "builder",
        "Application" => "application",
        "ContentFormat" => "content-format",
        "StartTimestamp" => "start-timestamp",
        "EndTimestamp" => "end-timestamp",
        "StartDate" => "start-date",
        "EndDate" => "end-date",
        "EchoContent" => "echo",
        "ApplicationResponseMessage" => "application-response",
        _ => return None,
    })
}
