// SPDX-License-Identifier: Apache-2.0
//! What the tests of the platform's API start from.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use serde_json::{Value, json};
use silta::{Agency, Deployment, Secrets};
use silta_gateway::{
    Gateway, ListenerPair, ServedAgency,
    platform::{
        NewToken, Permission, PlatformConfig, PlatformLimits, PlatformSetup, PlatformToken,
        TokenLimits,
    },
};
use silta_store::{
    SqliteSettings, SqliteStore, Store,
    record::{Arrival, Document, Event, Position, Receipt},
};
use tempfile::TempDir;

use crate::{
    gateway::{
        client::{Answer, Client, Connection},
        scene::server,
    },
    support::host::{Borrowed, host},
};

/// A token, and what a client sends of it.
pub(crate) struct Secret(NewToken);

impl Secret {
    pub(crate) fn new() -> Self {
        Self(NewToken::draw().unwrap())
    }

    pub(crate) fn text(&self) -> &str {
        self.0.reveal()
    }

    /// What the configuration has of it.
    pub(crate) fn token(&self, id: &str, agencies: &[&str], may: &[Permission]) -> PlatformToken {
        PlatformToken {
            id: id.into(),
            sha256: self.0.sha256(),
            agencies: agencies.iter().map(|agency| (*agency).to_owned()).collect(),
            may: may.iter().copied().collect(),
            limits: TokenLimits::default(),
        }
    }
}

/// An API with `courier` behind it, `ghost`, which nothing serves, and a token for everything.
pub(crate) struct Scene {
    pub(crate) address: SocketAddr,
    pub(crate) store: Arc<SqliteStore>,
    pub(crate) secret: Secret,
    pub(crate) client: Client,
    gateway: Option<Gateway>,
    _host: Borrowed,
    _folder: TempDir,
}

impl Scene {
    pub(crate) fn new() -> Self {
        Self::with(PlatformLimits::default(), |_| Vec::new())
    }

    pub(crate) fn within(limits: PlatformLimits) -> Self {
        Self::with(limits, |_| Vec::new())
    }

    /// With other tokens beside the one for everything.
    pub(crate) fn knowing(tokens: Vec<PlatformToken>) -> Self {
        Self::with(PlatformLimits::default(), |_| tokens)
    }

    /// With other limits, and with tokens beside, or in place of, the one for everything.
    pub(crate) fn with(
        limits: PlatformLimits,
        tokens: impl FnOnce(&Secret) -> Vec<PlatformToken>,
    ) -> Self {
        let secret = Secret::new();
        let mut tokens = tokens(&secret);
        let all = secret.token("all", &["*"], &Permission::ALL);
        if tokens.iter().all(|token| token.sha256 != all.sha256) {
            tokens.push(all);
        }
        let host = host();
        let folder = TempDir::new().unwrap();
        let store = SqliteStore::open(folder.path(), SqliteSettings::default()).unwrap();
        let store = Arc::new(store);
        let identity = ListenerPair {
            private_key: server().key.clone().into(),
            certificates: server().certificate.clone().into(),
        };
        let agencies = [
            ("courier", courier(&host)),
            ("ghost", host.runtime.handle("ghost")),
        ];
        let setup = PlatformSetup {
            config: PlatformConfig {
                address: ([127, 0, 0, 1], 0).into(),
                identity: Some(identity),
                tokens,
                limits,
            },
            agencies: agencies
                .map(|(id, agency)| ServedAgency::new(id, agency, 4))
                .into(),
            store: store.clone(),
            pushed: Vec::new(),
            deployer: None,
        };
        let gateway = Gateway::new().unwrap();
        let listener = gateway.listen_for_platform(setup).unwrap();
        Self {
            address: listener.address(),
            store,
            secret,
            client: Client::trusting(server()),
            gateway: Some(gateway),
            _host: host,
            _folder: folder,
        }
    }

    pub(crate) fn stop(&mut self) {
        drop(self.gateway.take());
    }

    /// A request on a connection of its own.
    #[track_caller]
    pub(crate) fn ask(&self, request: &Request<'_>) -> Answer {
        let mut connection = self.connect(request);
        connection.answer_to(request.method).unwrap()
    }

    /// A request whose answer nobody waits for yet.
    pub(crate) fn connect(&self, request: &Request<'_>) -> Connection {
        let mut connection = self.client.connect(self.address);
        connection.send(&request.bytes(self.secret.text()));
        connection
    }

    /// Sends one request more than have room. Once one is refused the others are under way: those, and the refusal.
    pub(crate) fn fill<'a>(
        &self,
        room: usize,
        request: impl Fn() -> Request<'a>,
    ) -> (Vec<Connection>, Answer) {
        let mut sent: Vec<_> = (0..=room).map(|_| self.connect(&request())).collect();
        loop {
            let is_answered = |one: &mut Connection| !one.is_silent_for(Duration::from_millis(10));
            if let Some(answered) = sent.iter_mut().position(is_answered) {
                let refusal = sent.swap_remove(answered).answer();
                return (sent, refusal);
            }
        }
    }

    #[track_caller]
    pub(crate) fn get(&self, path: &str) -> Answer {
        self.ask(&Request::new("GET", path))
    }

    /// A JSON body.
    #[track_caller]
    pub(crate) fn post(&self, path: &str, body: &Value) -> Answer {
        self.ask(&Request::new("POST", path).json(body))
    }

    /// Puts an entry with one event and one document into the inbox.
    pub(crate) fn arrive(&self, agency: &str, key: &str) -> Position {
        let document = Document {
            name: "päätös.txt".into(),
            media_type: "text/plain".into(),
            content: key.as_bytes().into(),
        };
        self.bring(agency, key, vec![document])
    }

    pub(crate) fn bring(&self, agency: &str, key: &str, documents: Vec<Document>) -> Position {
        let arrival = Arrival {
            agency: agency.into(),
            operation: "notify".into(),
            events: vec![Event {
                kind: "message".into(),
                data: r#"{"sum": 1.10}"#.into(),
                deduplication_key: key.into(),
                about: None,
            }],
            documents,
            ..Arrival::default()
        };
        match Store::commit(&*self.store, &arrival).unwrap() {
            Receipt::New(position) => position,
            Receipt::Duplicate(_) => panic!("{key} came before"),
        }
    }
}

fn courier(host: &Borrowed) -> Agency {
    let password = vec![b"Zmlyc3QtcGFzc3dvcmQtMQ==".to_vec()];
    let deployment = Deployment::from_bytes(artifacts::COURIER.bytes)
        .with_settings(r#"{"url": "https://localhost:1", "user": "tester"}"#)
        .with_secrets(Secrets::new().with("password", password));
    host.runtime.deploy("courier", deployment).unwrap()
}

/// A request.
pub(crate) struct Request<'a> {
    method: &'a str,
    path: &'a str,
    /// `None`: that of the scene.
    token: Option<&'a str>,
    fields: Vec<(&'a str, String)>,
    body: Option<Vec<u8>>,
}

impl<'a> Request<'a> {
    pub(crate) fn new(method: &'a str, path: &'a str) -> Self {
        Self {
            method,
            path,
            token: None,
            fields: Vec::new(),
            body: None,
        }
    }

    /// A submission of JSON.
    pub(crate) fn submission(body: &Value) -> Self {
        Self::new("POST", DELIVER).json(body)
    }

    pub(crate) fn by(self, token: &'a str) -> Self {
        let token = Some(token);
        Self { token, ..self }
    }

    pub(crate) fn field(mut self, name: &'a str, value: impl Into<String>) -> Self {
        self.fields.push((name, value.into()));
        self
    }

    pub(crate) fn body(mut self, media_type: &str, body: impl Into<Vec<u8>>) -> Self {
        self.body = Some(body.into());
        self.field("Content-Type", media_type)
    }

    pub(crate) fn json(self, body: &Value) -> Self {
        self.body("application/json", body.to_string())
    }

    fn bytes(&self, token: &str) -> Vec<u8> {
        let mut head = format!(
            "{} {} HTTP/1.1\r\nHost: localhost\r\n",
            self.method, self.path
        );
        match self.token.unwrap_or(token) {
            "" => {}
            token => head += &format!("Authorization: Bearer {token}\r\n"),
        }
        for (name, value) in &self.fields {
            head += &format!("{name}: {value}\r\n");
        }
        if let Some(body) = &self.body {
            head += &format!("Content-Length: {}\r\n", body.len());
        }
        head += "\r\n";
        let body = self.body.as_deref().unwrap_or_default();
        [head.as_bytes(), body].concat()
    }
}

pub(crate) const DELIVER: &str = "/v1/agencies/courier/operations/deliver";

/// A form with what a delivery needs, and a file.
pub(crate) fn form(parameters: &Value, payload: &str, files: &[(&str, &str)]) -> (String, Vec<u8>) {
    let mut body = format!(
        "--b\r\nContent-Disposition: form-data; name=\"parameters\"\r\n\r\n{parameters}\r\n--b\r\nContent-Disposition: form-data; name=\"payload\"; filename=\"x\"\r\nContent-Type: text/plain\r\n\r\n{payload}\r\n"
    );
    for (name, content) in files {
        body += &format!(
            "--b\r\nContent-Disposition: form-data; name=\"attachment\"; filename=\"{name}\"\r\nContent-Type: application/pdf\r\n\r\n{content}\r\n"
        );
    }
    body += "--b--\r\n";
    (
        "multipart/form-data; boundary=b".to_owned(),
        body.into_bytes(),
    )
}

/// What every problem has.
#[track_caller]
pub(crate) fn assert_problem(answer: &Answer, status: u16, code: &str) {
    assert_eq!(
        answer.header("content-type"),
        Some("application/problem+json"),
        "{answer:?}"
    );
    let problem = answer.json();
    let told = (
        answer.status,
        problem["status"].clone(),
        problem["code"].clone(),
    );
    assert_eq!(told, (status, json!(status), json!(code)), "{problem}");
    for member in ["type", "title", "detail", "fault", "remedy"] {
        assert!(
            problem[member]
                .as_str()
                .is_some_and(|text| !text.is_empty()),
            "{problem}"
        );
    }
    assert!(
        problem["type"]
            .as_str()
            .unwrap()
            .starts_with("/v1/problems/")
    );
}

/// Parameters that the component takes.
pub(crate) fn parameters() -> Value {
    json!({"recipient": "r-1", "subject": "s"})
}
