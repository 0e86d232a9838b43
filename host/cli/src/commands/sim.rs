// SPDX-License-Identifier: Apache-2.0
//! `silta sim`: simulated agencies, for whoever writes a client.
//!
//! An agency adds its arguments, and the setup made of them; here is what all of them do alike.

mod lines;
mod pki;
mod suomifi;
mod suomifi_mail;
mod suomifi_rest;
mod tulli;
mod vero;

use std::{
    fmt::Write as _,
    io,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
        mpsc::{Receiver, TryRecvError},
    },
    thread,
    time::Duration,
};

use clap::{Args, Subcommand};
use silta_simulators::{Event, Misbehaving, OWN_FAULT, Simulator};

use self::{lines::Lines, pki::Pki};
use super::Completion;
use crate::{examples, failure::Failure};

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
    #[command(after_help = examples::SIM_TULLI, after_long_help = with_examples(examples::SIM_TULLI, &tulli::misbehaviours()))]
    Tulli(tulli::TulliArguments),
    /// Suomi.fi messages as the caller of an authority's return channel (SOAP): brings messages and states, and judges the answers; it listens nowhere.
    #[command(after_help = examples::SIM_SUOMIFI, after_long_help = with_examples(examples::SIM_SUOMIFI, &suomifi::misbehaviours()))]
    Suomifi(suomifi::SuomifiArguments),
    /// Suomi.fi Messages, the REST API: takes messages and attachments, tells their statuses, hands out what citizens wrote.
    #[command(after_help = examples::SIM_SUOMIFI_REST, after_long_help = with_examples(examples::SIM_SUOMIFI_REST, &suomifi_rest::misbehaviours()))]
    SuomifiRest(suomifi_rest::SuomifiRestArguments),
    /// The Tax Administration's Vero API: registers receivers of notifications, lists, and pushes notifications on request.
    #[command(after_help = examples::SIM_VERO, after_long_help = with_examples(examples::SIM_VERO, &vero::misbehaviours()))]
    Vero(vero::VeroArguments),
    /// The mail relay of Suomi.fi messages: checks an authority's mails, sends receipts of them and citizens' messages.
    #[command(after_help = examples::SIM_SUOMIFI_MAIL, after_long_help = with_examples(examples::SIM_SUOMIFI_MAIL, &suomifi_mail::misbehaviours()))]
    SuomifiMail(Box<suomifi_mail::SuomifiMailArguments>),
}

impl SimArguments {
    pub(crate) fn json(&self) -> bool {
        match &self.command {
            SimCommand::Tulli(arguments) => arguments.output.json,
            SimCommand::Suomifi(arguments) => arguments.json,
            SimCommand::SuomifiRest(arguments) => arguments.output.json,
            SimCommand::Vero(arguments) => arguments.output.json,
            SimCommand::SuomifiMail(arguments) => arguments.output.json,
        }
    }
}

/// Examples, and what else there is to say.
fn with_examples(examples: &str, more: &str) -> String {
    format!("{examples}\n\n{more}")
}

/// Runs until it is told to stop, or all that was asked for is done.
pub(crate) fn run(arguments: &SimArguments) -> Result<Completion, Failure> {
    match &arguments.command {
        SimCommand::Tulli(arguments) => tulli::run(arguments),
        SimCommand::Suomifi(arguments) => suomifi::run(arguments),
        SimCommand::SuomifiRest(arguments) => suomifi_rest::run(arguments),
        SimCommand::Vero(arguments) => vero::run(arguments),
        SimCommand::SuomifiMail(arguments) => suomifi_mail::run(arguments),
    }
}

/// What is shown, and until when.
#[derive(Debug, Clone, Copy, Args)]
struct Output {
    /// Show what happens as lines of JSON.
    #[arg(long)]
    json: bool,
    /// Stop when standard input has ended and all that was asked for is done, and not only by Ctrl-C.
    #[arg(long)]
    until_stdin_closes: bool,
}

/// Between two looks at what is to be shown, and at whether to stop.
const LONGEST_WAIT: Duration = Duration::from_millis(100);

/// What happens beside a simulator; over when the sender is gone.
type Beside = Receiver<Vec<Event>>;

/// Starts a simulator.
fn start<S: Simulator>(pki: &Pki<'_>, setup: S::Setup) -> Result<S, Failure> {
    S::start(setup).map_err(|error| pki.explain(&error))
}

/// Shows everything that happens, as it happens. Not done where something was the simulator's own fault.
fn watch(
    simulator: &impl Simulator,
    output: Output,
    mut beside: Option<Beside>,
) -> Result<Completion, Failure> {
    let lines = Lines { json: output.json };
    lines.started(&simulator.url())?;
    let stop = end_of_input(output.until_stdin_closes);
    let mut is_at_fault = false;
    loop {
        // Asked first, so that what came before the end is shown.
        let is_last = stop.load(Ordering::SeqCst) && beside.is_none();
        let events = simulator.take_events(LONGEST_WAIT);
        is_at_fault |= events.iter().any(|event| event.verdict == OWN_FAULT);
        lines.show(&events)?;
        while let Some(events) = &beside {
            match events.try_recv() {
                Ok(events) => lines.show(&events)?,
                Err(TryRecvError::Empty) => break,
                Err(TryRecvError::Disconnected) => beside = None,
            }
        }
        if is_last {
            return Ok(match is_at_fault {
                true => Completion::NotDone,
                false => Completion::Done,
            });
        }
    }
}

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

/// What can be asked for, for the long help.
fn misbehaviours<M: Misbehaving>(introduction: &str) -> String {
    let entries = || M::CATALOGUE.iter().map(|entry| (entry.to_string(), entry));
    let width = entries().map(|(name, _)| name.len()).max().unwrap_or(0) + 2;
    let mut text = format!("{introduction}\n");
    for (name, entry) in entries() {
        let default = match entry.argument {
            Some((_, default)) => format!(" [default: {default}]"),
            None => String::new(),
        };
        // Writing to a string cannot fail.
        let _ = writeln!(text, "  {name:width$}{}{default}", entry.effect);
    }
    text
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
