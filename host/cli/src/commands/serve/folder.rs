// SPDX-License-Identifier: Apache-2.0
//! Packages that somebody puts into a folder: each is deployed as one that comes by the API is, and the outcome is written beside it.
//!
//! A package is a folder of its own, renamed into place: that is one step of the file system, so that nobody sees a part of it. What is copied there instead is let come to rest.

mod entry;
mod outcome;

use std::{
    collections::{BTreeMap, BTreeSet},
    path::PathBuf,
    sync::mpsc::{self, RecvTimeoutError, Sender},
    thread,
    time::Duration,
};

use silta_gateway::generations::{
    DeployError, DeployMode, DeployOrder, Deployer, Offered, PackageBytes, Wanted,
};
use silta_packages::{Digest, Package};
use silta_store::{
    StoreError,
    record::{Generation, GenerationListing, GenerationOutcome},
};

use super::deployments::Hosted;
use crate::failure::Failure;

pub(crate) use entry::check_folder;
use entry::{Entry, Fingerprint};
use outcome::Outcome;

/// Who wants what lies in the folder, as the history tells.
const FOLDER: &str = "folder";

/// Generations of an agency that are looked through for a package that was taken before.
const LOOKED_THROUGH: u32 = 1_000;

/// Looks at the folder until it is dropped. What is being deployed then is not waited for: a process may end at any moment of that.
pub(super) struct WatchedFolder {
    /// Nothing is sent: the other end learns that this one is gone.
    _stop: Sender<()>,
}

/// What is known of the folder.
struct Watch {
    folder: PathBuf,
    hosted: Hosted,
    /// Packages as they were at the last look.
    seen: BTreeMap<String, Fingerprint>,
    /// What has been told once: of the folder, of what lies loosely, and of packages that are tried again.
    told: BTreeSet<String>,
}

/// What is to be done about a package after it was tried.
enum Tried {
    /// Its outcome.
    Became(Outcome),
    /// Nobody knows yet; why.
    Later(String),
}

impl WatchedFolder {
    /// Looks at a folder every so often.
    ///
    /// # Errors
    /// There is no thread for it.
    pub(super) fn start(
        folder: PathBuf,
        hosted: Hosted,
        interval: Duration,
    ) -> Result<Self, Failure> {
        let (stop, stopped) = mpsc::channel::<()>();
        let mut watch = Watch {
            folder,
            hosted,
            seen: BTreeMap::new(),
            told: BTreeSet::new(),
        };
        let looking = move || {
            while stopped.recv_timeout(interval) == Err(RecvTimeoutError::Timeout) {
                watch.look();
            }
        };
        let thread = thread::Builder::new().name("silta-folder".into());
        let started = thread.spawn(looking);
        started.map_err(|error| Failure::internal("system.threads", &error.to_string()))?;
        Ok(Self { _stop: stop })
    }
}

impl Watch {
    fn look(&mut self) {
        let entries = check_folder(&self.folder).and_then(|()| entry::entries(&self.folder));
        let entries = match entries {
            Ok(entries) => entries,
            Err(reason) => {
                let folder = self.folder.display().to_string();
                return self.tell_once(&reason, || {
                    tracing::error!(target: "silta::serve", folder, reason, "the folder of deployments is not looked at");
                });
            }
        };
        for name in entries.loose {
            let told = name.clone();
            self.tell_once(&told, || {
                tracing::warn!(target: "silta::serve", name, "this lies loosely in the folder of deployments, and is not taken: a package is a folder of its own, with its files in it");
            });
        }
        let mut seen = BTreeMap::new();
        for entry in entries.packages {
            let is_at_rest = self.seen.get(&entry.name) == Some(&entry.fingerprint);
            seen.insert(entry.name.clone(), entry.fingerprint.clone());
            if is_at_rest {
                self.take(&entry);
            }
        }
        self.seen = seen;
    }

    /// Deploys a package, and writes the outcome beside it.
    fn take(&mut self, entry: &Entry) {
        let name = entry.name.as_str();
        match self.tried(entry) {
            Tried::Became(outcome) => {
                outcome.log(name);
                if let Err(error) = outcome.write(&self.folder, name) {
                    // It is found in the history by the next look, and not taken again.
                    tracing::error!(target: "silta::serve", name, %error, "the outcome of a package cannot be written beside it");
                }
            }
            Tried::Later(reason) => self.tell_once(&format!("{name}: {reason}"), || {
                tracing::warn!(target: "silta::serve", name, reason, "a package could not be judged yet, and is tried again");
            }),
        }
    }

    fn tried(&self, entry: &Entry) -> Tried {
        let package = match entry.read() {
            Ok(package) => package,
            Err((code, reason)) => return Tried::Became(Outcome::refused(code, &reason)),
        };
        let agencies = self.agencies_of(&package.manifest.agency);
        if agencies.is_empty() {
            let reason = format!(
                "no agency `{}` is served here; add its table to the configuration, and put the package there under another name",
                package.manifest.agency
            );
            return Tried::Became(Outcome::refused("agency.unknown", &reason));
        }
        let wanted = Wanted::new(FOLDER, &format!("package {}", entry.name));
        match self.taken_before(&agencies, &package, &wanted) {
            Ok(None) => {}
            Ok(Some(outcome)) => return Tried::Became(outcome),
            Err(error) => return Tried::Later(error.to_string()),
        }
        let order = DeployOrder {
            components: agencies
                .into_iter()
                .map(|agency| (agency, Offered::Files(files(&package))))
                .collect(),
            wanted,
            allow_downgrade: false,
            mode: DeployMode::Serve,
        };
        match self.hosted.deploy(order, &mut |_| true) {
            Ok(generations) => Tried::Became(Outcome::accepted(&generations)),
            Err(DeployError::Refused {
                agency,
                step,
                code,
                reason,
                ..
            }) => Tried::Became(Outcome::refused(&code, &reason).at(&agency, &step)),
            Err(error) => Tried::Later(error.to_string()),
        }
    }

    /// Names of the tables whose agency that is.
    fn agencies_of(&self, agency: &str) -> Vec<String> {
        let hosting = self.hosted.hold();
        let config = &hosting.context.config;
        let served = hosting.agencies.members.iter().map(|member| &member.id);
        let own = served.filter(|id| config.agency_of(id).is_ok_and(|of| of == agency));
        own.cloned().collect()
    }

    /// The outcome of the package before this process, or what could not be written: a package is known by its name and its component.
    fn taken_before(
        &self,
        agencies: &[String],
        package: &Package,
        wanted: &Wanted,
    ) -> Result<Option<Outcome>, StoreError> {
        let digest = Digest::of(&package.component);
        let store = self.hosted.hold().context.store.clone();
        let mut taken = Vec::new();
        for agency in agencies {
            let listing = GenerationListing {
                agency: agency.clone(),
                before: 0,
                limit: LOOKED_THROUGH,
            };
            let all = store.generations(&listing)?;
            let is_it = |one: &Generation| {
                let is_known = one.component.to_string() == digest.hexadecimal();
                is_known && (&one.by, &one.why) == (&wanted.by, &wanted.why)
            };
            for one in all.into_iter().filter(is_it) {
                match &one.outcome {
                    GenerationOutcome::Rejected(rejection) => {
                        let refused = Outcome::refused(&rejection.code, &rejection.reason);
                        return Ok(Some(refused.at(agency, &rejection.step)));
                    }
                    // One that never served was not taken: the process ended before.
                    _ if one.services.is_empty() => {}
                    _ => taken.push(one),
                }
            }
        }
        Ok((!taken.is_empty()).then(|| Outcome::accepted(&taken)))
    }

    fn tell_once(&mut self, what: &str, tell: impl FnOnce()) {
        if self.told.insert(what.to_owned()) {
            tell();
        }
    }
}

fn files(package: &Package) -> PackageBytes {
    let is_signed = package.signatures.iter().next().is_some();
    PackageBytes {
        component: package.component.clone(),
        manifest: Some(package.manifest.to_json().into_bytes()),
        signatures: is_signed.then(|| package.signatures.to_json().into_bytes()),
    }
}
