// SPDX-License-Identifier: Apache-2.0
//! What whoever sends a request needs for its TLS connection, by the files of the configuration.

use std::path::PathBuf;

use serde_json::{Value, json};
use silta_config::{Config, TlsFiles};

/// The role that the request asks for, and the files.
pub(super) struct Tls<'a> {
    role: Option<&'a str>,
    files: Option<TlsFiles>,
    anchors: Option<PathBuf>,
}

impl<'a> Tls<'a> {
    /// For a request of an agency that asks for a role, or for none.
    pub(super) fn of(config: &Config, agency: &str, role: Option<&'a str>) -> Self {
        // The agency serves by this configuration.
        let parts = config.parts(agency).ok();
        let parts = parts.as_ref();
        Self {
            role,
            files: parts
                .zip(role)
                .and_then(|(parts, role)| parts.tls_files(role)),
            anchors: parts.and_then(|parts| parts.server_anchors_file()),
        }
    }

    /// Members are null where there is nothing.
    pub(super) fn as_json(&self) -> Value {
        json!({
            "role": self.role,
            "certificate": self.certificates(),
            "key": self.private_key(),
            "anchors": self.anchors(),
        })
    }

    /// Names and values for people.
    pub(super) fn facts(&self) -> [(&'static str, String); 4] {
        let or_none = |text: Option<String>| text.unwrap_or_else(|| "none".to_owned());
        [
            ("TLS key role", or_none(self.role.map(str::to_owned))),
            ("TLS certificate", or_none(self.certificates())),
            ("TLS key", or_none(self.private_key())),
            ("TLS anchors", or_none(self.anchors())),
        ]
    }

    fn certificates(&self) -> Option<String> {
        let files = self.files.as_ref()?;
        Some(files.certificates.display().to_string())
    }

    fn private_key(&self) -> Option<String> {
        let files = self.files.as_ref()?;
        Some(files.private_key.display().to_string())
    }

    fn anchors(&self) -> Option<String> {
        Some(self.anchors.as_ref()?.display().to_string())
    }
}
