// SPDX-License-Identifier: Apache-2.0
//! Suomi.fi messages (*Suomi.fi-viestit*): the authority's return channel (*viranomaispaluukanava*), as a component. Suomi.fi calls us by SOAP 1.1 with what citizens
//! write and with what becomes of messages that were sent.
//!
//! `wire` is the protocol and knows neither the sandbox nor the contract; `component` serves the contract with it; `describe` and `events` tell what there is. See
//! the README for what of the documents is covered and what is a documented guess.

mod component;
mod describe;
mod events;
pub mod wire;

pub use component::Viestit;

agency_guest::component!(Viestit);
