// SPDX-License-Identifier: Apache-2.0
//! The worker of one receiver: leases what is due, and has it delivered.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use silta_store::{
    StoreError,
    record::{LeaseWish, LeasedEntry},
};
use tokio::task::JoinSet;

use super::{
    delivery::deliver,
    queue::{Look, Queue},
    receiver::Receiver,
};
use crate::sending::breaker::Allowance;

/// Pause between two looks: others write to the store all the time.
const BETWEEN_LOOKS: Duration = Duration::from_millis(10);

/// Delivers until the gateway stops or the webhook is stopped, and then until nothing is under way any more.
pub(super) async fn work(receiver: Arc<Receiver>) {
    let mut under_way = JoinSet::new();
    let mut queue = Queue::default();
    let mut trouble: Option<String> = None;
    while !receiver.stopping.is_cancelled() && !receiver.is_stopped() {
        while let Some(ended) = under_way.try_join_next() {
            tell_of_defect(&receiver, ended);
        }
        let (next, looked) = look(&receiver, queue, &mut under_way).await;
        queue = next;
        let wait = match looked {
            Ok(wait) => {
                trouble = None;
                wait
            }
            Err(error) => {
                tell_once(&receiver, &mut trouble, &error);
                receiver.webhook.settings.look
            }
        };
        tokio::time::sleep(BETWEEN_LOOKS).await;
        tokio::select! {
            () = receiver.stopping.cancelled() => break,
            () = tokio::time::sleep(wait) => {}
            () = receiver.bell.notified() => {}
            Some(ended) = under_way.join_next() => tell_of_defect(&receiver, ended),
        }
    }
    let stop_time = receiver.webhook.settings.stop_time;
    let ending = async {
        while let Some(ended) = under_way.join_next().await {
            tell_of_defect(&receiver, ended);
        }
    };
    if tokio::time::timeout(stop_time, ending).await.is_err() {
        receiver.cut.cancel();
        while under_way.join_next().await.is_some() {}
    }
}

/// Begins what is due and has room; after what time to look again.
async fn look(
    receiver: &Arc<Receiver>,
    queue: Queue,
    under_way: &mut JoinSet<()>,
) -> (Queue, Result<Duration, StoreError>) {
    let settings = &receiver.webhook.settings;
    let room = (settings.requests_at_once as usize).saturating_sub(under_way.len());
    let (queue, look) = due(receiver, queue).await;
    let look = match look {
        Ok(look) => look,
        Err(error) => return (queue, Err(error)),
    };
    let webhook = receiver.webhook.name.as_str();
    let oldest = look.oldest.unwrap_or_default();
    receiver.metrics.oldest(webhook, oldest);
    let wait = look
        .next
        .map_or(settings.look, |next| next.min(settings.look));
    let now = Instant::now();
    let (room, is_probe) = match receiver.breaker().allowance(now) {
        Allowance::All => (room, false),
        Allowance::One => (room.min(1), true),
        Allowance::None(at) => {
            let until = at.map_or(settings.look, |at| at.saturating_duration_since(now));
            return (queue, Ok(until.min(settings.look)));
        }
    };
    let mut due = look.due;
    due.truncate(room);
    if due.is_empty() {
        return (queue, Ok(wait));
    }
    let wish = LeaseWish {
        owner: receiver.owner(),
        limit: u32::try_from(due.len()).unwrap_or(u32::MAX),
        only: due,
        duration: receiver.lease(),
        ..LeaseWish::default()
    };
    let leased = match receiver.ask(move |store| store.lease(&wish)).await {
        Ok(leased) => leased,
        Err(error) => return (queue, Err(error)),
    };
    for leased in leased {
        begin(receiver, under_way, leased, is_probe);
    }
    (queue, Ok(wait))
}

/// What is due, by a thread that may block.
async fn due(receiver: &Arc<Receiver>, queue: Queue) -> (Queue, Result<Look, StoreError>) {
    let (own, mut queue) = (Arc::clone(receiver), queue);
    let looked = tokio::task::spawn_blocking(move || {
        let now = own.store.peek_now();
        let looked = now.and_then(|now| queue.look(&*own.store, &own.wanted, now));
        (queue, looked)
    });
    looked.await.unwrap_or_else(|error| {
        let cause = silta_store::Cause::new(format!("a look did not end: {error}"));
        (Queue::default(), Err(StoreError::Broken(cause)))
    })
}

fn begin(
    receiver: &Arc<Receiver>,
    under_way: &mut JoinSet<()>,
    leased: LeasedEntry,
    is_probe: bool,
) {
    if is_probe {
        receiver.breaker().begin_probe();
    }
    let receiver = Arc::clone(receiver);
    under_way.spawn(async move {
        let _probe = is_probe.then(|| Probe(Arc::clone(&receiver)));
        deliver(&receiver, leased).await;
    });
}

/// The one that asks whether the receiver answers again, as long as this is there.
struct Probe(Arc<Receiver>);

impl Drop for Probe {
    fn drop(&mut self) {
        self.0.breaker().end_probe();
    }
}

fn tell_of_defect(receiver: &Receiver, ended: Result<(), tokio::task::JoinError>) {
    if let Err(error) = ended {
        let webhook = receiver.webhook.name.as_str();
        tracing::error!(target: "silta::webhooks", webhook, %error, "a delivery ended by a defect of this program; the entry is delivered again when its lease ends");
    }
}

fn tell_once(receiver: &Receiver, trouble: &mut Option<String>, error: &StoreError) {
    let reason = error.to_string();
    if trouble.as_ref() != Some(&reason) {
        let webhook = receiver.webhook.name.as_str();
        tracing::error!(target: "silta::webhooks", webhook, reason, "entries are not delivered at the moment");
        *trouble = Some(reason);
    }
}
