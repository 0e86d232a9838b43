// SPDX-License-Identifier: Apache-2.0
use std::{
    io::{ErrorKind, Read, Write},
    net::{TcpListener, TcpStream},
    thread,
    time::SystemTime,
};

use prometheus_client::{encoding::text::encode, registry::Registry};
use serde_json::Value;

use super::{super::super::span::SpanKind, *};
use crate::outbound::{ConnectSettings, HttpClient};

fn span(number: usize) -> Span {
    let now = SystemTime::now();
    Span {
        trace: "0af7651916cd43dd8448eb211c80319c".into(),
        id: format!("{number:016x}"),
        parent: None,
        name: "run",
        kind: SpanKind::Internal,
        start: now,
        end: now,
        attributes: Vec::new(),
        failed: false,
    }
}

/// An exporter to a collector, on a runtime of its own.
fn exporting(
    collector: &TcpListener,
    most_waiting: usize,
) -> (
    tokio::runtime::Runtime,
    SpanMetrics,
    Exporting,
    Arc<dyn SpanSink>,
) {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .unwrap();
    let metrics = SpanMetrics::default();
    let settings = ConnectSettings {
        plain_on_loopback: true,
        ..ConnectSettings::default()
    };
    let setup = OtlpSetup {
        url: format!("http://{}/v1/traces", collector.local_addr().unwrap()),
        http: HttpClient::new(settings).unwrap(),
        most_waiting,
    };
    let (exporting, sink) = Exporting::start(setup, runtime.handle(), metrics.clone());
    (runtime, metrics, exporting, sink)
}

fn counted(metrics: &SpanMetrics, line: &str) -> u64 {
    let mut registry = Registry::default();
    metrics.register(&mut registry);
    let mut text = String::new();
    encode(&mut text, &registry).unwrap();
    let mut lines = text.lines();
    let found = lines.find_map(|it| it.strip_prefix(line)?.trim().parse().ok());
    found.unwrap_or_default()
}

/// Waits until so many are counted.
#[track_caller]
fn until_counted(metrics: &SpanMetrics, line: &str, number: u64) {
    let begun = Instant::now();
    loop {
        let counted = counted(metrics, line);
        if counted == number {
            return;
        }
        assert!(begun.elapsed() < PATIENCE, "{line}: {counted}");
        thread::sleep(Duration::from_millis(5));
    }
}

/// No honest step takes as long.
const PATIENCE: Duration = Duration::from_secs(60);

/// The next connection, which has to come.
fn accept(collector: &TcpListener) -> TcpStream {
    collector.set_nonblocking(true).unwrap();
    let begun = Instant::now();
    let connection = loop {
        match collector.accept() {
            Ok((connection, _)) => break connection,
            Err(error) if error.kind() == ErrorKind::WouldBlock => {
                assert!(begun.elapsed() < PATIENCE, "no request came");
                thread::sleep(Duration::from_millis(5));
            }
            Err(error) => panic!("{error}"),
        }
    };
    connection.set_nonblocking(false).unwrap();
    connection.set_read_timeout(Some(PATIENCE)).unwrap();
    connection
}

/// Answers a request with a status; and the ids of the spans in it.
fn answer(collector: &TcpListener, status: &str) -> Vec<String> {
    answer_with(collector, status, "{}")
}

fn answer_with(collector: &TcpListener, status: &str, said: &str) -> Vec<String> {
    let mut connection = accept(collector);
    let mut read = Vec::new();
    let body = loop {
        let mut bytes = [0; 4096];
        let count = connection.read(&mut bytes).unwrap();
        read.extend_from_slice(&bytes[..count]);
        let text = String::from_utf8_lossy(&read);
        let Some((head, body)) = text.split_once("\r\n\r\n") else {
            continue;
        };
        let length = head.lines().find_map(|line| {
            let (name, value) = line.split_once(": ")?;
            name.eq_ignore_ascii_case("content-length")
                .then(|| value.parse::<usize>().unwrap())
        });
        if body.len() == length.unwrap() {
            break body.to_owned();
        }
    };
    let length = said.len();
    let answer = format!("HTTP/1.1 {status}\r\nContent-Length: {length}\r\n\r\n{said}");
    connection.write_all(answer.as_bytes()).unwrap();
    let body: Value = serde_json::from_str(&body).unwrap();
    let spans = body.pointer("/resourceSpans/0/scopeSpans/0/spans").unwrap();
    let ids = spans.as_array().unwrap().iter();
    ids.map(|span| span["spanId"].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn what_is_not_taken_now_is_sent_again_and_what_is_left_at_the_end_is_sent() {
    let collector = TcpListener::bind("127.0.0.1:0").unwrap();
    let (runtime, metrics, exporting, sink) = exporting(&collector, 100);
    for number in 0..3 {
        sink.take(span(number));
    }
    // They may have come in one request or in several.
    let refused = answer(&collector, "503 Service Unavailable");
    let taken = answer(&collector, "200 OK");
    assert_eq!(refused, taken);
    let mut all = taken;
    // It is there before the end begins.
    sink.take(span(3));
    let finishing = thread::spawn(move || exporting.finish());
    while all.len() < 4 {
        all.extend(answer(&collector, "200 OK"));
    }
    finishing.join().unwrap();
    all.sort();
    assert_eq!(
        all,
        (0..4).map(|number| span(number).id).collect::<Vec<_>>()
    );
    until_counted(&metrics, "spans_exported_total", 4);
    runtime.shutdown_background();
}

#[test]
fn a_collector_that_never_answers_costs_spans_and_nothing_else() {
    const SPANS: usize = 10_000;
    const WAITING: usize = 4;
    let collector = TcpListener::bind("127.0.0.1:0").unwrap();
    let (runtime, metrics, exporting, sink) = exporting(&collector, WAITING);
    for number in 0..SPANS {
        sink.take(span(number));
    }
    // At most what waits, and what one request has.
    let dropped = counted(&metrics, r#"spans_dropped_total{why="queue-full"}"#);
    assert!(dropped >= (SPANS - WAITING - BATCH) as u64, "{dropped}");
    assert_eq!(counted(&metrics, "spans_exported_total"), 0);
    // The request is under way for ever: its spans are lost as well as those that wait.
    let _silent = accept(&collector);
    exporting.finish();
    let stopped = counted(&metrics, r#"spans_dropped_total{why="stopped"}"#);
    let dropped = counted(&metrics, r#"spans_dropped_total{why="queue-full"}"#);
    assert_eq!(dropped + stopped, SPANS as u64);
    runtime.shutdown_background();
}

/// What a collector says is no number to count on.
#[test]
fn a_collector_does_not_reject_more_than_it_was_sent() {
    let collector = TcpListener::bind("127.0.0.1:0").unwrap();
    let (runtime, metrics, exporting, sink) = exporting(&collector, 100);
    sink.take(span(0));
    let body = format!(r#"{{"partialSuccess":{{"rejectedSpans":"{}"}}}}"#, u64::MAX);
    answer_with(&collector, "200 OK", &body);
    until_counted(&metrics, r#"spans_dropped_total{why="rejected"}"#, 1);
    exporting.finish();
    assert_eq!(counted(&metrics, "spans_exported_total"), 0);
    runtime.shutdown_background();
}
