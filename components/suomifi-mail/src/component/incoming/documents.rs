// SPDX-License-Identifier: Apache-2.0
//! Files of a mail as documents. Their bytes stay in the host, which decodes base64; what it does not decode is decoded here, up to a limit.

use agency_guest::{
    Blob, Problem,
    imports::{blobs, facts::ReceivedDocument, log},
    internal,
};
use suomifi_messages::AttachedFile;

use crate::wire::{self, Attached, Settings, TransferEncoding};

/// Name of a mail that is kept whole.
const MAIL: &str = "mail.eml";

/// The documents of a mail.
pub(super) struct Documents<'a> {
    settings: &'a Settings,
    mail: &'a blobs::Blob,
    documents: Vec<ReceivedDocument>,
}

impl<'a> Documents<'a> {
    pub(super) fn new(settings: &'a Settings, mail: &'a blobs::Blob) -> Self {
        Self {
            settings,
            mail,
            documents: Vec::new(),
        }
    }

    /// Hands out the files of a citizen's message, and says what they are.
    pub(super) fn attach(&mut self, files: &[Attached]) -> Result<Vec<AttachedFile>, Problem> {
        let mut attached = Vec::with_capacity(files.len());
        for file in files {
            let content = self.decoded(file)?;
            let mut name = file.document_name(self.documents.len() + 1);
            let content = match content {
                Some(content) => content,
                None => {
                    let line = "an attachment could not be decoded and is handed out as it is in the mail, with .encoded behind its name: its encoding is not known, or it is larger than the setting incoming.largest-decoded-bytes";
                    log::write(log::Level::Warning, line);
                    name.push_str(".encoded");
                    self.slice(file)?
                }
            };
            attached.push(AttachedFile {
                name: file.name.clone(),
                media_type: Some(file.media_type.clone()),
                size: Some(content.size()),
                document: Some(self.documents.len()),
                id: None,
                url: None,
                description: None,
            });
            self.documents.push(ReceivedDocument {
                name,
                media_type: file.media_type.clone(),
                content,
            });
        }
        Ok(attached)
    }

    /// Hands out the mail as it came.
    pub(super) fn keep(&mut self) -> Result<(), Problem> {
        let whole = self.mail.slice(0, self.mail.size());
        self.documents.push(ReceivedDocument {
            name: MAIL.into(),
            media_type: "message/rfc822".into(),
            content: whole.map_err(|_| internal("a mail is not to be had"))?,
        });
        Ok(())
    }

    pub(super) fn into_documents(self) -> Vec<ReceivedDocument> {
        self.documents
    }

    /// The content of a file; `None` where it is not decoded.
    fn decoded(&self, file: &Attached) -> Result<Option<blobs::Blob>, Problem> {
        let slice = self.slice(file)?;
        match file.encoding {
            TransferEncoding::AsItIs => return Ok(Some(slice)),
            TransferEncoding::Unknown => return Ok(None),
            TransferEncoding::Base64 => {
                if let Ok(content) = slice.decode_base64() {
                    return Ok(Some(content));
                }
            }
            TransferEncoding::QuotedPrintable => {}
        }
        // Also base64 that the host does not take, such as lines that begin with >.
        let limit = self.settings.incoming.largest_decoded_bytes;
        let length = u32::try_from(slice.size())
            .ok()
            .filter(|length| *length <= limit);
        let Some(length) = length else {
            return Ok(None);
        };
        let bytes = slice.read(0, length);
        let bytes = bytes.map_err(|_| internal("an attachment is not to be read"))?;
        let decoded = Blob::of(&wire::decoded(file.encoding, &bytes))?;
        Ok(Some(decoded.into_handle()?))
    }

    fn slice(&self, file: &Attached) -> Result<blobs::Blob, Problem> {
        let length = file.content.end - file.content.start;
        let slice = self.mail.slice(file.content.start, length);
        slice.map_err(|_| internal("an attachment is outside of its mail"))
    }
}
