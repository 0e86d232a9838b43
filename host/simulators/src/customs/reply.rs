// SPDX-License-Identifier: Apache-2.0
//! Replies: what Customs lays into a mailbox.

use std::io::Write;
use std::time::Duration;

use rawzip::{CompressionMethod, ZipArchiveWriter};

use super::reply_plan::{ReplyKind, ReplyPlan};
use crate::business_id::BusinessId;
use crate::pdf::pdf;
use crate::xml::escape;

/// What is known of an upload that was accepted.
pub(super) struct Receipt {
    pub(super) storage_id: String,
    pub(super) declarant: String,
    pub(super) builder: String,
    pub(super) application: String,
    pub(super) reference: String,
    pub(super) content_format: String,
}

/// A message for a customer. Nothing in it is checked but the recipient's id, so that it may be what Customs
/// would never send.
#[derive(Clone)]
pub struct Reply {
    /// Business ID of the intermediary whose mailbox it goes to, as `1234567-8`.
    pub recipient: String,
    /// Business ID of the declarant, when the message's information is to name one.
    pub declarant: Option<String>,
    /// Business ID of the builder, likewise.
    pub builder: Option<String>,
    /// The Customs application that it comes from, likewise.
    pub application: Option<String>,
    /// The reference of the upload that it answers, likewise.
    pub reference: Option<String>,
    /// The reply itself.
    pub xml: Vec<u8>,
    /// What comes with it. Customs sends at most 2 MiB (guide 2015, [seed p16]).
    pub attachment: Option<Attachment>,
    /// How long until it is there.
    pub delay: Duration,
}

/// A file that comes with a reply.
#[derive(Clone, PartialEq, Eq)]
pub enum Attachment {
    /// One document.
    Pdf(Vec<u8>),
    /// Documents in a ZIP.
    Zip(Vec<u8>),
}

/// Why a reply was not taken.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DepositError {
    /// The recipient is nobody.
    #[error("the recipient is not a Business ID of the form 1234567-8 with a right check digit")]
    Recipient,
}

impl Reply {
    /// A reply for this intermediary, available at once, with nothing else to it.
    pub fn new(recipient: impl Into<String>, xml: impl Into<Vec<u8>>) -> Self {
        Self {
            recipient: recipient.into(),
            declarant: None,
            builder: None,
            application: None,
            reference: None,
            xml: xml.into(),
            attachment: None,
            delay: Duration::ZERO,
        }
    }

    /// A DmeErrorMessage about the upload with this reference: it came in, and does not keep to its schema.
    /// The name is Customs', the content a guess.
    pub fn schema_error(recipient: impl Into<String>, reference: impl Into<String>) -> Self {
        let reference = reference.into();
        let xml = format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<DmeErrorMessage xmlns=\"{REPLY_NAMESPACE}\">\
             <Reference>{}</Reference><Error><Code>SCHEMA</Code><Text>The message does not keep to its schema</Text>\
             </Error></DmeErrorMessage>",
            escape(&reference)
        );
        Self {
            reference: Some(reference),
            ..Self::new(recipient, xml)
        }
    }

    /// The reply that an accepted upload gets, if it gets one.
    pub(super) fn planned(
        plan: &ReplyPlan,
        intermediary: &BusinessId,
        receipt: &Receipt,
    ) -> Option<Self> {
        let recipient = intermediary.as_str();
        let title = format!("Reply to {}", receipt.reference);
        let (reply, attachment) = match plan.kind(&receipt.application) {
            ReplyKind::Nothing => return None,
            ReplyKind::SchemaError => (
                Self::schema_error(recipient, receipt.reference.as_str()),
                None,
            ),
            ReplyKind::Xml => (Self::new(recipient, business_reply(receipt)), None),
            ReplyKind::XmlAndPdf => (
                Self::new(recipient, business_reply(receipt)),
                Some(Attachment::Pdf(pdf(&title, 0))),
            ),
            ReplyKind::XmlAndZip => (
                Self::new(recipient, business_reply(receipt)),
                zip("reply.pdf", &pdf(&title, 0)).map(Attachment::Zip),
            ),
        };
        Some(Self {
            declarant: Some(receipt.declarant.clone()),
            builder: Some(receipt.builder.clone()),
            application: Some(receipt.application.clone()),
            reference: Some(receipt.reference.clone()),
            attachment,
            delay: plan.delay,
            ..reply
        })
    }
}

/// The simulator's own: the applications' schemas are theirs, and their replies are not imitated.
const REPLY_NAMESPACE: &str = "urn:silta:simulator:customs:reply:1";

/// Cites what it answers, and by its storage id too, as newer application messages do (RequestCorrelation).
fn business_reply(receipt: &Receipt) -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<AcceptanceReply xmlns=\"{REPLY_NAMESPACE}\">\
         <Reference>{}</Reference><RequestCorrelation>{}</RequestCorrelation><Application>{}</Application>\
         <Decision>ACCEPTED</Decision></AcceptanceReply>",
        escape(&receipt.reference),
        escape(&receipt.storage_id),
        escape(&receipt.application),
    )
}

/// `None` when the writer refuses, which it has no cause to: a PDF in memory is far from any of its limits.
fn zip(name: &str, content: &[u8]) -> Option<Vec<u8>> {
    let mut archive = ZipArchiveWriter::new(Vec::new());
    let (mut entry, data) = archive
        .new_file(name)
        .compression_method(CompressionMethod::DEFLATE)
        .start()
        .ok()?;
    let mut counted = data.wrap(Vec::new());
    counted.write_all(content).ok()?;
    let (content, descriptor) = counted.finish().ok()?;
    entry.write_all(&deflated(&content)).ok()?;
    entry.finish(descriptor).ok()?;
    archive.finish().ok()
}

/// DEFLATE in blocks that are stored as they are (RFC 1951, §3.2.4). The method STORED would do, if there were
/// not readers of streams that need DEFLATE to find the end of a file whose length comes after it.
fn deflated(content: &[u8]) -> Vec<u8> {
    let mut output = Vec::new();
    let mut blocks = content.chunks(usize::from(u16::MAX)).peekable();
    while let Some(block) = blocks.next() {
        let length = u16::try_from(block.len()).unwrap_or(u16::MAX);
        output.push(u8::from(blocks.peek().is_none()));
        output.extend_from_slice(&length.to_le_bytes());
        output.extend_from_slice(&(!length).to_le_bytes());
        output.extend_from_slice(block);
    }
    output
}

#[cfg(test)]
mod tests {
    use xml_testkit::tools;

    use super::*;

    #[test]
    fn unzip_takes_a_zip() {
        if !tools::are_installed(&["unzip"]) {
            return;
        }
        // More than one block.
        let content = "0123456789".repeat(20_000);
        for content in [&pdf("Reply to REF-1", 0), content.as_bytes()] {
            let folder = tempfile::tempdir().unwrap();
            let archive = zip("reply.pdf", content).unwrap();
            std::fs::write(folder.path().join("reply.zip"), archive).unwrap();
            let unzipped = tools::output(folder.path(), "unzip -p reply.zip");
            assert_eq!(unzipped, content);
        }
    }

    #[test]
    fn a_zip_names_its_file() {
        let archive = zip("reply.pdf", b"x").unwrap();
        let archive = rawzip::ZipArchive::from_slice(&archive).unwrap();
        let mut entries = archive.entries();
        let entry = entries.next_entry().unwrap().unwrap();
        assert_eq!(
            entry.file_path().try_normalize().unwrap().as_ref(),
            "reply.pdf"
        );
        assert!(entries.next_entry().unwrap().is_none());
    }

    #[test]
    fn a_pdf_finds_its_own_cross_references() {
        let document = pdf("Reply to REF-1", 0);
        let text = String::from_utf8_lossy(&document);
        assert!(text.starts_with("%PDF-1."));
        assert!(text.contains("(Reply to REF-1) Tj"), "{text}");
        let (_, tail) = text.rsplit_once("startxref").unwrap();
        let offset: usize = tail.lines().nth(1).unwrap().trim().parse().unwrap();
        assert!(document[offset..].starts_with(b"xref"));
    }
}
