// SPDX-License-Identifier: Apache-2.0
//! Records as text.
//!
//! The version stands beside the text. It goes up when an older program must not read a newer record; a field that may be missing is added without that.

use serde::{Serialize, de::DeserializeOwned};

use crate::error::{Cause, StoreError, Why};

/// The version that is written, and the last that is read.
pub(crate) const VERSION: u32 = 1;

pub(crate) fn encode<T: Serialize>(record: &T) -> Result<String, StoreError> {
    serde_json::to_string(record)
        .map_err(|_| StoreError::Broken(Cause::new("a record cannot be written as JSON")))
}

/// Reads a record; `what` names it where that is not possible.
pub(crate) fn decode<T: DeserializeOwned>(
    what: impl Fn() -> String,
    version: u32,
    text: &str,
) -> Result<T, StoreError> {
    if version > VERSION {
        let newer = Why::Newer {
            what: what(),
            found: version,
            known: VERSION,
        };
        return Err(newer.into());
    }
    serde_json::from_str(text).map_err(|error| {
        // Not the text of the error: it may have some of the record.
        let place = format!("line {}, column {}", error.line(), error.column());
        StoreError::Broken(Cause::new(format!(
            "{} cannot be read ({place}); check the store",
            what()
        )))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::Event;

    #[test]
    fn what_is_newer_is_told_apart_from_what_is_damaged() {
        let event = Event {
            kind: "k".into(),
            data: r#"{"ssn": "010190-900P"}"#.into(),
            ..Event::default()
        };
        let text = encode(&event).unwrap();
        let read = |version, text: &str| decode::<Event>(|| "entry 7".into(), version, text);
        assert_eq!(read(VERSION, &text), Ok(event.clone()));
        // A field that a later program adds is no reason to stop.
        assert_eq!(
            read(VERSION, &text.replacen('{', r#"{"later":1,"#, 1)),
            Ok(event)
        );
        let newer = read(VERSION + 1, &text).unwrap_err();
        assert_eq!(
            newer.to_string(),
            "entry 7 was written by a newer version of Silta (record version 2, this one knows up to 1); use that version"
        );
        let damaged = read(VERSION, &text.replace("kind", "kin")).unwrap_err();
        assert!(matches!(damaged, StoreError::Broken(_)));
        assert!(!damaged.to_string().contains("900P"), "{damaged}");
    }
}
