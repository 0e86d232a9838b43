// SPDX-License-Identifier: Apache-2.0
//! What a candidate lacks before it may serve.

use std::{fmt, time::Duration};

use silta_store::{
    Timestamp,
    record::{Trial, TrialMode},
};

use super::{settings::TrialSettings, worse};

/// Something that a candidate lacks before it may serve.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lacking {
    /// Too few calls were done again.
    Calls {
        /// So many were.
        done: u64,
        /// `least-calls`.
        least: u64,
    },
    /// It has served too few calls.
    Served {
        /// So many it has.
        done: u64,
        /// `least-calls`.
        least: u64,
    },
    /// Too many of the calls that it served came to something wrong, beside those of what serves.
    Problems {
        /// So many of its calls did.
        wrong: u64,
        /// Of so many.
        calls: u64,
        /// Of those of what serves.
        serving_wrong: u64,
        /// Of so many.
        serving_calls: u64,
        /// `rollback-worse`, of a thousand.
        most: u32,
    },
    /// It has not been on trial for long enough.
    Time {
        /// For so long it has.
        passed: Duration,
        /// `least-seconds`.
        least: Duration,
    },
    /// Too many calls differ.
    Differences {
        /// So many did.
        different: u64,
        /// Of so many.
        done: u64,
        /// `most-differences`, of a thousand.
        most: u32,
    },
}

impl Lacking {
    /// All that a trial lacks at this moment of the store's time.
    pub(super) fn of(trial: &Trial, settings: &TrialSettings, now: Timestamp) -> Vec<Self> {
        let passed = Duration::from_millis(now.0.saturating_sub(trial.since.0));
        let least = settings.least_time;
        let time = (passed < least).then_some(Self::Time { passed, least });
        let (calls, others) = match trial.mode {
            TrialMode::Shadow => Self::of_shadow(trial, settings),
            TrialMode::Canary => Self::of_canary(trial, settings),
        };
        [calls, time, others].into_iter().flatten().collect()
    }

    fn of_shadow(trial: &Trial, settings: &TrialSettings) -> (Option<Self>, Option<Self>) {
        let evidence = &trial.evidence;
        let (done, different) = (evidence.calls(), evidence.different);
        let most = settings.most_differences;
        let is_over = u128::from(different) * 1_000 > u128::from(done) * u128::from(most);
        let least = settings.least_calls;
        let differences = Self::Differences {
            different,
            done,
            most,
        };
        (
            (done < least).then_some(Self::Calls { done, least }),
            is_over.then_some(differences),
        )
    }

    fn of_canary(trial: &Trial, settings: &TrialSettings) -> (Option<Self>, Option<Self>) {
        let (candidate, serving) = (&trial.evidence.candidate, &trial.evidence.serving);
        let (done, least) = (candidate.calls, settings.least_calls);
        let most = settings.rollback_worse;
        let problems = Self::Problems {
            wrong: candidate.wrong_calls(),
            calls: done,
            serving_wrong: serving.wrong_calls(),
            serving_calls: serving.calls,
            most,
        };
        (
            (done < least).then_some(Self::Served { done, least }),
            worse::is_over(candidate, serving, most).then_some(problems),
        )
    }
}

impl fmt::Display for Lacking {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Calls { done, least } => write!(
                f,
                "{done} calls were done again, and {least} have to be (`trial.least-calls`)"
            ),
            Self::Served { done, least } => write!(
                f,
                "it has served {done} calls, and has to have served {least} (`trial.least-calls`)"
            ),
            Self::Problems {
                wrong,
                calls,
                serving_wrong,
                serving_calls,
                most,
            } => write!(
                f,
                "{wrong} of its {calls} calls came to a problem, and {serving_wrong} of the {serving_calls} of what serves; it may be worse by {most} of a thousand (`trial.rollback-worse`)"
            ),
            Self::Time { passed, least } => write!(
                f,
                "it has been on trial for {} s, and has to be for {} s (`trial.least-seconds`)",
                passed.as_secs(),
                least.as_secs()
            ),
            Self::Differences {
                different,
                done,
                most,
            } => write!(
                f,
                "{different} of {done} calls differ, and {most} of a thousand may (`trial.most-differences`)"
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use silta_store::record::{ServedCalls, TrialEvidence};

    use super::*;

    fn lacking(same: u64, different: u64, seconds: u64, most: u32) -> Vec<Lacking> {
        let trial = Trial {
            mode: TrialMode::Shadow,
            of_thousand: 1_000,
            since: Timestamp(5_000),
            by: String::new(),
            why: String::new(),
            evidence: TrialEvidence {
                same,
                different,
                ..TrialEvidence::default()
            },
            end: None,
        };
        let settings = TrialSettings {
            least_calls: 10,
            least_time: Duration::from_secs(60),
            most_differences: most,
            ..TrialSettings::default()
        };
        Lacking::of(&trial, &settings, Timestamp(5_000 + seconds * 1_000))
    }

    #[test]
    fn each_threshold_holds_at_its_number_and_not_below() {
        assert_eq!(lacking(10, 0, 60, 0), []);
        let least = Duration::from_secs(60);
        let passed = Duration::from_secs(59);
        assert_eq!(lacking(10, 0, 59, 0), [Lacking::Time { passed, least }]);
        let calls = Lacking::Calls { done: 9, least: 10 };
        assert_eq!(lacking(9, 0, 60, 0), [calls]);
        assert_eq!(lacking(999, 1, 60, 1), []);
        let too_many = Lacking::Differences {
            different: 1,
            done: 999,
            most: 1,
        };
        assert_eq!(lacking(998, 1, 60, 1), [too_many]);
        assert_eq!(lacking(0, 0, 0, 1_000).len(), 2);
    }

    #[test]
    fn what_is_lacking_names_its_setting() {
        let told: Vec<_> = lacking(0, 1, 0, 0).iter().map(Lacking::to_string).collect();
        for (told, setting) in told
            .iter()
            .zip(["least-calls", "least-seconds", "most-differences"])
        {
            assert!(told.contains(setting), "{told}");
        }
    }

    #[test]
    fn a_canary_lacks_calls_and_rates_by_what_it_served() {
        let served = |calls, problems| ServedCalls {
            calls,
            problems,
            ..ServedCalls::default()
        };
        let lacking = |candidate, serving| {
            let trial = Trial {
                mode: TrialMode::Canary,
                of_thousand: 50,
                since: Timestamp(0),
                by: String::new(),
                why: String::new(),
                evidence: TrialEvidence {
                    candidate,
                    serving,
                    // Seen before, as a shadow.
                    different: 5,
                    ..TrialEvidence::default()
                },
                end: None,
            };
            let settings = TrialSettings {
                least_calls: 10,
                least_time: Duration::ZERO,
                ..TrialSettings::default()
            };
            Lacking::of(&trial, &settings, Timestamp(0))
        };
        assert_eq!(lacking(served(10, 0), served(0, 0)), []);
        let few = Lacking::Served { done: 9, least: 10 };
        assert_eq!(lacking(served(9, 0), served(0, 0)), [few]);
        assert_eq!(lacking(served(20, 1), served(20, 0)), []);
        let problems = lacking(served(20, 2), served(20, 0));
        assert!(problems[0].to_string().contains("rollback-worse"));
        assert_eq!(problems.len(), 1);
    }
}
