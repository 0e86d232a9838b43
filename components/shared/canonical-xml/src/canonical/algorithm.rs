// SPDX-License-Identifier: Apache-2.0
//! Algorithms and the identifiers they go by.

/// Which namespaces and inherited attributes a subtree carries along.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Method {
    /// Canonical XML 1.0: all namespaces in scope; attributes `xml:*` of the ancestors.
    Inclusive,
    /// Canonical XML 1.1: as 1.0, but `xml:id` is not inherited, and `xml:base` by resolving it.
    Inclusive11,
    /// Exclusive XML Canonicalization 1.0: the namespaces in visible use, and those of a list.
    Exclusive,
}

/// A canonicalisation algorithm with its parameters.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Canonicalization {
    /// Which namespaces go along.
    pub method: Method,
    /// Whether comments are part of the form.
    pub with_comments: bool,
    /// Prefixes to treat as the inclusive method does (Exclusive XML Canonicalization 1.0 §3, `InclusiveNamespaces PrefixList`); the empty
    /// string is `#default`. Of no effect with other methods.
    pub prefix_list: Vec<String>,
}

/// Identifiers (Canonical XML 1.0 §1.1, 1.1 §1.1; Exclusive XML Canonicalization 1.0 §4).
const IDENTIFIERS: [(&str, Method, bool); 6] = [
    (
        "http://www.w3.org/TR/2001/REC-xml-c14n-20010315",
        Method::Inclusive,
        false,
    ),
    (
        "http://www.w3.org/TR/2001/REC-xml-c14n-20010315#WithComments",
        Method::Inclusive,
        true,
    ),
    (
        "http://www.w3.org/2006/12/xml-c14n11",
        Method::Inclusive11,
        false,
    ),
    (
        "http://www.w3.org/2006/12/xml-c14n11#WithComments",
        Method::Inclusive11,
        true,
    ),
    (
        "http://www.w3.org/2001/10/xml-exc-c14n#",
        Method::Exclusive,
        false,
    ),
    (
        "http://www.w3.org/2001/10/xml-exc-c14n#WithComments",
        Method::Exclusive,
        true,
    ),
];

impl Canonicalization {
    /// A method without comments and without a list.
    pub fn new(method: Method) -> Self {
        Self {
            method,
            with_comments: false,
            prefix_list: Vec::new(),
        }
    }

    /// The same, with the prefixes of an `InclusiveNamespaces PrefixList`: separated by white space of any kind, `#default` for
    /// the default namespace.
    #[must_use]
    pub fn with_prefix_list(self, list: &str) -> Self {
        let prefixes = list
            .split(crate::checks::is_space)
            .filter(|prefix| !prefix.is_empty())
            .map(|prefix| if prefix == "#default" { "" } else { prefix });
        Self {
            prefix_list: prefixes.map(str::to_owned).collect(),
            ..self
        }
    }

    /// The algorithm of exactly this identifier.
    pub fn from_uri(uri: &str) -> Option<Self> {
        let (_, method, with_comments) = IDENTIFIERS.iter().find(|(known, ..)| *known == uri)?;
        Some(Self {
            with_comments: *with_comments,
            ..Self::new(*method)
        })
    }

    /// Its identifier.
    pub fn uri(&self) -> &'static str {
        IDENTIFIERS
            .iter()
            .find(|(_, method, comments)| (*method, *comments) == (self.method, self.with_comments))
            .map_or("", |(uri, ..)| uri)
    }

    /// Identifiers of all algorithms.
    pub fn uris() -> impl Iterator<Item = &'static str> {
        IDENTIFIERS.iter().map(|(uri, ..)| *uri)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_algorithm_has_one_identifier() {
        for uri in Canonicalization::uris() {
            assert_eq!(Canonicalization::from_uri(uri).unwrap().uri(), uri);
        }
        for unknown in [
            "",
            "http://www.w3.org/2001/10/xml-exc-c14n",
            "http://www.w3.org/TR/2001/REC-xml-c14n-20010315#",
        ] {
            assert_eq!(Canonicalization::from_uri(unknown), None, "{unknown}");
        }
    }

    #[test]
    fn prefix_lists_take_any_white_space() {
        let list =
            Canonicalization::new(Method::Exclusive).with_prefix_list("\n a\tb \r\n#default ");
        assert_eq!(list.prefix_list, ["a", "b", ""]);
        assert!(
            Canonicalization::new(Method::Exclusive)
                .with_prefix_list(" ")
                .prefix_list
                .is_empty()
        );
    }
}
