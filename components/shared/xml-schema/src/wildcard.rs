// SPDX-License-Identifier: Apache-2.0
//! Wildcards: which namespaces they allow, and what is done with what they allow (Part 1, §3.10).

use std::collections::BTreeSet;
use std::sync::Arc;

/// `any` or `anyAttribute`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Wildcard {
    pub(crate) namespaces: Namespaces,
    pub(crate) process: Process,
}

/// Namespaces that are allowed; the empty one is none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Namespaces {
    Any,
    /// All but this one and none.
    Not(Arc<str>),
    These(BTreeSet<Arc<str>>),
}

/// `processContents`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Process {
    Skip,
    Lax,
    Strict,
}

impl Namespaces {
    pub(crate) fn allow(&self, namespace: &str) -> bool {
        match self {
            Self::Any => true,
            Self::Not(other) => !namespace.is_empty() && namespace != &**other,
            Self::These(these) => these.contains(namespace),
        }
    }

    /// Attribute Wildcard Union (§3.10.6); `None` where it cannot be expressed.
    pub(crate) fn union(&self, other: &Self) -> Option<Self> {
        Some(match (self, other) {
            (one, two) if one == two => one.clone(),
            (Self::Any, _) | (_, Self::Any) => Self::Any,
            (Self::These(one), Self::These(two)) => Self::These(one.union(two).cloned().collect()),
            // Two negations: all but none.
            (Self::Not(_), Self::Not(_)) => Self::Not(Arc::from("")),
            (Self::Not(not), Self::These(these)) | (Self::These(these), Self::Not(not)) => {
                let has_none = these.contains("");
                let has_other = these.contains(not);
                match (has_other, has_none) {
                    (true, true) => Self::Any,
                    (true, false) => Self::Not(Arc::from("")),
                    (false, true) if not.is_empty() => Self::Any,
                    (false, true) => return None,
                    (false, false) => Self::Not(not.clone()),
                }
            }
        })
    }

    /// Attribute Wildcard Intersection (§3.10.6); `None` where it cannot be expressed.
    pub(crate) fn intersection(&self, other: &Self) -> Option<Self> {
        Some(match (self, other) {
            (one, two) if one == two => one.clone(),
            (Self::Any, some) | (some, Self::Any) => some.clone(),
            (Self::These(one), Self::These(two)) => {
                Self::These(one.intersection(two).cloned().collect())
            }
            (negation @ Self::Not(_), Self::These(these))
            | (Self::These(these), negation @ Self::Not(_)) => {
                let allowed = these.iter().filter(|namespace| negation.allow(namespace));
                Self::These(allowed.cloned().collect())
            }
            (Self::Not(not), Self::Not(none)) | (Self::Not(none), Self::Not(not))
                if none.is_empty() =>
            {
                Self::Not(not.clone())
            }
            (Self::Not(_), Self::Not(_)) => return None,
        })
    }

    /// Whether both allow some namespace.
    pub(crate) fn overlap(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::These(these), namespaces) | (namespaces, Self::These(these)) => {
                these.iter().any(|namespace| namespaces.allow(namespace))
            }
            _ => true,
        }
    }

    /// In words.
    pub(crate) fn describe(&self) -> String {
        match self {
            Self::Any => "any element".to_owned(),
            Self::Not(other) if other.is_empty() => "any element of a namespace".to_owned(),
            Self::Not(other) => format!("any element of a namespace other than {other}"),
            Self::These(these) => {
                let name = |namespace: &Arc<str>| match &**namespace {
                    "" => "no namespace".to_owned(),
                    name => name.to_owned(),
                };
                let names: Vec<_> = these.iter().map(name).collect();
                format!("any element of {}", names.join(" or "))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn these(names: &[&str]) -> Namespaces {
        Namespaces::These(names.iter().map(|name| Arc::from(*name)).collect())
    }

    fn not(name: &str) -> Namespaces {
        Namespaces::Not(Arc::from(name))
    }

    /// Whatever can be expressed lets in what it says.
    #[test]
    fn unions_and_intersections_are_those_of_sets() {
        let all = [
            Namespaces::Any,
            not("a"),
            not("b"),
            not(""),
            these(&[]),
            these(&["a"]),
            these(&["", "b"]),
            these(&["a", ""]),
            these(&["c"]),
        ];
        let mut expressed = 0;
        for one in &all {
            for two in &all {
                for name in ["", "a", "b", "c", "d"] {
                    let (first, second) = (one.allow(name), two.allow(name));
                    // The union of two different negations is wider than that of the sets, by the rule.
                    let is_wider = matches!((one, two), (Namespaces::Not(_), Namespaces::Not(_)));
                    if let Some(union) = one.union(two).filter(|_| !is_wider) {
                        assert_eq!(union.allow(name), first || second, "{one:?} {two:?} {name}");
                        expressed += 1;
                    }
                    if let Some(both) = one.intersection(two) {
                        assert_eq!(both.allow(name), first && second, "{one:?} {two:?} {name}");
                        expressed += 1;
                    }
                    assert!(one.overlap(two) || !(first && second));
                }
            }
        }
        assert!(expressed > 500);
    }
}
