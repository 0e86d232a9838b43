// SPDX-License-Identifier: Apache-2.0
//! Longest fields, where the settings have any.

use super::{ItemRefusal, ItemState, Maxima};

/// A maximum, a field, where it stands below a path, and the setting.
pub type Bounded<'a> = (Option<usize>, Option<&'a str>, &'a str, &'a str);

/// Refuses fields that are longer than the settings allow.
///
/// # Errors
/// State 525 for the first of them.
pub fn check_lengths(
    path: impl FnOnce() -> String,
    fields: &[Bounded<'_>],
) -> Result<(), ItemRefusal> {
    let mut fields = fields.iter();
    let too_long = fields.find(|(maximum, text, ..)| !Maxima::allows(*maximum, *text));
    match too_long {
        None => Ok(()),
        Some((maximum, _, at, setting)) => Err(ItemRefusal::new(
            ItemState::CONTENT,
            "message.field-too-long",
            format!("{}/{at}", path()),
            format!(
                "this field has more than {} characters, which is the setting maxima.{setting}",
                maximum.unwrap_or_default()
            ),
        )),
    }
}
