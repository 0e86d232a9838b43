// SPDX-License-Identifier: Apache-2.0
//! Limits of Customs' documents.

use canonical_xml::Limits;

use super::Settings;

/// A step of parsing takes this many bytes at least where Customs means no harm: a tag with its name.
const BYTES_OF_A_STEP: usize = 8;

/// Limits of messages. Long runs of base64 stay in the host and do not count, unless carriage returns or references to them break them up: then a document of
/// 2 MiB makes a hundred thousand steps.
pub fn message_limits() -> Limits {
    Limits {
        bytes: 8 << 20,
        text_length: 8 << 20,
        events: 1 << 18,
        ..Limits::default()
    }
}

/// Limits of lists, which are as large as the settings have it, and consist of markup for the most part.
pub fn list_limits(settings: &Settings) -> Limits {
    let limits = message_limits();
    let largest = usize::try_from(settings.list.largest_list_bytes).unwrap_or(usize::MAX);
    Limits {
        bytes: limits.bytes.max(largest),
        events: limits.events.max(largest / BYTES_OF_A_STEP),
        ..limits
    }
}
