// SPDX-License-Identifier: Apache-2.0
//! Large blocks that were given back: by their size, to be found, and by their addresses, to be joined.
//!
//! What a document is kept in, its sender chooses, and with it how many there are and in what order they are given back. So no step looks at more than a few.

use crate::heap::{NONE, SMALL, at};

/// Bins of larger blocks: each has sizes from one power of two to the next, the first from [`SMALL`], the last one all that are larger.
const BINS: usize = 20;

/// Blocks that are looked at from one place, at most, so that no step takes the longer the more there are.
const LOOK: usize = 16;

/// Where a block belongs by its address, if that was too far away to look for. No block is there.
pub(crate) const UNKNOWN: usize = 1;

/// Large blocks that were given back.
pub(crate) struct Large {
    /// By their size: the first one of each bin, and a bit for each bin that has one.
    bins: [usize; BINS],
    filled: u32,
    /// Those whose neighbours are known, in order of their addresses: first and last of the row. No two of them adjoin.
    first: usize,
    pub(crate) last: usize,
    /// One of the row, from which others are looked for: where the last one was put in, mostly. What is dropped in order is given back in order.
    place: usize,
    /// Blocks that were looked at so far.
    #[cfg(test)]
    pub(crate) looks: core::cell::Cell<usize>,
}

/// What stands in each.
#[repr(C)]
struct Node {
    size: usize,
    /// Its neighbours in the row; before one that is not in it stands [`UNKNOWN`].
    before: usize,
    after: usize,
    /// Its neighbours in the bin.
    newer: usize,
    older: usize,
}

const _: () = assert!(size_of::<Node>() <= SMALL, "it has room in every block");

impl Large {
    pub(crate) const fn new() -> Self {
        Self {
            bins: [NONE; BINS],
            filled: 0,
            first: NONE,
            last: NONE,
            place: NONE,
            #[cfg(test)]
            looks: core::cell::Cell::new(0),
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.filled == 0
    }

    /// Bytes of one.
    ///
    /// # Safety
    /// It is here.
    pub(crate) unsafe fn size(&self, block: usize) -> usize {
        // SAFETY: as promised to this function.
        unsafe { (*node(block)).size }
    }

    /// What is before it in the row, or that it is in none.
    ///
    /// # Safety
    /// It is here.
    pub(crate) unsafe fn before(&self, block: usize) -> usize {
        // SAFETY: as promised to this function.
        unsafe { (*node(block)).before }
    }

    /// One that has room: one of those of about the size that were given back last, else one of the next bin that has any; [`NONE`]: none is found.
    pub(crate) fn find(&self, size: usize) -> usize {
        let own = bin(size);
        let mut block = self.bins.get(own).copied().unwrap_or(NONE);
        let mut looked = 0;
        // SAFETY: what is in the bins is this heap's.
        unsafe {
            while block != NONE && (*node(block)).size < size {
                #[cfg(test)]
                {
                    self.looks.set(self.looks.get() + 1);
                }
                looked += 1;
                block = match looked < LOOK {
                    true => (*node(block)).older,
                    false => NONE,
                };
            }
        }
        if block != NONE {
            return block;
        }
        // All that are in larger bins have room.
        let larger = self.filled >> own >> 1;
        let next = own + 1 + larger.trailing_zeros() as usize;
        self.bins.get(next).copied().unwrap_or(NONE)
    }

    /// The last block of the row that does not begin behind an address; [`UNKNOWN`]: it is too far away.
    pub(crate) unsafe fn known_until(&mut self, address: usize) -> usize {
        if self.first == NONE || address < self.first {
            return NONE;
        }
        if self.last <= address {
            return self.last;
        }
        // SAFETY: the address lies between two of the row.
        unsafe {
            let mut found = self.known_from(self.place, address);
            if found == UNKNOWN {
                found = self.known_from(self.last, address);
            }
            if found == UNKNOWN {
                found = self.known_from(self.first, address);
            }
            found
        }
    }

    /// Looks from one of the row for the last that does not begin behind an address, which lies between two of it.
    unsafe fn known_from(&mut self, place: usize, address: usize) -> usize {
        let mut at = place;
        let mut looked = 0;
        // SAFETY: what is in the row is this heap's.
        unsafe {
            while looked < LOOK {
                #[cfg(test)]
                {
                    self.looks.set(self.looks.get() + 1);
                }
                looked += 1;
                if address < at {
                    at = (*node(at)).before;
                } else if (*node(at)).after <= address {
                    at = (*node(at)).after;
                } else {
                    self.place = at;
                    return at;
                }
            }
        }
        UNKNOWN
    }

    /// What follows in the row; the first behind none.
    pub(crate) unsafe fn after(&self, before: usize) -> usize {
        match before {
            NONE => self.first,
            // SAFETY: it is in the row.
            before => unsafe { (*node(before)).after },
        }
    }

    /// Puts a large block into its bin, and into the row behind another if that is known.
    pub(crate) unsafe fn put(&mut self, before: usize, block: usize, size: usize) {
        let bin = bin(size);
        // SAFETY: the block is nobody's, and what is in bins and row is this heap's.
        unsafe {
            let new = node(block);
            (*new).size = size;
            (*new).before = before;
            (*new).newer = NONE;
            if let Some(newest) = self.bins.get_mut(bin) {
                (*new).older = *newest;
                if *newest != NONE {
                    (*node(*newest)).newer = block;
                }
                *newest = block;
            }
            self.filled |= 1 << bin;
            if before == UNKNOWN {
                return;
            }
            let after = self.after(before);
            (*new).after = after;
            self.tie(before, block);
            self.tie(block, after);
            self.place = block;
        }
    }

    /// Takes a large block out of its bin, and out of the row if it is in it.
    pub(crate) unsafe fn remove(&mut self, block: usize) {
        // SAFETY: the block is in a bin, and what is in bins and row is this heap's.
        unsafe {
            let (newer, older) = ((*node(block)).newer, (*node(block)).older);
            if older != NONE {
                (*node(older)).newer = newer;
            }
            let bin = bin((*node(block)).size);
            if newer != NONE {
                (*node(newer)).older = older;
            } else if let Some(newest) = self.bins.get_mut(bin) {
                *newest = older;
                if older == NONE {
                    self.filled &= !(1 << bin);
                }
            }
            let (before, after) = ((*node(block)).before, (*node(block)).after);
            if before == UNKNOWN {
                return;
            }
            self.tie(before, after);
            if self.place == block {
                self.place = if before == NONE { after } else { before };
            }
        }
    }

    /// Makes two that follow each other in the row know it; none before is its beginning, none behind its end.
    unsafe fn tie(&mut self, before: usize, after: usize) {
        // SAFETY: they are in the row.
        unsafe {
            match before {
                NONE => self.first = after,
                before => (*node(before)).after = after,
            }
            match after {
                NONE => self.last = before,
                after => (*node(after)).before = before,
            }
        }
    }
}

/// In which bin a block of such a size is looked for.
fn bin(size: usize) -> usize {
    const FIRST: u32 = SMALL.ilog2();
    let power = (usize::BITS - 1).saturating_sub(size.leading_zeros());
    (power.saturating_sub(FIRST) as usize).min(BINS - 1)
}

fn node(block: usize) -> *mut Node {
    at(block)
}
