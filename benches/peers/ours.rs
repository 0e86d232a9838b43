// SPDX-License-Identifier: Apache-2.0
//! Our own measurement, as the peers take theirs.

use std::{
    fs,
    path::Path,
    time::{Duration, Instant},
};

use anyhow::{Context, Result};
use silta::Blob;
use silta_benches::Inspector;

use crate::Medians;

const TIME: Duration = Duration::from_secs(2);
const LEAST_RUNS: usize = 3;

pub(crate) fn measure(folder: &Path, documents: &[&str]) -> Result<Medians> {
    let read = |name: String| {
        let file = folder.join(name);
        fs::read(&file).with_context(|| format!("reading {}", file.display()))
    };
    let verifier = Inspector::new("{}")?;
    let signer = Inspector::new(r#"{"sign": {}}"#)?;
    let mut medians = Medians::new();
    for name in documents {
        let plain = Blob::from(read(format!("{name}.plain.xml"))?);
        let signed = Blob::from(read(format!("{name}.signed.xml"))?);
        let key = |operation: &str| ((*name).to_owned(), operation.to_owned());
        medians.insert(key("sign"), median(|| signer.run("sign", &plain))?);
        medians.insert(key("verify"), median(|| verifier.run("verify", &signed))?);
    }
    Ok(medians)
}

/// Milliseconds.
fn median(work: impl Fn() -> Result<usize>) -> Result<f64> {
    work()?;
    let mut times = Vec::new();
    let begun = Instant::now();
    while times.len() < LEAST_RUNS || begun.elapsed() < TIME {
        let begun = Instant::now();
        work()?;
        times.push(begun.elapsed().as_secs_f64() * 1e3);
    }
    times.sort_by(f64::total_cmp);
    times.get(times.len() / 2).copied().context("it ran")
}
