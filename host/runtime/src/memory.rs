// SPDX-License-Identifier: Apache-2.0
//! Memory that is kept for the next call, and given back when there is none.

use crate::blob::pool::BufferPool;

/// Gives back to the system what earlier calls have used and nobody uses any more: unused buffers, and what the allocator keeps.
///
/// Takes some milliseconds, during which allocations may wait. Worth it after a burst of large payloads; the next one pays for its page faults. What
/// the allocator keeps is given back where it is that of glibc; others do so by themselves.
pub fn release_unused_memory() {
    BufferPool::shared().clear();
    trim();
}

#[cfg(all(target_os = "linux", target_env = "gnu"))]
#[expect(unsafe_code, reason = "a call of the C library")]
fn trim() {
    // SAFETY: malloc_trim(3) takes a number, is safe to call from any thread, and touches free memory only.
    let _ = unsafe { libc::malloc_trim(0) };
}

#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
fn trim() {}
