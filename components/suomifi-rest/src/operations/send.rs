// SPDX-License-Identifier: Apache-2.0
//! A message: an exchange for each attachment, and one for the message that names them.
//!
//! The external id is the caller's, or made by the first exchange, and carried from step to step. By it the service knows a message that comes again.

use agency_guest::{
    BlobWriter, BuildInput, Problem,
    exports::envelope::{Attachment, Request},
    imports::{blobs, clock, ids},
    internal, json,
};

use super::{
    outcome::{Given, Judged, judge},
    request::{Draft, around_secret, refused},
};
use crate::{
    operation::{Operation, POSTI_PASSWORD},
    wire::{
        Body, Call, FileFacts, Flaw, LARGEST_UPLOAD, Message, MessageParameters,
        MultichannelParameters, Multipart, Paper, PaperOnlyParameters, Plan, ReplyParameters,
        Sending, Settings, Stage, body_of, encoded, plan,
    },
};

/// How a PDF begins (ISO 32000-1 §7.5.2).
const PDF: &[u8] = b"%PDF-";

/// A message of the caller's that the service would take, and its files.
struct Content {
    message: Message,
    paper: Option<Paper>,
    plan: Plan,
}

pub(crate) fn build(
    settings: &Settings,
    operation: Operation,
    input: &BuildInput<'_>,
) -> Result<Request, Problem> {
    let content = content(settings, operation, input)?;
    let sending = match &input.step {
        Some(step) => carried(step)?,
        None => begun(operation, &content, input)?,
    };
    let hours = settings.attachments.upload_hours;
    let is_stale =
        sending.stage() == Stage::Message && sending.is_stale(clock::now().seconds, hours);
    let (sending, is_changed) = match is_stale {
        true => (sending.renewed(), true),
        false => (sending, input.step.is_none()),
    };
    // What stands in the step need not stand in the memo, which has less room.
    let memo = match is_changed {
        true => json::write(&sending)?,
        false => String::new(),
    };
    let reference = sending.external_id.clone();
    let draft = match sending.stage() {
        Stage::Upload(index) => {
            let attachment = input.attachments.get(index);
            let attachment = attachment.ok_or_else(|| internal("an attachment is missing"))?;
            upload(index, attachment, reference, memo)?
        }
        Stage::Message => {
            let body = message_body(settings, &content, &sending)?;
            Draft::post(sending.channel.path(), body, reference, memo)
        }
        Stage::Lookup => {
            let path = format!("/v1/messages/id?externalId={}", encoded(&reference));
            Draft::get(path, reference, memo)?
        }
    };
    let keep_bytes = sending.stage() != Stage::Lookup;
    Ok(Draft {
        keep_bytes,
        ..draft
    }
    .request(settings))
}

/// What came of an exchange, and the message as it was before.
pub(crate) fn read(given: &Given<'_>) -> Result<(Sending, Judged), Problem> {
    let sending: Sending = given.carried()?;
    let call = match sending.stage() {
        Stage::Upload(_) => Call::Upload,
        Stage::Message => Call::Message,
        Stage::Lookup => Call::Lookup,
    };
    let judged = judge(given, call)?;
    Ok((sending, judged))
}

fn content(
    settings: &Settings,
    operation: Operation,
    input: &BuildInput<'_>,
) -> Result<Content, Problem> {
    let text = &input.parameters;
    let message = match operation {
        Operation::SendMultichannel => {
            json::parameters::<MultichannelParameters>(text)?.checked(settings)
        }
        Operation::SendPaper => json::parameters::<PaperOnlyParameters>(text)?.checked(settings),
        Operation::Reply => json::parameters::<ReplyParameters>(text)?.checked(settings),
        _ => json::parameters::<MessageParameters>(text)?.checked(settings),
    };
    let message = message.map_err(refused)?;
    let paper = message.paper.as_ref();
    let letter = paper.map(|paper| paper.checked(settings)).transpose();
    let letter = letter.map_err(refused)?;
    let files: Result<Vec<_>, Problem> = input.attachments.iter().map(facts).collect();
    let is_alone = operation == Operation::SendPaper;
    let plan = plan(settings, &files?, paper, is_alone).map_err(refused)?;
    Ok(Content {
        message,
        paper: letter,
        plan,
    })
}

fn facts(attachment: &Attachment) -> Result<FileFacts, Problem> {
    let size = attachment.content.size();
    let begins = size.min(PDF.len() as u64);
    let begins = attachment
        .content
        .read(0, u32::try_from(begins).unwrap_or_default());
    let begins = begins.map_err(|_| internal("the begin of an attachment cannot be read"))?;
    Ok(FileFacts {
        name: attachment.name.clone(),
        media_type: attachment.media_type.clone(),
        size,
        is_pdf: begins == PDF,
    })
}

fn begun(
    operation: Operation,
    content: &Content,
    input: &BuildInput<'_>,
) -> Result<Sending, Problem> {
    let channel = operation.channel();
    let channel = channel.ok_or_else(|| internal("the operation sends no message"))?;
    let message = &content.message;
    let external_id = message.external_id.clone().unwrap_or_else(ids::uuid);
    let service_id = message.service_id.clone();
    let sending = Sending::new(external_id, service_id, channel, input.attachments.len());
    Ok(Sending {
        is_reply: operation == Operation::Reply,
        has_paper: content.paper.is_some(),
        ..sending
    })
}

/// What was carried is what was written here.
fn carried(step: &str) -> Result<Sending, Problem> {
    serde_json::from_str(step).map_err(|_| internal("the step of a message cannot be read"))
}

/// An upload. The content stays in the host, whatever its size.
fn upload(
    index: usize,
    attachment: &Attachment,
    reference: String,
    memo: String,
) -> Result<Draft, Problem> {
    let boundary = format!("silta-{}", ids::uuid());
    let multipart = Multipart::around(&attachment.name, &attachment.media_type, &boundary);
    if multipart.size(attachment.content.size()) > LARGEST_UPLOAD {
        let message = "this file is too large for the service, which takes 10485760 bytes with what is around it; make it smaller";
        let pointer = format!("/attachments/{index}");
        return Err(refused(Flaw::of("attachment.too-large", pointer, message)));
    }
    let mut writer = BlobWriter::new();
    writer.bytes(multipart.before.as_bytes());
    writer.blob(&attachment.content);
    writer.bytes(multipart.after.as_bytes());
    let body = writer.finish()?.into_handle()?;
    Ok(Draft {
        content_type: Some(multipart.content_type),
        ..Draft::post("/v2/attachments", body, reference, memo)
    })
}

fn message_body(
    settings: &Settings,
    content: &Content,
    sending: &Sending,
) -> Result<blobs::Blob, Problem> {
    let parts = (&content.message, content.paper.as_ref());
    match body_of(settings, parts, &content.plan, sending) {
        Some(Body::Whole(text)) => agency_guest::Blob::of(text.as_bytes())?.into_handle(),
        Some(Body::WithPassword(around)) => around_secret(&around, POSTI_PASSWORD),
        None => Err(internal("the body of a message could not be written")),
    }
}
