// SPDX-License-Identifier: Apache-2.0
//! Where the answers of a call that is recorded are kept until it has ended.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::SystemTime,
};

use serde_json::Value;

use crate::{exchange::RecordedAnswer, observe::Records};

/// What a call that is recorded was answered so far. Clones are one.
#[derive(Clone)]
pub(crate) struct Tape {
    taped: Arc<Mutex<Taped>>,
    records: Records,
}

/// What was taped of a call.
#[derive(Default)]
pub(crate) struct Taped {
    /// When the call began; `None` of one for which there was no room.
    pub(crate) at: Option<SystemTime>,
    /// In the order in which they were given.
    pub(crate) answers: Vec<RecordedAnswer>,
    /// Whether a secret was written into something that the component gave.
    pub(crate) holds_secret: bool,
    /// What the answers take of the bytes that the call may have.
    bytes: u64,
}

impl Taped {
    /// Bytes of what was counted, and of a result beside it.
    pub(crate) fn bytes_with(&self, result: &Value) -> u64 {
        self.bytes.saturating_add(text_bytes(result))
    }
}

/// What an answer takes beside its texts.
const ANSWER: u64 = 64;

impl Tape {
    pub(crate) fn new(records: Records) -> Self {
        Self {
            taped: Arc::default(),
            records,
        }
    }

    pub(crate) fn records(&self) -> Records {
        self.records
    }

    pub(crate) fn began(&self, at: SystemTime) {
        self.taped().at = Some(at);
    }

    /// Keeps an answer, unless there are too many already: those are let go, since the call is not told then.
    pub(crate) fn answered(&self, answer: RecordedAnswer) {
        let texts = answer.arguments.iter().chain([&answer.answer]);
        let bytes = texts.map(text_bytes).sum::<u64>() + ANSWER;
        let mut taped = self.taped();
        taped.bytes = taped.bytes.saturating_add(bytes);
        match taped.bytes > self.most_bytes() {
            true => taped.answers = Vec::new(),
            false => taped.answers.push(answer),
        }
    }

    /// Whether there is room for an answer, of which the texts have so many bytes at least; see [`has_room`](Self::has_room).
    pub(crate) fn has_room_for_answer(&self, bytes: impl FnOnce() -> u64) -> bool {
        self.has_room(|| bytes().saturating_add(ANSWER))
    }

    /// Whether there is room for so many bytes more: asked before they are put into their form, so that nothing is copied beyond what a call may have. Where there is none, nothing more is kept.
    pub(crate) fn has_room(&self, bytes: impl FnOnce() -> u64) -> bool {
        let most = match self.most_bytes() {
            u64::MAX => return true,
            most => most,
        };
        let mut taped = self.taped();
        if taped.bytes <= most && taped.bytes.saturating_add(bytes()) <= most {
            return true;
        }
        taped.bytes = u64::MAX;
        taped.answers = Vec::new();
        false
    }

    /// Counts what is kept elsewhere: the arguments.
    pub(crate) fn counts(&self, texts: &[Value]) {
        let bytes = texts.iter().map(text_bytes).sum::<u64>();
        let mut taped = self.taped();
        taped.bytes = taped.bytes.saturating_add(bytes);
    }

    /// Most bytes that the call may have.
    fn most_bytes(&self) -> u64 {
        match self.records {
            Records::WithoutSecrets { most_bytes } => most_bytes,
            _ => u64::MAX,
        }
    }

    /// Whether what was counted, and a result beside it, is more than the call may have.
    pub(crate) fn is_too_large(&self, taped: &Taped, result: &Value) -> bool {
        taped.bytes_with(result) > self.most_bytes()
    }

    pub(crate) fn secret_was_written(&self) {
        self.taped().holds_secret = true;
    }

    /// What there is, taken off the tape.
    pub(crate) fn take(&self) -> Taped {
        std::mem::take(&mut *self.taped())
    }

    fn taped(&self) -> MutexGuard<'_, Taped> {
        self.taped.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Bytes of the texts of a value.
fn text_bytes(value: &Value) -> u64 {
    match value {
        Value::String(text) => text.len() as u64,
        Value::Array(items) => items.iter().map(text_bytes).sum(),
        Value::Object(members) => members.values().map(text_bytes).sum(),
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn answer(bytes: usize) -> RecordedAnswer {
        RecordedAnswer {
            function: "ids.uuid".into(),
            arguments: vec![json!({"text": "x".repeat(bytes)})],
            answer: json!(["y", 1]),
        }
    }

    #[test]
    fn a_tape_holds_what_a_call_may_have_and_nothing_once_there_is_more() {
        let tape = Tape::new(Records::WithoutSecrets { most_bytes: 170 });
        // 64 and one for each, and the texts.
        tape.counts(&[json!(["12345"])]);
        tape.answered(answer(20));
        tape.answered(answer(15));
        let taped = tape.take();
        assert_eq!((taped.answers.len(), taped.bytes), (2, 170));
        assert!(!tape.is_too_large(&taped, &json!(null)));
        assert!(tape.is_too_large(&taped, &json!(["z"])));
        tape.answered(answer(105));
        assert!(tape.has_room(|| 0) && !tape.has_room(|| 1));
        assert!(tape.take().answers.is_empty());
        assert!(tape.has_room_for_answer(|| 106) && !tape.has_room_for_answer(|| 107));
        // It is not asked any more, and what came before is let go.
        assert!(!tape.has_room(|| panic!("it is full")));
        tape.answered(answer(0));
        assert!(tape.take().answers.is_empty());
        let all = Tape::new(Records::Everything);
        all.answered(answer(1000));
        assert!(all.has_room(|| panic!("there is no limit")));
        assert_eq!(all.take().answers.len(), 1);
    }
}
