// SPDX-License-Identifier: Apache-2.0
//! In which language a page is.

use hyper::{HeaderMap, header};

use super::words::{ENGLISH, FINNISH, Words};

/// The cookie in which a choice is kept, and the field of a query that makes it.
pub(super) const COOKIE: &str = "silta-language";
pub(super) const FIELD: &str = "lang";

/// A language that pages are in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Language {
    English,
    Finnish,
}

impl Language {
    /// As BCP 47 has it.
    pub(super) fn tag(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::Finnish => "fi",
        }
    }

    pub(super) fn words(self) -> &'static Words {
        match self {
            Self::English => &ENGLISH,
            Self::Finnish => &FINNISH,
        }
    }

    /// The one that the page offers to change to.
    pub(super) fn other(self) -> Self {
        match self {
            Self::English => Self::Finnish,
            Self::Finnish => Self::English,
        }
    }

    /// By its tag, or a narrower one: `fi-FI`.
    pub(super) fn named(tag: &str) -> Option<Self> {
        let primary = tag.split('-').next().unwrap_or_default();
        [Self::English, Self::Finnish]
            .into_iter()
            .find(|language| primary.eq_ignore_ascii_case(language.tag()))
    }

    /// The one chosen before, else what the browser prefers, else English.
    pub(super) fn of(headers: &HeaderMap) -> Self {
        let chosen = cookie(headers, COOKIE).and_then(Self::named);
        chosen
            .or_else(|| preferred(headers))
            .unwrap_or(Self::English)
    }
}

/// The value of a cookie (RFC 6265 §4.2).
fn cookie<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    let fields = headers.get_all(header::COOKIE).iter();
    let mut pairs = fields
        .filter_map(|field| field.to_str().ok())
        .flat_map(|field| field.split(';'))
        .filter_map(|pair| pair.trim().split_once('='));
    pairs
        .find(|(known, _)| *known == name)
        .map(|(_, value)| value)
}

/// That of the highest weight, the first of several (RFC 9110 §12.5.4).
fn preferred(headers: &HeaderMap) -> Option<Language> {
    let fields = headers.get_all(header::ACCEPT_LANGUAGE).iter();
    let ranges = fields
        .filter_map(|field| field.to_str().ok())
        .flat_map(|field| field.split(','));
    let mut best: Option<(f32, Language)> = None;
    for range in ranges {
        let (tag, weight) = range.split_once(';').unwrap_or((range, "q=1"));
        let weight = weight.trim().strip_prefix("q=").unwrap_or_default();
        let weight: f32 = weight.trim().parse().unwrap_or(0.0);
        let Some(language) = Language::named(tag.trim()) else {
            continue;
        };
        if weight > best.map_or(0.0, |(best, _)| best) {
            best = Some((weight, language));
        }
    }
    best.map(|(_, language)| language)
}

#[cfg(test)]
mod tests {
    use hyper::header::{HeaderName, HeaderValue};

    use super::*;

    fn of(fields: &[(HeaderName, &'static str)]) -> Language {
        let fields = fields.iter();
        let fields = fields.map(|(name, value)| (name.clone(), HeaderValue::from_static(value)));
        Language::of(&fields.collect())
    }

    #[test]
    fn a_choice_counts_before_what_the_browser_prefers() {
        let accept = header::ACCEPT_LANGUAGE;
        for (fields, expected) in [
            (vec![], Language::English),
            (vec![(accept.clone(), "sv, de;q=0.9")], Language::English),
            (vec![(accept.clone(), "fi-FI, en;q=0.9")], Language::Finnish),
            (
                vec![(accept.clone(), "en;q=0.3, fi;q=0.4")],
                Language::Finnish,
            ),
            (
                vec![(accept.clone(), "fi;q=0, en;q=0.1")],
                Language::English,
            ),
            (vec![(accept.clone(), "fi;q=x")], Language::English),
            (
                vec![
                    (accept.clone(), "fi"),
                    (header::COOKIE, "a=b; silta-language=en"),
                ],
                Language::English,
            ),
            (
                vec![(accept, "fi"), (header::COOKIE, "silta-language=sv")],
                Language::Finnish,
            ),
        ] {
            assert_eq!(of(&fields), expected, "{fields:?}");
        }
    }
}
