// SPDX-License-Identifier: Apache-2.0
//! Generations as the API shows them.

use serde::Serialize;
use silta_store::record::{Generation, GenerationOutcome};
use utoipa::ToSchema;

use super::{
    view::moment,
    view_trial::{OnTrialView, TrialView},
};
use crate::generations::{Standing, TrialStanding};

/// A generation of an agency: a component with what it serves by.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct GenerationView {
    /// Agency that it is of.
    #[schema(example = "courier")]
    agency: String,
    /// Its number, counted for the agency and never used twice.
    #[schema(example = 17)]
    number: u64,
    /// `prepared`, `serving`, `retired` or `rejected`; `on-trial`; and of a trial that ended without it serving, `discarded`, `replaced`, `refused` or `rolled-back`.
    #[schema(example = "serving")]
    outcome: String,
    /// Version that the component gives itself; empty where it was refused before it was asked.
    #[schema(example = "1.4.0")]
    version: String,
    /// SHA-256 of the component; empty where it could not be fetched.
    component: String,
    /// Bytes of the component; 0 where it could not be fetched.
    bytes: u64,
    /// SHA-256 of what is public of everything that it serves by: settings, certificates of keys, anchors, roles of secrets, limits.
    settings: String,
    /// When it was recorded (RFC 3339).
    #[schema(format = DateTime)]
    at: String,
    /// Who wanted it: `configuration`, or the name of a token or an operator.
    #[schema(example = "token operations")]
    by: String,
    /// Why.
    why: String,
    /// Whether it followed a later version, or another component of its version, because somebody said so.
    is_downgrade: bool,
    /// Of one that was refused: step, code and reason.
    #[serde(skip_serializing_if = "Option::is_none")]
    rejection: Option<RejectionView>,
    /// Each time that it was put into service, the last 20.
    services: Vec<ServiceView>,
    /// How often it was before these.
    services_left_out: u64,
    /// Its trial, where it was or is tried beside what serves; of one that goes on, as it was kept last.
    #[serde(skip_serializing_if = "Option::is_none")]
    trial: Option<TrialView>,
}

/// Why a component may not serve.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RejectionView {
    /// The step that it did not pass.
    #[schema(example = "self-tested")]
    step: String,
    /// Stable code.
    #[schema(example = "component.rejected.self-tested")]
    code: String,
    /// In words; for a token that may `deploy`, since files of the gateway may be named.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    /// Where the component was to be fetched from, where it could not be; for a token that may `deploy`.
    #[schema(
        example = "registry.example.fi/agencies/tulli@sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    )]
    #[serde(skip_serializing_if = "Option::is_none")]
    reference: Option<String>,
}

/// Once that a generation was put into service.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ServiceView {
    /// Since when (RFC 3339).
    #[schema(format = DateTime)]
    since: String,
    /// By whom.
    by: String,
    /// Why.
    why: String,
}

/// Generations, the last first.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct GenerationList {
    /// The generations.
    pub(crate) generations: Vec<GenerationView>,
    /// Where there may be more: ask with `before` set to it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) more: Option<u64>,
}

/// How an agency stands.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct AgencyView {
    /// The agency.
    #[schema(example = "courier")]
    agency: String,
    /// Number of the generation that serves; not there when none does.
    #[serde(skip_serializing_if = "Option::is_none")]
    generation: Option<u64>,
    /// Its version.
    #[serde(skip_serializing_if = "Option::is_none")]
    version: Option<String>,
    /// SHA-256 of its component.
    #[serde(skip_serializing_if = "Option::is_none")]
    component: Option<String>,
    /// Since when it serves, by whom and why.
    #[serde(skip_serializing_if = "Option::is_none")]
    service: Option<ServiceView>,
    /// Number of the generation that a rollback returns to; not there when none is ready.
    #[serde(skip_serializing_if = "Option::is_none")]
    earlier: Option<u64>,
    /// Version of that.
    #[serde(skip_serializing_if = "Option::is_none")]
    earlier_version: Option<String>,
    /// SHA-256 of the component that the configuration names, where another one serves: it was deployed, or rolled back to, and serves until the configuration names yet another one.
    #[serde(skip_serializing_if = "Option::is_none")]
    configured_otherwise: Option<String>,
    /// What is tried beside what serves; not there when nothing is.
    #[serde(skip_serializing_if = "Option::is_none")]
    trial: Option<OnTrialView>,
    /// Calls of generations that no longer serve.
    draining: Vec<DrainingView>,
}

/// Calls of a generation that no longer serves.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct DrainingView {
    /// Number of the generation.
    generation: u64,
    /// Its calls that are under way.
    calls: usize,
    /// For how long the oldest has been, in milliseconds. It is cut off when the generation has not served for `drain-seconds`.
    oldest_milliseconds: u64,
}

impl From<Generation> for GenerationView {
    fn from(generation: Generation) -> Self {
        let outcome = generation.state().to_owned();
        let services = generation.services.into_iter();
        Self {
            agency: generation.agency,
            number: generation.number,
            outcome,
            version: generation.version,
            component: match generation.outcome.is_without_component() {
                true => String::new(),
                false => generation.component.to_string(),
            },
            bytes: generation.bytes,
            settings: generation.settings,
            at: moment(generation.at),
            by: generation.by,
            why: generation.why,
            is_downgrade: generation.is_downgrade,
            rejection: match generation.outcome {
                GenerationOutcome::Rejected(rejection) => Some(RejectionView {
                    step: rejection.step,
                    code: rejection.code,
                    reason: Some(rejection.reason),
                    reference: rejection.reference,
                }),
                _ => None,
            },
            services: services.map(ServiceView::from).collect(),
            services_left_out: generation.services_left_out,
            trial: generation.trial.map(TrialView::from),
        }
    }
}

impl GenerationView {
    /// For whoever need not know of the gateway's files.
    pub(crate) fn without_reason(self) -> Self {
        let rejection = self.rejection.map(|rejection| RejectionView {
            reason: None,
            reference: None,
            ..rejection
        });
        let trial = self.trial.map(TrialView::without_reason);
        Self {
            rejection,
            trial,
            ..self
        }
    }
}

impl From<silta_store::record::Service> for ServiceView {
    fn from(service: silta_store::record::Service) -> Self {
        Self {
            since: moment(service.since),
            by: service.by,
            why: service.why,
        }
    }
}

impl AgencyView {
    /// For whoever need not know of the gateway's files.
    pub(crate) fn without_reason(self) -> Self {
        let trial = self.trial.map(OnTrialView::without_reason);
        Self { trial, ..self }
    }

    pub(crate) fn new(agency: String, standing: Standing, trial: Option<TrialStanding>) -> Self {
        let draining = standing.draining.into_iter().map(|draining| DrainingView {
            generation: draining.number,
            calls: draining.calls,
            oldest_milliseconds: u64::try_from(draining.oldest.as_millis()).unwrap_or(u64::MAX),
        });
        let service = standing.record.as_ref().and_then(Generation::service);
        let (serving, earlier) = (standing.serving, standing.earlier);
        Self {
            agency,
            generation: serving.as_ref().map(|info| info.number),
            version: serving.as_ref().map(|info| info.version.clone()),
            component: serving.map(|info| info.component),
            service: service.cloned().map(ServiceView::from),
            earlier: earlier.as_ref().map(|info| info.number),
            earlier_version: earlier.map(|info| info.version),
            configured_otherwise: standing.configured_otherwise,
            trial: trial.map(OnTrialView::from),
            draining: draining.collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use silta_store::{Digest, Timestamp, record::GenerationRejection};

    use super::*;

    #[test]
    fn who_may_not_deploy_sees_neither_reason_nor_reference() {
        let view = GenerationView::from(Generation {
            agency: "tulli".into(),
            number: 2,
            component: Digest([7; 32]),
            bytes: 0,
            version: String::new(),
            settings: String::new(),
            at: Timestamp(1_000),
            by: "token erp".into(),
            why: String::new(),
            is_downgrade: false,
            package: None,
            outcome: GenerationOutcome::Rejected(GenerationRejection {
                step: GenerationRejection::FETCHED.into(),
                code: "registry.not-allowed".into(),
                reason: "of inner.example".into(),
                reference: Some("inner.example/tulli".into()),
            }),
            services: Vec::new(),
            services_left_out: 0,
            trial: None,
        });
        assert_eq!(view.component, "");
        let told = serde_json::to_string(&view).unwrap();
        assert!(told.contains("inner.example/tulli"), "{told}");
        let told = serde_json::to_string(&view.without_reason()).unwrap();
        assert!(told.contains("registry.not-allowed"), "{told}");
        assert!(!told.contains("inner.example"), "{told}");
    }
}
