// SPDX-License-Identifier: Apache-2.0
//! AGENCY_ID, an agency that does not exist: announcements over HTTPS, and notifications of what has become of them.
//!
//! `wire` is the protocol and knows neither the sandbox nor the contract; `component` serves the contract with it, and `describe` tells what there is. README.md
//! says how to make your agency of it.

mod component;
mod describe;
pub mod wire;

pub use component::TheAgency;

agency_guest::component!(TheAgency);
