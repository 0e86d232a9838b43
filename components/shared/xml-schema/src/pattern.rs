// SPDX-License-Identifier: Apache-2.0
//! Regular expressions of XML Schema (Part 2, appendix F), matched in time linear in the text.

mod blocks;
mod class;
mod parse;
mod program;

use thiserror::Error;

use crate::limits::{Exceeded, Limits};

use program::Program;

/// A compiled pattern. It matches whole values.
#[derive(Clone, Debug)]
pub(crate) struct Pattern {
    program: Program,
    /// As it was written, for messages.
    source: String,
}

/// Why a text is no pattern.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub(crate) enum PatternError {
    /// It breaks the grammar of appendix F.
    #[error("character {at} of the pattern: {message}")]
    Grammar { at: usize, message: &'static str },
    /// It needs more states than are allowed.
    #[error("{0}")]
    Limit(Exceeded),
}

impl Pattern {
    pub(crate) fn compile(source: &str, limits: &Limits) -> Result<Self, PatternError> {
        let expression = parse::parse(source, limits)?;
        let program = Program::of(&expression, limits)?;
        Ok(Self {
            program,
            source: source.to_owned(),
        })
    }

    pub(crate) fn matches(&self, text: &str, limits: &Limits) -> Result<bool, Exceeded> {
        self.program.matches(text, limits)
    }

    pub(crate) fn source(&self) -> &str {
        &self.source
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matches(pattern: &str, text: &str) -> bool {
        let pattern = Pattern::compile(pattern, &Limits::default()).unwrap();
        pattern.matches(text, &Limits::default()).unwrap()
    }

    #[test]
    fn whole_values_are_matched() {
        for (pattern, right, wrong) in [
            ("a|bc", &["a", "bc"][..], &["ab", "", "abc"][..]),
            ("(a|b)*c?", &["", "abac", "c"], &["cc", "ca"]),
            (
                "[0-9]{7}-[0-9]",
                &["1234567-8"],
                &["123456-78", "1234567-89"],
            ),
            ("a{2,3}", &["aa", "aaa"], &["a", "aaaa"]),
            ("a{2,}b{0}", &["aa", "aaaaa"], &["a", "aab"]),
            ("^a$", &["^a$"], &["a"]),
            (r"\d\.\d", &["1.2", "\u{663}.4"], &["1x2"]),
            (r"\i\c*", &["a-b", "_1", ":x"], &["1a", "-"]),
            (r"\w+", &["aä1_"; 0], &["a b", "a.b"]),
            (r"\w+", &["aä1+"], &["a-b"]),
            (r"\p{Lu}\p{IsBasicLatin}", &["Äa"], &["äa", "Ää"]),
            (r"\P{Lu}", &["a", "1"], &["A"]),
            ("[a-z-[aeiou]]+", &["xyz"], &["xay"]),
            ("[^a-c]", &["d", "\n"], &["a", ""]),
            ("[-a]", &["-", "a"], &["b"]),
            ("[a-]", &["-", "a"], &["b"]),
            (".", &["x", "\u{1F600}"], &["\n", "\r", ""]),
            (r"[\s\S]{0,3}", &["", "\n\t ", "ab"], &["abcd"]),
            (
                r"\n\r\t\\\|\.\-\^\?\*\+\{\}\(\)\[\]",
                &["\n\r\t\\|.-^?*+{}()[]"],
                &["n"],
            ),
            ("", &[""], &["a"]),
            ("a||b", &["", "a", "b"], &["ab"]),
            ("(a*)*", &["", "aaa"], &["b"]),
            ("[+--]", &["+", ",", "-"], &["."]),
            (r"[\p{L}\d]", &["é", "7"], &["-"]),
            (r"[^\p{L}\d]", &["-"], &["é", "7"]),
        ] {
            for text in right {
                assert!(matches(pattern, text), "{pattern} {text:?}");
            }
            for text in wrong {
                assert!(!matches(pattern, text), "{pattern} {text:?}");
            }
        }
    }

    #[test]
    fn what_is_no_pattern_is_refused_with_its_place() {
        for (pattern, at) in [
            ("a**", 3),
            ("*a", 1),
            ("(a", 3),
            ("a)", 2),
            ("[a", 3),
            ("[]", 2),
            ("[z-a]", 4),
            ("a{3,2}", 7),
            ("a{,2}", 3),
            ("a{", 3),
            (r"\q", 2),
            (r"\p{Xx}", 6),
            (r"\p{IsNowhere}", 13),
            ("]", 1),
            ("}", 1),
            (r"\", 2),
            ("(?:a)", 2),
            ("[a-z-[b]x]", 9),
            (r"[\d-z]", 4),
        ] {
            let error = Pattern::compile(pattern, &Limits::default()).unwrap_err();
            let PatternError::Grammar { at: found, .. } = error else {
                panic!("{pattern}: {error}")
            };
            assert_eq!(found, at, "{pattern}");
        }
    }

    #[test]
    fn states_and_steps_are_bounded() {
        let limits = Limits {
            states: 10,
            configurations: 1,
            ..Limits::default()
        };
        assert!(Pattern::compile("a{8}", &limits).is_ok());
        for pattern in [
            "a{11}",
            "((a{9}){9}){9}",
            "a{4294967295}",
            "(a{99999}){99999}",
        ] {
            let error = Pattern::compile(pattern, &limits).unwrap_err();
            assert!(matches!(error, PatternError::Limit(_)), "{pattern}");
        }
        let pattern = Pattern::compile("(a|a)*", &limits).unwrap();
        assert_eq!(pattern.matches(&"a".repeat(50), &limits), Ok(true));
        assert!(pattern.matches(&"a".repeat(1000), &limits).is_err());
        let deep = "(".repeat(1000) + &")".repeat(1000);
        let error = Pattern::compile(&deep, &Limits::default()).unwrap_err();
        assert!(matches!(error, PatternError::Limit(_)));
    }
}
