// SPDX-License-Identifier: Apache-2.0
//! A message with attachments: an exchange for each attachment, and one for the message that names them.
//!
//! The external id is made by the first exchange and carried from step to step. By it, and the position of an attachment, Courier knows what comes again.

use agency_guest::{
    Blob, BlobWriter, BuildInput, EventData, Fault, Problem, ToEvent,
    exports::{
        envelope::{Attachment, Request},
        message::Outcome,
    },
    imports::{blobs, facts::ReceivedDocument, ids},
    internal, json, problem,
};
use agency_http::JSON;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Answered, Draft, request};
use crate::{
    operation::Operation,
    wire::{self, Delivery, Settings, opened},
};

/// What is delivered; its text is the payload.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Parameters {
    /// Courier's name of the recipient.
    recipient: String,
    /// What the message is about.
    subject: String,
}

/// Data of the event `attachment-uploaded`.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Uploaded {
    /// Our id of the message.
    external_id: String,
    /// Which attachment, from 1.
    position: usize,
    /// Courier's id of the attachment.
    attachment_id: String,
}

impl EventData for Uploaded {
    const KIND: &'static str = "attachment-uploaded";
    const SUMMARY: &'static str = "Courier has an attachment.";
}

/// Data of the event `message-delivered`.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Delivered {
    /// Our id of the message.
    external_id: String,
    /// Courier's id of the message.
    message_id: String,
}

impl EventData for Delivered {
    const KIND: &'static str = "message-delivered";
    const SUMMARY: &'static str = "Courier has a message.";
}

/// What goes before the content of an attachment.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct AttachmentHead<'a> {
    external_id: &'a str,
    position: usize,
    name: &'a str,
    media_type: &'a str,
}

/// What goes before the text of a message.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct MessageHead<'a> {
    external_id: &'a str,
    recipient: &'a str,
    subject: &'a str,
    attachments: &'a [String],
}

pub(crate) fn build(settings: &Settings, input: &BuildInput<'_>) -> Result<Request, Problem> {
    let parameters: Parameters = json::parameters(&input.parameters)?;
    let delivery = match &input.step {
        Some(step) => read(step)?,
        None => Delivery {
            external_id: ids::uuid(),
            attachments: input.attachments.len(),
            uploaded: Vec::new(),
        },
    };
    let (path, body) = match delivery.next_attachment() {
        Some(index) => {
            let attachment = input.attachments.get(index);
            let attachment = attachment.ok_or_else(|| internal("an attachment is missing"))?;
            (
                "/attachments",
                attachment_body(&delivery, index, attachment)?,
            )
        }
        None => {
            let text = input.payload.ok_or_else(|| {
                let message = "the text of the message is its payload, and there is none";
                problem(Fault::Caller, "payload.missing", "", message)
            })?;
            ("/messages", message_body(&delivery, &parameters, text)?)
        }
    };
    let draft = Draft {
        method: "POST",
        path,
        body,
        memo: json::write(&delivery)?,
        reference: delivery.external_id,
    };
    Ok(request(settings, Operation::Deliver, draft))
}

/// What an answer to an upload or to a message means. The memo is the delivery as it was before.
pub(crate) fn parse(answered: Answered, memo: &str) -> Result<Outcome, Problem> {
    let Answered { mut outcome, body } = answered;
    let delivery = read(memo)?;
    let id = wire::read_id(&body)?;
    outcome.reference.clone_from(&delivery.external_id);
    let external_id = delivery.external_id.clone();
    if let Some(index) = delivery.next_attachment() {
        let data = Uploaded {
            external_id: external_id.clone(),
            position: index + 1,
            attachment_id: id.clone(),
        };
        let name = format!("{external_id}/{}", data.position);
        outcome.events = vec![data.event_about(&name, Some(&external_id))?];
        outcome.next_step = Some(json::write(&delivery.with_uploaded(id))?);
        return Ok(outcome);
    }
    outcome.documents = vec![receipt(&body, &id)?];
    let data = Delivered {
        external_id: external_id.clone(),
        message_id: id,
    };
    outcome.events = vec![data.event_about(&external_id, Some(&external_id))?];
    Ok(outcome)
}

/// Courier's answer to a message is its receipt, byte by byte.
fn receipt(body: &[u8], id: &str) -> Result<ReceivedDocument, Problem> {
    Ok(ReceivedDocument {
        name: format!("receipt-{id}.json"),
        media_type: JSON.into(),
        content: Blob::of(body)?.into_handle()?,
    })
}

/// What was carried is what was written here.
fn read(text: &str) -> Result<Delivery, Problem> {
    serde_json::from_str(text).map_err(|_| internal("the step of a delivery cannot be read"))
}

fn attachment_body(
    delivery: &Delivery,
    index: usize,
    attachment: &Attachment,
) -> Result<blobs::Blob, Problem> {
    let head = AttachmentHead {
        external_id: &delivery.external_id,
        position: index + 1,
        name: &attachment.name,
        media_type: &attachment.media_type,
    };
    with_content(&head, &attachment.content)
}

fn message_body(
    delivery: &Delivery,
    parameters: &Parameters,
    text: &blobs::Blob,
) -> Result<blobs::Blob, Problem> {
    let head = MessageHead {
        external_id: &delivery.external_id,
        recipient: &parameters.recipient,
        subject: &parameters.subject,
        attachments: &delivery.uploaded,
    };
    with_content(&head, text)
}

/// An object with base64 as its last member. The content stays in the host, whatever its size.
fn with_content<T: Serialize>(head: &T, content: &blobs::Blob) -> Result<blobs::Blob, Problem> {
    let head = opened(head, "content").map_err(|_| internal("a body is no JSON"))?;
    let mut writer = BlobWriter::new();
    writer.bytes(head.as_bytes());
    writer.base64(content);
    writer.bytes(b"\"}");
    writer.finish()?.into_handle()
}
