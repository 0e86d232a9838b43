// SPDX-License-Identifier: Apache-2.0
use silta_store_conformance::{MemoryBed, exercise};

use crate::beds::SqliteBed;

#[test]
fn memory_does_what_a_store_has_to() {
    exercise(MemoryBed::new);
}

#[test]
fn sqlite_does_what_a_store_has_to() {
    exercise(SqliteBed::new);
}
