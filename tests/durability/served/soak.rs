// SPDX-License-Identifier: Apache-2.0
//! Calls at a steady rate for long, while somebody takes what comes out of the inbox and the retention removes it: nothing may grow.
//!
//! Memory, open files, threads, the store and its log are looked at again and again. For a short time only open files and threads are judged: they have to be as before once
//! nobody calls any more.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    io::{BufRead, BufReader},
    process::{Child, Stdio},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use serde_json::Value;

use crate::{
    agencies::{Agencies, Answer},
    figures::{Use, megabytes, slope},
    history::{Key, keys},
    program::{Program, Serving},
};

/// Those who call at once.
const CALLERS: u64 = 16;

/// What is attached to messages, about: what is looked for is what stays behind, and not how much fits on a disk.
const ATTACHMENT_BYTES: usize = 2000;

/// What is in use once everything has been used.
const WARM_UP: Duration = Duration::from_secs(2);

/// One call in so many is one of Customs: it brings an operation, which waits for ever, since nothing sends here, and is never removed.
const CUSTOMS: u64 = 100;

/// Removed as soon as it has been acknowledged, once a minute.
const RETENTION: &str = "[store.retention]\nacknowledged-days = 0\nkeys-days = 0\nlook-minutes = 1";

/// What comes before is not judged: by then the retention has removed something several times.
const NOT_JUDGED: f64 = 180.0;

/// How often it is looked.
const LOOK: Duration = Duration::from_secs(5);

/// How much the line through what was looked at may gain from the first to the last look that are judged.
const MOST_GAIN: [(&str, f64); 4] = [
    ("memory", 16.0),
    ("store", 16.0),
    ("log", 8.0),
    // Numbers, not mebibytes.
    ("open files", 4.0),
];

/// How often a call is made that is not answered well.
const ATTEMPTS: u32 = 100;

/// For whatever has to come to an end. Threads of a pool wait for 10 s for more to do.
const PATIENCE: Duration = Duration::from_secs(90);

/// Files that the store's idle readers keep open, at most: eight of them, each with the database and its log.
const KEPT_FILES: u64 = 16;

/// What was seen at a moment: seconds since the beginning, and what stands in [`MOST_GAIN`], threads last.
struct Look {
    at: f64,
    seen: [f64; 5],
}

/// What was called, and what came out.
#[derive(Default)]
struct Books {
    calls: u64,
    unavailable: u64,
    unanswered: u64,
    acknowledged: BTreeSet<Key>,
    /// Not answered well at first: kept perhaps, and again after the retention had removed its key.
    doubtful: BTreeSet<Key>,
    out: BTreeMap<Key, u64>,
}

pub(crate) fn prove(seconds: u64, rate: u64, is_measured: bool) {
    let program = Program::made();
    program.configured("soak.toml", RETENTION);
    let mut serving = program.start("soak.toml", &[]);
    serving.has_to_listen();
    let idle = Use::of(&serving);
    let books = Arc::new(Mutex::new(Books::default()));
    let follower = Follower::start(&program, &books);
    // What it starts after it has said that it listens counts, too.
    let later = settled(&serving, u64::MAX, u64::MAX);
    let threads = idle.threads.max(later.threads);
    let agencies = Agencies::new(&program, ATTACHMENT_BYTES);
    let numbers = AtomicU64::new(0);
    let call = |time: Duration| call(&agencies, &books, (&numbers, rate), time);
    call(WARM_UP);
    let warm = settled(&serving, u64::MAX, u64::MAX);
    let (begun, time) = (Instant::now(), Duration::from_secs(seconds));
    let looks = thread::scope(|scope| {
        let calling = scope.spawn(|| call(time));
        let mut looks = Vec::new();
        while !calling.is_finished() {
            looks.push(look(&program, &serving, begun));
            thread::sleep(LOOK.min(time / 10));
        }
        looks
    });
    let took = begun.elapsed().as_secs();
    let end = settled(&serving, warm.files + KEPT_FILES, threads);
    follower.end(&books);
    serving.stop();
    program.check();
    let books = lock(&books);
    println!(
        "soak: {took} s, {rate} a second were to be made: {} calls, {} a second; {} answered with 503, {} without an answer; {} acknowledged, 0 missing, 0 twice",
        books.calls,
        books.calls / (took + WARM_UP.as_secs()),
        books.unavailable,
        books.unanswered,
        books.acknowledged.len()
    );
    println!(
        "  idle: open files {} after a warm-up, {} at the end; threads {} at first, {} at the end; memory {:.0} MiB, {:.0} MiB at the end, {:.0} MiB at most",
        warm.files,
        end.files,
        idle.threads,
        end.threads,
        megabytes(warm.resident),
        megabytes(end.resident),
        megabytes(end.most_resident)
    );
    let gains = gains(&looks, if is_measured { NOT_JUDGED } else { 0.0 });
    // Under another load the store may have had more readers at once, which it keeps.
    let most = warm.files + KEPT_FILES;
    assert!(end.files <= most, "open files have become more");
    assert!(end.threads <= threads, "threads have become more");
    if is_measured {
        for ((what, most), gain) in MOST_GAIN.iter().zip(gains) {
            assert!(
                gain <= *most,
                "{what} has grown by {gain:.1}, {most} at most"
            );
        }
    }
}

/// The number of a call ([`Caller::new_call`](crate::agencies::Caller::new_call) goes by its remainder), none twice.
fn kind_first(number: u64) -> u64 {
    let kind = match number % CUSTOMS {
        0 => 1,
        other => 2 * (other % 2),
    };
    3 * number + kind
}

/// Calls at a rate for a while, and until each call has been answered well.
fn call(
    agencies: &Agencies,
    books: &Mutex<Books>,
    (numbers, rate): (&AtomicU64, u64),
    time: Duration,
) {
    let (begun, slots) = (Instant::now(), AtomicU64::new(0));
    thread::scope(|scope| {
        for number in 0..CALLERS {
            let (caller, slots) = (agencies.caller(0), &slots);
            thread::Builder::new()
                .name(format!("caller-{number}"))
                .spawn_scoped(scope, move || {
                    loop {
                        let slot = slots.fetch_add(1, Ordering::Relaxed) as f64;
                        let due = Duration::from_secs_f64(slot / rate as f64);
                        // Callers that cannot keep up call for no longer than others.
                        if due.max(begun.elapsed()) >= time {
                            return;
                        }
                        thread::sleep(due.saturating_sub(begun.elapsed()));
                        let call =
                            caller.new_call(kind_first(numbers.fetch_add(1, Ordering::Relaxed)));
                        let is_answered = (0..ATTEMPTS).any(|_| {
                            let answer = caller.ask(&call);
                            let mut books = lock(books);
                            books.calls += 1;
                            match answer {
                                Answer::Yes => {}
                                Answer::Unavailable => books.unavailable += 1,
                                Answer::None => books.unanswered += 1,
                            }
                            let is_answered = answer == Answer::Yes;
                            match is_answered {
                                true => books.acknowledged.insert(call.key()),
                                false => books.doubtful.insert(call.key()),
                            };
                            drop(books);
                            if !is_answered {
                                thread::sleep(Duration::from_secs(1));
                            }
                            is_answered
                        });
                        assert!(is_answered, "a call is not answered well");
                    }
                })
                .unwrap();
        }
    });
}

/// What is in use once it is no more than that, or once nothing has become less for a while.
fn settled(serving: &Serving, files: u64, threads: u64) -> Use {
    let begun = Instant::now();
    let mut last = Use::of(serving);
    let mut same = 0;
    loop {
        thread::sleep(Duration::from_millis(200));
        let now = Use::of(serving);
        same = if now.files == last.files { same + 1 } else { 0 };
        last = now;
        let is_little = now.files <= files && now.threads <= threads;
        if (is_little && same >= 5) || begun.elapsed() > PATIENCE {
            return now;
        }
    }
}

fn look(program: &Program, serving: &Serving, begun: Instant) -> Look {
    let using = Use::of(serving);
    let bodies = fs::read_dir(program.path("store/bodies")).into_iter();
    let bodies = bodies
        .flatten()
        .flatten()
        .filter_map(|file| file.metadata().ok());
    let store = program.size("store/silta.db") + bodies.map(|file| file.len()).sum::<u64>();
    Look {
        at: begun.elapsed().as_secs_f64(),
        seen: [
            megabytes(using.resident),
            megabytes(store),
            megabytes(program.size("store/silta.db-wal")),
            using.files as f64,
            using.threads as f64,
        ],
    }
}

/// Prints what was seen; what the line through each gains from the first look that is judged to the last.
fn gains(looks: &[Look], from: f64) -> [f64; 5] {
    let judged: Vec<_> = looks.iter().filter(|look| look.at >= from).collect();
    let time = judged.last().unwrap().at - judged[0].at;
    let names = [
        "memory, MiB",
        "store, MiB",
        "log, MiB",
        "open files",
        "threads",
    ];
    std::array::from_fn(|number| {
        let points: Vec<_> = judged
            .iter()
            .map(|look| (look.at, look.seen[number]))
            .collect();
        let gain = slope(&points) * time;
        let seen = points.iter().map(|point| point.1);
        let (least, most) = (
            seen.clone().fold(f64::INFINITY, f64::min),
            seen.fold(0.0, f64::max),
        );
        let (looks, name) = (points.len(), names[number]);
        println!(
            "  {name}: {least:.1} to {most:.1} in {looks} looks within {time:.0} s; the line through them gains {gain:.2}"
        );
        gain
    })
}

/// `silta inbox follow`, which acknowledges what it has told.
struct Follower {
    child: Child,
    reading: thread::JoinHandle<()>,
}

impl Follower {
    fn start(program: &Program, books: &Arc<Mutex<Books>>) -> Self {
        let arguments = [
            "inbox",
            "follow",
            "--json",
            "--acknowledge",
            "--config",
            "soak.toml",
        ];
        let mut command = program.command(&arguments);
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let out = BufReader::new(child.stdout.take().unwrap());
        let books = Arc::clone(books);
        let reading = thread::spawn(move || {
            // What is cut off when it is ended is no line.
            for line in out.lines().map_while(Result::ok) {
                let Ok(entry) = serde_json::from_str::<Value>(&line) else {
                    return;
                };
                for key in keys(&entry) {
                    *lock(&books).out.entry(key).or_default() += 1;
                }
            }
        });
        Self { child, reading }
    }

    /// Waits until everything that was acknowledged has come out, once.
    fn end(mut self, books: &Mutex<Books>) {
        let begun = Instant::now();
        let missing = || {
            let books = lock(books);
            let mut acknowledged = books.acknowledged.iter();
            acknowledged
                .find(|key| !books.out.contains_key(*key))
                .cloned()
        };
        while let Some(key) = missing() {
            assert!(
                begun.elapsed() < PATIENCE,
                "acknowledged and missing: {key:?}"
            );
            thread::sleep(Duration::from_millis(100));
        }
        self.child.kill().unwrap();
        self.child.wait().unwrap();
        self.reading.join().unwrap();
        let books = lock(books);
        let twice = books
            .out
            .iter()
            .find(|(key, times)| **times > 1 && !books.doubtful.contains(*key));
        assert!(twice.is_none(), "came out more than once: {twice:?}");
        let nobodys = books
            .out
            .keys()
            .find(|key| !books.acknowledged.contains(*key));
        assert!(nobodys.is_none(), "asked by nobody: {nobodys:?}");
    }
}

fn lock(books: &Mutex<Books>) -> MutexGuard<'_, Books> {
    books.lock().unwrap_or_else(PoisonError::into_inner)
}
