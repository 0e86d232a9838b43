// SPDX-License-Identifier: Apache-2.0
//! Documents with signatures that the project's own signing does not make.

use aws_lc_rs::digest;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::super::backend::{Key, sha};

const NAMESPACE: &str = "http://www.w3.org/2000/09/xmldsig#";
const EXCLUSIVE: &str = "http://www.w3.org/2001/10/xml-exc-c14n#";

/// A reference, and the octets that it comes to: written down, not computed by what is judged.
struct Reference<'r> {
    uri: &'r str,
    transforms: &'r [&'r str],
    octets: &'r str,
}

/// Comments count in references by pointer, in forms that keep them.
pub(super) fn comments() -> Vec<u8> {
    let element = "<commented Id=\"c\">a<!-- kept -->b</commented>";
    let signature = signature(
        &[Reference {
            uri: "#xpointer(id('c'))",
            transforms: &["http://www.w3.org/2001/10/xml-exc-c14n#WithComments"],
            octets: element,
        }],
        "",
    );
    format!("<r>{element}<other>x</other>{signature}</r>").into_bytes()
}

/// A text covered by what it encodes, beside an element that is required.
pub(super) fn encoded() -> Vec<u8> {
    let named = "<named ID=\"8\"><x></x>y</named>";
    let signature = signature(
        &[
            Reference {
                uri: "#e",
                transforms: &["http://www.w3.org/2000/09/xmldsig#base64"],
                octets: "what is encoded",
            },
            Reference {
                uri: "#8",
                transforms: &[EXCLUSIVE],
                octets: named,
            },
        ],
        "",
    );
    let text = STANDARD.encode("what is encoded");
    format!("<r>{signature}<e id='e'>\n{text}\n</e>{named}</r>").into_bytes()
}

/// A signature around what it signs, and of the default form: Canonical XML 1.0.
pub(super) fn referenced_object() -> Vec<u8> {
    let note = "<note xmlns=\"\">signed within</note>";
    let object = format!("<Object xmlns=\"{NAMESPACE}\" Id=\"object\">{note}</Object>");
    let reference = Reference {
        uri: "#object",
        transforms: &[],
        octets: &object,
    };
    let written = format!("<Object Id=\"object\">{note}</Object>");
    let signature = signature(&[reference], &written);
    format!("<r><note>not signed</note>{signature}</r>").into_bytes()
}

/// A signature by the pinned key. `SignedInfo` is written canonically, so that what is signed is what is written.
fn signature(references: &[Reference<'_>], objects: &str) -> String {
    let references: String = references.iter().map(Reference::written).collect();
    let signed = format!(
        "<SignedInfo xmlns=\"{NAMESPACE}\"><CanonicalizationMethod Algorithm=\"{EXCLUSIVE}\"></CanonicalizationMethod>\
         <SignatureMethod Algorithm=\"http://www.w3.org/2001/04/xmldsig-more#rsa-sha256\"></SignatureMethod>{references}</SignedInfo>"
    );
    let value = STANDARD.encode(Key::Pinned.sign(signed.as_bytes()));
    format!(
        "<Signature xmlns=\"{NAMESPACE}\">{signed}<SignatureValue>{value}</SignatureValue>{objects}</Signature>"
    )
}

impl Reference<'_> {
    fn written(&self) -> String {
        let transforms = self.transforms.iter();
        let transforms: String = transforms
            .map(|transform| format!("<Transform Algorithm=\"{transform}\"></Transform>"))
            .collect();
        let transforms = match transforms.as_str() {
            "" => transforms,
            _ => format!("<Transforms>{transforms}</Transforms>"),
        };
        let digest = STANDARD.encode(sha(&digest::SHA256, self.octets.as_bytes()));
        format!(
            "<Reference URI=\"{}\">{transforms}<DigestMethod Algorithm=\"http://www.w3.org/2001/04/xmlenc#sha256\"></DigestMethod>\
             <DigestValue>{digest}</DigestValue></Reference>",
            self.uri
        )
    }
}
