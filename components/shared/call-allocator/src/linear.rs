// SPDX-License-Identifier: Apache-2.0
//! The memory of an instance, which one thread has.

use core::{
    alloc::{GlobalAlloc, Layout},
    arch::wasm32::memory_grow,
    cell::UnsafeCell,
    num::NonZeroUsize,
    ptr,
};

use crate::heap::{Heap, Memory, STEP, at};

/// Bytes of a page of WebAssembly.
const PAGE: usize = 64 << 10;

/// Allocates in the memory of the instance: behind stack and constants, and in what it is grown by.
pub struct Allocator(UnsafeCell<Heap<Linear>>);

impl Allocator {
    /// There is to be one in a component, named by `#[global_allocator]`.
    #[expect(
        clippy::new_without_default,
        reason = "it is made where only a constant can be"
    )]
    pub const fn new() -> Self {
        Self(UnsafeCell::new(Heap::new(Linear)))
    }
}

// SAFETY: an instance has one thread.
unsafe impl Sync for Allocator {}

// SAFETY: the heap hands out blocks of at least the size and of the alignment of the layout, each to one at a time. No method calls another, and none can be interrupted.
unsafe impl GlobalAlloc for Allocator {
    #[inline]
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: one thread, and only this uses memory behind the constants.
        let block = unsafe { (*self.0.get()).take(layout.size(), layout.align()) };
        address(block)
    }

    #[inline]
    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        // SAFETY: as above; the caller gives a block back with its layout.
        unsafe { (*self.0.get()).give(block.expose_provenance(), layout.size()) };
    }

    #[inline]
    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        let (at, align) = (block.expose_provenance(), layout.align());
        // SAFETY: as above.
        let changed = unsafe { (*self.0.get()).change(at, layout.size(), align, size) };
        address(changed)
    }
}

fn address(block: Option<NonZeroUsize>) -> *mut u8 {
    block.map_or(ptr::null_mut(), |block| at(block.get()))
}

/// The memory of the instance.
struct Linear;

unsafe extern "C" {
    /// Where stack and constants end, by the linker.
    static __heap_base: u8;
    /// Where the memory ends that there is at first, by the linker. What it has been grown by since is somebody else's.
    static __heap_end: u8;
}

/// Always put in the place of its calls, whatever the component is optimised for: a result of two numbers that is handed over on the stack would have a pointer to it in a global, and
/// a copy of the allocator has none.
impl Memory for Linear {
    #[inline(always)]
    fn begin(&mut self) -> (usize, usize) {
        let base = (&raw const __heap_base).expose_provenance();
        let end = (&raw const __heap_end).expose_provenance();
        (base.next_multiple_of(STEP), end)
    }

    #[inline(always)]
    fn grow(&mut self, bytes: usize) -> Option<(usize, usize)> {
        let pages = bytes.div_ceil(PAGE);
        let before = memory_grow::<0>(pages);
        // The last page of 4 GiB ends beyond what an address can be. A component gets a fraction of that.
        let from = before.checked_mul(PAGE)?;
        Some((from, from.checked_add(pages.checked_mul(PAGE)?)?))
    }
}
