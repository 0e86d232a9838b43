// SPDX-License-Identifier: Apache-2.0
//! The worker of one agency: claims what may be claimed, and has it carried out.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use silta::describe::{Direction, Operation, Transport};
use silta_store::{
    StoreError,
    record::{AtOnce, Claim, Claimed},
};
use tokio::task::JoinSet;

use super::{
    agency::SentAgency,
    keeping::ask,
    retry,
    run::carry_out,
    traffic::{Plan, Portion},
};

/// Pause between two looks of which the first found nothing: others write to the store all the time.
const BETWEEN_LOOKS: Duration = Duration::from_millis(50);

/// Works until the gateway stops, and then until nothing is under way any more.
pub(super) async fn work(sent: Arc<SentAgency>) {
    let mut under_way = JoinSet::new();
    let mut trouble = Trouble::default();
    while !sent.stopping.is_cancelled() {
        while let Some(ended) = under_way.try_join_next() {
            tell_of_defect(&sent.id, ended);
        }
        let looked = Instant::now();
        let found = look(&sent, &mut under_way).await;
        let wait = match found {
            Ok(Found::Some) => {
                trouble.over(&sent.id);
                continue;
            }
            Ok(Found::Nothing(wait)) => {
                trouble.over(&sent.id);
                wait
            }
            Err(reason) => {
                trouble.tell(&sent.id, reason);
                sent.settings.look
            }
        };
        tokio::select! {
            () = sent.stopping.cancelled() => break,
            () = tokio::time::sleep(wait) => {}
            () = sent.bell.notified() => {}
            Some(ended) = under_way.join_next() => tell_of_defect(&sent.id, ended),
        }
        let pause = BETWEEN_LOOKS.min(sent.settings.look);
        let left = pause.saturating_sub(looked.elapsed());
        // Where room has been made, there is no need to wait.
        if under_way.len() < sent.settings.operations_at_once as usize / 2 {
            tokio::time::sleep(left).await;
        }
    }
    while let Some(ended) = under_way.join_next().await {
        tell_of_defect(&sent.id, ended);
    }
}

/// The result of a look.
enum Found {
    Some,
    /// Look again after so long.
    Nothing(Duration),
}

/// Claims what there is, and begins it.
async fn look(sent: &Arc<SentAgency>, under_way: &mut JoinSet<()>) -> Result<Found, String> {
    let description = sent.agency.description();
    // What no component serves stays where it is.
    let description = description.map_err(|error| error.to_string())?;
    if sent.traffic().take_answers_again() {
        hasten(sent).await?;
    }
    let now = Instant::now();
    let plan = sent
        .traffic()
        .plan(&description.operations, now, &sent.settings);
    let (mut found, mut wait) = (false, plan.wait(now, sent.settings.look));
    let Plan { portions, .. } = plan;
    for mut portion in portions {
        // Those before it have taken some of the room.
        let room = sent.settings.operations_at_once;
        portion.limit = portion
            .limit
            .min(room.saturating_sub(sent.traffic().total()));
        if portion.limit == 0 {
            break;
        }
        let claimed = claim(sent, &portion, at_once(&description.operations));
        let (claimed, next) = claimed.await.map_err(|it| it.to_string())?;
        wait = next.map_or(wait, |next| next.min(wait));
        if let (Some(transport), Some(first)) = (portion.probe, claimed.first()) {
            // What no component knows may have come along, and asks nobody.
            let name = first.operation.wish.operation.as_str();
            if is_of(&description.operations, name, transport) {
                sent.traffic().breaker(transport).begin_probe();
            }
        }
        for claimed in claimed {
            found = true;
            begin(sent, under_way, claimed, portion.probe);
        }
    }
    match found {
        true => Ok(Found::Some),
        false => Ok(Found::Nothing(wait)),
    }
}

/// What was put off for want of an answer is due: its pauses have grown with the silence, and say nothing of now.
async fn hasten(sent: &Arc<SentAgency>) -> Result<(), String> {
    let id = sent.id.clone();
    let hastened = ask(&sent.store, move |store| store.hasten(&id, &retry::SILENT)).await;
    if hastened.is_err() {
        sent.traffic().answers_again();
    }
    match hastened.map_err(|error| error.to_string())? {
        0 => {}
        operations => {
            let agency = &sent.id;
            tracing::info!(target: "silta::sending", agency, operations, "the agency answers again: what waited for that goes on at once");
        }
    }
    Ok(())
}

fn is_of(operations: &[Operation], name: &str, transport: Transport) -> bool {
    let mut known = operations.iter();
    known.any(|it| it.name == name && it.transport == transport)
}

fn begin(
    sent: &Arc<SentAgency>,
    under_way: &mut JoinSet<()>,
    claimed: Claimed,
    probe: Option<Transport>,
) {
    let guard = UnderWay::begin(sent, &claimed.operation.wish.operation, probe);
    let sent = Arc::clone(sent);
    under_way.spawn(async move {
        let guard = guard;
        carry_out(sent, claimed).await;
        drop(guard);
    });
}

/// How many of an operation the agency lets be under way at once, whoever carries them out.
fn at_once(operations: &[Operation]) -> Vec<AtOnce> {
    let outbound = operations
        .iter()
        .filter(|it| it.direction == Direction::Outbound);
    let limited = outbound.filter_map(|operation| {
        Some(AtOnce {
            operation: operation.name.clone(),
            most: operation.limits.concurrency?,
        })
    });
    limited.collect()
}

/// Claims a portion, where something of it is due; and after what time more will be.
async fn claim(
    sent: &SentAgency,
    portion: &Portion,
    at_once: Vec<AtOnce>,
) -> Result<(Vec<Claimed>, Option<Duration>), StoreError> {
    let claim = Claim {
        owner: sent.node.clone(),
        agencies: vec![sent.id.clone()],
        except: portion.except.clone(),
        at_once,
        limit: portion.limit,
        duration: sent.settings.lease,
    };
    let claimed = ask(&sent.store, move |store| {
        // Asking costs no commit.
        let due = store.due(&claim)?;
        let next = due.next.map(|next| next.0.saturating_sub(due.now.0));
        Ok(match next {
            Some(0) => (store.claim(&claim)?, None),
            next => (Vec::new(), next.map(Duration::from_millis)),
        })
    });
    claimed.await
}

/// Counted as under way until it is dropped.
struct UnderWay {
    sent: Arc<SentAgency>,
    name: String,
    probe: Option<Transport>,
}

impl UnderWay {
    fn begin(sent: &Arc<SentAgency>, name: &str, probe: Option<Transport>) -> Self {
        sent.traffic().begin(name);
        Self {
            sent: Arc::clone(sent),
            name: name.to_owned(),
            probe,
        }
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        let mut traffic = self.sent.traffic();
        traffic.end(&self.name);
        if let Some(transport) = self.probe {
            traffic.breaker(transport).end_probe();
        }
        drop(traffic);
        self.sent.bell.notify_one();
    }
}

/// What keeps a worker from looking, told once.
#[derive(Default)]
struct Trouble(Option<String>);

impl Trouble {
    fn tell(&mut self, agency: &str, reason: String) {
        if self.0.as_ref() != Some(&reason) {
            tracing::error!(target: "silta::sending", agency, reason, "nothing is sent to the agency at the moment; what is queued waits");
            self.0 = Some(reason);
        }
    }

    fn over(&mut self, agency: &str) {
        if self.0.take().is_some() {
            tracing::info!(target: "silta::sending", agency, "operations are sent to the agency again");
        }
    }
}

fn tell_of_defect(agency: &str, ended: Result<(), tokio::task::JoinError>) {
    if let Err(error) = ended {
        tracing::error!(target: "silta::sending", agency, %error, "carrying out an operation broke off; it goes on after its lease. This is a defect of Silta");
    }
}
