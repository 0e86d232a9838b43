// SPDX-License-Identifier: Apache-2.0
//! The contract between host and components: its [text](CONTRACT), the [shape](Shape) of what a component imports and exports, and which [hosts](Host) take one.
//!
//! Whether a host takes a component is decided here and nowhere else: a deployment asks before anything is compiled, `silta component diff` asks for each published version.
//! Nothing is run of what is judged.

mod hosts;
mod shape;
mod text;

pub use hosts::{Host, Obstacle, Taking, go_together};
pub use shape::{Change, Shape, Side, Unreadable, is_guarded, primitive};
pub use text::{CONTRACT, ContractFile};
