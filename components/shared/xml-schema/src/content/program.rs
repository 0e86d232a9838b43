// SPDX-License-Identifier: Apache-2.0
//! Particles as a program: what to accept, where to go on, what to count.

use crate::limits::{Exceeded, Limit, Limits};
use crate::model::{ElementId, Model, Particle, Place, Term};
use crate::wildcard::Wildcard;

use super::substitutes;

/// A program. It begins at 0 and ends at its last instruction.
#[derive(Clone, Debug)]
pub(crate) struct Program {
    pub(super) instructions: Vec<Instruction>,
    /// How many loops stand within each other at most.
    pub(super) counters: usize,
    /// Instructions, and elements that may stand in the place of others.
    pub(super) size: usize,
}

#[derive(Clone, Debug)]
pub(super) enum Instruction {
    /// One element that fits, then the next instruction.
    Accept(Accepted),
    /// Each of these.
    Fork(Vec<usize>),
    /// A loop begins, counted by that counter: its body is next. Left out altogether, it goes on there.
    Begin {
        counter: usize,
        may_skip: bool,
        end: usize,
    },
    /// One round is over.
    Round {
        counter: usize,
        body: usize,
        least: u32,
        most: Option<u32>,
    },
    Jump(usize),
    /// No way on: a choice of nothing.
    Dead,
    End,
}

/// What one particle takes.
#[derive(Clone, Debug)]
pub(super) struct Accepted {
    pub(super) what: What,
    pub(super) place: Place,
}

#[derive(Clone, Debug)]
pub(super) enum What {
    /// The element, or one that may stand in its place; abstract ones are found and refused later.
    Elements(Vec<ElementId>),
    Any(Wildcard),
}

impl Program {
    pub(super) fn of(
        particle: &Particle,
        model: &Model,
        limits: &Limits,
    ) -> Result<Self, Exceeded> {
        let mut builder = Builder {
            instructions: Vec::new(),
            counters: 0,
            level: 0,
            size: 0,
            model,
            limits,
        };
        builder.particle(particle)?;
        builder.push(Instruction::End)?;
        Ok(Self {
            instructions: builder.instructions,
            counters: builder.counters,
            size: builder.size,
        })
    }
}

struct Builder<'m> {
    instructions: Vec<Instruction>,
    counters: usize,
    level: usize,
    /// Instructions, and elements that may stand in the place of others.
    size: usize,
    model: &'m Model,
    limits: &'m Limits,
}

impl Builder<'_> {
    fn push(&mut self, instruction: Instruction) -> Result<usize, Exceeded> {
        self.size += match &instruction {
            Instruction::Accept(Accepted {
                what: What::Elements(elements),
                ..
            }) => elements.len(),
            _ => 1,
        };
        if self.size > self.limits.states {
            return Err(Exceeded {
                limit: Limit::States,
                maximum: self.limits.states,
            });
        }
        self.instructions.push(instruction);
        Ok(self.instructions.len() - 1)
    }

    fn set(&mut self, at: usize, instruction: Instruction) {
        if let Some(place) = self.instructions.get_mut(at) {
            *place = instruction;
        }
    }

    fn particle(&mut self, particle: &Particle) -> Result<(), Exceeded> {
        let (least, most, inner) = unnested(particle);
        if most == Some(0) {
            return Ok(());
        }
        if (least, most) == (1, Some(1)) {
            return self.term(inner);
        }
        if (least, most) == (0, Some(1)) {
            let fork = self.push(Instruction::Dead)?;
            self.term(inner)?;
            let end = self.instructions.len();
            self.set(fork, Instruction::Fork(vec![fork + 1, end]));
            return Ok(());
        }
        // Rounds without an element count for nothing, so that a body which may be empty need not be there at all.
        let least = if is_nullable(&inner.term) { 0 } else { least };
        let counter = self.level;
        self.level += 1;
        self.counters = self.counters.max(self.level);
        let begin = self.push(Instruction::Dead)?;
        self.term(inner)?;
        self.push(Instruction::Round {
            counter,
            body: begin + 1,
            least,
            most,
        })?;
        let end = self.instructions.len();
        let may_skip = least == 0;
        self.set(
            begin,
            Instruction::Begin {
                counter,
                may_skip,
                end,
            },
        );
        self.level -= 1;
        Ok(())
    }

    fn term(&mut self, particle: &Particle) -> Result<(), Exceeded> {
        let place = particle.place;
        match &particle.term {
            Term::Element(element) => {
                let what = What::Elements(substitutes(self.model, *element));
                self.push(Instruction::Accept(Accepted { what, place }))?;
            }
            Term::Any(wildcard) => {
                let what = What::Any(wildcard.clone());
                self.push(Instruction::Accept(Accepted { what, place }))?;
            }
            // An `all` within another group is refused when the schema is read.
            Term::Sequence(particles) | Term::All(particles) => {
                for particle in particles {
                    self.particle(particle)?;
                }
            }
            Term::Choice(particles) => self.choice(particles)?,
        }
        Ok(())
    }

    fn choice(&mut self, particles: &[std::sync::Arc<Particle>]) -> Result<(), Exceeded> {
        let fork = self.push(Instruction::Dead)?;
        let (mut starts, mut jumps) = (Vec::new(), Vec::new());
        for particle in particles {
            starts.push(self.instructions.len());
            self.particle(particle)?;
            jumps.push(self.push(Instruction::Dead)?);
        }
        let end = self.instructions.len();
        for jump in jumps {
            self.set(jump, Instruction::Jump(end));
        }
        if !starts.is_empty() {
            self.set(fork, Instruction::Fork(starts));
        }
        Ok(())
    }
}

/// Loops that hold nothing but a loop are one, where that says the same: fewer states at once.
fn unnested(particle: &Particle) -> (u32, Option<u32>, &Particle) {
    let (mut least, mut most, mut inner) = (particle.least, particle.most, particle);
    while let Term::Sequence(only) | Term::Choice(only) = &inner.term {
        let [only] = only.as_slice() else {
            break;
        };
        let outer_is_one = (least, most) == (1, Some(1));
        let inner_is_one = (only.least, only.most) == (1, Some(1));
        let inner_is_loose = only.least <= 1 && (only.most.is_none() || only.most == Some(1));
        if !(outer_is_one || inner_is_one || (inner_is_loose && most != Some(0))) {
            break;
        }
        (least, most) = if outer_is_one {
            (only.least, only.most)
        } else {
            let most = only.most.and(most);
            (least.saturating_mul(only.least), most)
        };
        inner = only;
    }
    (least, most, inner)
}

/// Whether nothing at all fits a particle.
pub(crate) fn may_be_empty(particle: &Particle) -> bool {
    particle.least == 0 || is_nullable(&particle.term)
}

pub(super) fn is_nullable(term: &Term) -> bool {
    match term {
        Term::Element(_) | Term::Any(_) => false,
        Term::Sequence(particles) | Term::All(particles) => {
            particles.iter().all(|particle| may_be_empty(particle))
        }
        Term::Choice(particles) => particles.iter().any(|particle| may_be_empty(particle)),
    }
}
