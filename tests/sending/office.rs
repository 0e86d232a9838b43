// SPDX-License-Identifier: Apache-2.0
//! A store, and gateways that send what is in it.

use std::{
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

use silta::Agency;
use silta_gateway::{
    Gateway, SendingAgency, SendingSettings, SendingSetup, ServedAgency,
    outbound::{ConnectSettings, HttpClient},
};
use silta_store::{
    SqliteSettings, SqliteStore, Store,
    record::{Document, Entry, Event, Listing, OperationId, OperationState, Submission, Submitted},
};

use crate::operations::{
    journey::{Task, World},
    server::settings as trusting,
};

/// No honest step takes as long.
const PATIENCE: Duration = Duration::from_secs(60);

/// An agency, and a store whose operations are for it.
pub(super) struct Office {
    pub(super) world: World,
    pub(super) store: Arc<dyn Store>,
}

/// A program that sends: dropping it stops it.
pub(super) struct Process(pub(super) Gateway);

/// Quick, so that nobody waits for what is a matter of time alone.
pub(super) fn quick() -> SendingSettings {
    SendingSettings {
        look: Duration::from_millis(20),
        first_delay: Duration::from_millis(10),
        longest_delay: Duration::from_millis(80),
        longest_unsent_delay: Duration::from_millis(40),
        breaker_first: Duration::from_millis(10),
        breaker_longest: Duration::from_millis(40),
        ..SendingSettings::default()
    }
}

impl Office {
    pub(super) fn new() -> Self {
        Self::with(SqliteSettings::default())
    }

    pub(super) fn with(settings: SqliteSettings) -> Self {
        let world = World::new();
        let folder = world.folder().join("store");
        let store = SqliteStore::open(&folder, settings).unwrap();
        let store = Arc::new(store);
        Self { world, store }
    }

    /// A process that sends for Courier.
    pub(super) fn courier(&self, settings: SendingSettings) -> Process {
        self.process(("courier", self.world.courier()), trusting(), settings)
    }

    /// One that sends for the component that does as the answer says.
    pub(super) fn rogue(&self, settings: SendingSettings) -> Process {
        let connect = self.world.server.settings_by_proxy();
        self.process(("rogue", self.world.rogue_agency()), connect, settings)
    }

    pub(super) fn process(
        &self,
        (id, agency): (&str, Agency),
        connect: ConnectSettings,
        settings: SendingSettings,
    ) -> Process {
        let gateway = Gateway::new().unwrap();
        gateway.send(SendingSetup {
            store: Arc::clone(&self.store),
            node: "one".into(),
            agencies: vec![SendingAgency {
                served: ServedAgency::new(id, agency, 16),
                http: HttpClient::new(connect).unwrap(),
                mail: None,
                // The component's poll is for those who ask for it.
                polls: [("list".to_owned(), no_poll())].into(),
            }],
            settings,
        });
        Process(gateway)
    }

    pub(super) fn submit(&self, task: &Task) -> OperationId {
        let submitted = self.store.submit(&submission(task)).unwrap();
        let (Submitted::New(id) | Submitted::Known(id)) = submitted;
        id
    }

    pub(super) fn state(&self, id: OperationId) -> OperationState {
        self.store.operation(id).unwrap().unwrap().state
    }

    /// Waits until something holds.
    #[track_caller]
    pub(super) fn until(&self, what: &str, holds: impl Fn(&Self) -> bool) {
        let begun = Instant::now();
        while !holds(self) {
            let queues = self.store.status().unwrap();
            assert!(begun.elapsed() < PATIENCE, "{what}: {queues:?}");
            thread::sleep(Duration::from_millis(5));
        }
    }

    /// Waits until an operation has ended.
    #[track_caller]
    pub(super) fn until_ended(&self, id: OperationId) -> OperationState {
        self.until("it ends", |it| it.state(id).ended.is_some());
        self.state(id)
    }

    #[track_caller]
    pub(super) fn until_held(&self, id: OperationId) -> OperationState {
        self.until("it is held", |it| it.state(id).held.is_some());
        self.state(id)
    }

    #[track_caller]
    pub(super) fn until_all_ended(&self) {
        self.until("all end", |it| it.store.status().unwrap().queued == 0);
    }

    pub(super) fn entries(&self) -> Vec<Entry> {
        let listing = Listing {
            limit: 1_000,
            ..Listing::default()
        };
        self.store.list(&listing).unwrap()
    }

    /// All events of the inbox.
    pub(super) fn events(&self) -> Vec<Event> {
        let entries = self.entries().into_iter();
        entries.flat_map(|entry| entry.received.events).collect()
    }
}

pub(super) fn no_poll() -> silta_gateway::PollSettings {
    silta_gateway::PollSettings {
        enabled: false,
        ..silta_gateway::PollSettings::default()
    }
}

pub(super) fn submission(task: &Task) -> Submission {
    let content = |blob: &silta::Blob| blob.to_vec().into();
    let attachments = task.content.attachments.iter().map(|attachment| Document {
        name: attachment.name.clone(),
        media_type: attachment.media_type.clone(),
        content: content(&attachment.content),
    });
    Submission {
        agency: task.agency.into(),
        operation: task.operation.into(),
        parameters: task.parameters.into(),
        payload: task.content.payload.as_ref().map(content),
        attachments: attachments.collect(),
        ..Submission::default()
    }
}
