// SPDX-License-Identifier: Apache-2.0
//! What a misbehaviour makes of an answer.

use bytes::Bytes;
use hyper::StatusCode;

use super::answer::{Answer, Spelling, Writer};
use super::codes::ResponseCode;
use super::misbehaviour::Misbehaviour;
use super::operation::Operation;

pub(super) fn spelling(misbehaviour: Option<&Misbehaviour>) -> Spelling {
    match misbehaviour {
        Some(Misbehaviour::OtherPrefixes) => Spelling::OTHER_PREFIXES,
        Some(Misbehaviour::NoPrefixes) => Spelling::NO_PREFIXES,
        Some(Misbehaviour::WrongNamespace) => Spelling::WRONG_NAMESPACE,
        _ => Spelling::ORDINARY,
    }
}

/// Whether the request is not even looked at.
pub(super) fn ignores_the_request(misbehaviour: Option<&Misbehaviour>) -> bool {
    matches!(
        misbehaviour,
        Some(
            Misbehaviour::Silence { kept: false }
                | Misbehaviour::Refuse { kept: false, .. }
                | Misbehaviour::Fault { kept: false, .. }
                | Misbehaviour::BareFault { kept: false }
        )
    )
}

/// An answer that does not tell the real result of the request, and the code in it.
pub(super) fn replacement(
    misbehaviour: Option<&Misbehaviour>,
    writer: &Writer<'_>,
    operation: Operation,
) -> Option<(Answer, Option<String>)> {
    Some(match misbehaviour? {
        Misbehaviour::Silence { .. } => (Answer::empty(StatusCode::OK), None),
        Misbehaviour::Refuse { code, .. } => {
            let answer = ResponseCode::new(code, "Scripted refusal");
            let answer = writer.operation(operation, &answer, "");
            (answer, Some(code.clone()))
        }
        Misbehaviour::Fault { code, text, .. } => {
            let answer = writer.fault(Some(&ResponseCode::new(code, text)));
            (answer, Some(code.clone()))
        }
        Misbehaviour::BareFault { .. } => (writer.fault(None), None),
        Misbehaviour::Garbage => (
            page(StatusCode::OK, "text/xml; charset=utf-8", GARBAGE),
            None,
        ),
        Misbehaviour::BadGateway => (
            page(StatusCode::BAD_GATEWAY, "text/html", GATEWAY.as_bytes()),
            None,
        ),
        Misbehaviour::Empty => (Answer::empty(StatusCode::OK), None),
        _ => return None,
    })
}

/// Spoils the answer that is there.
pub(super) fn spoil(misbehaviour: Option<&Misbehaviour>, answer: Answer) -> Answer {
    match misbehaviour {
        Some(Misbehaviour::ContentType(content_type)) => Answer {
            content_type: content_type.clone(),
            ..answer
        },
        Some(Misbehaviour::Doctype) => Answer {
            body: with_doctype(&answer.body),
            ..answer
        },
        Some(Misbehaviour::Oversized(bytes)) => {
            let mut body = Vec::from(answer.body);
            body.resize(body.len().max(*bytes), b' ');
            Answer {
                body: body.into(),
                ..answer
            }
        }
        _ => answer,
    }
}

/// Not UTF-8 either.
const GARBAGE: &[u8] = b"\x00\xff\xfe garbage & <not XML";

const GATEWAY: &str = "<!DOCTYPE html><html><head><title>502 Bad Gateway</title></head>\
                       <body><h1>Bad Gateway</h1><p>The upstream server is away.<br></body></html>";

fn page(status: StatusCode, content_type: &str, body: &[u8]) -> Answer {
    Answer {
        status,
        content_type: content_type.to_owned(),
        body: Bytes::copy_from_slice(body),
    }
}

/// After the XML declaration, which is one line of its own in every answer.
fn with_doctype(body: &[u8]) -> Bytes {
    let doctype = b"<!DOCTYPE Envelope [<!ENTITY customs \"Tulli\">]>\n";
    let line = body.iter().position(|byte| *byte == b'\n');
    let (before, after) = body.split_at(line.map_or(0, |end| end + 1));
    [before, doctype, after].concat().into()
}
