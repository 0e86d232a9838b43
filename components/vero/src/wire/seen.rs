// SPDX-License-Identifier: Apache-2.0
//! What the last list of subscriptions told, carried from list to list so that only changes are told.
//!
//! A memo has a group for each status: the length of the status, the status, the numbers of its subscriptions in ascending order, and a full stop. Lengths, and
//! numbers as their distance from the one before, are packed into five bits a character.

use std::collections::BTreeMap;

/// Status of a subscription's registration by its number.
pub type Statuses = BTreeMap<i64, String>;

/// Bits of a number in one character.
const BITS: u32 = 5;

/// The sixth bit of a character: the number goes on.
const MORE: u64 = 1 << BITS;

/// base64url (RFC 4648 §5).
const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// Ends a group; not among the digits.
const END: char = '.';

/// Reads what [`write_seen`] has written. Any other text counts as empty: everything is told again.
pub fn read_seen(memo: &str) -> Statuses {
    read(memo).unwrap_or_default()
}

fn read(mut rest: &str) -> Option<Statuses> {
    let mut seen = Statuses::new();
    while !rest.is_empty() {
        let length = usize::try_from(unpack(&mut rest)?).ok()?;
        let status;
        (status, rest) = rest.split_at_checked(length)?;
        let mut number = 0_i64;
        loop {
            if let Some(after) = rest.strip_prefix(END) {
                rest = after;
                break;
            }
            number = number.wrapping_add(unpack(&mut rest)?.cast_signed());
            remember(&mut seen, number, status);
        }
    }
    Some(seen)
}

/// Puts a status in place of the one that is known, if there is one.
#[inline(never)] // a tree takes much code wherever something is put into it
pub fn remember(seen: &mut Statuses, number: i64, status: &str) {
    seen.insert(number, status.to_owned());
}

/// Writes as many as fit into `largest` bytes, the smallest numbers first, and tells how many those are. A registration takes a byte or two where numbers are
/// given one after another, eleven where they are random.
pub fn write_seen(seen: &Statuses, largest: usize) -> (String, usize) {
    let mut groups: Vec<Group<'_>> = Vec::new();
    let (mut length, mut count) = (0, 0);
    for (number, status) in seen {
        let known = groups.iter().position(|group| group.status == status);
        let index = known.unwrap_or_else(|| {
            groups.push(Group::of(status));
            groups.len() - 1
        });
        let Some(group) = groups.get_mut(index) else {
            break;
        };
        let before = group.text.len();
        pack(
            &mut group.text,
            number.wrapping_sub(group.last).cast_unsigned(),
        );
        group.last = *number;
        let added = match known {
            Some(_) => group.text.len() - before,
            None => group.text.len() + 1,
        };
        if length + added > largest {
            group.text.truncate(before);
            groups.truncate(known.map_or(index, |_| groups.len()));
            break;
        }
        length += added;
        count += 1;
    }
    let mut memo = String::with_capacity(length);
    for group in groups {
        memo.push_str(&group.text);
        memo.push(END);
    }
    (memo, count)
}

/// The subscriptions of one status.
struct Group<'s> {
    status: &'s str,
    text: String,
    last: i64,
}

impl<'s> Group<'s> {
    fn of(status: &'s str) -> Self {
        let mut text = String::new();
        pack(&mut text, status.len() as u64);
        text.push_str(status);
        Self {
            status,
            text,
            last: 0,
        }
    }
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

fn unpack(rest: &mut &str) -> Option<u64> {
    let (mut number, mut shift) = (0, 0);
    loop {
        let (first, after) = rest.split_at_checked(1)?;
        let digit = DIGITS
            .iter()
            .position(|digit| first.as_bytes() == [*digit])? as u64;
        *rest = after;
        number |= (digit % MORE).checked_shl(shift)?;
        if digit < MORE {
            return Some(number);
        }
        shift += BITS;
    }
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
        assert_eq!(write_seen(&seen([42], "active"), 100).0, "GactiveqB.");
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
        assert_eq!(write_seen(&all, 9), ("GactiveB.".into(), 1));
        assert_eq!(write_seen(&all, 8), (String::new(), 0));
        let (memo, count) = write_seen(&seen([1], &"x".repeat(100)), 50);
        assert_eq!((memo.as_str(), count), ("", 0));
    }

    #[test]
    fn what_is_none_is_as_nothing() {
        for memo in [
            "",
            "x",
            "{}",
            "G",
            "Gactive",
            "GactiveB",
            "GactiveB.C",
            "Gactiveg.",
            "Gactive!.",
            "Cäö.",
            "ggggggggggggggggA.",
            "______________",
        ] {
            assert_eq!(read_seen(memo), Statuses::new(), "{memo}");
        }
    }
}
