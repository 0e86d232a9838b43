// SPDX-License-Identifier: Apache-2.0
//! What the operator sees of it.

use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpStream},
    sync::Arc,
    time::Duration,
};

use silta_gateway::{OperatorSetup, SendingSettings};

use super::office::{Office, quick};
use crate::operations::{
    journey::Task,
    server::{Kill, Turn},
};

/// The status and the body of an answer.
fn get(address: SocketAddr, path: &str) -> (u16, String) {
    let mut stream = TcpStream::connect(address).unwrap();
    let request = format!("GET {path} HTTP/1.1\r\nHost: operator\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    (status, body.to_owned())
}

/// The value of a metric.
fn value(metrics: &str, name: &str) -> Option<f64> {
    let mut lines = metrics.lines();
    let line = lines.find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
    line.map(|value| value.parse().unwrap())
}

#[test]
fn an_agency_that_does_not_answer_is_shown_and_makes_nothing_unready() {
    let office = Office::new();
    for exchange in 1..=3 {
        office
            .world
            .server
            .plan(exchange, Turn::Kill(Kill::BeforeTls));
    }
    for _ in 0..6 {
        office.submit(&Task::delivery(0));
    }
    let process = office.courier(SendingSettings {
        operations_at_once: 1,
        breaker_calls: 3,
        breaker_first: Duration::from_secs(3_600),
        breaker_longest: Duration::from_secs(3_600),
        ..quick()
    });
    let operator = OperatorSetup {
        address: SocketAddr::from(([127, 0, 0, 1], 0)),
        store: Arc::clone(&office.store),
        agencies: vec![("courier".into(), office.world.courier())],
        page: None,
    };
    let address = process.0.listen_for_operator(operator).unwrap();
    let silent = r#"silta_agency_silent{agency="courier",way="https"}"#;
    let seen = |name: &str| value(&get(address, "/metrics").1, name);
    office.until("it is silent", |_| seen(silent) == Some(1.0));
    let runs = r#"silta_operation_runs_total{agency="courier",class="credential"}"#;
    office.until("three runs are counted", |_| seen(runs) == Some(3.0));
    let of = |name: &str, state: &str| format!(r#"{name}{{agency="courier",state="{state}"}}"#);
    assert_eq!(seen(&of("silta_agency_operations", "queued")), Some(6.0));
    assert_eq!(seen(&of("silta_agency_operations", "held")), Some(0.0));
    let oldest = of("silta_agency_oldest_operation_seconds", "queued");
    assert!(seen(&oldest).unwrap() > 0.0);
    let (status, body) = get(address, "/health/ready");
    assert_eq!(status, 200, "{body}");
    drop(process);
    // It answers again.
    let process = office.courier(quick());
    let operator = OperatorSetup {
        address: SocketAddr::from(([127, 0, 0, 1], 0)),
        store: Arc::clone(&office.store),
        agencies: vec![("courier".into(), office.world.courier())],
        page: None,
    };
    let address = process.0.listen_for_operator(operator).unwrap();
    office.until_all_ended();
    let ended = r#"silta_operations_ended_total{agency="courier",end="done"}"#;
    let seen = |name: &str| value(&get(address, "/metrics").1, name);
    office.until("six have ended", |_| seen(ended) == Some(6.0));
    // The store is asked once a second.
    let queued = of("silta_agency_operations", "queued");
    office.until("nothing is queued", |_| seen(&queued).is_none());
}
