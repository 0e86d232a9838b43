// SPDX-License-Identifier: Apache-2.0
//! Finnish Customs (Tulli): direct message exchange, as a component.
//!
//! `wire` is the protocol and knows neither the sandbox nor the contract; `component` serves the contract with it; `convert` and
//! `describe` stand between the two. See the README for what of Customs' documents is covered and what is a documented guess.

mod component;
mod convert;
mod describe;
mod events;
pub mod wire;

pub use component::Tulli;

agency_guest::component!(Tulli);
