// SPDX-License-Identifier: Apache-2.0
//! Operations that are carried out against an agency over TLS, which ends the connection wherever it can end, while the process that sends ends wherever it can end too.
//!
//! The component is `courier`; the agency at the other end is `agency`, which checks what a real one would check and remembers every request.

mod agency;
mod crashes;
mod deliveries;
mod journey;
mod limits;
mod rotation;
mod server;
mod tokens;
