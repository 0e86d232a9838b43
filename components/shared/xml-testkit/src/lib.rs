// SPDX-License-Identifier: Apache-2.0
//! What tests of XML and of signatures share: documents in memory, keys, a verifier's backend on this machine, signing of
//! whatever text, and other people's programs.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test stops at the first surprise, and so does what it is made of"
)]

mod authority;
mod backend;
mod key;
mod memory;
mod template;
pub mod tools;

pub use authority::{Authority, NOW, SERIAL};
pub use backend::{FindPath, Native, digest, form_digest};
pub use key::{Key, Kind, pem};
pub use memory::{Failure, Gathered, Memory};
pub use template::{BASE64, EXCLUSIVE, INCLUSIVE, Template, key_info, sign, sign_with};

use canonical_xml::{Document, Limits};
use xml_signature::{CoveredElement, Policy, VerifyErrorKind, VerifyFailure};

/// A document of the text, which has to be well-formed.
pub fn document(text: &str) -> Document<'_> {
    Document::parse(text.as_bytes(), &Limits::default()).unwrap()
}

/// Verifies the one signature of a text, trusting the certificate of `key`: the paths of what is covered, or why not.
pub fn verify(text: &str, key: &Key, policy: &Policy) -> Result<Vec<String>, VerifyErrorKind> {
    let document = document(text);
    let mut backend = Native::trusting(key);
    match xml_signature::verify(&document, policy, &mut backend) {
        Ok(verified) => Ok(verified.covered().iter().map(|part| part.path()).collect()),
        Err(VerifyFailure::Refused(error)) => {
            println!("{error}");
            Err(error.kind)
        }
        Err(VerifyFailure::Backend(never)) => match never {},
    }
}

/// What a caller would see of a text: the code of the refusal, or `valid`.
pub fn code(text: &str, key: &Key, policy: &Policy) -> &'static str {
    verify(text, key, policy).map_or_else(|kind| kind.code(), |_| "valid")
}

/// A policy that requires these paths.
pub fn requiring(paths: &[&str]) -> Policy {
    Policy {
        required: paths.iter().map(|path| path.parse().unwrap()).collect(),
        ..Policy::default()
    }
}

/// All that can be read of an element that is covered: names, attributes by their names, texts, elements.
pub fn told(element: CoveredElement<'_>) -> String {
    let attributes = element.attributes();
    let mut attributes: Vec<_> = attributes
        .map(|attribute| format!(" {attribute:?}={}", attribute.value()))
        .collect();
    attributes.sort();
    let text = element.text().to_str().unwrap();
    let children: String = element.children().map(told).collect();
    format!("<{element:?}{}>{text}{children}</>", attributes.concat())
}
