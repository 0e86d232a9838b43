// SPDX-License-Identifier: Apache-2.0
//! What is under way to an agency, and what may be claimed beside it.

use std::{
    borrow::Borrow,
    collections::BTreeMap,
    time::{Duration, Instant},
};

use silta::describe::{Direction, Operation, Transport};

use super::{
    breaker::{Allowance, Breaker, Change},
    settings::SendingSettings,
};

/// Operations of one agency that are under way in this process, and what holds up others.
#[derive(Debug, Default)]
pub(super) struct Traffic {
    /// By name.
    under_way: BTreeMap<String, u32>,
    /// Requests by operation and reference.
    references: BTreeMap<(String, String), u32>,
    pauses: BTreeMap<String, Slow>,
    https: Breaker,
    smtp: Breaker,
    /// It answers again, and nobody has been told yet of those that wait for that.
    answers_again: bool,
}

/// An operation that the agency's rate has held up.
#[derive(Debug)]
struct Slow {
    until: Instant,
    /// So many are claimed at once after that. It doubles with each request that may be sent.
    at_once: u32,
}

/// One claim of several that are made side by side.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Portion {
    /// Names that it leaves out.
    pub(super) except: Vec<String>,
    pub(super) limit: u32,
    /// By which way it asks whether the agency answers again.
    pub(super) probe: Option<Transport>,
}

/// What may be claimed.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Plan {
    pub(super) portions: Vec<Portion>,
    /// When more may be, if nothing else happens.
    pub(super) more_at: Option<Instant>,
}

impl Traffic {
    pub(super) fn begin(&mut self, name: &str) {
        *self.under_way.entry(name.to_owned()).or_default() += 1;
    }

    pub(super) fn end(&mut self, name: &str) {
        take_one(&mut self.under_way, name);
    }

    pub(super) fn total(&self) -> u32 {
        self.under_way.values().sum()
    }

    pub(super) fn breaker(&mut self, transport: Transport) -> &mut Breaker {
        match transport {
            Transport::Https => &mut self.https,
            Transport::Smtp => &mut self.smtp,
        }
    }

    /// What waits for an answer need not wait any longer.
    pub(super) fn answers_again(&mut self) {
        self.answers_again = true;
    }

    /// Whether that is so; once.
    pub(super) fn take_answers_again(&mut self) -> bool {
        std::mem::take(&mut self.answers_again)
    }

    pub(super) fn lock(
        &mut self,
        transport: Transport,
        now: Instant,
        settings: &SendingSettings,
    ) -> Option<Change> {
        self.breaker(transport).lock(now, settings.breaker())
    }

    /// An operation is not to be claimed for so long, and then one at first.
    pub(super) fn slow_down(&mut self, name: &str, until: Instant) {
        let slow = Slow { until, at_once: 1 };
        self.pauses.insert(name.to_owned(), slow);
    }

    /// A request of it may be sent.
    pub(super) fn speed_up(&mut self, name: &str, most: u32) {
        if let Some(slow) = self.pauses.get_mut(name) {
            slow.at_once = slow.at_once.saturating_mul(2);
            if slow.at_once >= most {
                self.pauses.remove(name);
            }
        }
    }

    /// Counts a request of a reference, unless so many are under way.
    pub(super) fn take_reference(&mut self, key: &(String, String), most: u32) -> bool {
        let count = self.references.entry(key.clone()).or_default();
        let is_free = *count < most;
        *count += u32::from(is_free);
        is_free
    }

    pub(super) fn drop_reference(&mut self, key: &(String, String)) {
        take_one(&mut self.references, key);
    }

    /// What may be claimed now, of an agency whose component has these operations.
    pub(super) fn plan(
        &self,
        operations: &[Operation],
        now: Instant,
        settings: &SendingSettings,
    ) -> Plan {
        let mut plan = Plan::default();
        let mut room = settings.operations_at_once.saturating_sub(self.total());
        if room == 0 {
            return plan;
        }
        let outbound = |known: &&Operation| known.direction == Direction::Outbound;
        let known: Vec<&Operation> = operations.iter().filter(outbound).collect();
        let shares = known
            .iter()
            .map(|operation| self.share(operation, now, &mut plan));
        let shares: Vec<Share> = shares.collect();
        let with = |wanted: Share| {
            let those = known.iter().zip(&shares);
            let those = those.filter(move |(_, share)| **share == wanted);
            those.map(|(operation, _)| *operation)
        };
        let except_all_but = |kept: &[&Operation]| {
            let left_out = known.iter();
            let left_out = left_out.filter(|it| !kept.iter().any(|kept| kept.name == it.name));
            left_out.map(|it| it.name.clone()).collect::<Vec<_>>()
        };
        for transport in [Transport::Https, Transport::Smtp] {
            let of_it = with(Share::Probe).filter(|probe| probe.transport == transport);
            let of_it: Vec<&Operation> = of_it.collect();
            if !of_it.is_empty() && room > 0 {
                plan.portions.push(Portion {
                    except: except_all_but(&of_it),
                    limit: 1,
                    probe: Some(transport),
                });
                room -= 1;
            }
        }
        for (operation, share) in known.iter().zip(&shares) {
            if let Share::Apart(limit) = share {
                plan.portions.push(Portion {
                    except: except_all_but(&[operation]),
                    limit: room.min(*limit),
                    probe: None,
                });
            }
        }
        // Also when none is left: what no component knows is looked at, too.
        let together: Vec<&Operation> = with(Share::Together).collect();
        plan.portions.push(Portion {
            except: except_all_but(&together),
            limit: room,
            probe: None,
        });
        plan.portions.retain(|portion| portion.limit > 0);
        plan
    }

    /// What may be sent of an operation now; where that is none for a while, the plan says until when.
    fn share(&self, operation: &Operation, now: Instant, plan: &mut Plan) -> Share {
        let slow = self.pauses.get(&operation.name);
        if let Some(slow) = slow.filter(|slow| slow.until > now) {
            plan.wake_at(slow.until);
            return Share::None;
        }
        let under_way = self.under_way.get(&operation.name).copied();
        let concurrency = operation.limits.concurrency;
        let free = concurrency.map(|most| most.saturating_sub(under_way.unwrap_or_default()));
        let limit = [free, slow.map(|slow| slow.at_once)].into_iter().flatten();
        let limit = limit.min();
        let open = match operation.transport {
            Transport::Https => self.https.allowance(now),
            Transport::Smtp => self.smtp.allowance(now),
        };
        match (open, limit) {
            (Allowance::None(at), _) => {
                at.into_iter().for_each(|at| plan.wake_at(at));
                Share::None
            }
            (Allowance::One, Some(0)) => Share::None,
            (Allowance::One, _) => Share::Probe,
            (Allowance::All, Some(limit)) => Share::Apart(limit),
            (Allowance::All, None) => Share::Together,
        }
    }
}

/// What may be sent of an operation.
#[derive(Clone, Copy, PartialEq)]
enum Share {
    None,
    /// One, to see whether the agency answers again.
    Probe,
    /// So many at most, whatever others send.
    Apart(u32),
    /// As many as there is room for, with the others.
    Together,
}

impl Plan {
    fn wake_at(&mut self, at: Instant) {
        self.more_at = Some(self.more_at.map_or(at, |before| before.min(at)));
    }

    /// After what time there may be more to claim, within a bound.
    pub(super) fn wait(&self, now: Instant, most: Duration) -> Duration {
        let until = self.more_at.map(|at| at.saturating_duration_since(now));
        until.map_or(most, |until| until.min(most))
    }
}

/// Takes one of a count, and forgets it where none is left.
fn take_one<K: Ord + Borrow<Q>, Q: Ord + ?Sized>(counts: &mut BTreeMap<K, u32>, key: &Q) {
    if let Some(count) = counts.get_mut(key) {
        *count = count.saturating_sub(1);
        if *count == 0 {
            counts.remove(key);
        }
    }
}

#[cfg(test)]
mod tests;
