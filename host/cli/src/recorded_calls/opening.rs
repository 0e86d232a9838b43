// SPDX-License-Identifier: Apache-2.0
//! Bundles, read and opened.

use std::path::Path;

use semver::{Version, VersionReq};
use silta::{
    Limits,
    exchange::{RecordedAnswer, RecordedCall},
};
use silta_bundles::{Bundle, BundleError, Content, Header, OpeningKey};

use crate::{commands::version::contract_version, failure::Failure, files};

/// Most bytes of the file of a bundle: what `record.most-bytes` can be, written as JSON.
const MOST_BUNDLE_BYTES: u64 = 1 << 30;

/// The bundle in a file.
pub(crate) fn read_bundle(path: &Path) -> Result<Bundle, Failure> {
    let file = files::read_blob(path, MOST_BUNDLE_BYTES)?.to_vec();
    Bundle::read(&file).map_err(|error| bundle_failure(path, &error))
}

/// The private key in a file.
pub(crate) fn read_key(path: &Path) -> Result<OpeningKey, Failure> {
    let file = files::read_blob(path, files::MOST_KEY_BYTES)?.to_vec();
    OpeningKey::read(&file).map_err(|error| {
        let message = format!("{}: {error}", path.display());
        Failure::file("record.key", path, &message)
    })
}

/// What is wrong with a bundle, as the user sees it.
pub(crate) fn bundle_failure(path: &Path, error: &BundleError) -> Failure {
    let message = format!("{}: {error}", path.display());
    Failure::file(error.code(), path, &message)
}

/// Header and content of a bundle that this program can do again.
pub(super) fn open(
    path: &Path,
    bundle: &Bundle,
    key: &OpeningKey,
) -> Result<(Header, Content), Failure> {
    let content = bundle.open(key);
    let content = content.map_err(|error| bundle_failure(path, &error))?;
    check_contract(path, bundle.header())?;
    Ok((bundle.header().clone(), content))
}

/// Only what is of a contract that this program's components may have can be done again.
fn check_contract(path: &Path, header: &Header) -> Result<(), Failure> {
    let ours = contract_version();
    let version = ours.parse::<Version>().ok();
    let recorded = VersionReq::parse(&format!("^{}", header.contract)).ok();
    let own = VersionReq::parse(&format!("^{ours}")).ok();
    let other = header.contract.parse::<Version>().ok();
    let matches = |wanted: Option<VersionReq>, version: Option<Version>| {
        wanted
            .zip(version)
            .is_some_and(|(wanted, version)| wanted.matches(&version))
    };
    if matches(recorded, version) || matches(own, other) {
        return Ok(());
    }
    let message = format!(
        "{}: the call is of the contract {}, and this program has {ours}; do it again with a program of that contract (`silta version` shows it)",
        path.display(),
        match header.contract.as_str() {
            "" => "of no version",
            version => version,
        }
    );
    Err(Failure::file("bundle.contract", path, &message))
}

/// The call in the content of a bundle.
pub(super) fn call(
    path: &Path,
    header: &Header,
    content: Content,
) -> Result<RecordedCall, Failure> {
    let limits: Limits = serde_json::from_value(content.limits)
        .map_err(|_| bundle_failure(path, &BundleError::Content))?;
    let answers = content.answers.into_iter().map(|it| RecordedAnswer {
        function: it.function,
        arguments: it.arguments,
        answer: it.answer,
    });
    Ok(RecordedCall {
        function: header.function.clone(),
        settings: content.settings,
        limits,
        arguments: content.arguments,
        answers: answers.collect(),
    })
}
