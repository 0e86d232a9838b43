// SPDX-License-Identifier: Apache-2.0
//! Courier at the other end: its rules, as the README of the component has them.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

/// A request as it came.
#[derive(Debug, Clone)]
pub(crate) struct Call {
    pub(crate) method: String,
    /// Path and query.
    pub(crate) target: String,
    pub(crate) authorization: Option<String>,
    pub(crate) content_type: Option<String>,
    /// All header fields, with names in lower case.
    pub(crate) fields: BTreeMap<String, String>,
    pub(crate) body: Vec<u8>,
}

impl Call {
    /// The body as JSON; null for none.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    pub(crate) fn text(&self, member: &str) -> String {
        self.json()[member].as_str().unwrap_or_default().to_owned()
    }
}

/// Whoever is at the other end.
pub(crate) trait Service: Send + 'static {
    /// Answers a request.
    fn answer(&mut self, call: &Call) -> Answer;

    /// No token that was handed out is accepted any more.
    fn revoke(&mut self);
}

/// What it answers.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: Value,
}

impl Answer {
    pub(crate) fn new(status: u16, body: Value) -> Self {
        Self {
            status,
            headers: Vec::new(),
            body,
        }
    }

    fn refused(status: u16, code: &str) -> Self {
        Self::new(status, json!({ "code": code, "message": "no" }))
    }
}

/// A message that was taken.
#[derive(Debug, Clone)]
pub(crate) struct Message {
    pub(crate) id: String,
    pub(crate) attachments: Vec<String>,
    /// The whole request.
    body: Vec<u8>,
}

/// An attachment that was taken.
#[derive(Debug, Clone)]
pub(crate) struct Uploaded {
    pub(crate) id: String,
    body: Vec<u8>,
}

/// What it knows.
#[derive(Debug)]
pub(crate) struct Agency {
    pub(crate) password: String,
    pub(crate) replaced: Vec<String>,
    /// Whether a change of the password is processed; otherwise it fails before.
    pub(crate) answers_changes: bool,
    tokens: BTreeSet<String>,
    /// How many tokens it has handed out.
    pub(crate) issued: usize,
    /// Seconds for which they may be used, as it says.
    pub(crate) lifetime: u32,
    /// By external id and position.
    pub(crate) attachments: BTreeMap<(String, u64), Uploaded>,
    /// By external id.
    pub(crate) messages: BTreeMap<String, Message>,
    /// What is listed, two to a page: id, external id, state.
    pub(crate) states: Vec<[String; 3]>,
}

impl Agency {
    pub(crate) fn new(password: &str) -> Self {
        Self {
            password: password.into(),
            replaced: Vec::new(),
            answers_changes: true,
            tokens: BTreeSet::new(),
            issued: 0,
            lifetime: 300,
            attachments: BTreeMap::new(),
            messages: BTreeMap::new(),
            states: Vec::new(),
        }
    }

    fn token(&mut self, call: &Call) -> Answer {
        if call.text("password") != self.password || call.text("user") != "tester" {
            return Answer::refused(401, "password-wrong");
        }
        self.issued += 1;
        let token = format!("token-{}", self.issued);
        self.tokens.insert(token.clone());
        let answer = json!({ "token": token, "expiresIn": self.lifetime });
        Answer::new(200, answer)
    }

    fn attachment(&mut self, call: &Call) -> Answer {
        let position = call.json()["position"].as_u64().unwrap();
        let key = (call.text("externalId"), position);
        if let Some(known) = self.attachments.get(&key) {
            return again(known.body == call.body, &known.id);
        }
        let id = format!("a-{}", self.attachments.len() + 1);
        let body = call.body.clone();
        let uploaded = Uploaded {
            id: id.clone(),
            body,
        };
        self.attachments.insert(key, uploaded);
        Answer::new(201, json!({ "id": id }))
    }

    fn message(&mut self, call: &Call) -> Answer {
        let external_id = call.text("externalId");
        if let Some(known) = self.messages.get(&external_id) {
            return again(known.body == call.body, &known.id);
        }
        if call.text("recipient").is_empty() {
            return Answer::refused(400, "no-recipient");
        }
        let named: Vec<String> =
            serde_json::from_value(call.json()["attachments"].clone()).unwrap();
        let is_there = |id: &String| {
            let mut own = self.attachments.iter();
            own.any(|((of, _), it)| *of == external_id && it.id == *id)
        };
        if !named.iter().all(is_there) {
            return Answer::refused(400, "no-such-attachment");
        }
        let id = format!("m-{}", self.messages.len() + 1);
        let message = Message {
            id: id.clone(),
            attachments: named,
            body: call.body.clone(),
        };
        self.messages.insert(external_id, message);
        Answer::new(201, json!({ "id": id }))
    }

    fn list(&self, call: &Call) -> Answer {
        let after = call.target.split_once("after=");
        let after: usize = after.map_or(0, |(_, after)| after.parse().unwrap());
        let page: Vec<_> = self.states.iter().skip(after).take(2).collect();
        let next = after + page.len();
        let page = page.into_iter().map(|[id, external_id, state]| {
            json!({ "messageId": id, "externalId": external_id, "state": state })
        });
        Answer::new(
            200,
            json!({
                "messages": page.collect::<Vec<_>>(),
                "next": next.to_string(),
                "more": next < self.states.len(),
            }),
        )
    }

    fn change(&mut self, call: &Call) -> Answer {
        if !self.answers_changes {
            return Answer::refused(500, "broken");
        }
        let (current, next) = (call.text("password"), call.text("next"));
        if next == self.password {
            return Answer::refused(409, "password-in-force");
        }
        if current != self.password {
            return Answer::refused(403, "password-wrong");
        }
        if next.len() < 24 {
            return Answer::refused(400, "password-short");
        }
        self.replaced
            .push(std::mem::replace(&mut self.password, next));
        // Tokens that were had for the old one end with it.
        self.revoke();
        Answer::new(200, json!({}))
    }
}

impl Service for Agency {
    fn revoke(&mut self) {
        self.tokens.clear();
    }

    fn answer(&mut self, call: &Call) -> Answer {
        let path = call.target.split('?').next().unwrap_or_default();
        if (call.method.as_str(), path) == ("POST", "/token") {
            return self.token(call);
        }
        let token = call.authorization.as_deref().unwrap_or_default();
        let token = token.strip_prefix("Bearer ").unwrap_or_default();
        if !self.tokens.contains(token) {
            return Answer::refused(401, "token-invalid");
        }
        match (call.method.as_str(), path) {
            ("POST", "/attachments") => self.attachment(call),
            ("POST", "/messages") => self.message(call),
            ("GET", "/messages") => self.list(call),
            ("POST", "/password") => self.change(call),
            ("GET", "/account") => Answer::new(200, json!({})),
            _ => Answer::refused(404, "unknown"),
        }
    }
}

/// The same again is answered as at first; something else under the same id is refused.
fn again(is_same: bool, id: &str) -> Answer {
    match is_same {
        true => Answer::new(409, json!({ "id": id })),
        false => Answer::refused(400, "external-id-taken"),
    }
}
