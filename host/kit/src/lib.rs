// SPDX-License-Identifier: Apache-2.0
//! Makes components, outside this repository as well as in it: writes a [crate to begin with](Beginning), has cargo [compile a crate](Compilation), [turns the
//! module into a component](component_of), and has Node [make one of scripts](component_of_scripts).
//!
//! No other tool is needed but cargo, with the compilation target [`TARGET`]; and for JavaScript Node with npm. Nothing is run of what is made; that is the runtime's.

mod beginning;
mod cargo;
mod direct;
mod error;
mod functions;
mod javascript;
mod memory;
mod module;
mod sources;
mod wrapping;

pub use beginning::{Beginning, Sdk};
pub use cargo::{Compilation, TARGET, ensure_target};
pub use error::KitError;
pub use javascript::{Language, Scripted, component_of_scripts};
pub use wrapping::{Names, component_of};
