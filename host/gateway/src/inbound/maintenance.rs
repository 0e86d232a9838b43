// SPDX-License-Identifier: Apache-2.0
//! Tasks that are done once a second.

use std::{sync::Arc, time::Duration};

use tokio::time::{MissedTickBehavior, interval};

use crate::inbound::{byte_budget::ByteBudget, handler::CallHandler, log_summary::Severity};

/// How often what was counted is logged.
pub(crate) const REPORT_INTERVAL: Duration = Duration::from_secs(1);

/// Bytes of bodies or mails that have to be released before the allocator is asked to return memory to the system.
const RELEASE_THRESHOLD: u64 = 4 << 20;

/// Runs until it is aborted.
pub(crate) async fn run(handler: Arc<CallHandler>) {
    let mut ticks = interval(REPORT_INTERVAL);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut released = 0;
    loop {
        ticks.tick().await;
        report(&handler);
        released = release_memory(handler.bodies(), released);
    }
}

/// Has the allocator return what a burst has used, once there is enough of it. Taken and given are the bytes that were released and not acted upon yet.
pub(crate) fn release_memory(budget: &ByteBudget, released: u64) -> u64 {
    let (held, more) = budget.take_usage();
    let released = released + more;
    // While many bytes are held, the released memory is about to be used again.
    if released < RELEASE_THRESHOLD || held >= RELEASE_THRESHOLD {
        return released;
    }
    // Not waited for.
    drop(tokio::task::spawn_blocking(silta::release_unused_memory));
    0
}

/// Logs strangers' failures.
pub(crate) fn report(handler: &CallHandler) {
    let summary = handler.summary();
    let evicted = handler.connections().take_evicted();
    for (what, times) in [
        ("idle connection closed for another", evicted.idle),
        (
            "connection closed for another before its call had come",
            evicted.reading,
        ),
    ] {
        summary.add(Severity::Expected, what, "", times);
    }
    summary.log();
}
