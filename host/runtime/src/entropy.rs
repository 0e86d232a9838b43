// SPDX-License-Identifier: Apache-2.0
//! Randomness, gathered while a program does something else.

use std::thread;

use aws_lc_rs::rand;

/// Has a thread of its own gather what randomness begins with. AWS-LC measures the processor for it, which takes some 20 ms of the first that asks; asked for when a program starts, that is
/// over by the time that it signs. Whoever asks meanwhile waits for the rest of it. Where there is no thread to be had, it is as without.
pub fn gather_entropy() {
    let gather = || {
        // Should it fail, whoever needs it is told.
        let _ = rand::fill(&mut [0]);
    };
    let _ = thread::Builder::new()
        .name("silta-entropy".to_owned())
        .spawn(gather);
}
