// SPDX-License-Identifier: Apache-2.0
//! Particles and groups (Part 1, §3.7 to §3.9).

use std::sync::Arc;

use crate::limits::{Exceeded, Limit};
use crate::model::{Particle, Term};

use super::symbols::Kind;
use super::{At, Outcome, Reader};

impl<'d> Reader<'d> {
    /// An element, wildcard or group, with how often it may be there; `None` for one that may not be there at all.
    pub(super) fn particle(&mut self, at: At<'d>) -> Outcome<Option<Arc<Particle>>> {
        self.count(at)?;
        let (least, most) = self.occurrence(at)?;
        if most == Some(0) {
            return Ok(None);
        }
        let (term, inner) = self.deeper(at, |reader| reader.term(at))?;
        let depth = inner + 1;
        if depth > self.limits.depth {
            let maximum = self.limits.depth;
            return Err(self.exceeded(
                at,
                Exceeded {
                    limit: Limit::Depth,
                    maximum,
                },
            ));
        }
        if matches!(term, Term::All(_)) && (least > 1 || most != Some(1)) {
            let message = "an `all` group is there once or not at all";
            return Err(self.invalid(at, "cos-all-limited.1.2", message));
        }
        Ok(Some(Arc::new(Particle {
            least,
            most,
            term,
            depth,
            place: self.place(at),
        })))
    }

    /// `minOccurs` and `maxOccurs`. Numbers beyond four thousand million count as that.
    fn occurrence(&self, at: At<'d>) -> Outcome<(u32, Option<u32>)> {
        let number = |name: &str| match at.attribute(name) {
            None => Ok(1),
            Some(text) => {
                let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
                is_number
                    .then(|| text.parse().unwrap_or(u32::MAX))
                    .ok_or_else(|| {
                        let message =
                            format!("`{name}` is a whole number, or `unbounded` for `maxOccurs`");
                        self.invalid(at, "p-props-correct.1", message)
                    })
            }
        };
        let least = number("minOccurs")?;
        let most = match at.attribute("maxOccurs").as_deref() {
            Some("unbounded") => None,
            _ => Some(number("maxOccurs")?),
        };
        if most.is_some_and(|most| most < least) {
            let message = "`minOccurs` is above `maxOccurs`";
            return Err(self.invalid(at, "p-props-correct.2.1", message));
        }
        Ok((least, most))
    }

    /// The term of a particle, and the levels of groups in it.
    fn term(&mut self, at: At<'d>) -> Outcome<(Term, usize)> {
        match at.node.local() {
            "element" => Ok((Term::Element(self.local_element(at)?), 0)),
            "any" => Ok((Term::Any(self.wildcard(at)?), 0)),
            "group" => self.group_reference(at),
            _ => self.group(at),
        }
    }

    fn group_reference(&mut self, at: At<'d>) -> Outcome<(Term, usize)> {
        let Some(reference) = at.attribute("ref") else {
            let message = "a group within something is a `ref`";
            return Err(self.invalid(at, "src-model_group", message));
        };
        let name = self.name_of(at, &reference)?;
        let definition = self.find(at, Kind::Group, &name)?;
        if self.active_groups.contains(&name) {
            let message = format!("the group {name} holds itself");
            return Err(self.invalid(at, "mg-props-correct.2", message));
        }
        let Some(group) = definition.children().next() else {
            let message = format!("the group {name} is empty");
            return Err(self.invalid(definition, "src-model_group_defn", message));
        };
        if group.attribute("minOccurs").is_some() || group.attribute("maxOccurs").is_some() {
            let message = "the group within a definition has no occurrence; the references have";
            return Err(self.invalid(group, "src-model_group_defn", message));
        }
        self.active_groups.push(name);
        let term = self.group(group);
        self.active_groups.pop();
        term
    }

    fn group(&mut self, at: At<'d>) -> Outcome<(Term, usize)> {
        let children: Vec<_> = at.children().collect();
        let is_all = at.node.local() == "all";
        let (mut particles, mut depth) = (Vec::new(), 0);
        for child in children {
            let Some(particle) = self.particle(child)? else {
                continue;
            };
            if matches!(particle.term, Term::All(_)) {
                let message =
                    "an `all` group is the whole of a content model, and not within another group";
                return Err(self.invalid(child, "cos-all-limited.1.2", message));
            }
            if is_all && particle.most != Some(1) {
                let message = "an element of an `all` group is there once at most";
                return Err(self.invalid(child, "cos-all-limited.2", message));
            }
            depth = depth.max(particle.depth);
            particles.push(particle);
        }
        let term = match at.node.local() {
            "all" => Term::All(particles),
            "choice" => Term::Choice(particles),
            _ => Term::Sequence(particles),
        };
        Ok((term, depth))
    }
}
