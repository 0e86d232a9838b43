// SPDX-License-Identifier: Apache-2.0
//! The outcome of a package, beside it: `NAME.accepted.json` or `NAME.refused.json`. Where one of them is, the package is not looked at again.

use std::{
    fs::{self, File},
    io::{self, Write},
    path::Path,
};

use serde_json::{Value, json};
use silta::{observe::masked, time::Moment};
use silta_store::record::Generation;

use crate::{files, host};

const ACCEPTED: &str = ".accepted.json";
const REFUSED: &str = ".refused.json";

/// The outcome of a package.
pub(super) enum Outcome {
    Accepted(Value),
    Refused {
        agency: String,
        step: String,
        code: String,
        reason: String,
    },
}

/// Names of the files by which a package is known to have been taken.
pub(super) fn names(package: &str) -> impl Iterator<Item = String> {
    [ACCEPTED, REFUSED]
        .map(|end| format!("{package}{end}"))
        .into_iter()
}

/// Whether a file is one of these.
pub(super) fn is_one(name: &str) -> bool {
    name.ends_with(ACCEPTED) || name.ends_with(REFUSED)
}

impl Outcome {
    pub(super) fn accepted(generations: &[Generation]) -> Self {
        let generations = generations.iter().map(|one| {
            json!({
                "agency": one.agency,
                "generation": one.number,
                "version": one.version,
                "component": one.component.to_string(),
            })
        });
        Self::Accepted(generations.collect())
    }

    /// Refused before any step of a deployment.
    pub(super) fn refused(code: &str, reason: &str) -> Self {
        Self::Refused {
            agency: String::new(),
            step: "read".to_owned(),
            code: code.to_owned(),
            reason: masked(reason).into_owned(),
        }
    }

    /// For an agency, at a step.
    pub(super) fn at(self, agency: &str, step: &str) -> Self {
        match self {
            Self::Accepted(_) => self,
            Self::Refused { code, reason, .. } => Self::Refused {
                agency: agency.to_owned(),
                step: step.to_owned(),
                code,
                reason,
            },
        }
    }

    pub(super) fn log(&self, name: &str) {
        match self {
            Self::Accepted(generations) => {
                tracing::info!(target: "silta::serve", name, %generations, "a package of the folder was taken, and serves");
            }
            Self::Refused { code, reason, .. } => {
                tracing::warn!(target: "silta::serve", name, code, reason, "a package of the folder was refused; what served goes on");
            }
        }
    }

    /// Writes it, whole and on disk or not at all.
    pub(super) fn write(&self, folder: &Path, name: &str) -> io::Result<()> {
        let at = Moment::new(host::now(), 0).map_or_else(String::new, |now| now.to_string());
        let (end, content) = match self {
            Self::Accepted(generations) => (
                ACCEPTED,
                json!({ "package": name, "at": at, "outcome": "accepted", "generations": generations }),
            ),
            Self::Refused {
                agency,
                step,
                code,
                reason,
            } => (
                REFUSED,
                json!({
                    "package": name, "at": at, "outcome": "refused",
                    "agency": agency, "step": step, "code": code, "reason": reason,
                }),
            ),
        };
        let aside = folder.join(format!(".{name}{end}"));
        let mut file = File::create(&aside)?;
        file.write_all(format!("{content:#}\n").as_bytes())?;
        file.sync_all()?;
        let path = folder.join(format!("{name}{end}"));
        fs::rename(&aside, &path)?;
        files::sync_name(&path)
    }
}
