//! The surroundings that the contract promises to self-tests (`wit/descriptor.wit`, record `self-test`).

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::bindings::silta::agency::keys::SignatureAlgorithm;

pub(crate) const UUID: &str = "00000000-0000-7000-8000-000000000000";
pub(crate) const COMPACT_ID: &str = "00000000000000";

/// 2026-01-01T00:00:00Z.
pub(crate) fn time() -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(1_767_225_600)
}

/// Something in the place where a certificate goes.
pub(crate) fn certificates() -> Vec<Vec<u8>> {
    vec![vec![0]]
}

pub(crate) fn algorithms() -> Vec<SignatureAlgorithm> {
    vec![SignatureAlgorithm::RsaSha256]
}

/// As long as the signature of a 2048-bit RSA key, and worth nothing.
pub(crate) fn signature() -> Vec<u8> {
    vec![0; 256]
}
