// SPDX-License-Identifier: Apache-2.0
//! What can stand in a message.

use canonical_xml::{Element, NoBlob, to_bytes};

/// Longest free text in a parameter or a setting: far beyond what any schema of Customs allows.
const LONGEST_TEXT: usize = 256;

/// Whether a text can stand in a message.
pub(super) fn check_text(pointer: &'static str, text: &str) -> Result<(), (&'static str, String)> {
    if text.is_empty() || text.chars().count() > LONGEST_TEXT {
        return Err((
            pointer,
            format!("this has to be a text of 1 to {LONGEST_TEXT} characters"),
        ));
    }
    // XML 1.0 §2.2 has neither U+FFFE nor U+FFFF.
    if text.contains(|character: char| {
        character.is_control() || matches!(character, '\u{fffe}' | '\u{ffff}')
    }) {
        return Err((
            pointer,
            "this text contains a control character or one that XML does not take; remove it"
                .into(),
        ));
    }
    Ok(())
}

/// Whether an element can be written in a namespace. What is read may have one that is no URI, which no document of ours has.
pub(super) fn can_be_written(namespace: &str) -> bool {
    to_bytes(&Element::<NoBlob>::new(
        namespace.to_owned(),
        "NotifyResponse",
    ))
    .is_ok()
}
