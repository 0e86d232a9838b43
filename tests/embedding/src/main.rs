// SPDX-License-Identifier: Apache-2.0
//! The program that the README shows; `build.rs` takes it from there.

include!(concat!(env!("OUT_DIR"), "/program.rs"));
