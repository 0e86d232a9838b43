// SPDX-License-Identifier: Apache-2.0
//! SHA-256 (FIPS 180-4) of bytes in memory.

use aws_lc_rs::digest;

/// The digest of some bytes.
pub(crate) fn sha256(bytes: &[u8]) -> [u8; 32] {
    let mut sum = [0; 32];
    sum.copy_from_slice(digest::digest(&digest::SHA256, bytes).as_ref());
    sum
}

/// The digest of several pieces, each with its length.
pub(crate) fn sha256_of(pieces: impl IntoIterator<Item = impl AsRef<[u8]>>) -> [u8; 32] {
    let mut context = digest::Context::new(&digest::SHA256);
    for piece in pieces {
        let piece = piece.as_ref();
        let length = u64::try_from(piece.len()).unwrap_or(u64::MAX);
        context.update(&length.to_be_bytes());
        context.update(piece);
    }
    let mut sum = [0; 32];
    sum.copy_from_slice(context.finish().as_ref());
    sum
}

/// Bytes as hexadecimal digits in lower case, as digests stand in records.
pub fn hexadecimal(bytes: &[u8]) -> String {
    let digit = |value: u8| value + if value < 10 { b'0' } else { b'a' - 10 };
    let mut digits = vec![0; 2 * bytes.len()];
    let (pairs, _) = digits.as_chunks_mut();
    for (pair, byte) in pairs.iter_mut().zip(bytes) {
        *pair = [digit(byte >> 4), digit(byte & 15)];
    }
    // They are ASCII.
    String::from_utf8(digits).unwrap_or_default()
}

/// SHA-256 of certificates, each with its length: what was shown, all of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct ChainDigest([u8; 32]);

impl ChainDigest {
    pub(crate) fn of(chain: &[impl AsRef<[u8]>]) -> Self {
        Self(sha256_of(chain))
    }
}
