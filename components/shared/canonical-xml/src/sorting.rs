// SPDX-License-Identifier: Apache-2.0
//! Sorting in little code. The standard library's is some 5 KB of a component for each type and order, and ten of them were a sixteenth of it; what is sorted here has seldom
//! more than five items.

use std::cmp::Ordering;

/// Up to so many items are put into place one by one, which takes the fewest steps of few.
const FEW: usize = 20;

/// Sorts, in `n log n` steps at most. Items that are alike may change places.
pub fn sort_by<T>(items: &mut [T], mut order: impl FnMut(&T, &T) -> Ordering) {
    let is_before = |items: &[T], one: usize, other: usize| {
        let both = items.get(one).zip(items.get(other));
        both.is_some_and(|(one, other)| order(one, other).is_lt())
    };
    match items.len() <= FEW {
        true => insert(items, is_before),
        false => heap(items, is_before),
    }
}

/// Insertion: each item goes down among those before it.
fn insert<T>(items: &mut [T], mut is_before: impl FnMut(&[T], usize, usize) -> bool) {
    for end in 1..items.len() {
        let mut at = end;
        while at > 0 && is_before(items, at, at - 1) {
            items.swap(at, at - 1);
            at -= 1;
        }
    }
}

/// Heapsort: the largest of what is left goes to the end of it.
fn heap<T>(items: &mut [T], mut is_before: impl FnMut(&[T], usize, usize) -> bool) {
    for root in (0..items.len() / 2).rev() {
        sift(items, root, &mut is_before);
    }
    for end in (1..items.len()).rev() {
        items.swap(0, end);
        if let Some(rest) = items.get_mut(..end) {
            sift(rest, 0, &mut is_before);
        }
    }
}

/// Has an item go down until none below it is larger.
fn sift<T>(
    items: &mut [T],
    mut root: usize,
    is_before: &mut impl FnMut(&[T], usize, usize) -> bool,
) {
    loop {
        let mut child = 2 * root + 1;
        if child + 1 < items.len() && is_before(items, child, child + 1) {
            child += 1;
        }
        if child >= items.len() || !is_before(items, root, child) {
            return;
        }
        items.swap(root, child);
        root = child;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn everything_comes_in_order(mut items: Vec<u8>) {
            let mut expected = items.clone();
            expected.sort_unstable();
            sort_by(&mut items, u8::cmp);
            prop_assert_eq!(items, expected);
        }
    }

    #[test]
    fn many_items_take_no_more_than_n_log_n_steps() {
        for count in [FEW, FEW + 1, 10_000] {
            for make in [
                |index: usize, _: usize| index,
                |index, count| count - index,
                |index, _| index % 7,
                |index, count| index * 7919 % count,
            ] {
                let mut items: Vec<usize> = (0..count).map(|index| make(index, count)).collect();
                let mut expected = items.clone();
                expected.sort_unstable();
                let mut steps = 0;
                sort_by(&mut items, |one, other| {
                    steps += 1;
                    one.cmp(other)
                });
                assert_eq!(items, expected);
                let most = 2 * count * (count.ilog2() as usize + 1);
                assert!(steps <= most, "{steps} steps for {count} items");
            }
        }
    }
}
