// SPDX-License-Identifier: Apache-2.0
//! A drive with a store on it, and what is written down beside it.

use std::{
    fs,
    io::Write,
    path::PathBuf,
    process::Child,
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};
use tempfile::TempDir;

use crate::{
    disk::{Disk, Keep},
    history::{History, Tally},
    mount::{Drive, Mounted},
    scenario::{Scenario, give_up},
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

    /// Opens the store that is left, and compares it with what was answered.
    pub(crate) fn check(&self) -> Result<Tally> {
        let mounted = self.mount()?;
        let found = History::read(&self.logs())?.check(&self.store());
        mounted.unmount().context("the drive is still used")?;
        found
    }

    /// Runs a child until the power has failed and a moment more, in which it may say something wrong. False: it ended before.
    pub(crate) fn run_until_off(&self, mut process: Child, linger: Duration) -> Result<bool> {
    let begin = process.stdin.as_mut().context("nothing to begin with")?;
    begin.write_all(b"\n")?;
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

/// Calls of a run in which nothing goes wrong.
pub(crate) fn count_calls(seed: u64) -> Result<u64> {
    let place = Place::new(seed)?;
    let mounted = place.mount()?;
    Scenario::new(&place.store(), &place.logs(), &mut give_up)?.run_twice()?;
    let calls = place.drive.disk().calls();
    mounted.unmount()?;
    Ok(calls)
}
