// SPDX-License-Identifier: Apache-2.0
//! Courier, an agency that does not exist: messages with attachments over REST, an access token that runs out, a password that is replaced.
//!
//! `wire` is the protocol and knows neither the sandbox nor the contract; `operations` serves the contract with it, a file for each
//! operation; `operation` names them, and `describe` tells what there is. The README says how to make an agency of one's own of it.

mod component;
mod describe;
mod operation;
mod operations;
pub mod wire;

pub use component::Courier;

agency_guest::component!(Courier);
