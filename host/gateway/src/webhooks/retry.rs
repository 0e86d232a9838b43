// SPDX-License-Identifier: Apache-2.0
//! What follows from an attempt: one table.

use std::time::{Duration, SystemTime};

use super::settings::WebhookSettings;
use crate::{
    outbound::{Fault, HttpOutcome},
    sending::delay,
};

/// The longest wait that a receiver may ask for: with more, an entry would be as good as lost.
const LONGEST_RETRY_AFTER: Duration = Duration::from_secs(24 * 60 * 60);

/// What an attempt came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Verdict {
    /// 2xx: the receiver has it.
    Taken,
    /// 410: there is no receiver any more.
    Gone,
    /// It is tried again.
    Again(Again),
}

/// Why and when an entry is tried again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Again {
    /// For metrics and log.
    pub(super) result: &'static str,
    /// In words; nothing of the answer but its status is in it.
    pub(super) why: String,
    /// Whether the receiver is there at all, and not overloaded.
    pub(super) is_answer: bool,
    /// Whether the operator has to act.
    pub(super) is_ours: bool,
    /// Not before: `Retry-After`.
    pub(super) not_before: Option<Duration>,
}

impl Verdict {
    pub(super) fn of(outcome: &HttpOutcome, now: SystemTime) -> Self {
        let again = |result, why, fault| {
            Self::Again(Again {
                result,
                why,
                is_answer: false,
                is_ours: matches!(fault, Fault::Configuration | Fault::Caller),
                not_before: None,
            })
        };
        let answer = match outcome {
            HttpOutcome::Answered(answer) => answer,
            HttpOutcome::NotSent(fact) => return again("not-sent", fact.to_string(), fact.fault()),
            HttpOutcome::Unknown(fact) => {
                return again("unanswered", fact.to_string(), fact.fault());
            }
        };
        match answer.status {
            200..=299 => Self::Taken,
            410 => Self::Gone,
            status => {
                let mut fields = answer.headers.iter();
                let field = fields.find(|(name, _)| name == "retry-after");
                Self::Again(Again {
                    result: "refused",
                    why: format!(
                        "the receiver answered with status {status}{}",
                        remedy(status)
                    ),
                    is_answer: status != 429 && status < 500,
                    is_ours: false,
                    not_before: field.and_then(|(_, value)| retry_after(value, now)),
                })
            }
        }
    }
}

/// What to do about statuses that no further attempt changes.
fn remedy(status: u16) -> &'static str {
    match status {
        301 | 302 | 303 | 307 | 308 => {
            ", a redirect, and those are not followed: write the place that takes entries as the webhook's `url`"
        }
        _ => "",
    }
}

/// Seconds, or a date (RFC 9110 §10.2.3); what is neither does not count.
fn retry_after(value: &str, now: SystemTime) -> Option<Duration> {
    let value = value.trim();
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    // Some servers write fractions of seconds.
    let (whole, fraction) = value.split_once('.').unwrap_or((value, "0"));
    let wait = match is_number(whole) && is_number(fraction) {
        true => {
            let more = u64::from(fraction.bytes().any(|digit| digit != b'0'));
            let seconds: u64 = whole.parse().unwrap_or(u64::MAX);
            Duration::from_secs(seconds.saturating_add(more))
        }
        false => {
            let at = httpdate::parse_http_date(value).ok()?;
            at.duration_since(now).unwrap_or_default()
        }
    };
    Some(wait.min(LONGEST_RETRY_AFTER))
}

/// How often an entry has been given out, this time included, by the epoch of its lease: that goes up when it is given out and when it is given back. What
/// was not given back, because a process ended, is counted for half.
pub(super) fn attempts(epoch: u64) -> u32 {
    u32::try_from(epoch.div_ceil(2)).unwrap_or(u32::MAX)
}

/// How long to wait after an attempt, by a random number.
pub(super) fn pause(
    settings: &WebhookSettings,
    attempts: u32,
    not_before: Option<Duration>,
    random: u32,
) -> Duration {
    let longest = delay::longest(settings.first_delay, settings.longest_delay, attempts);
    delay::jittered(longest, random).max(not_before.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use silta::Blob;

    use super::*;
    use crate::outbound::HttpAnswer;

    fn answered(status: u16, retry_after: Option<&str>) -> Verdict {
        let fields = retry_after.map(|value| ("retry-after".to_owned(), value.to_owned()));
        let answer = HttpAnswer {
            status,
            headers: fields.into_iter().collect(),
            body: Blob::from(b"hush".to_vec()),
        };
        Verdict::of(&HttpOutcome::Answered(answer), SystemTime::UNIX_EPOCH)
    }

    #[test]
    fn statuses_mean_what_the_table_says() {
        for status in [200, 202, 204, 299] {
            assert_eq!(answered(status, None), Verdict::Taken);
        }
        assert_eq!(answered(410, Some("5")), Verdict::Gone);
        for (status, is_answer) in [
            (301, true),
            (307, true),
            (400, true),
            (404, true),
            (429, false),
            (500, false),
            (503, false),
        ] {
            let Verdict::Again(again) = answered(status, None) else {
                panic!("{status}");
            };
            assert_eq!((again.is_answer, again.not_before), (is_answer, None));
            assert!(!again.why.contains("hush"));
            assert_eq!(again.why.contains("`url`"), status < 400, "{}", again.why);
        }
    }

    #[test]
    fn a_receiver_may_ask_for_a_wait_and_not_for_ever() {
        let wait = |value: &str| match answered(503, Some(value)) {
            Verdict::Again(again) => again.not_before.map(|wait| wait.as_secs()),
            _ => None,
        };
        assert_eq!(wait("120"), Some(120));
        assert_eq!(wait("Thu, 01 Jan 1970 00:02:00 GMT"), Some(120));
        assert_eq!(wait("99999999999"), Some(86_400));
        assert_eq!(wait("29.997"), Some(30));
        for nothing in ["soon", "-5", "", ".", "5."] {
            assert_eq!(wait(nothing), None, "{nothing}");
        }
    }

    #[test]
    fn attempts_are_counted_by_the_epoch_and_pauses_grow() {
        assert_eq!([1, 3, 5, 401].map(attempts), [1, 2, 3, 201]);
        let settings = WebhookSettings::default();
        let pause = |attempts, not_before| pause(&settings, attempts, not_before, 1 << 31);
        assert_eq!(pause(1, None), Duration::from_millis(2_500));
        assert_eq!(pause(2, None), Duration::from_secs(5));
        assert_eq!(pause(30, None), Duration::from_secs(1_800));
        let wait = Duration::from_secs(60);
        assert_eq!(pause(1, Some(wait)), wait);
    }
}
