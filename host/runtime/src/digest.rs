// SPDX-License-Identifier: Apache-2.0
//! SHA-256 (FIPS 180-4) of bytes in memory.

use aws_lc_rs::digest;

/// The digest of some bytes.
pub(crate) fn sha256(bytes: &[u8]) -> [u8; 32] {
    let mut sum = [0; 32];
    sum.copy_from_slice(digest::digest(&digest::SHA256, bytes).as_ref());
    sum
}

/// Bytes as hexadecimal digits in lower case, as digests stand in records.
pub fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
