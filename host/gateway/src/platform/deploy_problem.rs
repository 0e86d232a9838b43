// SPDX-License-Identifier: Apache-2.0
//! Why nothing was put into service, as a problem.

use std::time::Duration;

use super::{
    problem::{self, Problem},
    submission_body::no_room,
};
use crate::generations::DeployError;

/// After what time a component that could not be judged is worth sending again.
const JUDGED_AGAIN: Duration = Duration::from_secs(5);

impl From<DeployError> for Problem {
    fn from(error: DeployError) -> Self {
        match error {
            DeployError::UnknownAgency => Self::not_found("agency"),
            DeployError::Refused {
                agency,
                step,
                code,
                fault,
                reason,
            } => {
                let of = match agency.as_str() {
                    "" => String::new(),
                    agency => format!("{agency}, {step}: "),
                };
                Self::new(problem::NOT_DEPLOYED, code, format!("{of}{reason}")).with_fault(fault)
            }
            DeployError::NotFetched {
                agency,
                code,
                fault,
                reason,
            } => {
                let detail = format!("{agency}, fetched: {reason}");
                match fault {
                    Some(fault) => Self::new(problem::NOT_DEPLOYED, code, detail).with_fault(fault),
                    None => Self::new(problem::UNAVAILABLE, code, detail).retry_after(JUDGED_AGAIN),
                }
            }
            DeployError::NoEarlier => Self::new(
                problem::NO_EARLIER,
                "agency.no-earlier-generation",
                error.to_string(),
            ),
            DeployError::UnderWay | DeployError::FetchUnderWay => {
                Self::unavailable("deployment.under-way", error.to_string())
            }
            DeployError::NoRoom { .. } => no_room(),
            DeployError::NotJudged { ref code, .. } => {
                Self::new(problem::UNAVAILABLE, code.clone(), error.to_string())
                    .retry_after(JUDGED_AGAIN)
            }
            DeployError::Outdated { .. } => Self::new(
                problem::OTHER_GENERATION,
                "agency.other-generation",
                error.to_string(),
            ),
            DeployError::OnTrial { .. } => {
                Self::new(problem::TRIAL, "trial.under-way", error.to_string())
            }
            DeployError::NothingServes { .. } => {
                Self::new(problem::TRIAL, "trial.nothing-serves", error.to_string())
            }
            DeployError::NotOnTrial { .. } => {
                Self::new(problem::TRIAL, "trial.not-under-way", error.to_string())
            }
            DeployError::IsCanary { .. } => {
                Self::new(problem::TRIAL, "trial.is-canary", error.to_string())
            }
            DeployError::Lacking { .. } => {
                Self::new(problem::TRIAL, "trial.lacking", error.to_string())
            }
            DeployError::Store(error) => error.into(),
        }
    }
}
