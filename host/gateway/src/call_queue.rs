// SPDX-License-Identifier: Apache-2.0
//! Which calls of an agency are in the sandbox, and which wait for a place there.
//!
//! A queue that is bounded by number alone makes everybody wait for as long as it is full, and with more calls than can be answered it is always full. So this
//! one is bounded by time: a call that would wait for longer than it may, going by what calls take now, is refused when it comes, and one for which that turns
//! out wrong when its time is over. Known callers go first; while they wait, every fourth place is a stranger's, so that a caller who is not known yet gets its turn.
//!
//! The thread whose call is done takes the next one from the queue itself. Were the next one told to come, its place would stand empty until the threads of the runtime
//! get round to it, and under load that is longer than the call takes.

use std::{
    collections::BTreeMap,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use tokio::{sync::oneshot, time::timeout};

/// So many known callers go first before a stranger has its turn.
const KNOWN_FIRST: usize = 3;

/// Of what calls take, the last one counts for one part in so many.
const SMOOTHING: u32 = 8;

/// The places of an agency in the sandbox.
pub(crate) struct CallQueue {
    places: Mutex<Places>,
    number: usize,
    /// How many of them strangers may have.
    of_strangers: usize,
}

#[derive(Default)]
struct Places {
    taken: usize,
    taken_by_strangers: usize,
    known: Line,
    strangers: Line,
    /// Numbers those who wait, in the order in which they came.
    arrivals: u64,
    /// Known callers that got a place since a stranger did.
    known_in_a_row: usize,
    /// How long a place is held, about.
    held: Duration,
}

/// Who waits, the first first.
type Line = BTreeMap<u64, InLine>;

struct InLine {
    until: Instant,
    work: Work,
}

/// What is done in a place, or once it is clear that there is none in time.
type Work = Box<dyn FnOnce(Result<(), NoPlaceInTime>) + Send>;

/// There is no place in time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct NoPlaceInTime;

/// Why something was not done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NotDone {
    /// It would have waited too long, or has.
    NoPlaceInTime,
    /// It panicked.
    Panicked,
}

/// Somebody's number in a line; dropping it leaves the line.
struct Ticket {
    queue: Arc<CallQueue>,
    is_known: bool,
    number: u64,
}

impl CallQueue {
    /// So many places, at least one; strangers may have three quarters of them.
    pub(crate) fn new(number: usize) -> Self {
        let number = number.max(1);
        Self {
            places: Mutex::default(),
            number,
            of_strangers: number - number / 4,
        }
    }

    /// Waits for a place, for so long at most, and does something there, on a thread that may block. Once begun it goes on, whether somebody waits for it or not.
    ///
    /// # Errors
    /// See [`NotDone`].
    pub(crate) async fn run<T: Send + 'static>(
        self: &Arc<Self>,
        is_known: bool,
        longest_wait: Duration,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, NotDone> {
        let (tell, mut told) = oneshot::channel();
        let work = move |turn: Result<(), NoPlaceInTime>| {
            // Where nobody waits any more, nobody is told.
            let _ = tell.send(turn.map(|()| work()));
        };
        let in_line = InLine {
            until: Instant::now() + longest_wait,
            work: Box::new(work),
        };
        let ticket = self.begin_or_wait(is_known, longest_wait, in_line)?;
        let mut answer = timeout(longest_wait, &mut told).await;
        if answer.is_err() {
            if ticket.is_some_and(|ticket| ticket.leave()) {
                return Err(NotDone::NoPlaceInTime);
            }
            // It has begun.
            answer = Ok(told.await);
        }
        match answer {
            Ok(Ok(Ok(done))) => Ok(done),
            Ok(Ok(Err(NoPlaceInTime))) | Err(_) => Err(NotDone::NoPlaceInTime),
            Ok(Err(_)) => Err(NotDone::Panicked),
        }
    }

    /// Begins at once if there is a place, and waits otherwise: then there is a ticket.
    fn begin_or_wait(
        self: &Arc<Self>,
        is_known: bool,
        longest_wait: Duration,
        in_line: InLine,
    ) -> Result<Option<Ticket>, NotDone> {
        let mut places = self.places();
        // With room for it nobody of its kind waits.
        if places.has_room(is_known, self) {
            places.take(is_known);
            drop(places);
            let queue = Arc::clone(self);
            // Its end is told by the work itself.
            drop(tokio::task::spawn_blocking(move || {
                queue.work(is_known, in_line.work);
            }));
            return Ok(None);
        }
        if places.expected(is_known, self) > longest_wait {
            return Err(NotDone::NoPlaceInTime);
        }
        Ok(Some(places.wait(is_known, in_line, self)))
    }

    /// Does one thing, and then whatever is next, as long as there is something.
    fn work(&self, mut is_known: bool, mut work: Work) {
        loop {
            let begun = Instant::now();
            // Whoever waits for it is told by what it drops; the panic itself has been reported by its hook.
            let _ = catch_unwind(AssertUnwindSafe(|| work(Ok(()))));
            match self.next(is_known, begun.elapsed()) {
                Some(next) => (is_known, work) = next,
                None => return,
            }
        }
    }

    /// Gives a place back and takes it for the next one, if somebody waits for it.
    fn next(&self, was_known: bool, held: Duration) -> Option<(bool, Work)> {
        let mut too_late = Vec::new();
        let next = {
            let mut places = self.places();
            places.give_back(was_known, held);
            let now = Instant::now();
            loop {
                match places.pop(self) {
                    Some((_, late)) if late.until < now => too_late.push(late.work),
                    Some((is_known, next)) => {
                        places.take(is_known);
                        break Some((is_known, next.work));
                    }
                    None => break None,
                }
            }
        };
        for work in too_late {
            work(Err(NoPlaceInTime));
        }
        next
    }

    fn places(&self) -> MutexGuard<'_, Places> {
        self.places.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Places {
    fn line(&mut self, is_known: bool) -> &mut Line {
        match is_known {
            true => &mut self.known,
            false => &mut self.strangers,
        }
    }

    fn has_room(&self, is_known: bool, queue: &CallQueue) -> bool {
        self.taken < queue.number && (is_known || self.taken_by_strangers < queue.of_strangers)
    }

    fn take(&mut self, is_known: bool) {
        self.taken += 1;
        self.taken_by_strangers += usize::from(!is_known);
        self.known_in_a_row = if is_known { self.known_in_a_row + 1 } else { 0 };
    }

    fn give_back(&mut self, was_known: bool, held: Duration) {
        self.taken -= 1;
        self.taken_by_strangers -= usize::from(!was_known);
        self.held = (self.held * (SMOOTHING - 1) + held) / SMOOTHING;
    }

    /// How long until a call that comes now would be the first in its line, going by what calls took before.
    fn expected(&self, is_known: bool, queue: &CallQueue) -> Duration {
        let (known, strangers) = (self.known.len(), self.strangers.len());
        let ahead = match is_known {
            true => known + strangers.min(known / KNOWN_FIRST),
            false => strangers + known.min((strangers + 1) * KNOWN_FIRST),
        };
        let ahead = u32::try_from(ahead).unwrap_or(u32::MAX);
        let number = u32::try_from(queue.number).unwrap_or(u32::MAX);
        self.held.saturating_mul(ahead) / number
    }

    fn wait(&mut self, is_known: bool, in_line: InLine, queue: &Arc<CallQueue>) -> Ticket {
        self.arrivals += 1;
        let number = self.arrivals;
        self.line(is_known).insert(number, in_line);
        Ticket {
            queue: Arc::clone(queue),
            is_known,
            number,
        }
    }

    /// Who is next, and whether it is known, if there is room for it.
    fn pop(&mut self, queue: &CallQueue) -> Option<(bool, InLine)> {
        let is_strangers_turn = self.known_in_a_row >= KNOWN_FIRST;
        for is_known in [!is_strangers_turn, is_strangers_turn] {
            if self.has_room(is_known, queue)
                && let Some((_, next)) = self.line(is_known).pop_first()
            {
                return Some((is_known, next));
            }
        }
        None
    }
}

impl Ticket {
    /// Whether it still stood in its line.
    fn leave(self) -> bool {
        self.remove().is_some()
    }

    fn remove(&self) -> Option<InLine> {
        self.queue.places().line(self.is_known).remove(&self.number)
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        // What is removed is dropped outside of the lock.
        drop(self.remove());
    }
}

#[cfg(test)]
mod tests;
