// SPDX-License-Identifier: Apache-2.0
//! The signatures of a package.

use base64::{Engine, engine::general_purpose::STANDARD};
use serde::{Deserialize, Serialize};

use crate::{error::SignaturesError, key::SigningKey};

/// Most bytes of a file of signatures, and most signatures in it.
const MOST_BYTES: usize = 16 << 10;
const MOST: usize = 16;

/// Bytes of a signature (RFC 8032 §5.1.6).
const SIZE: usize = 64;

/// The signatures of a package, a key each.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Signatures {
    signatures: Vec<Signature>,
}

/// One signature, of the statement of a manifest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Signature {
    /// Id of the key.
    pub key: String,
    /// Always Ed25519.
    algorithm: Algorithm,
    /// The signature in base64.
    signature: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
enum Algorithm {
    Ed25519,
}

impl Signatures {
    /// Reads a file of signatures.
    ///
    /// # Errors
    /// It is too large, no JSON of this form, or has something else than signatures.
    pub fn read(file: &[u8]) -> Result<Self, SignaturesError> {
        let too_large = |most, what| Err(SignaturesError::TooLarge { most, what });
        if file.len() > MOST_BYTES {
            return too_large(MOST_BYTES, "bytes");
        }
        let signatures: Self = serde_json::from_slice(file).map_err(SignaturesError::Json)?;
        if signatures.signatures.len() > MOST {
            return too_large(MOST, "signatures");
        }
        let mut each = signatures.signatures.iter();
        match each.position(|signature| signature.bytes().is_none()) {
            Some(position) => Err(SignaturesError::Malformed {
                number: position + 1,
            }),
            None => Ok(signatures),
        }
    }

    /// As JSON, to be written to a file.
    pub fn to_json(&self) -> String {
        let text = serde_json::to_string_pretty(self).unwrap_or_default();
        text + "\n"
    }

    /// Each.
    pub fn iter(&self) -> impl Iterator<Item = &Signature> {
        self.signatures.iter()
    }

    /// Adds those of keys that have none here, as far as there is room.
    pub fn add(&mut self, others: &Self) {
        for other in &others.signatures {
            let is_known = self.iter().any(|known| known.key == other.key);
            if !is_known && self.signatures.len() < MOST {
                self.signatures.push(other.clone());
            }
        }
    }

    /// Adds that of a key, in the place of an earlier one of it.
    pub(crate) fn sign(&mut self, key: &SigningKey, statement: &str) {
        let id = key.public().id();
        self.signatures.retain(|signature| signature.key != id);
        self.signatures.push(Signature {
            key: id,
            algorithm: Algorithm::Ed25519,
            signature: STANDARD.encode(key.sign(statement)),
        });
    }
}

impl Signature {
    /// Its 64 bytes; `None` if it has others.
    pub(crate) fn bytes(&self) -> Option<Vec<u8>> {
        let bytes = STANDARD.decode(&self.signature).ok()?;
        (bytes.len() == SIZE).then_some(bytes)
    }
}
