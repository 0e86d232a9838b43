// SPDX-License-Identifier: Apache-2.0
//! The field `Idempotency-Key`.

use axum::http::HeaderMap;
use silta_store::record::IdempotencyKey;

use super::{problem::Problem, query::wrong};

/// The longest idempotency key, in characters.
const LONGEST_KEY: usize = 255;

/// The key of a request: a string of structured fields (RFC 8941 §3.3.3), or the same without quotes, as most clients send it.
pub(super) fn idempotency_key(
    headers: &HeaderMap,
    client: &str,
) -> Result<Option<IdempotencyKey>, Problem> {
    let mut fields = headers.get_all("idempotency-key").iter();
    let Some(field) = fields.next() else {
        return Ok(None);
    };
    let malformed = || {
        let detail = format!(
            "the field `Idempotency-Key` has to be there once, with 1 to {LONGEST_KEY} printable ASCII characters"
        );
        wrong("idempotency-key.malformed", detail)
    };
    if fields.next().is_some() {
        return Err(malformed());
    }
    let text = field.to_str().map_err(|_| malformed())?.trim();
    let key = match text.strip_prefix('"') {
        None => text.to_owned(),
        Some(quoted) => {
            let inner = quoted.strip_suffix('"').ok_or_else(malformed)?;
            let plain = inner.replace(r"\\", "").replace(r#"\""#, "");
            if plain.contains(['\\', '"']) {
                return Err(malformed());
            }
            inner.replace(r#"\""#, "\"").replace(r"\\", r"\")
        }
    };
    let is_printable = key.bytes().all(|byte| (b' '..=b'~').contains(&byte));
    if !(1..=LONGEST_KEY).contains(&key.len()) || !is_printable {
        return Err(malformed());
    }
    let client = client.to_owned();
    Ok(Some(IdempotencyKey { client, key }))
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn key(field: &str) -> Result<Option<String>, Problem> {
        let mut headers = HeaderMap::new();
        headers.insert("idempotency-key", HeaderValue::from_str(field).unwrap());
        let key = idempotency_key(&headers, "erp")?;
        Ok(key.map(|key| key.key))
    }

    #[test]
    fn keys_are_the_same_with_and_without_quotes() {
        assert_eq!(key(r#""a b""#), Ok(Some("a b".into())));
        assert_eq!(key("a b"), Ok(Some("a b".into())));
        assert_eq!(key(r#""a\"\\b""#), Ok(Some(r#"a"\b"#.into())));
        assert_eq!(key(&"x".repeat(255)), Ok(Some("x".repeat(255))));
        for wrong in [
            "",
            "\"",
            "\"\"",
            r#""a"b""#,
            r#""a\b""#,
            r#""a\""#,
            &"x".repeat(256),
        ] {
            assert!(key(wrong).is_err(), "{wrong}");
        }
    }
}
