// SPDX-License-Identifier: Apache-2.0
//! Names that were never given before.

use std::sync::atomic::{AtomicU64, Ordering};

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::rand;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// 32 bytes at random. The count is digested with them, so that they differ even where the system has no randomness to
/// give.
fn bytes() -> Vec<u8> {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let mut random = [0; 32];
    let _ = rand::fill(&mut random);
    let count = COUNT.fetch_add(1, Ordering::Relaxed).to_be_bytes();
    let seed: Vec<u8> = random.into_iter().chain(count).collect();
    digest(&SHA256, &seed).as_ref().to_vec()
}

/// An access token. Base64 of the standard alphabet with padding, and a full stop between: whoever takes it for letters
/// and digits alone fails soon.
pub(super) fn token() -> String {
    format!("{}.{}", STANDARD.encode(bytes()), STANDARD.encode(bytes()))
}

/// A UUID of version 4 (RFC 9562, §5.4).
pub(super) fn uuid() -> String {
    let mut text = String::new();
    for (at, byte) in bytes().into_iter().take(16).enumerate() {
        let byte = match at {
            6 => byte & 0x0f | 0x40,
            8 => byte & 0x3f | 0x80,
            _ => byte,
        };
        if matches!(at, 4 | 6 | 8 | 10) {
            text.push('-');
        }
        text += &format!("{byte:02x}");
    }
    text
}

/// Whether a text is a UUID, of whatever version.
pub(super) fn is_uuid(text: &str) -> bool {
    let groups: Vec<&str> = text.split('-').collect();
    let lengths: Vec<usize> = groups.iter().map(|group| group.len()).collect();
    lengths == [8, 4, 4, 4, 12] && groups.concat().bytes().all(|byte| byte.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn uuids_are_of_version_4_and_never_the_same() {
        let (one, other) = (uuid(), uuid());
        assert_ne!(one, other);
        assert!(is_uuid(&one), "{one}");
        assert_eq!(one.as_bytes()[14], b'4');
        assert!(b"89ab".contains(&one.as_bytes()[19]), "{one}");
        for wrong in ["", &one[1..], &one.replace('-', ""), &one.replace('4', "g")] {
            assert!(!is_uuid(wrong), "{wrong}");
        }
    }
}
