// SPDX-License-Identifier: Apache-2.0
//! A receiver, a store, and gateways that push from one to the other.

use std::{
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

use aws_lc_rs::hmac;
use base64::prelude::{BASE64_STANDARD, Engine};
use serde_json::json;
use silta_gateway::{
    Gateway,
    outbound::{ConnectSettings, HttpClient},
    webhooks::{EntryFilter, SigningSecret, Webhook, WebhookSettings, Webhooks, WebhooksSetup},
};
use silta_store::{
    MemoryStore, Store,
    record::{Arrival, Delivery, Document, Event, Position, Receipt},
};

use crate::operations::{
    agency::{Answer, Call, Service},
    server::{Server, settings as trusting},
};

/// No honest step takes as long.
const PATIENCE: Duration = Duration::from_secs(60);

/// A platform's endpoint: it knows a secret, and takes what is signed with it.
pub(super) struct Endpoint {
    pub(super) secret: Vec<u8>,
    /// What it answers next, in place of taking it; the last one first.
    pub(super) answers: Vec<Answer>,
    /// Keys of the events of what it took, in the order in which it took it.
    pub(super) taken: Vec<String>,
    /// `webhook-id` of each request that it judged, whether it took it or not.
    pub(super) ids: Vec<String>,
}

impl Service for Endpoint {
    fn answer(&mut self, call: &Call) -> Answer {
        self.ids.push(call.fields["webhook-id"].clone());
        if let Some(answer) = self.answers.pop() {
            return answer;
        }
        if !self.is_signed(call) {
            return Answer::new(401, json!({ "error": "signature" }));
        }
        for event in call.json()["data"]["events"].as_array().unwrap() {
            let key = event["deduplicationKey"].as_str().unwrap().to_owned();
            self.taken.push(key);
        }
        Answer::new(200, json!({ "taken": true }))
    }

    fn revoke(&mut self) {
        self.secret = vec![0; 32];
    }
}

impl Endpoint {
    /// As Standard Webhooks has it, by code of our own: the interoperability tests do it by other people's.
    fn is_signed(&self, call: &Call) -> bool {
        let key = hmac::Key::new(hmac::HMAC_SHA256, &self.secret);
        let field = |name: &str| call.fields[name].as_str();
        let mut signed = format!("{}.{}.", field("webhook-id"), field("webhook-timestamp"));
        signed.push_str(std::str::from_utf8(&call.body).unwrap());
        let signatures = field("webhook-signature").split(' ');
        let mut signatures = signatures.map(|one| one.strip_prefix("v1,").unwrap());
        signatures.any(|one| {
            let one = BASE64_STANDARD.decode(one).unwrap();
            hmac::verify(&key, signed.as_bytes(), &one).is_ok()
        })
    }
}

/// Everything that a test starts from.
pub(super) struct Scene {
    pub(super) receiver: Server<Endpoint>,
    pub(super) store: Arc<MemoryStore>,
}

/// A program that pushes: dropping it stops it.
pub(super) struct Process {
    pub(super) gateway: Gateway,
    pub(super) webhooks: Webhooks,
}

/// Quick, so that nobody waits for what is a matter of time alone.
pub(super) fn quick() -> WebhookSettings {
    WebhookSettings {
        look: Duration::from_millis(20),
        first_delay: Duration::from_millis(10),
        longest_delay: Duration::from_millis(40),
        breaker_first: Duration::from_millis(10),
        breaker_longest: Duration::from_millis(40),
        ..WebhookSettings::default()
    }
}

pub(super) fn secret(byte: u8) -> Vec<u8> {
    vec![byte; 32]
}

/// As an operator writes it into its file.
pub(super) fn signing(byte: u8) -> SigningSecret {
    let text = format!("whsec_{}", BASE64_STANDARD.encode(secret(byte)));
    SigningSecret::parse(text.as_bytes()).unwrap()
}

impl Scene {
    pub(super) fn new() -> Self {
        Self {
            receiver: Server::start(Endpoint {
                secret: secret(1),
                answers: Vec::new(),
                taken: Vec::new(),
                ids: Vec::new(),
            }),
            store: Arc::new(MemoryStore::new()),
        }
    }

    /// The webhook `erp`, which gets everything, signed with the first secret.
    pub(super) fn webhook(&self) -> Webhook {
        self.webhook_by(trusting())
    }

    pub(super) fn webhook_by(&self, connect: ConnectSettings) -> Webhook {
        Webhook {
            name: "erp".into(),
            url: format!("{}/in?from=silta", self.receiver.url()),
            filter: EntryFilter::default(),
            secrets: vec![signing(1)],
            http: HttpClient::new(connect).unwrap(),
            settings: quick(),
        }
    }

    pub(super) fn push(&self, webhooks: Vec<Webhook>) -> Process {
        let gateway = Gateway::new().unwrap();
        let webhooks = gateway.push(WebhooksSetup {
            store: self.store.clone(),
            agencies: ["a", "b", "silta"].map(str::to_owned).into(),
            webhooks,
        });
        Process { gateway, webhooks }
    }

    /// An entry with one event and one document.
    pub(super) fn arrive(&self, agency: &str, kind: &str, key: &str) -> Position {
        let arrival = Arrival {
            agency: agency.into(),
            operation: "notify".into(),
            events: vec![Event {
                kind: kind.into(),
                data: r#"{"sum": 1.10}"#.into(),
                deduplication_key: key.into(),
                about: None,
            }],
            documents: vec![Document {
                name: "päätös.txt".into(),
                media_type: "text/plain".into(),
                content: key.as_bytes().into(),
            }],
            ..Arrival::default()
        };
        match self.store.commit(&arrival).unwrap() {
            Receipt::New(position) => position,
            Receipt::Duplicate(_) => panic!("{key} came before"),
        }
    }

    pub(super) fn delivery(&self, position: Position) -> Delivery {
        self.store.show(position).unwrap().unwrap().delivery
    }

    pub(super) fn is_acknowledged(&self, position: Position) -> bool {
        self.delivery(position).acknowledged.is_some()
    }

    /// What the receiver took.
    pub(super) fn taken(&self) -> Vec<String> {
        self.receiver.state().agency.taken.clone()
    }

    pub(super) fn ids(&self) -> Vec<String> {
        self.receiver.state().agency.ids.clone()
    }

    /// What it answers next, in this order.
    pub(super) fn answers(&self, answers: impl IntoIterator<Item = Answer>) {
        let mut answers: Vec<_> = answers.into_iter().collect();
        answers.reverse();
        self.receiver.state().agency.answers = answers;
    }

    /// Waits until something holds.
    #[track_caller]
    pub(super) fn until(&self, what: &str, holds: impl Fn(&Self) -> bool) {
        let begun = Instant::now();
        while !holds(self) {
            let taken = self.taken();
            assert!(begun.elapsed() < PATIENCE, "{what}: {taken:?}");
            thread::sleep(Duration::from_millis(5));
        }
    }

    #[track_caller]
    pub(super) fn until_acknowledged(&self, position: Position) {
        self.until("it is acknowledged", |it| it.is_acknowledged(position));
    }
}
