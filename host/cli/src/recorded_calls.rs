// SPDX-License-Identifier: Apache-2.0
//! Recorded calls, bundles and golden ones, done again in the sandbox; and where two of what came of one part.

mod comparison;
mod opening;

use std::path::{Path, PathBuf};

use silta::{
    ComponentBytes, Deployment, Error, Runtime, Secrets,
    exchange::{RecordedCall, Replayed},
};
use silta_bundles::{Bundle, Folder, Header, OpeningKey};
use silta_testing::{Golden, TestingError};

use crate::failure::Failure;
pub(crate) use comparison::{Comparison, Parted, asked_otherwise, compare};
pub(crate) use opening::{bundle_failure, read_bundle, read_key};

/// A call that was recorded, and what came of it then.
pub(crate) struct Recorded {
    /// Its file.
    pub(crate) path: PathBuf,
    /// Agency: by the name of its table, of a golden call by that of its component.
    pub(crate) agency: String,
    /// Operation; of a golden call, its name.
    pub(crate) operation: String,
    pub(crate) call: RecordedCall,
    /// What came of it.
    pub(crate) result: serde_json::Value,
    /// Made-up ones of a golden call, which has them in the place of answers to what depends on them.
    secrets: Option<Secrets>,
    /// Code of an error that is its file's fault.
    malformed: &'static str,
}

impl Recorded {
    /// The call in a bundle; the header, too.
    pub(crate) fn open(path: &Path, key: &OpeningKey) -> Result<(Header, Self), Failure> {
        Self::of_bundle(path, &read_bundle(path)?, key)
    }

    fn of_bundle(
        path: &Path,
        bundle: &Bundle,
        key: &OpeningKey,
    ) -> Result<(Header, Self), Failure> {
        let (header, content) = opening::open(path, bundle, key)?;
        let result = content.result.clone();
        let recorded = Self {
            path: path.to_owned(),
            agency: header.agency.clone(),
            operation: header.operation.clone(),
            call: opening::call(path, &header, content)?,
            result,
            secrets: None,
            malformed: "bundle.content",
        };
        Ok((header, recorded))
    }

    /// A golden call; `None` of an empty file.
    pub(crate) fn golden(golden: &Golden) -> Option<Self> {
        let call = golden.call()?;
        Some(Self {
            path: golden.path().to_owned(),
            agency: call.component.clone(),
            operation: golden.name().to_owned(),
            call: call.recorded.clone(),
            result: call.result.clone(),
            secrets: Some(call.secrets()),
            malformed: "golden.content",
        })
    }

    /// Does it again with a component.
    pub(crate) fn replay(
        &self,
        runtime: &Runtime,
        component: impl Into<ComponentBytes>,
    ) -> Result<Replayed, Failure> {
        let deployment = Deployment::from_bytes(component);
        let (agency, call) = (&self.agency, self.call.clone());
        let replayed = match self.secrets.clone() {
            None => runtime.replay(agency, deployment, call),
            Some(secrets) => {
                runtime.replay_with_secrets(agency, deployment.with_secrets(secrets), call)
            }
        };
        replayed.map_err(|error| match &error {
            Error::Problem(problem) if problem.code.starts_with("recording.") => {
                let message = format!("{}: {}", self.path.display(), problem.message);
                Failure::file(self.malformed, &self.path, &message)
            }
            // That is the component's, and not of this call.
            Error::Rejected { .. } => error.into(),
            _ => Failure::from(error).in_file(&self.path),
        })
    }

    /// What came of it when it was recorded.
    pub(crate) fn as_recorded(&self) -> Replayed {
        Replayed {
            result: Some(self.result.clone()),
            parting: None,
        }
    }
}

/// Bundles that are named, which are opened one after the other.
pub(crate) struct Bundles {
    paths: Vec<PathBuf>,
    key: OpeningKey,
    agency: Option<String>,
}

impl Bundles {
    /// Those of bundles and folders of them, the oldest first; with a name, only those of that agency.
    pub(crate) fn named(
        named: &[PathBuf],
        key: &Path,
        agency: Option<&str>,
    ) -> Result<Self, Failure> {
        Ok(Self {
            paths: paths(named)?,
            key: read_key(key)?,
            agency: agency.map(str::to_owned),
        })
    }

    /// Hands out those of the agency that was named, or else of this one, the component's own; each is let go before the next is opened, and one that cannot be opened does not hide the others. How many
    /// of other agencies were passed over.
    ///
    /// # Errors
    /// There is none of that agency.
    pub(crate) fn each(
        &self,
        own: Option<&str>,
        mut take: impl FnMut(Result<Recorded, Failure>),
    ) -> Result<usize, Failure> {
        let wanted = self.agency.as_deref().or(own);
        let (mut taken, mut others) = (0_usize, 0);
        for path in &self.paths {
            let recorded = match read_bundle(path) {
                Ok(bundle) if wanted.is_some_and(|wanted| bundle.header().agency != wanted) => {
                    others += 1;
                    continue;
                }
                Ok(bundle) => Recorded::of_bundle(path, &bundle, &self.key),
                Err(failure) => Err(failure),
            };
            taken += 1;
            take(recorded.map(|(_, recorded)| recorded));
        }
        match (taken, own) {
            (0, Some(own)) if self.agency.is_none() && others > 0 => {
                let message = format!(
                    "what is named has {others} bundles, and none of {own}, which is the agency of the component; name with --agency whose calls it has to do"
                );
                Err(Failure::caller("bundle.none-found", "", &message))
            }
            (0, _) => Err(none_found(self.agency.as_deref())),
            _ => Ok(others),
        }
    }
}

/// The golden calls in a folder.
pub(crate) fn read_golden(folder: &Path) -> Result<Vec<Golden>, Failure> {
    Golden::in_folder(folder).map_err(testing_failure)
}

/// Why cases or golden calls cannot be used, as the user sees it.
pub(crate) fn testing_failure(error: TestingError) -> Failure {
    let (code, message) = (error.code(), error.to_string());
    match error {
        TestingError::Component(error) => error.into(),
        TestingError::File { path, .. }
        | TestingError::Malformed { path, .. }
        | TestingError::NoCases(path) => Failure::file(&code, &path, &message),
        _ => Failure::internal(&code, &message),
    }
}

/// The bundles that are named, those of a folder the oldest first.
pub(crate) fn paths(named: &[PathBuf]) -> Result<Vec<PathBuf>, Failure> {
    let mut paths = Vec::new();
    for path in named {
        match path.is_dir() {
            true => {
                let bundles = Folder::bundles(path);
                paths.extend(bundles.map_err(|error| Failure::unreadable(path, &error))?);
            }
            false => paths.push(path.clone()),
        }
    }
    Ok(paths)
}

/// Nothing done is not that all came out the same.
pub(crate) fn none_found(agency: Option<&str>) -> Failure {
    let of = agency.map_or_else(String::new, |agency| format!(" of the agency {agency}"));
    let message = format!(
        "there is no bundle{of} in what is named; `silta record list --dir FOLDER` shows what a folder has"
    );
    Failure::caller("bundle.none-found", "", &message)
}
