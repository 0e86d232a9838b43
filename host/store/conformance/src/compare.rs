// SPDX-License-Identifier: Apache-2.0
//! The same commands, the same facts.

use std::{collections::BTreeMap, fmt::Debug, time::Duration};

use silta_store::{
    Content, Store, Timestamp,
    record::{
        ActListing, Actor, Arrival, AtOnce, Budget, Claim, Decision, Desired, DesiredAgency,
        Document, Ending, Lease, LeaseWish, NewGeneration, NodePhase, NodeState, Note, OperationId,
        OperationListing, OperationPhase, Outcome, Phase, Position, Retention, Revision, Status,
        Submission,
    },
};

use crate::{
    bed::{Bed, START},
    command::Command,
    given::{
        arrival, document, ended, entries, event, follow_up, generation, generations, key, order,
        rejection, submission,
    },
};

/// Gives the same commands to two stores. It panics where an answer of one is not that of the other, down to the numbers of entries and operations.
pub fn agree(first: &mut dyn Bed, second: &mut dyn Bed, commands: &[Command]) {
    let mut pair = Pair {
        first,
        second,
        clock: START,
        leases: Vec::new(),
        claims: Vec::new(),
    };
    for command in commands {
        pair.ask(command);
    }
    pair.compare_all();
}

struct Pair<'b> {
    first: &'b mut dyn Bed,
    second: &'b mut dyn Bed,
    clock: Timestamp,
    /// What was given out, for commands to come.
    leases: Vec<Lease<Position>>,
    claims: Vec<Lease<OperationId>>,
}

impl Pair<'_> {
    /// The answer of both.
    fn both<T: PartialEq + Debug>(&self, what: impl Fn(&dyn Store) -> T) -> T {
        let (first, second) = (what(self.first.store()), what(self.second.store()));
        assert_eq!(first, second);
        first
    }

    fn ask(&mut self, command: &Command) {
        match command {
            Command::Commit(agency, events, documents, follow_ups) => {
                let arrival = Arrival {
                    agency: name(*agency),
                    events: events.iter().map(|key| event(&key.to_string())).collect(),
                    documents: documents_of(documents),
                    follow_ups: follow_ups
                        .iter()
                        .map(|key| follow_up(&key.to_string()))
                        .collect(),
                    ..arrival(&[])
                };
                let _ = self.both(|store| store.commit(&arrival));
            }
            Command::Lease(limit, agency) => {
                let agency = agency.map(name);
                let wish = LeaseWish {
                    owner: "o".into(),
                    agency,
                    limit: *limit,
                    duration: Duration::from_secs(60),
                    ..LeaseWish::default()
                };
                let leased = self.both(|store| store.lease(&wish)).unwrap();
                self.leases.extend(leased.iter().map(|leased| leased.lease));
            }
            Command::Acknowledge(taken, with_epoch) => {
                if let Some(lease) = pick(&self.leases, *taken) {
                    let epoch = with_epoch.then_some(lease.epoch);
                    let _ = self.both(|store| store.acknowledge(lease.id, epoch));
                }
            }
            Command::HandBack(taken, delay) => {
                if let Some(lease) = pick(&self.leases, *taken) {
                    let _ = self.both(|store| store.hand_back(&lease, seconds(*delay)));
                }
            }
            Command::ExtendLease(taken, duration) => {
                if let Some(lease) = pick(&self.leases, *taken) {
                    let _ = self.both(|store| store.extend_lease(&lease, seconds(*duration)));
                }
            }
            Command::Submit(agency, lane, is_poll, delay, idempotency, payload) => {
                let wish = Submission {
                    agency: name(*agency),
                    lane: lane.map(name),
                    poll: is_poll.then(|| "p".to_owned()),
                    delay: seconds(*delay),
                    idempotency: idempotency.and_then(|number| key("c", &number.to_string())),
                    payload: payload.map(content),
                    replay_of: payload.map(|_| OperationId(1)),
                    by: lane.map(|_| Actor::token("erp")),
                    ..submission("send")
                };
                let _ = self.both(|store| store.submit(&wish));
            }
            Command::Claim(limit, agency) => {
                let agencies = agency.map(name).into_iter().collect();
                let claim = Claim {
                    owner: "o".into(),
                    agencies,
                    // Now and then the follow-ups are left out.
                    except: match limit % 3 {
                        0 => vec!["download".into()],
                        _ => Vec::new(),
                    },
                    // And now and then of the others one is out at once.
                    at_once: match limit % 2 {
                        0 => vec![AtOnce {
                            operation: "send".to_owned(),
                            most: 1,
                        }],
                        _ => Vec::new(),
                    },
                    limit: *limit,
                    duration: Duration::from_secs(60),
                };
                let _ = self.both(|store| store.due(&claim));
                let _ = self.both(|store| store.open_run("vero", "p"));
                let claimed = self.both(|store| store.claim(&claim)).unwrap();
                self.claims
                    .extend(claimed.iter().map(|claimed| claimed.lease));
            }
            claimed @ (Command::Extend(taken, _)
            | Command::Keep(taken, _)
            | Command::Again(taken, ..)
            | Command::Hold(taken)
            | Command::End(taken, ..)
            | Command::Decide(taken, _)) => {
                if let Some(lease) = pick(&self.claims, *taken) {
                    self.ask_of_claimed(&lease, claimed);
                }
            }
            others => self.ask_others(others),
        }
        let _ = self.both(|store| status(store));
    }

    fn ask_of_claimed(&self, lease: &Lease<OperationId>, command: &Command) {
        match command {
            Command::Extend(_, duration) => {
                let _ = self.both(|store| store.extend(lease, seconds(*duration)));
            }
            Command::Keep(_, size) => {
                let _ = self.both(|store| store.keep(lease, &content(*size)));
            }
            Command::Again(_, delay, progress) => {
                let outcome = Outcome::Again {
                    delay: seconds(*delay),
                    progress: progress.map(content),
                    note: Some(note(*delay)),
                };
                let _ = self.both(|store| store.settle(lease, &outcome));
            }
            Command::Hold(_) => {
                let outcome = Outcome::Held {
                    why: "why".into(),
                    progress: None,
                    note: Some(note(1)),
                };
                let _ = self.both(|store| store.settle(lease, &outcome));
            }
            Command::End(_, events, documents, follow_ups, cursor) => {
                let ending = Ending {
                    events: events.iter().map(|key| event(&key.to_string())).collect(),
                    documents: documents_of(documents),
                    follow_ups: follow_ups
                        .iter()
                        .map(|key| follow_up(&key.to_string()))
                        .collect(),
                    cursor: cursor.map(|cursor| cursor.to_string()),
                    ..Ending::default()
                };
                let _ = self.both(|store| store.settle(lease, &ended(ending.clone())));
            }
            Command::Decide(_, resume) => {
                let decision = if *resume {
                    Decision::Resume
                } else {
                    Decision::Cancel
                };
                let seen = lease.epoch.is_multiple_of(2).then_some(lease.epoch);
                let by = Actor::token("erp");
                let _ = self.both(|store| store.decide(lease.id, seen, decision, &by));
            }
            _ => {}
        }
    }

    fn ask_others(&mut self, command: &Command) {
        match command {
            Command::Reserve(agency, calls) => {
                let budget = Budget {
                    agency: name(*agency),
                    name: "n".into(),
                    calls: *calls,
                    window: Duration::from_secs(60),
                    margin: Duration::from_secs(1),
                };
                let _ = self.both(|store| store.reserve(&budget));
            }
            Command::SetDesired(behind, component) => {
                let agency = DesiredAgency {
                    component: name(*component),
                    settings: "s".into(),
                    phase: Phase::Serve,
                    ..DesiredAgency::default()
                };
                let next = Desired {
                    agencies: [("vero".to_owned(), agency)].into(),
                };
                let now = self.both(|store| store.desired()).unwrap().revision;
                let expected = Revision(now.0.saturating_sub(*behind));
                let _ = self.both(|store| store.set_desired(expected, &next));
            }
            Command::RecordGeneration(agency, size, can_serve) => {
                let generation = NewGeneration {
                    component: content(*size),
                    rejection: (!can_serve).then(rejection),
                    ..generation(&name(*agency), b"")
                };
                let _ = self.both(|store| store.record_generation(&generation));
            }
            Command::Serve(behind, vero, tulli) => {
                let now = self.both(|store| store.desired()).unwrap().revision;
                let expected = Revision(now.0.saturating_sub(*behind));
                let of_tulli = tulli.map(|number| order("tulli", number));
                let orders = [order("vero", *vero)].into_iter().chain(of_tulli);
                let orders: Vec<_> = orders.collect();
                let _ = self.both(|store| store.serve_generations(expected, &orders));
            }
            Command::Report(node) => {
                let state = NodeState {
                    node: name(*node),
                    revision: Revision(1),
                    phase: NodePhase::Serving,
                    detail: String::new(),
                    agencies: BTreeMap::new(),
                };
                let _ = self.both(|store| store.report(&state));
            }
            Command::Prune(acknowledged, bytes, unacknowledged, ended, keys, limit) => {
                let retention = Retention {
                    acknowledged_age: acknowledged.map(seconds),
                    acknowledged_bytes: *bytes,
                    unacknowledged_age: unacknowledged.map(seconds),
                    ended_age: ended.map(seconds),
                    keys_age: keys.map(seconds),
                    acts_age: ended.map(seconds),
                    nodes_age: keys.map(seconds),
                    limit: *limit,
                };
                let _ = self.both(|store| store.prune(&retention));
            }
            Command::Clock(step) => {
                self.clock = Timestamp(self.clock.0.saturating_add_signed(step * 1_000));
                self.first.clock().set(self.clock);
                self.second.clock().set(self.clock);
            }
            Command::Reopen => {
                self.first.reopen();
                self.second.reopen();
            }
            _ => {}
        }
    }

    /// Everything that there is.
    fn compare_all(&self) {
        let all = self.both(|store| entries(store));
        let named: Vec<_> = all
            .iter()
            .flat_map(|entry| &entry.received.documents)
            .map(|document| document.body)
            .collect();
        for body in named {
            let content = self.both(|store| store.body(body)).unwrap();
            assert!(content.is_some(), "{body} is named, and not there");
        }
        for claim in &self.claims {
            let _ = self.both(|store| store.runs(claim.id)).unwrap();
            let operation = self.both(|store| store.operation(claim.id)).unwrap();
            if let Some(progress) = operation.and_then(|operation| operation.state.progress) {
                let progress = self.both(|store| store.body(progress)).unwrap();
                assert!(progress.is_some());
            }
        }
        for phase in OperationPhase::ALL.map(Some).into_iter().chain([None]) {
            let listing = OperationListing {
                agencies: phase.map(|_| name(0)).into_iter().collect(),
                phase,
                limit: 1_000,
                ..OperationListing::default()
            };
            let _ = self.both(|store| store.operations(&listing)).unwrap();
        }
        let _ = self.both(|store| store.desired());
        let _ = self.both(|store| store.nodes());
        for agency in ["vero", "tulli"] {
            let all = self.both(|store| generations(store, agency));
            for generation in all {
                let _ = self.both(|store| store.component(&generation.component));
            }
        }
        let all = ActListing {
            limit: 1_000,
            ..ActListing::default()
        };
        let _ = self.both(|store| store.acts(&all)).unwrap();
        let _ = self.both(|store| [store.cursor("vero", "p"), store.cursor("tulli", "p")]);
        assert_eq!(self.both(|store| store.check()), Ok(Vec::new()));
    }
}

/// Of two classes, and counted or not.
fn note(number: u32) -> Note {
    Note {
        class: name((number % 2) as u8),
        code: number.to_string(),
        text: "words".into(),
        counts: !number.is_multiple_of(3),
    }
}

/// Without what the disk has.
fn status(store: &dyn Store) -> Status {
    Status {
        disk_bytes: None,
        ..store.status().unwrap()
    }
}

/// One of those that were given out, the latest first.
fn pick<T: Copy>(taken: &[T], number: usize) -> Option<T> {
    let at = taken.len().checked_sub(number % taken.len().max(1) + 1)?;
    taken.get(at).copied()
}

fn name(number: u8) -> String {
    ["vero", "tulli"]
        .get(usize::from(number))
        .copied()
        .unwrap_or_default()
        .to_owned()
}

fn seconds(seconds: u32) -> Duration {
    Duration::from_secs(seconds.into())
}

fn content(size: u32) -> Content {
    vec![b'x'; size as usize].into()
}

fn documents_of(sizes: &[u32]) -> Vec<Document> {
    sizes
        .iter()
        .map(|size| document("d", &vec![b'x'; *size as usize]))
        .collect()
}
