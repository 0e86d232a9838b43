//! Finnish Tax Administration (Verohallinto): push notifications of Vero API, as a component.
//!
//! `wire` is the protocol and knows neither the sandbox nor the contract; `component` serves the contract with it; `convert` and
//! `describe` stand between the two. See the README for what of the Tax Administration's documents is covered and what is a documented guess.

mod component;
mod convert;
mod describe;
#[cfg(target_family = "wasm")]
mod export;
pub mod wire;

pub use component::Component;
