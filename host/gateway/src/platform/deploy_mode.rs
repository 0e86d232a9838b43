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
}

impl ModeBody {
    /// With a share of the calls, where one is named.
    pub(super) fn with(self, share: Option<u32>) -> Result<DeployMode, Problem> {
        let at = |detail: &str| Err(wrong("request.form", detail).at("/share"));
        match (self, share) {
            (Self::Serve, None) => Ok(DeployMode::Serve),
            (Self::Serve, Some(_)) => at("`share` goes with the mode `shadow`"),
            (Self::Shadow, Some(0 | 1_001..)) => {
                at("`share` is so many of a thousand calls, 1 to 1000")
            }
            (Self::Shadow, of_thousand) => Ok(DeployMode::Shadow { of_thousand }),
        }
    }
}
