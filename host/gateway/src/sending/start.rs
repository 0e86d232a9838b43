// SPDX-License-Identifier: Apache-2.0
//! Workers, polls, and what wakes them.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use silta_store::Wakeups;

use super::{
    agency::SentAgency,
    gate::SendingGate,
    polls::keep_polling,
    setup::{Sending, SendingAgency, SendingSetup},
    unreadable::KeptAnswers,
    worker::work,
};
use crate::{operation::Sender, server::ServerContext};

/// How long one wait for the store's bell is: so much later at most the thread hears that the gateway stops.
const BELL_WAIT: Duration = Duration::from_millis(200);

/// Starts a worker for each agency.
pub(crate) fn start(setup: SendingSetup, context: &ServerContext) -> Sending {
    let agencies = setup.agencies.iter();
    let agencies: Vec<_> = agencies
        .map(|agency| Arc::new(sent(&setup, agency, context)))
        .collect();
    for sent in &agencies {
        let running = context.running.clone();
        let (worker, polls) = (work(Arc::clone(sent)), keep_polling(Arc::clone(sent)));
        context.runtime.spawn(async move {
            tokio::join!(worker, polls);
            drop(running);
        });
    }
    let (wakeups, rung) = (setup.store.wakeups(), agencies.clone());
    let stopping = context.cancellation.clone();
    context.runtime.spawn_blocking(move || {
        let mut wakeups: Wakeups = wakeups;
        while !stopping.is_cancelled() {
            if wakeups.wait(BELL_WAIT) {
                rung.iter().for_each(|sent| sent.bell.notify_one());
            }
        }
    });
    Sending { agencies }
}

fn sent(setup: &SendingSetup, agency: &SendingAgency, context: &ServerContext) -> SentAgency {
    let SendingAgency {
        served,
        http,
        mail,
        polls,
    } = agency.clone();
    let traffic = Arc::new(Mutex::default());
    let gate = SendingGate {
        id: served.id().to_owned(),
        agency: served.agency().clone(),
        store: Arc::clone(&setup.store),
        settings: setup.settings.clone(),
        traffic: Arc::clone(&traffic),
        kept: KeptAnswers::default(),
        metrics: context.metrics.clone(),
    };
    let sender = Sender::new(served.agency().clone(), http, mail);
    let sender = sender.behind(Arc::new(gate)).within(served.clone());
    SentAgency {
        id: served.id().to_owned(),
        node: setup.node.clone(),
        agency: served.agency().clone(),
        store: Arc::clone(&setup.store),
        settings: setup.settings.clone(),
        polls,
        sender: Mutex::new(sender),
        traffic,
        streaks: Arc::default(),
        metrics: context.metrics.clone(),
        bell: tokio::sync::Notify::new(),
        stopping: context.cancellation.clone(),
    }
}
