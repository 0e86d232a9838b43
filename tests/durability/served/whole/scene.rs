// SPDX-License-Identifier: Apache-2.0
//! The program between agencies that it calls and a platform that calls it, and what all of them have written down.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    sync::{Mutex, MutexGuard, PoisonError},
};

use serde_json::Value;
use silta_simulators::Simulator;

use super::{
    called::{Called, LISTS},
    platform::{Answer, Platform},
    story::{CUSTOMS, Ended, Kept, MAIL, REST, Story},
};
use crate::program::Program;

/// Pauses as short as they may be.
const SENDING: &str = "
[sending]
look-milliseconds = 200
first-delay-seconds = 1
longest-delay-seconds = 2
longest-unsent-delay-seconds = 2
lease-seconds = 10
breaker-first-seconds = 1
breaker-longest-seconds = 2
";

/// What Suomi.fi tells of each message: that it is in the mailbox, and that it has been opened.
const STATUSES: usize = 2;

/// The configuration that it is run by.
pub(crate) const CONFIGURATION: &str = "whole.toml";

/// Program, agencies, and what has been written down so far.
pub(crate) struct Scene {
    pub(crate) program: Program,
    pub(crate) called: Called,
    pub(crate) platform: Platform,
    token: String,
    books: Mutex<Books>,
}

/// What is written down.
#[derive(Default)]
pub(crate) struct Books {
    /// What is known without asking: submissions, deliveries, and what was said of them.
    pub(crate) story: Story,
    /// Tokens of what was refused at once: none of it may reach an agency.
    pub(crate) refused: BTreeSet<String>,
    /// Entries that have been handed out, the operations that brought them, and how many events there are of each kind.
    seen: BTreeSet<u64>,
    brought: BTreeSet<u64>,
    kinds: BTreeMap<(String, String), usize>,
    /// Entries of each agency that no operation brought.
    called: BTreeMap<String, usize>,
    /// Submissions that were asked for once more and got the same answer; requests without an answer.
    pub(crate) again: u64,
    pub(crate) unanswered: u64,
    /// Submissions that were to come again later.
    pub(crate) put_off: u64,
    /// What somebody had to decide on.
    pub(crate) decided: u64,
}

impl Books {
    /// An entry was handed out.
    pub(crate) fn see(&mut self, entry: &Value) {
        if !self.seen.insert(entry["position"].as_u64().unwrap()) {
            return;
        }
        let agency = entry["agency"].as_str().unwrap_or_default();
        match entry["source"]["operation"].as_u64() {
            Some(operation) => {
                self.brought.insert(operation);
            }
            None => *self.called.entry(agency.to_owned()).or_default() += 1,
        }
        for event in entry["events"].as_array().unwrap() {
            let kind = event["kind"].as_str().unwrap();
            let kind = (agency.to_owned(), kind.to_owned());
            *self.kinds.entry(kind).or_default() += 1;
        }
    }

    /// How many events of a kind an agency has brought.
    pub(crate) fn number(&self, agency: &str, kind: &str) -> usize {
        let kind = (agency.to_owned(), kind.to_owned());
        self.kinds.get(&kind).copied().unwrap_or_default()
    }

    /// How many entries an agency has brought by itself.
    pub(crate) fn called(&self, agency: &str) -> usize {
        self.called.get(agency).copied().unwrap_or_default()
    }
}

impl Scene {
    /// The configuration that it is run by.
    pub(crate) const CONFIGURATION: &str = CONFIGURATION;

    /// With a change to the configuration, by the dotted name of each setting.
    pub(crate) fn new(changes: &[(&str, toml::Value)]) -> Self {
        let program = Program::made_for(&[CUSTOMS, REST, MAIL]);
        let called = Called::start(&program);
        Self::of((program, called), "submit,read,inbox,decide", changes)
    }

    /// Of a program and the agencies that it calls, with a client that may do this, and changes as in [`new`](Self::new).
    pub(crate) fn of(
        (program, called): (Program, Called),
        may: &str,
        changes: &[(&str, toml::Value)],
    ) -> Self {
        let made = program.run(&["token", "new", "--id", "erp", "--may", may, "--json"]);
        let made: Value = serde_json::from_slice(&made).unwrap();
        let scene = Self {
            platform: Platform::new(&program, made["token"].as_str().unwrap()),
            token: made["token"].as_str().unwrap().to_owned(),
            program,
            called,
            books: Mutex::default(),
        };
        scene.configure(made["table"].as_str().unwrap(), changes);
        scene
    }

    fn configure(&self, token: &str, changes: &[(&str, toml::Value)]) {
        let text = fs::read_to_string(self.program.path("silta.toml")).unwrap();
        let platform = format!(
            "\n[platform]\naddress = \"{}\"\ncertificates = \"pki/gateway.pem\"\nprivate-key = \"pki/gateway.key.pem\"\n\n{token}\n",
            self.program.platform()
        );
        let mut table: toml::Table = (text + SENDING + &platform).parse().unwrap();
        let lists = i64::try_from(LISTS.as_secs()).unwrap();
        let mail_port = self.called.mail.address().port();
        let settings = |agency: &str, name: &str| format!("agencies.{agency}.settings.{name}");
        let own: [(String, toml::Value); 12] = [
            (settings(CUSTOMS, "url"), self.called.customs.url().into()),
            (settings(CUSTOMS, "calls-per-minute"), 6_000.into()),
            (settings(CUSTOMS, "calls-at-once"), 4.into()),
            (settings(CUSTOMS, "list.interval-seconds"), lists.into()),
            (
                "agencies.tulli.polls.download-list.interval-seconds".to_owned(),
                lists.into(),
            ),
            (settings(REST, "url"), self.called.rest.url().into()),
            (settings(REST, "max-requests-per-second"), 1000.into()),
            (settings(REST, "max-concurrency"), 4.into()),
            (settings(REST, "timeout-seconds"), 5.into()),
            (
                "agencies.suomifi-rest.polls.poll-events.interval-seconds".to_owned(),
                2.into(),
            ),
            (
                format!("agencies.{MAIL}.relay.port"),
                i64::from(mail_port).into(),
            ),
            ("sending.rate-margin-milliseconds".to_owned(), 100.into()),
        ];
        for (name, value) in own {
            set(&mut table, &name, value);
        }
        for (name, value) in changes {
            set(&mut table, name, value.clone());
        }
        fs::write(self.program.path(CONFIGURATION), table.to_string()).unwrap();
    }

    /// The token of its client.
    pub(crate) fn token(&self) -> &str {
        &self.token
    }

    /// Whether everything that was submitted has ended; polls go on.
    pub(crate) fn is_idle(&self) -> bool {
        let open = ["queued", "running", "waiting", "held"];
        open.iter().all(|state| {
            let path = format!("/v1/operations?state={state}&limit=100");
            let Answer::Came(200, list) = self.platform.get(&path) else {
                return false;
            };
            let mut operations = list["operations"].as_array().unwrap().iter();
            let is_poll = |name: &Value| name == "poll-events" || name == "download-list";
            operations.all(|operation| is_poll(&operation["operation"]))
        })
    }

    pub(crate) fn books(&self) -> MutexGuard<'_, Books> {
        self.books.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Submissions of which nothing has come out of the inbox.
    pub(crate) fn left(&self) -> usize {
        let books = self.books();
        let submitted = books.story.submitted.iter();
        submitted
            .filter(|it| !books.brought.contains(&it.id))
            .count()
    }

    /// Whether the platform has had all that agencies know: results, replies of Customs, states of messages.
    pub(crate) fn is_complete(&self) -> bool {
        let (replies, messages) = (self.called.replies(), self.called.messages());
        let books = self.books();
        let is_complete = books.number(CUSTOMS, "message-downloaded") >= replies
            && books.number(REST, "delivery-status") >= STATUSES * messages;
        drop(books);
        is_complete && self.left() == 0
    }

    /// Decides on what is held: a mail of which nobody knows is given up, and all else goes on.
    pub(crate) fn decide(&self) {
        let held = self.platform.get("/v1/operations?state=held&limit=1000");
        let Answer::Came(200, held) = held else {
            return;
        };
        for operation in held["operations"].as_array().unwrap() {
            let what = match operation["agency"].as_str() == Some(MAIL) {
                true => "cancel",
                false => "resume",
            };
            let path = format!("/v1/operations/{}/{what}", operation["id"]);
            if let Answer::Came(204, _) = self.platform.post(&path, &Value::Null) {
                self.books().decided += 1;
            }
        }
    }

    /// How each operation ended, as the API says.
    pub(crate) fn ended(&self) -> Vec<(u64, Ended)> {
        let mut all = Vec::new();
        let mut after = 0;
        loop {
            let path = format!("/v1/operations?limit=1000&after={after}");
            let Answer::Came(200, page) = self.platform.get(&path) else {
                panic!("operations are not listed");
            };
            for operation in page["operations"].as_array().unwrap() {
                let ended = &operation["ended"];
                if let Some(end) = ended["end"].as_str() {
                    let ended = Ended {
                        end: end.to_owned(),
                        entry: ended["entry"]["position"].as_u64(),
                    };
                    all.push((operation["id"].as_u64().unwrap(), ended));
                }
            }
            match page["more"].as_u64() {
                Some(more) => after = more,
                None => return all,
            }
        }
    }

    /// The inbox, as the program has it once nothing runs.
    pub(crate) fn kept(&self) -> Vec<Kept> {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let entries = self.program.entries().into_iter();
        let kept = entries.map(|entry| Kept {
            position: entry["position"].as_u64().unwrap(),
            agency: text(&entry["agency"]),
            operation: entry["source"]["operation"].as_u64(),
            events: entry["events"]
                .as_array()
                .unwrap()
                .iter()
                .map(|event| (text(&event["kind"]), text(&event["deduplicationKey"])))
                .collect(),
            is_acknowledged: !entry["acknowledged"].is_null(),
        });
        kept.collect()
    }
}

fn set(table: &mut toml::Table, name: &str, value: toml::Value) {
    match name.split_once('.') {
        None => drop(table.insert(name.to_owned(), value)),
        Some((first, rest)) => {
            let below = table.entry(first);
            let below = below.or_insert_with(|| toml::Table::new().into());
            set(below.as_table_mut().unwrap(), rest, value);
        }
    }
}
