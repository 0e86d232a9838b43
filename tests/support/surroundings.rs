// SPDX-License-Identifier: Apache-2.0
//! What a component is deployed with, as data: so a call that was recorded with it can be repeated.

use std::collections::{BTreeMap, BTreeSet};

use base64::{Engine, engine::general_purpose::STANDARD};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use silta::{AnchorSet, Deployment, Keyring, RoleKey, Secrets, TrustStore};

use super::keys::Pair;

/// Settings, secrets, keys and anchors.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Surroundings {
    pub(crate) settings: Map<String, Value>,
    /// Values by role, the current one first.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) secrets: BTreeMap<String, Vec<String>>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) keys: BTreeMap<String, SigningKey>,
    /// PEM of the certificates of each anchor set.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) anchors: BTreeMap<String, String>,
    /// PEM of what is pinned in each anchor set.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) pins: BTreeMap<String, String>,
    /// Whether signatures with SHA-1 count.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(crate) sha1: bool,
}

/// A made-up key and its certificate, in base64 of DER.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct SigningKey {
    made_up_key: String,
    certificate: String,
}

impl From<&Pair> for SigningKey {
    fn from(pair: &Pair) -> Self {
        let content = |pem: &str| {
            let lines = pem.lines().filter(|line| !line.starts_with("-----"));
            lines.collect()
        };
        Self {
            made_up_key: content(&pair.key),
            certificate: content(&pair.certificate),
        }
    }
}

impl Surroundings {
    /// These settings over the least ones.
    pub(crate) fn with_settings(least: &Value, settings: &Map<String, Value>) -> Self {
        let mut all = least.as_object().unwrap().clone();
        all.extend(settings.clone());
        Self {
            settings: all,
            ..Self::default()
        }
    }

    /// A component with all of it.
    pub(crate) fn deployment(&self, component: artifacts::Artifact) -> Deployment {
        let keyring = self
            .keys
            .iter()
            .fold(Keyring::new(), |keyring, (role, key)| {
                let der = [&key.made_up_key, &key.certificate].map(|text| STANDARD.decode(text));
                let [private, certificate] = der.map(Result::unwrap);
                keyring.with(role, RoleKey::from_pem(&private, &certificate).unwrap())
            });
        let secrets = self
            .secrets
            .iter()
            .fold(Secrets::new(), |secrets, (role, values)| {
                let values = values.iter().map(|value| value.clone().into_bytes());
                secrets.with(role, values.collect())
            });
        Deployment::from_bytes(component.bytes)
            .with_settings(Value::from(self.settings.clone()).to_string())
            .with_keyring(keyring)
            .with_secrets(secrets)
            .with_trust(self.trust())
    }

    fn trust(&self) -> TrustStore {
        let names: BTreeSet<&String> = self.anchors.keys().chain(self.pins.keys()).collect();
        let set = |trust: TrustStore, name: &String| {
            let (anchors, pins) = (self.anchors.get(name), self.pins.get(name));
            let set = anchors.into_iter().fold(AnchorSet::new(), |set, pem| {
                set.with_anchors_pem(pem.as_bytes()).unwrap()
            });
            let set = pins
                .into_iter()
                .fold(set, |set, pem| set.with_pins_pem(pem.as_bytes()).unwrap());
            trust.with(name, set)
        };
        let trust = names.into_iter().fold(TrustStore::new(), set);
        trust.with_sha1(self.sha1)
    }
}
