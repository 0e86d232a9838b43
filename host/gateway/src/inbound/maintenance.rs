//! What has to be done now and then.

use std::{sync::Arc, time::Duration};

use tokio::time::{MissedTickBehavior, interval};

use crate::inbound::{handler::Exchange, log_summary::Weight};

/// How often strangers' failures are told.
const TELLING: Duration = Duration::from_secs(1);

/// How much has to have been held, and given back, for the allocator to be asked to give it back to the system.
const WORTH_RELEASING: u64 = 4 << 20;

/// Goes on until it is stopped.
pub(crate) async fn go_on(exchange: Arc<Exchange>) {
    let mut ticks = interval(TELLING);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut given_back = 0;
    loop {
        ticks.tick().await;
        once(&exchange);
        let (held, more) = exchange.budget().take_turnover();
        given_back += more;
        // While much is held, what was given back is about to be used again.
        if given_back >= WORTH_RELEASING && held < WORTH_RELEASING {
            given_back = 0;
            // Nobody waits for it.
            drop(tokio::task::spawn_blocking(silta::release_unused_memory));
        }
    }
}

/// Tells what strangers have failed at.
pub(crate) fn once(exchange: &Exchange) {
    let tally = exchange.tally();
    let closed = exchange.house().take_closed();
    for (what, times) in [
        ("idle connection closed for another", closed.idle),
        (
            "connection closed for another before its call had come",
            closed.reading,
        ),
    ] {
        tally.add(Weight::Stranger, what, "", times);
    }
    tally.tell();
}
