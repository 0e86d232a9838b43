// SPDX-License-Identifier: Apache-2.0
//! How what a relay sends is read: command lines, paths, contents. No input or output, and no clock.
//!
//! Lines end with CRLF and with nothing else, in commands and in contents (RFC 5321 §2.3.8). Where readers differ on that, one of them sees a
//! second mail in what the other takes for a part of the first.

mod address;
mod command;
mod content;
mod line;

pub use address::{Address, AddressFlaw, is_domain, take_path};
pub use command::{Command, CommandFlaw, Hello, parse};
pub use content::{BareLineEnd, ContentReader, Progress};
pub use line::{LineFlaw, end_of_line};
