// SPDX-License-Identifier: Apache-2.0
//! Suomi.fi messages (*Suomi.fi-viestit*) by e-mail, both ways, as a component.
//!
//! `wire` is the protocol and knows neither the sandbox nor the contract; `component` serves the contract with it, and `describe` tells what there is. The
//! README says what of the interface is documented, and which settings stand for what is not.

mod component;
mod describe;
pub mod wire;

pub use component::SuomifiMail;

agency_guest::component!(SuomifiMail);
