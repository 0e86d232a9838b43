// SPDX-License-Identifier: Apache-2.0
//! `silta component push` and `pull`: packages in OCI registries.

use std::{
    env,
    path::{Path, PathBuf},
    time::Duration,
};

use clap::Args;
use serde_json::json;
use silta::{Blob, exchange::Fault, pem, time::Moment};
use silta_contract::{Shape, Side};
use silta_packages::{Digest, Package, PackageFiles};
use silta_registry::{
    CertificateDer, ComponentFacts, Credentials, Pulled, PushedFiles, Reference, Registry,
    RegistryError, RegistryFault, RegistryLimits, RegistrySettings,
};

use super::{Completion, kit_failure, package_failure, read_package};
use crate::{
    failure::Failure,
    files::{self, Output},
    host,
    output::{print, print_json, say},
};

/// Most bytes of files of credentials and of certificates.
const MOST_CREDENTIALS_BYTES: u64 = 1 << 20;
const MOST_ANCHORS_BYTES: u64 = 4 << 20;

/// As whom a registry is talked to, and how.
#[derive(Debug, Args)]
pub(super) struct RegistryArguments {
    /// File with name and password for the registry, as docker's config.json has them. Default docker's own file ($DOCKER_CONFIG/config.json, or ~/.docker/config.json) if it is there.
    #[arg(long, value_name = "FILE")]
    credentials: Option<PathBuf>,
    /// File with the certificates that vouch for the registry's server, PEM, in place of those of the system.
    #[arg(long, value_name = "FILE")]
    registry_anchors: Option<PathBuf>,
    /// Talk to the registry without TLS though it is another machine. On this machine that is done anyway.
    #[arg(long)]
    allow_http: bool,
    /// Time for all requests to the registry together.
    #[arg(long, value_name = "SECONDS", default_value_t = 120, value_parser = clap::value_parser!(u32).range(1..=3_600))]
    seconds: u32,
    /// Most bytes of a component that are taken from the registry.
    #[arg(long, value_name = "BYTES", default_value_t = 64 << 20, value_parser = clap::value_parser!(u64).range(1..=64 << 20))]
    component_bytes: u64,
}

#[derive(Debug, Args)]
pub(super) struct PushArguments {
    /// Where to: HOST[:PORT]/NAME[:TAG]. Without a tag it is there by its digest only.
    reference: Reference,
    /// The component; the manifest and the signatures of its package lie beside it, where it comes in one.
    file: PathBuf,
    #[command(flatten)]
    registry: RegistryArguments,
    /// Show what is in the registry as JSON.
    #[arg(long)]
    pub(super) json: bool,
}

#[derive(Debug, Args)]
pub(super) struct PullArguments {
    /// Where from: HOST[:PORT]/NAME:TAG, or HOST[:PORT]/NAME@sha256:DIGEST.
    reference: Reference,
    /// File of the component; those of its package are written beside it. What lies there of an earlier one is replaced, and removed where it has none of its own. Default AGENCY-VERSION.wasm of a package, else the last part of NAME.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    #[command(flatten)]
    registry: RegistryArguments,
    /// Show what was pulled as JSON.
    #[arg(long)]
    pub(super) json: bool,
}

/// Runs `push`.
pub(super) fn push(arguments: &PushArguments) -> Result<Completion, Failure> {
    let now = Moment::new(host::now(), 0).map_or_else(String::new, |now| now.to_string());
    let to = &arguments.reference;
    let registry = arguments.registry.registry(to.host())?;
    let package = match PackageFiles::of(&arguments.file).is_package() {
        true => Some(own_package(&arguments.file)?),
        false => None,
    };
    let component = match &package {
        Some(package) => package.component.clone(),
        None => host::read_component(&arguments.file)?,
    };
    let shape = Shape::of(&component).map_err(|error| kit_failure(error.into()));
    let shape = shape.map_err(|failure| failure.in_file(&arguments.file))?;
    let facts = ComponentFacts {
        imports: shape.interfaces(Side::Import),
        exports: shape.interfaces(Side::Export),
    };
    let files = match &package {
        Some(package) => PushedFiles::of(package, &now),
        None => PushedFiles::of_component(&component, &now),
    };
    let pushed = registry.push(to, &files, &facts);
    let pushed = pushed.map_err(|error| registry_failure(to, &error))?;
    let at = to.at(pushed.digest);
    match arguments.json {
        true => print_json(&json!({
            "reference": at.to_string(),
            "digest": pushed.digest,
            "tag": to.tag(),
            "package": pushed.package,
        }))?,
        false => print(&match pushed.package {
            Some(package) => format!("{at}\nits package: {package}\n"),
            None => format!("{at}\nIt comes without a package: nobody can tell who published it\n"),
        })?,
    }
    Ok(Completion::Done)
}

/// Runs `pull`.
pub(super) fn pull(arguments: &PullArguments) -> Result<Completion, Failure> {
    let from = &arguments.reference;
    let pulled = arguments.registry.pull(from)?;
    let at = from.at(pulled.digest);
    let of_name = from.name().rsplit('/').next().unwrap_or_default();
    let written = match pulled.into_package() {
        Ok(package) => {
            let manifest = &package.manifest;
            let stem = format!("{}-{}", manifest.agency, manifest.version);
            let out = arguments.out.clone().unwrap_or_else(|| stem.into());
            files::ensure_folder(files::folder_of(&out))?;
            let files = package.write(&out);
            let files = files.map_err(|error| package_failure(&out, &error))?;
            let is_signed = package.signatures.iter().next().is_some();
            let signatures = is_signed.then_some(files.signatures);
            (files.component, Some(files.manifest), signatures)
        }
        Err(component) => {
            let out = arguments.out.clone();
            let out = out.unwrap_or_else(|| format!("{of_name}.wasm").into());
            files::ensure_folder(files::folder_of(&out))?;
            let component = Blob::from(component);
            // What is said of another component would count for this one.
            let beside = PackageFiles::of(&out).remove_texts();
            beside.map_err(|error| package_failure(&out, &error))?;
            Output::prepare(&out, &component)?.finish()?;
            (out, None, None)
        }
    };
    let (component, manifest, signatures) = written;
    if arguments.json {
        print_json(&json!({
            "reference": at.to_string(),
            "component": component,
            "manifest": manifest,
            "signatures": signatures,
        }))?;
        return Ok(Completion::Done);
    }
    let with = match (&manifest, &signatures) {
        (None, _) => "without a package: nobody can tell who published it",
        (Some(_), None) => "with its manifest, which nobody has signed",
        (Some(_), Some(_)) => {
            "with its manifest and signatures, not verified yet: silta component verify"
        }
    };
    print(&format!("{}: {at}, {with}\n", component.display()))?;
    Ok(Completion::Done)
}

/// A package whose component is the one of its manifest: what is pushed otherwise nobody could pull.
fn own_package(file: &Path) -> Result<Package, Failure> {
    let package = read_package(file)?;
    let (found, expected) = (
        Digest::of(&package.component),
        package.manifest.component.digest,
    );
    match found == expected {
        true => Ok(package),
        false => {
            let message = format!(
                "{}: it has the digest {found}, and the manifest beside it is of {expected}; pack it anew with `silta component pack`",
                file.display()
            );
            Err(Failure::file("package.other-component", file, &message))
        }
    }
}

impl RegistryArguments {
    /// What a reference names.
    pub(super) fn pull(&self, from: &Reference) -> Result<Pulled, Failure> {
        let registry = self.registry(from.host())?;
        let pulled = registry.pull(from);
        let pulled = pulled.map_err(|error| registry_failure(from, &error))?;
        for error in &pulled.passed_over {
            say(&format!("{from}: passed over: {error}"));
        }
        if let [first, others @ ..] = pulled.packages.as_slice()
            && !others.is_empty()
        {
            say(&format!(
                "{from}: has {} packages that say different things of the component; taken is that of version {}, of those that somebody has signed the one pushed last",
                pulled.packages.len(),
                first.manifest.version
            ));
        }
        Ok(pulled)
    }

    fn registry(&self, host: &str) -> Result<Registry, Failure> {
        let settings = RegistrySettings {
            credentials: self.credentials(host)?,
            anchors: self.anchors()?,
            allow_http: self.allow_http,
            limits: RegistryLimits {
                time: Duration::from_secs(self.seconds.into()),
                component_bytes: self.component_bytes,
            },
        };
        Registry::new(host, settings).map_err(|error| Failure::command_line(&error.to_string()))
    }

    fn credentials(&self, host: &str) -> Result<Option<Credentials>, Failure> {
        let (file, is_named) = match &self.credentials {
            Some(file) => (file.clone(), true),
            None => match dockers_own().filter(|file| file.is_file()) {
                Some(file) => (file, false),
                None => return Ok(None),
            },
        };
        let bytes = files::read_blob(&file, MOST_CREDENTIALS_BYTES)?.to_vec();
        let wrong = |reason: &str| {
            let message = format!("{}: {reason}", file.display());
            Failure::file("registry.credentials", &file, &message)
        };
        let found = Credentials::of_file(&bytes, host);
        match found.map_err(|error| wrong(&error.to_string()))? {
            None if is_named => Err(wrong(&format!("has nothing for {host} under `auths`"))),
            found => Ok(found),
        }
    }

    fn anchors(&self) -> Result<Option<Vec<CertificateDer<'static>>>, Failure> {
        let Some(path) = &self.registry_anchors else {
            return Ok(None);
        };
        let bytes = files::read_blob(path, MOST_ANCHORS_BYTES)?.to_vec();
        let certificates = pem::certificates(&bytes).map_err(|error| {
            Failure::caller("anchors.unusable", "", &error.to_string()).in_file(path)
        })?;
        let owned = certificates.iter();
        let owned = owned.map(|one| AsRef::<[u8]>::as_ref(one).to_vec().into());
        Ok(Some(owned.collect()))
    }
}

/// Where docker keeps names and passwords of whoever runs it.
fn dockers_own() -> Option<PathBuf> {
    let variable = |name| env::var_os(name).filter(|value| !value.is_empty());
    let folder = variable("DOCKER_CONFIG").map(PathBuf::from);
    let folder = folder.or_else(|| Some(PathBuf::from(variable("HOME")?).join(".docker")));
    folder.map(|folder| folder.join("config.json"))
}

/// Whose fault it is that something was not fetched; `None` where it may work later as it is.
pub(crate) fn registry_fault(error: &RegistryError) -> Option<Fault> {
    match error.fault() {
        RegistryFault::Caller => Some(Fault::Caller),
        RegistryFault::Configuration => Some(Fault::Configuration),
        RegistryFault::Registry => Some(Fault::Counterparty),
        RegistryFault::Network => None,
    }
}

fn registry_failure(reference: &Reference, error: &RegistryError) -> Failure {
    let (code, message) = (error.code(), format!("{reference}: {error}"));
    match registry_fault(error) {
        Some(Fault::Caller) => Failure::caller(code, "", &message),
        Some(Fault::Counterparty) => Failure::counterparty(code, &message),
        Some(_) => Failure::configuration(code, &message),
        None => Failure::network(code, &message),
    }
}
