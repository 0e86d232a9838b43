// SPDX-License-Identifier: Apache-2.0
//! What the tests of the operator's pages start from.

use std::{
    collections::BTreeSet,
    io::{Read, Write},
    net::{SocketAddr, TcpStream},
    sync::Arc,
    time::{Duration, SystemTime},
};

use roxmltree::Document;
use silta::Runtime;
use silta_gateway::{CertificateEnd, Certificates, Gateway, OperatorSetup, PageSetup};
use silta_store::{
    SqliteSettings, SqliteStore, Store,
    record::{
        Arrival, Claim, Event, Note, OperationId, Outcome, Position, Receipt, Submission, Submitted,
    },
};
use tempfile::TempDir;

/// No answer takes as long.
pub(super) const PATIENCE: Duration = Duration::from_secs(30);

/// Pages for `courier` and `ghost`.
pub(super) struct Scene {
    pub(super) address: SocketAddr,
    pub(super) store: Arc<SqliteStore>,
    pub(super) certificates: Certificates,
    gateway: Option<Gateway>,
    _runtime: Runtime,
    _folder: TempDir,
}

/// An answer.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: u16,
    head: String,
    pub(super) body: String,
}

impl Scene {
    pub(super) fn new() -> Self {
        Self::with(|_| {})
    }

    /// One on which operations may be decided on.
    pub(super) fn deciding() -> Self {
        Self::with(|page| page.actions = true)
    }

    pub(super) fn with(change: impl FnOnce(&mut PageSetup)) -> Self {
        let runtime = Runtime::builder().build().unwrap();
        let folder = TempDir::new().unwrap();
        let store = SqliteStore::open(folder.path(), SqliteSettings::default()).unwrap();
        let store = Arc::new(store);
        let courier = runtime.handle("courier");
        let certificates = Certificates::default();
        let mut page = PageSetup {
            agencies: vec![
                ("courier".into(), courier.clone()),
                ("ghost".into(), runtime.handle("ghost")),
            ],
            certificates: certificates.clone(),
            hosts: Vec::new(),
            actions: false,
            user: None,
            deployer: None,
            live_streams: 2,
        };
        change(&mut page);
        let gateway = Gateway::new().unwrap();
        let address = gateway
            .listen_for_operator(OperatorSetup {
                address: ([127, 0, 0, 1], 0).into(),
                store: store.clone(),
                agencies: vec![("courier".into(), courier)],
                page: Some(page),
            })
            .unwrap();
        Self {
            address,
            store,
            certificates,
            gateway: Some(gateway),
            _runtime: runtime,
            _folder: folder,
        }
    }

    pub(super) fn stop(&mut self) {
        drop(self.gateway.take());
    }

    /// What is answered to a head, whose connection is closed after it, and a body.
    #[track_caller]
    pub(super) fn ask(&self, line: &str, fields: &[(&str, &str)], body: &str) -> Answer {
        let mut stream = self.send(line, fields, body);
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        Answer {
            status,
            head: head.to_owned(),
            body: body.to_owned(),
        }
    }

    /// A request whose answer nobody waits for yet.
    pub(super) fn send(&self, line: &str, fields: &[(&str, &str)], body: &str) -> TcpStream {
        let mut stream = TcpStream::connect(self.address).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        let mut head = format!("{line} HTTP/1.1\r\nConnection: close\r\n");
        if !fields.iter().any(|(name, _)| *name == "Host") {
            head += &format!("Host: {}\r\n", self.address);
        }
        for (name, value) in fields {
            head += &format!("{name}: {value}\r\n");
        }
        if line.starts_with("POST") {
            head += &format!("Content-Length: {}\r\n", body.len());
        }
        stream
            .write_all(format!("{head}\r\n{body}").as_bytes())
            .unwrap();
        stream
    }

    #[track_caller]
    pub(super) fn get(&self, path: &str) -> Answer {
        self.in_language(path, "en")
    }

    #[track_caller]
    pub(super) fn in_language(&self, path: &str, language: &str) -> Answer {
        let line = format!("GET {path}");
        self.ask(&line, &[("Accept-Language", language)], "")
    }

    /// A page that is there and whose markup is sound.
    #[track_caller]
    pub(super) fn page(&self, path: &str, language: &str) -> Answer {
        let answer = self.in_language(path, language);
        assert_eq!(answer.status, 200, "{path}: {answer:?}");
        answer.is_sound(path);
        answer
    }

    pub(super) fn submit(&self, agency: &str, operation: &str) -> OperationId {
        self.submit_as(&Submission {
            agency: agency.into(),
            operation: operation.into(),
            parameters: "{}".into(),
            ..Submission::default()
        })
    }

    pub(super) fn submit_as(&self, submission: &Submission) -> OperationId {
        match self.store.submit(submission).unwrap() {
            Submitted::New(id) | Submitted::Known(id) => id,
        }
    }

    /// Gives an operation out and back with what its run came to. Everything that can be claimed has been before.
    pub(super) fn settle(&self, id: OperationId, outcome: &Outcome) {
        let claim = Claim {
            owner: "one".into(),
            limit: 1_000,
            duration: Duration::from_secs(60),
            ..Claim::default()
        };
        let claimed = self.store.claim(&claim).unwrap();
        let claimed = claimed.iter().find(|claimed| claimed.operation.id == id);
        self.store.settle(&claimed.unwrap().lease, outcome).unwrap();
    }

    /// An operation that is held.
    pub(super) fn held(&self, class: &str, text: &str) -> OperationId {
        let id = self.submit("courier", "deliver");
        self.settle(id, &held(class, text));
        id
    }

    pub(super) fn arrive(&self, event: Event) -> Position {
        let arrival = Arrival {
            agency: "courier".into(),
            operation: "notify".into(),
            events: vec![event],
            ..Arrival::default()
        };
        match Store::commit(&*self.store, &arrival).unwrap() {
            Receipt::New(position) | Receipt::Duplicate(position) => position,
        }
    }

    /// Something that runs out so many days from now.
    pub(super) fn runs_out(&self, days: u64) {
        self.certificates.set(vec![CertificateEnd {
            role: "agencies.courier.keys.sender.certificates".into(),
            subject: Some("CN=Virasto".into()),
            at: SystemTime::now() + Duration::from_secs(days * 86_400 + 3_600),
        }]);
    }
}

pub(super) fn held(class: &str, text: &str) -> Outcome {
    Outcome::Held {
        why: text.into(),
        progress: None,
        note: Some(Note {
            class: class.into(),
            code: "code-17".into(),
            text: text.into(),
            counts: true,
        }),
    }
}

impl Answer {
    pub(super) fn field(&self, name: &str) -> Option<&str> {
        let mut lines = self.head.lines().filter_map(|line| line.split_once(": "));
        let found = lines.find(|(known, _)| known.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value)
    }

    #[track_caller]
    pub(super) fn has(&self, text: &str) {
        assert!(self.body.contains(text), "{text} is not in {}", self.body);
    }

    #[track_caller]
    pub(super) fn has_not(&self, text: &str) {
        assert!(!self.body.contains(text), "{text} is in {}", self.body);
    }

    /// Markup that XML has no objection to either, without scripts and styles in it, each Id once.
    #[track_caller]
    pub(super) fn is_sound(&self, path: &str) {
        let text = self.body.strip_prefix("<!DOCTYPE html>\n").unwrap();
        let document = Document::parse(text.trim());
        let document = document.unwrap_or_else(|error| panic!("{path}: {error}: {text}"));
        let mut ids = BTreeSet::new();
        for element in document.descendants().filter(roxmltree::Node::is_element) {
            let name = element.tag_name().name();
            assert!(
                !["style", "iframe", "object"].contains(&name),
                "{path}: {name}"
            );
            if name == "script" {
                assert_eq!(element.text(), None, "{path}");
            }
            for attribute in element.attributes() {
                let (name, value) = (attribute.name(), attribute.value());
                assert!(!name.starts_with("on") && name != "style", "{path}: {name}");
                if name == "id" {
                    assert!(ids.insert(value.to_owned()), "{path}: {value} twice");
                }
                if name == "href" || name == "src" || name == "action" {
                    let is_ours = value.starts_with('/') && !value.starts_with("//");
                    assert!(
                        is_ours || value == "#content" || value == "data:,",
                        "{path}: {value}"
                    );
                }
            }
        }
    }

    /// Where its links lead, but for those about health, whose status is an answer by itself.
    pub(super) fn links(&self) -> Vec<String> {
        let pieces = self.body.split("href=\"").skip(1);
        let links = pieces.filter_map(|piece| piece.split_once('"'));
        let links = links.map(|(link, _)| link.replace("&#38;", "&").replace("&amp;", "&"));
        let is_page = |link: &String| link.starts_with('/') && !link.starts_with("/health/");
        links.filter(is_page).collect()
    }

    /// The value of a hidden field of its form.
    pub(super) fn hidden(&self, name: &str) -> String {
        let (_, rest) = self
            .body
            .split_once(&format!("name=\"{name}\" value=\""))
            .unwrap_or_else(|| panic!("no field {name} in {}", self.body));
        rest.split('"').next().unwrap().to_owned()
    }
}
