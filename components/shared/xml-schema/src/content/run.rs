// SPDX-License-Identifier: Apache-2.0
//! Content models run over elements, in all states at once.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::limits::{Exceeded, Limit, Limits};
use crate::model::{ElementId, Model, Particle, Place, Term};
use crate::wildcard::Wildcard;

use super::program::{Accepted, Instruction, Program, What};
use super::{Ambiguity, ContentModel};

/// A content model on its way through the children of an element.
pub(crate) struct Run<'m> {
    model: &'m Model,
    limits: &'m Limits,
    state: State<'m>,
}

enum State<'m> {
    Ordered {
        program: &'m Program,
        configurations: BTreeSet<Configuration>,
    },
    All {
        particles: &'m [Arc<Particle>],
        seen: Vec<bool>,
        may_be_absent: bool,
    },
}

/// A place in a program, with the rounds of the loops around it and whether each has taken an element in this round.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Configuration {
    at: usize,
    loops: Vec<(u32, bool)>,
}

/// What an element is in a content model.
pub(crate) enum Step<'m> {
    Element(ElementId),
    Any(&'m Wildcard),
    /// Nothing that may stand here; what may, in words.
    Unexpected(String),
    /// More than one thing, of different declarations.
    Ambiguous(Ambiguity),
}

impl<'m> Run<'m> {
    pub(crate) fn new(
        content: &'m ContentModel,
        model: &'m Model,
        limits: &'m Limits,
    ) -> Result<Self, Exceeded> {
        let state = match content {
            ContentModel::Ordered(program) => {
                let mut configurations = BTreeSet::new();
                let start = Configuration {
                    at: 0,
                    loops: vec![(0, false); program.counters],
                };
                follow(program, start, &mut configurations, limits)?;
                State::Ordered {
                    program,
                    configurations,
                }
            }
            ContentModel::All {
                particles,
                may_be_absent,
            } => State::All {
                particles,
                seen: vec![false; particles.len()],
                may_be_absent: *may_be_absent,
            },
        };
        Ok(Self {
            model,
            limits,
            state,
        })
    }

    /// Takes the next child.
    pub(crate) fn step(&mut self, namespace: &str, local: &str) -> Result<Step<'m>, Exceeded> {
        match &mut self.state {
            State::Ordered {
                program,
                configurations,
            } => {
                let mut next = BTreeSet::new();
                let mut found: Option<(Step<'m>, Place)> = None;
                for configuration in &*configurations {
                    let Some(Instruction::Accept(accepted)) =
                        program.instructions.get(configuration.at)
                    else {
                        continue;
                    };
                    let Some(step) = accepted.fit(self.model, namespace, local) else {
                        continue;
                    };
                    match &found {
                        Some((known, place)) if !known.is_same(&step) => {
                            return Ok(Step::Ambiguous(Ambiguity {
                                first: *place,
                                second: accepted.place,
                            }));
                        }
                        _ => found = Some((step, accepted.place)),
                    }
                    let mut after = configuration.clone();
                    after.at += 1;
                    for (_, has_taken) in &mut after.loops {
                        *has_taken = true;
                    }
                    follow(program, after, &mut next, self.limits)?;
                }
                match found {
                    Some((step, _)) => {
                        *configurations = next;
                        Ok(step)
                    }
                    None => Ok(Step::Unexpected(self.expected())),
                }
            }
            State::All {
                particles, seen, ..
            } => {
                for (particle, seen) in particles.iter().zip(seen.iter_mut()) {
                    let Term::Element(element) = particle.term else {
                        continue;
                    };
                    if !*seen && let Some(element) = named(self.model, element, namespace, local) {
                        *seen = true;
                        return Ok(Step::Element(element));
                    }
                }
                Ok(Step::Unexpected(self.expected()))
            }
        }
    }

    /// Whether the content may end here.
    pub(crate) fn may_end(&self) -> bool {
        match &self.state {
            State::Ordered {
                program,
                configurations,
            } => {
                let end = program.instructions.len().saturating_sub(1);
                configurations
                    .iter()
                    .any(|configuration| configuration.at == end)
            }
            State::All {
                particles,
                seen,
                may_be_absent,
            } => {
                let is_untouched = !seen.contains(&true);
                let is_there =
                    |(particle, seen): (&Arc<Particle>, &bool)| *seen || particle.least == 0;
                (*may_be_absent && is_untouched) || particles.iter().zip(seen).all(is_there)
            }
        }
    }

    /// What may stand here, in words.
    pub(crate) fn expected(&self) -> String {
        const MOST: usize = 8;
        let mut names = Vec::new();
        let mut add = |name: String| {
            if !names.contains(&name) {
                names.push(name);
            }
        };
        match &self.state {
            State::Ordered {
                program,
                configurations,
            } => {
                for configuration in configurations {
                    if let Some(Instruction::Accept(accepted)) =
                        program.instructions.get(configuration.at)
                    {
                        accepted.describe(self.model).into_iter().for_each(&mut add);
                    }
                }
            }
            State::All {
                particles, seen, ..
            } => {
                for (particle, _) in particles.iter().zip(seen).filter(|(_, seen)| !**seen) {
                    if let Term::Element(element) = particle.term {
                        let element = self.model.element(element);
                        element
                            .map(|element| element.name.to_string())
                            .into_iter()
                            .for_each(&mut add);
                    }
                }
            }
        }
        if self.may_end() {
            names.push("the end of the element".to_owned());
        }
        let more = names.len().saturating_sub(MOST);
        names.truncate(MOST);
        let mut text = names.join(", or ");
        if more > 0 {
            text.push_str(&format!(", or one of {more} others"));
        }
        if text.is_empty() {
            "nothing, since the schema leaves no choice".clone_into(&mut text);
        }
        text
    }
}

impl Step<'_> {
    fn is_same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Element(one), Self::Element(two)) => one == two,
            (Self::Any(one), Self::Any(two)) => one.process == two.process,
            _ => false,
        }
    }
}

impl Accepted {
    fn fit<'m>(&'m self, model: &Model, namespace: &str, local: &str) -> Option<Step<'m>> {
        match &self.what {
            What::Elements(elements) => elements
                .iter()
                .find(|id| {
                    let element = model.element(**id);
                    element.is_some_and(|element| element.name.is(namespace, local))
                })
                .map(|id| Step::Element(*id)),
            What::Any(wildcard) => {
                let is_allowed = wildcard.namespaces.allow(namespace);
                is_allowed.then_some(Step::Any(wildcard))
            }
        }
    }

    fn describe(&self, model: &Model) -> Vec<String> {
        match &self.what {
            What::Elements(elements) => {
                let declared = elements.iter().filter_map(|id| model.element(*id));
                let real = declared.filter(|element| !element.is_abstract);
                real.map(|element| element.name.to_string()).collect()
            }
            What::Any(wildcard) => vec![wildcard.namespaces.describe()],
        }
    }
}

/// The element of that name that is, or may stand in the place of, another.
fn named(model: &Model, head: ElementId, namespace: &str, local: &str) -> Option<ElementId> {
    super::substitutes(model, head).into_iter().find(|id| {
        let element = model.element(*id);
        element.is_some_and(|element| element.name.is(namespace, local))
    })
}

/// Adds all places where elements are accepted, or the end, that are reached without an element.
fn follow(
    program: &Program,
    from: Configuration,
    into: &mut BTreeSet<Configuration>,
    limits: &Limits,
) -> Result<(), Exceeded> {
    let mut open = vec![from];
    let mut visited = BTreeSet::new();
    while let Some(configuration) = open.pop() {
        if visited.len() + into.len() > limits.configurations {
            return Err(Exceeded {
                limit: Limit::Configurations,
                maximum: limits.configurations,
            });
        }
        let Some(instruction) = program.instructions.get(configuration.at) else {
            continue;
        };
        match instruction {
            Instruction::Accept(_) | Instruction::End => {
                into.insert(configuration);
                continue;
            }
            Instruction::Dead => continue,
            _ => {}
        }
        if visited.contains(&configuration) {
            continue;
        }
        match instruction {
            Instruction::Fork(targets) => {
                open.extend(targets.iter().map(|at| configuration.moved(*at)));
            }
            Instruction::Jump(at) => open.push(configuration.moved(*at)),
            Instruction::Begin {
                counter,
                may_skip,
                end,
            } => {
                if *may_skip {
                    open.push(configuration.moved(*end));
                }
                let body = configuration.moved(configuration.at + 1);
                open.push(body.with(*counter, 0));
            }
            Instruction::Round {
                counter,
                body,
                least,
                most,
            } => open.extend(configuration.round(*counter, *body, *least, *most)),
            Instruction::Accept(_) | Instruction::End | Instruction::Dead => {}
        }
        visited.insert(configuration);
    }
    Ok(())
}

impl Configuration {
    fn moved(&self, at: usize) -> Self {
        Self {
            at,
            loops: self.loops.clone(),
        }
    }

    fn with(mut self, counter: usize, rounds: u32) -> Self {
        if let Some(counted) = self.loops.get_mut(counter) {
            *counted = (rounds, false);
        }
        self
    }

    /// After a round of a loop: out of it, into the next round, or nowhere where the round took nothing.
    fn round(&self, counter: usize, body: usize, least: u32, most: Option<u32>) -> Vec<Self> {
        let Some((rounds, true)) = self.loops.get(counter).copied() else {
            return Vec::new();
        };
        // What is not told apart later is not counted.
        let cap = most.unwrap_or(least);
        let rounds = rounds.saturating_add(1).min(cap);
        let mut after = Vec::new();
        if rounds >= least {
            after.push(self.moved(self.at + 1).with(counter, 0));
        }
        if most.is_none_or(|most| rounds < most) {
            after.push(self.moved(body).with(counter, rounds));
        }
        after
    }
}
