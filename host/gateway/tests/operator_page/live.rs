// SPDX-License-Identifier: Apache-2.0
//! Pages that keep themselves up to date.

use std::{
    io::{BufRead, BufReader, Read},
    net::{Shutdown, TcpStream},
    time::Instant,
};

use super::scene::{Answer, PATIENCE, Scene};

/// A stream of events.
struct Events(BufReader<TcpStream>);

/// An event: its kind, its id, what it has.
#[derive(Debug, Default)]
struct Event {
    kind: String,
    id: String,
    data: String,
}

impl Events {
    #[track_caller]
    fn of(scene: &Scene, path: &str, fields: &[(&str, &str)]) -> Self {
        let fields = [&[("Accept-Language", "en")], fields].concat();
        let stream = scene.send(&format!("GET {path}"), &fields, "");
        let mut events = Self(BufReader::new(stream));
        let head: Vec<String> = events.lines_until_empty();
        assert!(head[0].contains(" 200 "), "{head:?}");
        let is_stream = |line: &String| {
            line.eq_ignore_ascii_case("content-type: text/event-stream; charset=utf-8")
        };
        assert!(head.iter().any(is_stream), "{head:?}");
        let is_unbuffered = |line: &String| line.eq_ignore_ascii_case("x-accel-buffering: no");
        assert!(head.iter().any(is_unbuffered), "{head:?}");
        events
    }

    fn lines_until_empty(&mut self) -> Vec<String> {
        let mut lines = Vec::new();
        loop {
            let mut line = String::new();
            if self.0.read_line(&mut line).unwrap() == 0 || line.trim_end().is_empty() {
                return lines;
            }
            lines.push(line.trim_end().to_owned());
        }
    }

    /// The next event, past comments and the frames of the transfer coding.
    fn next(&mut self) -> Event {
        loop {
            let mut event = Event::default();
            for line in self.lines_until_empty() {
                match line.split_once(": ") {
                    Some(("event", kind)) => event.kind = kind.to_owned(),
                    Some(("id", id)) => event.id = id.to_owned(),
                    Some(("data", data)) => event.data += data,
                    _ => {}
                }
            }
            if !event.kind.is_empty() {
                return event;
            }
        }
    }

    /// Whether it ends, and is not given up for lack of an end.
    fn ends(mut self) -> bool {
        let mut rest = Vec::new();
        self.0.read_to_end(&mut rest).is_ok()
    }
}

fn revision(page: &Answer) -> String {
    let (_, rest) = page.body.split_once("data-since=\"").unwrap();
    rest.split('"').next().unwrap().to_owned()
}

#[test]
fn what_changes_is_told_and_what_was_seen_is_not() {
    let scene = Scene::new();
    let seen = revision(&scene.page("/operations", "en"));
    let mut events = Events::of(&scene, &format!("/live?of=/operations&since={seen}"), &[]);
    let id = scene.submit("courier", "deliver");
    let event = events.next();
    assert_eq!(event.kind, "content");
    assert!(
        event.data.contains(&format!("/operations/{id}")),
        "{event:?}"
    );
    // The page says the same now.
    let page = scene.page("/operations", "en");
    assert_eq!(revision(&page), event.id);
    // Whoever comes back has seen that.
    drop(events);
    let last = [("Last-Event-ID", event.id.as_str())];
    let mut events = Events::of(&scene, "/live?of=/operations&since=old", &last);
    let other = scene.submit("courier", "deliver");
    let event = events.next();
    assert!(
        event.data.contains(&format!("/operations/{other}")),
        "{event:?}"
    );
    // With an old one, all of it comes at once.
    drop(events);
    let mut events = Events::of(
        &scene,
        "/live?of=/operations%3Fstate%3Dqueued&since=old",
        &[],
    );
    assert!(events.next().data.contains(&format!("/operations/{id}")));
}

#[test]
fn there_are_so_many_and_no_more() {
    let scene = Scene::new();
    let open: Vec<_> = (0..2)
        .map(|_| Events::of(&scene, "/live?of=/", &[]))
        .collect();
    let refused = scene.get("/live?of=/");
    assert_eq!(refused.status, 503);
    refused.has("operator.live-streams");
    // Pages and probes have connections of their own.
    scene.page("/", "en");
    drop(open);
    // A place is free once the server has noticed.
    let begun = Instant::now();
    loop {
        let stream = scene.send("GET /live?of=/", &[], "");
        let mut first = [0; 12];
        BufReader::new(stream).read_exact(&mut first).unwrap();
        if first.ends_with(b"200") {
            break;
        }
        assert!(begun.elapsed() < PATIENCE);
    }
    for none in [
        "/live",
        "/live?of=/about",
        "/live?of=/operations/1/cancel",
        "/live?of=x",
    ] {
        assert_eq!(scene.get(none).status, 404, "{none}");
    }
}

#[test]
fn a_stream_ends_with_its_page_and_with_the_gateway() {
    let mut scene = Scene::new();
    let mut gone = Events::of(&scene, "/live?of=/operations/999", &[]);
    assert_eq!(gone.next().kind, "gone");
    assert!(gone.ends());
    let mut events = Events::of(&scene, "/live?of=/", &[]);
    events.next();
    scene.stop();
    assert!(events.ends());
}

/// A probe that says no more after its request is answered; a stream is nobody's any more.
#[test]
fn who_closes_its_half_gets_an_answer_and_no_stream() {
    let scene = Scene::new();
    for path in ["/", "/health/live", "/metrics"] {
        let mut stream = scene.send(&format!("GET {path}"), &[], "");
        stream.shutdown(Shutdown::Write).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        assert!(answer.starts_with("HTTP/1.1 200"), "{path}: {answer}");
    }
    let events = Events::of(&scene, "/live?of=/", &[]);
    events.0.get_ref().shutdown(Shutdown::Write).unwrap();
    assert!(events.ends());
}
