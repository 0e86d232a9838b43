// SPDX-License-Identifier: Apache-2.0
//! Whether components that are deployed serve, or are tried.

use serde::Deserialize;
use utoipa::ToSchema;

use super::{problem::Problem, query::wrong};
use crate::generations::DeployMode;

/// How components are deployed.
#[derive(Clone, Copy, Default, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum ModeBody {
    /// They serve.
    #[default]
    Serve,
    /// A share of the calls that what serves has answered is done again by them, and what comes of it is compared. Nothing is answered by them.
    Shadow,
    /// They serve a share of the conversations themselves beside what serves the others, and serve none any more as soon as they are worse.
    Canary,
}

/// What becomes of what is on trial.
#[derive(Clone, Copy, Default, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum PromotionMode {
    /// It serves.
    #[default]
    Serve,
    /// What did calls again serves a share of the conversations.
    Canary,
}

impl ModeBody {
    /// With a share of the calls, where one is named.
    pub(super) fn with(self, share: Option<u32>) -> Result<DeployMode, Problem> {
        let at = |detail: &str| Err(wrong("request.form", detail).at("/share"));
        match (self, share) {
            (Self::Serve, None) => Ok(DeployMode::Serve),
            (Self::Serve, Some(_)) => at("`share` goes with the modes `shadow` and `canary`"),
            (_, Some(0 | 1_001..)) => at(SHARE),
            (Self::Shadow, of_thousand) => Ok(DeployMode::Shadow { of_thousand }),
            (Self::Canary, of_thousand) => Ok(DeployMode::Canary { of_thousand }),
        }
    }
}

impl PromotionMode {
    /// The share of the conversations, where it is to serve one: that of the configuration where none is named.
    pub(super) fn with(self, share: Option<u32>) -> Result<Option<Option<u32>>, Problem> {
        let at = |detail: &str| Err(wrong("request.form", detail).at("/share"));
        match (self, share) {
            (Self::Serve, None) => Ok(None),
            (Self::Serve, Some(_)) => at("`share` goes with the mode `canary`"),
            (Self::Canary, Some(0 | 1_001..)) => at(SHARE),
            (Self::Canary, share) => Ok(Some(share)),
        }
    }
}

const SHARE: &str = "`share` is so many of a thousand calls or conversations, 1 to 1000";
