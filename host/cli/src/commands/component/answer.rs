// SPDX-License-Identifier: Apache-2.0
//! Parts of an answer of the API, for people.

use serde_json::Value;

use crate::output::printable_line;

/// A part of a value, by its pointer (RFC 6901); null where there is none.
pub(super) fn at<'a>(value: &'a Value, pointer: &str) -> &'a Value {
    static NULL: Value = Value::Null;
    value.pointer(pointer).unwrap_or(&NULL)
}

/// The same as a line of text; empty where there is none.
pub(super) fn text(value: &Value, pointer: &str) -> String {
    match at(value, pointer) {
        Value::String(text) => printable_line(text),
        Value::Null => String::new(),
        other => other.to_string(),
    }
}
