// SPDX-License-Identifier: Apache-2.0
//! `blobs`: bytes that stay in the host.

use aws_lc_rs::digest;
use bytes::Bytes;
use wasmtime::component::{HasData, Resource, ResourceTable, ResourceTableError};

use super::View;
use crate::{
    bindings::{
        BlobRefused,
        silta::agency::blobs::{BlobError, DigestAlgorithm, Host, HostBlob, HostWriter},
    },
    blob::{
        Blob, base64,
        writer::{BlobWriter, COPIED, Writer},
    },
    call::{
        limits::Limit,
        refused::Reason,
        state::{CallState, Meter},
    },
};

/// What a shared segment costs the host beside the bytes it shares.
const SEGMENT: u64 = 64;

/// The blobs and writers of a call.
pub(super) struct Blobs<'a> {
    view: View<'a>,
    table: &'a mut ResourceTable,
    /// Bytes that the host holds for the component.
    held: &'a mut Meter,
}

type Answer<T> = Result<T, BlobRefused>;

impl<'a> Blobs<'a> {
    pub(super) fn of(state: &'a mut CallState) -> Self {
        Self {
            view: View::new(&state.environment, &mut state.trace),
            table: &mut state.table,
            held: &mut state.blob_bytes,
        }
    }

    /// The blob, if the component may look into it.
    fn open(&self, blob: &Resource<Blob>) -> Answer<Blob> {
        Ok(unsealed(self.table, blob)?.ok_or(BlobError::Sealed)?)
    }

    /// The writer, if it is not finished.
    fn writer(&mut self, writer: &Resource<Writer>) -> Answer<&mut BlobWriter> {
        let writer = self.table.get_mut(writer)?;
        Ok(writer.0.as_mut().ok_or(BlobError::Finished)?)
    }

    /// Sharing costs nothing, so that a few doublings would make a blob of any size; a blob may not outgrow what a call may hold.
    fn check_total(&mut self, writer: &Resource<Writer>, more: u64) -> Answer<()> {
        let writer = self.table.get(writer)?.0.as_ref();
        let size = writer.map_or(0, BlobWriter::size).saturating_add(more);
        if size > self.view.environment.limits.blob_bytes {
            self.held.charge(size)?;
        }
        Ok(())
    }

    fn insert(
        &mut self,
        writer: &Resource<Writer>,
        secret: Option<Bytes>,
        role: String,
    ) -> Answer<()> {
        // A call with a secret in what it gives is not recorded without secrets, so that none of this can be in such a recording.
        self.view
            .scripted_by_secret(|| vec![role.as_str().into()], |_| Some(()))?;
        let secret = secret.ok_or(BlobError::UnknownRole(role))?;
        if let Some(tape) = &self.view.trace.tape {
            tape.secret_was_written();
        }
        self.held.charge(secret.len() as u64)?;
        self.writer(writer)?.append_secret(&secret);
        Ok(())
    }

    fn hand_out(&mut self, blob: Blob) -> Answer<Resource<Blob>> {
        self.held.charge(SEGMENT * blob.segments().len() as u64)?;
        Ok(self.table.push(blob)?)
    }
}

impl HasData for Blobs<'static> {
    type Data<'a> = Blobs<'a>;
}

impl Host for Blobs<'_> {
    fn convert_blob_error(&mut self, refused: BlobRefused) -> wasmtime::Result<BlobError> {
        self.view.report(refused)
    }
}

impl HostBlob for Blobs<'_> {
    fn size(&mut self, blob: Resource<Blob>) -> wasmtime::Result<u64> {
        Ok(self.table.get(&blob)?.size())
    }

    fn read(&mut self, blob: Resource<Blob>, offset: u64, length: u32) -> Answer<Vec<u8>> {
        self.view.enter("blobs.blob.read");
        let length = u64::from(length);
        Limit::HostcallBytes.check(length, self.view.environment.limits.hostcall_bytes)?;
        let blob = self.open(&blob)?;
        let copied = blob.copied(offset, length);
        Ok(copied.ok_or_else(|| BlobError::OutOfRange(blob.size()))?)
    }

    fn slice(&mut self, blob: Resource<Blob>, offset: u64, length: u64) -> Answer<Resource<Blob>> {
        self.view.enter("blobs.blob.slice");
        let slice = part(&self.open(&blob)?, offset, length)?;
        self.hand_out(slice)
    }

    fn decode_base64(&mut self, blob: Resource<Blob>) -> Answer<Resource<Blob>> {
        self.view.enter("blobs.blob.decode-base64");
        let blob = self.open(&blob)?;
        self.held.charge(blob.size() / 4 * 3)?;
        let decoded = blob.decode_base64().map_err(BlobError::InvalidBase64)?;
        self.hand_out(decoded)
    }

    fn digest(&mut self, blob: Resource<Blob>, algorithm: DigestAlgorithm) -> Answer<Vec<u8>> {
        self.view.enter("blobs.blob.digest");
        let algorithm = match algorithm {
            DigestAlgorithm::Sha1 => &digest::SHA1_FOR_LEGACY_USE_ONLY,
            DigestAlgorithm::Sha256 => &digest::SHA256,
            DigestAlgorithm::Sha384 => &digest::SHA384,
            DigestAlgorithm::Sha512 => &digest::SHA512,
        };
        Ok(self.open(&blob)?.digest(algorithm).as_ref().to_vec())
    }

    fn find(&mut self, blob: Resource<Blob>, set: Vec<u8>, start: u64) -> Answer<Option<u64>> {
        self.view.enter("blobs.blob.find");
        let blob = self.open(&blob)?;
        if start > blob.size() {
            return Err(BlobError::OutOfRange(blob.size()).into());
        }
        Ok(blob.find(&set, start))
    }

    fn drop(&mut self, blob: Resource<Blob>) -> wasmtime::Result<()> {
        self.table.delete(blob)?;
        Ok(())
    }
}

impl HostWriter for Blobs<'_> {
    fn new(&mut self) -> wasmtime::Result<Resource<Writer>> {
        Ok(self.table.push(Writer::default())?)
    }

    fn write(&mut self, writer: Resource<Writer>, bytes: Vec<u8>) -> Answer<()> {
        self.view.enter("blobs.writer.write");
        self.held.charge(bytes.len() as u64)?;
        self.writer(&writer)?.take(bytes);
        Ok(())
    }

    fn append(&mut self, writer: Resource<Writer>, source: Resource<Blob>) -> Answer<()> {
        self.view.enter("blobs.writer.append");
        let source = self.table.get(&source)?.clone();
        // What is too small to be shared is copied.
        let copied = source.size().min(COPIED);
        let shared = SEGMENT * source.segments().len() as u64;
        self.held.charge(copied.max(shared))?;
        self.check_total(&writer, source.size())?;
        self.writer(&writer)?.append(&source);
        Ok(())
    }

    fn append_base64(
        &mut self,
        writer: Resource<Writer>,
        source: Resource<Blob>,
        line_width: Option<u32>,
    ) -> Answer<()> {
        self.view.enter("blobs.writer.append-base64");
        let source = self.table.get(&source)?.clone();
        let encoded = base64::encoded_size(source.size(), line_width);
        self.held.charge(encoded)?;
        self.writer(&writer)?.append_base64(&source, line_width);
        Ok(())
    }

    fn append_secret(&mut self, writer: Resource<Writer>, role: String) -> Answer<()> {
        self.view.enter("blobs.writer.append-secret");
        let secret = self.view.secret(&role);
        self.insert(&writer, secret, role)
    }

    fn append_next_secret(&mut self, writer: Resource<Writer>, role: String) -> Answer<()> {
        self.view.enter("blobs.writer.append-next-secret");
        let secret = self.view.next_secret(&role);
        self.insert(&writer, secret, role)
    }

    fn finish(&mut self, writer: Resource<Writer>) -> Answer<Resource<Blob>> {
        self.view.enter("blobs.writer.finish");
        let finished = self.table.get_mut(&writer)?.0.take();
        let finished = finished.ok_or(BlobError::Finished)?.finish();
        Ok(self.table.push(finished)?)
    }

    fn drop(&mut self, writer: Resource<Writer>) -> wasmtime::Result<()> {
        self.table.delete(writer)?;
        Ok(())
    }
}

impl Reason for BlobError {
    fn name(&self) -> Option<&'static str> {
        Some(match self {
            Self::OutOfRange(_) => "out-of-range",
            Self::InvalidBase64(_) => "invalid-base64",
            Self::Sealed => "sealed",
            Self::UnknownRole(_) => "unknown-role",
            Self::Finished => "finished",
        })
    }
}

/// A blob that may be looked into; `None` for a sealed one.
pub(super) fn unsealed(
    table: &ResourceTable,
    blob: &Resource<Blob>,
) -> Result<Option<Blob>, ResourceTableError> {
    let blob = table.get(blob)?;
    Ok((!blob.is_sealed()).then(|| blob.clone()))
}

fn part(blob: &Blob, offset: u64, length: u64) -> Result<Blob, BlobError> {
    blob.slice(offset, length)
        .ok_or_else(|| BlobError::OutOfRange(blob.size()))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::{
        call::{
            environment::{
                Environment,
                tests::{Told, environment},
            },
            refused::Refused,
        },
        secrets::Secrets,
    };

    fn state(change: impl FnOnce(&mut Environment)) -> (Arc<Told>, CallState) {
        let told = Arc::new(Told::default());
        let mut environment = environment(&told);
        change(&mut environment);
        let id = environment.call_id("build");
        (told, CallState::new(&Arc::new(environment), id))
    }

    #[test]
    fn a_secret_goes_into_a_blob_that_cannot_be_read() {
        let (told, mut state) = state(|environment| {
            environment.secrets = Secrets::new().with("callback", vec![b"hush".to_vec()]);
        });
        let mut blobs = Blobs::of(&mut state);
        let writer = HostWriter::new(&mut blobs).unwrap();
        let borrow = || Resource::new_borrow(writer.rep());
        blobs.append_secret(borrow(), "callback".into()).unwrap();
        let refused = blobs.append_secret(borrow(), "other".into()).unwrap_err();
        let reason = blobs.convert_blob_error(refused).unwrap();
        assert!(matches!(reason, BlobError::UnknownRole(role) if role == "other"));
        let blob = blobs.finish(borrow()).unwrap();
        assert_eq!(blobs.size(Resource::new_borrow(blob.rep())).unwrap(), 4);
        let refused = blobs.read(blob, 0, 4).unwrap_err();
        let reason = blobs.convert_blob_error(refused).unwrap();
        assert!(matches!(reason, BlobError::Sealed));
        assert_eq!(
            *told.refusals.lock().unwrap(),
            [
                ("blobs.writer.append-secret", "unknown-role"),
                ("blobs.blob.read", "sealed"),
            ]
        );
    }

    #[test]
    fn what_is_held_and_what_is_passed_at_once_are_limited() {
        let (told, mut state) = state(|environment| {
            environment.limits.blob_bytes = 10;
            environment.limits.hostcall_bytes = 4;
        });
        let mut blobs = Blobs::of(&mut state);
        let writer = HostWriter::new(&mut blobs).unwrap();
        let borrow = || Resource::new_borrow(writer.rep());
        blobs.write(borrow(), vec![0; 10]).unwrap();
        let over = blobs.write(borrow(), vec![0]).unwrap_err();
        assert!(matches!(over, Refused::Ends(_)));
        let blob = blobs.finish(borrow()).unwrap();
        let borrow = || Resource::new_borrow(blob.rep());
        assert_eq!(blobs.read(borrow(), 6, 4).unwrap(), [0; 4]);
        let over = blobs.read(borrow(), 0, 5).unwrap_err();
        assert!(blobs.convert_blob_error(over).is_err());
        assert!(told.refusals.lock().unwrap().is_empty());
    }
}
