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

/// Has the allocator of glibc share its memory among threads, and give back what large messages have used. For programs that hold large messages on many threads, for long. Call
/// it before threads are started. What the environment says stands; other allocators are left as they are.
///
/// - One arena for each processor, where by default there are eight (`MALLOC_ARENA_MAX`): what one thread has freed, another can use, and an overload of messages of 512 KiB takes a
///   third less memory, in the same time.
/// - What has 512 KiB or more is mapped by itself and unmapped when it is freed (`MALLOC_MMAP_THRESHOLD_`), and so much unused memory at the end of an arena goes back to the system
///   (`MALLOC_TRIM_THRESHOLD_`). By default glibc raises the first number to the size of whatever large block was freed, up to 32 MiB, and the second to twice that: after one
///   large body, or one component that was deployed, all that is smaller lies in the arenas, which keep it.
pub fn share_allocator_arenas() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    {
        let processors = std::thread::available_parallelism().map_or(2, usize::from);
        let arenas = libc::c_int::try_from(processors.max(2)).unwrap_or(libc::c_int::MAX);
        set("MALLOC_ARENA_MAX", libc::M_ARENA_MAX, arenas);
        set("MALLOC_MMAP_THRESHOLD_", libc::M_MMAP_THRESHOLD, LARGE);
        set("MALLOC_TRIM_THRESHOLD_", libc::M_TRIM_THRESHOLD, LARGE);
    }
}

/// Bytes of a block that is large. Smaller ones, as most messages are, cost no system call and no new pages each time.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
const LARGE: libc::c_int = 512 << 10;

/// Sets what the environment does not.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
#[expect(unsafe_code, reason = "a call of the C library")]
fn set(variable: &str, parameter: libc::c_int, value: libc::c_int) {
    if std::env::var_os(variable).is_none() {
        // SAFETY: mallopt(3) takes two numbers and changes how memory is taken and given back from now on. Where it refuses, that is as before.
        let _ = unsafe { libc::mallopt(parameter, value) };
    }
}

#[cfg(all(target_os = "linux", target_env = "gnu"))]
#[expect(unsafe_code, reason = "a call of the C library")]
fn trim() {
    // SAFETY: malloc_trim(3) takes a number, is safe to call from any thread, and touches free memory only.
    let _ = unsafe { libc::malloc_trim(0) };
}

#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
fn trim() {}
