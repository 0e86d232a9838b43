// SPDX-License-Identifier: Apache-2.0
//! Content models: which elements may follow each other in an element (Part 1, §3.8 and §3.9).

mod ambiguity;
mod program;
mod run;
mod substitution;

use std::sync::Arc;

use crate::limits::{Exceeded, Limits};
use crate::model::{Content, Model, Particle, Place, Term};

use program::Program;

pub(crate) use ambiguity::ambiguity;
pub(crate) use program::may_be_empty;
pub(crate) use run::{Run, Step};
pub(crate) use substitution::substitutes;

/// A content model, ready to be run.
#[derive(Clone, Debug)]
pub(crate) enum ContentModel {
    /// Elements in the order of a program.
    Ordered(Program),
    /// Each element once at most, in any order.
    All {
        particles: Vec<Arc<Particle>>,
        may_be_absent: bool,
    },
}

impl ContentModel {
    /// The model of a content; `None` for one without elements.
    pub(crate) fn of(
        content: &Content,
        model: &Model,
        limits: &Limits,
    ) -> Result<Option<Self>, Exceeded> {
        let Content::Elements { particle, .. } = content else {
            return Ok(None);
        };
        if let Some(all) = Self::all(particle) {
            return Ok(Some(all));
        }
        Program::of(particle, model, limits).map(|program| Some(Self::Ordered(program)))
    }

    /// Instructions, or elements.
    pub(crate) fn size(&self) -> usize {
        match self {
            Self::Ordered(program) => program.size,
            Self::All { particles, .. } => particles.len(),
        }
    }

    /// A group of kind `all` is the whole of a content model, perhaps in a sequence with nothing else (§3.8.6).
    fn all(particle: &Particle) -> Option<Self> {
        match &particle.term {
            Term::All(particles) => Some(Self::All {
                particles: particles.clone(),
                may_be_absent: particle.least == 0,
            }),
            Term::Sequence(only) if particle.least == 1 && particle.most == Some(1) => {
                match only.as_slice() {
                    [only] => Self::all(only),
                    _ => None,
                }
            }
            _ => None,
        }
    }
}

/// Two particles that fit one element.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Ambiguity {
    pub(crate) first: Place,
    pub(crate) second: Place,
}
