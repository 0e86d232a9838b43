// SPDX-License-Identifier: Apache-2.0
//! Archives.

use tulli::wire::entries;

/// What an entry takes in the directory at least, and what ends the directory (APPNOTE 4.3.12, 4.3.16).
const ENTRY: usize = 46;
const END: usize = 22;

/// Panics unless an archive is listed the same each time, with no more entries than are listed at most, and than there is room for, under
/// names that stand in it.
pub(super) fn check(bytes: &[u8]) {
    let listed = entries(bytes, bytes.len() as u64);
    assert_eq!(listed, entries(bytes, bytes.len() as u64));
    match listed {
        Err(reason) => assert!(!reason.is_empty()),
        Ok(listed) => {
            assert!(listed.len() <= 1000);
            assert!(listed.len() * ENTRY + END <= bytes.len());
            for entry in &listed {
                assert!(entry.name.chars().count() <= 260);
                // What is no UTF-8 is replaced, or in code page 437.
                let name = entry.name.as_bytes();
                let is_there = !name.is_ascii() || memchr::memmem::find(bytes, name).is_some();
                assert!(is_there, "{}", entry.name);
            }
        }
    }
}
