// SPDX-License-Identifier: Apache-2.0
//! See `fuzz_checks::bundle`.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| fuzz_checks::bundle::check(input));
