// SPDX-License-Identifier: Apache-2.0
//! From parameters to mails.

use agency_guest::{
    BlobWriter, BuildInput, Fault, Problem,
    exports::envelope::{Attachment, Request, SmtpTarget, Target},
    imports::{blobs::Blob, clock, ids, types::Header},
    json, problem, read_settings,
};
use serde::{Deserialize, Serialize};

use crate::{
    describe::{Operation, RELAY_CLIENT, ReplyParameters, SendParameters},
    wire::{self, Answered, File, Flaw, Letter, Made, Mail, Piece, Settings, Wanted},
};

/// Width of base64 lines in mail (RFC 2045 §6.8).
const LINE_WIDTH: u32 = 76;

/// What `parse` needs of a message: who it is for the relay repeats.
#[derive(Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Memo {
    pub(super) reference: String,
    pub(super) message_id: String,
}

pub(super) fn build(operation: Operation, input: BuildInput<'_>) -> Result<Request, Problem> {
    let settings: Settings = read_settings()?;
    match operation {
        Operation::SendMessage => {
            let parameters: SendParameters = json::parameters(&input.parameters)?;
            let wanted = Wanted {
                recipient: &parameters.recipient,
                title: &parameters.title,
                body: &parameters.body,
                reply_to: parameters.reply_to.as_deref(),
                answered: None,
            };
            request(
                &settings,
                &wanted,
                parameters.reference.as_deref(),
                &input.attachments,
            )
        }
        Operation::Reply => {
            let parameters: ReplyParameters = json::parameters(&input.parameters)?;
            let wanted = Wanted {
                recipient: &parameters.recipient,
                title: &parameters.subject,
                body: &parameters.body,
                reply_to: parameters.reply_to.as_deref(),
                answered: Some(Answered {
                    message_id: &parameters.message_id,
                    references: &parameters.references,
                    quoted: parameters.quoted.as_deref(),
                }),
            };
            request(
                &settings,
                &wanted,
                parameters.reference.as_deref(),
                &input.attachments,
            )
        }
    }
}

fn request(
    settings: &Settings,
    wanted: &Wanted<'_>,
    reference: Option<&str>,
    attachments: &[Attachment],
) -> Result<Request, Problem> {
    let reference = match reference {
        Some(reference) => {
            wire::check_reference(reference).map_err(refused)?;
            reference.to_owned()
        }
        None => ids::compact(),
    };
    let letter = Letter::of(settings, wanted, &reference).map_err(refused)?;
    let files: Vec<File<'_>> = attachments.iter().map(file).collect();
    settings.attachments.judge(&files).map_err(refused)?;
    let message_id = wire::message_id(&reference, &ids::uuid(), &settings.domain);
    let made = Made {
        message_id: &message_id,
        seconds: clock::now().seconds,
        boundary: &ids::compact(),
    };
    let mail = wire::compose(&settings.from, &letter, &files, &made);
    let memo = Memo {
        reference: reference.clone(),
        message_id: message_id.clone(),
    };
    Ok(Request {
        target: Target::Smtp(SmtpTarget {
            sender: settings.from.clone(),
            recipients: vec![letter.recipient],
        }),
        body: body(&mail, attachments)?,
        headers: mail.fields.into_iter().map(header).collect(),
        secret_headers: Vec::new(),
        timeout_milliseconds: settings.message.timeout_seconds.saturating_mul(1000),
        reference,
        tls_role: settings
            .message
            .client_certificate
            .then(|| RELAY_CLIENT.into()),
        // The same Message-ID, and the same boundary, when it is sent again.
        keep_bytes: true,
        memo: json::write(&memo)?,
    })
}

fn file(attachment: &Attachment) -> File<'_> {
    File {
        name: &attachment.name,
        media_type: &attachment.media_type,
        size: attachment.content.size(),
    }
}

fn header((name, value): wire::Field) -> Header {
    Header {
        name: name.into(),
        value,
    }
}

/// The body: attachments are encoded in the host, whatever their size.
fn body(mail: &Mail, attachments: &[Attachment]) -> Result<Blob, Problem> {
    let mut writer = BlobWriter::new();
    for piece in &mail.body {
        match piece {
            Piece::Bytes(bytes) => writer.bytes(bytes),
            Piece::Base64(index) => {
                if let Some(attachment) = attachments.get(*index) {
                    writer.base64_lines(&attachment.content, LINE_WIDTH);
                }
            }
        }
    }
    writer.finish()?.into_handle()
}

fn refused(flaw: Flaw) -> Problem {
    problem(Fault::Caller, flaw.code, flaw.path, flaw.message)
}
