// SPDX-License-Identifier: Apache-2.0
//! `silta serve` is killed at random moments while the simulated agencies call it, and what it had answered is compared with what it has.
//!
//! The Tax Administration pushes, Customs notifies and Suomi.fi brings messages, together about 200 calls a second. Whatever was not answered well
//! is asked again after the next start, as the agencies do; of what was, every tenth is asked once more, and has to be answered well again. In the end
//! each is in the inbox exactly once, and `silta store check` finds nothing.
//!
//! `cargo test -p silta-cli --test durability -- rounds 1000 seed 7`

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a proof stops at the first surprise"
)]

mod agencies;
mod history;
mod program;

use std::{
    env,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use agencies::Agencies;
use history::History;
use program::Program;

/// Those who call at once.
const CALLERS: u64 = 8;

/// How often each of them calls, at most.
const PAUSE: Duration = Duration::from_millis(40);

/// The longest that the program lives in a round, once it listens.
const LONGEST_LIFE: u64 = 600;

/// Long enough for whatever is left.
const PATIENCE: Duration = Duration::from_secs(120);

fn main() {
    let rounds = argument("rounds").unwrap_or(10);
    let seed = argument("seed").unwrap_or_else(|| {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
        u64::try_from(now.as_nanos() & 0xffff_ffff).unwrap()
    });
    let begun = Instant::now();
    let program = Program::made();
    let agencies = Agencies::new(&program);
    let history = Arc::new(History::default());
    let is_over = Arc::new(AtomicBool::new(false));
    let callers: Vec<_> = (0..CALLERS)
        .map(|number| {
            let caller = agencies.caller(number);
            let (history, is_over) = (Arc::clone(&history), Arc::clone(&is_over));
            thread::spawn(move || {
                while !is_over.load(Ordering::SeqCst) {
                    let call = history.next(&caller);
                    let answer = caller.ask(&call);
                    history.answered(call, answer);
                    thread::sleep(PAUSE);
                }
            })
        })
        .collect();
    let mut random = seed;
    for _ in 0..rounds {
        let mut serving = program.serve();
        thread::sleep(Duration::from_millis(next(&mut random) % LONGEST_LIFE));
        serving.kill();
    }
    is_over.store(true, Ordering::SeqCst);
    for caller in callers {
        caller.join().unwrap();
    }
    let serving = program.serve();
    history.ask_what_is_left(&agencies.caller(CALLERS), PATIENCE);
    serving.stop();
    program.check();
    let told = history.compare(&program.entries());
    let took = begun.elapsed().as_secs();
    println!("seed {seed}, {rounds} rounds, {took} s: {told}");
}

fn argument(name: &str) -> Option<u64> {
    let arguments: Vec<String> = env::args().collect();
    let at = arguments.iter().position(|argument| argument == name)?;
    Some(arguments[at + 1].parse().unwrap())
}

/// The next number of a sequence that its first decides (SplitMix64).
fn next(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mixed = (*state ^ (*state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}
