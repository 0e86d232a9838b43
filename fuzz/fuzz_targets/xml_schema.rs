// SPDX-License-Identifier: Apache-2.0
//! See `fuzz_checks::xml_schema`.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| fuzz_checks::xml_schema::check(input));
