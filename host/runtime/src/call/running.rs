// SPDX-License-Identifier: Apache-2.0
//! The calls of one generation that are under way, each with a flag by which it is cut off.

use std::{
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

/// Calls under way. Clones are the same.
#[derive(Clone, Default)]
pub(crate) struct Running(Arc<Mutex<Calls>>);

#[derive(Default)]
struct Calls {
    under_way: Vec<UnderWay>,
    next: u64,
    /// Whether no more calls may begin.
    has_ended: bool,
}

struct UnderWay {
    number: u64,
    since: Instant,
    cut: Arc<AtomicBool>,
}

/// One call; it is under way until this is dropped.
pub(crate) struct Entered<'a> {
    running: &'a Running,
    number: u64,
    cut: Arc<AtomicBool>,
}

impl Running {
    pub(crate) fn enter(&self, since: Instant) -> Entered<'_> {
        let mut calls = self.calls();
        let cut = Arc::new(AtomicBool::new(calls.has_ended));
        let number = calls.next;
        calls.next += 1;
        calls.under_way.push(UnderWay {
            number,
            since,
            cut: Arc::clone(&cut),
        });
        Entered {
            running: self,
            number,
            cut,
        }
    }

    /// How many are under way, and for how long the oldest has been; `None` when there are none.
    pub(crate) fn oldest(&self) -> Option<(usize, Duration)> {
        let calls = self.calls();
        // They are in no order: one that ends leaves its place to the last.
        let since = calls.under_way.iter().map(|call| call.since).min()?;
        Some((calls.under_way.len(), since.elapsed()))
    }

    /// Cuts off all that are under way, at the next tick of each; how many that had not been yet.
    pub(crate) fn cut(&self) -> usize {
        let calls = self.calls();
        let cut = calls.under_way.iter();
        cut.filter(|call| !call.cut.swap(true, Ordering::Relaxed))
            .count()
    }

    /// Cuts off all that are under way, and each that begins from now on, at its first tick.
    pub(crate) fn end(&self) {
        self.calls().has_ended = true;
        self.cut();
    }

    fn calls(&self) -> MutexGuard<'_, Calls> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Entered<'_> {
    /// Set when it is to end.
    pub(crate) fn flag(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.cut)
    }
}

impl Drop for Entered<'_> {
    fn drop(&mut self) {
        let mut calls = self.running.calls();
        let mut all = calls.under_way.iter();
        if let Some(place) = all.position(|call| call.number == self.number) {
            calls.under_way.swap_remove(place);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_are_told_while_they_are_under_way_and_cut_one_by_one() {
        let running = Running::default();
        assert_eq!(running.oldest(), None);
        let start = Instant::now();
        let first = running.enter(start);
        let second = running.enter(start);
        assert_eq!(running.oldest().unwrap().0, 2);
        drop(first);
        assert_eq!(running.oldest().unwrap().0, 1);
        assert_eq!((running.cut(), running.cut()), (1, 0));
        assert!(second.flag().load(Ordering::Relaxed));
        let third = running.enter(start);
        assert!(!third.flag().load(Ordering::Relaxed));
        drop((second, third));
        assert_eq!(running.oldest(), None);
        let fourth = running.enter(start);
        running.end();
        let late = running.enter(start);
        assert!(fourth.flag().load(Ordering::Relaxed) && late.flag().load(Ordering::Relaxed));
    }
}
