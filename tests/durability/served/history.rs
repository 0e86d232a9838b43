// SPDX-License-Identifier: Apache-2.0
//! What was asked and answered, and whether the inbox agrees.

use std::{
    collections::{BTreeMap, VecDeque},
    fmt,
    sync::{Mutex, MutexGuard, PoisonError},
    thread,
    time::{Duration, Instant},
};

use serde_json::Value;

use crate::agencies::{Answer, Call, Caller};

/// Of so many that were answered well, one is asked again.
const ASKED_AGAIN: u64 = 10;

#[derive(Default)]
pub(crate) struct History {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    calls: u64,
    /// What has not been answered well yet.
    left: VecDeque<Call>,
    /// What has, and how often.
    yes: BTreeMap<(&'static str, String), u64>,
    told: Told,
}

/// Counts.
#[derive(Debug, Default, Clone)]
pub(crate) struct Told {
    asked: u64,
    unavailable: u64,
    unanswered: u64,
    again: u64,
    entries: usize,
}

impl fmt::Display for Told {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            asked,
            unavailable,
            unanswered,
            again,
            entries,
        } = self;
        write!(
            f,
            "{asked} calls, {unavailable} answered with 503, {unanswered} without an answer, {again} repeated and answered well; {entries} entries, 0 missing, 0 twice"
        )
    }
}

impl History {
    /// What a caller asks next: every other time something that is left, otherwise something new.
    pub(crate) fn next(&self, caller: &Caller) -> Call {
        let mut state = self.state();
        state.calls += 1;
        let number = state.calls;
        let left = match number % 2 {
            0 => state.left.pop_front(),
            _ => None,
        };
        drop(state);
        left.unwrap_or_else(|| caller.new_call(number))
    }

    pub(crate) fn answered(&self, call: Call, answer: Answer) {
        let mut state = self.state();
        state.told.asked += 1;
        match answer {
            Answer::Yes => {
                let times = state.yes.entry(call.key()).or_default();
                *times += 1;
                let is_first = *times == 1;
                if !is_first {
                    state.told.again += 1;
                } else if state.told.asked.is_multiple_of(ASKED_AGAIN) {
                    // Before others: perhaps in the next life of the program.
                    state.left.push_back(call);
                }
            }
            Answer::Unavailable => {
                state.told.unavailable += 1;
                state.left.push_back(call);
            }
            Answer::None => {
                state.told.unanswered += 1;
                state.left.push_back(call);
            }
        }
    }

    /// Asks what is left, until all of it has been answered well.
    pub(crate) fn ask_what_is_left(&self, caller: &Caller, patience: Duration) {
        let begun = Instant::now();
        loop {
            let Some(call) = self.state().left.pop_front() else {
                return;
            };
            assert!(begun.elapsed() < patience, "it does not answer well");
            let answer = caller.ask(&call);
            self.answered(call, answer);
            if answer != Answer::Yes {
                thread::sleep(Duration::from_millis(50));
            }
        }
    }

    /// Everything that was asked is there once: by now all of it has been answered well.
    pub(crate) fn compare(&self, entries: &[Value]) -> Told {
        let mut found: BTreeMap<(&str, String), u64> = BTreeMap::new();
        for entry in entries {
            let agency = entry["agency"].as_str().unwrap();
            for event in entry["events"].as_array().unwrap() {
                *found.entry((agency, key(agency, event))).or_default() += 1;
            }
        }
        let state = self.state();
        let mut missing = Vec::new();
        let mut twice = Vec::new();
        for key in state.yes.keys() {
            match found.remove(&(key.0, key.1.clone())) {
                Some(1) => {}
                Some(_) => twice.push(key),
                None => missing.push(key),
            }
        }
        assert!(missing.is_empty(), "answered and missing: {missing:?}");
        assert!(twice.is_empty(), "there more than once: {twice:?}");
        assert!(found.is_empty(), "asked by nobody: {found:?}");
        Told {
            entries: entries.len(),
            ..state.told.clone()
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What an event is known by, as [`Call::key`] has it.
fn key(agency: &str, event: &Value) -> String {
    let data = &event["data"];
    match agency {
        "tulli" => data["storageId"].as_str().unwrap().to_owned(),
        "suomifi-viestit" => data["messageId"].as_str().unwrap().to_owned(),
        _ => {
            let key = event["deduplicationKey"].as_str().unwrap();
            let number = key
                .split('/')
                .find(|part| part.len() == 8 && part.parse::<u64>().is_ok());
            number.unwrap_or(key).to_owned()
        }
    }
}
