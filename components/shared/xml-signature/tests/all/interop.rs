// SPDX-License-Identifier: Apache-2.0
//! What we sign, libxmlsec1 verifies: every form with every kind of key.

use std::fs;

use canonical_xml::{Element, Name, NoBlob, to_bytes};
use xml_signature::{
    DigestAlgorithm, Reference, SignatureAlgorithm, Signing, VerificationDigest, insert_enveloped,
    prepare,
};

use xml_testkit::{Key, digest, tools};

/// Namespaces above the target that its canonical form must not show, and characters that need care.
const NAMESPACE: &str = "urn:example:request";

#[test]
fn rsa() {
    verify_all_forms(
        Key::rsa(),
        &[
            SignatureAlgorithm::RsaSha256,
            SignatureAlgorithm::RsaSha384,
            SignatureAlgorithm::RsaSha512,
        ],
    );
}

#[test]
fn ecdsa() {
    verify_all_forms(Key::p256(), &[SignatureAlgorithm::EcdsaSha256]);
}

#[test]
fn rsa_pss() {
    if !tools::are_installed(&["xmlsec1"]) {
        return;
    }
    // Many versions know none; OpenSSL verifies RSA-PSS in the interoperability tests of the program.
    if !xmlsec1_knows("rsa-pss") && !xmlsec1_knows("rsa-MGF1") {
        println!("skipped: this xmlsec1 does not know RSA-PSS");
        return;
    }
    verify_all_forms(Key::rsa(), &[SignatureAlgorithm::RsaPssSha256]);
}

fn verify_all_forms(key: &Key, algorithms: &[SignatureAlgorithm]) {
    if !tools::are_installed(&["xmlsec1"]) {
        return;
    }
    for &algorithm in algorithms {
        for hash in DigestAlgorithm::ALL {
            for prefix in [Some("ds"), None] {
                let style = Style {
                    algorithm,
                    hash,
                    prefix,
                };
                for (form, document) in [
                    ("content by Id", content_by_id(key, style)),
                    ("enveloped root", enveloped_root(key, style)),
                    ("enveloped by Id", enveloped_by_id(key, style)),
                ] {
                    let bytes = to_bytes(&document).unwrap();
                    assert!(verifies(key, &bytes), "{form}, {style:?}");
                    let tampered = String::from_utf8(bytes)
                        .unwrap()
                        .replace("3 &lt; 4", "3 &lt; 5");
                    assert!(
                        !verifies(key, tampered.as_bytes()),
                        "{form} tampered with, {style:?}"
                    );
                }
            }
        }
    }
}

#[derive(Clone, Copy, Debug)]
struct Style {
    algorithm: SignatureAlgorithm,
    hash: DigestAlgorithm,
    prefix: Option<&'static str>,
}

impl Style {
    fn digest(self, target: &Element) -> Vec<u8> {
        let digest_of = VerificationDigest::Current(self.hash);
        digest(digest_of, &to_bytes(target).unwrap())
    }

    fn sign(self, key: &Key, reference: Reference) -> Element {
        let prepared = prepare(Signing {
            certificates: vec![key.certificate.clone()],
            prefix: self.prefix.map(str::to_owned),
            ..Signing::new(self.algorithm, vec![reference])
        })
        .unwrap();
        let value = key.sign(self.algorithm, prepared.signed_info());
        prepared.complete(&value).unwrap()
    }
}

fn content() -> Element<NoBlob> {
    let name = |local| Name::new("urn:example:attribute", local).with_prefix("a");
    Element::new(NAMESPACE, "Content")
        .with_attribute("Id", "content-1")
        .with_qualified_attribute(name("kind"), "tab\t\"quoted\"\r\n<ä>")
        .with_child(Element::new("", "Plain").with_text("3 < 4 & 5 > 4\r\n"))
        .with_child(Element::new("urn:example:other", "Other").with_prefix("o"))
}

fn request() -> Element {
    Element::new("urn:example:outer", "Request")
        .with_prefix("o")
        .with_attribute("Id", "request-1")
        .with_child(content())
}

fn content_by_id(key: &Key, style: Style) -> Element {
    let reference = Reference::by_id("content-1", style.hash, style.digest(&content()));
    request().with_child(style.sign(key, reference))
}

fn enveloped_root(key: &Key, style: Style) -> Element {
    let mut document = request();
    let reference = Reference::enveloped_root(style.hash, style.digest(&document));
    insert_enveloped(&mut document, style.sign(key, reference));
    document
}

fn enveloped_by_id(key: &Key, style: Style) -> Element {
    let reference = Reference::enveloped_by_id("request-1", style.hash, style.digest(&request()));
    let mut request = request();
    insert_enveloped(&mut request, style.sign(key, reference));
    Element::new("urn:example:outermost", "Envelope").with_child(request)
}

fn verifies(key: &Key, document: &[u8]) -> bool {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("document.xml"), document).unwrap();
    fs::write(folder.path().join("certificate.der"), &key.certificate).unwrap();
    let output = tools::run(
        folder.path(),
        "xmlsec1 --verify --enabled-key-data x509 --id-attr:Id urn:example:request:Content \
         --id-attr:Id urn:example:outer:Request --trusted-der certificate.der document.xml",
    );
    println!("{}", String::from_utf8_lossy(&output.stderr));
    output.status.success()
}

fn xmlsec1_knows(transform: &str) -> bool {
    let folder = std::env::temp_dir();
    let transforms = tools::output(&folder, "xmlsec1 --list-transforms");
    String::from_utf8_lossy(&transforms).contains(transform)
}
