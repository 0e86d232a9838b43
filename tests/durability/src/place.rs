// SPDX-License-Identifier: Apache-2.0
//! A drive with a store on it, and what is written down beside it.

use std::{
    fs,
    path::PathBuf,
    process::Child,
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};
use tempfile::TempDir;

use crate::{
    disk::{Disk, Keep},
    history::Tally,
    mount::{Drive, Mounted},
    plan::{begin, child, finish},
};

/// Where the store is on the drive: neither folder is there before.
const STORE: &str = "silta/store";

/// Longer than a worker needs for the most calls that it is left.
const PATIENCE: Duration = Duration::from_secs(120);

/// A drive at a place, and logs that lie elsewhere.
pub(crate) struct Place {
    folder: TempDir,
    pub(crate) drive: Drive,
}

impl Place {
    pub(crate) fn new(seed: u64) -> Result<Self> {
        let folder = tempfile::tempdir()?;
        for name in ["drive", "logs"] {
            fs::create_dir(folder.path().join(name))?;
        }
        let drive = Drive::new(Disk::new(seed));
        Ok(Self { folder, drive })
    }

    pub(crate) fn logs(&self) -> PathBuf {
        self.folder.path().join("logs")
    }

    pub(crate) fn store(&self) -> PathBuf {
        self.at().join(STORE)
    }

    pub(crate) fn at(&self) -> PathBuf {
        self.folder.path().join("drive")
    }

    /// The drive, for as long as the answer lives.
    pub(crate) fn mount(&self) -> Result<Mounted> {
        Mounted::new(&self.drive, &self.at()).context("the drive cannot be mounted")
    }

    /// The power comes back; what was kept.
    pub(crate) fn restart(&self) -> Keep {
        let mut disk = self.drive.disk();
        let keep = disk.choose_keep();
        disk.restart(keep);
        keep
    }

    /// Has another process open the store that is left, and compare it with what was answered.
    pub(crate) fn check(&self) -> Result<Tally> {
        let found = self.run(&["check"])?;
        Tally::from_line(found.context("the power failed by itself")?.trim())
    }

    /// Runs a child of the store to its end; what it printed, or nothing, if it failed with the power. Who serves a file system must not use it: a process
    /// that waits for itself waits forever.
    pub(crate) fn run(&self, words: &[&str]) -> Result<Option<String>> {
        let mounted = self.mount()?;
        let printed = finish(child(words, [&self.store(), &self.logs()])?);
        mounted.unmount().context("the drive is still used")?;
        match printed {
            Err(_) if self.drive.disk().is_off() => Ok(None),
            printed => printed.map(Some),
        }
    }

    /// Runs a child until the power has failed and a moment more, in which it may say something wrong. False: it ended before.
    pub(crate) fn run_until_off(&self, mut process: Child, linger: Duration) -> Result<bool> {
        begin(&mut process)?;
        let end = Instant::now() + PATIENCE;
        while !self.drive.wait_until_off(Duration::from_millis(50)) {
            if process.try_wait()?.is_some() {
                return Ok(false);
            }
            if Instant::now() > end {
                process.kill()?;
                process.wait()?;
                bail!("the power did not fail within {PATIENCE:?}");
            }
        }
        thread::sleep(linger);
        process.kill()?;
        process.wait()?;
        Ok(true)
    }
}

/// The calls of a scenario in which nothing goes wrong: how many, and which of them are syncs.
pub(crate) fn count_calls(seed: u64) -> Result<(u64, Vec<u64>)> {
    let place = Place::new(seed)?;
    place.run(&["scenario"])?;
    let disk = place.drive.disk();
    Ok((disk.calls(), disk.syncs().to_vec()))
}
