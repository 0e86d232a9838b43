// SPDX-License-Identifier: Apache-2.0
//! `ExportTraceServiceRequest` in JSON: ids in hexadecimal, enumerations as numbers, integers of 64 bits as strings (OTLP, "JSON Protobuf Encoding").

use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};

use super::super::span::{Span, SpanKind, SpanValue};

/// `STATUS_CODE_ERROR`.
const ERROR: u8 = 2;

/// Spans as the body of a request.
pub(super) fn body(spans: &[Span]) -> Vec<u8> {
    let version = env!("CARGO_PKG_VERSION");
    let message = json!({
        "resourceSpans": [{
            "resource": { "attributes": [
                attribute("service.name", &SpanValue::Text("silta".to_owned())),
                attribute("service.version", &SpanValue::Text(version.to_owned())),
            ] },
            "scopeSpans": [{
                "scope": { "name": "silta-gateway", "version": version },
                "spans": spans.iter().map(span).collect::<Vec<_>>(),
            }],
        }],
    });
    message.to_string().into_bytes()
}

/// How many of its spans a collector says it has not taken, in the body of an answer (`partialSuccess`).
pub(super) fn rejected(body: &[u8]) -> u64 {
    let answer: Value = serde_json::from_slice(body).unwrap_or_default();
    let rejected = answer.pointer("/partialSuccess/rejectedSpans");
    // A number of 64 bits may stand there as either.
    rejected.map_or(0, |number| match number {
        Value::String(text) => text.parse().unwrap_or_default(),
        number => number.as_u64().unwrap_or_default(),
    })
}

fn span(span: &Span) -> Value {
    let attributes = span.attributes.iter();
    let attributes: Vec<_> = attributes
        .map(|(name, value)| attribute(name, value))
        .collect();
    let mut message = json!({
        "traceId": span.trace,
        "spanId": span.id,
        "name": span.name,
        "kind": kind(span.kind),
        "startTimeUnixNano": nanoseconds(span.start),
        "endTimeUnixNano": nanoseconds(span.end),
        "attributes": attributes,
    });
    if let Some(fields) = message.as_object_mut() {
        if let Some(parent) = &span.parent {
            fields.insert("parentSpanId".to_owned(), json!(parent));
        }
        if span.failed {
            fields.insert("status".to_owned(), json!({ "code": ERROR }));
        }
    }
    message
}

fn attribute(name: &str, value: &SpanValue) -> Value {
    let value = match value {
        SpanValue::Text(text) => json!({ "stringValue": text }),
        SpanValue::Number(number) => json!({ "intValue": number.to_string() }),
    };
    json!({ "key": name, "value": value })
}

fn kind(kind: SpanKind) -> u8 {
    match kind {
        SpanKind::Internal => 1,
        SpanKind::Server => 2,
        SpanKind::Client => 3,
        SpanKind::Producer => 4,
    }
}

fn nanoseconds(at: SystemTime) -> String {
    let since = at.duration_since(UNIX_EPOCH).unwrap_or_default();
    since.as_nanos().to_string()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_span_is_written_as_the_protocol_has_it() {
        let start = UNIX_EPOCH + Duration::from_nanos(1_700_000_000_000_000_001);
        let span = Span {
            trace: "0af7651916cd43dd8448eb211c80319c".into(),
            id: "b7ad6b7169203331".into(),
            parent: None,
            name: "send",
            kind: SpanKind::Client,
            start,
            end: start + Duration::from_nanos(5),
            attributes: vec![
                ("silta.agency", "tulli".into()),
                ("silta.attempts", 2_u32.into()),
            ],
            failed: true,
        };
        let written: Value = serde_json::from_slice(&body(&[span])).unwrap();
        let written = written
            .pointer("/resourceSpans/0/scopeSpans/0/spans")
            .unwrap();
        let expected = json!([{
            "traceId": "0af7651916cd43dd8448eb211c80319c",
            "spanId": "b7ad6b7169203331",
            "name": "send",
            "kind": 3,
            "startTimeUnixNano": "1700000000000000001",
            "endTimeUnixNano": "1700000000000000006",
            "attributes": [
                { "key": "silta.agency", "value": { "stringValue": "tulli" } },
                { "key": "silta.attempts", "value": { "intValue": "2" } },
            ],
            "status": { "code": 2 },
        }]);
        assert_eq!(*written, expected);
    }

    #[test]
    fn what_is_rejected_is_read_in_either_form() {
        for (body, expected) in [
            ("", 0),
            ("{}", 0),
            (r#"{"partialSuccess": {"rejectedSpans": "3"}}"#, 3),
            (r#"{"partialSuccess": {"rejectedSpans": 4}}"#, 4),
            (r#"{"partialSuccess": {"errorMessage": "x"}}"#, 0),
        ] {
            assert_eq!(rejected(body.as_bytes()), expected, "{body}");
        }
    }
}
