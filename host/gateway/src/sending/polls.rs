// SPDX-License-Identifier: Apache-2.0
//! Operations that are run again and again, to see what there is.
//!
//! A run is queued as others are, as a run of its poll, so that it gets the cursor that the last one left. When the next is due is the store's word: the interval is a
//! budget of one call, so that neither a restart nor a second node makes two.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use silta::describe::{Description, Direction};
use silta_store::{
    Store, StoreError, Timestamp, Why,
    record::{Budget, Claim, Reserved, Submission},
};

use super::{agency::SentAgency, keeping::ask, settings::PollSettings, settling::key};
use crate::{
    telemetry::{SpanKind, Spans},
    trace_context,
};

/// A poll as it is run.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Schedule {
    name: String,
    interval: Duration,
    parameters: String,
}

/// What is known of a poll without asking.
#[derive(Debug, Clone, Copy, Default)]
struct Known {
    /// Nothing is due before.
    next: Timestamp,
}

/// Queues what is due, until the gateway stops.
pub(super) async fn keep_polling(sent: Arc<SentAgency>) {
    let mut known: BTreeMap<String, Known> = BTreeMap::new();
    let mut trouble: Option<String> = None;
    while !sent.stopping.is_cancelled() {
        match look(&sent, &mut known).await {
            Ok(()) => trouble = None,
            Err(error) => {
                let reason = error.to_string();
                if trouble.as_ref() != Some(&reason) {
                    let agency = &sent.id;
                    tracing::error!(target: "silta::sending", agency, reason, "polls are not queued at the moment");
                    trouble = Some(reason);
                }
            }
        }
        tokio::select! {
            () = sent.stopping.cancelled() => break,
            () = tokio::time::sleep(sent.settings.look) => {}
        }
    }
}

/// Looks once whether a poll is due.
async fn look(
    sent: &Arc<SentAgency>,
    known: &mut BTreeMap<String, Known>,
) -> Result<(), StoreError> {
    // What is not served is not polled; the worker says so.
    let Ok(description) = sent.agency.description() else {
        return Ok(());
    };
    let schedules = schedules(&description, &sent.polls);
    if schedules.is_empty() {
        return Ok(());
    }
    let nothing = Claim {
        agencies: vec![sent.id.clone()],
        ..Claim::default()
    };
    // It costs no commit, other than the time itself.
    let now = ask(&sent.store, move |store| Ok(store.due(&nothing)?.now)).await?;
    for schedule in schedules {
        let known = known.entry(schedule.name.clone()).or_default();
        if now < known.next {
            continue;
        }
        let (agency, spans) = (sent.id.clone(), sent.metrics.spans.clone());
        let queued = ask(&sent.store, move |store| {
            queue(store, &agency, &schedule, &spans)
        });
        known.next = queued.await?;
    }
    Ok(())
}

/// The polls of a component, as they are configured.
fn schedules(
    description: &Description,
    settings: &BTreeMap<String, PollSettings>,
) -> Vec<Schedule> {
    let operations = description.operations.iter();
    let outbound = operations.filter(|operation| operation.direction == Direction::Outbound);
    let schedules = outbound.filter_map(|operation| {
        let declared = operation.poll?;
        let settings = settings.get(&operation.name).cloned().unwrap_or_default();
        let declared = Duration::from_secs(declared.interval_seconds.into());
        settings.enabled.then(|| Schedule {
            name: operation.name.clone(),
            interval: settings.interval.unwrap_or(declared),
            parameters: settings.parameters,
        })
    });
    schedules.collect()
}

/// Queues a run, if one is due and none is open; and says when to look again.
fn queue(
    store: &dyn Store,
    agency: &str,
    schedule: &Schedule,
    spans: &Spans,
) -> Result<Timestamp, StoreError> {
    let Schedule {
        name,
        interval,
        parameters,
    } = schedule;
    if store.open_run(agency, name)?.is_some() {
        return Ok(Timestamp::default());
    }
    let budget = Budget {
        agency: agency.to_owned(),
        name: format!("poll {name}"),
        calls: 1,
        window: *interval,
        margin: Duration::ZERO,
    };
    match store.reserve(&budget)? {
        Reserved::NotBefore(at) => Ok(at),
        Reserved::Now => {
            let now = store.now()?;
            let run = Submission {
                agency: agency.to_owned(),
                operation: name.clone(),
                parameters: parameters.clone(),
                poll: Some(name.clone()),
                trace: trace_context::begun(),
                idempotency: Some(key(format!("{agency}/{name}/at {}", now.0))),
                ..Submission::default()
            };
            let what = ("poll", SpanKind::Producer);
            let _step = spans.first(what, run.trace.as_deref()).of(agency, name);
            match store.submit(&run) {
                // Whoever submitted something else under it has had this slot.
                Ok(_) | Err(StoreError::Refused(Why::KeyInUse)) => Ok(now.after(*interval)),
                Err(error) => Err(error),
            }
        }
    }
}

#[cfg(test)]
mod tests;
