// SPDX-License-Identifier: Apache-2.0
//! What has passed every step, on its way into service.

use std::{fmt, sync::Arc};

use super::{
    Agency,
    generation::{Generation, GenerationInfo},
    slot::lock,
};
use crate::describe::Description;

/// A component that has passed every step of its deployment and does not serve yet.
#[must_use = "it serves nothing until it is told to"]
pub struct Ready {
    pub(crate) agency: Agency,
    pub(crate) generation: Generation,
}

impl Ready {
    /// Puts it into service. Calls that run keep the generation they started with; calls that start afterwards get this one.
    pub fn serve(self) -> Agency {
        self.agency.slot.activate(Arc::new(self.generation));
        self.agency
    }

    /// The same; but where its component serves already, by other settings or files, that is nothing to return to. Nothing is then until something [stands by](Self::stand_by)
    /// anew: what did has been prepared with the settings and files of before.
    pub fn serve_or_renew(self) -> Agency {
        self.agency.slot.renew(Arc::new(self.generation));
        self.agency
    }

    /// Makes it what a rollback returns to, in the place of whatever was: after a start, the generation that served before the one that serves. It stays warm.
    pub fn stand_by(self) {
        *lock(&self.agency.slot.earlier) = Some(Arc::new(self.generation));
    }

    /// Gives it its number, for whoever counts generations as they are judged fit. The number that it was prepared with is nobody's then.
    pub fn numbered(self, number: u64) -> Self {
        self.agency.number(Some(number));
        Self {
            generation: self.generation.numbered(number),
            ..self
        }
    }

    /// What the component says of itself, with the limits that follow from its settings.
    pub fn description(&self) -> &Description {
        &self.generation.description
    }

    /// Which component it is, and which number it will serve as.
    pub fn generation_info(&self) -> GenerationInfo {
        (*self.generation.info).clone()
    }
}

impl fmt::Debug for Ready {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Ready").field(&self.generation.info).finish()
    }
}
