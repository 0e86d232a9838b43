// SPDX-License-Identifier: Apache-2.0
//! Blocks are of the size and the alignment that was asked for, keep what is in them, and do not overlap; what is given back is used again.

extern crate std;

use core::{ptr, slice};
use std::{boxed::Box, vec, vec::Vec};

use proptest::prelude::*;

use crate::heap::{Heap, Memory, STEP};

/// Bytes by which it grows at least.
const PAGE: usize = 4096;

/// Memory of a native program: what can be had lies in one piece, of which there is a part at first.
struct Piece {
    /// Words of 128 bits are aligned as blocks are.
    words: Box<[u128]>,
    there: usize,
    grown: usize,
    /// Bytes that somebody else takes before each growth.
    taken_between: usize,
}

impl Piece {
    fn of(bytes: usize, there: usize) -> Self {
        Self {
            words: vec![0; bytes / STEP].into(),
            there,
            grown: 0,
            taken_between: 0,
        }
    }

    fn base(&mut self) -> usize {
        self.words.as_mut_ptr().expose_provenance()
    }
}

impl Memory for &mut Piece {
    fn begin(&mut self) -> (usize, usize) {
        let (base, there) = (self.base(), self.there);
        (base, base + there)
    }

    fn grow(&mut self, bytes: usize) -> Option<(usize, usize)> {
        self.there += self.taken_between;
        let from = self.there;
        let to = from + bytes.next_multiple_of(PAGE);
        if to > size_of_val(&*self.words) {
            return None;
        }
        self.there = to;
        self.grown += 1;
        let base = self.base();
        Some((base + from, base + to))
    }
}

fn take(heap: &mut Heap<&mut Piece>, size: usize) -> usize {
    // SAFETY: the piece is this heap's.
    unsafe { heap.take(size, 8) }.unwrap().get()
}

fn give(heap: &mut Heap<&mut Piece>, block: usize, size: usize) {
    // SAFETY: each test gives back what it has taken.
    unsafe { heap.give(block, size) };
}

fn change(heap: &mut Heap<&mut Piece>, block: usize, size: usize, wanted: usize) -> usize {
    // SAFETY: as above.
    unsafe { heap.change(block, size, 8, wanted) }
        .unwrap()
        .get()
}

#[test]
fn all_that_is_there_is_used_before_it_grows() {
    let mut piece = Piece::of(1 << 20, PAGE);
    let mut heap = Heap::new(&mut piece);
    let blocks: Vec<usize> = (0..PAGE / 64).map(|_| take(&mut heap, 64)).collect();
    assert!(blocks.is_sorted());
    assert_eq!((piece.there, piece.grown), (PAGE, 0));
    let mut piece = Piece::of(1 << 20, PAGE);
    let mut heap = Heap::new(&mut piece);
    take(&mut heap, PAGE + 1);
    assert_eq!((piece.there, piece.grown), (2 * PAGE, 1));
}

#[test]
fn the_last_block_grows_and_shrinks_where_it_lies() {
    let mut piece = Piece::of(1 << 20, PAGE);
    let mut heap = Heap::new(&mut piece);
    let block = take(&mut heap, 24);
    let mut size = 24;
    for wanted in [32, 600, 100_000, 48, 900_000] {
        assert_eq!(change(&mut heap, block, size, wanted), block);
        size = wanted;
    }
    let full = take(&mut heap, 16);
    // SAFETY: the piece is this heap's.
    let refused = unsafe { heap.take(200_000, 8) };
    assert_eq!(refused, None);
    give(&mut heap, full, 16);
    give(&mut heap, block, size);
    assert_eq!(take(&mut heap, 16), block);
}

#[test]
fn a_small_block_waits_for_another_of_its_size() {
    let mut piece = Piece::of(1 << 20, PAGE);
    let mut heap = Heap::new(&mut piece);
    let [first, other, _last] = [40, 64, 40].map(|size| take(&mut heap, size));
    give(&mut heap, first, 40);
    give(&mut heap, other, 64);
    assert_eq!(take(&mut heap, 50), other);
    assert_eq!(take(&mut heap, 33), first);
}

#[test]
fn large_neighbours_are_joined_and_cut() {
    let mut piece = Piece::of(1 << 20, 1 << 16);
    let mut heap = Heap::new(&mut piece);
    let [a, b, c, _last] = [1000; 4].map(|size| take(&mut heap, size));
    for block in [a, c, b] {
        give(&mut heap, block, 1000);
    }
    assert_eq!(take(&mut heap, 2000), a);
    assert_eq!(take(&mut heap, 1000), a + 2000);
    give(&mut heap, a, 2000);
    // The block before the gap grows into it.
    let grown = take(&mut heap, 1008);
    assert_eq!(grown, a);
    assert_eq!(change(&mut heap, grown, 1008, 2000), a);
}

/// A text that doubles beside small blocks takes up what its former places were.
#[test]
fn a_growing_text_needs_no_more_than_its_last_two_places_and_a_gap() {
    let mut piece = Piece::of(8 << 20, PAGE);
    let mut heap = Heap::new(&mut piece);
    let (mut block, mut size) = (take(&mut heap, 1024), 1024);
    while size < 1 << 20 {
        take(&mut heap, 32);
        block = change(&mut heap, block, size, 2 * size);
        size *= 2;
    }
    assert!(piece.there < 5 << 19, "{} bytes", piece.there);
}

#[test]
fn memory_that_grows_elsewhere_is_used_all_the_same() {
    let mut piece = Piece::of(1 << 20, PAGE);
    piece.taken_between = PAGE;
    let mut heap = Heap::new(&mut piece);
    let before = take(&mut heap, 64);
    let elsewhere = take(&mut heap, 2 * PAGE);
    assert!(elsewhere >= before + 2 * PAGE);
    // What was left before is not lost.
    assert_eq!(take(&mut heap, 1000), before + 64);
}

/// How far apart those are that are given back one after another; each number has no divisor in common with how many there are.
const ORDERS: [usize; 4] = [1, BLOCKS - 1, 17, 30_011];

const BLOCKS: usize = 50_000;

/// Blocks just beyond the small ones, between others that stay, as the texts of a document are: whatever the order in which they are given back, none takes the longer the more there are.
#[test]
fn no_step_takes_the_longer_the_more_blocks_there_are() {
    let mut piece = Piece::of(64 << 20, PAGE);
    for apart in ORDERS {
        piece.there = PAGE;
        let mut heap = Heap::new(&mut piece);
        let blocks: Vec<[usize; 2]> = (0..BLOCKS)
            .map(|_| [600, 32].map(|size| take(&mut heap, size)))
            .collect();
        let order = (0..BLOCKS).map(|number| number * apart % BLOCKS);
        for index in order.clone() {
            give(&mut heap, blocks[index][0], 600);
        }
        let given = heap.large.looks.get();
        assert!(given <= 3 * 16 * BLOCKS, "{apart}: {given}");
        // In order there is next to nothing to look for.
        assert!(
            ![1, BLOCKS - 1].contains(&apart) || given <= 2 * BLOCKS,
            "{apart}: {given}"
        );
        // Too small for what is wanted, though of the same bin; and growing where they lie, which none can.
        for index in order {
            take(&mut heap, 640);
            assert_ne!(
                change(&mut heap, blocks[index][1], 32, 560),
                blocks[index][1]
            );
        }
        let taken = heap.large.looks.get() - given;
        assert!(taken <= 5 * 16 * BLOCKS, "{apart}: {taken}");
    }
}

/// What lies between is given back later: then all is one again, whether from the first or from the last.
#[test]
fn what_is_dropped_in_order_is_joined() {
    for apart in [1, 4_999] {
        let mut piece = Piece::of(8 << 20, PAGE);
        let mut heap = Heap::new(&mut piece);
        let blocks: Vec<usize> = (0..5_000).map(|_| take(&mut heap, 600)).collect();
        let full = take(&mut heap, 16);
        for odd in [1, 0] {
            let order = (0..5_000).map(|number| number * apart % 5_000);
            for index in order.filter(|index| index % 2 == odd) {
                give(&mut heap, blocks[index], 600);
            }
        }
        assert_eq!(take(&mut heap, 5_000 * 608), blocks[0]);
        give(&mut heap, full, 16);
        give(&mut heap, blocks[0], 5_000 * 608);
        // It grows to where nobody has been, though there was a gap.
        assert_eq!(take(&mut heap, 6 << 20), blocks[0]);
    }
}

/// What is cut off is no splinter in the way of others: it waits for a small block.
#[test]
fn what_is_left_of_a_large_block_is_a_small_one() {
    let mut piece = Piece::of(1 << 20, PAGE);
    let mut heap = Heap::new(&mut piece);
    let [block, _last] = [544, 16].map(|size| take(&mut heap, size));
    give(&mut heap, block, 544);
    assert_eq!(take(&mut heap, 528), block);
    assert_eq!(take(&mut heap, 16), block + 528);
}

#[derive(Debug, Clone)]
enum Step {
    Take { size: usize, align: usize },
    Give { which: usize },
    Change { which: usize, size: usize },
}

fn step() -> impl Strategy<Value = Step> {
    let size = prop_oneof![0..100_usize, 400..700_usize, 0..20_000_usize];
    let align = (0..7_u32).prop_map(|bits| 1 << bits);
    prop_oneof![
        (size.clone(), align).prop_map(|(size, align)| Step::Take { size, align }),
        any::<usize>().prop_map(|which| Step::Give { which }),
        (any::<usize>(), size).prop_map(|(which, size)| Step::Change { which, size }),
    ]
}

/// A block that is taken, full of one byte.
struct Taken {
    block: usize,
    size: usize,
    align: usize,
    byte: u8,
}

impl Taken {
    fn fill(&mut self) {
        let address: *mut u8 = ptr::with_exposed_provenance_mut(self.block);
        // SAFETY: the block is this one's until it is given back.
        unsafe { address.write_bytes(self.byte, self.size) };
    }

    /// Whether so many bytes are what it was filled with.
    fn has_kept(&self, size: usize) -> bool {
        let address: *const u8 = ptr::with_exposed_provenance(self.block);
        // SAFETY: as above.
        let bytes = unsafe { slice::from_raw_parts(address, size) };
        bytes.iter().all(|it| *it == self.byte)
    }
}

proptest! {
    #[test]
    fn blocks_keep_what_is_in_them(
        steps in prop::collection::vec(step(), 1..400),
        there in 0..20_usize,
        taken_between in 0..3_usize,
    ) {
        let mut piece = Piece::of(8 << 20, there * 1024);
        piece.taken_between = taken_between * 1024;
        let mut heap = Heap::new(&mut piece);
        let mut all: Vec<Taken> = Vec::new();
        for (step, byte) in steps.into_iter().zip((0..=u8::MAX).cycle()) {
            match step {
                Step::Take { size, align } => {
                    // SAFETY: the piece is this heap's.
                    let block = unsafe { heap.take(size, align) }.unwrap().get();
                    prop_assert!(block.is_multiple_of(align));
                    let mut taken = Taken { block, size, align, byte };
                    taken.fill();
                    all.push(taken);
                }
                Step::Give { which } if !all.is_empty() => {
                    let taken = all.swap_remove(which % all.len());
                    prop_assert!(taken.has_kept(taken.size));
                    give(&mut heap, taken.block, taken.size);
                }
                Step::Change { which, size } if !all.is_empty() => {
                    let place = which % all.len();
                    let taken = &mut all[place];
                    // SAFETY: it was taken with these.
                    let block = unsafe { heap.change(taken.block, taken.size, taken.align, size) };
                    taken.block = block.unwrap().get();
                    prop_assert!(taken.block.is_multiple_of(taken.align));
                    let kept = taken.size.min(size);
                    taken.size = size;
                    prop_assert!(taken.has_kept(kept));
                    taken.fill();
                }
                _ => {}
            }
            for taken in &all {
                prop_assert!(taken.has_kept(taken.size));
            }
        }
    }
}
