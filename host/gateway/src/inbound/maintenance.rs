// SPDX-License-Identifier: Apache-2.0
//! Tasks that are done once a second.

use std::{sync::Arc, time::Duration};

use tokio::time::{MissedTickBehavior, interval};

use crate::inbound::{handler::CallHandler, log_summary::Severity};

/// How often strangers' failures are logged.
const REPORT_INTERVAL: Duration = Duration::from_secs(1);

/// Bytes of bodies that have to be released before the allocator is asked to return memory to the system.
const RELEASE_THRESHOLD: u64 = 4 << 20;

/// Runs until it is aborted.
pub(crate) async fn run(handler: Arc<CallHandler>) {
    let mut ticks = interval(REPORT_INTERVAL);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut released = 0;
    loop {
        ticks.tick().await;
        report(&handler);
        let (held, more) = handler.bodies().take_usage();
        released += more;
        // While many bytes are held, the released memory is about to be used again.
        if released >= RELEASE_THRESHOLD && held < RELEASE_THRESHOLD {
            released = 0;
            // Not waited for.
            drop(tokio::task::spawn_blocking(silta::release_unused_memory));
        }
    }
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
