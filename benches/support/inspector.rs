// SPDX-License-Identifier: Apache-2.0
//! The component that looks into signed XML.

use anyhow::{Result, ensure};
use silta::{
    Agency, AnchorSet, Blob, Deployment, Keyring, RoleKey, Runtime, TrustStore,
    exchange::{Answer, Response, RetryClass, Sending},
};

use crate::key_and_certificate;

/// Bytes of memory that a call may use: documents are large.
const MEMORY: u64 = 64 << 20;

/// The inspector in service, with the benchmarks' key, and its certificate pinned.
pub struct Inspector(Agency);

impl Inspector {
    /// With these settings.
    ///
    /// # Errors
    /// When it is not accepted.
    pub fn new(settings: &str) -> Result<Self> {
        let (key, certificate) = key_and_certificate()?;
        let signer = RoleKey::from_pem(key.as_bytes(), certificate.as_bytes())?;
        let signers = AnchorSet::new().with_pins_pem(certificate.as_bytes())?;
        let deployment = Deployment::from_bytes(artifacts::XML_INSPECTOR.bytes)
            .with_settings(settings)
            .with_keyring(Keyring::new().with("signer", signer))
            .with_trust(TrustStore::new().with("signers", signers))
            .with_limits(silta::Limits {
                memory: MEMORY,
                ..silta::Limits::default()
            });
        let runtime = Runtime::builder().memory_ceiling(MEMORY).build()?;
        Ok(Self(runtime.deploy("xml-inspector", deployment)?))
    }

    /// `verify` or `sign` of a document; how many documents come out.
    ///
    /// # Errors
    /// When it is not done.
    pub fn run(&self, operation: &str, document: &Blob) -> Result<usize> {
        let response = Response::Answered(Answer {
            status: 200,
            headers: Vec::new(),
            body: document.clone(),
        });
        let outcome = self.0.parse(operation, response, Sending::default())?;
        ensure!(outcome.class == RetryClass::Done, "{}", outcome.text);
        Ok(outcome.documents.len())
    }
}
