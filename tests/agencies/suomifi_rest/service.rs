// SPDX-License-Identifier: Apache-2.0
//! The service at the other end, as its description has it, and as strict as it may be.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Instant,
};

use serde_json::{Value, json};

use crate::operations::agency::{Answer, Call, Service};

/// A message that was taken.
#[derive(Debug, Clone)]
pub(super) struct Taken {
    pub(super) id: i64,
    pub(super) path: String,
    pub(super) body: Value,
}

/// An upload.
#[derive(Debug, Clone)]
pub(super) struct Upload {
    pub(super) name: String,
    pub(super) media_type: String,
    pub(super) content: Vec<u8>,
}

/// What it knows.
pub(super) struct Suomifi {
    pub(super) password: String,
    pub(super) replaced: Vec<String>,
    tokens: BTreeSet<String>,
    pub(super) issued: usize,
    pub(super) first_token_at: Option<Instant>,
    pub(super) changed_at: Option<Instant>,
    /// By id.
    pub(super) uploads: BTreeMap<String, Upload>,
    /// By external id.
    pub(super) messages: BTreeMap<String, Taken>,
    /// Whether 409 says as what a message is known.
    pub(super) conflicts_have_id: bool,
    /// Whether `visibility` is demanded.
    pub(super) wants_visibility: bool,
    /// Mailboxes that are not in use.
    pub(super) closed: BTreeSet<String>,
    /// Messages that are answered and are there no more.
    pub(super) gone: BTreeSet<i64>,
    pub(super) events: Vec<Value>,
    pub(super) page: usize,
    /// Messages of citizens, by id.
    pub(super) citizens: BTreeMap<i64, Value>,
    pub(super) attachments: BTreeMap<String, String>,
}

/// The first message that is taken: beyond 32 bits.
pub(super) const FIRST_ID: i64 = 5_000_000_001;

impl Suomifi {
    pub(super) fn new(password: &str) -> Self {
        Self {
            password: password.into(),
            replaced: Vec::new(),
            tokens: BTreeSet::new(),
            issued: 0,
            first_token_at: None,
            changed_at: None,
            uploads: BTreeMap::new(),
            messages: BTreeMap::new(),
            conflicts_have_id: true,
            wants_visibility: false,
            closed: BTreeSet::new(),
            gone: BTreeSet::new(),
            events: Vec::new(),
            page: 1000,
            citizens: BTreeMap::new(),
            attachments: BTreeMap::new(),
        }
    }

    /// The newest token: an older one is stale where it stands in a body.
    fn newest(&self) -> String {
        format!("token+{}/==", self.issued)
    }

    fn token(&mut self, call: &Call) -> Answer {
        if call.text("username") != "system-1" || call.text("password") != self.password {
            return refused(400, "Incorrect username or password.");
        }
        self.issued += 1;
        self.first_token_at.get_or_insert_with(Instant::now);
        self.tokens.insert(self.newest());
        Answer::new(
            200,
            json!({"access_token": self.newest(), "expires_in": 3600, "token_type": "Bearer"}),
        )
    }

    fn change(&mut self, call: &Call) -> Answer {
        let next = call.text("newPassword");
        let is_strong = next.len() >= 32
            && next.bytes().any(|it| it.is_ascii_lowercase())
            && next.bytes().any(|it| it.is_ascii_uppercase())
            && next.bytes().any(|it| it.is_ascii_digit())
            && next.bytes().any(|it| it.is_ascii_punctuation())
            && !next.contains('\\');
        if call.text("accessToken") != self.newest() || !self.tokens.contains(&self.newest()) {
            return refused(400, "Invalid Access Token");
        }
        if call.text("currentPassword") != self.password || !is_strong {
            return refused(400, "Incorrect password, or a weak one");
        }
        self.changed_at = Some(Instant::now());
        self.replaced
            .push(std::mem::replace(&mut self.password, next));
        self.tokens.clear();
        Answer::new(200, json!({}))
    }

    fn upload(&mut self, call: &Call) -> Answer {
        let Some(upload) = multipart(call) else {
            return refused(415, "no multipart/form-data with a part `file`");
        };
        let id = format!("0b8f2c1e-0000-4000-8000-{:012}", self.uploads.len() + 1);
        self.uploads.insert(id.clone(), upload);
        Answer::new(201, json!({"attachmentId": id}))
    }

    fn message(&mut self, path: &str, call: &Call) -> Answer {
        let body = call.json();
        let external_id = call.text("externalId");
        if let Some(known) = self.messages.get(&external_id) {
            let mut answer = json!({"reason": "already exists"});
            if self.conflicts_have_id {
                answer["messageId"] = known.id.into();
            }
            return Answer::new(409, answer);
        }
        if let Some(missing) = self.missing(path, &body) {
            return validation(&format!("{missing} is required or unknown"), None);
        }
        let recipient = body["recipient"]["id"].as_str().unwrap_or_default();
        if path == "/v2/messages/electronic" && self.closed.contains(recipient) {
            return validation("no mailbox", Some("MAILBOX_NOT_IN_USE"));
        }
        let reply = body["electronic"]["inReplyToMessageId"].as_i64();
        if reply.is_some_and(|id| self.gone.contains(&id)) {
            return validation("gone", Some("MESSAGE_BEING_REPLIED_TO_NOT_FOUND"));
        }
        let id = FIRST_ID + self.messages.len() as i64;
        let taken = Taken {
            id,
            path: path.into(),
            body,
        };
        self.messages.insert(external_id, taken);
        Answer::new(200, json!({"messageId": id}))
    }

    /// What is demanded and not there, or is there and not known.
    fn missing(&self, path: &str, body: &Value) -> Option<String> {
        let electronic = [
            "title",
            "body",
            "bodyFormat",
            "messageServiceType",
            "replyAllowedBy",
            "attachments",
            "notifications",
        ];
        let paper = [
            "attachments",
            "colorPrinting",
            "twoSidedPrinting",
            "rotateLandscapePages",
            "createAddressPage",
            "messageServiceType",
            "recipient",
            "sender",
            "printingAndEnvelopingService",
        ];
        let mut demanded = vec!["/externalId".to_owned(), "/sender/serviceId".to_owned()];
        if path != "/v2/paper-mail-without-id" {
            demanded.push("/recipient/id".into());
            demanded.extend(electronic.map(|name| format!("/electronic/{name}")));
        }
        if path != "/v2/messages/electronic" {
            demanded.extend(paper.map(|name| format!("/paperMail/{name}")));
            let posti = "/paperMail/printingAndEnvelopingService/postiMessaging";
            demanded.extend(["username", "password"].map(|name| format!("{posti}/{name}")));
        }
        let missing = demanded
            .into_iter()
            .find(|pointer| body.pointer(pointer).is_none());
        let has_visibility = body["electronic"].get("visibility").is_some();
        let is_wrong =
            has_visibility != self.wants_visibility && path != "/v2/paper-mail-without-id";
        let lists = [
            &body["electronic"]["attachments"],
            &body["paperMail"]["attachments"],
        ];
        let mut attached = lists.into_iter().filter_map(Value::as_array).flatten();
        let is_there = |it: &Value| {
            let id = it["attachmentId"].as_str();
            id.is_some_and(|id| self.uploads.contains_key(id))
        };
        let is_lost = attached.any(|it| !is_there(it));
        missing
            .or_else(|| is_wrong.then(|| "visibility".into()))
            .or_else(|| is_lost.then(|| "attachment".into()))
    }

    fn lookup(&self, query: &str) -> Answer {
        let id = query
            .strip_prefix("externalId=")
            .map(decoded)
            .unwrap_or_default();
        match self.messages.get(&id) {
            Some(taken) => Answer::new(200, json!({"messageId": taken.id})),
            None => refused(404, "not found"),
        }
    }

    /// Places in the list have characters that mean something in a query.
    fn page(&self, query: Option<&str>) -> Answer {
        let begin = match query {
            None => 0,
            Some(query) => {
                let token = query.strip_prefix("continuationToken=").map(decoded);
                let place = token
                    .as_deref()
                    .and_then(|token| token.strip_prefix("a+b/c=&"));
                match place.and_then(|place| place.parse().ok()) {
                    Some(place) => place,
                    None => return refused(400, "Invalid continuationToken"),
                }
            }
        };
        let page: Vec<_> = self.events.iter().skip(begin).take(self.page).collect();
        let next = format!("a+b/c=&{}", begin + page.len());
        Answer::new(200, json!({"continuationToken": next, "events": page}))
    }

    fn citizen(&self, id: &str) -> Answer {
        let message = id.parse().ok().and_then(|id: i64| self.citizens.get(&id));
        match message {
            Some(message) => Answer::new(200, message.clone()),
            None => refused(404, "not found"),
        }
    }
}

impl Service for Suomifi {
    fn revoke(&mut self) {
        self.tokens.clear();
    }

    fn answer(&mut self, call: &Call) -> Answer {
        let (path, query) = match call.target.split_once('?') {
            Some((path, query)) => (path, Some(query)),
            None => (call.target.as_str(), None),
        };
        match (call.method.as_str(), path) {
            ("POST", "/v1/token") => return self.token(call),
            ("POST", "/v1/change-password") => return self.change(call),
            _ => {}
        }
        let token = call.authorization.as_deref().unwrap_or_default();
        let token = token.strip_prefix("Bearer ").unwrap_or_default();
        if !self.tokens.contains(token) {
            return refused(401, "The incoming token has expired");
        }
        match (call.method.as_str(), path) {
            ("POST", "/v2/attachments") => self.upload(call),
            ("POST", "/v2/messages" | "/v2/messages/electronic" | "/v2/paper-mail-without-id") => {
                self.message(path, call)
            }
            ("GET", "/v1/messages/id") => self.lookup(query.unwrap_or_default()),
            ("GET", "/v2/events") => self.page(query),
            ("GET", path) => match (
                path.strip_prefix("/v2/messages/"),
                path.strip_prefix("/v1/attachments/"),
            ) {
                (Some(id), _) => self.citizen(id),
                (_, Some(id)) => match self.attachments.get(id) {
                    Some(content) => Answer::new(200, content.as_str().into()),
                    None => refused(404, "not found"),
                },
                _ => refused(404, "unknown"),
            },
            _ => refused(404, "unknown"),
        }
    }
}

fn refused(status: u16, reason: &str) -> Answer {
    Answer::new(status, json!({ "reason": reason }))
}

fn validation(error: &str, code: Option<&str>) -> Answer {
    let mut one = json!({ "error": error });
    if let Some(code) = code {
        one["errorCode"] = code.into();
    }
    Answer::new(
        400,
        json!({"reason": "Validation failed", "validationErrors": [one]}),
    )
}

/// The one part of an upload.
fn multipart(call: &Call) -> Option<Upload> {
    let boundary = call.content_type.as_deref()?;
    let boundary = boundary.strip_prefix("multipart/form-data; boundary=")?;
    let text = std::str::from_utf8(&call.body).ok()?;
    let part = text.strip_prefix(&format!("--{boundary}\r\n"))?;
    let part = part.strip_suffix(&format!("\r\n--{boundary}--\r\n"))?;
    let (head, content) = part.split_once("\r\n\r\n")?;
    let (disposition, media_type) = head.split_once("\r\nContent-Type: ")?;
    let name =
        disposition.strip_prefix("Content-Disposition: form-data; name=\"file\"; filename=\"")?;
    Some(Upload {
        name: name.strip_suffix('"')?.into(),
        media_type: media_type.into(),
        content: content.as_bytes().to_vec(),
    })
}

/// A value of a query, which ends where another begins.
fn decoded(value: &str) -> String {
    let value = value.split('&').next().unwrap_or_default();
    let mut bytes = Vec::new();
    let mut rest = value.bytes();
    while let Some(byte) = rest.next() {
        match byte {
            b'%' => {
                let digits = [rest.next().unwrap(), rest.next().unwrap()];
                let digits = std::str::from_utf8(&digits).unwrap().to_owned();
                bytes.push(u8::from_str_radix(&digits, 16).unwrap());
            }
            // In a query a plus is a space.
            b'+' => bytes.push(b' '),
            byte => bytes.push(byte),
        }
    }
    String::from_utf8(bytes).unwrap()
}
