// SPDX-License-Identifier: Apache-2.0
//! Unique Particle Attribution (Part 1, §3.8.6): it is clear without looking ahead which particle an element is of.
//!
//! The places in a content model that follow each other, as a regular expression of places (Brüggemann-Klein and Wood). `{n}` with n above 1 stands twice, so that
//! going round and going on are told apart where the count tells them apart.

use std::collections::HashMap;
use std::sync::Arc;

use crate::limits::{Exceeded, Limit, Limits};
use crate::model::{ElementId, Model, Particle, Place, Term};
use crate::wildcard::Wildcard;

use super::Ambiguity;
use super::program::is_nullable;
use super::substitutes;

/// The first two particles of a content model that fit one element, if there are any.
pub(crate) fn ambiguity(
    particle: &Particle,
    model: &Model,
    limits: &Limits,
) -> Result<Option<Ambiguity>, Exceeded> {
    let mut finder = Finder {
        model,
        limits,
        positions: Vec::new(),
        follows: Vec::new(),
        work: 0,
        substitutes: HashMap::new(),
    };
    let ends = finder.particle(particle)?;
    let mut sets = vec![ends.first];
    sets.append(&mut finder.follows);
    for set in sets {
        if let Some(found) = finder.conflict(&set)? {
            return Ok(Some(found));
        }
    }
    Ok(None)
}

struct Finder<'m> {
    model: &'m Model,
    limits: &'m Limits,
    positions: Vec<&'m Particle>,
    /// By position: what may come after it.
    follows: Vec<Vec<usize>>,
    work: usize,
    substitutes: HashMap<ElementId, Vec<ElementId>>,
}

/// Where a particle may begin and end.
struct Ends {
    first: Vec<usize>,
    last: Vec<usize>,
    is_nullable: bool,
}

impl<'m> Finder<'m> {
    /// Sets grow with the square of the positions; hundred for each state that is allowed.
    fn costs(&mut self, steps: usize) -> Result<(), Exceeded> {
        self.work = self.work.saturating_add(steps);
        if self.work > self.limits.states.saturating_mul(100) {
            return Err(Exceeded {
                limit: Limit::States,
                maximum: self.limits.states,
            });
        }
        Ok(())
    }

    fn particle(&mut self, particle: &'m Particle) -> Result<Ends, Exceeded> {
        let (least, most) = (particle.least, particle.most);
        let mut ends = self.term(particle)?;
        let repeats = most.is_none_or(|most| most > 1);
        if repeats && least > 1 && !is_nullable(&particle.term) {
            // Once, and then the rest: only the rest may go on.
            let mut rest = self.term(particle)?;
            if most != Some(least) {
                self.link(&rest.last.clone(), &rest.first.clone())?;
            }
            self.link(&ends.last, &rest.first)?;
            ends.last = std::mem::take(&mut rest.last);
        } else if repeats {
            self.link(&ends.last.clone(), &ends.first.clone())?;
        }
        ends.is_nullable = ends.is_nullable || least == 0;
        Ok(ends)
    }

    fn term(&mut self, particle: &'m Particle) -> Result<Ends, Exceeded> {
        self.costs(1)?;
        match &particle.term {
            Term::Element(_) | Term::Any(_) => {
                let position = self.positions.len();
                self.positions.push(particle);
                self.follows.push(Vec::new());
                Ok(Ends {
                    first: vec![position],
                    last: vec![position],
                    is_nullable: false,
                })
            }
            Term::Choice(particles) => self.choice(particles),
            Term::Sequence(particles) => self.sequence(particles),
            Term::All(particles) => {
                let mut ends = self.choice(particles)?;
                ends.is_nullable = is_nullable(&particle.term);
                Ok(ends)
            }
        }
    }

    fn choice(&mut self, particles: &'m [Arc<Particle>]) -> Result<Ends, Exceeded> {
        let mut all = Ends {
            first: Vec::new(),
            last: Vec::new(),
            is_nullable: false,
        };
        for particle in particles {
            let ends = self.particle(particle)?;
            self.costs(ends.first.len() + ends.last.len())?;
            all.first.extend(ends.first);
            all.last.extend(ends.last);
            all.is_nullable = all.is_nullable || ends.is_nullable;
        }
        Ok(all)
    }

    fn sequence(&mut self, particles: &'m [Arc<Particle>]) -> Result<Ends, Exceeded> {
        let mut all = Ends {
            first: Vec::new(),
            last: Vec::new(),
            is_nullable: true,
        };
        for particle in particles {
            let ends = self.particle(particle)?;
            self.link(&all.last, &ends.first)?;
            self.costs(ends.first.len() + ends.last.len())?;
            if all.is_nullable {
                all.first.extend(&ends.first);
            }
            if !ends.is_nullable {
                all.last.clear();
            }
            all.last.extend(&ends.last);
            all.is_nullable = all.is_nullable && ends.is_nullable;
        }
        Ok(all)
    }

    fn link(&mut self, last: &[usize], first: &[usize]) -> Result<(), Exceeded> {
        self.costs(last.len().saturating_mul(first.len()))?;
        for position in last {
            if let Some(follows) = self.follows.get_mut(*position) {
                follows.extend(first);
            }
        }
        Ok(())
    }

    /// Two of these positions that are of different particles and fit one element.
    fn conflict(&mut self, set: &[usize]) -> Result<Option<Ambiguity>, Exceeded> {
        let mut elements: HashMap<ElementId, &Particle> = HashMap::new();
        let mut names = HashMap::new();
        let mut wildcards: Vec<(&Wildcard, &Particle)> = Vec::new();
        for position in set {
            let Some(particle) = self.positions.get(*position).copied() else {
                continue;
            };
            match &particle.term {
                Term::Element(id) => {
                    if let Some(other) = elements.insert(*id, particle) {
                        if !std::ptr::eq(other, particle) {
                            return Ok(Some(between(other, particle)));
                        }
                        continue;
                    }
                    let model = self.model;
                    let fitting = self.substitutes.entry(*id);
                    let fitting = fitting.or_insert_with(|| substitutes(model, *id)).clone();
                    self.costs(fitting.len())?;
                    for element in fitting.iter().filter_map(|id| model.element(*id)) {
                        match names.insert(&element.name, particle) {
                            Some(other) if !std::ptr::eq(other, particle) => {
                                return Ok(Some(between(other, particle)));
                            }
                            _ => {}
                        }
                    }
                }
                Term::Any(wildcard) => {
                    let known = wildcards
                        .iter()
                        .any(|(_, known)| std::ptr::eq(*known, particle));
                    if !known {
                        wildcards.push((wildcard, particle));
                    }
                }
                _ => {}
            }
        }
        self.costs(
            wildcards
                .len()
                .saturating_mul(names.len() + wildcards.len()),
        )?;
        for (index, (wildcard, particle)) in wildcards.iter().enumerate() {
            let fits = |name: &crate::name::QName| wildcard.namespaces.allow(name.namespace());
            if let Some((_, other)) = names.iter().find(|(name, _)| fits(name)) {
                return Ok(Some(between(other, particle)));
            }
            let mut before = wildcards.iter().take(index);
            if let Some((_, other)) =
                before.find(|(other, _)| other.namespaces.overlap(&wildcard.namespaces))
            {
                return Ok(Some(between(other, particle)));
            }
        }
        Ok(None)
    }
}

fn between(first: &Particle, second: &Particle) -> Ambiguity {
    let place = |particle: &Particle| -> Place { particle.place };
    Ambiguity {
        first: place(first),
        second: place(second),
    }
}
