// SPDX-License-Identifier: Apache-2.0
//! What was asked and answered, and whether the inbox agrees.

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    fmt,
    sync::{Mutex, MutexGuard, PoisonError},
    thread,
    time::{Duration, Instant, SystemTime},
};

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::agencies::{Answer, Call, Caller};

/// Of so many that were answered well, one is asked again.
const ASKED_AGAIN: u64 = 10;

/// Agency, and what an event is known by there.
pub(crate) type Key = (&'static str, String);

#[derive(Default)]
pub(crate) struct History {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    calls: u64,
    /// What has not been answered well yet.
    left: VecDeque<Call>,
    asked: BTreeMap<Key, Vec<Asked>>,
    counts: Counts,
}

/// Once asked for something.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Asked {
    pub(crate) begun: SystemTime,
    pub(crate) ended: SystemTime,
    pub(crate) answer: Answer,
}

#[derive(Debug, Default, Clone, Copy)]
struct Counts {
    asked: u64,
    unavailable: u64,
    unanswered: u64,
    again: u64,
}

/// What it came to.
#[derive(Debug, Default, Clone)]
pub(crate) struct Told {
    counts: Counts,
    entries: usize,
    judged: Judged,
}

/// How things came to be in the inbox that were not answered well at first.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Judged {
    /// Brought by a call that was answered with 503.
    pub(crate) kept_at_503: u64,
    /// Answered with 503 at least once, and brought by a later call.
    pub(crate) free_at_503: u64,
    /// Brought by a call that was not answered.
    pub(crate) kept_unanswered: u64,
}

impl fmt::Display for Told {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            counts,
            entries,
            judged,
        } = self;
        write!(
            f,
            "{} calls, {} answered with 503, {} without an answer, {} repeated and answered well; \
             {entries} entries, 0 missing, 0 twice; of what was answered with 503, {} had been kept and was known when it came again, {} had not and was kept then; \
             {} had been kept without an answer",
            counts.asked,
            counts.unavailable,
            counts.unanswered,
            counts.again,
            judged.kept_at_503,
            judged.free_at_503,
            judged.kept_unanswered
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

    /// Asks, and writes down what was answered.
    pub(crate) fn ask(&self, caller: &Caller, call: Call) -> Answer {
        let begun = to_the_millisecond(SystemTime::now());
        let answer = caller.ask(&call);
        let ended = SystemTime::now();
        let asked = Asked {
            begun,
            ended,
            answer,
        };
        self.state().answered(call, asked);
        answer
    }

    /// How many calls were answered with 503 so far.
    pub(crate) fn unavailable(&self) -> u64 {
        self.state().counts.unavailable
    }

    /// Asks what is left, until all of it has been answered well; something has to be within each `patience`.
    pub(crate) fn ask_what_is_left(&self, caller: &Caller, patience: Duration) {
        let mut last = Instant::now();
        loop {
            let Some(call) = self.state().left.pop_front() else {
                return;
            };
            match self.ask(caller, call) {
                Answer::Yes => last = Instant::now(),
                _ => thread::sleep(Duration::from_millis(50)),
            }
            assert!(last.elapsed() < patience, "it does not answer well");
        }
    }

    /// Everything that was asked is there once: by now all of it has been answered well.
    pub(crate) fn compare(&self, entries: &[Value]) -> Result<Told, String> {
        let state = self.state();
        let found = entries
            .iter()
            .flat_map(|entry| keys(entry).map(|key| (key, moment(&entry["at"]))));
        Ok(Told {
            counts: state.counts,
            entries: entries.len(),
            judged: judge(&state.asked, found)?,
        })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn answered(&mut self, call: Call, asked: Asked) {
        self.counts.asked += 1;
        let times = self.asked.entry(call.key()).or_default();
        let was_answered = times.iter().any(|asked| asked.answer == Answer::Yes);
        times.push(asked);
        match (asked.answer, was_answered) {
            (Answer::Yes, true) => self.counts.again += 1,
            // Before others: perhaps in the next life of the program.
            (Answer::Yes, false) if self.counts.asked.is_multiple_of(ASKED_AGAIN) => {
                self.left.push_back(call);
            }
            (Answer::Yes, false) => {}
            (Answer::Unavailable, _) => {
                self.counts.unavailable += 1;
                self.left.push_back(call);
            }
            (Answer::None, _) => {
                self.counts.unanswered += 1;
                self.left.push_back(call);
            }
        }
    }
}

/// Each that was answered well is there once, and was brought by the call that was answered so, or by an earlier one.
///
/// A 503 is free: what it was the answer to may be there or not. So is a call without an answer. Once something has been acknowledged, nothing that comes later brings it.
pub(crate) fn judge(
    asked: &BTreeMap<Key, Vec<Asked>>,
    found: impl Iterator<Item = (Key, SystemTime)>,
) -> Result<Judged, String> {
    let mut judged = Judged::default();
    let mut there = BTreeMap::new();
    for (key, at) in found {
        let Some(times) = asked.get(&key) else {
            return Err(format!("asked by nobody: {key:?}"));
        };
        if there.insert(key.clone(), ()).is_some() {
            return Err(format!("there more than once: {key:?}"));
        }
        let yes = times.iter().position(|asked| asked.answer == Answer::Yes);
        let Some(brought) = brought(times, at) else {
            return Err(format!("came when nobody asked for it: {key:?}, {times:?}"));
        };
        if yes.is_some_and(|yes| brought > yes) {
            return Err(format!(
                "kept again after it had been acknowledged: {key:?}"
            ));
        }
        match times[brought].answer {
            Answer::Unavailable => judged.kept_at_503 += 1,
            Answer::None => judged.kept_unanswered += 1,
            Answer::Yes => {}
        }
        let mut before = times[..brought].iter();
        judged.free_at_503 += u64::from(before.any(|asked| asked.answer == Answer::Unavailable));
    }
    for (key, times) in asked {
        let is_answered = times.iter().any(|asked| asked.answer == Answer::Yes);
        if is_answered && !there.contains_key(key) {
            return Err(format!("answered and missing: {key:?}"));
        }
    }
    Ok(judged)
}

/// The call that brought what came at a moment; calls for one thing are made one after another.
fn brought(times: &[Asked], at: SystemTime) -> Option<usize> {
    let number = times.iter().rposition(|asked| asked.begun <= at)?;
    // Of two within one millisecond nobody can tell which: the first may have been it.
    let is_within = |asked: &Asked| asked.begun <= at && at <= asked.ended;
    let earlier = times[..number].iter().position(is_within);
    let number = earlier.unwrap_or(number);
    // What nobody waited for any more may be read later.
    let in_time = at <= times[number].ended || times[number].answer == Answer::None;
    in_time.then_some(number)
}

/// As the store has moments: what comes of a call is not before it.
fn to_the_millisecond(at: SystemTime) -> SystemTime {
    let since = at.duration_since(SystemTime::UNIX_EPOCH).unwrap();
    at - Duration::from_nanos((since.subsec_nanos() % 1_000_000).into())
}

/// A moment that the program has told (RFC 3339). As texts, moments of the same second cannot be compared: fractions have as many digits as they need.
pub(crate) fn moment(text: &Value) -> SystemTime {
    let moment: Timestamp = text.as_str().unwrap().parse().unwrap();
    moment.into()
}

/// What the events of an entry are known by.
pub(crate) fn keys(entry: &Value) -> impl Iterator<Item = Key> {
    let agency = entry["agency"].as_str().unwrap();
    let events = entry["events"].as_array().unwrap();
    events.iter().map(move |event| key(agency, event))
}

/// What an event is known by, as [`Call::key`] has it.
fn key(agency: &str, event: &Value) -> Key {
    let data = &event["data"];
    match agency {
        "tulli" => ("tulli", data["storageId"].as_str().unwrap().to_owned()),
        "suomifi-viestit" => {
            let id = data["messageId"].as_str().unwrap();
            ("suomifi-viestit", id.to_owned())
        }
        _ => {
            let key = event["deduplicationKey"].as_str().unwrap();
            let number = key
                .split('/')
                .find(|part| part.len() >= 8 && part.parse::<u64>().is_ok());
            ("vero", number.unwrap_or(key).to_owned())
        }
    }
}

/// Everything that was acknowledged is there, nothing twice, and nothing that nobody asked for; how many entries there are.
pub(crate) fn once(
    asked: &BTreeSet<Key>,
    acknowledged: &BTreeSet<Key>,
    entries: &[Value],
) -> Result<usize, String> {
    let mut there = BTreeSet::new();
    for key in entries.iter().flat_map(keys) {
        if !asked.contains(&key) {
            return Err(format!("asked by nobody: {key:?}"));
        }
        if !there.insert(key.clone()) {
            return Err(format!("there more than once: {key:?}"));
        }
    }
    match acknowledged.difference(&there).next() {
        Some(missing) => Err(format!("acknowledged and missing: {missing:?}")),
        None => Ok(entries.len()),
    }
}

/// A judge that finds nothing proves nothing: each thing that must not be is found.
pub(crate) fn judge_the_judge() {
    let at = |seconds| SystemTime::UNIX_EPOCH + Duration::from_secs(seconds);
    let key = || ("vero", "10000001".to_owned());
    let asked = |times: &[(u64, Answer)]| {
        let times = times.iter().map(|(begun, answer)| Asked {
            begun: at(*begun),
            ended: at(begun + 5),
            answer: *answer,
        });
        BTreeMap::from([(key(), times.collect::<Vec<_>>())])
    };
    let (yes, later) = (Answer::Yes, Answer::Unavailable);
    let found = |moments: &[u64]| -> Vec<_> { moments.iter().map(|m| (key(), at(*m))).collect() };
    let judged =
        |times: &[(u64, Answer)], moments: &[u64]| judge(&asked(times), found(moments).into_iter());
    assert!(judged(&[(0, yes)], &[]).is_err(), "missing");
    assert!(judged(&[(0, yes)], &[1, 2]).is_err(), "twice");
    assert!(judged(&[(0, yes)], &[7]).is_err(), "asked by nobody then");
    assert!(judged(&[(0, yes), (10, yes)], &[11]).is_err(), "kept again");
    assert!(judged(&[(0, yes), (5, yes)], &[5]).is_ok(), "one moment");
    let other = [(("tulli", "1".to_owned()), at(1))];
    let other = judge(&asked(&[(0, yes)]), other.into_iter());
    assert!(other.is_err(), "asked by nobody");
    let kept = judged(&[(0, later), (10, yes)], &[1]).unwrap();
    assert_eq!((kept.kept_at_503, kept.free_at_503), (1, 0));
    let free = judged(&[(0, later), (10, yes)], &[11]).unwrap();
    assert_eq!((free.kept_at_503, free.free_at_503), (0, 1));
    let unanswered = judged(&[(0, Answer::None), (10, yes)], &[1]).unwrap();
    assert_eq!(unanswered.kept_unanswered, 1);
    assert!(judged(&[(0, later)], &[]).is_ok(), "a 503 is free");
    let entry =
        |number: &str| json!({"agency": "tulli", "events": [{"data": {"storageId": number}}]});
    let both: BTreeSet<Key> = ["1", "2"].map(|n| ("tulli", n.to_owned())).into();
    let one: BTreeSet<Key> = [("tulli", "1".to_owned())].into();
    let is_right = |entries: &[Value]| once(&both, &one, entries).is_ok();
    assert!(is_right(&[entry("1")]) && is_right(&[entry("1"), entry("2")]));
    assert!(!is_right(&[entry("2")]), "missing");
    assert!(!is_right(&[entry("1"), entry("1")]), "twice");
    assert!(!is_right(&[entry("1"), entry("3")]), "asked by nobody");
}
