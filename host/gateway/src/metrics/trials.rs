// SPDX-License-Identifier: Apache-2.0
//! What trials of candidates count.

use std::fmt;

use prometheus_client::{
    encoding::EncodeLabelSet,
    metrics::{counter::Counter, family::Family, gauge::Gauge},
    registry::Registry,
};

/// Calls that candidates did again, and what they did otherwise. Clones count together.
#[derive(Clone, Default)]
pub struct TrialCounts {
    calls: Family<Repeated, Counter>,
    differences: Family<Differed, Counter>,
    served: Family<Served, Counter>,
    waiting: Family<Waiting, Gauge>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Repeated {
    agency: String,
    result: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Differed {
    agency: String,
    kind: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Served {
    agency: String,
    by: &'static str,
    result: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Waiting {
    agency: String,
}

impl TrialCounts {
    pub(super) fn register(&self, registry: &mut Registry) {
        let help = "Calls that were drawn for a candidate on trial: `same`, `different`, or why they were left out";
        registry.register("trial_calls", help, self.calls.clone());
        let help = "What candidates on trial did otherwise, by kind";
        registry.register("trial_differences", help, self.differences.clone());
        let help = "Calls while a candidate served a share of the conversations, by who served them (`candidate`, `serving`) and how they ended: `done`, `problem` or `stopped`";
        registry.register("canary_calls", help, self.served.clone());
        let help = "1 while the trial of a candidate does not go on: it is tried again each minute, and the status of the agency says why";
        registry.register("trial_waiting", help, self.waiting.clone());
    }

    /// A call that was done again, or why it was not.
    pub(crate) fn call(&self, agency: &str, result: &'static str) {
        let agency = agency.to_owned();
        let repeated = Repeated { agency, result };
        self.calls.get_or_create(&repeated).inc();
    }

    /// A call that was served while a candidate served a share.
    pub(crate) fn served(&self, agency: &str, by: &'static str, result: &'static str) {
        let agency = agency.to_owned();
        let served = Served { agency, by, result };
        self.served.get_or_create(&served).inc();
    }

    /// Whether a trial does not go on for the moment.
    pub fn waits(&self, agency: &str, is_waiting: bool) {
        let agency = agency.to_owned();
        let waiting = self.waiting.get_or_create(&Waiting { agency });
        waiting.set(is_waiting.into());
    }

    /// Something that was otherwise.
    pub(crate) fn difference(&self, agency: &str, kind: &str) {
        let (agency, kind) = (agency.to_owned(), kind.to_owned());
        let differed = Differed { agency, kind };
        self.differences.get_or_create(&differed).inc();
    }
}

impl fmt::Debug for TrialCounts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TrialCounts").finish_non_exhaustive()
    }
}
