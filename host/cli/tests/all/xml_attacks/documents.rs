// SPDX-License-Identifier: Apache-2.0
//! Documents that would have the program fetch, expand, compute or misread something: one for each kind of refusal, since the sandbox's limits and
//! the program's options are in between.

use xml_testkit::Authority;

use super::scene::{Reader, Sender, replaced};

struct Scene {
    reader: Reader,
    sent: String,
}

impl Scene {
    fn new() -> Self {
        let authority = Authority::new("Trusted authority");
        let scene = Self {
            reader: Reader::trusting(&authority),
            sent: Sender::new("Alice", &authority).order("two pieces"),
        };
        assert_eq!(scene.reader.code(&scene.sent, ""), "signature.valid");
        scene
    }

    fn code_with(&self, from: &str, to: &str) -> String {
        self.reader.code(&replaced(&self.sent, from, to), "")
    }
}

#[test]
fn a_file_that_an_entity_names_is_not_read() {
    let scene = Scene::new();
    let secret = scene.reader.path("secret");
    std::fs::write(&secret, "SECRET").unwrap();
    let doctype = format!(
        "<!DOCTYPE Order [<!ENTITY a SYSTEM \"file://{}\">]>",
        secret.display()
    );
    let text = format!("{doctype}{}", replaced(&scene.sent, "two pieces", "&a;"));
    let verdict = scene.reader.verify(text.as_bytes(), "--explain");
    assert_eq!(verdict.report["code"], "xml.document-type");
    assert!(!verdict.report.to_string().contains("SECRET"));
}

#[test]
fn what_cannot_count_is_refused_by_its_name() {
    let scene = Scene::new();
    let sha256 = "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256";
    let hmac = "http://www.w3.org/2001/04/xmldsig-more#hmac-sha256";
    let external = format!(" URI=\"file://{}\"", scene.reader.path("x").display());
    let start = scene.sent.find("<ds:Signature ").unwrap();
    let signature = &scene.sent[start..scene.sent.find("</Order>").unwrap()];
    for (from, to, code) in [
        ("two pieces", "ten pieces", "signature.digest-mismatch"),
        (" URI=\"\"", &external, "signature.reference-external"),
        (sha256, hmac, "signature.algorithm-not-allowed"),
        (signature, "", "signature.missing"),
        (signature, &signature.repeat(2), "signature.several"),
        // Nobody signs comments, and nobody reads them.
        ("two pieces", "two<!-- --> pieces", "signature.valid"),
    ] {
        assert_eq!(scene.code_with(from, to), code);
    }
}

#[test]
fn sha_1_counts_where_it_is_allowed_only() {
    let scene = Scene::new();
    let digest = "http://www.w3.org/2001/04/xmlenc#sha256";
    let sha1 = "http://www.w3.org/2000/09/xmldsig#sha1";
    assert_eq!(scene.code_with(digest, sha1), "signature.sha1-not-allowed");
    // Switched on, it still is not what was signed.
    let text = replaced(&scene.sent, digest, sha1);
    let code = scene.reader.code(&text, "--allow-sha1");
    assert_eq!(code, "signature.mismatch");
}

#[test]
fn bytes_that_read_differently() {
    let scene = Scene::new();
    let utf16 = scene.sent.encode_utf16().flat_map(u16::to_le_bytes);
    let utf16: Vec<u8> = utf16.collect();
    let marked = [&[0xFF, 0xFE], &utf16[..]].concat();
    for (bytes, exit, code) in [
        (&marked, 0, "signature.valid"),
        (&utf16, 3, "xml.encoding"),
        (&Vec::new(), 3, "xml.malformed"),
    ] {
        let verdict = scene.reader.verify(bytes, "");
        assert_eq!(verdict.exit, exit, "{}", verdict.report);
        assert_eq!(verdict.report["code"], code);
    }
}

#[test]
fn documents_made_to_cost() {
    let scene = Scene::new();
    let deep = format!("{}{}", "<a>".repeat(100_000), "</a>".repeat(100_000));
    assert_eq!(scene.code_with("two pieces", &deep), "xml.limit");
    let from = scene.sent.find("<ds:Reference ").unwrap();
    let to = scene.sent.find("</ds:SignedInfo>").unwrap();
    let reference = &scene.sent[from..to];
    let flood = scene.code_with(reference, &reference.repeat(10_000));
    assert_eq!(flood, "signature.too-many-references");
    // Ten megabytes of text that nobody signed cost a digest.
    let big = scene.code_with("two pieces", &"two pieces".repeat(1 << 20));
    assert_eq!(big, "signature.digest-mismatch");
}
