// SPDX-License-Identifier: Apache-2.0
//! Bytes and handles that a component may make the host hold or carry.

use serde_json::json;
use silta::{Limit, LimitExceeded, Limits};

use super::{assert_still_serves, at_the_limit};
use crate::support::{
    build, build_with, exceeded,
    host::{host, rogue, rogue_within},
};

#[test]
fn log_bytes() {
    let limits = |log_bytes| Limits {
        log_bytes,
        ..Limits::default()
    };
    // Each line costs 128 bytes more than it is long.
    let parameters = json!({"count": 10, "bytes": 72});
    assert_eq!(
        at_the_limit("log", parameters, b"", limits(2000), limits(1999)),
        LimitExceeded {
            limit: Limit::LogBytes,
            allowed: 1999,
            asked: Some(2000)
        }
    );
}

#[test]
fn one_giant_log_line() {
    let limits = |log_bytes| Limits {
        log_bytes,
        ..Limits::default()
    };
    let parameters = json!({"count": 1, "bytes": 1 << 20});
    let size = (1 << 20) + 128;
    assert_eq!(
        at_the_limit("log", parameters, b"", limits(size), limits(size - 1)),
        LimitExceeded {
            limit: Limit::LogBytes,
            allowed: size - 1,
            asked: Some(size)
        }
    );
}

#[test]
fn a_refused_log_line_reaches_nobody() {
    let host = host();
    let agency = host.rogue(rogue_within(Limits {
        log_bytes: 2 * (9 + 128) + 20,
        ..Limits::default()
    }));
    let result = build(&agency, "log", json!({"count": 5, "bytes": 9}));
    exceeded(result, Limit::LogBytes);
    assert_eq!(host.recorder.lines().len(), 2);
}

#[test]
fn empty_log_lines_end_too() {
    let host = host();
    let agency = host.rogue(rogue());
    let result = build(&agency, "log-forever", json!({}));
    let exceeded = exceeded(result, Limit::LogBytes);
    assert_eq!(exceeded.asked, Some(exceeded.allowed + 128));
    assert_still_serves(&agency);
}

#[test]
fn blob_bytes_written() {
    let limits = |blob_bytes| Limits {
        blob_bytes,
        ..Limits::default()
    };
    let size = 100_000;
    assert_eq!(
        at_the_limit(
            "write",
            json!({"bytes": size}),
            b"",
            limits(size),
            limits(size - 1)
        ),
        LimitExceeded {
            limit: Limit::BlobBytes,
            allowed: size - 1,
            asked: Some(size)
        }
    );
}

#[test]
fn blob_bytes_written_without_end() {
    let host = host();
    // Less than the default, so that the limit on time is far away on a busy machine too.
    let agency = host.rogue(rogue_within(Limits {
        blob_bytes: 16 << 20,
        ..Limits::default()
    }));
    exceeded(build(&agency, "write-forever", json!({})), Limit::BlobBytes);
    assert_still_serves(&agency);
}

#[test]
fn blob_bytes_grown_by_sharing() {
    let limits = |blob_bytes| Limits {
        blob_bytes,
        ..Limits::default()
    };
    // 64 KiB doubled four times is 1 MiB, of which nothing is copied.
    let (parameters, size) = (json!({"count": 4}), 1 << 20);
    let exceeded = at_the_limit(
        "inflate",
        parameters,
        &[b'x'; 64 << 10],
        limits(size),
        limits(size - 1),
    );
    assert_eq!(
        (exceeded.limit, exceeded.allowed),
        (Limit::BlobBytes, size - 1)
    );
    assert!(exceeded.asked > Some(size));
}

#[test]
fn sharing_to_astronomic_size_is_stopped() {
    let host = host();
    let agency = host.rogue(rogue());
    let payload = vec![b'x'; 1024];
    let result = build_with(&agency, "inflate", json!({"count": 80}), payload);
    exceeded(result, Limit::BlobBytes);
    assert_still_serves(&agency);
}

#[test]
fn many_tiny_pieces_are_stopped_too() {
    let host = host();
    let agency = host.rogue(rogue());
    // Nothing to share, but each doubling doubles the segments.
    let result = build_with(&agency, "inflate", json!({"count": 80}), Vec::new());
    assert!(result.is_ok(), "an empty blob stays empty");
    let result = build_with(&agency, "inflate", json!({"count": 80}), vec![b'x']);
    exceeded(result, Limit::BlobBytes);
    assert_still_serves(&agency);
}

#[test]
fn blob_bytes_copied_in_small_pieces() {
    let limits = |blob_bytes| Limits {
        blob_bytes,
        ..Limits::default()
    };
    // Too small to be shared, so each of the thousand is a copy; four bytes come on top.
    let (size, copies) = (200, 1000);
    let held = size * copies + 4;
    let exceeded = at_the_limit(
        "scatter",
        json!({"count": copies}),
        &[b'x'; 200],
        limits(held),
        limits(size * copies - 1),
    );
    assert_eq!(exceeded.limit, Limit::BlobBytes);
}

#[test]
fn blob_bytes_encoded_and_decoded() {
    let limits = |blob_bytes| Limits {
        blob_bytes,
        ..Limits::default()
    };
    // 30,000 bytes are 40,000 characters of base64, twice over; a handful of segments come on top.
    let (parameters, least) = (json!({"count": 2}), 2 * (30_000 + 40_000));
    let exceeded = at_the_limit(
        "unpack",
        parameters,
        &[b'x'; 30_000],
        limits(least + 64 * 8),
        limits(least),
    );
    assert_eq!(
        (exceeded.limit, exceeded.allowed),
        (Limit::BlobBytes, least)
    );
}

#[test]
fn hostcall_bytes_into_the_host() {
    let limits = |hostcall_bytes| Limits {
        hostcall_bytes,
        ..Limits::default()
    };
    let size = 100_000;
    assert_eq!(
        at_the_limit(
            "hand-over",
            json!({"bytes": size}),
            b"",
            limits(size),
            limits(size - 1)
        ),
        LimitExceeded {
            limit: Limit::HostcallBytes,
            allowed: size - 1,
            asked: None
        }
    );
}

#[test]
fn hostcall_bytes_out_of_the_host() {
    let limits = |hostcall_bytes| Limits {
        hostcall_bytes,
        ..Limits::default()
    };
    let (size, payload) = (100_000, vec![b'x'; 100_000]);
    assert_eq!(
        at_the_limit(
            "read",
            json!({"bytes": size}),
            &payload,
            limits(size),
            limits(size - 1)
        ),
        LimitExceeded {
            limit: Limit::HostcallBytes,
            allowed: size - 1,
            asked: Some(size)
        }
    );
}

#[test]
fn results_are_limited_like_arguments() {
    let host = host();
    let agency = host.rogue(rogue());
    let few = build(&agency, "ramble", json!({"count": 100, "bytes": 1000}));
    assert_eq!(few.unwrap().headers.len(), 100);
    // In the guest it is one text of 64 KiB a hundred times over at most; on the host it would be 6 MiB.
    let many = build(&agency, "ramble", json!({"count": 100, "bytes": 65_536}));
    exceeded(many, Limit::HostcallBytes);
    assert_still_serves(&agency);
}

#[test]
fn handles() {
    let limits = |handles| Limits {
        handles,
        ..Limits::default()
    };
    // One more is the payload.
    let exceeded = at_the_limit("hoard", json!({"count": 50}), b"", limits(51), limits(50));
    assert_eq!(
        exceeded,
        LimitExceeded {
            limit: Limit::Handles,
            allowed: 50,
            asked: None
        }
    );
}

#[test]
fn handles_leaked_without_end() {
    let host = host();
    let agency = host.rogue(rogue());
    exceeded(build(&agency, "hoard-forever", json!({})), Limit::Handles);
    assert_still_serves(&agency);
}
