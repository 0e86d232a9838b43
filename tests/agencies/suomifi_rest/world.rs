// SPDX-License-Identifier: Apache-2.0
//! The service, and what sends to it, run after run: each in a process of its own, as far as the host can tell.

use std::{path::PathBuf, sync::Arc};

use serde_json::{Value, json};
use silta::{
    ChangingSecret, Deployment, Runtime, SecretFile, SecretValues, Secrets,
    exchange::{Attachment, Outcome},
};
use silta_gateway::{
    operation::{Content, Progress, Sender},
    outbound::{Blocking, HttpClient},
};
use tempfile::TempDir;

use super::{
    case::{PASSWORD, POSTI},
    service::Suomifi,
};
use crate::{
    operations::{
        journey::{Kept, Told, told},
        server::{Server, settings},
    },
    support::host::compiled,
};

pub(super) struct World {
    pub(super) server: Server<Suomifi>,
    threads: Blocking,
    folder: TempDir,
    settings: Value,
}

/// An operation with its input.
#[derive(Clone)]
pub(super) struct Task {
    operation: &'static str,
    parameters: String,
    content: Content,
    cursor: Option<String>,
}

impl World {
    pub(super) fn new() -> Self {
        Self::with(json!({}))
    }

    /// With settings beside the least ones. Nobody waits after a token.
    pub(super) fn with(own: Value) -> Self {
        let server = Server::start(Suomifi::new(PASSWORD));
        let mut settings = json!({
            "url": server.url(), "username": "system-1", "service-id": "svc-1", "token": {"token-warmup-seconds": 0},
            "paper": {
                "posti-username": "123456", "contact-email": "letters@authority.example",
                "sender": {"name": "Virasto", "streetAddress": "Katu 1", "zipCode": "00100", "city": "Helsinki", "countryCode": "FI"},
            },
        });
        for (name, value) in own.as_object().unwrap() {
            settings[name] = value.clone();
        }
        Self {
            server,
            threads: Blocking::new().unwrap(),
            folder: TempDir::new().unwrap(),
            settings,
        }
    }

    /// What sends, in a new process.
    pub(super) fn process(&self) -> Sender {
        let runtime = Runtime::builder()
            .concurrent_calls(16)
            .keep_compiled_in(compiled())
            .build()
            .unwrap();
        let secrets = Secrets::new()
            .with_changing("password", Arc::new(self.password_file()), "a file")
            .with("posti-password", vec![POSTI.into()]);
        let deployment = Deployment::from_bytes(artifacts::SUOMIFI_REST.bytes)
            .with_settings(self.settings.to_string())
            .with_secrets(secrets);
        let agency = runtime.deploy("suomifi-rest", deployment).unwrap();
        Sender::new(agency, HttpClient::new(settings()).unwrap(), None)
    }

    fn password_path(&self) -> PathBuf {
        self.folder.path().join("password.json")
    }

    fn password_file(&self) -> SecretFile {
        SecretFile::open(self.password_path(), vec![PASSWORD.as_bytes().to_vec()]).unwrap()
    }

    /// The passwords as a new process reads them.
    pub(super) fn passwords(&self) -> Arc<SecretValues> {
        self.password_file().values().unwrap()
    }

    /// Runs an operation once, in a process.
    pub(super) fn run(&self, sender: &Sender, task: &Task, kept: &mut Kept) -> Told {
        let mut progress = kept.load().unwrap_or_else(|| task.progress());
        let stopped = self
            .threads
            .run(sender.run(&mut progress, &task.content, kept));
        told(stopped, &mut progress, kept)
    }

    /// Runs an operation, each time in a new process, until it is done or refused.
    pub(super) fn journey(&self, task: &Task, kept: &mut Kept) -> Vec<Told> {
        let mut all = Vec::new();
        while all.len() < 30 {
            let told = self.run(&self.process(), task, kept);
            let is_over = matches!(told, Told::Done(_) | Told::Refused(_));
            all.push(told);
            if is_over {
                return all;
            }
        }
        panic!("it comes to no end: {all:?}");
    }

    /// Runs an operation to its end, which is a good one.
    #[track_caller]
    pub(super) fn done(&self, task: &Task) -> Box<Outcome> {
        match self.run(&self.process(), task, &mut Kept::in_memory()) {
            Told::Done(outcome) => outcome,
            other => panic!("{other:?}"),
        }
    }

    /// Paths that were asked for, without queries.
    pub(super) fn paths(&self) -> Vec<String> {
        let journal = self.server.journal().into_iter();
        let path = |target: String| target.split('?').next().unwrap().to_owned();
        journal.map(|entry| path(entry.call.target)).collect()
    }
}

impl Task {
    pub(super) fn new(operation: &'static str, parameters: Value) -> Self {
        Self {
            operation,
            parameters: parameters.to_string(),
            content: Content::default(),
            cursor: None,
        }
    }

    /// A message to somebody, with so many attachments, the first of them a PDF.
    pub(super) fn message(operation: &'static str, own: Value, attachments: usize) -> Self {
        let mut parameters = json!({"recipient": "010190-900P", "title": "Päätös", "body": "Hej"});
        for (name, value) in own.as_object().unwrap() {
            parameters[name] = value.clone();
        }
        let attachment = |number: usize| Attachment {
            name: format!("liite {number}.pdf"),
            media_type: "application/pdf".into(),
            content: format!("%PDF-1.7 number {number}").into_bytes().into(),
        };
        let task = Self::new(operation, parameters);
        Self {
            content: Content {
                payload: None,
                attachments: (1..=attachments).map(attachment).collect(),
            },
            ..task
        }
    }

    pub(super) fn with_parameters(self, parameters: Value) -> Self {
        Self {
            parameters: parameters.to_string(),
            ..self
        }
    }

    pub(super) fn with_cursor(self, cursor: Option<String>) -> Self {
        Self { cursor, ..self }
    }

    fn progress(&self) -> Progress {
        let progress = Progress::new(
            "suomifi-rest",
            self.operation,
            &*self.parameters,
            &self.content,
        );
        progress.with_cursor(self.cursor.clone())
    }
}

/// An address for letters.
pub(super) fn paper() -> Value {
    json!({
        "attachment": "liite 1.pdf",
        "recipient": {"name": "Maija Meikäläinen", "streetAddress": "Testikatu 1\n A 2", "zipCode": "00100", "city": "Helsinki", "countryCode": "FI"},
    })
}

/// What the events of an outcome say.
pub(super) fn data(outcome: &Outcome) -> Vec<(String, Value)> {
    let events = outcome.events.iter();
    let read = |text: &str| serde_json::from_str(text).unwrap();
    events
        .map(|event| (event.kind.clone(), read(&event.data)))
        .collect()
}
