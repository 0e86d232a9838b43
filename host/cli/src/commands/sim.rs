//! `silta sim`: simulated agencies, for whoever writes a client.

mod lines;
mod pki;
mod tulli;
mod vero;

use std::{
    io,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::Duration,
};

use clap::{Args, Subcommand};

use super::Completion;
use crate::failure::Failure;

/// Arguments of `silta sim`.
#[derive(Debug, Args)]
pub(crate) struct SimArguments {
    /// Whom to simulate.
    #[command(subcommand)]
    command: SimCommand,
}

#[derive(Debug, Subcommand)]
enum SimCommand {
    /// Finnish Customs, direct message exchange: checks uploads, replies to them, lists, hands out and tells of the replies.
    #[command(after_long_help = tulli::misbehaviours())]
    Tulli(tulli::TulliArguments),
    /// The Tax Administration's Vero API: registers receivers of notifications, lists, and pushes notifications on request.
    #[command(after_long_help = vero::misbehaviours())]
    Vero(vero::VeroArguments),
}

impl SimArguments {
    pub(crate) fn json(&self) -> bool {
        match &self.command {
            SimCommand::Tulli(arguments) => arguments.json(),
            SimCommand::Vero(arguments) => arguments.json(),
        }
    }
}

/// Runs until it is told to stop.
pub(crate) fn run(arguments: &SimArguments) -> Result<Completion, Failure> {
    match &arguments.command {
        SimCommand::Tulli(arguments) => tulli::run(arguments),
        SimCommand::Vero(arguments) => vero::run(arguments),
    }
}

/// Between two looks at what is to be shown, and at whether to stop.
const LONGEST_WAIT: Duration = Duration::from_millis(100);

/// Turns true when standard input ends, if it is to be minded.
fn end_of_input(is_minded: bool) -> Arc<AtomicBool> {
    let stop = Arc::new(AtomicBool::new(false));
    if is_minded {
        let stop = stop.clone();
        thread::spawn(move || {
            // An input that cannot be read has ended.
            let _ = io::copy(&mut io::stdin().lock(), &mut io::sink());
            stop.store(true, Ordering::SeqCst);
        });
    }
    stop
}

/// Longest time taken: a day.
const LONGEST: f64 = 86_400.0;

/// A time on the command line.
fn seconds(text: &str) -> Result<Duration, String> {
    let seconds: Option<f64> = text.parse().ok();
    seconds
        .filter(|seconds| *seconds <= LONGEST)
        .and_then(|seconds| Duration::try_from_secs_f64(seconds).ok())
        .ok_or_else(|| format!("not a number of seconds from 0 to {LONGEST}"))
}
