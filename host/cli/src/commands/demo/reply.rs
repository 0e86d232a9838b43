// SPDX-License-Identifier: Apache-2.0
//! The way back: Customs calls, its reply is fetched and saved.

use std::{
    fmt, fs,
    net::{Ipv4Addr, SocketAddr},
    path::Path,
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

use serde_json::{Value, json};
use silta::{
    BuildInput,
    exchange::{Answer, Outcome, Request},
};
use silta_gateway::{Listener, ListenerConfig, ListenerLimits, ListenerSetup};
use silta_store::{
    SqliteSettings, SqliteStore, Store, StoreError,
    record::{Claim, Claimed, LeaseWish, Received},
};

use super::{connection::Connection, customs::Customs, journal::Seen, unexpected};
use crate::{commands::parse::documents::Documents, failure::Failure, host::Served, project};

/// Where Customs calls.
pub(super) struct Gateway {
    /// Serves until it is dropped.
    _servers: silta_gateway::Gateway,
    listener: Listener,
    store: Arc<SqliteStore>,
}

/// How long a call may take to come: it has been decided on before the upload is answered.
const PATIENCE: Duration = Duration::from_secs(30);

/// Who takes what has come.
const OWNER: &str = "demo";

/// More than comes in.
const MOST: u32 = 100;

/// Between two looks for it.
const PAUSE: Duration = Duration::from_millis(5);

impl Gateway {
    /// Listens on loopback, for all that serve.
    pub(super) fn start(
        folder: &Path,
        serving: &[(&str, &Served)],
    ) -> Result<(Self, Seen), Failure> {
        let read = |path: &Path| fs::read(path).map_err(|error| Failure::unreadable(path, &error));
        let (certificates, private_key) = project::credential_files(folder, "gateway");
        let place = ListenerConfig {
            address: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            private_key: read(&private_key)?,
            certificates: read(&certificates)?,
            also: Vec::new(),
            limits: ListenerLimits::default(),
        };
        let store = SqliteStore::open(&folder.join("store"), SqliteSettings::default());
        let store = store.map(Arc::new).map_err(|error| not_kept(&error))?;
        let setup = ListenerSetup::new(&place, store.clone());
        let setup = serving.iter().fold(setup, |setup, (id, served)| {
            setup.serve(id, served.agency.clone())
        });
        let listening =
            silta_gateway::Gateway::new().and_then(|servers| Ok((servers.listen(setup)?, servers)));
        let (listener, servers) = listening.map_err(|error| {
            let message = format!("the gateway does not listen: {error}");
            Failure::internal("demo.not-started", &message)
        })?;
        let gateway = Self {
            _servers: servers,
            listener,
            store,
        };
        let url = gateway.url("", "");
        let text = format!("the gateway takes calls at {url}, and keeps what they bring");
        Ok((gateway, Seen::new(&text, json!({"url": url}))))
    }

    /// The URL that an agency is given for its calls.
    pub(super) fn url(&self, agency: &str, path: &str) -> String {
        let port = self.listener.address().port();
        let path = [agency, path].join("/");
        format!("https://localhost:{port}/{}", path.trim_start_matches('/'))
    }

    /// What has come in since the last time, as a platform takes it out of the inbox.
    pub(super) fn take(&self) -> Result<Vec<Received>, Failure> {
        self.taken().map_err(|error| not_kept(&error))
    }

    fn taken(&self) -> Result<Vec<Received>, StoreError> {
        let leased = self.store.lease(&LeaseWish {
            owner: OWNER.to_owned(),
            agency: None,
            limit: MOST,
            duration: PATIENCE,
            ..LeaseWish::default()
        })?;
        let mut received = Vec::new();
        for leased in leased {
            let lease = leased.lease;
            self.store.acknowledge(lease.id, Some(lease.epoch))?;
            received.push(leased.entry.received);
        }
        Ok(received)
    }

    /// Operations that follow from what has come.
    fn follow_ups(&self) -> Result<Vec<Claimed>, StoreError> {
        self.store.claim(&Claim {
            owner: OWNER.to_owned(),
            limit: MOST,
            duration: PATIENCE,
            ..Claim::default()
        })
    }

    /// Waits until Customs has called, and its call has been judged, committed and answered. Gives the operation that follows from it.
    pub(super) fn wait_for_notification(
        &self,
        customs: &Customs,
    ) -> Result<(Claimed, Seen), Failure> {
        let start = Instant::now();
        let code = loop {
            match customs.notified() {
                Some(Ok(code)) => break code,
                Some(Err(problem)) => {
                    return Err(unexpected(&format!("Customs' call went wrong: {problem}")));
                }
                None if start.elapsed() > PATIENCE => {
                    return Err(unexpected("Customs has not called"));
                }
                None => thread::sleep(PAUSE),
            }
        };
        self.take()?;
        let follow_ups = self.follow_ups().map_err(|error| not_kept(&error))?;
        match (code.as_str(), follow_ups.as_slice()) {
            ("000", [follow_up]) => {
                let operation = &follow_up.operation.wish.operation;
                let text = format!(
                    "Customs called; accepted by its certificate, committed, answered {code}; follow-up: {operation}"
                );
                let facts = json!({"code": code, "followUp": operation});
                Ok((follow_up.clone(), Seen::new(&text, facts)))
            }
            _ => Err(unexpected(&format!(
                "Customs' call was answered with the code `{code}` and came to {} follow-ups, and must come to 000 and one",
                follow_ups.len()
            ))),
        }
    }
}

fn not_kept(error: &dyn fmt::Display) -> Failure {
    Failure::internal("demo.not-kept", &error.to_string())
}

/// Builds the request of a follow-up.
pub(super) fn build(served: &Served, follow_up: &Claimed) -> Result<(Request, Seen), Failure> {
    let wish = &follow_up.operation.wish;
    let request = served.agency.build(BuildInput {
        operation: wish.operation.clone(),
        parameters: wish.parameters.clone(),
        ..BuildInput::default()
    })?;
    let (size, reference) = (request.body.size(), &request.reference);
    let text = format!("in the sandbox: {size} bytes, asking for {reference}");
    let facts = json!({"reference": reference, "size": size});
    Ok((request, Seen::new(&text, facts)))
}

/// Sends it and takes the answer.
pub(super) fn fetch(connection: &Connection, request: &Request) -> Result<(Answer, Seen), Failure> {
    let answer = connection.send(request)?;
    let (status, size) = (answer.status, answer.body.size());
    let text = format!("HTTP {status}: {size} bytes");
    Ok((
        answer,
        Seen::new(&text, json!({"status": status, "size": size})),
    ))
}

/// Saves the documents of the reply, which must be signed by Customs, and a PDF among them.
pub(super) fn save(outcome: &Outcome, folder: Option<&Path>) -> Result<((), Seen), Failure> {
    let event = outcome.events.first();
    let data: Option<Value> = event.and_then(|event| serde_json::from_str(&event.data).ok());
    let state = data
        .as_ref()
        .and_then(|data| data.pointer("/signature/state"));
    let is_pdf = |bytes: Vec<u8>| bytes.starts_with(b"%PDF-");
    let mut documents = outcome.documents.iter();
    let has_pdf = documents.any(|document| is_pdf(document.content.to_vec()));
    if state != Some(&"verified".into()) || !has_pdf {
        return Err(unexpected(
            "Customs' reply has no signature that was verified, or no PDF in it",
        ));
    }
    let folder = match folder {
        Some(folder) => folder.to_owned(),
        None => tempfile::Builder::new()
            .prefix("silta-demo-documents-")
            .tempdir()
            .map_err(|error| Failure::unwritable(&std::env::temp_dir(), &error))?
            .keep(),
    };
    let documents = Documents::write(&outcome.documents, Some(&folder))?;
    let written = documents.written().iter();
    let files = written.filter_map(|written| written.file.as_ref());
    let files: Vec<String> = files.map(|file| file.display().to_string()).collect();
    documents.keep();
    let text = format!(
        "signature of Customs verified; saved {}",
        files.join(" and ")
    );
    Ok((
        (),
        Seen::new(&text, json!({"signature": state, "files": files})),
    ))
}
