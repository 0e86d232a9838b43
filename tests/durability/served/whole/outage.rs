// SPDX-License-Identifier: Apache-2.0
//! An agency is away while much is queued for it, by the pauses that are the defaults: all of it is delivered within five minutes of its return, once, and never faster than the agency has
//! declared.
//!
//! For the first half of the time nobody listens; for the second, somebody does and hangs up after each request, so that the outcome is unknown.

use std::{
    collections::BTreeMap,
    io,
    net::{Shutdown, SocketAddr, TcpListener, TcpStream},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    thread,
    time::{Duration, Instant, SystemTime},
};

use serde_json::json;
use silta_simulators::{
    Simulator,
    suomifi_rest::{Misbehaviour, Operation, Script},
};

use super::{
    called::token,
    platform::{Answer, Wish},
    scene::{CONFIGURATION, Scene},
    story::REST,
};
use crate::{
    figures::{Use, megabytes, slope},
    ports::KeptPort,
    program::Serving,
};

/// Messages a second, as declared.
const RATE: usize = 150;

/// All of it is delivered within this time of the agency's return.
const LONGEST: Duration = Duration::from_secs(300);

/// Submitting clients.
const CLIENTS: u64 = 4;

/// Memory at most, and what the line through it may gain while the agency is away, in MiB.
const MOST_MEMORY: f64 = 256.0;
const MOST_GAIN: f64 = 16.0;

pub(crate) fn prove(queued: u64, down: Duration) {
    let front = Front::reserve();
    let url = format!("https://localhost:{}", front.kept.address().port());
    let number = |value: u32| toml::Value::from(i64::from(value));
    let rate = i64::try_from(RATE).unwrap();
    #[rustfmt::skip]
    let scene = Scene::new(&[
        ("agencies.suomifi-rest.settings.url", url.into()),
        ("agencies.suomifi-rest.settings.max-requests-per-second", rate.into()),
        ("agencies.suomifi-rest.settings.max-concurrency", number(16)),
        ("agencies.suomifi-rest.settings.timeout-seconds", number(60)),
        ("agencies.suomifi-rest.polls.poll-events.interval-seconds", number(60)),
        ("sending.first-delay-seconds", number(5)),
        ("sending.longest-delay-seconds", number(3600)),
        ("sending.longest-unsent-delay-seconds", number(60)),
        ("sending.breaker-first-seconds", number(2)),
        ("sending.breaker-longest-seconds", number(60)),
        ("sending.rate-margin-milliseconds", number(1000)),
        ("sending.lease-seconds", number(60)),
    ]);
    front.lead_to(scene.called.rest.address());
    let mut serving = scene.program.start(CONFIGURATION, &[]);
    serving.has_to_listen();
    submit(&scene, 0..CLIENTS);
    wait("the first are taken", LONGEST, || {
        scene.called.messages() >= CLIENTS as usize
    });
    front.close();
    let away = Instant::now();
    submit(&scene, CLIENTS..queued);
    let took = away.elapsed();
    let looks = stay_away(&scene, &serving, (&front, away, down));
    let gone = away.elapsed().as_secs();
    scene.called.rest.behave();
    let (back, before) = (Instant::now(), scene.called.messages());
    let all = usize::try_from(queued).unwrap();
    wait("all are taken", LONGEST, || scene.called.messages() >= all);
    let delivered = back.elapsed();
    wait("all have ended", LONGEST, || scene.is_idle());
    let ended = back.elapsed();
    let using = Use::of(&serving);
    serving.stop();
    let fastest = fastest(&scene);
    judge(&scene, all);
    let points: Vec<_> = looks.iter().map(|(at, used)| (*at, *used)).collect();
    let time = points.last().unwrap().0 - points[0].0;
    let gain = slope(&points) * time;
    let most = megabytes(using.most_resident);
    println!(
        "outage: {queued} queued in {} s, agency away for {gone} s; {before} had been taken; all taken {:.0} s after its return, all ended after {:.0} s, {:.0} a second; \
         at most {fastest} in any second of {RATE} declared; 0 missing, 0 twice; memory while it was away: the line gains {gain:.1} MiB; {most:.0} MiB at most",
        took.as_secs(),
        delivered.as_secs_f64(),
        ended.as_secs_f64(),
        queued as f64 / delivered.as_secs_f64()
    );
    assert!(fastest <= RATE, "{fastest} in a second, {RATE} declared");
    assert!(most <= MOST_MEMORY, "{most:.0} MiB");
    if down >= Duration::from_secs(120) {
        assert!(gain <= MOST_GAIN, "memory has grown by {gain:.1} MiB");
    }
}

/// Submits messages with these numbers.
fn submit(scene: &Scene, numbers: std::ops::Range<u64>) {
    let next = AtomicU64::new(numbers.start);
    thread::scope(|scope| {
        for _ in 0..CLIENTS {
            scope.spawn(|| {
                loop {
                    let number = next.fetch_add(1, Ordering::SeqCst);
                    if number >= numbers.end {
                        return;
                    }
                    submit_one(scene, number);
                }
            });
        }
    });
}

fn submit_one(scene: &Scene, number: u64) {
    let wish = Wish {
        agency: REST,
        operation: "send-electronic",
        key: format!("key-{number}"),
        conversation: None,
        parameters: json!({"recipient": "010190-900P", "title": format!("Päätös ((m{number}))"), "body": "Hyvä asiakas"}),
        payload: None,
    };
    let begun = Instant::now();
    loop {
        match scene.platform.submit(&wish) {
            Answer::Came(202, _) => return,
            Answer::Came(503 | 429, _) => {}
            other => panic!("not queued: {other:?}"),
        }
        assert!(begun.elapsed() < LONGEST, "nothing can be submitted");
        thread::sleep(Duration::from_millis(100));
    }
}

/// Waits until the time is over; seconds, and memory in MiB.
fn stay_away(
    scene: &Scene,
    serving: &Serving,
    (front, away, down): (&Front, Instant, Duration),
) -> Vec<(f64, f64)> {
    let mut looks = Vec::new();
    let mut hangs_up = false;
    while away.elapsed() < down {
        if !hangs_up && away.elapsed() >= down / 2 {
            let script = Script::new().always_at(Operation::SendElectronic, Misbehaviour::Drop);
            scene.called.rest.misbehave(script);
            front.open();
            hangs_up = true;
        }
        let used = megabytes(Use::of(serving).resident);
        looks.push((away.elapsed().as_secs_f64(), used));
        thread::sleep(Duration::from_secs(1).min(down / 20));
    }
    front.open();
    looks
}

/// The most messages that came within any second, by the agency's own record.
fn fastest(scene: &Scene) -> usize {
    let received = scene.called.rest.received();
    let messages = received
        .iter()
        .filter(|it| it.operation == Some(Operation::SendElectronic));
    let mut moments: Vec<SystemTime> = messages.map(|it| it.at).collect();
    moments.sort();
    let mut first = 0;
    let mut most = 0;
    for (last, at) in moments.iter().enumerate() {
        while at.duration_since(moments[first]).unwrap() >= Duration::from_secs(1) {
            first += 1;
        }
        most = most.max(last + 1 - first);
    }
    most
}

/// Each was taken once, and has one result.
fn judge(scene: &Scene, all: usize) {
    let mut taken: BTreeMap<String, usize> = BTreeMap::new();
    for message in scene.called.rest.sent() {
        let token = token(&message.request.to_string()).unwrap();
        *taken.entry(token).or_default() += 1;
    }
    let twice = taken.iter().find(|(_, times)| **times > 1);
    assert!(twice.is_none(), "taken more than once: {twice:?}");
    assert_eq!(taken.len(), all, "messages were not taken");
    let sent = scene.kept().into_iter();
    let sent = sent.filter(|kept| kept.events.iter().any(|(kind, _)| kind == "message-sent"));
    assert_eq!(sent.count(), all, "results in the inbox");
}

fn wait(what: &str, patience: Duration, holds: impl Fn() -> bool) {
    let begun = Instant::now();
    while !holds() {
        assert!(begun.elapsed() < patience, "within {patience:?}: {what}");
        thread::sleep(Duration::from_millis(500));
    }
}

/// An address at which somebody listens, or nobody.
struct Front {
    kept: KeptPort,
    to: Mutex<Option<SocketAddr>>,
    open: Mutex<Option<Arc<AtomicBool>>>,
}

impl Front {
    fn reserve() -> Self {
        Self {
            kept: KeptPort::any(),
            to: Mutex::default(),
            open: Mutex::default(),
        }
    }

    fn lead_to(&self, to: SocketAddr) {
        *self.to.lock().unwrap_or_else(PoisonError::into_inner) = Some(to);
        self.open();
    }

    /// Connections are led on from now on.
    fn open(&self) {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        if open.is_some() {
            return;
        }
        let to = self.to.lock().unwrap_or_else(PoisonError::into_inner);
        let to = to.unwrap();
        let listener = TcpListener::bind(self.kept.address()).unwrap();
        let is_over = Arc::new(AtomicBool::new(false));
        *open = Some(Arc::clone(&is_over));
        thread::spawn(move || {
            for stream in listener.incoming() {
                if is_over.load(Ordering::SeqCst) {
                    return;
                }
                if let Ok(stream) = stream {
                    thread::spawn(move || lead(&stream, to));
                }
            }
        });
    }

    /// Nobody listens from now on.
    fn close(&self) {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(is_over) = open.take() {
            is_over.store(true, Ordering::SeqCst);
            // Wakes the one who accepts.
            drop(TcpStream::connect(self.kept.address()));
            while TcpStream::connect(self.kept.address()).is_ok() {
                thread::sleep(Duration::from_millis(10));
            }
        }
    }
}

/// Everything that is said, in both directions.
fn lead(from: &TcpStream, to: SocketAddr) {
    let Ok(to) = TcpStream::connect(to) else {
        return;
    };
    thread::scope(|scope| {
        scope.spawn(|| {
            let _ = io::copy(&mut &*from, &mut &to);
            let _ = to.shutdown(Shutdown::Write);
        });
        let _ = io::copy(&mut &to, &mut &*from);
        let _ = from.shutdown(Shutdown::Both);
        let _ = to.shutdown(Shutdown::Both);
    });
}
