// SPDX-License-Identifier: Apache-2.0
//! What is counted while calls are answered.

mod certificates;
mod platform;
mod recordings;
#[cfg(feature = "otlp")]
mod spans;
mod trials;
mod webhooks;

use std::{fmt, time::Duration};

use prometheus_client::{
    encoding::EncodeLabelSet,
    metrics::{counter::Counter, family::Family, gauge::Gauge, histogram::Histogram},
    registry::Registry,
};
use silta_store::record::End;

pub use certificates::CertificateDays;
pub(crate) use platform::PlatformMetrics;
pub use recordings::RecordingCounts;
pub(crate) use recordings::RecordingOutcome;
#[cfg(feature = "otlp")]
pub(crate) use spans::SpanMetrics;
pub use trials::TrialCounts;
pub(crate) use webhooks::WebhookMetrics;

use crate::telemetry::Spans;

/// Counters of all listeners of a gateway. No label has anything of a caller in it.
#[derive(Clone)]
pub(crate) struct Metrics {
    calls: Family<Answered, Counter>,
    seconds: Family<Of, Histogram, fn() -> Histogram>,
    arrivals: Family<Committed, Counter>,
    operations: Family<OperationEnded, Counter>,
    runs: Family<Ran, Counter>,
    breakers: Family<Way, Gauge>,
    unreadable: Family<Of, Counter>,
    left_out: Family<Of, Counter>,
    /// Those of the platform's API.
    pub(crate) platform: PlatformMetrics,
    /// When certificates of our own end.
    pub(crate) certificates: CertificateDays,
    /// Those of webhooks.
    pub(crate) webhooks: WebhookMetrics,
    /// Those of spans.
    #[cfg(feature = "otlp")]
    pub(crate) of_spans: SpanMetrics,
    /// Where steps of traces begin: told of what is done, as this is.
    pub(crate) spans: Spans,
    /// Those of recorded calls.
    pub(crate) recordings: RecordingCounts,
    /// Those of candidates on trial.
    pub(crate) trials: TrialCounts,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Answered {
    agency: String,
    verdict: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Of {
    agency: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Committed {
    agency: String,
    outcome: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OperationEnded {
    agency: String,
    end: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Ran {
    agency: String,
    class: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Way {
    agency: String,
    way: &'static str,
}

/// The result of a commit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CommitOutcome {
    New,
    Duplicate,
    Failed,
}

impl CommitOutcome {
    fn name(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Duplicate => "duplicate",
            Self::Failed => "failed",
        }
    }
}

/// From a millisecond to sixteen seconds.
fn seconds() -> Histogram {
    Histogram::new((0..15).map(|power| 0.001 * f64::from(1 << power)))
}

impl Default for Metrics {
    fn default() -> Self {
        Self {
            calls: Family::default(),
            seconds: Family::new_with_constructor(seconds),
            arrivals: Family::default(),
            operations: Family::default(),
            runs: Family::default(),
            breakers: Family::default(),
            unreadable: Family::default(),
            left_out: Family::default(),
            platform: PlatformMetrics::default(),
            certificates: CertificateDays::default(),
            webhooks: WebhookMetrics::default(),
            #[cfg(feature = "otlp")]
            of_spans: SpanMetrics::default(),
            spans: Spans::default(),
            recordings: RecordingCounts::default(),
            trials: TrialCounts::default(),
        }
    }
}

impl Metrics {
    /// With what a recorder counts.
    pub(crate) fn counting(recordings: RecordingCounts) -> Self {
        Self {
            recordings,
            ..Self::default()
        }
    }

    /// Has them shown.
    pub(crate) fn register(&self, registry: &mut Registry) {
        registry.register("calls", "Calls, by verdict", self.calls.clone());
        let help = "Time from the head of a call to its answer, in seconds";
        registry.register("call_seconds", help, self.seconds.clone());
        let help = "Arrivals of accepted calls, by what their commit came to";
        registry.register("arrivals", help, self.arrivals.clone());
        let help =
            "What came and could not be read, or was rejected, and is kept for somebody to look at";
        registry.register("unreadable", help, self.unreadable.clone());
        let help = "The same that was not kept, because as much was in the hour as may be";
        registry.register("unreadable_left_out", help, self.left_out.clone());
        self.platform.register(registry);
        self.webhooks.register(registry);
        self.recordings.register(registry);
        self.trials.register(registry);
        self.certificates.register(registry);
        #[cfg(feature = "otlp")]
        self.of_spans.register(registry);
        let help = "Operations that have ended, by how";
        registry.register("operations_ended", help, self.operations.clone());
        let help = "Runs of operations, by outcome";
        registry.register("operation_runs", help, self.runs.clone());
        let help = "1 when the agency does not answer and one operation at a time asks";
        registry.register("agency_silent", help, self.breakers.clone());
    }

    /// A call, answered; without an agency when none was called.
    pub(crate) fn call(&self, agency: &str, verdict: &'static str, took: Duration) {
        let agency = agency.to_owned();
        let answered = Answered {
            agency: agency.clone(),
            verdict,
        };
        self.calls.get_or_create(&answered).inc();
        let of = Of { agency };
        self.seconds.get_or_create(&of).observe(took.as_secs_f64());
    }

    /// Something that the component fails at, kept.
    pub(crate) fn unreadable(&self, agency: &str) {
        let agency = agency.to_owned();
        self.unreadable.get_or_create(&Of { agency }).inc();
    }

    /// Something of the kind, not kept.
    pub(crate) fn unreadable_left_out(&self, agency: &str) {
        let agency = agency.to_owned();
        self.left_out.get_or_create(&Of { agency }).inc();
    }

    /// An operation that has ended.
    pub(crate) fn operation_ended(&self, agency: &str, end: End) {
        let ended = OperationEnded {
            agency: agency.to_owned(),
            end: match end {
                End::Done => "done",
                End::Refused => "refused",
                End::GivenUp => "given-up",
            },
        };
        self.operations.get_or_create(&ended).inc();
    }

    /// A run, by its outcome.
    pub(crate) fn run(&self, agency: &str, class: &'static str) {
        let agency = agency.to_owned();
        self.runs.get_or_create(&Ran { agency, class }).inc();
    }

    /// Whether an agency is asked by one operation at a time.
    pub(crate) fn breaker(&self, agency: &str, way: &'static str, is_open: bool) {
        let agency = agency.to_owned();
        let breaker = self.breakers.get_or_create(&Way { agency, way });
        breaker.set(is_open.into());
    }

    /// Whether an agency is asked by one operation at a time, as far as is known.
    pub(crate) fn is_silent(&self, agency: &str, way: &'static str) -> bool {
        let agency = agency.to_owned();
        let breaker = self.breakers.get(&Way { agency, way });
        breaker.is_some_and(|breaker| breaker.get() != 0)
    }

    /// An arrival.
    pub(crate) fn arrival(&self, agency: &str, outcome: CommitOutcome) {
        let committed = Committed {
            agency: agency.to_owned(),
            outcome: outcome.name(),
        };
        self.arrivals.get_or_create(&committed).inc();
    }
}

impl fmt::Debug for Metrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Metrics").finish_non_exhaustive()
    }
}
