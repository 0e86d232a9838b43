// SPDX-License-Identifier: Apache-2.0
//! `silta serve` while agencies call and are called: killed at random moments, overloaded, and for long.
//!
//! What it had answered is compared with what it has. A word is a part of the names of the proofs that are run; without one, each is run as in CI.
//!
//! ```sh
//! cargo test -p silta-cli --test durability -- killed rounds 1000 seed 7
//! cargo test -p silta-cli --test durability -- swap rounds 1000
//! cargo test -p silta-cli --test durability -- whole rounds 200 seed 7
//! cargo test -p silta-cli --test durability -- outage queued 10000 down 1800s
//! cargo test -p silta-cli --test durability -- backlog queued 3000 seed 7
//! cargo test -p silta-cli --test durability -- leaks messages 100000
//! cargo test -p silta-cli --test durability -- overload seconds 60
//! cargo test -p silta-cli --test durability -- overload seconds 60 kibibytes 512
//! cargo test -p silta-cli --test durability -- soak seconds 3600 rate 100
//! ```

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a proof stops at the first surprise"
)]

mod agencies;
#[path = "../../attack/client.rs"]
#[expect(dead_code, reason = "the attack has a use for all of it")]
mod client;
mod crowd;
mod figures;
mod history;
mod killed;
mod leaks;
mod overload;
mod program;
mod random;
mod recorded;
mod reserved;
mod soak;
mod swap;
mod whole;

use std::{
    env,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

/// What may stand behind a name.
#[derive(Debug, Default)]
struct Plan {
    words: Vec<String>,
    rounds: Option<u64>,
    seconds: Option<u64>,
    rate: Option<u64>,
    queued: Option<u64>,
    down: Option<u64>,
    messages: Option<u64>,
    kibibytes: Option<u64>,
    seed: Option<u64>,
}

impl Plan {
    fn read() -> Self {
        let mut plan = Self::default();
        let mut arguments = env::args().skip(1);
        while let Some(argument) = arguments.next() {
            let number = match &*argument {
                "rounds" => &mut plan.rounds,
                "seconds" => &mut plan.seconds,
                "rate" => &mut plan.rate,
                "queued" => &mut plan.queued,
                "down" => &mut plan.down,
                "messages" => &mut plan.messages,
                "kibibytes" => &mut plan.kibibytes,
                "seed" => &mut plan.seed,
                // `cargo test` may add some of its own.
                option if option.starts_with('-') => continue,
                word => {
                    plan.words.push(word.to_owned());
                    continue;
                }
            };
            let value = arguments
                .next()
                .and_then(|value| value.trim_end_matches('s').parse().ok());
            *number = Some(value.unwrap_or_else(|| panic!("{argument} is followed by a number")));
        }
        plan
    }

    fn has(&self, name: &str) -> bool {
        self.words.is_empty() || self.words.iter().any(|word| name.contains(word.as_str()))
    }
}

fn main() {
    let plan = Plan::read();
    let seed = plan.seed.unwrap_or_else(|| {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
        u64::try_from(now.as_nanos() & 0xffff_ffff).unwrap()
    });
    history::judge_the_judge();
    whole::judge_the_judge();
    if plan.has("killed") {
        killed::prove(plan.rounds.unwrap_or(10), seed);
    }
    if plan.has("swap") {
        swap::prove(plan.rounds.unwrap_or(8), seed);
    }
    if plan.has("whole") {
        whole::prove(plan.rounds.unwrap_or(6), seed);
    }
    if plan.has("outage") {
        let down = Duration::from_secs(plan.down.unwrap_or(10));
        whole::outage::prove(plan.queued.unwrap_or(300), down);
    }
    if plan.has("backlog") {
        let queued = plan.queued.unwrap_or(150);
        whole::backlog::prove(usize::try_from(queued).unwrap(), seed);
    }
    if plan.has("leaks") {
        leaks::prove(plan.messages.unwrap_or(1000), seed);
    }
    if plan.has("overload") {
        overload::prove(
            plan.seconds.unwrap_or(2),
            plan.seconds.is_some(),
            plan.kibibytes,
        );
    }
    if plan.has("soak") {
        soak::prove(
            plan.seconds.unwrap_or(5),
            plan.rate.unwrap_or(100),
            plan.seconds.is_some(),
        );
    }
}
