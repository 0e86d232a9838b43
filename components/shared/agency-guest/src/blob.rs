// SPDX-License-Identifier: Apache-2.0
//! Blobs with less ceremony.

use std::rc::Rc;

use canonical_xml::{Base64Text, Element, Pieces, Sink, WriteError, write};

use crate::{
    Problem,
    bindings::silta::agency::blobs::{self, BlobError, DigestAlgorithm},
    internal, problem,
    problem::Fault,
};

/// Markup is handed to the host in pieces of this size: large enough that crossings do not count, small enough to stay in the sandbox's first page.
const BUFFER: usize = 8 * 1024;

/// Bytes of room to begin with, which are cleared: most messages have no more markup.
const ROOM: usize = 4 * 1024;

/// Bytes that stay in the host. Cloning shares the handle.
#[derive(Clone)]
pub struct Blob(Rc<blobs::Blob>);

impl Blob {
    /// A blob of these bytes, copied into the host.
    ///
    /// # Errors
    /// As [`BlobWriter::finish`].
    pub fn of(bytes: &[u8]) -> Result<Self, Problem> {
        let writer = blobs::Writer::new();
        writer.write(bytes).map_err(unexpected)?;
        Ok(Self::from(writer.finish().map_err(unexpected)?))
    }

    /// A blob of an element in canonical form, after what goes before it.
    ///
    /// # Errors
    /// The inner one says what cannot be written; the outer one is a problem of fault `internal`, since the host has no reason to refuse.
    pub fn of_element<L: Leaf>(
        element: &Element<L>,
        before: &str,
    ) -> Result<Result<Self, WriteError>, Problem> {
        let mut writer = BlobWriter::new();
        writer.bytes(before.as_bytes());
        match write(element, &mut writer) {
            Ok(()) => writer.finish().map(Ok),
            Err(error) => Ok(Err(error)),
        }
    }

    /// Number of bytes.
    pub fn size(&self) -> u64 {
        self.0.size()
    }

    /// All bytes, copied into the component.
    ///
    /// # Errors
    /// A problem of fault `counterparty` when there are more than `limit`, for which the sandbox has no room.
    pub fn read_all(blob: &blobs::Blob, limit: u32) -> Result<Vec<u8>, Problem> {
        let size = blob.size();
        let Some(length) = u32::try_from(size).ok().filter(|length| *length <= limit) else {
            let message = format!("the body has {size} bytes where at most {limit} are expected");
            return Err(problem(Fault::Counterparty, "body.too-large", "", message));
        };
        blob.read(0, length).map_err(unexpected)
    }

    /// The base64 text of `blob` (RFC 4648 §4), made and kept in the host. For one that is written once, [`Encoded`] does.
    ///
    /// # Errors
    /// A problem of fault `internal`; the host has no reason to refuse.
    pub fn base64(blob: &blobs::Blob) -> Result<Base64Text<Self>, Problem> {
        let writer = blobs::Writer::new();
        writer.append_base64(blob, None).map_err(unexpected)?;
        Ok(Base64Text::promise(Self::from(
            writer.finish().map_err(unexpected)?,
        )))
    }

    /// Digest of the bytes.
    ///
    /// # Errors
    /// A problem of fault `internal`; the host has no reason to refuse.
    pub fn digest(&self, algorithm: DigestAlgorithm) -> Result<Vec<u8>, Problem> {
        self.0.digest(algorithm).map_err(unexpected)
    }

    /// The contract's handle, for what goes back to the host.
    ///
    /// # Errors
    /// A problem of fault `internal` when the handle is still shared.
    pub fn into_handle(self) -> Result<blobs::Blob, Problem> {
        Rc::try_unwrap(self.0).map_err(|_| internal("a blob to be handed out is still in use"))
    }

    /// The contract's handle, for imports that borrow it.
    pub fn handle(&self) -> &blobs::Blob {
        &self.0
    }
}

impl From<blobs::Blob> for Blob {
    fn from(blob: blobs::Blob) -> Self {
        Self(Rc::new(blob))
    }
}

/// Bytes that stay in the host and are written as their base64 text (RFC 4648 §4): made as often as they are written, and kept nowhere else.
pub struct Encoded(Blob);

impl Encoded {
    /// The base64 text of a blob.
    pub fn text(blob: Blob) -> Base64Text<Self> {
        Base64Text::promise(Self(blob))
    }
}

/// Writes markup and blobs into a new blob; markup is gathered so that the host is called seldom.
///
/// A refusal by the host is kept and reported by [`finish`](Self::finish), so that writing itself needs no checks.
pub struct BlobWriter {
    writer: blobs::Writer,
    buffer: Pieces,
    refused: Option<BlobError>,
}

impl BlobWriter {
    /// An empty writer.
    pub fn new() -> Self {
        Self::with_room(ROOM)
    }

    /// An empty writer of which so much markup is expected at a time, at most [`BUFFER`] bytes: room has to be cleared.
    pub(crate) fn with_room(room: usize) -> Self {
        Self {
            writer: blobs::Writer::new(),
            buffer: Pieces::with_room(room),
            refused: None,
        }
    }

    /// Appends bytes.
    pub fn bytes(&mut self, bytes: &[u8]) {
        if self.buffer.len() + bytes.len() > BUFFER {
            self.flush();
        }
        if bytes.len() > BUFFER {
            let written = self.writer.write(bytes);
            self.note(written);
        } else {
            self.buffer.push(bytes);
        }
    }

    /// Appends a blob by sharing its bytes.
    pub fn blob(&mut self, blob: &blobs::Blob) {
        self.flush();
        let appended = self.writer.append(blob);
        self.note(appended);
    }

    /// Appends the base64 text of a blob, in one run.
    pub fn base64(&mut self, blob: &blobs::Blob) {
        self.flush();
        let appended = self.writer.append_base64(blob, None);
        self.note(appended);
    }

    /// Appends the base64 text of a blob in lines of so many characters, each ended by CR LF.
    pub fn base64_lines(&mut self, blob: &blobs::Blob, width: u32) {
        self.flush();
        let appended = self.writer.append_base64(blob, Some(width));
        self.note(appended);
    }

    /// The blob of all that was appended.
    ///
    /// # Errors
    /// A problem of fault `internal` when the host refused something.
    pub fn finish(mut self) -> Result<Blob, Problem> {
        self.flush();
        match self.refused {
            Some(error) => Err(unexpected(error)),
            None => Ok(Blob::from(self.writer.finish().map_err(unexpected)?)),
        }
    }

    fn flush(&mut self) {
        if !self.buffer.is_empty() {
            let written = self.writer.write(self.buffer.as_slice());
            self.note(written);
            self.buffer.clear();
        }
    }

    fn note(&mut self, result: Result<(), BlobError>) {
        if let Err(error) = result {
            self.refused.get_or_insert(error);
        }
    }
}

impl Default for BlobWriter {
    fn default() -> Self {
        Self::new()
    }
}

/// What can stand in a tree as a text of the host.
pub trait Leaf {
    /// Appends that text.
    fn append_to(&self, writer: &mut BlobWriter);
}

impl Leaf for Blob {
    fn append_to(&self, writer: &mut BlobWriter) {
        writer.blob(self.handle());
    }
}

impl Leaf for Encoded {
    fn append_to(&self, writer: &mut BlobWriter) {
        writer.base64(self.0.handle());
    }
}

impl<L: Leaf> Sink<L> for BlobWriter {
    fn markup(&mut self) -> &mut Pieces {
        if self.buffer.len() > BUFFER {
            self.flush();
        }
        &mut self.buffer
    }

    fn text(&mut self, text: &str) {
        self.bytes(text.as_bytes());
    }

    fn blob(&mut self, leaf: &L) {
        leaf.append_to(self);
    }
}

pub(crate) fn unexpected(error: BlobError) -> Problem {
    let what = match error {
        BlobError::OutOfRange(size) => {
            format!("a place outside a blob of {size} bytes was asked for")
        }
        BlobError::InvalidBase64(offset) => {
            format!("text that is not base64 at offset {offset} was to be decoded")
        }
        BlobError::Sealed => "a sealed blob was to be read".into(),
        BlobError::UnknownRole(_) => "a secret that is not configured was to be inserted".into(),
        BlobError::Finished => "a finished writer was to be written to".into(),
    };
    internal(&what)
}
