//! Documents that would have the program fetch, expand, compute or misread something.

use super::scene::{Authority, Reader, Sender, replaced};

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

    fn code_of(&self, bytes: &[u8]) -> String {
        let verdict = self.reader.verify(bytes, "");
        assert_eq!(verdict.exit, 3, "{}", verdict.report);
        assert_eq!(verdict.report["valid"], false);
        verdict.report["code"].as_str().unwrap().to_owned()
    }
}

#[test]
fn a_document_type_or_entity() {
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
    assert_eq!(scene.code_with("two pieces", "&a;"), "xml.entity");
}

#[test]
fn a_reference_out_of_the_document_or_a_transform_that_computes() {
    let scene = Scene::new();
    let secret = scene.reader.path("trusted.pem");
    let uri = format!(" URI=\"file://{}\"", secret.display());
    assert_eq!(
        scene.code_with(" URI=\"\"", &uri),
        "signature.reference-external"
    );
    let xslt = "http://www.w3.org/TR/1999/REC-xslt-19991116";
    let enveloped = "http://www.w3.org/2000/09/xmldsig#enveloped-signature";
    assert_eq!(
        scene.code_with(enveloped, xslt),
        "signature.transform-not-allowed"
    );
}

#[test]
fn an_algorithm_off_the_list() {
    let scene = Scene::new();
    let algorithm = "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256";
    for (other, code) in [
        (
            "http://www.w3.org/2001/04/xmldsig-more#hmac-sha256",
            "signature.algorithm-not-allowed",
        ),
        (
            "http://www.w3.org/2000/09/xmldsig#rsa-sha1",
            "signature.sha1-not-allowed",
        ),
        (
            "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256",
            "signature.key-unsuitable",
        ),
    ] {
        assert_eq!(scene.code_with(algorithm, other), code, "{other}");
    }
    let digest = "http://www.w3.org/2001/04/xmlenc#sha256";
    let sha1 = "http://www.w3.org/2000/09/xmldsig#sha1";
    // Switched on, it still is not what was signed.
    let text = replaced(&scene.sent, digest, sha1);
    assert_eq!(
        scene.reader.code(&text, "--allow-sha1"),
        "signature.mismatch"
    );
}

#[test]
fn a_comment_in_a_digest_and_one_in_a_text() {
    let scene = Scene::new();
    let comment = scene.code_with("<ds:DigestValue>", "<ds:DigestValue><!--AAAA-->");
    assert_eq!(comment, "signature.base64");
    assert_eq!(
        scene.code_with("two pieces", "two<!-- --> pieces"),
        "signature.valid"
    );
}

#[test]
fn bytes_that_read_differently() {
    let scene = Scene::new();
    let text = scene.sent.as_bytes();
    let utf16: Vec<u8> = scene
        .sent
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    let marked = scene
        .reader
        .verify(&[&[0xFF, 0xFE], &utf16[..]].concat(), "");
    assert_eq!(marked.exit, 0, "{}", marked.report);
    assert_eq!(marked.report["code"], "signature.valid");
    // Without the mark, and with that of the other order.
    assert_eq!(scene.code_of(&utf16), "xml.encoding");
    assert!(
        scene
            .code_of(&[&[0xFE, 0xFF], &utf16[..]].concat())
            .starts_with("xml.")
    );
    assert_eq!(
        scene.code_of(&[text, b"\0"].concat()),
        "xml.illegal-character"
    );
    assert_eq!(
        scene.code_of(&[text, b"<Order/>"].concat()),
        "xml.malformed"
    );
    assert_eq!(scene.code_of(b""), "xml.malformed");
}

#[test]
fn several_signatures_none_or_half_of_one() {
    let scene = Scene::new();
    let (start, end) = (
        scene.sent.find("<ds:Signature ").unwrap(),
        scene.sent.find("</Order>").unwrap(),
    );
    let signature = &scene.sent[start..end];
    assert_eq!(scene.code_with(signature, ""), "signature.missing");
    assert_eq!(
        scene.code_with(signature, &signature.repeat(2)),
        "signature.several"
    );
    let (start, end) = ("<ds:SignedInfo>", "</ds:SignedInfo>");
    let from = scene.sent.find(start).unwrap();
    let to = scene.sent.find(end).unwrap() + end.len();
    let signed_info = &scene.sent[from..to];
    let twice = scene.code_with(signed_info, &signed_info.repeat(2));
    assert_eq!(twice, "signature.structure");
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
