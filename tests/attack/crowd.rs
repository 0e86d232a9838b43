// SPDX-License-Identifier: Apache-2.0
//! Connections: held, attempted, and shaken hands with.

use std::{
    net::TcpStream,
    sync::atomic::{AtomicBool, AtomicUsize, Ordering},
    thread,
    time::{Duration, Instant},
};

use crate::{
    Scale,
    client::{Client, connect, stranger},
    honest::Calls,
    program::Program,
};

/// What one attempt is.
type Attempt<'a> = &'a (dyn Fn(usize) + Sync);

pub(crate) fn run(scale: &Scale) {
    println!("connections of strangers");
    let program = Program::start("");
    Calls::while_it(&program, || false).report("peace");
    let held = hold(&program, scale.held);
    let attempt = |number: usize| {
        // How it ends is the stranger's business.
        let _ = connect(stranger(number), program.address);
    };
    flood(
        &program,
        scale,
        &format!("{} held and attempts", held.2),
        &attempt,
    );
    let anonymous = Client::new(&program, Vec::new(), None);
    let shaking = |number: usize| {
        let _ = anonymous.connect(stranger(number), program.address);
    };
    flood(&program, scale, "handshakes", &shaking);
    let calling = |number: usize| {
        let called = anonymous.connect(stranger(number), program.address);
        let _ = called.and_then(|mut connection| {
            connection.call(b"GET /nobody HTTP/1.1\r\nHost: localhost\r\n\r\n")
        });
    };
    flood(&program, scale, "calls for nobody", &calling);
    drop(held);
    fresh(scale);
    slow(scale);
}

/// The first call of a caller that nobody knows yet, while the house is full of strangers.
fn fresh(scale: &Scale) {
    let program = Program::start("connections = 64");
    let held = hold(&program, scale.held);
    Calls::while_it(&program, || false).report(&format!("{} held of 64", held.2));
}

/// The same, while strangers of three addresses have all the connections that they may have, with calls whose bodies do not come, and attempt more.
fn slow(scale: &Scale) {
    let connections = scale.held;
    let program = Program::start(&format!(
        "connections = {connections}\nbody-milliseconds = 60000"
    ));
    let anonymous = Client::new(&program, Vec::new(), None);
    let head = b"POST /tulli/notify HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nExpect: 100-continue\r\n\r\n";
    let slow = (0..connections - connections / 4).map(|number| {
        let mut connection = anonymous.connect(stranger(number % 3), program.address)?;
        // It is waited for the body.
        assert_eq!(connection.call(head)?, 100);
        Ok::<_, std::io::Error>(connection)
    });
    let slow: Vec<_> = slow.collect::<Result<_, _>>().unwrap();
    let attempt = |number: usize| {
        let _ = connect(stranger(number % 3), program.address);
    };
    let held = slow.len();
    let name = format!("{held} slow bodies of {connections} connections and attempts");
    flood(&program, scale, &name, &attempt);
}

/// Connections that say nothing, half of them after their handshake.
fn hold(
    program: &Program,
    number: usize,
) -> (Vec<TcpStream>, Vec<crate::client::Connection>, usize) {
    let anonymous = Client::new(program, Vec::new(), None);
    let silent = (0..number / 2).flat_map(|one| connect(stranger(one), program.address).ok());
    let silent = silent.collect();
    let shaken =
        (0..number / 2).flat_map(|one| anonymous.connect(stranger(one), program.address).ok());
    (silent, shaken.collect(), number)
}

/// Attempts at the rate there is, or as many as this machine makes of them, while Customs calls.
fn flood(program: &Program, scale: &Scale, name: &str, attempt: Attempt<'_>) {
    let (over, made) = (AtomicBool::new(false), AtomicUsize::new(0));
    let (begun, before) = (Instant::now(), program.processor_time());
    let calls = thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                while !over.load(Ordering::Relaxed) {
                    let number = made.fetch_add(1, Ordering::Relaxed);
                    let due =
                        begun + Duration::from_secs(1) * number as u32 / scale.attempts_a_second;
                    thread::sleep(due.saturating_duration_since(Instant::now()));
                    attempt(number);
                }
            });
        }
        let calls = Calls::while_it(program, || begun.elapsed() < scale.flood);
        over.store(true, Ordering::Relaxed);
        calls
    });
    let (time, used) = (begun.elapsed(), program.processor_time() - before);
    let rate = made.into_inner() as f64 / time.as_secs_f64();
    let load = used.as_secs_f64() / time.as_secs_f64();
    calls.report(&format!(
        "{name} at {rate:.0}/s (the program used {load:.2} processors)"
    ));
}
