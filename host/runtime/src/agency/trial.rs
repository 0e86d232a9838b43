// SPDX-License-Identifier: Apache-2.0
//! A candidate that is tried beside what serves: it does calls again once their answers stand, and nobody gets what comes of it; or it serves a share of the conversations itself.

use std::{borrow::Cow, sync::Arc};

use super::{
    Agency,
    canary::{Canary, CanaryTap},
    generation::{Generation, GenerationInfo},
    input::{buildable, outbound, readable, size_of_call},
    ready::Ready,
    replay::arguments::Arguments,
};
use crate::{
    call::{running::Running, sandbox::Sandbox},
    error::Error,
    exchange::{Replayed, Response},
    form,
    observe::{Observer, PerformedCall},
};

/// A candidate on trial.
pub(super) struct Trial {
    pub(super) generation: Arc<Generation>,
    pub(super) way: Way,
}

/// How it is tried.
pub(super) enum Way {
    /// It does calls again.
    Shadow {
        /// Says which calls of what serves are done again, and is told of them.
        tap: Arc<dyn Observer>,
        /// Calls that are being done again.
        repeating: Running,
    },
    /// It serves a share of the conversations.
    Canary(Arc<Canary>),
}

/// What came of a call of what serves that a candidate was to do again.
#[derive(Debug, Clone, PartialEq)]
pub enum Repeated {
    /// It was served by other settings, keys, anchors or limits than the candidate has: nothing was done.
    OfOtherSettings,
    /// It was done again.
    Done(Replayed),
}

impl Trial {
    /// How it serves a share of the conversations.
    pub(super) fn canary(&self) -> Option<&Arc<Canary>> {
        match &self.way {
            Way::Canary(canary) => Some(canary),
            Way::Shadow { .. } => None,
        }
    }

    fn repeat(&self, repeating: &Running, call: PerformedCall) -> Result<Repeated, Error> {
        let generation = &self.generation;
        if call.served_by.revision != generation.info.revision {
            return Ok(Repeated::OfOtherSettings);
        }
        let arguments = Arguments::read(call.function, call.arguments)?;
        let repeated = match judged(generation, &arguments) {
            Ok(()) => {
                let sandbox = generation.sandbox.running_as(repeating);
                sandbox.repeat(arguments, call.answers)?
            }
            Err(error) => Replayed {
                result: Some(form::ended(&error)),
                parting: None,
            },
        };
        Ok(Repeated::Done(repeated))
    }
}

/// What is judged before a component sees a call, by the candidate's own description: its operations and their limits.
fn judged(generation: &Generation, arguments: &Arguments) -> Result<(), Error> {
    match arguments {
        Arguments::Describe | Arguments::CheckSettings => Ok(()),
        Arguments::Build(input) => buildable(generation, input).map(drop),
        Arguments::Parse(operation, response, _) => {
            let known = outbound(generation, operation)?;
            match response {
                Response::Answered(answer) => readable(known, answer.clone()).map(drop),
                _ => Ok(()),
            }
        }
        Arguments::Validate(call) => size_of_call(generation, call),
    }
}

impl Ready {
    /// Puts it on trial beside what serves, in the place of whatever was on trial: nothing is answered by it. `tap` is asked which calls of what serves it is told of
    /// ([`Observer::records`], with [`Records::WithoutSecrets`](crate::observe::Records::WithoutSecrets)), and is told of each once its result stands ([`Observer::performed`]), on the thread of the
    /// call, which goes on when it returns. It hands them to another thread, which has the candidate do them again ([`Agency::repeat`]).
    pub fn shadow(self, tap: Arc<dyn Observer>) -> Agency {
        let way = Way::Shadow {
            tap,
            repeating: Running::default(),
        };
        self.tried(way)
    }

    /// Puts it on trial beside what serves, in the place of whatever was on trial: of a thousand conversations it serves so many itself ([`Agency::in_conversation`]), and what serves the
    /// others. `tap` is told how the calls of both end. It is to [end](Agency::end_trial) the trial when the candidate is worse.
    pub fn canary(self, of_thousand: u32, tap: Arc<dyn CanaryTap>) -> Agency {
        self.tried(Way::Canary(Arc::new(Canary { of_thousand, tap })))
    }

    fn tried(self, way: Way) -> Agency {
        let trial = Trial {
            generation: Arc::new(self.generation),
            way,
        };
        let before = self.agency.slot.trial.swap(Some(Arc::new(trial)));
        if let Some(before) = before {
            self.agency.leave(&before);
        }
        self.agency
    }
}

impl Agency {
    /// What is on trial; `None` when nothing is.
    pub fn trial_info(&self) -> Option<GenerationInfo> {
        let trial = self.slot.trial.load();
        trial.as_ref().map(|trial| (*trial.generation.info).clone())
    }

    /// Has what is on trial do a call again that was told to its tap: by its own settings and limits, with the recorded answers in the place of keys, anchors, secrets, clock and identifiers. It makes
    /// no signature, and no observer and no audit trail is told. `None` when nothing is on trial.
    ///
    /// # Errors
    /// [`Error::Problem`] when the call is none that can be done again, [`Error::Limit`] when there is no room for it. That the candidate is stopped, or would not have been called, is a result: the
    /// case `stopped`.
    pub fn repeat(&self, call: PerformedCall) -> Option<Result<Repeated, Error>> {
        let trial = self.slot.trial.load_full()?;
        match &trial.way {
            Way::Shadow { repeating, .. } => Some(trial.repeat(repeating, call)),
            Way::Canary(_) => None,
        }
    }

    /// Ends the trial of a generation; whether it was on trial. What it is doing again is cut off; calls that it serves go on, and are [draining](Self::draining).
    pub fn end_trial(&self, number: u64) -> bool {
        match self.take_trial(number) {
            Some(trial) => {
                self.leave(&trial);
                true
            }
            None => false,
        }
    }

    /// Has a candidate that did calls again serve a share of the conversations; whether the generation of that number was on trial, and did so. It is as it was prepared.
    pub fn try_as_canary(&self, number: u64, of_thousand: u32, tap: Arc<dyn CanaryTap>) -> bool {
        let way = Way::Canary(Arc::new(Canary { of_thousand, tap }));
        let next = |trial: &Trial| {
            let generation = Arc::clone(&trial.generation);
            let is_shadow = matches!(trial.way, Way::Shadow { .. });
            is_shadow.then(|| Some(Arc::new(Trial { generation, way })))
        };
        let before = self.exchange_trial(number, next);
        if let Some(before) = &before {
            self.leave(before);
        }
        before.is_some()
    }

    /// A candidate is not on trial any more: what it was doing again is cut off, and what it serves goes on.
    fn leave(&self, trial: &Trial) {
        match &trial.way {
            Way::Shadow { repeating, .. } => repeating.end(),
            Way::Canary(_) => self.slot.replace(&trial.generation),
        }
    }

    /// Puts what is on trial into service, by the swap of a pointer; whether the generation of that number was on trial. What served is what a rollback returns to.
    pub fn serve_trial(&self, number: u64) -> bool {
        let trial = self.slot.trial.load_full();
        let Some(trial) = trial.filter(|trial| trial.generation.info.number == number) else {
            return false;
        };
        // First, so that what it serves already does not go to another for a moment.
        self.slot.renew(Arc::clone(&trial.generation));
        if let Way::Shadow { repeating, .. } = &trial.way {
            repeating.end();
        }
        if self.take_trial(number).is_none() {
            // Somebody ended its trial at the same moment: it serves all the same.
            trial.generation.serve();
        }
        true
    }

    fn take_trial(&self, number: u64) -> Option<Arc<Trial>> {
        self.exchange_trial(number, |_| Some(None))
    }

    /// Puts something in the place of what is on trial, or nothing, if it is the generation of that number; what was. `next` says what, unless that one is to stay.
    fn exchange_trial(
        &self,
        number: u64,
        next: impl FnOnce(&Trial) -> Option<Option<Arc<Trial>>>,
    ) -> Option<Arc<Trial>> {
        let current = self.slot.trial.load_full();
        let trial = current.as_ref()?;
        if trial.generation.info.number != number {
            return None;
        }
        let next = next(trial)?;
        // Another one that was put on trial meanwhile stays.
        let before = self.slot.trial.compare_and_swap(&current, next);
        if !before.as_ref().is_some_and(|it| Arc::ptr_eq(it, trial)) {
            return None;
        }
        Some(Arc::clone(trial))
    }

    /// The sandbox of what serves; while something is on trial, one whose calls are told to that.
    pub(super) fn watched<'g>(&self, generation: &'g Generation) -> Cow<'g, Sandbox> {
        let trial = self.slot.trial.load();
        match trial.as_ref().map(|trial| &trial.way) {
            Some(Way::Shadow { tap, .. }) => Cow::Owned(generation.sandbox.tapped(Arc::clone(tap))),
            _ => Cow::Borrowed(&generation.sandbox),
        }
    }
}
