// SPDX-License-Identifier: Apache-2.0
//! Randomness, gathered while a program does something else.

use std::thread::{self, JoinHandle};

use aws_lc_rs::rand;

/// The thread of [`gather_entropy`]. Dropping this waits for it, some 20 ms from its start at most: a process that ends in the middle of it may crash, since what the thread uses is freed then.
#[derive(Debug)]
#[must_use = "dropped at once, it is waited for at once"]
pub struct GatheringEntropy(Option<JoinHandle<()>>);

/// Has a thread of its own gather what randomness begins with. AWS-LC measures the processor for it, which takes some 20 ms of the first that asks; asked for when a program starts, that is
/// over by the time that it signs. Whoever asks meanwhile waits for the rest of it. Where there is no thread to be had, it is as without.
///
/// Keep what this returns until the program ends. Where the processor's clock is too coarse to be measured, AWS-LC ends the process (SIGABRT) instead of returning an error, as it does
/// to whoever else asks it for randomness: call this only where randomness is going to be needed, be it for identifiers, keys or TLS.
pub fn gather_entropy() -> GatheringEntropy {
    let gather = || {
        // What is gathered stays with the library, and the byte is not needed.
        let _ = rand::fill(&mut [0]);
    };
    let named = thread::Builder::new().name("silta-entropy".to_owned());
    GatheringEntropy(named.spawn(gather).ok())
}

impl Drop for GatheringEntropy {
    fn drop(&mut self) {
        if let Some(thread) = self.0.take() {
            // It has nothing to tell.
            let _ = thread.join();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{sync::mpsc, time::Duration};

    use super::*;

    #[test]
    fn whoever_drops_it_waits_for_the_thread() {
        let (sender, done) = mpsc::channel();
        let gather = move || {
            thread::sleep(Duration::from_millis(20));
            let _ = sender.send(());
        };
        drop(GatheringEntropy(Some(thread::spawn(gather))));
        assert_eq!(done.try_recv(), Ok(()));
    }
}
