// SPDX-License-Identifier: Apache-2.0
//! What goes wrong is told with file, place and remedy, and leaves everything as it was.

mod components;
mod configuration;
#[cfg(target_os = "linux")] // where address space is limited by `ulimit -v`
mod engine;
mod files;
mod keys;
mod limits;
mod parameters;
