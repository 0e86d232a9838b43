// SPDX-License-Identifier: Apache-2.0
//! Bodies that come a byte at a time.

use std::{
    sync::Barrier,
    thread,
    time::{Duration, Instant},
};

use crate::{
    Scale,
    client::{Client, stranger},
    honest::Calls,
    program::Program,
};

/// How much more memory may be in use after a burst.
const LEFT: u64 = 32 << 20;

pub(crate) fn run(scale: &Scale) {
    println!("bodies in single bytes");
    let program = Program::start("");
    // Whatever is set up with the first calls is no burst.
    Calls::while_it(&program, || false).report("peace");
    let before = program.memory();
    let mut most = before;
    for _ in 0..3 {
        most = most.max(burst(&program, scale));
    }
    let after = settled(&program, before);
    let bytes = scale.bodies * scale.body_bytes;
    println!(
        "  3 bursts of {} bodies, {} MB each time: {} MB before, {} MB at most, {} MB afterwards",
        scale.bodies,
        bytes / 1_000_000,
        before / 1_000_000,
        most / 1_000_000,
        after / 1_000_000
    );
    assert!(after <= before + LEFT, "memory has not come back");
    Calls::while_it(&program, || false).report("peace afterwards");
}

/// Memory in use while all bodies are there but for their ends.
fn burst(program: &Program, scale: &Scale) -> u64 {
    let anonymous = Client::new(program, Vec::new(), None);
    let (sent, looked) = (
        Barrier::new(scale.bodies + 1),
        Barrier::new(scale.bodies + 1),
    );
    let head = b"POST /tulli/notify HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/soap+xml\r\nTransfer-Encoding: chunked\r\n\r\n";
    let bytes = b"1\r\nx\r\n".repeat(1000);
    thread::scope(|scope| {
        for number in 0..scale.bodies {
            let (anonymous, bytes, sent, looked) = (&anonymous, &bytes, &sent, &looked);
            scope.spawn(move || {
                let connection = anonymous.connect(stranger(number), program.address);
                let connection = connection.and_then(|mut connection| {
                    connection.send(head)?;
                    for _ in 0..scale.body_bytes / 1000 {
                        connection.send(bytes)?;
                    }
                    Ok(connection)
                });
                sent.wait();
                looked.wait();
                // Refused meanwhile, for want of room or time, or answered now: all the same here.
                let _ = connection.and_then(|mut connection| connection.call(b"0\r\n\r\n"));
            });
        }
        sent.wait();
        let memory = program.memory();
        looked.wait();
        memory
    })
}

/// Memory in use as soon as it has come back, or when it has had time enough.
fn settled(program: &Program, before: u64) -> u64 {
    let begun = Instant::now();
    loop {
        let memory = program.memory();
        if memory <= before + LEFT / 8 || begun.elapsed() > Duration::from_secs(30) {
            return memory;
        }
        thread::sleep(Duration::from_millis(100));
    }
}
