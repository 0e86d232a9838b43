// SPDX-License-Identifier: Apache-2.0
//! Where a call that was done again differs from its recording: kinds and places, and nothing that it holds.

use serde_json::Value;
use silta::{
    exchange::{Parting, Replayed},
    observe::masked,
};
use silta_bundles::differences;
use silta_store::record::TrialDifference;

/// Characters of a place that are kept.
const LONGEST_PLACE: usize = 200;

/// Ends of a call that say nothing of the component.
const NOT_ITS_OWN: [&str; 2] = ["limit.concurrent-calls", "limit.drain"];

/// A call of which nothing came.
pub(super) const NOT_REPEATABLE: &str = "not-repeatable";

/// The code, where it is an end of a call that says nothing of the component.
pub(super) fn not_its_own(code: &str) -> Option<&'static str> {
    NOT_ITS_OWN.into_iter().find(|own| *own == code)
}

/// The call that was done again.
pub(super) struct Called {
    /// The contract's function.
    pub(super) function: &'static str,
    pub(super) operation: String,
    /// Its recorded result.
    pub(super) result: Value,
}

/// The code by which it says nothing of the candidate, or all that differs.
pub(super) fn compared(
    called: &Called,
    replayed: &Replayed,
) -> Result<Vec<TrialDifference>, &'static str> {
    let found = replayed.result.as_ref();
    for result in [Some(&called.result), found].into_iter().flatten() {
        if let Some(code) = stopped(result).and_then(not_its_own) {
            return Err(code);
        }
    }
    // Without a result it has asked for something else, or nothing was done.
    let parting = replayed.parting.as_ref();
    if found.is_none() && parting.is_none_or(|parting| parting.asked.is_none()) {
        return Err(NOT_REPEATABLE);
    }
    let mut all: Vec<_> = replayed
        .parting
        .iter()
        .map(|parting| called.question(parting))
        .collect();
    if let Some(found) = found {
        all.extend(called.results(found));
    }
    Ok(all)
}

impl Called {
    fn difference(&self, kind: &str, place: &str, element: &str) -> TrialDifference {
        TrialDifference {
            kind: kind.to_owned(),
            function: self.function.to_owned(),
            operation: self.operation.clone(),
            place: kept(place),
            element: kept(element),
            count: 1,
        }
    }

    fn question(&self, parting: &Parting) -> TrialDifference {
        let recorded = parting.recorded.as_ref();
        let recorded = recorded.map(|recorded| recorded.function.as_str());
        let asked = parting.asked.as_ref();
        let asked = asked.map(|(function, _)| function.as_str());
        let place = match (recorded, asked) {
            (Some(recorded), Some(asked)) if recorded == asked => {
                format!("{asked}, of something else")
            }
            (Some(recorded), Some(asked)) => format!("{asked}, in the place of {recorded}"),
            (None, Some(asked)) => format!("{asked}, once more"),
            (Some(recorded), None) => format!("{recorded}, not any more"),
            (None, None) => String::new(),
        };
        self.difference("question", &place, "")
    }

    fn results(&self, found: &Value) -> Vec<TrialDifference> {
        let (expected, is) = (tag(&self.result), tag(found));
        match (stopped(&self.result), stopped(found)) {
            (before, Some(code)) if before != Some(code) => {
                return vec![self.difference("stopped", code, "")];
            }
            (Some(_), Some(_)) => return Vec::new(),
            _ => {}
        }
        if expected != is {
            let place = format!("{is}, in the place of {expected}");
            return vec![self.difference("result", &place, "")];
        }
        let all = differences(&self.result, found).into_iter();
        let all = all.map(|one| {
            let kind = match one.byte {
                Some(_) => "bytes",
                None => "value",
            };
            let element = one.element.as_deref().unwrap_or_default();
            self.difference(kind, &anywhere(&one.place), &without_numbers(element))
        });
        all.collect()
    }
}

/// The case of a result.
fn tag(result: &Value) -> &str {
    result
        .get("tag")
        .and_then(Value::as_str)
        .unwrap_or_default()
}

/// The code of the error that a call was stopped with.
fn stopped(result: &Value) -> Option<&str> {
    match tag(result) {
        "stopped" => result.get("val")?.as_str(),
        _ => None,
    }
}

/// A JSON pointer with `*` for the number of an item.
fn anywhere(pointer: &str) -> String {
    let steps = pointer.split('/').map(|step| {
        let is_number = !step.is_empty() && step.bytes().all(|byte| byte.is_ascii_digit());
        if is_number { "*" } else { step }
    });
    steps.collect::<Vec<_>>().join("/")
}

/// A path of elements without their numbers.
fn without_numbers(path: &str) -> String {
    let steps = path
        .split('/')
        .map(|step| step.split('[').next().unwrap_or_default());
    steps.collect::<Vec<_>>().join("/")
}

/// Names may be of somebody else's making.
pub(super) fn kept(text: &str) -> String {
    masked(text).chars().take(LONGEST_PLACE).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use silta::exchange::RecordedAnswer;

    use super::*;

    fn called(result: Value) -> Called {
        Called {
            function: "envelope.build",
            operation: "upload".into(),
            result,
        }
    }

    fn told(recorded: Value, found: Value) -> Vec<(String, String, String)> {
        let replayed = Replayed {
            result: Some(found),
            parting: None,
        };
        let all = compared(&called(recorded), &replayed).unwrap().into_iter();
        all.map(|one| (one.kind, one.place, one.element)).collect()
    }

    fn one(kind: &str, place: &str, element: &str) -> Vec<(String, String, String)> {
        vec![(kind.to_owned(), place.to_owned(), element.to_owned())]
    }

    #[test]
    fn a_difference_has_its_kind_and_place_and_no_content() {
        let same = json!({"tag": "ok", "val": {"body": {"text": "<a><b>131052-308T</b></a>"}}});
        assert_eq!(told(same.clone(), same.clone()), []);
        let other = json!({"tag": "ok", "val": {"body": {"text": "<a><b>131052-309U</b></a>"}}});
        assert_eq!(told(same, other), one("bytes", "/val/body", "/a/b"));
        let (old, new) = (
            json!({"tag": "ok", "val": [{"n": 1}]}),
            json!({"tag": "ok", "val": [{"n": 2}]}),
        );
        assert_eq!(told(old.clone(), new), one("value", "/val/*/n", ""));
        let refused = json!({"tag": "err", "val": {}});
        assert_eq!(
            told(old.clone(), refused),
            one("result", "err, in the place of ok", "")
        );
        let crashed = json!({"tag": "stopped", "val": "component.crash"});
        assert_eq!(
            told(old, crashed.clone()),
            one("stopped", "component.crash", "")
        );
        assert_eq!(told(crashed.clone(), crashed), []);
    }

    #[test]
    fn what_the_host_ends_says_nothing_of_a_candidate() {
        for code in NOT_ITS_OWN {
            let replayed = Replayed {
                result: Some(json!({"tag": "stopped", "val": code})),
                parting: None,
            };
            let compared = compared(&called(json!({"tag": "ok"})), &replayed);
            assert_eq!(compared, Err(code));
        }
    }

    #[test]
    fn what_came_to_nothing_is_neither_the_same_nor_another() {
        let not_asked = Parting {
            position: 0,
            recorded: None,
            asked: None,
        };
        for parting in [None, Some(not_asked)] {
            let replayed = Replayed {
                result: None,
                parting,
            };
            let compared = compared(&called(json!({"tag": "ok"})), &replayed);
            assert_eq!(compared, Err(NOT_REPEATABLE));
        }
    }

    #[test]
    fn another_question_is_a_difference_of_its_own() {
        let answer = |function: &str| RecordedAnswer {
            function: function.into(),
            arguments: vec![json!("131052-308T")],
            answer: json!("131052-308T"),
        };
        for (recorded, asked, place) in [
            (
                Some("ids.uuid"),
                Some("ids.uuid"),
                "ids.uuid, of something else",
            ),
            (
                Some("ids.uuid"),
                Some("keys.sign"),
                "keys.sign, in the place of ids.uuid",
            ),
            (None, Some("keys.sign"), "keys.sign, once more"),
            (Some("ids.uuid"), None, "ids.uuid, not any more"),
        ] {
            let replayed = Replayed {
                result: asked.is_none().then(|| json!({"tag": "ok"})),
                parting: Some(Parting {
                    position: 0,
                    recorded: recorded.map(answer),
                    asked: asked.map(|function| (function.to_owned(), Vec::new())),
                }),
            };
            let all = compared(&called(json!({"tag": "ok"})), &replayed).unwrap();
            assert_eq!(
                (all[0].kind.as_str(), all[0].place.as_str()),
                ("question", place)
            );
        }
    }
}
