// SPDX-License-Identifier: Apache-2.0
//! Signals: what stops the program, and what does not.

use std::{
    io,
    sync::{
        Arc,
        atomic::AtomicBool,
        mpsc::{Receiver, Sender, channel},
    },
    thread,
};

use signal_hook::{
    consts::{SIGHUP, SIGINT, SIGTERM, SIGXFSZ},
    flag,
    iterator::Signals,
};

use crate::failure::Failure;

/// Exit codes of a program that a signal has ended are this and the number of the signal.
const ENDED_BY_SIGNAL: i32 = 128;

/// What a signal asks a server for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Signal {
    /// To stop: SIGINT or SIGTERM.
    Stop,
    /// To look whether files have changed, and go on: SIGHUP, which a closed terminal sends as well.
    LookAgain,
    /// To look at once: a candidate on trial serves nothing any more, and that is to be kept. No signal of the system's.
    RolledBack,
}

/// From now on signals are told here, and what else is told to whoever waits for them. The second SIGINT or SIGTERM ends the program at once, with exit code 130 or 143.
pub(crate) fn minded() -> Result<(Sender<Signal>, Receiver<Signal>), Failure> {
    let set_up = || -> io::Result<(Sender<Signal>, Receiver<Signal>)> {
        let asked = Arc::new(AtomicBool::new(false));
        for signal in [SIGINT, SIGTERM] {
            // In this order: the first signal finds that nobody has asked yet.
            flag::register_conditional_shutdown(signal, ENDED_BY_SIGNAL + signal, asked.clone())?;
            flag::register(signal, asked.clone())?;
        }
        let mut signals = Signals::new([SIGINT, SIGTERM, SIGHUP])?;
        let (tell, told) = channel();
        let also = tell.clone();
        thread::Builder::new().spawn(move || {
            for signal in signals.forever() {
                let signal = match signal {
                    SIGHUP => Signal::LookAgain,
                    _ => Signal::Stop,
                };
                if tell.send(signal).is_err() {
                    return;
                }
            }
            // The handler is gone, and with it the way to be stopped.
            let _ = tell.send(Signal::Stop);
        })?;
        Ok((also, told))
    };
    set_up().map_err(|error| unhandled(&error))
}

/// A file that may not grow any further (`ulimit -f`) is an error like a full disk, and does not end the program in the middle of a line.
pub(crate) fn outlive_size_limits() -> Result<(), Failure> {
    // The write that goes too far says so itself; the signal only must not have its usual effect.
    flag::register(SIGXFSZ, Arc::new(AtomicBool::new(false)))
        .map(drop)
        .map_err(|error| unhandled(&error))
}

fn unhandled(error: &io::Error) -> Failure {
    let message = format!("signals cannot be handled: {error}");
    Failure::internal("serve.no-signals", &message)
}
