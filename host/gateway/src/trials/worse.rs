// SPDX-License-Identifier: Apache-2.0
//! When a candidate that serves a share of the conversations is worse than what serves the others.

use silta_store::record::ServedCalls;

use super::settings::TrialSettings;

/// So many standard errors at least two rates are apart that differ by more than chance: of a thousand comparisons of the same, about one is.
const STANDARD_ERRORS: f64 = 3.0;

/// Whether more of a candidate's calls come to something wrong, by more than `rollback-worse`, and by more than chance explains. With fewer than `rollback-calls` of either nobody knows.
pub(super) fn is_worse(
    candidate: &ServedCalls,
    serving: &ServedCalls,
    settings: &TrialSettings,
) -> bool {
    let least = settings.rollback_calls;
    if candidate.calls < least || serving.calls < least {
        return false;
    }
    is_over(candidate, serving, settings.rollback_worse) && is_beyond_chance(candidate, serving)
}

/// Whether a candidate's rate is the larger one, by more than so many of a thousand.
pub(super) fn is_over(candidate: &ServedCalls, serving: &ServedCalls, of_thousand: u32) -> bool {
    rate(candidate) - rate(serving) > f64::from(of_thousand) / 1_000.0
}

/// The difference of two rates against the standard error that it would have if there were none.
fn is_beyond_chance(candidate: &ServedCalls, serving: &ServedCalls) -> bool {
    let (calls, others) = (number(candidate.calls), number(serving.calls));
    let wrong = number(candidate.wrong_calls()) + number(serving.wrong_calls());
    let together = wrong / (calls + others);
    let error = (together * (1.0 - together) * (1.0 / calls + 1.0 / others)).sqrt();
    rate(candidate) - rate(serving) > STANDARD_ERRORS * error
}

fn rate(served: &ServedCalls) -> f64 {
    match served.calls {
        0 => 0.0,
        calls => number(served.wrong_calls()) / number(calls),
    }
}

/// Exact, below four thousand million.
fn number(count: u64) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn served(calls: u64, problems: u64) -> ServedCalls {
        ServedCalls {
            calls,
            problems,
            ..ServedCalls::default()
        }
    }

    fn worse(candidate: (u64, u64), serving: (u64, u64)) -> bool {
        let settings = TrialSettings {
            rollback_calls: 50,
            rollback_worse: 50,
            ..TrialSettings::default()
        };
        let (candidate, serving) = (
            served(candidate.0, candidate.1),
            served(serving.0, serving.1),
        );
        is_worse(&candidate, &serving, &settings)
    }

    #[test]
    fn a_small_number_of_calls_decides_nothing() {
        assert!(!worse((49, 49), (1_000, 0)));
        assert!(!worse((1_000, 1_000), (49, 0)));
        assert!(worse((50, 50), (50, 0)));
    }

    #[test]
    fn chance_decides_nothing() {
        // Three of 50 are above 50 of a thousand: of rates that are the same, it is 2.5 and 1.6 standard errors.
        assert!(!worse((50, 3), (100, 0)));
        assert!(!worse((50, 8), (50, 3)));
        assert!(worse((50, 10), (950, 19)));
    }

    #[test]
    fn a_rate_that_is_worse_by_less_than_allowed_decides_nothing() {
        assert!(!worse((1_000_000, 50_000), (1_000_000, 0)));
        assert!(worse((1_000_000, 50_001), (1_000_000, 0)));
        assert!(!worse((1_000, 0), (1_000, 500)));
        assert!(!worse((1_000, 500), (1_000, 500)));
    }
}
