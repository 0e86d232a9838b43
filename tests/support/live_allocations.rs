// SPDX-License-Identifier: Apache-2.0
//! Counts live allocations of one telling size, so that a test can see how many objects that hold such a one are still alive. Exact,
//! and undisturbed by what other tests allocate.

#![expect(
    unsafe_code,
    reason = "an allocator cannot be wrapped without; both functions pass on what they are given"
)]

use std::{
    alloc::{GlobalAlloc, Layout, System},
    sync::atomic::{AtomicIsize, Ordering},
};

/// The size that is counted: a prime that nothing else asks for.
pub(crate) const TELLING_SIZE: usize = 1_000_003;

/// Allocations of [`TELLING_SIZE`] that are alive.
pub(crate) fn live() -> isize {
    LIVE.load(Ordering::SeqCst)
}

#[global_allocator]
static COUNTING: Counting = Counting;

static LIVE: AtomicIsize = AtomicIsize::new(0);

struct Counting;

// SAFETY: both functions are the system allocator's; counting touches no memory but the counter.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        if layout.size() == TELLING_SIZE {
            LIVE.fetch_add(1, Ordering::SeqCst);
        }
        // SAFETY: the caller keeps the allocator's contract.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        if layout.size() == TELLING_SIZE {
            LIVE.fetch_sub(1, Ordering::SeqCst);
        }
        // SAFETY: as above; the pointer came from the function above.
        unsafe { System.dealloc(pointer, layout) }
    }
}
