// SPDX-License-Identifier: Apache-2.0
//! An integration platform, as far as the gateway sees it: it submits, follows, and takes what has arrived.

use std::{
    collections::{BTreeSet, VecDeque},
    fs,
    path::Path,
    sync::{Mutex, PoisonError},
    thread,
    time::{Duration, Instant},
};

use serde_json::{Value, json};
use silta::{Blob, exchange::Document, pem};
use silta_gateway::{
    outbound::{Blocking, SecretText, ServerTrust},
    platform::{NewToken, PlatformClient, PlatformRequest},
};

use super::{POLL, journal::Seen, unexpected};
use crate::{
    commands::{parse::documents::Documents, submit::Form},
    failure::Failure,
    project,
};

/// A client of the gateway's API, over HTTPS, with a token.
pub(super) struct Platform {
    client: PlatformClient,
    threads: Blocking,
    url: String,
    inbox: Mutex<Inbox>,
    /// Operations that were refused, and that others do once more.
    replayed: Mutex<BTreeSet<u64>>,
}

/// What has been taken out and acknowledged.
#[derive(Default)]
struct Inbox {
    /// What nobody has looked at yet.
    taken: VecDeque<Value>,
    entries: usize,
}

/// Longer than anything here takes.
const TIMEOUT: Duration = Duration::from_secs(30);

/// Between two looks at an operation.
const PAUSE: Duration = Duration::from_millis(10);

impl Platform {
    pub(super) fn new(folder: &Path, port: u16, token: &NewToken) -> Result<Self, Failure> {
        let (anchors, _) = project::credential_files(folder, "ca");
        let pem = fs::read(&anchors).map_err(|error| Failure::unreadable(&anchors, &error))?;
        let certificates = pem::certificates(&pem).map_err(|error| not_asked(&error))?;
        let trust = ServerTrust::anchors(certificates.iter().map(AsRef::as_ref));
        let trust = trust.map_err(|error| not_asked(&error))?;
        let url = format!("https://localhost:{port}");
        let token = SecretText::new(format!("Bearer {}", token.reveal()));
        let client = PlatformClient::new(&url, Some(trust), token);
        Ok(Self {
            client: client.map_err(|error| not_asked(&error))?,
            threads: Blocking::new().map_err(|error| not_asked(&error))?,
            url,
            inbox: Mutex::default(),
            replayed: Mutex::default(),
        })
    }

    /// Where it calls.
    pub(super) fn url(&self) -> &str {
        &self.url
    }

    /// Submits an operation, twice under one key, which has to be one operation: its number.
    pub(super) fn submit(
        &self,
        (agency, operation): (&str, &str),
        parameters: &Value,
        payload: Option<Blob>,
    ) -> Result<u64, Failure> {
        let part = |name: &str, content: Blob| (format!("form-data; name=\"{name}\""), content);
        let mut parts = vec![part(
            "parameters",
            parameters.to_string().into_bytes().into(),
        )];
        parts.extend(payload.map(|payload| part("payload", payload)));
        let form = Form(parts);
        let boundary = form.boundary();
        let key = format!("\"{}\"", boundary.chars().take(32).collect::<String>());
        let request = PlatformRequest {
            method: "POST".to_owned(),
            path: format!("/v1/agencies/{agency}/operations/{operation}"),
            headers: vec![
                (
                    "Content-Type".to_owned(),
                    format!("multipart/form-data; boundary={boundary}"),
                ),
                ("Idempotency-Key".to_owned(), key),
            ],
            body: form.body(&boundary),
        };
        let first = self.ask(request.clone(), 202)?;
        let again = self.ask(request, 202)?;
        match (first.get("id").and_then(Value::as_u64), again.get("id")) {
            (Some(id), Some(again)) if *again == id => Ok(id),
            _ => Err(unexpected(
                "the same request under the same key was not the same operation",
            )),
        }
    }

    /// Waits until an operation has ended as done: with which code.
    pub(super) fn ended(&self, id: u64) -> Result<String, Failure> {
        let told = self.told_of_end(id)?;
        let text = |pointer| told.pointer(pointer).and_then(Value::as_str);
        match text("/ended/end") {
            Some("done") => Ok(text("/ended/code").unwrap_or_default().to_owned()),
            _ => Err(unexpected(&format!("operation {id} was not done: {told}"))),
        }
    }

    /// Waits until an operation has ended: how, and with which code.
    pub(super) fn end(&self, id: u64) -> Result<(String, String), Failure> {
        let told = self.told_of_end(id)?;
        let text = |pointer| {
            let text = told.pointer(pointer).and_then(Value::as_str);
            text.unwrap_or_default().to_owned()
        };
        Ok((text("/ended/end"), text("/ended/code")))
    }

    /// Has an operation that was refused done once more: the number of the one that does it.
    pub(super) fn replay(&self, id: u64) -> Result<u64, Failure> {
        let request = PlatformRequest {
            method: "POST".to_owned(),
            path: format!("/v1/operations/{id}/replay"),
            headers: Vec::new(),
            body: Blob::default(),
        };
        let told = self.ask(request, 202)?;
        let again = told.get("id").and_then(Value::as_u64);
        let again = again.filter(|again| *again != id);
        let again = again.ok_or_else(|| unexpected("what was refused is not done once more"))?;
        let replayed = self.replayed.lock();
        replayed.unwrap_or_else(PoisonError::into_inner).insert(id);
        Ok(again)
    }

    fn told_of_end(&self, id: u64) -> Result<Value, Failure> {
        let begun = Instant::now();
        loop {
            let told = self.get(&format!("/v1/operations/{id}"))?;
            let text = |pointer| told.pointer(pointer).and_then(Value::as_str);
            match (text("/state"), text("/ended/end")) {
                (_, Some(_)) => return Ok(told),
                (Some("held"), _) => {
                    return Err(unexpected(&format!("operation {id} is held: {told}")));
                }
                _ if begun.elapsed() > TIMEOUT => {
                    return Err(unexpected(&format!("operation {id} does not end")));
                }
                _ => thread::sleep(PAUSE),
            }
        }
    }

    /// Takes entries out of the inbox and acknowledges them, until one has such an event: entry and event.
    pub(super) fn take(
        &self,
        what: &str,
        is_it: impl Fn(&str, &Value) -> bool,
    ) -> Result<(Value, Value), Failure> {
        let begun = Instant::now();
        let mut inbox = self.inbox.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            for (place, entry) in inbox.taken.iter().enumerate() {
                let found = events(entry).find(|event| is_it(kind(event), event));
                if let Some(event) = found.cloned() {
                    let entry = inbox.taken.remove(place).unwrap_or_default();
                    return Ok((entry, event));
                }
            }
            if begun.elapsed() > TIMEOUT {
                return Err(unexpected(&format!("{what} does not come to the inbox")));
            }
            self.lease(&mut inbox, 1)?;
        }
    }

    fn lease(&self, inbox: &mut Inbox, wait: u64) -> Result<(), Failure> {
        let list = self.get(&format!("/v1/inbox?wait={wait}&limit=100"))?;
        let leased = list.get("entries").and_then(Value::as_array);
        for leased in leased.into_iter().flatten() {
            let (Some(entry), Some(epoch)) = (leased.get("entry"), leased.pointer("/lease/epoch"))
            else {
                return Err(unexpected("an entry has no lease"));
            };
            let position = entry.get("position").unwrap_or(&Value::Null);
            let request = PlatformRequest {
                method: "POST".to_owned(),
                path: format!("/v1/inbox/{position}/ack"),
                headers: vec![("Content-Type".to_owned(), "application/json".to_owned())],
                body: json!({"epoch": epoch}).to_string().into_bytes().into(),
            };
            self.ask(request, 204)?;
            inbox.entries += 1;
            inbox.taken.push_back(entry.clone());
        }
        Ok(())
    }

    /// Writes the documents of an entry into a folder: their files.
    pub(super) fn save(&self, entry: &Value, folder: &Path) -> Result<Vec<String>, Failure> {
        let text = |value: &Value, name: &str| {
            let text = value.get(name).and_then(Value::as_str);
            text.unwrap_or_default().to_owned()
        };
        let listed = entry.get("documents").and_then(Value::as_array);
        let mut documents = Vec::new();
        for document in listed.into_iter().flatten() {
            let request = PlatformRequest {
                method: "GET".to_owned(),
                path: text(document, "href"),
                headers: Vec::new(),
                body: Blob::default(),
            };
            documents.push(Document {
                name: text(document, "name"),
                media_type: text(document, "mediaType"),
                content: self.bytes(request, 200)?.into(),
            });
        }
        let is_pdf = |document: &Document| document.content.to_vec().starts_with(b"%PDF-");
        if !documents.iter().any(is_pdf) {
            return Err(unexpected("Customs' reply has no PDF in it"));
        }
        let documents = Documents::write(&documents, Some(folder))?;
        let written = documents.written().iter();
        let files = written.filter_map(|written| written.file.as_ref());
        let files = files.map(|file| file.display().to_string()).collect();
        documents.keep();
        Ok(files)
    }

    /// Everything has ended, and nothing waits in the inbox.
    pub(super) fn all_is_done(&self) -> Result<((), Seen), Failure> {
        let mut inbox = self.inbox.lock().unwrap_or_else(PoisonError::into_inner);
        self.lease(&mut inbox, 0)?;
        let list = self.get("/v1/operations?limit=1000")?;
        let operations = list.get("operations").and_then(Value::as_array);
        let operations = operations.map_or(&[][..], Vec::as_slice);
        let is_poll =
            |operation: &&Value| operation.get("operation").and_then(Value::as_str) == Some(POLL);
        let replayed = self.replayed.lock().unwrap_or_else(PoisonError::into_inner);
        let is_replayed = |operation: &&Value| {
            let id = operation.get("id").and_then(Value::as_u64);
            id.is_some_and(|id| replayed.contains(&id))
        };
        let all = operations.iter().filter(|it| !is_poll(it));
        let (again, own): (Vec<_>, Vec<_>) = all.partition(is_replayed);
        let done = own
            .iter()
            .filter(|it| it.pointer("/ended/end").and_then(Value::as_str) == Some("done"));
        let (done, all, entries) = (done.count(), own.len(), inbox.entries);
        let (again, polls) = (again.len(), operations.len() - all - again.len());
        if done != all {
            return Err(unexpected(&format!("{done} of {all} operations are done")));
        }
        let text = format!(
            "{done} operations, all done, {again} of them for one that was refused, and {polls} polls; {entries} entries taken out, each acknowledged, none left"
        );
        let facts =
            json!({"operations": done, "refusedBefore": again, "polls": polls, "entries": entries});
        Ok(((), Seen::new(&text, facts)))
    }

    fn get(&self, path: &str) -> Result<Value, Failure> {
        let request = PlatformRequest {
            method: "GET".to_owned(),
            path: path.to_owned(),
            headers: Vec::new(),
            body: Blob::default(),
        };
        self.ask(request, 200)
    }

    fn ask(&self, request: PlatformRequest, expected: u16) -> Result<Value, Failure> {
        let body = self.bytes(request, expected)?;
        match body.is_empty() {
            true => Ok(Value::Null),
            false => serde_json::from_slice(&body).map_err(|error| not_asked(&error)),
        }
    }

    fn bytes(&self, request: PlatformRequest, expected: u16) -> Result<Vec<u8>, Failure> {
        let path = request.path.clone();
        let answer = self.threads.run(self.client.send(request));
        let answer = answer.map_err(|error| not_asked(&error))?;
        if answer.status != expected {
            return Err(unexpected(&format!(
                "{path} was answered {}: {}",
                answer.status,
                String::from_utf8_lossy(&answer.body)
            )));
        }
        Ok(answer.body)
    }
}

fn events(entry: &Value) -> impl Iterator<Item = &Value> {
    let events = entry.get("events").and_then(Value::as_array);
    events.into_iter().flatten()
}

fn kind(event: &Value) -> &str {
    let kind = event.get("kind").and_then(Value::as_str);
    kind.unwrap_or_default()
}

fn not_asked(reason: &dyn std::fmt::Display) -> Failure {
    let message = format!("the platform does not get on with the gateway's API: {reason}");
    Failure::internal("demo.not-exchanged", &message)
}
