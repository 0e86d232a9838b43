// SPDX-License-Identifier: Apache-2.0
//! `silta component pack`.

use std::path::{Path, PathBuf};

use clap::Args;
use semver::Version;
use serde_json::json;
use silta::{Deployment, describe::Description};
use silta_packages::{Digest, Manifest, Package, PackageFiles, SelfTests, Validity};

use super::{Completion, package_failure, read_signing_key};
use crate::{
    commands::version,
    failure::Failure,
    files, host,
    output::{print, print_json},
};

/// Most bytes of a list of what a component was built of.
const MOST_SBOM_BYTES: u64 = 64 << 20;

#[derive(Debug, Args)]
pub(super) struct PackArguments {
    /// The component, a file of WebAssembly.
    component: PathBuf,
    /// Licence of the component, an SPDX expression.
    #[arg(long, value_name = "SPDX")]
    licence: String,
    /// Folder to write the package to, as `AGENCY-VERSION.wasm`, `.manifest.json` and, if it is signed, `.signatures.json`. Files that are there are replaced.
    #[arg(long, value_name = "FOLDER", default_value = ".")]
    out: PathBuf,
    /// Sign it with the private key in this file.
    #[arg(long, value_name = "FILE")]
    key: Option<PathBuf>,
    /// List of what the component was built of (SBOM); its digest stands in the manifest.
    #[arg(long, value_name = "FILE")]
    sbom: Option<PathBuf>,
    /// From when on the package may be put into service, in UTC to the second.
    #[arg(long, value_name = "TIME")]
    not_before: Option<String>,
    /// Until when it may be, in UTC to the second.
    #[arg(long, value_name = "TIME")]
    not_after: Option<String>,
    /// Show files and manifest as JSON.
    #[arg(long)]
    pub(super) json: bool,
}

pub(super) fn run(arguments: &PackArguments) -> Result<Completion, Failure> {
    let component = host::read_component(&arguments.component)?;
    let described = host::runtime(None, 1)?.describe(Deployment::from_bytes(component.clone()));
    let described =
        described.map_err(|error| Failure::from(error).in_file(&arguments.component))?;
    let manifest = manifest(arguments, &component, &described)?;
    let stem = format!("{}-{}", manifest.agency, manifest.version);
    let mut package = Package::new(component, manifest);
    if let Some(key) = &arguments.key {
        package.sign(&read_signing_key(key)?);
    }
    files::ensure_folder(&arguments.out)?;
    let stem = arguments.out.join(stem);
    let files = package.write(&stem);
    let files = files.map_err(|error| package_failure(&stem, &error))?;
    tell(arguments, &package, &files)?;
    Ok(Completion::Done)
}

fn manifest(
    arguments: &PackArguments,
    component: &[u8],
    described: &Description,
) -> Result<Manifest, Failure> {
    let malformed = |what: &str, version: &str| {
        let message = format!(
            "{}: its {what} `{version}` is not a version by Semantic Versioning 2.0; correct it in the component and build it again",
            arguments.component.display()
        );
        Failure::file("package.version", &arguments.component, &message)
    };
    let version = &described.version;
    let version: Version = version.parse().map_err(|_| malformed("version", version))?;
    let contract = version::contract_version();
    let contract = contract
        .parse()
        .map_err(|_| malformed("contract", contract))?;
    let mut manifest = Manifest::of(
        &described.agency,
        version,
        contract,
        &arguments.licence,
        component,
    );
    manifest.settings_schema = Some(Digest::of(described.settings_schema.as_bytes()));
    manifest.self_tests = Some(self_tests(described)?);
    manifest.sbom = arguments.sbom.as_deref().map(sbom).transpose()?;
    manifest.validity = Validity {
        not_before: arguments.not_before.clone(),
        not_after: arguments.not_after.clone(),
    };
    let checked = manifest.check();
    checked.map_err(|error| Failure::command_line(&error.to_string()))?;
    Ok(manifest)
}

fn self_tests(described: &Description) -> Result<SelfTests, Failure> {
    let tests = &described.self_tests;
    let text = serde_json::to_vec(tests)
        .map_err(|error| Failure::internal("output.json", &error.to_string()))?;
    Ok(SelfTests {
        count: u32::try_from(tests.len()).unwrap_or(u32::MAX),
        digest: Digest::of(&text),
    })
}

fn sbom(path: &Path) -> Result<Digest, Failure> {
    Ok(Digest::of(
        &files::read_blob(path, MOST_SBOM_BYTES)?.to_vec(),
    ))
}

fn tell(arguments: &PackArguments, package: &Package, files: &PackageFiles) -> Result<(), Failure> {
    let is_signed = package.signatures.iter().next().is_some();
    if arguments.json {
        return print_json(&json!({
            "component": files.component,
            "manifest": files.manifest,
            "signatures": is_signed.then_some(&files.signatures),
            "package": package.manifest,
        }));
    }
    let mut text = format!(
        "{}: the component, {} bytes\n{}: its manifest\n",
        files.component.display(),
        package.component.len(),
        files.manifest.display()
    );
    text += &match is_signed {
        true => format!("{}: its signature\n", files.signatures.display()),
        false => format!(
            "It is not signed yet: silta component sign {} --key KEY\n",
            files.component.display()
        ),
    };
    print(&text)
}
