//! Signals: what stops the program, and what does not.

use std::{
    io,
    sync::{Arc, atomic::AtomicBool, mpsc},
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

/// The signals a server minds.
pub(crate) struct Stop {
    signals: Signals,
}

/// From now on the first SIGINT or SIGTERM asks to stop, and the second ends the program at once, with exit code 130 or 143. SIGHUP, which a
/// closed terminal sends, does not stop it.
pub(crate) fn minded() -> Result<Stop, Failure> {
    let set_up = || -> io::Result<Signals> {
        let asked = Arc::new(AtomicBool::new(false));
        for signal in [SIGINT, SIGTERM] {
            // In this order: the first signal finds that nobody has asked yet.
            flag::register_conditional_shutdown(signal, ENDED_BY_SIGNAL + signal, asked.clone())?;
            flag::register(signal, asked.clone())?;
        }
        Signals::new([SIGINT, SIGTERM, SIGHUP])
    };
    let signals = set_up().map_err(|error| unhandled(&error))?;
    Ok(Stop { signals })
}

impl Stop {
    /// A channel that tells once that it is asked to stop, for those who do something else meanwhile.
    pub(crate) fn told(mut self) -> mpsc::Receiver<()> {
        let (stopping, stop) = mpsc::channel();
        thread::spawn(move || {
            for signal in self.signals.forever() {
                if signal != SIGHUP {
                    // Nobody waits for it any more when the program ends by itself.
                    let _ = stopping.send(());
                    return;
                }
                tracing::warn!(target: "silta::serve", "SIGHUP does not stop this program, and is not needed: keys, certificates, lists and secrets are read again when their files change. SIGTERM stops it");
            }
        });
        stop
    }
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
