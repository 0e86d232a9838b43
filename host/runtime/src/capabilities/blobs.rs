//! `blobs`: bytes that stay in the host.

use aws_lc_rs::digest;
use wasmtime::component::Resource;

use crate::{
    bindings::silta::agency::blobs::{BlobError, DigestAlgorithm, Host, HostBlob, HostWriter},
    blob::{
        Blob, base64,
        writer::{BlobWriter, COPIED},
    },
    call::CallState,
    call::limits::{Limit, LimitExceeded},
};

/// What a shared segment costs the host beside the bytes it shares.
const SEGMENT: u64 = 64;

/// A writer as the component holds it: `None` once finished.
#[expect(
    unreachable_pub,
    reason = "the generated bindings name it in public items"
)]
pub struct WriterState(Option<BlobWriter>);

type Answer<T> = wasmtime::Result<Result<T, BlobError>>;

impl Host for CallState {}

impl HostBlob for CallState {
    fn size(&mut self, blob: Resource<Blob>) -> wasmtime::Result<u64> {
        Ok(self.table.get(&blob)?.size())
    }

    fn read(&mut self, blob: Resource<Blob>, offset: u64, length: u32) -> Answer<Vec<u8>> {
        let (asked, allowed) = (u64::from(length), self.limits().hostcall_bytes);
        if asked > allowed {
            return Err(LimitExceeded {
                limit: Limit::HostcallBytes,
                allowed,
                asked: Some(asked),
            }
            .into());
        }
        let bytes = self
            .open(&blob)?
            .and_then(|blob| part(&blob, offset, asked));
        self.answer("blobs.blob.read", bytes.map(|bytes| bytes.to_vec()))
    }

    fn slice(&mut self, blob: Resource<Blob>, offset: u64, length: u64) -> Answer<Resource<Blob>> {
        let slice = self
            .open(&blob)?
            .and_then(|blob| part(&blob, offset, length));
        self.answer_blob("blobs.blob.slice", slice)
    }

    fn decode_base64(&mut self, blob: Resource<Blob>) -> Answer<Resource<Blob>> {
        let blob = self.open(&blob)?;
        if let Ok(blob) = &blob {
            self.charge(blob.size() / 4 * 3)?;
        }
        let decoded = blob.and_then(|blob| blob.decode_base64().map_err(BlobError::InvalidBase64));
        self.answer_blob("blobs.blob.decode-base64", decoded)
    }

    fn digest(&mut self, blob: Resource<Blob>, algorithm: DigestAlgorithm) -> Answer<Vec<u8>> {
        let algorithm = match algorithm {
            DigestAlgorithm::Sha1 => &digest::SHA1_FOR_LEGACY_USE_ONLY,
            DigestAlgorithm::Sha256 => &digest::SHA256,
            DigestAlgorithm::Sha384 => &digest::SHA384,
            DigestAlgorithm::Sha512 => &digest::SHA512,
        };
        let digest = self
            .open(&blob)?
            .map(|blob| blob.digest(algorithm).as_ref().to_vec());
        self.answer("blobs.blob.digest", digest)
    }

    fn find(&mut self, blob: Resource<Blob>, set: Vec<u8>, start: u64) -> Answer<Option<u64>> {
        let found = self.open(&blob)?.and_then(|blob| {
            if start > blob.size() {
                Err(BlobError::OutOfRange(blob.size()))
            } else {
                Ok(blob.find(&set, start))
            }
        });
        self.answer("blobs.blob.find", found)
    }

    fn drop(&mut self, blob: Resource<Blob>) -> wasmtime::Result<()> {
        self.table.delete(blob)?;
        Ok(())
    }
}

impl HostWriter for CallState {
    fn new(&mut self) -> wasmtime::Result<Resource<WriterState>> {
        Ok(self.table.push(WriterState(Some(BlobWriter::new())))?)
    }

    fn write(&mut self, writer: Resource<WriterState>, bytes: Vec<u8>) -> Answer<()> {
        self.charge(bytes.len() as u64)?;
        self.with_writer("blobs.writer.write", &writer, |writer| writer.write(&bytes))
    }

    fn append(&mut self, writer: Resource<WriterState>, source: Resource<Blob>) -> Answer<()> {
        let source = self.table.get(&source)?.clone();
        // What is too small to be shared is copied.
        let copied = source.size().min(COPIED);
        self.charge(copied.max(SEGMENT * source.segments().len() as u64))?;
        self.check_total(&writer, source.size())?;
        self.with_writer("blobs.writer.append", &writer, |writer| {
            writer.append(&source)
        })
    }

    fn append_base64(
        &mut self,
        writer: Resource<WriterState>,
        source: Resource<Blob>,
        line_width: Option<u32>,
    ) -> Answer<()> {
        let source = self.table.get(&source)?.clone();
        self.charge(base64::encoded_size(source.size(), line_width))?;
        self.with_writer("blobs.writer.append-base64", &writer, |writer| {
            writer.append_base64(&source, line_width)
        })
    }

    fn append_secret(&mut self, writer: Resource<WriterState>, role: String) -> Answer<()> {
        let secret = self.secrets().and_then(|secrets| secrets.outgoing(&role));
        let Some(secret) = secret.map(<[u8]>::to_vec) else {
            return self.answer(
                "blobs.writer.append-secret",
                Err(BlobError::UnknownRole(role)),
            );
        };
        self.charge(secret.len() as u64)?;
        self.with_writer("blobs.writer.append-secret", &writer, |writer| {
            writer.append_secret(&secret)
        })
    }

    fn finish(&mut self, writer: Resource<WriterState>) -> Answer<Resource<Blob>> {
        let finished = self
            .table
            .get_mut(&writer)?
            .0
            .take()
            .map(BlobWriter::finish);
        match finished {
            Some(blob) => Ok(Ok(self.table.push(blob)?)),
            None => self.answer("blobs.writer.finish", Err(BlobError::Finished)),
        }
    }

    fn drop(&mut self, writer: Resource<WriterState>) -> wasmtime::Result<()> {
        self.table.delete(writer)?;
        Ok(())
    }
}

impl CallState {
    /// The blob, if the component may look into it.
    fn open(&self, blob: &Resource<Blob>) -> Answer<Blob> {
        let blob = self.table.get(blob)?;
        Ok(if blob.is_sealed() {
            Err(BlobError::Sealed)
        } else {
            Ok(blob.clone())
        })
    }

    fn with_writer(
        &mut self,
        function: &'static str,
        writer: &Resource<WriterState>,
        work: impl FnOnce(&mut BlobWriter),
    ) -> Answer<()> {
        let done = self.table.get_mut(writer)?.0.as_mut().map(work);
        self.answer(function, done.ok_or(BlobError::Finished))
    }

    /// Sharing costs nothing, so that a few doublings would make a blob of any size; a blob may not outgrow what a call may hold.
    fn check_total(&mut self, writer: &Resource<WriterState>, more: u64) -> wasmtime::Result<()> {
        let size = self
            .table
            .get(writer)?
            .0
            .as_ref()
            .map_or(0, BlobWriter::size);
        if size.saturating_add(more) > self.limits().blob_bytes {
            self.charge(size.saturating_add(more))?;
        }
        Ok(())
    }

    fn answer_blob(
        &mut self,
        function: &'static str,
        blob: Result<Blob, BlobError>,
    ) -> Answer<Resource<Blob>> {
        match blob {
            Ok(blob) => {
                self.charge(SEGMENT * blob.segments().len() as u64)?;
                Ok(Ok(self.table.push(blob)?))
            }
            Err(error) => self.answer(function, Err(error)),
        }
    }

    fn answer<T>(&self, function: &'static str, result: Result<T, BlobError>) -> Answer<T> {
        if let Err(error) = &result {
            let reason = match error {
                BlobError::OutOfRange(_) => "out-of-range",
                BlobError::InvalidBase64(_) => "invalid-base64",
                BlobError::Sealed => "sealed",
                BlobError::UnknownRole(_) => "unknown-role",
                BlobError::Finished => "finished",
            };
            self.refused(function, reason);
        }
        Ok(result)
    }
}

fn part(blob: &Blob, offset: u64, length: u64) -> Result<Blob, BlobError> {
    blob.slice(offset, length)
        .ok_or_else(|| BlobError::OutOfRange(blob.size()))
}
