// SPDX-License-Identifier: Apache-2.0
//! Digests, for records.

use aws_lc_rs::digest;

/// SHA-256 in hexadecimal.
pub(crate) fn sha256_hex(bytes: &[u8]) -> String {
    let hash = digest::digest(&digest::SHA256, bytes);
    let hash = hash.as_ref().iter();
    hash.map(|byte| format!("{byte:02x}")).collect()
}
