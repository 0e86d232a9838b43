// SPDX-License-Identifier: Apache-2.0
//! A disk that is small, full, and then has room again.

use std::{fs, path::PathBuf, thread, time::Duration};

use anyhow::{Context, Result, ensure};
use nix::mount::{MntFlags, MsFlags, mount, umount2};
use silta_store::{SqliteStore, Store, StoreError};

use crate::{
    faults::wait_until_ready,
    ground::Ground,
    history::{History, Log},
    plan::Plan,
    records::{arrival, is_submission, settings, submission},
};

/// Room on the disk.
const BYTES: u64 = 4 << 20;

/// How often something is asked for while the disk is full, and how long after the last time.
const ASKED_WHEN_FULL: u64 = 12;
const PAUSE: Duration = Duration::from_millis(15);

/// More than such a disk has room for.
const MOST: u64 = 10_000;

/// A file system in memory, of so many bytes.
struct SmallDisk(PathBuf);

impl SmallDisk {
    fn new(at: PathBuf, bytes: u64) -> Result<Self> {
        fs::create_dir_all(&at)?;
        let options = format!("size={bytes}");
        let kind = Some("tmpfs");
        mount(kind, &at, kind, MsFlags::empty(), Some(options.as_str()))?;
        Ok(Self(at))
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = umount2(&self.0, MntFlags::MNT_DETACH);
    }
}

/// Whether one can be had: if not, why.
pub(crate) fn available() -> Result<(), String> {
    let try_it = || -> Result<()> {
        let folder = tempfile::tempdir()?;
        SmallDisk::new(folder.path().join("disk"), 4_096).map(drop)
    };
    try_it().map_err(|error| format!("no tmpfs can be mounted: {error:#}"))
}

pub(crate) fn prove(plan: &Plan) -> Result<String> {
    let mut random = plan.random();
    let (mut answered, mut refused, mut reasons) = (0, 0, 0);
    for round in 0..plan.rounds {
        let ballast = (1 << 20) + random.below(2 << 20);
        let found = fill(ballast).with_context(|| {
            let seed = plan.seed;
            format!("seed {seed}, round {round}: {BYTES} bytes, of which {ballast} were taken")
        })?;
        answered += found.0;
        refused += found.1;
        reasons += found.2;
    }
    ensure!(reasons > 0, "no store said that it is not ready");
    Ok(format!(
        "{answered} answers; {refused} refused while the disk was full, {reasons} of them with a reason in `ready`; 0 missing, 0 twice"
    ))
}

/// Fills a disk, makes room, and goes on: answers, refusals, and those with a reason.
fn fill(ballast: u64) -> Result<(usize, u64, u64)> {
    let ground = Ground::new()?;
    let store = ground.store();
    let _disk = SmallDisk::new(
        store.parent().context("a folder has one above")?.into(),
        BYTES,
    )?;
    let taken = store.with_file_name("ballast");
    fs::write(&taken, vec![1; ballast as usize])?;
    let mut log = Log::open(&ground.logs(), "small-disk")?;
    let open = SqliteStore::open(&store, settings(128 << 10))?;
    let (mut refused, mut reasons) = (0, 0);
    for number in 0..MOST {
        let key = number.to_string();
        log.asked(&key)?;
        let Err(error) = ask(&open, &mut log, &key)? else {
            continue;
        };
        ensure!(!matches!(error, StoreError::Refused(_)), "{error}");
        refused += 1;
        if let Err(StoreError::Unavailable { reason, .. }) = open.ready() {
            ensure!(!reason.to_string().is_empty(), "it says no reason");
            reasons += 1;
        }
        if refused == ASKED_WHEN_FULL {
            break;
        }
        thread::sleep(PAUSE);
    }
    ensure!(refused > 0, "the disk took everything");
    fs::remove_file(&taken)?;
    wait_until_ready(&open)?;
    // All that was not answered, once more, and something new.
    let mut again = History::read(&ground.logs())?.open();
    again.push("new".into());
    for key in again {
        log.asked(&key)?;
        ask(&open, &mut log, &key)??;
    }
    let history = History::read(&ground.logs())?;
    let tally = history.compare(&open)?;
    tally.all_answered()?;
    drop(open);
    history.check(&store)?;
    Ok((tally.answered, refused, reasons))
}

fn ask(store: &SqliteStore, log: &mut Log, key: &str) -> Result<Result<(), StoreError>> {
    let answer = match is_submission(key) {
        true => store
            .submit(&submission(key))
            .map(|answer| log.submitted(key, answer)),
        false => store
            .commit(&arrival(key))
            .map(|receipt| log.committed(key, receipt)),
    };
    match answer {
        Ok(logged) => logged.map(Ok),
        Err(error) => Ok(Err(error)),
    }
}
