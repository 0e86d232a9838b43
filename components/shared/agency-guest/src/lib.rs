// SPDX-License-Identifier: Apache-2.0
//! Guest SDK: the bindings of the contract, once, and the comforts that every agency component needs around them.
//!
//! A component is a type with the trait [`Component`], and `agency_guest::component!(…)` of it in the crate's root. Bytes are handled by [`Blob`] and [`BlobWriter`], JSON by [`json`], what goes wrong becomes a [`Problem`].
//!
//! Outside the sandbox the imports do not exist: what calls them compiles natively but cannot run there. Protocol code
//! therefore stays free of this crate and is tested natively.

/// Growing an instance's memory costs two system calls there and back, more than all else about a fresh instance. Components are linked
/// with memory to begin with, and this allocator uses all of it before it asks for more.
#[cfg(target_family = "wasm")]
#[global_allocator]
static ALLOCATOR: call_allocator::Allocator = call_allocator::Allocator::new();

#[doc(hidden)]
pub mod bindings;
mod blob;
mod caller;
mod component;
pub mod describe;
mod document;
mod facts;
mod inbound;
pub mod json;
mod problem;
pub mod schemas;
mod verification;

pub use agency_events::EventData;
pub use bindings::export;
/// The contract's exported interfaces, to be implemented.
pub use bindings::exports::silta::agency as exports;
/// The contract's imported interfaces.
pub use bindings::silta::agency as imports;
pub use blob::{Blob, BlobWriter, Encoded, Leaf};
pub use caller::check_caller;
pub use component::{BuildInput, Component, read_settings};
pub use document::{RangeWriter, load, load_labelled, text_blob};
pub use facts::{
    ListEntryUnreadable, ToEvent, UnreadableEntries, hexadecimal, later, moment, not_before,
    outcome, sha256,
};
pub use inbound::{
    accept, contract_reply, fields, head, judge_http, reject, reject_mismatch, reject_with,
};
pub use problem::{
    Fault, Problem, counterparty_problem, internal, key_problem, problem, unknown_operation,
};
pub use schemars;
pub use verification::{Explained, HostBackend, digest_algorithm};
