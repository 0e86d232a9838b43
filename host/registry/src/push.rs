// SPDX-License-Identifier: Apache-2.0
//! A component and its package, into a registry.

use std::time::Instant;

use silta_packages::{Digest, Manifest, Package, Signatures};
use ureq::http::Method;

use crate::{
    access::unexpected,
    error::{RegistryError, RegistryFault},
    layout::{
        ComponentFacts, Descriptor, EMPTY_CONTENT, ImageManifest, MANIFEST, PACKAGE,
        PACKAGE_MANIFEST, PACKAGE_SIGNATURES, wasm_config,
    },
    pull::image,
    reference::Reference,
    referrers,
    registry::Registry,
    session::Session,
    transport::Asking,
};

/// What is in the registry now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pushed {
    /// Digest of the component's image: what is deployed by.
    pub digest: Digest,
    /// Digest of the artifact with manifest and signatures; `None` for a component without a package.
    pub package: Option<Digest>,
}

impl Registry {
    /// Pushes a component, its package if it has one, and last the tag: whoever pulls by it meanwhile has what was there before. What is there already is not sent again.
    /// The same component is always the same image, whatever package it comes in, so that a signature is added by pushing it once more.
    ///
    /// # Errors
    /// See [`RegistryError`]. What has been sent by then stays in the registry, and nothing names it.
    pub fn push(
        &self,
        to: &Reference,
        package: &PushedFiles<'_>,
        facts: &ComponentFacts,
    ) -> Result<Pushed, RegistryError> {
        self.check(to)?;
        let mut session = Session::new(self, to.name(), "pull,push", Instant::now());
        let config = wasm_config(package.component, facts);
        let image = ImageManifest::of_component(&config, package.component).to_json();
        let subject = Descriptor::of(MANIFEST, &image);
        let digest = subject.digest;
        if let Some(expected) = to.digest().filter(|expected| *expected != digest) {
            return Err(RegistryError::WrongDigest {
                what: format!("the image of this component, which {to} names"),
                expected,
                found: digest,
            });
        }
        session.ensure_blob(package.component, "the component")?;
        session.ensure_blob(&config, "the config of the component")?;
        session.put_manifest(&digest.to_string(), MANIFEST, &image)?;
        let refers = package
            .manifest
            .map(|manifest| push_package(&mut session, subject, manifest, package));
        let refers = refers.transpose()?;
        if let Some(tag) = to.tag() {
            session.put_manifest(tag, MANIFEST, &image)?;
        }
        Ok(Pushed {
            digest,
            package: refers,
        })
    }
}

/// A component with the other parts of its package.
#[derive(Clone, Copy)]
pub struct PushedFiles<'a> {
    /// The component.
    pub component: &'a [u8],
    /// Its manifest, if there is one.
    pub manifest: Option<&'a Manifest>,
    /// Its signatures; they are pushed with a manifest only.
    pub signatures: Option<&'a Signatures>,
    /// The time, RFC 3339 in UTC, to the second: which of two packages of a component is the later one.
    pub now: &'a str,
}

impl<'a> PushedFiles<'a> {
    /// Those of a package.
    pub fn of(package: &'a Package, now: &'a str) -> Self {
        Self {
            component: &package.component,
            manifest: Some(&package.manifest),
            signatures: Some(&package.signatures),
            now,
        }
    }

    /// A component alone.
    pub fn of_component(component: &'a [u8], now: &'a str) -> Self {
        Self {
            component,
            manifest: None,
            signatures: None,
            now,
        }
    }
}

/// Manifest and signatures as an artifact that refers to the component, unless the same are there already.
fn push_package(
    session: &mut Session<'_>,
    subject: Descriptor,
    manifest: &Manifest,
    package: &PushedFiles<'_>,
) -> Result<Digest, RegistryError> {
    let signatures = package.signatures;
    let signatures = signatures.filter(|signatures| signatures.iter().next().is_some());
    let texts = [
        Some((PACKAGE_MANIFEST, manifest.to_json())),
        signatures.map(|signatures| (PACKAGE_SIGNATURES, signatures.to_json())),
    ];
    let texts: Vec<(&str, String)> = texts.into_iter().flatten().collect();
    let layers = texts.iter();
    let layers = layers.map(|(media_type, text)| Descriptor::of(media_type, text.as_bytes()));
    let layers: Vec<Descriptor> = layers.collect();
    let of = subject.digest;
    let (known, _) = referrers::packages(session, of)?;
    for known in known {
        match image(session, known.digest, "a package of the component") {
            Ok(image) if image.layers == layers => return Ok(known.digest),
            Err(error) if error.fault() == RegistryFault::Network => return Err(error),
            // What others keep there, whatever it is, is not in the way.
            _ => {}
        }
    }
    session.ensure_blob(EMPTY_CONTENT, "an empty config")?;
    for (_, text) in &texts {
        session.ensure_blob(text.as_bytes(), "the manifest or the signatures")?;
    }
    let artifact = ImageManifest::of_package(subject, layers, (manifest, package.now));
    let annotations = artifact.annotations.clone();
    let artifact = artifact.to_json();
    let refers = Descriptor {
        artifact_type: Some(PACKAGE.to_owned()),
        annotations,
        ..Descriptor::of(MANIFEST, &artifact)
    };
    let name = refers.digest.to_string();
    // A registry that keeps lists of what refers to what says so in its answer (distribution specification 1.1, "Pushing Manifests with Subject").
    if !session.put_manifest(&name, MANIFEST, &artifact)? {
        referrers::add_by_tag(session, of, &refers)?;
    }
    Ok(refers.digest)
}

impl Session<'_> {
    /// Uploads something, unless it is there: in one piece, as every registry takes it.
    fn ensure_blob(&mut self, content: &[u8], what: &str) -> Result<(), RegistryError> {
        let digest = Digest::of(content);
        let asking = |method, at, fields, body| Asking {
            method,
            at,
            fields,
            body,
            what: what.to_owned(),
        };
        let place = self.place(&format!("blobs/{digest}"));
        let known = self.ask(asking(Method::HEAD, place, Vec::new(), None))?;
        if known.status == 200 {
            return Ok(());
        }
        let place = self.place("blobs/uploads/");
        let begun = self.ask(asking(Method::POST, place.clone(), Vec::new(), Some(&[])))?;
        if begun.status != 202 {
            return Err(unexpected(begun, what));
        }
        let to = begun.field("location").and_then(|to| place.leads_to(to));
        let to = to.ok_or_else(|| self.leads_nowhere(what))?;
        let to = to.with_parameter("digest", &digest.to_string());
        let fields = vec![("Content-Type", "application/octet-stream".to_owned())];
        let put = self.ask(asking(Method::PUT, to, fields, Some(content)))?;
        match put.status {
            201 => Ok(()),
            _ => Err(unexpected(put, what)),
        }
    }

    /// Whether the registry has noted what it refers to.
    pub(crate) fn put_manifest(
        &mut self,
        name: &str,
        media_type: &str,
        content: &[u8],
    ) -> Result<bool, RegistryError> {
        let what = format!("the manifest {name}");
        let put = self.ask(Asking {
            method: Method::PUT,
            at: self.place(&format!("manifests/{name}")),
            fields: vec![("Content-Type", media_type.to_owned())],
            body: Some(content),
            what: what.clone(),
        })?;
        match put.status {
            201 => Ok(put.field("oci-subject").is_some()),
            _ => Err(unexpected(put, &what)),
        }
    }
}
