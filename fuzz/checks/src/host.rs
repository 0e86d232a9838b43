// SPDX-License-Identifier: Apache-2.0
//! The base64 of the host as it is there, without the sandbox around it: that takes minutes to compile and would only dilute what a
//! fuzzer sees of its coverage. The folder `host` is a link to the host's own, because modules in there have modules of their own.

use bytes::Bytes;

pub(crate) mod base64;
#[expect(
    dead_code,
    reason = "the pool of the process is for the host; a check has one of its own"
)]
pub(crate) mod pool;

/// As much of the host's blob as its base64 asks for.
pub(crate) struct Blob(Vec<Bytes>);

impl Blob {
    pub(crate) fn from_segments(segments: Vec<Bytes>) -> Self {
        Self(segments)
    }

    pub(crate) fn segments(&self) -> impl Iterator<Item = &[u8]> {
        self.0.iter().map(AsRef::as_ref)
    }

    pub(crate) fn to_vec(&self) -> Vec<u8> {
        self.segments().flatten().copied().collect()
    }
}
