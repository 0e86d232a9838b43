// SPDX-License-Identifier: Apache-2.0
//! The way back: Customs calls, its reply is fetched and saved.

use std::{
    fs,
    net::{Ipv4Addr, SocketAddr},
    path::Path,
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

use serde_json::{Value, json};
use silta::{
    BuildInput,
    exchange::{Answer, FollowUp, Outcome, Request},
};
use silta_gateway::{
    Arrival, Listener, ListenerConfig, ListenerLimits, ListenerSetup, MemoryInbox,
};

use super::{connection::Connection, customs::Customs, journal::Seen, unexpected};
use crate::{commands::parse::documents::Documents, failure::Failure, host::Served, project};

/// Where Customs calls.
pub(super) struct Gateway {
    /// Serves until it is dropped.
    _servers: silta_gateway::Gateway,
    listener: Listener,
    inbox: Arc<MemoryInbox>,
}

/// How long a call may take to come: it has been decided on before the upload is answered.
const PATIENCE: Duration = Duration::from_secs(30);

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
        let inbox = Arc::new(MemoryInbox::default());
        let setup = ListenerSetup::new(&place, inbox.clone());
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
            inbox,
        };
        let url = gateway.url("", "");
        let text = format!("the gateway takes calls at {url}");
        Ok((gateway, Seen::new(&text, json!({"url": url}))))
    }

    /// The URL that an agency is given for its calls.
    pub(super) fn url(&self, agency: &str, path: &str) -> String {
        let port = self.listener.address().port();
        let path = [agency, path].join("/");
        format!("https://localhost:{port}/{}", path.trim_start_matches('/'))
    }

    /// What has come in since the last time.
    pub(super) fn take(&self) -> Vec<Arrival> {
        self.inbox.take()
    }

    /// Waits until Customs has called, and its call has been judged, committed and answered. Gives the follow-up that the component asks for.
    pub(super) fn wait_for_notification(
        &self,
        customs: &Customs,
    ) -> Result<(FollowUp, Seen), Failure> {
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
        let arrivals = self.take();
        let follow_ups = arrivals.into_iter().flat_map(|arrival| arrival.follow_ups);
        let follow_ups: Vec<FollowUp> = follow_ups.collect();
        match (code.as_str(), follow_ups.as_slice()) {
            ("000", [follow_up]) => {
                let text = format!(
                    "Customs called; accepted by its certificate, committed, answered {code}; follow-up: {}",
                    follow_up.operation
                );
                let facts = json!({"code": code, "followUp": follow_up.deduplication_key});
                Ok((follow_up.clone(), Seen::new(&text, facts)))
            }
            _ => Err(unexpected(&format!(
                "Customs' call was answered with the code `{code}` and came to {} follow-ups, and must come to 000 and one",
                follow_ups.len()
            ))),
        }
    }
}

/// Builds the request of a follow-up.
pub(super) fn build(served: &Served, follow_up: &FollowUp) -> Result<(Request, Seen), Failure> {
    let request = served.agency.build(BuildInput {
        operation: follow_up.operation.clone(),
        parameters: follow_up.parameters.clone(),
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
