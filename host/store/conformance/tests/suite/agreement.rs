// SPDX-License-Identifier: Apache-2.0
use proptest::{prelude::*, test_runner::Config};
use silta_store_conformance::{MemoryBed, agree, commands};

use crate::beds::SqliteBed;

proptest! {
    // Each command waits for the disk.
    #![proptest_config(Config { cases: 48, failure_persistence: None, ..Config::default() })]

    #[test]
    fn sqlite_answers_as_memory_does(commands in commands(60)) {
        agree(&mut MemoryBed::new(), &mut SqliteBed::new(), &commands);
    }
}
