// SPDX-License-Identifier: Apache-2.0
//! What strangers can make the program log.

use std::{
    thread,
    time::{Duration, Instant},
};

use crate::{
    Scale,
    client::{Client, connect, stranger},
    honest::notification,
    program::Program,
};

/// How long is waited for what has to be told.
const PATIENCE: Duration = Duration::from_secs(30);

/// Longest line there may be.
const LONGEST: usize = 2 << 10;

pub(crate) fn run(scale: &Scale) {
    println!("lines of the log");
    let program = Program::start("");
    let begun = Instant::now();
    let anonymous = Client::new(&program, Vec::new(), None);
    let long_path = format!(
        "GET /{} HTTP/1.1\r\nHost: localhost\r\n\r\n",
        "x".repeat(8000)
    );
    let notification = notification(&program);
    let calls: [&[u8]; 4] = [
        b"GET /nobody HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"GET / HTTP/1.1\r\n\r\n",
        long_path.as_bytes(),
        &notification,
    ];
    for number in 0..scale.calls {
        let from = stranger(number);
        let connected = anonymous.connect(from, program.address);
        let answered =
            connected.and_then(|mut connection| connection.call(calls[number % calls.len()]));
        assert!(answered.is_ok(), "{answered:?}");
        // No TLS at all.
        let connected = connect(from, program.address);
        let _ = connected.and_then(|mut socket| {
            std::io::Write::write_all(&mut socket, b"GET / HTTP/1.1\r\n\r\n")
        });
    }
    let counted = |log: &str| {
        [
            "refused agency.unknown: ",
            "refused call.host-missing: ",
            "handshake failed NotTls: ",
        ]
        .iter()
        .all(|kind| log.contains(kind))
    };
    // The last of it is told within a second or so.
    while !counted(&program.log()) && begun.elapsed() < PATIENCE {
        thread::sleep(Duration::from_millis(20));
    }
    let (log, time) = (program.log(), begun.elapsed());
    let longest = log.lines().map(str::len).max().unwrap_or(0);
    let lines = log.lines().count();
    println!(
        "  {} failures in {time:.1?}: {lines} lines, {} bytes, the longest line {longest}",
        2 * scale.calls,
        log.len()
    );
    assert!(longest <= LONGEST, "{longest}");
    assert!(lines as u64 <= time.as_secs() + 3, "{log}");
    assert!(counted(&log), "{log}");
}
