// SPDX-License-Identifier: Apache-2.0
//! Queries, and ids in paths.

use super::operation::Operation;
use super::refusal::Refusal;

/// The value of the one parameter that the operation takes. Nothing else may stand in the query: a continuation token
/// that was not percent-encoded shows by what is left of it.
pub(super) fn parameter(
    operation: Operation,
    query: Option<&str>,
) -> Result<Option<String>, Refusal> {
    let wrong = |what: &str| Refusal::bad_request(format!("the query {what}"));
    let own = operation.query();
    let mut found = None;
    for pair in query.into_iter().flat_map(|query| query.split('&')) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        match own {
            Some((own, _)) if own == name => {
                let value = decoded(value, Spaces::Plus);
                let value = value.ok_or_else(|| wrong("is not percent-encoded UTF-8"))?;
                if found.replace(value).is_some() {
                    return Err(wrong("has a parameter twice"));
                }
            }
            _ if pair.is_empty() => {}
            _ => return Err(wrong("has a parameter that is not known here")),
        }
    }
    match (own, &found) {
        (Some((name, true)), None) => Err(wrong(&format!("has no {name}"))),
        _ => Ok(found),
    }
}

/// The id in a path.
pub(super) fn id(segment: &str) -> Option<String> {
    decoded(segment, Spaces::Encoded)
}

/// How a space is written.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Spaces {
    /// `+`, as forms and so most servers have it in queries.
    Plus,
    Encoded,
}

/// Text without its percent-encoding (RFC 3986, §2.1).
fn decoded(text: &str, spaces: Spaces) -> Option<String> {
    let mut decoded = Vec::new();
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        decoded.push(match byte {
            b'%' => {
                let (high, low) = (digit(bytes.next()?)?, digit(bytes.next()?)?);
                high << 4 | low
            }
            b'+' if spaces == Spaces::Plus => b' ',
            byte => byte,
        });
    }
    String::from_utf8(decoded).ok()
}

fn digit(byte: u8) -> Option<u8> {
    let digit = char::from(byte).to_digit(16)?;
    u8::try_from(digit).ok()
}
