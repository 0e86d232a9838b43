// SPDX-License-Identifier: Apache-2.0
//! An agency that does not answer is asked by one operation at a time.

use std::time::{Duration, Instant};

use super::delay;

/// When to leave somebody alone who does not answer, and how often to ask then.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct BreakerRule {
    /// After so many requests in a row without an answer.
    pub(crate) calls: u32,
    /// Pause before the first that asks; it doubles.
    pub(crate) first: Duration,
    /// What it doubles up to.
    pub(crate) longest: Duration,
}

/// Whether an agency answers, as far as is known.
#[derive(Debug, Default)]
pub(crate) struct Breaker {
    /// Requests in a row without an answer.
    silent: u32,
    open: Option<Open>,
}

#[derive(Debug)]
struct Open {
    /// Probes that had no answer, and what opened it.
    failures: u32,
    /// When the next probe may begin.
    probe_at: Instant,
    is_probing: bool,
    /// It answers, and gives out no credential: an answer to that changes nothing.
    is_locked: bool,
}

/// How many operations may begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Allowance {
    /// As many as there are.
    All,
    /// One, as a probe.
    One,
    /// None before a moment; none at all before the probe has ended, where there is none.
    None(Option<Instant>),
}

/// What has changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Change {
    /// It does not answer: one at a time from now on.
    Opened,
    /// It answers again.
    Closed,
}

impl Breaker {
    /// An answer came, or none; to a request for a credential, or to another.
    pub(crate) fn heard(
        &mut self,
        (is_answer, is_for_credential): (bool, bool),
        now: Instant,
        rule: BreakerRule,
    ) -> Option<Change> {
        if is_answer {
            self.silent = 0;
            let closing = self
                .open
                .take_if(|open| !(open.is_locked && is_for_credential));
            return closing.map(|_| Change::Closed);
        }
        self.silent = self.silent.saturating_add(1);
        match &mut self.open {
            // Others were under way when it was opened.
            Some(open) if !open.is_probing => None,
            Some(open) => {
                open.failures = open.failures.saturating_add(1);
                open.probe_at = now + pause(open.failures, rule);
                None
            }
            None if self.silent >= rule.calls => {
                self.begin(now, false, rule);
                Some(Change::Opened)
            }
            None => None,
        }
    }

    /// The agency gave out no credential, so that none of its answers lets anything be done.
    pub(crate) fn lock(&mut self, now: Instant, rule: BreakerRule) -> Option<Change> {
        let is_new = self.open.is_none();
        self.begin(now, true, rule);
        is_new.then_some(Change::Opened)
    }

    fn begin(&mut self, now: Instant, is_locked: bool, rule: BreakerRule) {
        let failures = self.open.take().map_or(0, |open| open.failures);
        let failures = failures.saturating_add(1);
        self.open = Some(Open {
            failures,
            probe_at: now + pause(failures, rule),
            is_probing: false,
            is_locked,
        });
    }

    pub(crate) fn allowance(&self, now: Instant) -> Allowance {
        match &self.open {
            None => Allowance::All,
            Some(open) if open.is_probing => Allowance::None(None),
            Some(open) if open.probe_at <= now => Allowance::One,
            Some(open) => Allowance::None(Some(open.probe_at)),
        }
    }

    /// An operation begins as a probe.
    pub(crate) fn begin_probe(&mut self) {
        if let Some(open) = &mut self.open {
            open.is_probing = true;
        }
    }

    /// It has ended, whether anything was sent or not.
    pub(crate) fn end_probe(&mut self) {
        if let Some(open) = &mut self.open {
            open.is_probing = false;
        }
    }
}

fn pause(failures: u32, rule: BreakerRule) -> Duration {
    delay::longest(rule.first, rule.longest, failures)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule() -> BreakerRule {
        BreakerRule {
            calls: 3,
            first: Duration::from_secs(2),
            longest: Duration::from_secs(6),
        }
    }

    #[test]
    fn it_opens_after_so_many_calls_in_a_row() {
        let (rule, now) = (rule(), Instant::now());
        let mut breaker = Breaker::default();
        let mut heard = |is_answer| breaker.heard((is_answer, false), now, rule);
        let changes: Vec<_> = [false, false, true, false, false, false, false]
            .map(&mut heard)
            .into();
        let opened = Some(Change::Opened);
        assert_eq!(changes, [None, None, None, None, None, opened, None]);
    }

    #[test]
    fn one_at_a_time_asks_at_growing_intervals_until_an_answer_comes() {
        let (rule, mut now) = (rule(), Instant::now());
        let mut breaker = Breaker::default();
        (0..3).for_each(|_| {
            breaker.heard((false, false), now, rule);
        });
        for seconds in [2, 4, 6, 6] {
            let at = now + Duration::from_secs(seconds);
            assert_eq!(breaker.allowance(now), Allowance::None(Some(at)));
            assert_eq!(breaker.allowance(at), Allowance::One);
            now = at;
            breaker.begin_probe();
            assert_eq!(breaker.allowance(now), Allowance::None(None));
            breaker.heard((false, false), now, rule);
            breaker.end_probe();
        }
        // One that sent nothing says nothing: the next may ask at once.
        now += Duration::from_secs(6);
        breaker.begin_probe();
        breaker.end_probe();
        assert_eq!(breaker.allowance(now), Allowance::One);
        breaker.begin_probe();
        let heard = breaker.heard((true, true), now, rule);
        assert_eq!(heard, Some(Change::Closed));
        assert_eq!(breaker.allowance(now), Allowance::All);
        breaker.end_probe();
        assert_eq!(breaker.allowance(now), Allowance::All);
    }

    /// A password that is refused is not tried again and again because the refusal is an answer.
    #[test]
    fn where_no_credential_is_given_out_an_answer_to_that_opens_nothing() {
        let (rule, now) = (rule(), Instant::now());
        let mut breaker = Breaker::default();
        assert_eq!(breaker.lock(now, rule), Some(Change::Opened));
        breaker.begin_probe();
        assert_eq!(breaker.heard((true, true), now, rule), None);
        assert_eq!(breaker.lock(now, rule), None);
        let at = now + Duration::from_secs(4);
        assert_eq!(breaker.allowance(now), Allowance::None(Some(at)));
        breaker.begin_probe();
        let heard = breaker.heard((true, false), now, rule);
        assert_eq!(heard, Some(Change::Closed));
    }
}
