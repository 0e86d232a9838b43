// SPDX-License-Identifier: Apache-2.0
//! When a candidate that serves a share of the conversations is worse than what serves the others.

use silta_store::record::ServedCalls;

use super::settings::TrialSettings;

/// With fewer conversations and calls of the candidate that have something wrong nobody knows, whatever their share.
const LEAST_WRONG: u64 = 5;

/// By so little chance at most so many of those that have something wrong would be among the candidate's, if both were the same. It is this small since it is asked again and again.
const MOST_CHANCE: f64 = 1e-5;

/// Terms that are smaller than this part of a sum do not change it.
const NEGLIGIBLE: f64 = 1e-12;

/// Whether more of a candidate's conversations and calls have something wrong, by more than `rollback-worse`, and by more than chance explains. With fewer than `rollback-calls` of either nobody knows.
pub(super) fn is_worse(
    candidate: &ServedCalls,
    serving: &ServedCalls,
    settings: &TrialSettings,
) -> bool {
    let least = settings.rollback_calls;
    if candidate.keys < least || serving.keys < least || candidate.wrong_keys < LEAST_WRONG {
        return false;
    }
    is_over(candidate, serving, settings.rollback_worse) && chance(candidate, serving) < MOST_CHANCE
}

/// Whether a candidate's rate is the larger one, by more than so many of a thousand.
pub(super) fn is_over(candidate: &ServedCalls, serving: &ServedCalls, of_thousand: u32) -> bool {
    rate(candidate) - rate(serving) > f64::from(of_thousand) / 1_000.0
}

/// How probable it is that so many or more of all that have something wrong are the candidate's, if they are drawn from both alike (the upper tail of the hypergeometric distribution: Fisher's
/// exact test, one-sided). It is asked only where the candidate's rate is the larger one, so that terms get smaller.
fn chance(candidate: &ServedCalls, serving: &ServedCalls) -> f64 {
    let (own, others) = (candidate.keys, serving.keys);
    let wrong = candidate.wrong_keys.saturating_add(serving.wrong_keys);
    let all = own.saturating_add(others);
    let mut found = candidate.wrong_keys;
    let mut term =
        (ways(own, found) + ways(others, wrong.saturating_sub(found)) - ways(all, wrong)).exp();
    let mut sum = term;
    while found < own.min(wrong) && term > sum * NEGLIGIBLE {
        let left = number(own.saturating_sub(found)) * number(wrong.saturating_sub(found));
        found = found.saturating_add(1);
        // Of those of what serves, so many have nothing wrong.
        let well = number(others) - number(wrong) + number(found);
        if well <= 0.0 {
            // Fewer of the candidate's cannot be: this one is certain.
            break;
        }
        term *= left / (number(found) * well);
        sum += term;
    }
    sum
}

/// The logarithm of the number of ways to draw so many of these.
fn ways(all: u64, drawn: u64) -> f64 {
    if drawn > all {
        return f64::NEG_INFINITY;
    }
    factorial(all) - factorial(drawn) - factorial(all.saturating_sub(drawn))
}

/// The logarithm of a factorial: exact for small numbers, otherwise by Stirling's series, which is off by less than 10⁻⁹ then.
fn factorial(of: u64) -> f64 {
    if of < 20 {
        return (2..=of).map(|it| number(it).ln()).sum();
    }
    let n = number(of);
    let series = 1.0 / (12.0 * n) - 1.0 / (360.0 * n.powi(3));
    n * n.ln() - n + 0.5 * (std::f64::consts::TAU * n).ln() + series
}

fn rate(served: &ServedCalls) -> f64 {
    match served.keys {
        0 => 0.0,
        keys => number(served.wrong_keys) / number(keys),
    }
}

/// Exact, below four thousand million.
fn number(count: u64) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn served(keys: u64, wrong_keys: u64) -> ServedCalls {
        ServedCalls {
            keys,
            wrong_keys,
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
        // At the usual proportion, where hardly one is expected to be wrong.
        assert!(!worse((50, 3), (950, 9)));
        assert!(!worse((50, 4), (950, 0)));
        assert!(worse((50, 5), (950, 0)));
    }

    #[test]
    fn chance_decides_nothing() {
        assert!(!worse((50, 3), (100, 0)));
        assert!(!worse((50, 8), (50, 3)));
        assert!(!worse((50, 5), (950, 9)));
        assert!(worse((50, 10), (950, 19)));
        assert!(worse((50, 10), (950, 9)));
    }

    #[test]
    fn the_chance_is_that_of_the_exact_test() {
        // Computed by hand: 1 of 184,756 ways, and 3 of 6 drawn 2 from 4 and 1 from 2, or more.
        for (candidate, serving, expected) in [
            ((10, 10), (10, 0), 1.0 / 184_756.0),
            ((4, 2), (2, 1), 0.8),
            ((4, 3), (2, 0), 0.2),
            ((2, 2), (2, 2), 1.0),
            ((60, 0), (60, 0), 1.0),
        ] {
            let (one, other) = (
                served(candidate.0, candidate.1),
                served(serving.0, serving.1),
            );
            let found = chance(&one, &other);
            assert!((found - expected).abs() < 1e-9, "{candidate:?}: {found}");
        }
    }

    #[test]
    fn a_rate_that_is_worse_by_less_than_allowed_decides_nothing() {
        assert!(!worse((1_000_000, 50_000), (1_000_000, 0)));
        assert!(worse((1_000_000, 50_001), (1_000_000, 0)));
        assert!(!worse((1_000, 0), (1_000, 500)));
        assert!(!worse((1_000, 500), (1_000, 500)));
    }
}
