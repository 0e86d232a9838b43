//! Storage ids: a GUID in braces, the shape in which Customs cites its messages elsewhere (RequestCorrelation).

use std::sync::atomic::{AtomicU64, Ordering};

use super::received::sha256_hex;

/// From the first half of a SHA-256 in hexadecimal.
pub(super) fn from_hash(hash: &str) -> String {
    let part = |from: usize, to: usize| hash.get(from..to).unwrap_or_default();
    format!(
        "{{{}-{}-{}-{}-{}}}",
        part(0, 8),
        part(8, 12),
        part(12, 16),
        part(16, 20),
        part(20, 32)
    )
}

/// An id that was never there before, nor in another simulator: customers recognise messages by it.
pub(super) fn unique() -> String {
    static MADE: AtomicU64 = AtomicU64::new(0);
    let source = format!(
        "{} {} {}",
        std::process::id(),
        jiff::Timestamp::now().as_nanosecond(),
        MADE.fetch_add(1, Ordering::Relaxed),
    );
    from_hash(&sha256_hex(source.as_bytes()))
}
