// SPDX-License-Identifier: Apache-2.0
//! Attachments: decoded where they lie, in the host.

use agency_guest::{
    Problem,
    imports::{
        blobs::{self, BlobError},
        facts::ReceivedDocument,
    },
    internal, text_blob,
};
use suomifi_messages::AttachedFile;

use super::origin::Origin;
use crate::wire::{self, Attachment, ItemRefusal, ItemState};

/// Attachments of a message: what the event says of them, and the documents.
pub(super) struct Files {
    pub(super) told: Vec<AttachedFile>,
    pub(super) documents: Vec<ReceivedDocument>,
}

/// Media type of what came without one.
const UNKNOWN_TYPE: &str = "application/octet-stream";

/// Decodes the attachments of a message and judges their sizes. `before` is how many documents the call has handed out already.
///
/// The inner error is the sender's, the outer one ours.
pub(super) fn decode(
    origin: &Origin<'_>,
    attachments: &[Attachment<'_>],
    before: usize,
) -> Result<Result<Files, ItemRefusal>, Problem> {
    let mut files = Files {
        told: Vec::new(),
        documents: Vec::new(),
    };
    let mut sizes = Vec::new();
    let rules = &origin.settings.attachments;
    if before + attachments.len() > rules.most_files_of_a_call {
        let path = attachments.first().map(|first| first.path().to_owned());
        return Ok(Err(ItemRefusal::new(
            ItemState::OTHER,
            "attachment.too-many-in-a-call",
            path.unwrap_or_default(),
            format!(
                "with these the call has more than {} attachments; send fewer at a time, or have the setting attachments.most-files-of-a-call raised",
                rules.most_files_of_a_call
            ),
        )));
    }
    for (index, attachment) in attachments.iter().enumerate() {
        let content = match content(origin.source, attachment)? {
            Ok(content) => content,
            Err(refusal) => return Ok(Err(refusal)),
        };
        let size = content.as_ref().map(blobs::Blob::size);
        if let Some(size) = size {
            sizes.push((size, attachment.path()));
            check_announced(origin, attachment, size);
        }
        let document = content.map(|content| document(attachment, index + 1, content));
        files.told.push(AttachedFile {
            name: attachment.name.clone(),
            media_type: attachment.media_type.clone(),
            size,
            document: document.as_ref().map(|_| before + files.documents.len()),
            id: None,
            url: attachment.url.clone(),
            description: attachment.description.clone(),
        });
        files.documents.extend(document);
    }
    match wire::check_sizes(rules, &sizes) {
        Ok(()) => Ok(Ok(files)),
        Err(refusal) => Ok(Err(refusal)),
    }
}

fn content(
    source: &blobs::Blob,
    attachment: &Attachment<'_>,
) -> Result<Result<Option<blobs::Blob>, ItemRefusal>, Problem> {
    let Some(text) = attachment.content else {
        return Ok(Ok(None));
    };
    match text_blob(source, text.shared_pieces())?
        .handle()
        .decode_base64()
    {
        Ok(content) => Ok(Ok(Some(content))),
        Err(BlobError::InvalidBase64(offset)) => Ok(Err(ItemRefusal::new(
            ItemState::CONTENT,
            "attachment.not-base64",
            format!("{}/TiedostoSisalto", attachment.path()),
            format!("the content is not base64 (RFC 4648 §4) from its byte {offset} on"),
        ))),
        Err(_) => Err(internal("an attachment could not be decoded")),
    }
}

fn document(attachment: &Attachment<'_>, number: usize, content: blobs::Blob) -> ReceivedDocument {
    let made_up = || format!("attachment-{number}");
    let media_type = attachment.media_type.as_deref();
    ReceivedDocument {
        name: attachment.name.clone().unwrap_or_else(made_up),
        media_type: media_type
            .filter(|kind| kind.contains('/'))
            .unwrap_or(UNKNOWN_TYPE)
            .into(),
        content,
    }
}

/// The size that is announced is rounded, and of no consequence.
fn check_announced(origin: &Origin<'_>, attachment: &Attachment<'_>, size: u64) {
    let Some(announced) = attachment.announced_kilobytes.as_deref() else {
        return;
    };
    if !wire::is_announced(announced, size) {
        origin.lines.warn(&format!(
            "an attachment has {size} bytes, which is not what {}/TiedostoKoko announces in kilobytes; it is taken as it is",
            attachment.path()
        ));
    }
}
