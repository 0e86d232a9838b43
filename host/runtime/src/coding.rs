// SPDX-License-Identifier: Apache-2.0
//! Content codings (RFC 9110 §8.4), taken off before a component sees a body.
//!
//! The host does it, because what is decoded is bytes and has to stay there; the limit of the operation bounds what comes out, so that a
//! small body cannot become a large one. An answer that cannot be decoded goes to the component as it came, with its Content-Encoding: only the
//! component knows what the lack of a readable answer means for what was asked.

use std::{
    io::{self, BufRead, ErrorKind, Read},
    slice,
};

use bytes::Bytes;
use flate2::bufread::MultiGzDecoder;

use crate::{
    blob::Blob,
    error::Error,
    exchange::{Answer, Call, Fault, Header, HttpCall, Problem, Rejected, Reply, Verdict},
};

/// A call without its coding, or the result if there is none.
pub(crate) enum Uncoded {
    /// It has none.
    AsItIs,
    /// Decoded.
    Call(Call),
    /// It cannot be decoded.
    Verdict(Verdict),
}

/// Why a body cannot be decoded.
#[derive(Debug, PartialEq, Eq)]
enum Undecodable {
    /// A coding that is not known here, or several, as they are named.
    Unsupported(String),
    /// Not what it is said to be, or cut short.
    Broken,
    /// More than the limit.
    TooLarge,
}

/// The answer without its coding; `None` when it is to be handed over as it came: it has none, or one that cannot be decoded.
pub(crate) fn answer(
    answer: &Answer,
    operation: &str,
    limit: u64,
    advice: impl FnOnce() -> String,
) -> Result<Option<Answer>, Error> {
    match decoded(&answer.headers, &answer.body, limit) {
        Ok(None) | Err(Undecodable::Broken | Undecodable::Unsupported(_)) => Ok(None),
        Ok(Some((headers, body))) => Ok(Some(Answer {
            status: answer.status,
            headers,
            body,
        })),
        Err(Undecodable::TooLarge) => {
            Err(too_large("the decoded answer", operation, limit, advice()))
        }
    }
}

/// The call without its coding. One that cannot be decoded is answered: 415 names what is accepted (RFC 9110 §15.5.16).
pub(crate) fn call(
    call: &Call,
    limit: u64,
    advice: impl FnOnce() -> String,
) -> Result<Uncoded, Error> {
    let Call::Http(http) = call else {
        return Ok(Uncoded::AsItIs);
    };
    let refused = |status, code: &str, message: String| {
        let accepted = ("Accept-Encoding".to_owned(), "gzip, identity".to_owned());
        Ok(Uncoded::Verdict(Verdict::Rejected(Rejected {
            reply: Reply {
                status,
                headers: vec![accepted],
                body: Blob::empty(),
            },
            reason: Problem {
                fault: Fault::Counterparty,
                code: code.to_owned(),
                path: String::new(),
                message,
            },
        })))
    };
    match decoded(&http.headers, &http.body, limit) {
        Ok(None) => Ok(Uncoded::AsItIs),
        Ok(Some((headers, body))) => Ok(Uncoded::Call(Call::Http(HttpCall {
            headers,
            body,
            ..http.clone()
        }))),
        Err(Undecodable::TooLarge) => {
            Err(too_large("the decoded call", "validate", limit, advice()))
        }
        Err(Undecodable::Broken) => refused(
            400,
            "call.content-encoding-broken",
            "the call is said to be gzip (Content-Encoding), and is not, or is cut short"
                .to_owned(),
        ),
        Err(Undecodable::Unsupported(named)) => refused(
            415,
            "call.content-encoding",
            format!(
                "the call is in the content coding `{named}`, which is not read here; send it in gzip or as it is"
            ),
        ),
    }
}

fn too_large(what: &'static str, operation: &str, allowed: u64, advice: String) -> Error {
    Error::TooLarge {
        fault: Fault::Counterparty,
        what,
        operation: operation.to_owned(),
        allowed,
        // Decoding stops there: how much more there is, nobody knows.
        asked: allowed.saturating_add(1),
        advice,
    }
}

/// Header fields and body without their coding; `None` when there is none.
fn decoded(
    headers: &[Header],
    body: &Blob,
    limit: u64,
) -> Result<Option<(Vec<Header>, Blob)>, Undecodable> {
    let codings = codings(headers);
    match codings.as_slice() {
        [] => return Ok(None),
        // Nothing, in whatever coding.
        _ if body.is_empty() => return Ok(None),
        [only] if matches!(only.as_str(), "gzip" | "x-gzip") => {}
        several => return Err(Undecodable::Unsupported(named(several))),
    }
    let reading = Blob::read_from(&mut MultiGzDecoder::new(Segments::of(body)), limit);
    let body = reading.map_err(|error| match error.kind() {
        ErrorKind::FileTooLarge => Undecodable::TooLarge,
        _ => Undecodable::Broken,
    })?;
    let is_about_coding = |name: &str| {
        ["content-encoding", "content-length"]
            .iter()
            .any(|field| name.eq_ignore_ascii_case(field))
    };
    let headers = headers.iter().filter(|(name, _)| !is_about_coding(name));
    Ok(Some((headers.cloned().collect(), body)))
}

/// The codings of a body in the order in which they were applied, in lower case; `identity` is none (RFC 9110 §8.4.1).
fn codings(headers: &[Header]) -> Vec<String> {
    let fields = headers
        .iter()
        .filter(|(name, _)| name.eq_ignore_ascii_case("Content-Encoding"));
    fields
        .flat_map(|(_, value)| value.split(','))
        .map(|coding| coding.trim().to_ascii_lowercase())
        .filter(|coding| !coding.is_empty() && coding != "identity")
        .collect()
}

/// How codings are named in messages: a stranger wrote them.
fn named(codings: &[String]) -> String {
    const LONGEST: usize = 40;
    let is_token = |c: &char| c.is_ascii_alphanumeric() || "-_.+, ".contains(*c);
    codings
        .join(", ")
        .chars()
        .filter(is_token)
        .take(LONGEST)
        .collect()
}

/// Reads a rope.
struct Segments<'a> {
    rest: slice::Iter<'a, Bytes>,
    current: &'a [u8],
}

impl<'a> Segments<'a> {
    fn of(blob: &'a Blob) -> Self {
        Self {
            rest: blob.shared_segments().iter(),
            current: &[],
        }
    }
}

impl BufRead for Segments<'_> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        while self.current.is_empty() {
            match self.rest.next() {
                Some(segment) => self.current = segment,
                None => break,
            }
        }
        Ok(self.current)
    }

    fn consume(&mut self, amount: usize) {
        self.current = self.current.get(amount..).unwrap_or_default();
    }
}

impl Read for Segments<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.fill_buf()?.read(buffer)?;
        self.consume(read);
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::{Compression, write::GzEncoder};

    use super::*;

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    fn fields(values: &[&str]) -> Vec<Header> {
        let field = |value: &&str| ("content-Encoding".to_owned(), (*value).to_owned());
        let mut headers: Vec<Header> = values.iter().map(field).collect();
        headers.push(("Content-Type".to_owned(), "text/xml".to_owned()));
        headers.push(("Content-Length".to_owned(), "1".to_owned()));
        headers
    }

    fn of(values: &[&str], body: &[u8], limit: u64) -> Result<Option<Vec<u8>>, Undecodable> {
        // In segments, as a body comes.
        let segments = body.chunks(7).map(Bytes::copy_from_slice).collect();
        let decoded = decoded(&fields(values), &Blob::from_segments(segments), limit)?;
        Ok(decoded.map(|(headers, body)| {
            assert_eq!(headers.len(), 1, "{headers:?}");
            body.to_vec()
        }))
    }

    #[test]
    fn gzip_is_decoded_up_to_the_limit_and_not_beyond() {
        let text = b"<a>text</a>".repeat(1000);
        let limit = text.len() as u64;
        for value in ["gzip", "GZIP", " x-gzip ", "identity, gzip"] {
            assert_eq!(
                of(&[value], &gzip(&text), limit),
                Ok(Some(text.clone())),
                "{value}"
            );
        }
        assert_eq!(
            of(&["gzip"], &gzip(&text), limit - 1),
            Err(Undecodable::TooLarge)
        );
        // 10 MB out of 10 kB.
        let bomb = gzip(&vec![0; 10 << 20]);
        assert!(bomb.len() < 16 << 10);
        assert_eq!(of(&["gzip"], &bomb, 256 << 10), Err(Undecodable::TooLarge));
    }

    #[test]
    fn several_members_are_one_body_and_rubbish_behind_them_is_refused() {
        let two = [gzip(b"<a>"), gzip(b"</a>")].concat();
        assert_eq!(of(&["gzip"], &two, 100), Ok(Some(b"<a></a>".to_vec())));
        for broken in [
            [gzip(b"<a/>"), b"x".to_vec()].concat(),
            gzip(b"<a/>").split_last().unwrap().1.to_vec(),
            b"<a/>".to_vec(),
            b"\x1F\x8B".to_vec(),
        ] {
            assert_eq!(
                of(&["gzip"], &broken, 100),
                Err(Undecodable::Broken),
                "{broken:02X?}"
            );
        }
    }

    #[test]
    fn what_has_no_coding_stays_and_what_has_another_is_named() {
        for values in [&[][..], &["identity"], &[""], &["identity", " IDENTITY , "]] {
            assert_eq!(of(values, b"<a/>", 100), Ok(None), "{values:?}");
        }
        assert_eq!(of(&["br"], b"", 100), Ok(None));
        for (values, named) in [
            (&["br"][..], "br"),
            (&["deflate"], "deflate"),
            (&["zstd"], "zstd"),
            (&["gzip, gzip"], "gzip, gzip"),
            (&["gzip", "br"], "gzip, br"),
            (&["utf-8"], "utf-8"),
            (&["\u{1b}[2J<x>"], "2jx"),
        ] {
            let unsupported = Undecodable::Unsupported(named.to_owned());
            assert_eq!(of(values, b"<a/>", 100), Err(unsupported), "{values:?}");
        }
    }

    #[test]
    fn an_answer_that_cannot_be_decoded_is_handed_over_as_it_came() {
        let decoded = |values: &[&str], body: &[u8], limit| {
            let coded = Answer {
                status: 200,
                headers: fields(values),
                body: Blob::from(body),
            };
            answer(&coded, "upload", limit, || "do".to_owned())
        };
        for values in [&["br"][..], &["gzip", "br"], &["gzip"]] {
            assert!(
                decoded(values, b"<a/>", 100).unwrap().is_none(),
                "{values:?}"
            );
        }
        let plain = decoded(&["gzip"], &gzip(b"<a/>"), 100).unwrap().unwrap();
        assert_eq!(plain.body.to_vec(), b"<a/>");
        let error = decoded(&["gzip"], &gzip(b"<a/>"), 3).unwrap_err();
        assert_eq!(error.code(), "input.too-large");
    }
}
