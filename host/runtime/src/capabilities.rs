// SPDX-License-Identifier: Apache-2.0
//! The imports of the contract: all the power a component has, one file for each. Each is a view of the call that uses it.

mod blobs;
mod host;
mod keys;
mod secrets;
mod trust;

use bytes::Bytes;
use serde_json::Value;
use wasmtime::{
    Engine,
    component::{HasData, Linker},
};

use crate::{
    bindings::silta::agency,
    call::{
        environment::Environment,
        refused::{Reason, Refused},
        script::NotRecorded,
        state::{CallState, CallTrace},
        tape::Tape,
    },
    exchange::RecordedAnswer,
    observe::{HostAnswer, Records},
};

/// Binds the imports, once for all components.
pub(crate) fn linker(engine: &Engine) -> wasmtime::Result<Linker<CallState>> {
    let mut linker = Linker::new(engine);
    let to = &mut linker;
    agency::types::add_to_linker::<_, View<'static>>(to, |state| View::of(state))?;
    agency::facts::add_to_linker::<_, View<'static>>(to, |state| View::of(state))?;
    agency::blobs::add_to_linker::<_, blobs::Blobs<'static>>(to, |state| blobs::Blobs::of(state))?;
    agency::clock::add_to_linker::<_, host::Host<'static>>(to, |state| host::Host::of(state))?;
    agency::ids::add_to_linker::<_, host::Host<'static>>(to, |state| host::Host::of(state))?;
    agency::log::add_to_linker::<_, host::Host<'static>>(to, |state| host::Host::of(state))?;
    agency::settings::add_to_linker::<_, host::Host<'static>>(to, |state| host::Host::of(state))?;
    agency::keys::add_to_linker::<_, keys::Keys<'static>>(to, |state| keys::Keys::of(state))?;
    agency::secrets::add_to_linker::<_, secrets::SecretRoles<'static>>(to, |state| {
        secrets::SecretRoles::of(state)
    })?;
    agency::trust::add_to_linker::<_, trust::Trust<'static>>(to, |state| trust::Trust::of(state))?;
    Ok(linker)
}

/// What every capability sees of a call: its environment, and what it has done so far.
pub(crate) struct View<'a> {
    environment: &'a Environment,
    trace: &'a mut CallTrace,
    /// The function that runs, for the report of a refusal.
    function: &'static str,
}

impl<'a> View<'a> {
    fn new(environment: &'a Environment, trace: &'a mut CallTrace) -> Self {
        Self {
            environment,
            trace,
            function: "",
        }
    }

    fn of(state: &'a mut CallState) -> Self {
        Self::new(&state.environment, &mut state.trace)
    }

    /// The value of a secret that requests get.
    fn secret(&self, role: &str) -> Option<Bytes> {
        let in_force = self.trace.next_secrets.in_force.as_deref();
        self.environment.secret(role, in_force, self.trace.now)
    }

    /// The value that is to replace a secret, in the one call that sends it.
    fn next_secret(&self, role: &str) -> Option<Bytes> {
        if self.trace.next_secrets.sent.as_deref() != Some(role) {
            return None;
        }
        let values = self.environment.secrets.values(role)?;
        values.next.as_deref().map(Bytes::copy_from_slice)
    }

    /// A function that may refuse, or whose answer may be recorded, begins; its name as in the contract.
    fn enter(&mut self, function: &'static str) {
        self.function = function;
    }

    /// Records what the function answers, where the call is recorded: arguments and answer, put into their form only for that, and only if there is room for the bytes of them, which
    /// are told first.
    fn answered(&self, bytes: impl FnOnce() -> u64, told: impl FnOnce() -> (Vec<Value>, Value)) {
        let tape = self.trace.tape.as_ref();
        let Some(tape) = tape.filter(|tape| tape.has_room_for_answer(bytes)) else {
            return;
        };
        let (arguments, answer) = told();
        if tape.records() == Records::Everything {
            self.environment.observer.answered(HostAnswer {
                call: self.trace.id.clone(),
                function: self.function,
                arguments: arguments.clone(),
                answer: answer.clone(),
            });
        }
        tape.answered(RecordedAnswer {
            function: self.function.to_owned(),
            arguments,
            answer,
        });
    }

    /// The same for what depends on secrets, which whoever records everything has, and repeats.
    fn answered_by_secret(
        &self,
        bytes: impl FnOnce() -> u64,
        told: impl FnOnce() -> (Vec<Value>, Value),
    ) {
        let records = self.trace.tape.as_ref().map(Tape::records);
        if matches!(records, Some(Records::WithoutSecrets { .. })) {
            self.answered(bytes, told);
        }
    }

    /// The recorded answer to the function, where the call is one that is done again; then nothing else may answer.
    ///
    /// # Errors
    /// The recording has another question here, or what is no answer to it.
    fn scripted<T>(
        &self,
        asked: impl FnOnce() -> Vec<Value>,
        read: impl FnOnce(&Value) -> Option<T>,
    ) -> Result<Option<T>, NotRecorded> {
        let Some(script) = &self.environment.script else {
            return Ok(None);
        };
        let answer = script.answer(self.function, asked())?;
        let read = read(answer);
        if read.is_none() {
            script.is_unreadable();
        }
        read.map(Some).ok_or(NotRecorded)
    }

    /// The same for what depends on secrets, unless the recording has secrets in the place of answers to that, as golden calls have.
    ///
    /// # Errors
    /// As [`scripted`](Self::scripted).
    fn scripted_by_secret<T>(
        &self,
        asked: impl FnOnce() -> Vec<Value>,
        read: impl FnOnce(&Value) -> Option<T>,
    ) -> Result<Option<T>, NotRecorded> {
        match self.environment.is_replay_with_secrets {
            true => Ok(None),
            false => self.scripted(asked, read),
        }
    }

    /// Reports what a function refuses. This is the one place where that is done.
    fn report<E: Reason>(&mut self, refused: Refused<E>) -> wasmtime::Result<E> {
        match refused {
            Refused::Told(reason) => {
                if let Some(name) = reason.name() {
                    let observer = &*self.environment.observer;
                    self.trace.refuse(observer, self.function, name);
                }
                Ok(reason)
            }
            Refused::Ends(error) => Err(error),
        }
    }
}

impl HasData for View<'static> {
    type Data<'a> = View<'a>;
}

// Types only; nothing to call.
impl agency::types::Host for View<'_> {}
impl agency::facts::Host for View<'_> {}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::call::environment::tests::{Told, environment};

    #[test]
    fn of_many_refusals_of_one_call_the_first_ones_are_reported() {
        struct No;
        impl Reason for No {
            fn name(&self) -> Option<&'static str> {
                Some("no")
            }
        }
        let told = Arc::new(Told::default());
        let environment = environment(&told);
        let mut trace = CallTrace::new(environment.call_id("build"), environment.clock.now());
        for _ in 0..20 {
            let mut view = View::new(&environment, &mut trace);
            view.enter("interface.function");
            assert!(view.report(Refused::Told(No)).is_ok());
        }
        let refusals = told.refusals.lock().unwrap();
        assert_eq!(refusals.len(), 17);
        assert_eq!(refusals[..16], [("interface.function", "no"); 16]);
        assert_eq!(
            refusals[16],
            ("interface.function", "further-refusals-not-told")
        );
    }
}
