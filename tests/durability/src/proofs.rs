// SPDX-License-Identifier: Apache-2.0
//! All proofs, and the command line, which is that of any test program as far as other programs use it.

use std::{
    env,
    path::Path,
    process::ExitCode,
    time::{Instant, SystemTime},
};

use anyhow::{Context, Result, bail};

use crate::{
    between_calls, careless, faults, fiu,
    history::History,
    killed, mapped, mount,
    plan::{Plan, wait_to_begin},
    power_cut, small_disk, tracer, worker,
};

/// Where it is set, what a proof needs has to be there.
const REQUIRE: &str = "SILTA_REQUIRE_INTEROP";

/// Where it is set as well, what a proof may do need not be allowed: nobody can install a right.
const WITHOUT_RIGHTS: &str = "SILTA_WITHOUT_RIGHTS";

struct Proof {
    name: &'static str,
    /// Without being told otherwise.
    rounds: u64,
    /// Whether it can be run here: if not, why.
    available: fn() -> Result<(), String>,
    prove: fn(&Plan) -> Result<String>,
}

const PROOFS: [Proof; 11] = [
    Proof {
        name: "mapped",
        rounds: 1,
        available: mount::available,
        prove: mapped::prove,
    },
    Proof {
        name: "careless",
        rounds: 4,
        available: mount::available,
        prove: careless::prove,
    },
    Proof {
        name: "power-cut",
        rounds: 5,
        available: mount::available,
        prove: power_cut::prove,
    },
    Proof {
        name: "cut-everywhere",
        rounds: 16,
        available: mount::available,
        prove: power_cut::prove_everywhere,
    },
    Proof {
        name: "death-then-cut",
        rounds: 12,
        available: mount::available,
        prove: power_cut::prove_after_death,
    },
    Proof {
        name: "faults",
        rounds: 24,
        available: mount::available,
        prove: faults::prove,
    },
    Proof {
        name: "fault-then-cut",
        rounds: 12,
        available: mount::available,
        prove: faults::prove_then_cut,
    },
    Proof {
        name: "libfiu",
        rounds: 9,
        available: fiu::available,
        prove: fiu::prove,
    },
    Proof {
        name: "small-disk",
        rounds: 2,
        available: small_disk::available,
        prove: small_disk::prove,
    },
    Proof {
        name: "between-calls",
        rounds: 16,
        available: tracer::available,
        prove: between_calls::prove,
    },
    Proof {
        name: "killed",
        rounds: 10,
        available: || Ok(()),
        prove: killed::prove,
    },
];

/// Runs what the command line asks for: all proofs, those that a word of it is a part of the name of, or a child of one.
pub fn run() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let done = match words[..] {
        ["child", ref words @ ..] => child(words),
        _ if words.contains(&"--list") => {
            // None of them is ignored.
            let names = PROOFS.iter().filter(|_| !words.contains(&"--ignored"));
            names.for_each(|proof| println!("{}: test", proof.name));
            Ok(())
        }
        _ => command(&words),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error:#}");
            ExitCode::FAILURE
        }
    }
}

fn child(words: &[&str]) -> Result<()> {
    wait_to_begin()?;
    match words {
        ["work", round, store, logs] => worker::run(Path::new(store), Path::new(logs), round),
        ["careless", name, folder, logs] => careless::run(name, Path::new(folder), Path::new(logs)),
        ["missing", name, folder, logs] => {
            careless::count_missing(name, Path::new(folder), Path::new(logs))
        }
        ["mapped", folder, _] => mapped::run(Path::new(folder)),
        ["check", store, logs] => {
            let tally = History::read(Path::new(logs))?.check(Path::new(store))?;
            println!("{}", tally.to_line());
            Ok(())
        }
        ["persevere", store, logs] => faults::persevere(Path::new(store), Path::new(logs)),
        ["endure", store, logs] => faults::endure(Path::new(store), Path::new(logs)),
        ["scenario", store, logs] => between_calls::run(Path::new(store), Path::new(logs)),
        ["persist", store, logs] => fiu::run(Path::new(store), Path::new(logs)),
        ["nothing", ..] => {
            println!();
            Ok(())
        }
        _ => bail!("no child is called {words:?}"),
    }
}

/// Proofs by name, `rounds N`, `seed N`, `case N`.
fn command(words: &[&str]) -> Result<()> {
    let (mut rounds, mut seed, mut case, mut names) = (None, None, None, Vec::new());
    let (mut is_exact, mut words) = (false, words.iter());
    while let Some(word) = words.next() {
        let mut number = || -> Result<u64> {
            let value = words.next().with_context(|| format!("`{word}` of what?"))?;
            value.parse().with_context(|| format!("`{word} {value}`"))
        };
        match *word {
            "rounds" => rounds = Some(number()?),
            "seed" => seed = Some(number()?),
            "case" => case = Some(number()?),
            "--exact" => is_exact = true,
            // Of a test program with a harness; there is nothing to it here.
            option if option.starts_with('-') => {}
            name => names.push(name),
        }
    }
    let is_meant = |proof: &&Proof| {
        let mut names = names.iter();
        names.len() == 0
            || names.any(|name| proof.name == *name || (!is_exact && proof.name.contains(name)))
    };
    let now = || {
        let since = SystemTime::UNIX_EPOCH.elapsed();
        since.map_or(1, |since| since.as_nanos() as u64)
    };
    prove(
        PROOFS.iter().filter(is_meant),
        rounds,
        (seed.unwrap_or_else(now), case),
    )
}

/// Whether it is a failure that a proof cannot be run.
fn is_required(proof: &Proof) -> bool {
    let needs_program = proof.name == "libfiu";
    let is_set = |name| env::var_os(name).is_some();
    is_set(REQUIRE) && (needs_program || !is_set(WITHOUT_RIGHTS))
}

fn prove<'a>(
    proofs: impl Iterator<Item = &'a Proof>,
    rounds: Option<u64>,
    (seed, case): (u64, Option<u64>),
) -> Result<()> {
    let (mut passed, mut failed, mut skipped) = (0, 0, 0);
    for proof in proofs {
        let plan = Plan {
            rounds: rounds.unwrap_or(proof.rounds),
            seed,
            case,
        };
        let begun = Instant::now();
        let name = proof.name;
        let proven = match (proof.available)() {
            Ok(()) => (proof.prove)(&plan),
            Err(why) if is_required(proof) => Err(anyhow::anyhow!("{why}; {REQUIRE} is set")),
            Err(why) => {
                println!("test {name} ... skipped: {why}");
                skipped += 1;
                continue;
            }
        };
        let seconds = begun.elapsed().as_secs_f64();
        match proven {
            Ok(found) => {
                let rounds = plan.rounds;
                println!(
                    "test {name} ... ok: rounds {rounds}, seed {seed}, {seconds:.1} s: {found}"
                );
                passed += 1;
            }
            Err(error) => {
                println!("test {name} ... FAILED: seed {seed}, {seconds:.1} s: {error:#}");
                failed += 1;
            }
        }
    }
    let result = if failed == 0 { "ok" } else { "FAILED" };
    println!("test result: {result}. {passed} passed; {failed} failed; {skipped} skipped");
    match failed {
        0 => Ok(()),
        _ => bail!("{failed} failed"),
    }
}
