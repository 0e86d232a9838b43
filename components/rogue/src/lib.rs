// SPDX-License-Identifier: Apache-2.0
//! A component that breaks every rule on request, for the tests of the sandbox.
//!
//! An operation is one way to misbehave, and so is a path that is called; the README says how the tests use them.

mod answers;
mod calls;
mod component;
mod describe;
mod events;
mod host;
mod parameters;
mod version;
mod violations;

pub use component::Rogue;

agency_guest::component!(Rogue);
