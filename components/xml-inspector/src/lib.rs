// SPDX-License-Identifier: Apache-2.0
//! Looks into XML from strangers for people and programs, inside the sandbox: verifies signatures, canonicalises, and signs.
//!
//! It speaks for no agency. That it is a component all the same has two reasons: foreign XML is looked at in the sandbox, always; and
//! whoever wonders why an agency component refuses a signature gets the answer from the same verifier.

mod canonical;
mod component;
mod describe;
mod document;
mod report;
mod settings;
mod sign;
mod verify;

pub use component::Inspector;

agency_guest::component!(Inspector);
