// SPDX-License-Identifier: Apache-2.0
//! Certificate policies along a path: the policy graph of RFC 9618, which grows with the number of policies and not with their
//! power, in the places of RFC 5280 §6.1.

use super::{
    error::{IdentifyError, rule},
    extensions::{Extensions, MOST_POLICIES},
};

/// anyPolicy, 2.5.29.32.0, as content of an OBJECT IDENTIFIER.
const ANY: &[u8] = &[0x55, 0x1D, 0x20, 0];

/// What is asked of the policies of a path (RFC 5280 §6.1.1): by default nothing, beyond what its issuers ask of each other.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct PolicyDemands {
    /// Policies that are accepted (user-initial-policy-set), as content of an OBJECT IDENTIFIER; any if there are none.
    pub(crate) accepted: Vec<Vec<u8>>,
    /// The path has to have one that is accepted (initial-explicit-policy).
    pub(crate) is_explicit: bool,
    /// Policies of one authority do not count as those of another (initial-policy-mapping-inhibit).
    pub(crate) no_mapping: bool,
    /// anyPolicy stands for none (initial-any-policy-inhibit).
    pub(crate) no_any: bool,
}

/// A policy of one certificate.
#[derive(Debug)]
struct Node<'a> {
    policy: &'a [u8],
    /// Policies of the next certificate that satisfy it.
    expected: Vec<&'a [u8]>,
    /// Places of those above that it comes from.
    parents: Vec<usize>,
}

/// Policies of a path as far as it has been gone, from the anchor down.
#[derive(Debug)]
pub(super) struct Policies<'a> {
    /// Of each certificate, below that of the anchor. Without any of the last, the path has none (NULL).
    levels: Vec<Vec<Node<'a>>>,
    /// Certificates that may come before what each stands for begins; counted down.
    explicit: usize,
    mapping: usize,
    any: usize,
}

impl<'a> Policies<'a> {
    /// Those of a path of so many certificates, the anchor not counted (§6.1.2 a, d to f).
    pub(super) fn new(demands: &PolicyDemands, length: usize) -> Self {
        let after = |now: bool| if now { 0 } else { length + 1 };
        let any = Node {
            policy: ANY,
            expected: vec![ANY],
            parents: Vec::new(),
        };
        Self {
            levels: vec![vec![any]],
            explicit: after(demands.is_explicit),
            mapping: after(demands.no_mapping),
            any: after(demands.no_any),
        }
    }

    /// Goes down to a certificate (§6.1.3 d to f).
    pub(super) fn enter(
        &mut self,
        extensions: &Extensions<'a>,
        is_self_issued: bool,
        is_last: bool,
    ) -> Result<(), IdentifyError> {
        let takes_any = self.any > 0 || !is_last && is_self_issued;
        let above = self.levels.last().map_or(&[][..], Vec::as_slice);
        let next = match &extensions.policies {
            Some(policies) => below(above, policies, takes_any)?,
            None => Vec::new(),
        };
        self.levels.push(next);
        self.prune();
        self.check()
    }

    fn check(&self) -> Result<(), IdentifyError> {
        if self.explicit == 0 && self.levels.last().is_none_or(Vec::is_empty) {
            return Err(rule(
                "no certificate policy that holds for the whole path, which an issuer or the setting for policies demands (requireExplicitPolicy)",
            ));
        }
        Ok(())
    }

    /// Prepares for the certificate below an issuer (§6.1.4 a, b, h to j).
    pub(super) fn leave(
        &mut self,
        issuer: &Extensions<'a>,
        is_self_issued: bool,
    ) -> Result<(), IdentifyError> {
        let mappings = &issuer.mappings;
        if mappings.iter().any(|(from, to)| *from == ANY || *to == ANY) {
            return Err(rule("a mapping of anyPolicy (policyMappings)"));
        }
        self.map(mappings);
        if !is_self_issued {
            self.explicit = self.explicit.saturating_sub(1);
            self.mapping = self.mapping.saturating_sub(1);
            self.any = self.any.saturating_sub(1);
        }
        let limit = |counter: &mut usize, skip: Option<u32>| {
            if let Some(skip) = skip {
                *counter = (*counter).min(usize::try_from(skip).unwrap_or(usize::MAX));
            }
        };
        limit(&mut self.explicit, issuer.require_explicit_policy);
        limit(&mut self.mapping, issuer.inhibit_policy_mapping);
        limit(&mut self.any, issuer.inhibit_any_policy);
        Ok(())
    }

    fn map(&mut self, mappings: &[(&'a [u8], &'a [u8])]) {
        let may_map = self.mapping > 0;
        let Some(level) = self.levels.last_mut() else {
            return;
        };
        for (place, (from, _)) in mappings.iter().enumerate() {
            let mut before = mappings.iter().take(place);
            if before.any(|(other, _)| other == from) {
                continue;
            }
            if !may_map {
                level.retain(|node| node.policy != *from);
                continue;
            }
            let to = mappings.iter().filter(|(other, _)| other == from);
            let to: Vec<&'a [u8]> = to.map(|(_, to)| *to).collect();
            if let Some(node) = level.iter_mut().find(|node| node.policy == *from) {
                node.expected = to;
            } else if let Some(any) = level.iter().find(|node| node.policy == ANY) {
                let parents = any.parents.clone();
                level.push(Node {
                    policy: from,
                    expected: to,
                    parents,
                });
            }
        }
        self.prune();
    }

    /// Takes out what leads to nothing below (§6.1.3 d 3).
    fn prune(&mut self) {
        let Some((last, above)) = self.levels.split_last_mut() else {
            return;
        };
        let mut below = last;
        for level in above.iter_mut().rev() {
            let mut places = Vec::with_capacity(level.len());
            let mut kept = 0;
            for place in 0..level.len() {
                let has_child = below.iter().any(|node| node.parents.contains(&place));
                places.push(has_child.then_some(kept));
                kept += usize::from(has_child);
            }
            let mut place = 0;
            level.retain(|_| {
                let stays = places.get(place).is_some_and(Option::is_some);
                place += 1;
                stays
            });
            for node in below.iter_mut() {
                let parents = node.parents.iter();
                let moved = parents.filter_map(|parent| *places.get(*parent)?);
                node.parents = moved.collect();
            }
            below = level;
        }
    }

    /// Ends with the last certificate (§6.1.5 a, b, g).
    pub(super) fn finish(
        mut self,
        end: &Extensions<'_>,
        demands: &PolicyDemands,
    ) -> Result<(), IdentifyError> {
        self.explicit = self.explicit.saturating_sub(1);
        if end.require_explicit_policy == Some(0) {
            self.explicit = 0;
        }
        self.check()?;
        if self.explicit > 0 || demands.accepted.is_empty() {
            return Ok(());
        }
        let ends_in_any = self
            .levels
            .last()
            .is_some_and(|last| last.iter().any(|node| node.policy == ANY));
        if ends_in_any
            || self
                .of_anchor()
                .any(|policy| demands.accepted.iter().any(|accepted| accepted == policy))
        {
            return Ok(());
        }
        Err(rule(
            "certificate policies other than those that are accepted here",
        ))
    }

    /// The policies that the path has in terms of its anchor: those that come from anyPolicy.
    fn of_anchor(&self) -> impl Iterator<Item = &'a [u8]> {
        let pairs = self.levels.iter().zip(self.levels.iter().skip(1));
        pairs.flat_map(|(above, level)| {
            let from_any = |place: &usize| above.get(*place).is_some_and(|node| node.policy == ANY);
            let of_anchor = level
                .iter()
                .filter(move |node| node.policy != ANY && node.parents.iter().any(from_any));
            of_anchor.map(|node| node.policy)
        })
    }
}

/// The policies of a certificate that what is above expects.
fn below<'a>(
    above: &[Node<'a>],
    policies: &[&'a [u8]],
    takes_any: bool,
) -> Result<Vec<Node<'a>>, IdentifyError> {
    let parents = |policy: &[u8]| {
        let nodes = above.iter().enumerate();
        let expecting = nodes.filter(|(_, node)| node.expected.contains(&policy));
        expecting.map(|(place, _)| place).collect::<Vec<_>>()
    };
    let any = above.iter().position(|node| node.policy == ANY);
    let mut level: Vec<Node<'a>> = Vec::new();
    for policy in policies.iter().filter(|policy| **policy != ANY) {
        let mut parents = parents(policy);
        if parents.is_empty() {
            parents.extend(any);
        }
        if !parents.is_empty() {
            level.push(Node {
                policy,
                expected: vec![policy],
                parents,
            });
        }
    }
    if takes_any && policies.contains(&ANY) {
        for policy in above.iter().flat_map(|node| &node.expected) {
            if level.iter().all(|node| node.policy != *policy) {
                level.push(Node {
                    policy,
                    expected: vec![policy],
                    parents: parents(policy),
                });
            }
        }
    }
    if level.len() > 2 * MOST_POLICIES {
        let what = format!(
            "certificate policies that stand for more than {} others",
            2 * MOST_POLICIES
        );
        return Err(IdentifyError::Unsupported(what));
    }
    Ok(level)
}
