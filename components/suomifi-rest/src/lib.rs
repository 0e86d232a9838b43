// SPDX-License-Identifier: Apache-2.0
//! Suomi.fi Messages (*Suomi.fi-viestit*) over REST: the authority calls, JSON over HTTPS, and learns by polling what citizens write and what becomes of messages.
//!
//! `wire` is the protocol and knows neither the sandbox nor the contract; `operations` serves the contract with it, a file for each
//! kind of operation; `operation` names them, `events` has the kinds of events of its own, and `describe` tells what there is.

mod component;
mod describe;
mod events;
mod operation;
mod operations;
pub mod wire;

pub use component::SuomifiRest;

agency_guest::component!(SuomifiRest);
