// SPDX-License-Identifier: Apache-2.0
//! The query of a request, read strictly: what is not known, or stands there twice, is refused, and no value is repeated.

use std::{collections::BTreeMap, ops::RangeInclusive};

use axum::http::Uri;

use super::problem::{self, Problem};
use crate::percent;

/// The fields of a query.
pub(crate) struct Query(BTreeMap<&'static str, String>);

impl Query {
    /// Reads the query of an address, which may have these fields, each once.
    pub(crate) fn read(uri: &Uri, known: &[&'static str]) -> Result<Self, Problem> {
        let mut fields = BTreeMap::new();
        let query = uri.query().unwrap_or_default();
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let (name, value) = (decoded(name)?, decoded(value)?);
            let known_name = known.iter().find(|known| **known == name);
            let Some(name) = known_name else {
                let known = known.join("`, `");
                let detail =
                    format!("the query has a field that is not known here; known are `{known}`");
                return Err(wrong("query.unknown-field", detail));
            };
            if fields.insert(*name, value).is_some() {
                let detail = format!("the query has `{name}` more than once");
                return Err(wrong("query.twice", detail));
            }
        }
        Ok(Self(fields))
    }

    /// The text of a field; one that is empty counts as left out.
    pub(crate) fn text(&mut self, name: &str) -> Option<String> {
        self.0.remove(name).filter(|text| !text.is_empty())
    }

    /// The number of a field, which has to be in a range.
    pub(crate) fn number(
        &mut self,
        name: &str,
        range: RangeInclusive<u64>,
        default: u64,
    ) -> Result<u64, Problem> {
        let Some(text) = self.0.remove(name) else {
            return Ok(default);
        };
        let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        let number = is_number.then(|| text.parse().ok()).flatten();
        number
            .filter(|number| range.contains(number))
            .ok_or_else(|| {
                let (least, most) = range.into_inner();
                let detail = format!("`{name}` has to be a number from {least} to {most}");
                wrong("query.number", detail)
            })
    }
}

pub(crate) fn wrong(code: &str, detail: impl Into<String>) -> Problem {
    Problem::new(problem::MALFORMED, code, detail)
}

/// The largest position or number that may be asked for: numbers of JSON are read as signed ones by many.
pub(crate) const LARGEST: u64 = i64::MAX as u64;

/// Percent-decoded, `+` being a blank.
fn decoded(text: &str) -> Result<String, Problem> {
    let malformed = || {
        wrong(
            "query.encoding",
            "the query is not percent-encoded UTF-8; encode the values of its fields",
        )
    };
    let bytes = percent::decoded(&text.replace('+', " ")).ok_or_else(malformed)?;
    String::from_utf8(bytes).map_err(|_| malformed())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(query: &str) -> Result<Query, Problem> {
        let uri = format!("/v1/x?{query}").parse().unwrap();
        Query::read(&uri, &["agency", "limit"])
    }

    #[test]
    fn fields_are_decoded_and_numbers_are_in_their_range() {
        let mut query = read("agency=t%C3%A4st+1&limit=10").ok().unwrap();
        assert_eq!(query.text("agency").as_deref(), Some("täst 1"));
        assert_eq!(query.number("limit", 1..=10, 5), Ok(10));
        assert_eq!(query.number("limit", 1..=10, 5), Ok(5));
        for wrong in [
            "limit=11",
            "limit=0",
            "limit=",
            "limit=-1",
            "limit=1x",
            "limit=99999999999999999999",
        ] {
            let mut query = read(wrong).ok().unwrap();
            assert!(query.number("limit", 1..=10, 5).is_err(), "{wrong}");
        }
    }

    #[test]
    fn what_is_not_known_or_twice_there_is_refused() {
        for wrong in [
            "agenzy=1",
            "limit=1&limit=1",
            "agency=%",
            "agency=%zz",
            "agency=%ff",
        ] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
        assert!(read("").is_ok() && read("&&agency=").is_ok());
    }
}
