// SPDX-License-Identifier: Apache-2.0
//! What came of a case, as JSON that people read and compare, with large content in files.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::{Map, Value, json};
use silta::{
    Blob, Error,
    exchange::{Document, Outcome, Problem, Reply, Request, Verdict},
};

/// Most bytes of a text that stands in the JSON itself.
const LONGEST_INLINE: u64 = 1024;

/// What came of a case: the result in JSON, and files with what is too long for it or no text. Two renderings are the same exactly if the results are, but for
/// the sentences of problems, which are for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rendering {
    /// One object with one member: `request`, `outcome`, `accepted`, `rejected`, `deployed` or `problem`.
    pub value: Value,
    /// Files by name, which begin with `expected.`.
    pub files: BTreeMap<String, Vec<u8>>,
}

/// Renders one result.
#[derive(Default)]
struct Renderer {
    files: BTreeMap<String, Vec<u8>>,
}

impl Rendering {
    pub(crate) fn of_request(request: &Request) -> Self {
        let mut renderer = Renderer::default();
        let mut value = to_value(request);
        let body = renderer.content("expected.body", &request.body);
        set(&mut value, "body", body);
        renderer.finish("request", value)
    }

    pub(crate) fn of_outcome(outcome: &Outcome) -> Self {
        let mut renderer = Renderer::default();
        let mut value = to_value(outcome);
        renderer.facts(&mut value, &outcome.documents);
        renderer.finish("outcome", value)
    }

    pub(crate) fn of_verdict(verdict: &Verdict) -> Self {
        let mut renderer = Renderer::default();
        match verdict {
            Verdict::Accepted(acceptance) => {
                let mut value = to_value(acceptance);
                renderer.facts(&mut value, &acceptance.documents);
                renderer.reply(&mut value, "reply", &acceptance.reply);
                let again = &acceptance.reply_to_duplicate;
                renderer.reply(&mut value, "replyToDuplicate", again);
                renderer.finish("accepted", value)
            }
            Verdict::Rejected(rejected) => {
                let mut value = to_value(rejected);
                renderer.reply(&mut value, "reply", &rejected.reply);
                set(&mut value, "reason", problem(&rejected.reason));
                renderer.finish("rejected", value)
            }
        }
    }

    pub(crate) fn of_error(error: &Error) -> Self {
        let value = match error {
            Error::Problem(found) => problem(found),
            error => json!({"fault": error.fault().name(), "code": error.code(), "path": ""}),
        };
        Renderer::default().finish("problem", value)
    }

    pub(crate) fn of_deployment() -> Self {
        Renderer::default().finish("deployed", Value::Bool(true))
    }
}

/// A problem without its sentence, which is for people and may be put better at any time.
fn problem(problem: &Problem) -> Value {
    json!({"fault": problem.fault.name(), "code": problem.code, "path": problem.path})
}

fn to_value(result: &impl Serialize) -> Value {
    // Results are made of texts, numbers, lists and structs: none of that fails.
    serde_json::to_value(result).unwrap_or(Value::Null)
}

fn set(object: &mut Value, name: &str, value: Value) {
    if let Some(object) = object.as_object_mut() {
        object.insert(name.to_owned(), value);
    }
}

impl Renderer {
    fn finish(self, kind: &str, value: Value) -> Rendering {
        let value = Map::from_iter([(kind.to_owned(), value)]);
        Rendering {
            value: value.into(),
            files: self.files,
        }
    }

    /// A text as it is; what is long or no text as a file.
    fn content(&mut self, file: &str, content: &Blob) -> Value {
        let bytes = content.to_vec();
        let text = match content.size() <= LONGEST_INLINE {
            true => str::from_utf8(&bytes).ok(),
            false => None,
        };
        if let Some(text) = text {
            return json!({ "text": text });
        }
        self.files.insert(file.to_owned(), bytes);
        json!({ "file": file })
    }

    fn reply(&mut self, value: &mut Value, member: &str, reply: &Reply) {
        let body = self.content(&format!("expected.{member}"), &reply.body);
        if let Some(reply) = value.get_mut(member) {
            set(reply, "body", body);
        }
    }

    /// Events, documents and follow-ups: data that come as text are shown as the JSON that they are.
    fn facts(&mut self, value: &mut Value, documents: &[Document]) {
        for (list, member) in [("events", "data"), ("followUps", "parameters")] {
            let entries = value.get_mut(list).and_then(Value::as_array_mut);
            for entry in entries.into_iter().flatten() {
                let text = entry.get(member).and_then(Value::as_str);
                if let Some(read) = text.and_then(|text| serde_json::from_str(text).ok()) {
                    set(entry, member, read);
                }
            }
        }
        let entries = value.get_mut("documents").and_then(Value::as_array_mut);
        let entries = entries.into_iter().flatten().zip(documents);
        for (number, (entry, document)) in entries.enumerate() {
            let file = format!("expected.document-{}", number + 1);
            let content = self.content(&file, &document.content);
            set(entry, "content", content);
        }
    }
}
