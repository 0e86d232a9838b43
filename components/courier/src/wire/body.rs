// SPDX-License-Identifier: Apache-2.0
use serde::Serialize;

/// A JSON object, open at its end for one more member, whose text the host puts in: base64 of bytes that stay there, or a secret. Behind it stands `"}`.
///
/// # Errors
/// What serde says of an object that JSON cannot have.
pub fn opened<T: Serialize>(object: &T, member: &str) -> serde_json::Result<String> {
    let mut text = serde_json::to_string(object)?;
    text.pop();
    let separator = if text.len() > 1 { "," } else { "" };
    let member = serde_json::to_string(member)?;
    text.push_str(&format!("{separator}{member}:\""));
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn an_object_is_closed_by_whoever_goes_on() {
        for (object, whole) in [
            (json!({}), json!({"c": "x"})),
            (json!({"a": "\"}"}), json!({"a": "\"}", "c": "x"})),
        ] {
            let text = format!("{}x\"}}", opened(&object, "c").unwrap());
            assert_eq!(
                serde_json::from_str::<serde_json::Value>(&text).unwrap(),
                whole
            );
        }
    }
}
