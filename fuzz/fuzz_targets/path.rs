// SPDX-License-Identifier: Apache-2.0
//! See `fuzz_checks::path`.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| fuzz_checks::path::check(input));
