// SPDX-License-Identifier: Apache-2.0
//! Blocks of a memory: which are taken, and which can be taken again.

use core::{num::NonZeroUsize, ptr};

use crate::large::{Large, UNKNOWN};

/// Memory that can be made larger.
pub(crate) trait Memory {
    /// The first addresses that are free, from and to.
    fn begin(&mut self) -> (usize, usize);

    /// At least so many bytes more: from and to. `None`: there is no more.
    fn grow(&mut self, bytes: usize) -> Option<(usize, usize)>;
}

/// Blocks have a multiple of so many bytes, and begin at one.
pub(crate) const STEP: usize = 16;

/// Size of the largest block that is kept for others of its size; larger ones are joined with their neighbours.
pub(crate) const SMALL: usize = 512;

const SIZES: usize = SMALL / STEP;

/// The end of a list.
pub(crate) const NONE: usize = 0;

/// Address of a block. With one that can be zero, an absent one would be returned by way of the stack, which the copy of this code that the host allocates by does not have (`silta-kit`
/// makes the copy, and leaves the component as it was where it cannot).
type Block = NonZeroUsize;

/// Blocks in a memory. None has a head: whoever gives one back says how large it is.
pub(crate) struct Heap<M> {
    memory: M,
    /// What nobody has had yet: from and to. Before the first block it is empty. No block of the row ends where it begins.
    next: usize,
    end: usize,
    /// Blocks that were given back, by their size in steps, less one: the first one of each list.
    small: [usize; SIZES],
    /// The others.
    pub(crate) large: Large,
}

/// What stands in a small block that was given back.
#[repr(C)]
struct Small {
    following: usize,
}

const _: () = assert!(size_of::<Small>() <= STEP, "it has room in every block");

/// Bytes of the block for a layout of so many.
fn rounded(size: usize) -> Option<usize> {
    Some(size.max(1).checked_add(STEP - 1)? & !(STEP - 1))
}

impl<M: Memory> Heap<M> {
    pub(crate) const fn new(memory: M) -> Self {
        Self {
            memory,
            next: 0,
            end: 0,
            small: [NONE; SIZES],
            large: Large::new(),
        }
    }

    /// A block of at least `size` bytes; `None`: there is no room.
    ///
    /// # Safety
    /// Nobody else uses the memory.
    #[inline]
    pub(crate) unsafe fn take(&mut self, size: usize, align: usize) -> Option<Block> {
        let size = rounded(size)?;
        if align > STEP {
            // SAFETY: as promised to this function.
            return unsafe { self.take_aligned(size, align) };
        }
        if let Some(first) = self.small.get_mut(size / STEP - 1) {
            if *first != NONE {
                let block = *first;
                // SAFETY: blocks in the list are this heap's, and say which follows.
                *first = unsafe { (*small(block)).following };
                return Block::new(block);
            }
        } else if !self.large.is_empty() {
            // SAFETY: as promised to this function.
            let block = unsafe { self.take_large(size) };
            if block.is_some() {
                return block;
            }
        }
        // SAFETY: as promised to this function.
        self.take_next(size)
            .or_else(|| unsafe { self.take_more(size) })
    }

    /// A block of what nobody has had yet.
    #[inline]
    fn take_next(&mut self, size: usize) -> Option<Block> {
        let block = self.next;
        if self.end - block < size {
            return None;
        }
        self.next = block + size;
        Block::new(block)
    }

    /// Takes a block back.
    ///
    /// # Safety
    /// It was taken with this size, or changed to it, and nobody uses it any more. Nobody else uses the memory.
    #[inline]
    pub(crate) unsafe fn give(&mut self, block: usize, size: usize) {
        if let Some(size) = rounded(size) {
            // SAFETY: as promised to this function.
            unsafe { self.give_back(block, size) };
        }
    }

    /// Changes the size of a block, where it lies if there is room; `None`: there is none, and the block is what it was.
    ///
    /// # Safety
    /// It was taken with this size and alignment, or changed to it. Nobody else uses the memory.
    #[inline]
    pub(crate) unsafe fn change(
        &mut self,
        block: usize,
        size: usize,
        align: usize,
        wanted: usize,
    ) -> Option<Block> {
        let (old, new) = (rounded(size)?, rounded(wanted)?);
        // SAFETY: as promised to this function; what is given back of a block is its end, and what is copied has room in both.
        unsafe {
            if new <= old {
                if new < old {
                    self.give_back(block + new, old - new);
                }
                return Block::new(block);
            }
            if self.extend(block, old, new) {
                return Block::new(block);
            }
            let larger = self.take(wanted, align)?;
            ptr::copy_nonoverlapping(at::<u8>(block), at::<u8>(larger.get()), size);
            self.give_back(block, old);
            Some(larger)
        }
    }

    /// Whether a block could be made larger where it lies.
    unsafe fn extend(&mut self, block: usize, old: usize, new: usize) -> bool {
        let end = block + old;
        let more = new - old;
        if end == self.next {
            if self.end - self.next < more {
                // SAFETY: as promised to `change`. More memory may lie elsewhere.
                unsafe { self.grow(more) };
            }
            let has_room = end == self.next && self.end - self.next >= more;
            if has_room {
                self.next += more;
            }
            return has_room;
        }
        if old <= SMALL {
            return false;
        }
        // SAFETY: what is in the row is this heap's.
        unsafe {
            let fits = self.large.known_until(end) == end && self.large.size(end) >= more;
            if fits {
                self.cut(end, more);
            }
            fits
        }
    }

    /// A large block that has room.
    unsafe fn take_large(&mut self, size: usize) -> Option<Block> {
        let block = self.large.find(size);
        if block != NONE {
            // SAFETY: it is in a bin, and has room.
            unsafe { self.cut(block, size) };
        }
        Block::new(block)
    }

    /// Takes the beginning of a large block that was given back.
    unsafe fn cut(&mut self, block: usize, size: usize) {
        // SAFETY: the block is in a bin, and has room.
        unsafe {
            let (before, rest) = (self.large.before(block), self.large.size(block) - size);
            self.large.remove(block);
            let left = block + size;
            if rest > SMALL {
                self.large.put(before, left, rest);
            } else if rest > 0 {
                self.put_small(left, rest);
            }
        }
    }

    /// A block that begins at a multiple of more than a step. What lies before it is given back.
    unsafe fn take_aligned(&mut self, size: usize, align: usize) -> Option<Block> {
        let room = size.checked_add(align)?;
        // SAFETY: as promised to `take`; what is given back is of the block that was taken.
        unsafe {
            let block = self.take(room, STEP)?.get();
            let aligned = block.next_multiple_of(align);
            let (before, after) = (aligned - block, block + room - aligned - size);
            if after > 0 {
                self.give_back(aligned + size, after);
            }
            if before > 0 {
                self.give_back(block, before);
            }
            Block::new(aligned)
        }
    }

    /// A block where what nobody has had yet is too little.
    #[cold]
    unsafe fn take_more(&mut self, size: usize) -> Option<Block> {
        // SAFETY: as promised to `take`.
        unsafe {
            if self.end == 0 {
                (self.next, self.end) = self.memory.begin();
            } else {
                let block = self.take_large(size);
                if block.is_some() {
                    return block;
                }
            }
            if self.end - self.next < size {
                self.grow(size);
            }
        }
        self.take_next(size)
    }

    /// If the last block of the row adjoins what nobody has had yet, it is of that from now on.
    unsafe fn join_last(&mut self) {
        let last = self.large.last;
        // SAFETY: what is in the row is this heap's.
        unsafe {
            if last != NONE && last + self.large.size(last) == self.next {
                self.next = last;
                self.large.remove(last);
            }
        }
    }

    /// Makes room for so many bytes where nobody has had any yet, if there is more memory.
    unsafe fn grow(&mut self, size: usize) {
        let left = self.end - self.next;
        let Some(more) = self.memory.grow(size.saturating_sub(left)) else {
            return;
        };
        // SAFETY: what is added is nobody's.
        unsafe {
            self.add(more);
            // What was left does not count where somebody else has grown the memory.
            if self.end - self.next < size
                && let Some(whole) = self.memory.grow(size)
            {
                self.add(whole);
            }
        }
    }

    /// Adds memory, behind what there is or elsewhere.
    unsafe fn add(&mut self, (from, to): (usize, usize)) {
        if from == self.end {
            self.end = to;
            return;
        }
        let (rest, left) = (self.next, self.end - self.next);
        (self.next, self.end) = (from, from + ((to - from) & !(STEP - 1)));
        if left > 0 {
            // SAFETY: nobody has had it.
            unsafe { self.give_back(rest, left) };
        }
    }

    /// Takes back whole steps.
    unsafe fn give_back(&mut self, block: usize, size: usize) {
        // SAFETY: the block is nobody's now.
        unsafe {
            if block + size == self.next {
                self.next = block;
                self.join_last();
            } else if size <= SMALL {
                self.put_small(block, size);
            } else {
                self.give_back_large(block, size);
            }
        }
    }

    unsafe fn put_small(&mut self, block: usize, size: usize) {
        if let Some(first) = self.small.get_mut(size / STEP - 1) {
            // SAFETY: the block is nobody's.
            unsafe { (*small(block)).following = *first };
            *first = block;
        }
    }

    /// Joins a large block with its neighbours, if it is found between which it lies.
    unsafe fn give_back_large(&mut self, block: usize, size: usize) {
        let (mut block, mut size) = (block, size);
        // SAFETY: the block is nobody's, and what is in the row is this heap's.
        unsafe {
            let mut before = self.large.known_until(block);
            if before != UNKNOWN {
                let after = self.large.after(before);
                if after == block + size {
                    size += self.large.size(after);
                    self.large.remove(after);
                }
                if before != NONE && before + self.large.size(before) == block {
                    block = before;
                    size += self.large.size(before);
                    before = self.large.before(before);
                    self.large.remove(block);
                }
            }
            self.large.put(before, block, size);
        }
    }
}

pub(crate) fn at<T>(address: usize) -> *mut T {
    ptr::with_exposed_provenance_mut(address)
}

fn small(block: usize) -> *mut Small {
    at(block)
}
