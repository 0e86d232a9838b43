// SPDX-License-Identifier: Apache-2.0
//! Operations that are carried out against an agency over TLS, which ends the connection wherever it can end, while the process that sends ends wherever it can end too.
//!
//! The component is `courier`; the agency at the other end is `agency`, which checks what a real one would check and remembers every request. The server and the journey are those of
//! other agencies' tests as well.

pub(crate) mod agency;
mod crashes;
mod deliveries;
pub(crate) mod journey;
mod limits;
mod rotation;
pub(crate) mod server;
mod tokens;
