// SPDX-License-Identifier: Apache-2.0
//! A decision on what serves an agency, confirmed in a form: who decided, whether it was done, and the line of the log.

use std::net::IpAddr;

use silta_store::StoreError;

use super::{facts::Facts, guard::Guard};
use crate::generations::{DeployError, Deployer, Wanted};

/// What somebody has confirmed.
pub(super) struct Confirmed {
    pub(super) agency: String,
    pub(super) token: String,
    /// The generation that it was about when the form was made.
    pub(super) generation: u64,
    pub(super) why: String,
    pub(super) address: IpAddr,
    /// By the word of a proxy.
    pub(super) user: Option<String>,
}

/// Whether it was done.
pub(super) enum Decided {
    Done,
    /// The form is of another process, or things are otherwise by now than they were when it was made.
    Outdated,
    NoEarlier,
    Missing,
    Unread(StoreError),
    Unclear,
}

/// What can be decided.
pub(super) struct GenerationAct {
    /// In the log.
    pub(super) name: &'static str,
    /// Which errors say that it was not done, beside those that any decision has.
    pub(super) refused: fn(&DeployError) -> Option<Decided>,
}

impl Confirmed {
    /// Does it, if the form is for this and the agency is served here. The log has who decided what, also where it was not done, and the store who did it.
    pub(super) fn decide(
        &self,
        (facts, guard): (&Facts, &Guard),
        (act, meaning): (&GenerationAct, &str),
        decide: impl FnOnce(&dyn Deployer, &Wanted) -> Result<(), DeployError>,
    ) -> Decided {
        let decided = self.decided((facts, guard), (act, meaning), decide);
        let (agency, address) = (&self.agency, &self.address);
        let user = self.user.as_deref().unwrap_or_default();
        let (act, outcome) = (act.name, decided.name());
        match decided {
            Decided::Done => {
                tracing::info!(target: "silta::operator", act, agency, %address, user, outcome, "decided on the operator's page");
            }
            Decided::Unread(_) | Decided::Unclear => {
                tracing::error!(target: "silta::operator", act, agency, %address, user, outcome, "a decision on the operator's page was not, or may not have been, done");
            }
            _ => {
                tracing::warn!(target: "silta::operator", act, agency, %address, user, outcome, "a decision on the operator's page was not done");
            }
        }
        decided
    }

    fn decided(
        &self,
        (facts, guard): (&Facts, &Guard),
        (act, meaning): (&GenerationAct, &str),
        decide: impl FnOnce(&dyn Deployer, &Wanted) -> Result<(), DeployError>,
    ) -> Decided {
        if !guard.is_token_of(&self.token, meaning) {
            return Decided::Outdated;
        }
        let known = facts
            .agencies
            .iter()
            .find(|(known, _)| *known == self.agency);
        let (Some(_), Some(deployer)) = (known, &facts.deployer) else {
            return Decided::Missing;
        };
        let by = match &self.user {
            Some(user) => format!("operator {user}"),
            None => "operator's page".to_owned(),
        };
        match decide(&**deployer, &Wanted::new(&by, &self.why)) {
            Ok(()) => Decided::Done,
            Err(DeployError::Store(error @ StoreError::Unavailable { .. })) => {
                Decided::Unread(error)
            }
            Err(DeployError::UnknownAgency) => Decided::Missing,
            Err(error) => (act.refused)(&error).unwrap_or_else(|| {
                tracing::error!(target: "silta::operator", act = act.name, agency = self.agency, %error, "a decision was not, or may not have been, done");
                Decided::Unclear
            }),
        }
    }
}

impl Decided {
    fn name(&self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Outdated => "outdated",
            Self::NoEarlier => "no-earlier-generation",
            Self::Missing => "missing",
            Self::Unread(_) => "store-failed",
            Self::Unclear => "unclear",
        }
    }
}
