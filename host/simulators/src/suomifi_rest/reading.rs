// SPDX-License-Identifier: Apache-2.0
//! Bodies of requests: their size, their type, and JSON that says each thing once.

use std::fmt;

use http_body_util::BodyExt;
use hyper::StatusCode;
use hyper::body::Incoming;
use hyper::header::{CONTENT_TYPE, HeaderMap};
use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

use super::limits::LARGEST_BODY;
use super::refusal::Refusal;

/// Reads to the end, whatever the head was: a connection closed over unread bytes can take the answer with it. Keeps no
/// more than is allowed.
pub(super) async fn collect(mut body: Incoming) -> Result<Vec<u8>, Refusal> {
    let mut kept = Vec::new();
    let mut length = 0_usize;
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|_| Refusal::bad_request("the body ended early"))?;
        let data = frame.into_data().unwrap_or_default();
        length = length.saturating_add(data.len());
        if length <= LARGEST_BODY {
            kept.extend_from_slice(&data);
        }
    }
    match length <= LARGEST_BODY {
        true => Ok(kept),
        false => Err(Refusal::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "the body is too large",
        )),
    }
}

/// The media type of the body, in lower case, and the header as it stands.
pub(super) fn media_type(headers: &HeaderMap) -> (String, &str) {
    let header = headers
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let media_type = header.split(';').next().unwrap_or_default();
    (media_type.trim().to_ascii_lowercase(), header)
}

/// JSON is `application/json`, in UTF-8 if a charset is named at all.
pub(super) fn check_json_type(headers: &HeaderMap) -> Result<(), Refusal> {
    let (media_type, header) = media_type(headers);
    let is_utf8 = header
        .split(';')
        .filter_map(|parameter| parameter.trim().split_once('='))
        .filter(|(name, _)| name.eq_ignore_ascii_case("charset"))
        .all(|(_, charset)| charset.trim_matches('"').eq_ignore_ascii_case("utf-8"));
    match media_type == "application/json" && is_utf8 {
        true => Ok(()),
        false => Err(Refusal::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "the Content-Type is not application/json in UTF-8",
        )),
    }
}

/// JSON in which no object has two properties of one name.
pub(super) fn json(bytes: &[u8]) -> Result<Value, Refusal> {
    match serde_json::from_slice(bytes) {
        Ok(Once(value)) => Ok(value),
        // The library's own words may quote the body.
        Err(error) => Err(Refusal::bad_request(format!(
            "the body is not JSON, or has a property twice, at line {}, column {}",
            error.line(),
            error.column()
        ))),
    }
}

/// A value whose objects have each property once.
struct Once(Value);

impl<'de> Deserialize<'de> for Once {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(OnceVisitor).map(Self)
    }
}

struct OnceVisitor;

impl<'de> Visitor<'de> for OnceVisitor {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        while let Some(Once(entry)) = entries.next_element()? {
            list.push(entry);
        }
        Ok(list.into())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let mut object = Map::new();
        while let Some((name, Once(value))) = entries.next_entry::<String, _>()? {
            if object.insert(name, value).is_some() {
                return Err(A::Error::custom("a property stands twice"));
            }
        }
        Ok(object.into())
    }
}
