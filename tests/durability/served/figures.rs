// SPDX-License-Identifier: Apache-2.0
//! What the system tells of the process, and what becomes of many numbers.

use std::{fs, time::Duration};

use crate::program::Serving;

/// What the process has at a moment.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Use {
    /// Memory, in bytes.
    pub(crate) resident: u64,
    /// The most of it so far.
    pub(crate) most_resident: u64,
    /// Open files, connections among them.
    pub(crate) files: u64,
    pub(crate) threads: u64,
}

impl Use {
    pub(crate) fn of(serving: &Serving) -> Self {
        let status = fs::read_to_string(serving.proc("status")).unwrap();
        let number = |name: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(name));
            let number = line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok());
            number.unwrap()
        };
        Self {
            resident: number("VmRSS:") << 10,
            most_resident: number("VmHWM:") << 10,
            files: fs::read_dir(serving.proc("fd")).unwrap().count() as u64,
            threads: number("Threads:"),
        }
    }
}

/// As of those that are not larger than it there are so many of a hundred.
pub(crate) fn percentile(sorted: &[Duration], percent: usize) -> Duration {
    let last = sorted.len().saturating_sub(1);
    sorted
        .get(last * percent / 100)
        .copied()
        .unwrap_or_default()
}

/// What the least-squares line through points (x, y) gains in y for each x.
pub(crate) fn slope(points: &[(f64, f64)]) -> f64 {
    let number = points.len() as f64;
    let mean = |of: fn(&(f64, f64)) -> f64| points.iter().map(of).sum::<f64>() / number;
    let (x, y) = (mean(|point| point.0), mean(|point| point.1));
    let across = points.iter().map(|point| (point.0 - x) * (point.1 - y));
    let along = points.iter().map(|point| (point.0 - x).powi(2));
    across.sum::<f64>() / along.sum::<f64>()
}

pub(crate) fn megabytes(bytes: u64) -> f64 {
    bytes as f64 / f64::from(1 << 20)
}
