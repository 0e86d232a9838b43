// SPDX-License-Identifier: Apache-2.0
//! One call of a component: what it sees, how it runs, and whether its result keeps the contract.

mod contract;
pub(crate) mod engine;
pub(crate) mod environment;
pub(crate) mod exports;
mod invoke;
pub(crate) mod limits;
mod recording;
mod redaction;
pub(crate) mod refused;
pub(crate) mod running;
pub(crate) mod sandbox;
pub(crate) mod script;
pub(crate) mod state;
pub(crate) mod tape;
