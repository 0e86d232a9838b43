// SPDX-License-Identifier: Apache-2.0
//! Calls of the C library fail by chance, under a process that goes on: libfiu stands between the two.

use std::{
    path::Path,
    process::{Child, Command, Stdio},
    sync::atomic::{AtomicBool, Ordering},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail, ensure};
use silta_store::{SqliteStore, Store};

use crate::{
    faults::wait_until_ready,
    ground::Ground,
    history::{History, Log},
    plan::{Plan, begin, child, wait_for_end},
    records::{arrival, is_submission, settings, submission},
};

/// What fails, one in each round.
const FAULTS: [(&str, i32); 9] = [
    ("posix/io/sync/fsync", libc::EIO),
    ("posix/io/sync/fdatasync", libc::EIO),
    ("posix/io/sync/fsync", libc::ENOSPC),
    ("posix/io/rw/pwrite", libc::ENOSPC),
    ("posix/io/rw/pwrite", libc::EIO),
    ("posix/io/rw/write", libc::ENOSPC),
    ("posix/io/oc/open", libc::EIO),
    ("posix/io/dir/rename", libc::EIO),
    ("posix/io/rw/ftruncate", libc::EIO),
];

/// How long a fault lasts.
const LASTS: Duration = Duration::from_millis(150);

/// How long the process may take to have something acknowledged again.
const PATIENCE: Duration = Duration::from_secs(60);

/// Answers that are waited for after each fault: some of each kind are among them.
const ANSWERS: usize = 20;

/// Whether libfiu is there: if not, what to install.
pub(crate) fn available() -> Result<(), String> {
    let asked = Command::new("fiu-ctrl").arg("-h").output();
    match asked {
        Ok(_) => Ok(()),
        Err(_) => Err("`fiu-run` and `fiu-ctrl` are not installed (Debian: fiu-utils)".into()),
    }
}

pub(crate) fn prove(plan: &Plan) -> Result<String> {
    let ground = Ground::new()?;
    let control = ground.logs().join("control");
    let plain = child(&["persist"], [&ground.store(), &ground.logs()])?;
    let mut command = Command::new("fiu-run");
    command.arg("-x").arg("-f").arg(&control);
    command.arg(plain.get_program()).args(plain.get_args());
    let mut process = command.stdin(Stdio::piped()).spawn().context("fiu-run")?;
    begin(&mut process)?;
    let proven = rounds(plan, &ground, &control, &process);
    // The end of its input is what it ends at.
    drop(process.stdin.take());
    if proven.is_err() {
        process.kill()?;
    }
    let ended = process.wait()?;
    let noticed = proven?;
    ensure!(ended.success(), "the process failed: {ended}");
    let history = History::read(&ground.logs())?;
    let tally = history.check(&ground.store())?;
    let (troubles, unready) = history.troubles();
    tally.all_answered()?;
    ensure!(unready > 0, "the store was never not ready");
    Ok(format!(
        "{noticed} of {} faults were noticed; {troubles} times no answer, of these {unready} times not ready; {tally}",
        plan.rounds
    ))
}

/// How many of the faults kept something from being acknowledged.
fn rounds(plan: &Plan, ground: &Ground, control: &Path, process: &Child) -> Result<u64> {
    let mut random = plan.random();
    let mut noticed = 0;
    wait_for_answers(ground, process, ANSWERS)?;
    for round in 0..plan.rounds {
        let (name, errno) = FAULTS
            .get(round as usize % FAULTS.len())
            .context("there is no such fault")?;
        let percent = [2, 20, 100].get(random.below(3) as usize).copied();
        let percent = percent.unwrap_or(100);
        let before = History::read(&ground.logs())?.troubles().0;
        let enable = match percent {
            100 => format!("enable name={name},failinfo={errno}"),
            some => format!("enable_random name={name},failinfo={errno},probability=0.{some:02}"),
        };
        tell(control, process, &enable)?;
        thread::sleep(LASTS);
        tell(control, process, &format!("disable name={name}"))?;
        let history = History::read(&ground.logs())?;
        noticed += u64::from(history.troubles().0 > before);
        wait_for_answers(ground, process, history.answered() + ANSWERS)
            .with_context(|| format!("seed {}, round {round}: after {enable}", plan.seed))?;
    }
    Ok(noticed)
}

fn tell(control: &Path, process: &Child, command: &str) -> Result<()> {
    let mut told = Command::new("fiu-ctrl");
    told.args(["-c", command]).arg("-f").arg(control);
    let told = told
        .arg(process.id().to_string())
        .output()
        .context("fiu-ctrl")?;
    let said = String::from_utf8_lossy(&told.stdout);
    ensure!(
        told.status.success() && !said.contains("rror"),
        "fiu-ctrl does not take `{command}`: {said}"
    );
    Ok(())
}

fn wait_for_answers(ground: &Ground, process: &Child, answers: usize) -> Result<()> {
    let end = Instant::now() + PATIENCE;
    while History::read(&ground.logs())?.answered() < answers {
        let id = process.id();
        ensure!(
            Instant::now() < end,
            "process {id} has nothing more acknowledged after {PATIENCE:?}"
        );
        thread::sleep(Duration::from_millis(5));
    }
    Ok(())
}

/// The process: it asks for the same until it is answered, and ends well when all that it has asked for is.
pub(crate) fn run(store: &Path, logs: &Path) -> Result<()> {
    let store = SqliteStore::open(store, settings(128 << 10))?;
    let mut log = Log::open(logs, "persist")?;
    let is_over = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            wait_for_end();
            is_over.store(true, Ordering::Relaxed);
        });
        for number in 0_u64.. {
            if is_over.load(Ordering::Relaxed) {
                return Ok(());
            }
            persist(&store, &mut log, &number.to_string())?;
        }
        bail!("there are no more numbers")
    })
}

fn persist(store: &SqliteStore, log: &mut Log, key: &str) -> Result<()> {
    log.asked(key)?;
    loop {
        let answered = match is_submission(key) {
            true => store
                .submit(&submission(key))
                .map(|answer| log.submitted(key, answer)),
            false => store
                .commit(&arrival(key))
                .map(|receipt| log.committed(key, receipt)),
        };
        match answered {
            Ok(logged) => return logged,
            Err(_) => {
                log.trouble(store.ready().is_ok())?;
                wait_until_ready(store)?;
            }
        }
    }
}
