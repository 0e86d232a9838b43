// SPDX-License-Identifier: Apache-2.0
//! Components are deployed, refused and rolled back while agencies call over HTTPS; then the program is killed in the middle of deployments.
//!
//! The three agencies that call are swapped, one after the other and all together. No call may fail or be put off, each is in the inbox once, and its entry names a generation
//! with the component of that generation, which had been put into service by then. Candidates that may not serve are refused, each at its step, and disturb nobody.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use serde_json::Value;
use silta_store::Content;

use crate::{
    agencies::{ATTACHMENT_BYTES, Agencies, Answer, Caller},
    figures::{Use, megabytes, percentile},
    history::{History, moment},
    program::{Program, Serving},
    random::Random,
};

const AGENCIES: [&str; 3] = ["tulli", "vero", "suomifi-viestit"];

/// Those who call at once, and how often each does at most: 200 calls a second.
const CALLERS: u64 = 8;
const PAUSE: Duration = Duration::from_millis(40);

/// From so many rounds on, memory is judged.
const MEASURED: u64 = 200;

/// The most that it may have grown by, in MiB, once every component has served.
const MOST_GROWTH: f64 = 10.0;

/// How memory is looked at.
const LOOKS: u32 = 10;
const LOOK: Duration = Duration::from_millis(100);

/// Kills at least; and how many times as many at most, until some have come before what was asked for was done, and some after.
const FEWEST_KILLS: u64 = 10;
const MOST_TIMES: u64 = 5;

/// What is told where the program is gone.
const GONE: [&str; 3] = ["killed", "api.unreachable", "api.outcome-unknown"];

/// Long enough for whatever is asked again.
const PATIENCE: Duration = Duration::from_secs(60);

const CONFIGURATION: &str = "swap.toml";

/// Swaps, then kills.
pub(crate) fn prove(rounds: u64, seed: u64) {
    let scene = Scene::made();
    scene.swapped(rounds);
    scene.killed(rounds.div_ceil(4).max(FEWEST_KILLS), seed);
}

struct Scene {
    program: Program,
    /// What names the API, and who asks.
    api: Vec<String>,
}

/// A candidate that may not serve, and the code of the refusal.
struct Wrong {
    agency: &'static str,
    file: &'static str,
    code: &'static str,
}

const WRONG: [Wrong; 6] = [
    wrong("vero", "garbage.wasm", "component.rejected.compiled"),
    wrong("vero", "core.wasm", "component.rejected.compiled"),
    wrong("tulli", "huge.wasm", "component.rejected.inspected"),
    wrong("tulli", "vero-0.1.0.wasm", "component.rejected.described"),
    wrong(
        "suomifi-viestit",
        "suomifi-viestit-0.0.9.wasm",
        "package.downgrade",
    ),
    wrong("vero", "padded.wasm", "package.republished"),
];

const fn wrong(agency: &'static str, file: &'static str, code: &'static str) -> Wrong {
    Wrong { agency, file, code }
}

impl Scene {
    fn made() -> Self {
        let program = Program::made();
        let made = program.run(&[
            "token",
            "new",
            "--id",
            "swaps",
            "--may",
            "deploy,read",
            "--json",
        ]);
        let made: Value = serde_json::from_slice(&made).unwrap();
        fs::write(program.path("token"), made["token"].as_str().unwrap()).unwrap();
        let platform = format!(
            "[platform]\naddress = \"{}\"\n\n{}",
            program.platform(),
            made["table"].as_str().unwrap()
        );
        program.configured(CONFIGURATION, &platform);
        let url = format!("http://{}", program.platform());
        let api = ["--url", &url, "--token-file", "token", "--json"];
        let scene = Self {
            api: api.map(str::to_owned).into(),
            program,
        };
        scene.write_components();
        scene
    }

    /// Each agency's component in three versions, and what is none.
    fn write_components(&self) {
        for agency in AGENCIES {
            let name = format!("{agency}.wasm");
            self.program.run(&["export", agency, "--out", &name]);
            let bytes = fs::read(self.program.path(&name)).unwrap();
            for version in ["0.0.9", "0.1.0", "0.2.0"] {
                let name = format!("{agency}-{version}.wasm");
                fs::write(self.program.path(&name), versioned(&bytes, version)).unwrap();
            }
        }
        let vero = fs::read(self.program.path("vero.wasm")).unwrap();
        let padded = [&vero[..], &[0, 4, 3, b'p', b'a', b'd']].concat();
        let huge = [&vero[..], &custom_section(40 << 20)].concat();
        for (name, bytes) in [
            ("garbage.wasm", b"garbage".to_vec()),
            ("core.wasm", b"\0asm\x01\0\0\0".to_vec()),
            ("padded.wasm", padded),
            ("huge.wasm", huge),
        ] {
            fs::write(self.program.path(name), bytes).unwrap();
        }
    }

    fn serve(&self) -> Serving {
        let mut serving = self.program.start(CONFIGURATION, &[]);
        assert!(serving.listens(), "it does not serve");
        serving
    }

    /// What a command says on success; the code of its error otherwise.
    fn ask(&self, arguments: &[&str]) -> Result<Value, String> {
        let api = self.api.iter().map(String::as_str);
        let arguments: Vec<&str> = ["component"]
            .into_iter()
            .chain(arguments.iter().copied())
            .chain(api)
            .collect();
        let output = self.program.command(&arguments).output().unwrap();
        match output.status.success() {
            true => Ok(serde_json::from_slice(&output.stdout).unwrap()),
            false => {
                let error: Value = serde_json::from_slice(&output.stderr).unwrap_or_default();
                Err(error["code"].as_str().unwrap_or("killed").to_owned())
            }
        }
    }

    /// Swaps under load; nothing fails, nothing is lost, nothing is there twice.
    fn swapped(&self, rounds: u64) {
        let begun = Instant::now();
        let serving = self.serve();
        let load = Load::begin(&self.program);
        // Every component has served once, and every candidate has been refused.
        self.swap_all("0.2.0");
        WRONG.iter().for_each(|wrong| self.refuse(wrong));
        self.swap_all("0.1.0");
        let before = memory(&serving);
        for round in 0..rounds {
            match round % 4 {
                0 => self.swap_all(["0.2.0", "0.1.0"][(round / 4 % 2) as usize]),
                1 => {
                    let agency = AGENCIES[(round / 4 % 3) as usize];
                    self.ask(&["rollback", "--agency", agency, "--yes"])
                        .unwrap();
                }
                2 => {
                    let agency = AGENCIES[(round / 4 % 3) as usize];
                    let file = format!("{agency}-0.2.0.wasm");
                    let deploy = ["deploy", &file, "--agency", agency, "--allow-downgrade"];
                    self.ask(&deploy).unwrap();
                }
                _ => self.refuse(&WRONG[(round / 4) as usize % WRONG.len()]),
            }
        }
        let after = memory(&serving);
        let standing = self.ask(&["status"]).unwrap();
        let known = AGENCIES.map(|agency| (agency, self.generations(agency)));
        let mut times = load.end();
        serving.stop();
        self.program.check();
        let entries = self.program.entries();
        let seen = pinned(&entries, &known.into());
        times.took.sort();
        let told = times.history.compare(&entries);
        let told = told.unwrap_or_else(|wrong| panic!("{wrong}"));
        assert_eq!(
            times.failed, 0,
            "calls failed while components were swapped"
        );
        let growth = megabytes(after) - megabytes(before);
        let calls = times.took.len() as u64;
        let seconds = begun.elapsed().as_secs().max(1);
        println!(
            "swap: {rounds} rounds, {seconds} s: {} calls, {} a second, 0 failed; p50 {} ms, p99 {} ms, longest {} ms; memory {growth:+.1} MiB; entries by {seen} generations; {told}",
            calls,
            calls / seconds,
            percentile(&times.took, 50).as_millis(),
            percentile(&times.took, 99).as_millis(),
            percentile(&times.took, 100).as_millis(),
        );
        for agency in standing["agencies"].as_array().unwrap() {
            assert_eq!(agency["draining"], serde_json::json!([]), "{agency}");
        }
        if rounds >= MEASURED {
            assert!(growth <= MOST_GROWTH, "memory has grown by {growth:.1} MiB");
        }
    }

    /// All agencies at once.
    fn swap_all(&self, version: &str) {
        let named = AGENCIES.map(|agency| format!("{agency}={agency}-{version}.wasm"));
        let mut deploy = vec!["deploy", "--allow-downgrade", "--why", version];
        for named in &named {
            deploy.extend(["--agency", named]);
        }
        let deployed = self.ask(&deploy).unwrap();
        let deployed = deployed["generations"].as_array().unwrap();
        assert_eq!(deployed.len(), AGENCIES.len());
        assert!(deployed.iter().all(|one| one["outcome"] == "serving"));
    }

    fn refuse(&self, wrong: &Wrong) {
        if wrong.code == "package.republished" {
            self.swap_all("0.1.0");
        }
        let served = self.serving(wrong.agency);
        let deploy = ["deploy", wrong.file, "--agency", wrong.agency];
        let code = self.ask(&deploy).err();
        assert_eq!(code.as_deref(), Some(wrong.code), "{}", wrong.file);
        assert_eq!(self.serving(wrong.agency), served, "{}", wrong.file);
    }

    /// SHA-256 of the components of each agency, by version.
    fn digests(&self) -> BTreeMap<&'static str, BTreeMap<&'static str, String>> {
        let of = |agency: &str, version: &str| {
            let bytes = fs::read(self.program.path(&format!("{agency}-{version}.wasm")));
            Content::from(bytes.unwrap()).digest().to_string()
        };
        let versions = |agency| ["0.1.0", "0.2.0"].map(|version| (version, of(agency, version)));
        let all = AGENCIES.map(|agency| (agency, versions(agency).into()));
        all.into()
    }

    /// Generation and component of what serves.
    fn serving(&self, agency: &str) -> (u64, String) {
        let status = self.ask(&["status", "--agency", agency]).unwrap();
        let one = &status["agencies"][0];
        let component = one["component"].as_str().unwrap().to_owned();
        (one["generation"].as_u64().unwrap(), component)
    }

    /// Generations of an agency by number.
    fn generations(&self, agency: &str) -> BTreeMap<u64, Value> {
        let mut all = BTreeMap::new();
        let mut before = 0;
        loop {
            let told = self.ask(&[
                "history",
                "--agency",
                agency,
                "--limit",
                "1000",
                "--before",
                &before.to_string(),
            ]);
            let told = told.unwrap();
            for one in told["generations"].as_array().unwrap() {
                all.insert(one["number"].as_u64().unwrap(), one.clone());
            }
            match told["more"].as_u64() {
                Some(more) => before = more,
                None => return all,
            }
        }
    }

    /// Milliseconds that a deployment takes in a process that has just begun.
    fn takes(&self) -> u64 {
        let serving = self.serve();
        let begun = Instant::now();
        self.swap_all("0.2.0");
        let taken = begun.elapsed();
        serving.stop();
        taken.as_millis().try_into().unwrap_or(u64::MAX)
    }

    /// Killed in the middle of deployments and rollbacks: what the store says serves, serves after the next start, and answers.
    fn killed(&self, rounds: u64, seed: u64) {
        let begun = Instant::now();
        let agencies = Agencies::new(&self.program, ATTACHMENT_BYTES);
        let caller = agencies.caller(CALLERS + 1);
        let mut random = Random::new(seed);
        let (mut done, mut not_done, mut number) = (0_u64, 0_u64, 0);
        let targets = self.digests();
        let twice = self.takes().saturating_mul(2);
        let mut kills = 0;
        for round in 0..rounds * MOST_TIMES {
            if round >= rounds && done > 0 && not_done > 0 {
                break;
            }
            let mut serving = self.serve();
            let before: Vec<_> = AGENCIES.iter().map(|agency| self.serving(agency)).collect();
            let version = ["0.2.0", "0.1.0"][(round % 2) as usize];
            let killed_after = Duration::from_millis(random.below(twice));
            thread::scope(|scope| {
                let asked = scope.spawn(|| match round % 3 {
                    0 => self.ask(&["rollback", "--agency", "vero", "--yes"]),
                    _ => {
                        let named =
                            AGENCIES.map(|agency| format!("{agency}={agency}-{version}.wasm"));
                        let mut deploy = vec!["deploy", "--allow-downgrade"];
                        named
                            .iter()
                            .for_each(|named| deploy.extend(["--agency", named]));
                        self.ask(&deploy)
                    }
                });
                thread::sleep(killed_after);
                serving.kill();
                kills += 1;
                // Nothing else stands in the way of what is asked for.
                if let Err(code) = asked.join().unwrap() {
                    assert!(GONE.contains(&code.as_str()), "seed {seed}: {code}");
                }
            });
            let serving = self.serve();
            let after: Vec<_> = AGENCIES.iter().map(|agency| self.serving(agency)).collect();
            // All of them, or none.
            let is_rollback = round % 3 == 0;
            let is_target = AGENCIES
                .iter()
                .zip(&after)
                .all(|(agency, (_, component))| *component == targets[*agency][version]);
            let others_stay = before[0] == after[0] && before[2] == after[2];
            let is_done = match is_rollback {
                true => others_stay && before[1] != after[1],
                false => is_target,
            };
            assert!(
                is_done || before == after,
                "seed {seed}: {before:?}, {after:?}"
            );
            // What served already is neither.
            done += u64::from(is_done && before != after);
            not_done += u64::from(!is_done);
            for (agency, (generation, component)) in AGENCIES.iter().zip(&after) {
                let known = self.generations(agency);
                let serving = known.values().filter(|one| one["outcome"] == "serving");
                let serving: Vec<_> = serving.collect();
                assert_eq!(serving.len(), 1, "seed {seed}");
                assert_eq!(serving[0]["number"], *generation, "seed {seed}");
                assert_eq!(serving[0]["component"], **component, "seed {seed}");
            }
            for _ in AGENCIES {
                number += 1;
                let answer = caller.ask(&caller.new_call(number));
                assert_eq!(answer, Answer::Yes, "seed {seed}");
            }
            serving.stop();
        }
        self.program.check();
        assert!(
            done > 0 && not_done > 0,
            "seed {seed}: {done} were done, {not_done} were not: nothing was killed in the middle"
        );
        println!(
            "swap: seed {seed}, killed {} times in the middle of deployments, {} s: {done} were done, {not_done} were not, the others changed nothing; what the store says served each time",
            kills,
            begun.elapsed().as_secs()
        );
    }
}

/// The least memory in several looks: a deployment that has just been judged leaves room that the next one takes.
fn memory(serving: &Serving) -> u64 {
    let looks = (0..LOOKS).map(|_| {
        thread::sleep(LOOK);
        Use::of(serving).resident
    });
    looks.min().unwrap_or_default()
}

/// A component in another version of itself: the text by which it names its own is replaced, and that of the contract is not.
fn versioned(component: &[u8], version: &str) -> Vec<u8> {
    let own = b"0.1.0";
    let mut bytes = component.to_vec();
    let places = component.windows(own.len()).enumerate();
    let places = places.filter(|(place, text)| *text == own && component[place - 1] != b'@');
    let places: Vec<usize> = places.map(|(place, _)| place).collect();
    assert!(!places.is_empty());
    for place in places {
        bytes[place..place + own.len()].copy_from_slice(version.as_bytes());
    }
    bytes
}

/// A section of so many bytes that says nothing.
fn custom_section(bytes: usize) -> Vec<u8> {
    let content = [&[3][..], b"pad", &vec![0; bytes]].concat();
    let mut section = vec![0];
    let mut size = content.len();
    while size > 0x7f {
        section.push((size & 0x7f) as u8 | 0x80);
        size >>= 7;
    }
    section.push(size as u8);
    section.extend(content);
    section
}

/// Each entry names a generation with its component, which had been put into service by then; how many generations there are in all.
fn pinned(entries: &[Value], known: &BTreeMap<&str, BTreeMap<u64, Value>>) -> usize {
    let mut seen = BTreeSet::new();
    for entry in entries {
        let agency = entry["agency"].as_str().unwrap();
        let number = entry["generation"].as_u64().unwrap();
        let generation = &known[agency][&number];
        assert_eq!(entry["component"], generation["component"], "{entry}");
        let outcome = generation["outcome"].as_str().unwrap();
        assert!(matches!(outcome, "serving" | "retired"), "{generation}");
        let (recorded, committed) = (moment(&generation["at"]), moment(&entry["committed"]));
        assert!(committed >= recorded, "{entry}, {generation}");
        seen.insert((agency, number));
    }
    seen.len()
}

/// Agencies that call until they are told to stop.
struct Load {
    callers: Vec<thread::JoinHandle<()>>,
    is_over: Arc<AtomicBool>,
    shared: Arc<Shared>,
    caller: Caller,
}

#[derive(Default)]
struct Shared {
    history: History,
    times: Mutex<(Vec<Duration>, u64)>,
}

struct Times {
    history: History,
    took: Vec<Duration>,
    failed: u64,
}

impl Load {
    fn begin(program: &Program) -> Self {
        let agencies = Agencies::new(program, ATTACHMENT_BYTES);
        let is_over = Arc::new(AtomicBool::new(false));
        let shared = Arc::new(Shared::default());
        let callers = (0..CALLERS).map(|number| {
            let caller = agencies.caller(number);
            let (shared, is_over) = (Arc::clone(&shared), Arc::clone(&is_over));
            thread::spawn(move || {
                while !is_over.load(Ordering::SeqCst) {
                    let call = shared.history.next(&caller);
                    let begun = Instant::now();
                    let answer = shared.history.ask(&caller, call);
                    let took = begun.elapsed();
                    let mut times = shared.times.lock().unwrap_or_else(PoisonError::into_inner);
                    times.0.push(took);
                    times.1 += u64::from(answer != Answer::Yes);
                    drop(times);
                    thread::sleep(PAUSE);
                }
            })
        });
        Self {
            callers: callers.collect(),
            is_over,
            shared,
            caller: agencies.caller(CALLERS),
        }
    }

    fn end(self) -> Times {
        self.is_over.store(true, Ordering::SeqCst);
        for caller in self.callers {
            caller.join().unwrap();
        }
        self.shared.history.ask_what_is_left(&self.caller, PATIENCE);
        let Ok(shared) = Arc::try_unwrap(self.shared) else {
            panic!("somebody calls still");
        };
        let times = shared.times.into_inner();
        let (took, failed) = times.unwrap_or_else(PoisonError::into_inner);
        Times {
            history: shared.history,
            took,
            failed,
        }
    }
}
