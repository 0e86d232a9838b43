// SPDX-License-Identifier: Apache-2.0
//! Durations (Part 2, §3.2.6).

use std::cmp::Ordering;

use super::lexical::is_digits;
use super::moment::days_before;

/// A duration: months, and seconds with a fraction in units of 10⁻¹⁸.
#[derive(Clone, Debug)]
pub(crate) struct Duration {
    months: i128,
    fine: i128,
}

const SECOND: i128 = 1_000_000_000_000_000_000;

impl Duration {
    /// Numbers of more than twelve digits, or eighteen behind the point, are not read.
    pub(super) fn read(text: &str) -> Option<Self> {
        let (sign, text) = match text.strip_prefix('-') {
            Some(text) => (-1, text),
            None => (1, text),
        };
        let text = text.strip_prefix('P')?;
        let (date, time) = match text.split_once('T') {
            Some((date, time)) => (date, Some(time)),
            None => (text, None),
        };
        // Nothing at all, or nothing behind `T`, is no duration.
        if time.map_or(date.is_empty(), str::is_empty) {
            return None;
        }
        let (years, date) = part(date, 'Y')?;
        let (months, date) = part(date, 'M')?;
        let (days, date) = part(date, 'D')?;
        let (hours, time) = part(time.unwrap_or_default(), 'H')?;
        let (minutes, time) = part(time, 'M')?;
        if !date.is_empty() {
            return None;
        }
        let seconds = (days * 24 + hours) * 3_600 + minutes * 60;
        Some(Self {
            months: sign * (years * 12 + months),
            fine: sign * (seconds * SECOND + fine_seconds(time)?),
        })
    }

    /// §3.2.6.2: how they stand to each other after each of four days.
    pub(super) fn compare(&self, other: &Self) -> Option<Ordering> {
        let mut orders = [(1696, 9), (1697, 2), (1903, 3), (1903, 7)].map(|(year, month)| {
            let after = |duration: &Self| duration.after(year, month);
            after(self).cmp(&after(other))
        });
        orders.sort_unstable();
        let [first, .., last] = orders;
        (first == last).then_some(first)
    }

    fn after(&self, year: i128, month: i128) -> i128 {
        let months = year * 12 + month - 1 + self.months;
        let year = i64::try_from(months.div_euclid(12)).unwrap_or_default();
        let month = i64::try_from(months.rem_euclid(12)).unwrap_or_default() + 1;
        days_before(year, month, 1) * 86_400 * SECOND + self.fine
    }
}

/// A number before `unit`, 0 if there is none, and what follows.
fn part(text: &str, unit: char) -> Option<(i128, &str)> {
    match text.split_once(unit) {
        Some((number, rest)) if number.bytes().all(|byte| byte.is_ascii_digit()) => {
            let is_number = is_digits(number) && number.len() <= 12;
            let number = is_number.then(|| number.parse().ok()).flatten()?;
            Some((number, rest))
        }
        _ => Some((0, text)),
    }
}

/// What stands before the last `S`.
fn fine_seconds(text: &str) -> Option<i128> {
    if text.is_empty() {
        return Some(0);
    }
    let number = text.strip_suffix('S')?;
    let (whole, fraction) = match number.split_once('.') {
        Some((whole, fraction)) => (whole, is_digits(fraction).then_some(fraction)?),
        None => (number, ""),
    };
    let fraction = fraction.trim_end_matches('0');
    if !is_digits(whole) || whole.len() > 12 || fraction.len() > 18 {
        return None;
    }
    let fraction: i128 = format!("{fraction:0<18}").parse().ok()?;
    Some(whole.parse::<i128>().ok()? * SECOND + fraction)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms() {
        for text in [
            "P1Y",
            "P1Y2M3DT4H5M6.7S",
            "-P120D",
            "PT0S",
            "P0Y",
            "PT1M",
            "PT1.50S",
        ] {
            assert!(Duration::read(text).is_some(), "{text}");
        }
        for text in [
            "", "P", "PT", "P1YT", "P-1Y", "1Y", "P1S", "PT1Y", "P1M1Y", "PT.5S", "PT1.S", "P1",
            "+P1Y", "PT1S1M", "P1.5D",
        ] {
            assert!(Duration::read(text).is_none(), "{text}");
        }
    }

    /// The table of §3.2.6.2.
    #[test]
    fn order() {
        use Ordering::{Equal, Greater, Less};
        for (one, two, order) in [
            ("P1Y", "P364D", Some(Greater)),
            ("P1Y", "P365D", None),
            ("P1Y", "P366D", None),
            ("P1Y", "P367D", Some(Less)),
            ("P1M", "P27D", Some(Greater)),
            ("P1M", "P28D", None),
            ("P1M", "P31D", None),
            ("P1M", "P32D", Some(Less)),
            ("P5M", "P149D", Some(Greater)),
            ("P5M", "P150D", None),
            ("P5M", "P153D", None),
            ("P5M", "P154D", Some(Less)),
            ("PT60S", "PT1M", Some(Equal)),
            ("-P1D", "PT0.1S", Some(Less)),
        ] {
            let read = |text| Duration::read(text).unwrap();
            assert_eq!(read(one).compare(&read(two)), order, "{one} {two}");
        }
    }
}
