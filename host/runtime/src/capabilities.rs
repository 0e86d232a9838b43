//! The imports of the contract: all the power a component has, one file for each.

pub(crate) mod blobs;
mod host;
mod keys;
mod trust;

use crate::bindings::silta::agency;

// Types only; nothing to call.
impl agency::types::Host for crate::call::CallState {}
impl agency::facts::Host for crate::call::CallState {}
