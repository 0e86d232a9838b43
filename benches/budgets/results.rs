// SPDX-License-Identifier: Apache-2.0
//! Criterion's results on disk.

use std::{collections::BTreeMap, fs, path::PathBuf};

use anyhow::{Context, Result};
use serde::Deserialize;

/// The folder that criterion writes to.
pub(crate) struct Results {
    folder: PathBuf,
}

#[derive(Deserialize)]
struct Estimates {
    median: Estimate,
}

#[derive(Deserialize)]
struct Estimate {
    point_estimate: f64,
}

impl Results {
    pub(crate) fn in_folder(folder: PathBuf) -> Self {
        Self { folder }
    }

    /// Median of a benchmark such as `upload/floor/1KiB`, in nanoseconds.
    pub(crate) fn median(&self, benchmark: &str) -> Result<f64> {
        let estimates: Estimates = self.read(&format!("{benchmark}/new/estimates.json"))?;
        Ok(estimates.median.point_estimate)
    }

    /// What the program `instructions` counted; nothing if it has not been run.
    pub(crate) fn instructions(&self) -> Result<Option<BTreeMap<String, f64>>> {
        self.optional("instructions.json")
    }

    /// What the script `start` told; nothing if it has not been run.
    pub(crate) fn start(&self) -> Result<Option<BTreeMap<String, f64>>> {
        self.optional("start.json")
    }

    fn optional(&self, file: &str) -> Result<Option<BTreeMap<String, f64>>> {
        match self.folder.join(file).exists() {
            true => self.read(file).map(Some),
            false => Ok(None),
        }
    }

    /// A JSON file below the folder.
    pub(crate) fn read<T: for<'de> Deserialize<'de>>(&self, file: &str) -> Result<T> {
        let path = self.folder.join(file);
        let advice = || {
            format!(
                "{} cannot be read; run `cargo bench -p silta-benches` first",
                path.display()
            )
        };
        let text = fs::read(&path).with_context(advice)?;
        serde_json::from_slice(&text)
            .with_context(|| format!("{} is not as criterion writes it", path.display()))
    }
}
