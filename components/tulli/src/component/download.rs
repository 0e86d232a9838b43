// SPDX-License-Identifier: Apache-2.0
//! A downloaded message: its documents, and how far they are vouched for.

use std::io;

use agency_guest::{
    Blob, Problem, ToEvent,
    exports::message::Outcome,
    imports::{
        blobs::{self, BlobError},
        facts::ReceivedDocument,
    },
    internal, load, text_blob,
};
use agency_http::AnswerError;
use canonical_xml::{ElementRef, Text};
use rawzip::ReaderAt;

use super::judging;
use crate::{
    events::{
        DownloadedDocument, ListedEntry, MessageDownloaded, MessageKind, NamedValues, SchemaError,
    },
    wire::{self, Message, MessageInformation, PDF, Part, Settings, ZIP},
};

const XML: [&str; 2] = ["application/xml", "text/xml"];

/// Adds the message in `element`, an element of `body`, to the outcome: its documents, the event that it is there, and what Customs says in it of
/// errors in the schema.
pub(super) fn add(
    settings: &Settings,
    (body, element): (&blobs::Blob, ElementRef<'_>),
    (information, storage_id): (&MessageInformation, &str),
    outcome: &mut Outcome,
) -> Result<(), Problem> {
    let inside = |error: AnswerError| error.within(&element.path());
    let response = decoded(body, element.text())?;
    let response = response.ok_or_else(|| not_base64(element))?;
    let response = response.handle();
    let document = load(response, &wire::message_limits())?;
    let reply = wire::read_reply(settings, &document);
    let reply = reply.map_err(inside)?;
    let Ok(loaded) = &document else {
        return Err(internal("a document that was read could not be read"));
    };
    let standing = judging::judge(settings, (response, loaded), &reply, element)?;
    let storage_id = information.storage_id.as_deref().unwrap_or(storage_id);
    let (mut described, mut message) = (Vec::new(), None);
    for (index, part) in reply.parts.iter().enumerate() {
        let text = standing.text(part.content);
        let text = text.ok_or_else(|| internal("content that is vouched for cannot be had"))?;
        let content = decoded(response, text)?;
        let content = content.ok_or_else(|| inside(not_base64(part.content)))?;
        wire::check_size(settings, part, content.size()).map_err(inside)?;
        if message.is_none() && is_xml(&part.media_type) {
            message = read_message(settings, &content)?;
        }
        let name = file_name(storage_id, &reply.parts, index);
        described.push(description(part, name.clone(), &content));
        outcome.documents.push(ReceivedDocument {
            name,
            media_type: part.media_type.clone(),
            content: content.into_handle()?,
        });
    }
    let reference = information.reference.as_deref();
    let data = MessageDownloaded {
        storage_id,
        reference,
        code: &outcome.code,
        message_information: NamedValues::from(&*information.fields),
        identification: NamedValues::from(&*reply.identification),
        message: message.as_ref().map(|found| MessageKind {
            namespace: &found.namespace,
            name: &found.name,
        }),
        documents: described,
        signature: standing.report(),
    };
    let event = data.event_about(storage_id, reference)?;
    outcome.events.push(event);
    if let Some(errors) = message.and_then(|message| message.schema_errors) {
        let data = SchemaError {
            storage_id,
            reference,
            details: NamedValues::from(&*errors),
        };
        outcome
            .events
            .push(data.event_about(storage_id, reference)?);
    }
    Ok(())
}

/// The bytes that a text stands for, which stay in the host; `None` when it is not base64, or empty.
fn decoded(source: &blobs::Blob, text: Text<'_>) -> Result<Option<Blob>, Problem> {
    match text_blob(source, text.shared_pieces())?
        .handle()
        .decode_base64()
    {
        Ok(bytes) if bytes.size() > 0 => Ok(Some(bytes.into())),
        Ok(_) | Err(BlobError::InvalidBase64(_)) => Ok(None),
        Err(_) => Err(internal("a text could not be decoded")),
    }
}

fn not_base64(element: ElementRef<'_>) -> AnswerError {
    AnswerError {
        code: "answer.not-base64",
        path: element.path(),
        message: "the text of this element is not whole base64 (RFC 4648 §4), or empty".into(),
    }
}

/// Whether a media type is one of XML (RFC 7303 §4.2, §8).
fn is_xml(media_type: &str) -> bool {
    XML.contains(&media_type) || media_type.ends_with("+xml")
}

/// What the XML document is about. One that cannot be read is handed out all the same: it is for somebody else to read.
fn read_message(settings: &Settings, content: &Blob) -> Result<Option<Message>, Problem> {
    let document = load(content.handle(), &wire::message_limits())?;
    Ok(document
        .ok()
        .map(|document| wire::read_message(settings, &document)))
}

/// A name made of the storage id, since Customs gives none, with what tells several of a kind apart.
fn file_name(storage_id: &str, parts: &[Part<'_>], index: usize) -> String {
    let plain = |c: char| match c {
        c if c.is_alphanumeric() || "-.".contains(c) => c,
        _ => '_',
    };
    let stem: String = storage_id.chars().map(plain).collect();
    let stem = match stem.trim_matches(['.', '_']) {
        "" => "message",
        stem => stem,
    };
    let media_type = parts.get(index).map(|part| part.media_type.as_str());
    let extension = match media_type.unwrap_or_default() {
        PDF => "pdf",
        ZIP => "zip",
        media_type if is_xml(media_type) => "xml",
        _ => "bin",
    };
    let alike = parts.iter().take(index);
    match alike
        .filter(|part| Some(part.media_type.as_str()) == media_type)
        .count()
    {
        0 => format!("{stem}.{extension}"),
        before => format!("{stem}-{}.{extension}", before + 1),
    }
}

fn description<'a>(part: &'a Part<'_>, name: String, content: &Blob) -> DownloadedDocument<'a> {
    let (mut listed, mut unreadable) = (None, None);
    if part.media_type == ZIP {
        match wire::entries(Reader(content.handle()), content.size()) {
            Ok(entries) => {
                let entries = entries.into_iter().map(|entry| ListedEntry {
                    name: entry.name,
                    size: entry.size,
                    compressed_size: entry.compressed_size,
                });
                listed = Some(entries.collect());
            }
            // It is handed out as it is: somebody may still make something of it.
            Err(reason) => unreadable = Some(reason),
        }
    }
    DownloadedDocument {
        name,
        media_type: &part.media_type,
        content_format: &part.format,
        size: content.size(),
        entries: listed,
        unreadable,
    }
}

/// Reads an archive where it is, in the host.
struct Reader<'a>(&'a blobs::Blob);

impl ReaderAt for Reader<'_> {
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        let left = self.0.size().saturating_sub(offset);
        let length = u32::try_from(left.min(buffer.len() as u64)).unwrap_or(u32::MAX);
        let bytes = self.0.read(offset.min(self.0.size()), length);
        let bytes = bytes.map_err(|_| io::Error::other("outside of the archive"))?;
        match buffer.get_mut(..bytes.len()) {
            Some(place) => place.copy_from_slice(&bytes),
            None => return Err(io::Error::other("more bytes than were asked for")),
        }
        Ok(bytes.len())
    }
}
