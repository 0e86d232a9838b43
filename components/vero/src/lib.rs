// SPDX-License-Identifier: Apache-2.0
//! Finnish Tax Administration (Verohallinto): push notifications of Vero API, as a component.
//!
//! `wire` is the protocol and knows neither the sandbox nor the contract; `component` serves the contract with it, and `describe` tells what there is. See
//! the README for what of the Tax Administration's documents is covered and what is a documented guess.

mod component;
mod describe;
mod events;
pub mod wire;

pub use component::Vero;

agency_guest::component!(Vero);
