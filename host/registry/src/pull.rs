// SPDX-License-Identifier: Apache-2.0
//! A component and its package, out of a registry.

use std::time::Instant;

use silta_packages::{Digest, Manifest, Package, Signatures};
use ureq::http::Method;

use crate::{
    error::{RegistryError, RegistryFault},
    layout::{
        Descriptor, ImageManifest, MANIFEST, PACKAGE_MANIFEST, PACKAGE_SIGNATURES, WASM_CONFIG,
        WASM_LAYER,
    },
    reference::Reference,
    referrers,
    registry::Registry,
    session::{MANIFEST_BYTES, Session},
    transport::Asking,
};

/// Most bytes of a package's manifest or signatures, more than they may have.
const PACKAGE_BYTES: u64 = 128 << 10;

/// Most packages of a component that are looked at: whoever signs adds one.
const PACKAGES: usize = 32;

/// A component that was pulled. Nobody has verified who signed it.
#[derive(Clone)]
pub struct Pulled {
    /// Digest of its image, by which it is pulled again.
    pub digest: Digest,
    /// The component.
    pub component: Vec<u8>,
    /// What came with it, one for each statement about the component: those that somebody signed first, and of these those pushed last.
    pub packages: Vec<PulledPackage>,
    /// Why artifacts that refer to the component as packages count for nothing.
    pub passed_over: Vec<RegistryError>,
}

/// The other parts of a package.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PulledPackage {
    /// The manifest, of this component.
    pub manifest: Manifest,
    /// All signatures of it.
    pub signatures: Signatures,
}

/// Shows no component.
impl std::fmt::Debug for Pulled {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Pulled")
            .field("digest", &self.digest)
            .field("component", &format_args!("{} bytes", self.component.len()))
            .field("packages", &self.packages)
            .field("passed_over", &self.passed_over)
            .finish()
    }
}

impl Pulled {
    /// As the first of its packages; a component alone is none.
    ///
    /// # Errors
    /// The component, which came without a manifest.
    pub fn into_package(self) -> Result<Package, Vec<u8>> {
        match self.packages.into_iter().next() {
            None => Err(self.component),
            Some(package) => Ok(Package {
                component: self.component,
                manifest: package.manifest,
                signatures: package.signatures,
            }),
        }
    }
}

impl Registry {
    /// Pulls a component by tag or digest, with the packages that refer to it. Those of the same statement are one, with the signatures of all. What cannot be read, or is
    /// of another component, is passed over: whoever may push to the repository could stop everybody with it otherwise.
    ///
    /// # Errors
    /// See [`RegistryError`].
    pub fn pull(&self, from: &Reference) -> Result<Pulled, RegistryError> {
        self.pull_since(from, Instant::now())
    }

    /// [`pull`](Self::pull), of whose time a part is over: it counts from `begun`, for all that is pulled on one order.
    ///
    /// # Errors
    /// See [`RegistryError`].
    pub fn pull_since(&self, from: &Reference, begun: Instant) -> Result<Pulled, RegistryError> {
        self.check(from)?;
        let mut session = Session::new(self, from.name(), "pull", begun);
        let (digest, image) = component_image(&mut session, from)?;
        let not = |reason: String| RegistryError::NotAComponent {
            reference: from.to_string(),
            reason,
        };
        if image.config.media_type != WASM_CONFIG {
            return Err(not(format!(
                "its config is {}",
                shown(&image.config.media_type)
            )));
        }
        let [layer] = image.layers.as_slice() else {
            return Err(not(format!("it has {} layers", image.layers.len())));
        };
        if layer.media_type != WASM_LAYER {
            return Err(not(format!("its layer is {}", shown(&layer.media_type))));
        }
        let most = (session.component_bytes(), "component-bytes");
        let component = blob(&mut session, layer, "the component", most)?;
        let (packages, passed_over) = packages(&mut session, from, digest, layer.digest)?;
        Ok(Pulled {
            digest,
            component,
            packages,
            passed_over,
        })
    }
}

/// The image that a reference names, and its digest.
fn component_image(
    session: &mut Session<'_>,
    from: &Reference,
) -> Result<(Digest, ImageManifest), RegistryError> {
    let name = from.asked_for().ok_or_else(|| RegistryError::Unnamed {
        reference: from.to_string(),
    })?;
    let (bytes, told) = manifest(session, &name, &from.to_string(), from.digest())?;
    let digest = Digest::of(&bytes);
    // Of a tag nobody else says what is under it.
    if let Some(expected) = told.filter(|told| *told != digest) {
        return Err(RegistryError::WrongDigest {
            what: from.to_string(),
            expected,
            found: digest,
        });
    }
    Ok((digest, read_image(&bytes, &from.to_string())?))
}

/// An image that is known by its digest.
pub(crate) fn image(
    session: &mut Session<'_>,
    digest: Digest,
    what: &str,
) -> Result<ImageManifest, RegistryError> {
    let (bytes, _) = manifest(session, &digest.to_string(), what, Some(digest))?;
    read_image(&bytes, what)
}

/// A manifest, and the digest that the registry says it has.
fn manifest(
    session: &mut Session<'_>,
    name: &str,
    what: &str,
    expected: Option<Digest>,
) -> Result<(Vec<u8>, Option<Digest>), RegistryError> {
    let answer = session.ask(Asking {
        method: Method::GET,
        at: session.place(&format!("manifests/{name}")),
        fields: vec![("Accept", MANIFEST.to_owned())],
        body: None,
        what: what.to_owned(),
    })?;
    let told = answer.field("docker-content-digest");
    let told = told.and_then(|told| told.parse().ok());
    let bytes = session.read(answer, what, (MANIFEST_BYTES, ""), expected)?;
    Ok((bytes, told))
}

fn read_image(bytes: &[u8], what: &str) -> Result<ImageManifest, RegistryError> {
    #[derive(serde::Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Kind {
        media_type: Option<String>,
    }
    let malformed = |reason: String| RegistryError::Malformed {
        what: what.to_owned(),
        reason,
    };
    let kind: Kind = serde_json::from_slice(bytes)
        .map_err(|error| malformed(format!("is no manifest: {error}")))?;
    if let Some(other) = kind.media_type.filter(|kind| kind != MANIFEST) {
        return Err(RegistryError::NotAComponent {
            reference: what.to_owned(),
            reason: format!("it is {}", shown(&other)),
        });
    }
    serde_json::from_slice(bytes)
        .map_err(|error| malformed(format!("is no image manifest: {error}")))
}

/// What a descriptor describes.
fn blob(
    session: &mut Session<'_>,
    descriptor: &Descriptor,
    what: &str,
    (most, setting): (u64, &'static str),
) -> Result<Vec<u8>, RegistryError> {
    if descriptor.size > most {
        return Err(RegistryError::TooLarge {
            what: what.to_owned(),
            most,
            setting,
        });
    }
    let answer = session.ask(Asking {
        method: Method::GET,
        at: session.place(&format!("blobs/{}", descriptor.digest)),
        fields: Vec::new(),
        body: None,
        what: what.to_owned(),
    })?;
    // What is longer than it has to be is not what was asked for, and is not read on.
    let read = session.read(answer, what, (descriptor.size, ""), Some(descriptor.digest));
    read.map_err(|error| match error {
        RegistryError::TooLarge { what, most, .. } => RegistryError::Malformed {
            what,
            reason: format!("is longer than the {most} bytes that its manifest says"),
        },
        error => error,
    })
}

/// The packages that refer to an image, one for each statement, and what was passed over.
fn packages(
    session: &mut Session<'_>,
    from: &Reference,
    subject: Digest,
    component: Digest,
) -> Result<(Vec<PulledPackage>, Vec<RegistryError>), RegistryError> {
    let (found, mut passed_over) = referrers::packages(session, subject)?;
    if found.len() > PACKAGES {
        passed_over.push(RegistryError::Malformed {
            what: from.to_string(),
            reason: format!(
                "has more than {PACKAGES} packages, and those pushed last are looked at; delete those that do not count any more"
            ),
        });
    }
    let mut packages: Vec<PulledPackage> = Vec::new();
    for one in found.into_iter().take(PACKAGES) {
        let package = match read_package(session, one.digest, subject) {
            Ok(package) => package,
            // What is wrong with the artifact itself; whatever else there is, more may come of it another time.
            Err(error) if error.fault() == RegistryFault::Network => return Err(error),
            Err(error @ RegistryError::Denied { .. }) => return Err(error),
            Err(error) => {
                passed_over.push(error);
                continue;
            }
        };
        if package.manifest.component.digest != component {
            passed_over.push(RegistryError::OtherPackage {
                package: one.digest,
                reference: from.to_string(),
            });
            continue;
        }
        let statement = package.manifest.statement();
        let mut known = packages.iter_mut();
        match known.find(|known| known.manifest.statement() == statement) {
            Some(known) => known.signatures.add(&package.signatures),
            None => packages.push(package),
        }
    }
    packages.sort_by_key(|one| one.signatures.iter().next().is_none());
    Ok((packages, passed_over))
}

fn read_package(
    session: &mut Session<'_>,
    digest: Digest,
    subject: Digest,
) -> Result<PulledPackage, RegistryError> {
    let what = format!("the package {digest}");
    let malformed = |reason: String| RegistryError::Malformed {
        what: what.clone(),
        reason,
    };
    let artifact = image(session, digest, &what)?;
    if artifact.subject.map(|subject| subject.digest) != Some(subject) {
        return Err(malformed("refers to something else".to_owned()));
    }
    let layer = |media_type: &str| {
        let mut layers = artifact.layers.iter();
        layers.find(|layer| layer.media_type == media_type)
    };
    let manifest = layer(PACKAGE_MANIFEST);
    let manifest = manifest.ok_or_else(|| malformed("has no manifest in it".to_owned()))?;
    let most = (PACKAGE_BYTES, "");
    let manifest = blob(session, manifest, &what, most)?;
    let manifest = Manifest::read(&manifest)
        .map_err(|error| malformed(format!("has a manifest that is not taken: {error}")))?;
    let signatures = match layer(PACKAGE_SIGNATURES) {
        None => Signatures::default(),
        Some(layer) => {
            let signatures = blob(session, layer, &what, most)?;
            Signatures::read(&signatures)
                .map_err(|error| malformed(format!("has signatures that are not taken: {error}")))?
        }
    };
    Ok(PulledPackage {
        manifest,
        signatures,
    })
}

/// A type that others have written, as far as it is one.
fn shown(media_type: &str) -> String {
    let is_plain = |c: char| c.is_ascii_graphic() && c != '`';
    let plain: String = media_type
        .chars()
        .filter(|c| is_plain(*c))
        .take(100)
        .collect();
    format!("`{plain}`")
}
