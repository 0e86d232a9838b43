// SPDX-License-Identifier: Apache-2.0
//! Where two runs of one recorded call part: by kind and place.

use std::fmt;

use serde_json::{Value, json};
use silta::exchange::{Parting, RecordedCall, Replayed};
use silta_bundles::{Difference, differences};

/// How one run of a call is beside another.
pub(crate) enum Comparison {
    /// It comes to the same.
    Same,
    /// It does not.
    Other(Vec<Parted>),
    /// Both leave the recording at the same question, to which there is no answer: what follows nobody knows.
    Unknown(String),
}

/// What is otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Something else is asked of the host.
    Question,
    /// Something else comes of it: another case, such as a rejection where there was none.
    Case,
    /// One of them was stopped, or for another reason.
    Stopped,
    /// A value within the result.
    Value,
}

impl Kind {
    /// Stable name.
    fn name(self) -> &'static str {
        match self {
            Self::Question => "question",
            Self::Case => "case",
            Self::Stopped => "stopped",
            Self::Value => "value",
        }
    }
}

/// A place at which two runs part.
pub(crate) struct Parted {
    kind: Kind,
    /// The question by its number and function, with a JSON pointer into its arguments; or a JSON pointer into the result.
    place: String,
    /// With both sides, as they are shown.
    difference: Difference,
}

impl Parted {
    fn new(kind: Kind, before: &str, difference: Difference) -> Self {
        let place = match difference.place.as_str() {
            "" if before.is_empty() => "the whole".to_owned(),
            pointer => format!("{before}{pointer}"),
        };
        Self {
            kind,
            place,
            difference,
        }
    }

    /// As JSON, with names for the two sides.
    pub(crate) fn as_json(&self, one: &str, other: &str) -> Value {
        let Difference {
            byte,
            element,
            recorded,
            found,
            ..
        } = &self.difference;
        json!({
            "kind": self.kind.name(),
            "place": self.place,
            "byte": byte,
            "element": element,
            one: recorded,
            other: found,
        })
    }

    /// As text, with names for the two sides, which have as many characters.
    pub(crate) fn as_text(&self, one: &str, other: &str) -> String {
        let Difference {
            recorded, found, ..
        } = &self.difference;
        let shown = |text: &str| match text {
            "" => "nothing".to_owned(),
            text => text.to_owned(),
        };
        let (recorded, found) = (shown(recorded), shown(found));
        format!("{self}\n  {one}  {recorded}\n  {other}  {found}")
    }
}

/// Kind and place, without content.
impl fmt::Display for Parted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.kind.name(), self.place)?;
        if let Some(byte) = self.difference.byte {
            write!(f, ", byte {byte}")?;
        }
        match &self.difference.element {
            Some(element) => write!(f, ", in {element}"),
            None => Ok(()),
        }
    }
}

/// Compares what came of a call under two components; or what was recorded, and what comes of it now.
pub(crate) fn compare(call: &RecordedCall, old: &Replayed, new: &Replayed) -> Comparison {
    let mut parted = questions(call, old, new);
    match (&old.result, &new.result) {
        (Some(old), Some(new)) => parted.extend(results(old, new)),
        (None, None) if parted.is_empty() => return Comparison::Unknown(unknown(new)),
        _ => {}
    }
    match parted.is_empty() {
        true => Comparison::Same,
        false => Comparison::Other(parted),
    }
}

/// A question to the host: its function and arguments.
type Question = (String, Vec<Value>);

/// The first question in which they differ.
fn questions(call: &RecordedCall, old: &Replayed, new: &Replayed) -> Vec<Parted> {
    let partings = [old, new].into_iter().filter_map(|it| it.parting.as_ref());
    let Some(position) = partings.map(|parting| parting.position).min() else {
        return Vec::new();
    };
    let asked = |replayed: &Replayed| -> Option<Question> {
        match &replayed.parting {
            Some(parting) if parting.position == position => parting.asked.clone(),
            _ => {
                let recorded = call.answers.get(position)?;
                Some((recorded.function.clone(), recorded.arguments.clone()))
            }
        }
    };
    let number = position + 1;
    let parted = |before: &str, difference| Parted::new(Kind::Question, before, difference);
    match (asked(old), asked(new)) {
        (Some((function, old)), Some((same, new))) if function == same => {
            let place = format!("question {number}, {function}");
            let all = differences(&old.into(), &new.into()).into_iter();
            all.map(|it| parted(&place, it)).collect()
        }
        (old, new) => {
            let place = format!("question {number}");
            let name = |asked: Option<Question>| asked.map_or_else(String::new, |(name, _)| name);
            let (old, new) = (name(old), name(new));
            match old == new {
                true => Vec::new(),
                false => vec![parted(&place, whole(old, new))],
            }
        }
    }
}

fn results(old: &Value, new: &Value) -> Vec<Parted> {
    let case = |result: &Value| {
        let tag = result.get("tag").and_then(Value::as_str);
        tag.map(str::to_owned)
    };
    if let (Some(old_case), Some(new_case)) = (case(old), case(new))
        && old_case != new_case
    {
        // What is in one case has nothing to do with what is in another.
        let kind = match old_case == "stopped" || new_case == "stopped" {
            true => Kind::Stopped,
            false => Kind::Case,
        };
        let (old, new) = (told(&old_case, old), told(&new_case, new));
        return vec![Parted::new(kind, "/tag", whole(old, new))];
    }
    let kind = match case(new).as_deref() {
        Some("stopped") => Kind::Stopped,
        _ => Kind::Value,
    };
    let all = differences(old, new).into_iter();
    all.map(|it| Parted::new(kind, "", it)).collect()
}

/// A case with the code that says why.
fn told(case: &str, result: &Value) -> String {
    let codes = ["/val/code", "/val/reason/code", "/val"];
    let mut codes = codes
        .iter()
        .filter_map(|place| result.pointer(place)?.as_str());
    match codes.next() {
        Some(code) => format!("{case}: {code}"),
        None => case.to_owned(),
    }
}

fn whole(recorded: String, found: String) -> Difference {
    Difference {
        place: String::new(),
        byte: None,
        element: None,
        recorded,
        found,
    }
}

fn unknown(replayed: &Replayed) -> String {
    let number = replayed.parting.as_ref().map_or(0, |it| it.position + 1);
    format!(
        "question {number} to the host is another one than was recorded, and has no answer: nobody knows what follows"
    )
}

/// What the component asks otherwise, where it asks the same function.
pub(crate) fn asked_otherwise(parting: &Parting) -> Vec<Difference> {
    match (&parting.recorded, &parting.asked) {
        (Some(recorded), Some((function, arguments))) if recorded.function == *function => {
            let recorded = Value::from(recorded.arguments.clone());
            differences(&recorded, &Value::from(arguments.clone()))
        }
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use silta::exchange::RecordedAnswer;

    use super::*;

    fn call() -> RecordedCall {
        let answer = |function: &str, argument: &str| RecordedAnswer {
            function: function.into(),
            arguments: vec![json!(argument)],
            answer: json!(1),
        };
        RecordedCall {
            function: "envelope.build".into(),
            settings: "{}".into(),
            limits: silta::Limits::default(),
            arguments: Vec::new(),
            answers: vec![
                answer("clock.now", ""),
                answer("keys.sign", "<a><b>x</b></a>"),
            ],
        }
    }

    fn came(result: Value) -> Replayed {
        Replayed {
            result: Some(result),
            parting: None,
        }
    }

    /// One that asks something else than was recorded.
    fn asks(position: usize, function: Option<&str>, argument: &str) -> Replayed {
        let asked = function.map(|function| (function.to_owned(), vec![json!(argument)]));
        Replayed {
            result: None,
            parting: Some(Parting {
                position,
                recorded: call().answers.get(position).cloned(),
                asked,
            }),
        }
    }

    fn shown(old: &Replayed, new: &Replayed) -> Vec<String> {
        match compare(&call(), old, new) {
            Comparison::Same => Vec::new(),
            Comparison::Other(parted) => parted.iter().map(ToString::to_string).collect(),
            Comparison::Unknown(why) => vec![why],
        }
    }

    #[test]
    fn each_kind_is_told_with_its_place() {
        let ok = |body: &str| came(json!({"tag": "ok", "val": {"body": {"text": body}}}));
        let rejected = came(json!({"tag": "rejected", "val": {"reason": {"code": "no"}}}));
        let stopped = |code: &str| came(json!({"tag": "stopped", "val": code}));
        let signs = asks(1, Some("keys.sign"), "<a><b>y</b></a>");
        #[rustfmt::skip]
        let rows = [
            (&ok("x"), &ok("x"), vec![]),
            (&ok("<a>x</a>"), &ok("<a>y</a>"), vec!["value: /val/body, byte 3, in /a[1]"]),
            (&ok("x"), &rejected, vec!["case: /tag"]),
            (&ok("x"), &stopped("component.crash"), vec!["stopped: /tag"]),
            (&stopped("limit.memory"), &stopped("component.crash"), vec!["stopped: /val, byte 0"]),
            (&ok("x"), &signs, vec!["question: question 2, keys.sign/0, byte 6, in /a[1]/b[1]"]),
            (&ok("x"), &asks(0, Some("ids.uuid"), ""), vec!["question: question 1"]),
            // The one that parts first is told, whichever it is.
            (&asks(0, Some("ids.uuid"), ""), &signs, vec!["question: question 1"]),
            (&asks(2, Some("ids.uuid"), ""), &ok("x"), vec!["question: question 3"]),
        ];
        for (old, new, expected) in rows {
            assert_eq!(shown(old, new), expected);
        }
    }

    #[test]
    fn what_leaves_the_recording_alike_is_neither_the_same_nor_another() {
        let signs = || asks(1, Some("keys.sign"), "y");
        let told = shown(&signs(), &signs());
        assert!(told[0].starts_with("question 2 to the host"), "{told:?}");
        // Nothing is asked any more, by both: the results are there.
        let ends = |result: Value| Replayed {
            result: Some(result),
            ..asks(1, None, "")
        };
        assert_eq!(shown(&ends(json!(1)), &ends(json!(1))), [""; 0]);
        assert_eq!(
            shown(&ends(json!(1)), &ends(json!(2))),
            ["value: the whole"]
        );
    }

    #[test]
    fn both_sides_are_shown_by_the_names_they_are_given() {
        let old = came(json!({"tag": "ok"}));
        let new = came(json!({"tag": "err", "val": {"code": "caller.wrong"}}));
        let Comparison::Other(parted) = compare(&call(), &old, &new) else {
            panic!("they are the same")
        };
        assert_eq!(
            parted[0].as_text("old", "new"),
            "case: /tag\n  old  ok\n  new  err: caller.wrong"
        );
        assert_eq!(
            parted[0].as_json("old", "new"),
            json!({"kind": "case", "place": "/tag", "byte": null, "element": null, "old": "ok", "new": "err: caller.wrong"})
        );
    }
}
