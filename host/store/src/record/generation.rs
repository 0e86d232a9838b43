// SPDX-License-Identifier: Apache-2.0
//! Generations of an agency: which component, by which settings, since when, by whom and why.

use serde::{Deserialize, Serialize};

use crate::{
    content::{Content, Digest},
    time::Timestamp,
};

use super::trial::{Trial, TrialEnd, TrialOutcome};

/// The times that a generation was put into service that its record names; of earlier ones there is a count.
pub const MOST_SERVICES: usize = 20;

/// Generations of an agency that were refused of which a store keeps records, the last ones, unless it is set up otherwise.
pub const KEPT_REJECTIONS: u32 = 100;

/// What has been judged, and is to be recorded.
#[derive(Clone, PartialEq, Eq)]
pub struct NewGeneration {
    /// Name that the agency is deployed under.
    pub agency: String,
    /// The component.
    pub component: Content,
    /// Version that it gives itself; empty where it was not asked.
    pub version: String,
    /// What names its settings, keys, anchors and limits, such as their digest.
    pub settings: String,
    /// Who wants it: the name of a token or of an operator, or what changed.
    pub by: String,
    /// Why, in words of whoever wants it.
    pub why: String,
    /// Whether it may follow a later version because somebody said so.
    pub is_downgrade: bool,
    /// The other files of its package, where it came in one.
    pub package: Option<PackageTexts>,
    /// Why it cannot serve; `None` for one that can.
    pub rejection: Option<GenerationRejection>,
}

/// The other files of the package that a component came in: by them it is judged again before it serves again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PackageTexts {
    /// The manifest, as JSON.
    pub manifest: String,
    /// The signatures, as JSON; `None` where nobody has signed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signatures: Option<String>,
}

/// Why a generation cannot serve.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct GenerationRejection {
    /// The step that it did not pass.
    pub step: String,
    /// Stable code.
    pub code: String,
    /// In words.
    pub reason: String,
    /// Where its component was to be fetched from, where it could not be; `None` of what is no reference, too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
}

impl GenerationRejection {
    /// The step at which a component is brought here. What does not pass it has no bytes, and nobody knows its digest.
    pub const FETCHED: &'static str = "fetched";
}

/// How far a generation has come.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", tag = "is")]
pub enum GenerationOutcome {
    /// It has passed every step, and has not served yet.
    Prepared,
    /// It serves.
    Serving,
    /// It has served, or another was put into service in its place.
    Retired,
    /// It cannot serve.
    Rejected(GenerationRejection),
}

impl GenerationOutcome {
    /// Its name.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Prepared => "prepared",
            Self::Serving => "serving",
            Self::Retired => "retired",
            Self::Rejected(_) => "rejected",
        }
    }

    /// Whether it stands for a component that could not be fetched.
    pub fn is_without_component(&self) -> bool {
        matches!(self, Self::Rejected(rejection) if rejection.step == GenerationRejection::FETCHED)
    }
}

/// A generation, as it is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Generation {
    /// Name that the agency is deployed under.
    pub agency: String,
    /// Counted for the agency, from 1. Never used twice.
    pub number: u64,
    /// SHA-256 of the component.
    pub component: Digest,
    /// Bytes of the component.
    pub bytes: u64,
    /// Version that the component gives itself.
    pub version: String,
    /// What names its settings, keys, anchors and limits.
    pub settings: String,
    /// When it was recorded, in the store's time.
    pub at: Timestamp,
    /// Who wanted it.
    pub by: String,
    /// Why.
    pub why: String,
    /// Whether it followed a later version because somebody said so.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_downgrade: bool,
    /// The other files of its package, as long as its component is kept. `None` where it came in none, or an older program has recorded it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub package: Option<PackageTexts>,
    /// How far it has come.
    pub outcome: GenerationOutcome,
    /// Each time that it was put into service, the last [`MOST_SERVICES`].
    pub services: Vec<Service>,
    /// How often it was before these.
    #[serde(default)]
    pub services_left_out: u64,
    /// Its trial, where it was or is tried beside what serves.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trial: Option<Trial>,
}

/// Once that a generation was put into service.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Service {
    /// Since when, in the store's time.
    pub since: Timestamp,
    /// By whom.
    pub by: String,
    /// Why.
    pub why: String,
}

/// A generation to be put into service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServeOrder {
    /// Name that the agency is deployed under.
    pub agency: String,
    /// Of the generation.
    pub number: u64,
    /// SHA-256 of the component that the configuration names at that time, in hexadecimal: by it a later change of the configuration is told.
    pub configured: String,
    /// By whom.
    pub by: String,
    /// Why.
    pub why: String,
    /// Of one that was on trial, what is known of it now; `None` for others.
    pub promoted: Option<Promoted>,
}

/// What is known of a generation that was on trial, when it is put into service.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Promoted {
    /// What it serves by, as [`NewGeneration::settings`]: it may have been renewed since it was recorded.
    pub settings: String,
    /// What it lacked, in words; empty where it lacked nothing.
    pub lacked: String,
}

/// Which generations of an agency, the last first.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct GenerationListing {
    /// The agency.
    pub agency: String,
    /// Only those before this number; 0 for all.
    pub before: u64,
    /// So many at most; see [`MOST_ROWS`](super::MOST_ROWS).
    pub limit: u32,
}

impl Generation {
    pub(crate) fn new(number: u64, at: Timestamp, wish: &NewGeneration) -> Self {
        let outcome = match &wish.rejection {
            None => GenerationOutcome::Prepared,
            Some(rejection) => GenerationOutcome::Rejected(rejection.clone()),
        };
        Self {
            agency: wish.agency.clone(),
            number,
            component: wish.component.digest(),
            bytes: wish.component.size(),
            version: wish.version.clone(),
            settings: wish.settings.clone(),
            at,
            by: wish.by.clone(),
            why: wish.why.clone(),
            is_downgrade: wish.is_downgrade,
            package: match &wish.rejection {
                None => wish.package.clone(),
                Some(_) => None,
            },
            outcome,
            services: Vec::new(),
            services_left_out: 0,
            trial: None,
        }
    }

    /// Since when it serves, by whom and why; `None` for one that does not.
    pub fn service(&self) -> Option<&Service> {
        match self.outcome {
            GenerationOutcome::Serving => self.services.last(),
            _ => None,
        }
    }

    /// How far it has come, in a word: of one on trial, or whose trial has ended without it serving, that.
    pub fn state(&self) -> &str {
        let never_served = self.services.is_empty() && self.services_left_out == 0;
        match (&self.outcome, &self.trial) {
            (GenerationOutcome::Prepared, Some(Trial { end: None, .. })) => "on-trial",
            (GenerationOutcome::Retired, Some(Trial { end: Some(end), .. })) if never_served => {
                end.outcome.name()
            }
            (outcome, _) => outcome.name(),
        }
    }

    /// Whether it is on trial.
    pub fn is_on_trial(&self) -> bool {
        self.trial.as_ref().is_some_and(|trial| trial.end.is_none())
    }

    /// Keeps what is said of its trial.
    pub(crate) fn try_on(&mut self, trial: &Trial) {
        self.trial = Some(trial.clone());
        if trial.end.is_some() {
            self.retire(None);
        }
    }

    fn end_trial(&mut self, outcome: TrialOutcome, since: Timestamp, order: &ServeOrder) {
        if let Some(Trial {
            end: end @ None, ..
        }) = &mut self.trial
        {
            *end = Some(TrialEnd {
                at: since,
                outcome,
                by: order.by.clone(),
                why: order.why.clone(),
                lacked: match &order.promoted {
                    Some(promoted) => promoted.lacked.clone(),
                    None => String::new(),
                },
            });
        }
    }

    pub(crate) fn serve(&mut self, since: Timestamp, order: &ServeOrder) {
        self.end_trial(TrialOutcome::PROMOTED, since, order);
        if let Some(promoted) = &order.promoted {
            self.settings.clone_from(&promoted.settings);
        }
        if self.services.len() >= MOST_SERVICES {
            self.services.remove(0);
            self.services_left_out += 1;
        }
        self.services.push(Service {
            since,
            by: order.by.clone(),
            why: order.why.clone(),
        });
        self.outcome = GenerationOutcome::Serving;
    }

    /// Another component is put into service, which ends its trial.
    pub(crate) fn replaced(&mut self, since: Timestamp, order: &ServeOrder) {
        self.end_trial(TrialOutcome::REPLACED, since, order);
    }

    /// What becomes of it when another one of its agency serves, and a rollback returns to that of a number.
    pub(crate) fn retire(&mut self, earlier: Option<u64>) {
        if earlier != Some(self.number) {
            self.package = None;
        }
        if !matches!(self.outcome, GenerationOutcome::Rejected(_)) {
            self.outcome = GenerationOutcome::Retired;
        }
    }
}

impl std::fmt::Debug for NewGeneration {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("NewGeneration")
            .field("agency", &self.agency)
            .field("component", &self.component)
            .field("version", &self.version)
            .field("settings", &self.settings)
            .field("by", &self.by)
            .field("rejection", &self.rejection)
            .finish_non_exhaustive()
    }
}
