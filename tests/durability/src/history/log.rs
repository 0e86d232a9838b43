// SPDX-License-Identifier: Apache-2.0
use std::{
    fs::{File, OpenOptions},
    io::Write,
    path::Path,
    thread,
    time::Duration,
};

use anyhow::{Result, ensure};
use silta_store::record::{Position, Receipt, Submitted};

/// How often a line is tried, with a millisecond in between.
const LINE_ATTEMPTS: u32 = 10_000;

/// A file that a thread adds lines to. What the system has taken survives the process; the power stays on where it lies.
pub(crate) struct Log(File);

impl Log {
    pub(crate) fn open(folder: &Path, name: &str) -> Result<Self> {
        let path = folder.join(format!("{name}.log"));
        Ok(Self(
            OpenOptions::new().create(true).append(true).open(path)?,
        ))
    }

    /// Somebody is about to ask for this.
    pub(crate) fn asked(&mut self, key: &str) -> Result<()> {
        self.line("asked", key)
    }

    pub(crate) fn committed(&mut self, key: &str, receipt: Receipt) -> Result<()> {
        match receipt {
            Receipt::New(_) => self.line("new", key),
            Receipt::Duplicate(_) => self.line("duplicate", key),
        }
    }

    pub(crate) fn submitted(&mut self, key: &str, answer: Submitted) -> Result<()> {
        match answer {
            Submitted::New(_) => self.line("new", key),
            Submitted::Known(_) => self.line("duplicate", key),
        }
    }

    /// The operation that ends with this event has ended.
    pub(crate) fn settled(&mut self, event: &str) -> Result<()> {
        self.line("settled", event)
    }

    pub(crate) fn acknowledged(&mut self, position: Position) -> Result<()> {
        self.line("acknowledged", &position.to_string())
    }

    /// There was no answer; and whether the store said that it is not ready.
    pub(crate) fn trouble(&mut self, is_ready: bool) -> Result<()> {
        self.line("trouble", if is_ready { "ready" } else { "unready" })
    }

    /// There is a copy of this name beside the store, with all that this log has so far.
    pub(crate) fn backed_up(&mut self, name: &str) -> Result<()> {
        self.line("backup", name)
    }

    /// From now on entries that were acknowledged may be gone.
    pub(crate) fn pruning(&mut self) -> Result<()> {
        self.line("pruning", "acknowledged")
    }

    fn line(&mut self, word: &str, rest: &str) -> Result<()> {
        let line = format!("{word} {rest}\n");
        // Where writes fail by chance, this one may as well; then nothing was written.
        let written = (0..LINE_ATTEMPTS).any(|_| {
            let written = self.0.write_all(line.as_bytes());
            if written.is_err() {
                thread::sleep(Duration::from_millis(1));
            }
            written.is_ok()
        });
        ensure!(written, "a line cannot be written down");
        Ok(())
    }
}
