// SPDX-License-Identifier: Apache-2.0
//! How a component and its package lie in a registry: the image manifest of OCI (image specification 1.1), in the layout that the CNCF's TAG Runtime has given WebAssembly.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::json;
use silta_packages::{Digest, Manifest};

pub(crate) const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
pub(crate) const INDEX: &str = "application/vnd.oci.image.index.v1+json";
pub(crate) const WASM_CONFIG: &str = "application/vnd.wasm.config.v0+json";
pub(crate) const WASM_LAYER: &str = "application/wasm";
pub(crate) const EMPTY: &str = "application/vnd.oci.empty.v1+json";
/// What the artifact of a package is, and its layers.
pub(crate) const PACKAGE: &str = "application/vnd.silta.package.v1";
pub(crate) const PACKAGE_MANIFEST: &str = "application/vnd.silta.package.manifest.v1+json";
pub(crate) const PACKAGE_SIGNATURES: &str = "application/vnd.silta.package.signatures.v1+json";

/// The content of the empty descriptor (image specification, "Guidance for an Empty Descriptor").
pub(crate) const EMPTY_CONTENT: &[u8] = b"{}";

pub(crate) const CREATED: &str = "org.opencontainers.image.created";
const TITLE: &str = "org.opencontainers.image.title";
const VERSION: &str = "org.opencontainers.image.version";
const LICENCES: &str = "org.opencontainers.image.licenses";

/// The same component is the same image, whenever it is pushed and in whatever package.
const NEVER: &str = "1970-01-01T00:00:00Z";

/// What is told of a component beside its bytes: interfaces with their versions, such as `silta:agency/keys@0.1.0`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ComponentFacts {
    /// What it imports.
    pub imports: Vec<String>,
    /// What it exports.
    pub exports: Vec<String>,
}

/// Something in a repository.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Descriptor {
    pub(crate) media_type: String,
    pub(crate) digest: Digest,
    pub(crate) size: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) artifact_type: Option<String>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) annotations: BTreeMap<String, String>,
}

/// An image manifest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ImageManifest {
    pub(crate) schema_version: u32,
    pub(crate) media_type: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) artifact_type: Option<String>,
    pub(crate) config: Descriptor,
    pub(crate) layers: Vec<Descriptor>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) subject: Option<Descriptor>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) annotations: BTreeMap<String, String>,
}

impl Descriptor {
    pub(crate) fn of(media_type: &str, content: &[u8]) -> Self {
        Self {
            media_type: media_type.to_owned(),
            digest: Digest::of(content),
            size: content.len() as u64,
            artifact_type: None,
            annotations: BTreeMap::new(),
        }
    }
}

impl ImageManifest {
    fn new(config: Descriptor, layers: Vec<Descriptor>) -> Self {
        Self {
            schema_version: 2,
            media_type: Some(MANIFEST.to_owned()),
            artifact_type: None,
            config,
            layers,
            subject: None,
            annotations: BTreeMap::new(),
        }
    }

    /// That of a component. Nothing of its package is in it: another licence is no other component.
    pub(crate) fn of_component(config: &[u8], component: &[u8]) -> Self {
        let layers = vec![Descriptor::of(WASM_LAYER, component)];
        Self::new(Descriptor::of(WASM_CONFIG, config), layers)
    }

    /// That of a package of a component, with what people and tools see of it.
    pub(crate) fn of_package(
        subject: Descriptor,
        layers: Vec<Descriptor>,
        (manifest, created): (&Manifest, &str),
    ) -> Self {
        let annotations = [
            (CREATED, created.to_owned()),
            (TITLE, manifest.agency.clone()),
            (VERSION, manifest.version.to_string()),
            (LICENCES, manifest.licence.clone()),
        ];
        let annotations = annotations.map(|(name, value)| (name.to_owned(), value));
        Self {
            artifact_type: Some(PACKAGE.to_owned()),
            subject: Some(subject),
            annotations: annotations.into(),
            ..Self::new(Descriptor::of(EMPTY, EMPTY_CONTENT), layers)
        }
    }

    pub(crate) fn to_json(&self) -> Vec<u8> {
        serde_json::to_vec(self).unwrap_or_default()
    }
}

/// The config of a component. Its operating system is what other tools write for every component, whether or not it knows of any.
pub(crate) fn wasm_config(component: &[u8], facts: &ComponentFacts) -> Vec<u8> {
    let config = json!({
        "created": NEVER,
        "architecture": "wasm",
        "os": "wasip2",
        "layerDigests": [Digest::of(component)],
        "component": { "imports": facts.imports, "exports": facts.exports },
    });
    config.to_string().into_bytes()
}
