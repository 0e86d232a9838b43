// SPDX-License-Identifier: Apache-2.0
//! Content codings (RFC 9110 §8.4) that are still on a body.
//!
//! The host decodes gzip. What it cannot decode it hands over as it came, with the field Content-Encoding: such a body says nothing, whatever it looks like.

use crate::{AnswerError, Fields};

/// Longest name of a coding in a message, in characters: a stranger wrote it.
const LONGEST_NAME: usize = 40;

/// Judges the fields Content-Encoding of an answer with a body of `size` bytes, as the host hands it over.
///
/// # Errors
/// `answer.content-encoding-broken` for gzip that is none or is cut short, `answer.content-encoding` for another coding.
pub fn check_coding(fields: &Fields<'_>, size: u64) -> Result<(), AnswerError> {
    // Nothing, in whatever coding.
    if size == 0 {
        return Ok(());
    }
    let mut codings = String::new();
    let values = fields.all("Content-Encoding");
    for coding in values.flat_map(|value| value.split(',')) {
        let coding = coding.trim();
        if !coding.is_empty() && !coding.eq_ignore_ascii_case("identity") {
            let separator = if codings.is_empty() { "" } else { ", " };
            codings.push_str(separator);
            codings.push_str(coding);
        }
    }
    codings.make_ascii_lowercase();
    match codings.as_str() {
        "" => Ok(()),
        "gzip" | "x-gzip" => Err(AnswerError::whole(
            "answer.content-encoding-broken",
            "the answer is said to be gzip (Content-Encoding), and is not, or is cut short",
        )),
        _ => {
            let is_token = |c: &char| c.is_ascii_alphanumeric() || "-_.+, ".contains(*c);
            let name: String = codings
                .chars()
                .filter(is_token)
                .take(LONGEST_NAME)
                .collect();
            let message = format!(
                "the answer is in the content coding `{name}`, which is not read here; gzip is. Have whatever stands in between leave answers as they are"
            );
            Err(AnswerError::whole("answer.content-encoding", message))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(values: &[&str], size: u64) -> Result<(), (&'static str, String)> {
        let fields = values.iter().map(|value| ("content-encoding", *value));
        let judged = check_coding(&fields.collect(), size);
        judged.map_err(|error| (error.code, error.message))
    }

    #[test]
    fn no_coding_and_no_body_are_fine() {
        for values in [&[][..], &["identity"], &[""], &["identity", " IDENTITY , "]] {
            assert_eq!(code(values, 1), Ok(()), "{values:?}");
        }
        assert_eq!(code(&["br"], 0), Ok(()));
    }

    #[test]
    fn what_the_host_has_left_is_named() {
        for values in [&["gzip"][..], &["X-GZIP"], &["identity, gzip"]] {
            let (code, _) = code(values, 1).unwrap_err();
            assert_eq!(code, "answer.content-encoding-broken", "{values:?}");
        }
        for (values, named) in [
            (&["br"][..], "`br`"),
            (&["gzip, gzip"], "`gzip, gzip`"),
            (&["gzip", "br"], "`gzip, br`"),
            (&["\u{1b}[2J<x>"], "`2jx`"),
        ] {
            let (code, message) = code(values, 1).unwrap_err();
            assert_eq!(code, "answer.content-encoding", "{values:?}");
            assert!(message.contains(named), "{message}");
        }
        let long = "x".repeat(1000);
        let (_, message) = code(&[&long], 1).unwrap_err();
        assert!(message.len() < 250, "{message}");
    }
}
