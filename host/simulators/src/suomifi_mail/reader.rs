// SPDX-License-Identifier: Apache-2.0
//! A strict reading of mails: what RFC 5322, 2045–2047, 2183 and 2231 do not let be written is an error here, obsolete forms included.

mod address;
mod encoded_words;
mod fields;
mod parameters;
mod parts;
mod text;
mod transfer;

pub(super) use address::{Address, addr_spec, mailboxes};
pub(super) use encoded_words::decoded;
pub(super) use fields::{Field, fields, message_ids};
pub(super) use parts::{Content, Part, content};
pub(super) use text::charset;
