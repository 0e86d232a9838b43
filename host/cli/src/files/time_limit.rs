// SPDX-License-Identifier: Apache-2.0
//! Work on something that may never answer: a pipe that nobody writes to, or reads from.

use std::{
    io,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
        mpsc::{RecvTimeoutError, channel},
    },
    thread,
    time::{Duration, Instant},
};

/// How long to wait for whom.
#[derive(Debug, Clone, Copy)]
pub(super) struct TimeLimit {
    /// Without a byte going through.
    pub(super) silence: Duration,
    /// Altogether.
    pub(super) whole: Duration,
}

/// Counts the bytes that have gone through.
#[derive(Debug, Clone, Default)]
pub(super) struct Progress(Arc<AtomicU64>);

impl Progress {
    pub(super) fn add(&self, bytes: usize) {
        self.0.fetch_add(bytes as u64, Ordering::SeqCst);
    }

    fn bytes(&self) -> u64 {
        self.0.load(Ordering::SeqCst)
    }
}

/// Does the work on a thread of its own, which is left behind when it takes too long: no system call there can be called off. It ends with
/// the program.
///
/// # Errors
/// What the work reports, or [`io::ErrorKind::TimedOut`].
pub(super) fn within<T: Send + 'static>(
    limit: TimeLimit,
    work: impl FnOnce(Progress) -> io::Result<T> + Send + 'static,
) -> io::Result<T> {
    let progress = Progress::default();
    let (tell, done) = channel();
    let of_work = progress.clone();
    thread::Builder::new().spawn(move || {
        // Nobody waits any more when it has taken too long.
        let _ = tell.send(work(of_work));
    })?;
    let begun = Instant::now();
    let mut seen = 0;
    loop {
        let left = limit.whole.saturating_sub(begun.elapsed());
        match done.recv_timeout(left.min(limit.silence)) {
            Ok(result) => return result,
            Err(RecvTimeoutError::Disconnected) => {
                return Err(io::Error::other("the thread for it has ended"));
            }
            Err(RecvTimeoutError::Timeout) => {
                let now = progress.bytes();
                if now == seen || begun.elapsed() >= limit.whole {
                    return Err(io::ErrorKind::TimedOut.into());
                }
                seen = now;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHORT: TimeLimit = TimeLimit {
        silence: Duration::from_millis(20),
        whole: Duration::from_secs(3600),
    };

    #[test]
    fn what_never_answers_is_given_up() {
        let (_kept, never) = channel::<()>();
        let waiting = within(SHORT, move |_| {
            let _ = never.recv();
            Ok(())
        });
        assert_eq!(waiting.unwrap_err().kind(), io::ErrorKind::TimedOut);
    }

    #[test]
    fn what_goes_on_for_ever_is_given_up_too() {
        let limit = TimeLimit {
            silence: Duration::from_secs(3600),
            whole: Duration::from_millis(50),
        };
        let (_kept, never) = channel::<()>();
        let going_on = within(limit, move |progress| {
            progress.add(1);
            let _ = never.recv();
            Ok(())
        });
        assert_eq!(going_on.unwrap_err().kind(), io::ErrorKind::TimedOut);
    }

    #[test]
    fn results_and_errors_are_handed_on() {
        let limit = TimeLimit {
            silence: Duration::from_secs(3600),
            whole: Duration::from_secs(3600),
        };
        assert_eq!(within(limit, |_| Ok(1)).unwrap(), 1);
        let failed: io::Result<()> = within(limit, |_| Err(io::ErrorKind::StorageFull.into()));
        assert_eq!(failed.unwrap_err().kind(), io::ErrorKind::StorageFull);
    }
}
