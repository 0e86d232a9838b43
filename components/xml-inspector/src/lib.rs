//! Looks into XML from strangers for people and programs: verifies signatures and canonicalises, inside the sandbox.
//!
//! It speaks for no agency. That it is a component all the same has two reasons: foreign XML is looked at in the sandbox, always; and
//! whoever wonders why an agency component refuses a signature gets the answer from the same verifier.

mod canonical;
mod component;
mod describe;
mod report;
mod settings;
mod verify;

pub use component::Inspector;

agency_guest::component!(Inspector);
