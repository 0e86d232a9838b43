// SPDX-License-Identifier: Apache-2.0
//! The program is killed at random moments, from the first on, and some of its lives are made hard.
//!
//! The Tax Administration pushes, Customs notifies and Suomi.fi brings messages, together about 200 calls a second. Whatever was not answered well
//! is asked again after the next start, as the agencies do; of what was, every tenth is asked once more, and has to be answered well again. In the end
//! each is in the inbox exactly once, and `silta store check` finds nothing.

use std::{
    fmt,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use crate::{
    agencies::{ATTACHMENT_BYTES, Agencies},
    history::History,
    program::{Program, Serving},
    random::Random,
};

/// Those who call at once.
const CALLERS: u64 = 8;

/// How often each of them calls, at most.
const PAUSE: Duration = Duration::from_millis(40);

/// The longest that the program lives in a round, once it listens, in milliseconds.
const LONGEST_LIFE: u64 = 600;

/// Long enough for whatever is left, and for a 503 to come.
const PATIENCE: Duration = Duration::from_secs(120);

/// Room that a database which fills up has left, at most.
const LITTLE_ROOM: u64 = 256 << 10;

/// The store is opened within about so long.
const OPENING: Duration = Duration::from_millis(8);

/// What a round is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Life {
    /// It is killed once it listens, at any moment.
    Serving,
    /// It is killed before it listens, or about then.
    Starting,
    /// It is killed soon after it has begun to open the store, which moves the log into the database.
    Opening,
    /// It has a few milliseconds for an answer, and stops at times; then it is killed.
    Hurried,
    /// Its database fills up; then it is killed.
    Full,
    /// One in ten syncs of its disk fails; then it is killed.
    Failing,
}

/// In this order, again and again: whoever opens the store finds a log in it that nobody has moved.
const LIVES: [Life; 6] = [
    Life::Serving,
    Life::Opening,
    Life::Hurried,
    Life::Starting,
    Life::Failing,
    Life::Full,
];

/// How the lives ended.
#[derive(Debug, Default)]
struct Deaths {
    /// Before the program listened.
    starting: u64,
    /// Of these, after the log had been moved.
    log_moved: u64,
    /// After at least one 503.
    troubled: u64,
    /// Rounds of [`Life::Failing`] that could not be.
    without_faults: u64,
}

impl fmt::Display for Deaths {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "killed {} times before it listened, {} of them after the log had been moved, and {} times after it had answered with 503",
            self.starting, self.log_moved, self.troubled
        )?;
        if self.without_faults > 0 {
            let left_out = self.without_faults;
            write!(f, "; {left_out} rounds without faults, for want of libfiu")?;
        }
        Ok(())
    }
}

pub(crate) fn prove(rounds: u64, seed: u64) {
    let begun = Instant::now();
    let program = Program::made();
    let agencies = Agencies::new(&program, ATTACHMENT_BYTES);
    let history = Arc::new(History::default());
    let is_over = Arc::new(AtomicBool::new(false));
    let callers: Vec<_> = (0..CALLERS)
        .map(|number| {
            let caller = agencies.caller(number);
            let (history, is_over) = (Arc::clone(&history), Arc::clone(&is_over));
            thread::spawn(move || {
                while !is_over.load(Ordering::SeqCst) {
                    history.ask(&caller, history.next(&caller));
                    thread::sleep(PAUSE);
                }
            })
        })
        .collect();
    let mut killing = Killing {
        program: &program,
        history: &history,
        random: Random::new(seed),
        start_time: start_time(&program),
        libfiu: libfiu(),
        deaths: Deaths::default(),
    };
    for round in 0..rounds {
        let life = LIVES[round as usize % LIVES.len()];
        killing.round(life);
    }
    let deaths = killing.deaths;
    is_over.store(true, Ordering::SeqCst);
    for caller in callers {
        caller.join().unwrap();
    }
    let serving = program.serve();
    history.ask_what_is_left(&agencies.caller(CALLERS), PATIENCE);
    serving.stop();
    program.check();
    let told = history.compare(&program.entries());
    let told = told.unwrap_or_else(|wrong| panic!("seed {seed}: {wrong}"));
    let took = begun.elapsed().as_secs();
    println!("killed: seed {seed}, {rounds} rounds, {took} s: {deaths}; {told}");
}

/// How long a start takes when components are compiled already.
fn start_time(program: &Program) -> Duration {
    program.serve().stop();
    let begun = Instant::now();
    program.serve().stop();
    begun.elapsed()
}

struct Killing<'a> {
    program: &'a Program,
    history: &'a History,
    random: Random,
    start_time: Duration,
    libfiu: Option<PathBuf>,
    deaths: Deaths,
}

impl Killing<'_> {
    fn round(&mut self, life: Life) {
        match life {
            Life::Serving => {
                let mut serving = self.program.serve();
                thread::sleep(self.below(Duration::from_millis(LONGEST_LIFE)));
                serving.kill();
            }
            Life::Starting => {
                let log = self.program.size("store/silta.db-wal");
                let serving = self.program.start("silta.toml", &[]);
                thread::sleep(self.below(self.start_time * 5 / 4));
                self.kill_starting(serving, log);
            }
            Life::Opening => {
                let log = self.program.size("store/silta.db-wal");
                let serving = self.program.start("silta.toml", &[]);
                wait_until_opened(&serving, &self.program.path("store/lock"));
                // Before and while the log is moved, or after that.
                if self.random.below(2) == 1 {
                    self.wait_until_moved(log);
                }
                thread::sleep(self.below(OPENING));
                self.kill_starting(serving, log);
            }
            Life::Hurried => self.hurried(),
            Life::Full => {
                let size = self.program.size("store/silta.db");
                let log = self.program.size("store/silta.db-wal");
                let room = self.random.below(LITTLE_ROOM);
                // The log is moved into the database first.
                let most = (size + log + room).max(1 << 20);
                let full = format!("[store]\nmost-bytes = {most}");
                self.program.configured("full.toml", &full);
                self.troubled("full.toml", &[], |_| ());
            }
            Life::Failing => match self.libfiu.clone() {
                Some(libraries) => {
                    let environment = failing_syncs(&libraries);
                    self.troubled("silta.toml", &environment, |_| ());
                }
                None => {
                    self.deaths.without_faults += 1;
                    self.round(Life::Serving);
                }
            },
        }
    }

    /// An answer has a few milliseconds, and the process stops for longer than that: some calls are committed and answered with 503 all the same.
    fn hurried(&mut self) {
        let milliseconds = 5 + self.random.below(30);
        let hurried = format!("[listener.limits]\nanswer-milliseconds = {milliseconds}");
        self.program.configured("hurried.toml", &hurried);
        self.troubled("hurried.toml", &[], |serving| {
            serving.signal("STOP");
            thread::sleep(Duration::from_millis(2 * milliseconds));
            serving.signal("CONT");
        });
    }

    /// Serves until a call has been answered with 503, and a little longer.
    fn troubled(
        &mut self,
        configuration: &str,
        environment: &[(&str, String)],
        meanwhile: impl Fn(&Serving),
    ) {
        let begun = Instant::now();
        let mut serving = self.program.start(configuration, environment);
        // With a sync that fails while the store is opened it ends, and says so.
        while !serving.listens() {
            assert!(begun.elapsed() < PATIENCE, "it does not serve");
            serving = self.program.start(configuration, environment);
        }
        let before = self.history.unavailable();
        while self.history.unavailable() == before {
            assert!(begun.elapsed() < PATIENCE, "no call was answered with 503");
            meanwhile(&serving);
            thread::sleep(Duration::from_millis(10));
        }
        self.deaths.troubled += 1;
        thread::sleep(self.below(Duration::from_millis(LONGEST_LIFE / 2)));
        serving.kill();
    }

    /// Until the log is shorter than it was.
    fn wait_until_moved(&self, log: u64) {
        let begun = Instant::now();
        while log > 0 && self.program.size("store/silta.db-wal") >= log {
            assert!(begun.elapsed() < PATIENCE, "the log is not moved");
            thread::sleep(Duration::from_micros(200));
        }
    }

    fn kill_starting(&mut self, mut serving: Serving, log: u64) {
        if serving.kill() {
            return;
        }
        self.deaths.starting += 1;
        let is_moved = log > 0 && self.program.size("store/silta.db-wal") < log;
        self.deaths.log_moved += u64::from(is_moved);
    }

    fn below(&mut self, longest: Duration) -> Duration {
        let micros = u64::try_from(longest.as_micros()).unwrap();
        Duration::from_micros(self.random.below(micros.max(1)))
    }
}

/// Until the process has the file open, or has gone.
fn wait_until_opened(serving: &Serving, file: &Path) {
    let file = file.canonicalize().unwrap();
    let begun = Instant::now();
    while begun.elapsed() < PATIENCE {
        let Ok(opened) = serving.proc("fd").read_dir() else {
            return;
        };
        let mut opened = opened.flatten();
        if opened.any(|opened| opened.path().read_link().is_ok_and(|to| to == file)) {
            return;
        }
        thread::sleep(Duration::from_micros(200));
    }
}

/// Where the libraries of libfiu are. Without them, rounds are left out, unless they are required.
fn libfiu() -> Option<PathBuf> {
    let folders = ["/usr/lib/fiu", "/usr/local/lib/fiu", "/usr/lib64/fiu"];
    let found = folders
        .iter()
        .map(PathBuf::from)
        .find(|folder| folder.join("fiu_posix_preload.so").exists());
    let is_required = std::env::var_os("SILTA_REQUIRE_INTEROP").is_some();
    assert!(
        found.is_some() || !is_required,
        "libfiu is not installed (Debian: fiu-utils)"
    );
    found
}

/// What `fiu-run` would set, without a process in between.
fn failing_syncs(libraries: &Path) -> [(&'static str, String); 3] {
    let library = |name: &str| libraries.join(name).display().to_string();
    let both = [
        library("fiu_run_preload.so"),
        library("fiu_posix_preload.so"),
    ];
    // SQLite syncs its log by fdatasync where there is one; errno 5 is EIO.
    let faults = ["fsync", "fdatasync"]
        .map(|name| format!("enable_random name=posix/io/sync/{name},failinfo=5,probability=0.1"));
    [
        ("LD_PRELOAD", both.join(" ")),
        ("FIU_ENABLE", faults.join("\n")),
        ("FIU_CTRL_FIFO", String::new()),
    ]
}
