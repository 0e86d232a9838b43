//! What the last list of subscriptions told, carried from list to list so that only changes are told.

use std::collections::BTreeMap;

/// Status of a subscription's registration by its number.
pub type Statuses = BTreeMap<i64, String>;

/// Bits of a number in one character.
const BITS: u32 = 5;

/// The digit that says that the number goes on: the sixth bit of a character.
const MORE: u64 = 1 << BITS;

/// base64url (RFC 4648 §5).
const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// Reads what [`write_seen`] has written. What is none of it is as if nothing had been seen: everything is told again.
pub fn read_seen(memo: &str) -> Statuses {
    let groups: BTreeMap<String, String> = serde_json::from_str(memo).unwrap_or_default();
    let mut seen = Statuses::new();
    for (status, numbers) in groups {
        let Some(numbers) = unpacked(&numbers) else {
            return Statuses::new();
        };
        seen.extend(numbers.into_iter().map(|number| (number, status.clone())));
    }
    seen
}

/// Writes as many as fit into `largest` bytes, the smallest numbers first, and tells how many those are: one JSON object of numbers by status. Numbers are
/// packed, each as its distance from the one before: a registration takes a byte or two where numbers are given one after another, eleven where they are random.
pub fn write_seen(seen: &Statuses, largest: usize) -> (String, usize) {
    let whole = written(seen, seen.len());
    if whole.len() <= largest {
        return (whole, seen.len());
    }
    let (mut fits, mut too_many) = (0, seen.len());
    while too_many - fits > 1 {
        let middle = fits + (too_many - fits) / 2;
        match written(seen, middle).len() <= largest {
            true => fits = middle,
            false => too_many = middle,
        }
    }
    match fits {
        // Nothing has to be written for nothing.
        0 => (String::new(), 0),
        fits => (written(seen, fits), fits),
    }
}

fn written(seen: &Statuses, count: usize) -> String {
    let mut groups: BTreeMap<&str, (String, i64)> = BTreeMap::new();
    for (number, status) in seen.iter().take(count) {
        let (packed, last) = groups.entry(status).or_default();
        pack(packed, number.wrapping_sub(*last).cast_unsigned());
        *last = *number;
    }
    let groups = groups
        .into_iter()
        .map(|(status, (packed, _))| (status, packed));
    let groups: BTreeMap<_, _> = groups.collect();
    // Texts by texts can always be written.
    serde_json::to_string(&groups).unwrap_or_default()
}

/// The lowest bits first.
fn pack(text: &mut String, mut number: u64) {
    loop {
        let rest = number >> BITS;
        let more = if rest > 0 { MORE } else { 0 };
        let digit = (number % MORE) | more;
        let digit = usize::try_from(digit)
            .ok()
            .and_then(|digit| DIGITS.get(digit));
        text.extend(digit.map(|digit| char::from(*digit)));
        if rest == 0 {
            return;
        }
        number = rest;
    }
}

fn unpacked(text: &str) -> Option<Vec<i64>> {
    let mut numbers = Vec::new();
    let (mut last, mut distance, mut shift) = (0_i64, 0_u64, 0);
    for byte in text.bytes() {
        let digit = DIGITS.iter().position(|digit| *digit == byte)?;
        let digit = u64::try_from(digit).ok()?;
        let bits = (digit % MORE).checked_shl(shift)?;
        distance = distance.checked_add(bits)?;
        if digit & MORE > 0 {
            shift += BITS;
            continue;
        }
        last = last.wrapping_add(distance.cast_signed());
        numbers.push(last);
        (distance, shift) = (0, 0);
    }
    (shift == 0).then_some(numbers)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(numbers: impl IntoIterator<Item = i64>, status: &str) -> Statuses {
        let numbers = numbers.into_iter();
        numbers.map(|number| (number, status.to_owned())).collect()
    }

    #[test]
    fn what_is_written_is_read() {
        let mut mixed = seen([i64::MIN, -7, 0, 1, 42, i64::MAX], "active");
        mixed.extend(seen([-1, 2, 43], "fail"));
        mixed.extend(seen([44], "a \"new\" one\n"));
        for seen in [Statuses::new(), seen(1..1000, "active"), mixed] {
            let (memo, count) = write_seen(&seen, usize::MAX);
            assert_eq!((read_seen(&memo), count), (seen.clone(), seen.len()));
        }
        assert_eq!(
            write_seen(&seen([42], "active"), 100).0,
            r#"{"active":"qB"}"#
        );
    }

    #[test]
    fn memos_hold_thousands_of_small_numbers_and_hundreds_of_large_ones() {
        for (numbers, least) in [
            (seen(5_000_000..5_010_000, "active"), 4000),
            (
                seen((1..10_000).map(|number| number * 1000), "active"),
                2000,
            ),
            (seen((1..10_000).map(|number| number << 49), "active"), 350),
        ] {
            let (memo, count) = write_seen(&numbers, 4096);
            assert!(memo.len() <= 4096 && count >= least, "{count}");
            let first: Statuses = numbers.into_iter().take(count).collect();
            assert_eq!(read_seen(&memo), first);
        }
    }

    #[test]
    fn as_many_as_fit_are_written() {
        let all = seen(1..=10, "active");
        let (whole, _) = write_seen(&all, usize::MAX);
        assert_eq!(write_seen(&all, whole.len()), (whole.clone(), 10));
        let (less, count) = write_seen(&all, whole.len() - 1);
        assert_eq!((less.len(), count), (whole.len() - 1, 9));
        assert_eq!(write_seen(&all, 3), (String::new(), 0));
        let (memo, count) = write_seen(&seen([1], &"x".repeat(100)), 50);
        assert_eq!((memo.as_str(), count), ("", 0));
    }

    #[test]
    fn what_is_none_is_as_nothing() {
        for memo in [
            "",
            "x",
            "[]",
            r#"{"active":"g"}"#,
            r#"{"active":"!"}"#,
            r#"{"active":"ggggggggggggggggggggA"}"#,
            r#"{"active":"__________"}"#,
            r#"{"active":1}"#,
        ] {
            assert_eq!(read_seen(memo), Statuses::new(), "{memo}");
        }
    }
}
