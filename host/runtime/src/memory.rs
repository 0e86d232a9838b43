// SPDX-License-Identifier: Apache-2.0
//! Memory that is kept for the next call, given back when there is none, and shared among threads.

use crate::blob::pool::BufferPool;

/// Gives back to the system what earlier calls have used and nobody uses any more: unused buffers, and what the allocator keeps.
///
/// Takes some milliseconds, during which allocations may wait. Worth it after a burst of large payloads; the next one pays for its page faults. What
/// the allocator keeps is given back where it is that of glibc; others do so by themselves.
pub fn release_unused_memory() {
    BufferPool::shared().clear();
    trim();
}

/// Has the allocator of glibc make one arena for each processor, where by default it makes eight. For programs that hold large messages on many threads: what one
/// thread has freed, another can use, and an overload of messages of 512 KiB takes a third less memory, in the same time. Call it before threads are started; a number
/// in the environment (`MALLOC_ARENA_MAX`) stands. Other allocators are left as they are.
pub fn share_allocator_arenas() {
    if std::env::var_os("MALLOC_ARENA_MAX").is_none() {
        let processors = std::thread::available_parallelism().map_or(2, usize::from);
        limit_arenas(processors.max(2));
    }
}

#[cfg(all(target_os = "linux", target_env = "gnu"))]
#[expect(unsafe_code, reason = "a call of the C library")]
fn limit_arenas(most: usize) {
    let most = libc::c_int::try_from(most).unwrap_or(libc::c_int::MAX);
    // SAFETY: mallopt(3) takes two numbers and changes how many arenas are made from now on. Where it refuses, memory is used as before.
    let _ = unsafe { libc::mallopt(libc::M_ARENA_MAX, most) };
}

#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
fn limit_arenas(_: usize) {}

#[cfg(all(target_os = "linux", target_env = "gnu"))]
#[expect(unsafe_code, reason = "a call of the C library")]
fn trim() {
    // SAFETY: malloc_trim(3) takes a number, is safe to call from any thread, and touches free memory only.
    let _ = unsafe { libc::malloc_trim(0) };
}

#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
fn trim() {}
