// SPDX-License-Identifier: Apache-2.0
//! Algorithms: weaker ones, other ones, and names that look like one of the list.

use aws_lc_rs::hmac;
use canonical_xml::{Document, Limits};
use xml_signature::{DigestAlgorithm, Policy, SignatureAlgorithm, VerifyFailure, verify};

use crate::scene::{Sent, code, content, encode, signed_info, with_content, with_value};
use xml_testkit::{Key, Template, key_info, sign, sign_with};

const RSA_SHA256: &str = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256";
const SHA256: &str = "http://www.w3.org/2001/04/xmlenc#sha256";

/// The order, signed by the sender with these algorithms, whatever they are; unknown ones are taken for the usual ones.
fn order_with(signature: &str, digest: &str) -> String {
    let mut template = Template::enveloped(Key::rsa());
    template.algorithm = signature.to_owned();
    template.references = template.references.replace(SHA256, digest);
    let text = format!(
        "<Order xmlns=\"urn:o\"><Note>two pieces</Note>{}</Order>",
        template.text()
    );
    sign(&text, Key::rsa())
}

/// Algorithm confusion: whoever takes the name from the message and the key from the certificate computes the attacker's HMAC.
#[test]
fn hmac_with_the_public_key_as_secret() {
    let sent = Sent::order();
    let (certificate, public) = (&Key::rsa().certificate, &Key::rsa().public);
    let pem = format!(
        "-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n",
        encode(public)
    );
    let secrets = [&certificate[..], &public[..], pem.as_bytes(), b""];
    #[rustfmt::skip]
    let rows = [
        ("http://www.w3.org/2000/09/xmldsig#hmac-sha1", hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY),
        ("http://www.w3.org/2001/04/xmldsig-more#hmac-sha256", hmac::HMAC_SHA256),
        ("http://www.w3.org/2001/04/xmldsig-more#hmac-sha384", hmac::HMAC_SHA384),
        ("http://www.w3.org/2001/04/xmldsig-more#hmac-sha512", hmac::HMAC_SHA512),
    ];
    for (uri, algorithm) in rows {
        for secret in secrets {
            let forged = sent
                .with(RSA_SHA256, uri)
                .replace("two pieces", "ten pieces");
            let forged = sign(
                &with_content(&forged, "ds:DigestValue", ""),
                Key::other_rsa(),
            );
            let key = hmac::Key::new(algorithm, secret);
            let forged = with_value(&forged, |bytes| hmac::sign(&key, bytes).as_ref().to_vec());
            let tag = crate::scene::decode(content(&forged, "ds:SignatureValue"));
            // It is the right HMAC: only the list stands between it and acceptance.
            hmac::verify(&key, &signed_info(&forged), &tag).unwrap();
            assert_eq!(
                sent.code(&forged),
                "signature.algorithm-not-allowed",
                "{uri}"
            );
        }
    }
}

/// A refusal names a registered algorithm, and repeats nothing that anybody may have written in its place.
#[test]
fn what_is_not_supported_is_named() {
    let sent = Sent::order();
    #[rustfmt::skip]
    let rows = [
        ("http://www.w3.org/2021/04/xmldsig-more#eddsa-ed25519", Some("Ed25519")),
        ("http://www.w3.org/2007/05/xmldsig-more#rsa-pss", Some("RSASSA-PSS with parameters in the document")),
        ("urn:010190-999P", None),
    ];
    for (uri, name) in rows {
        let text = sent.with(RSA_SHA256, uri);
        let document = Document::parse(text.as_bytes(), &Limits::default()).unwrap();
        let error = match verify(&document, &sent.policy, &mut sent.backend()) {
            Err(VerifyFailure::Refused(error)) => error,
            other => panic!("{other:?}"),
        };
        assert_eq!(error.code(), "signature.algorithm-not-allowed");
        assert_eq!(error.unsupported, name);
        assert_eq!(
            error.message().contains("is not supported here"),
            name.is_some()
        );
        assert!(
            error
                .message()
                .contains(name.unwrap_or("the sender has to use RSA or ECDSA"))
        );
        assert!(!error.to_string().contains(uri));
    }
}

/// It is a limit of ours and no fault in the structure; the salt that the parameters name is told, and nothing else of them.
#[test]
fn pss_with_parameters_is_named_with_its_salt() {
    const PSS: &str = "http://www.w3.org/2007/05/xmldsig-more#";
    let sent = Sent::order();
    let method = format!("<ds:SignatureMethod Algorithm=\"{RSA_SHA256}\"/>");
    for (salt, told) in [
        ("<p:SaltLength>20</p:SaltLength>", "a salt of 20 bytes"),
        (
            "<p:SaltLength>010190-999P</p:SaltLength>",
            "no salt length that is a number",
        ),
        ("", "no salt length that is a number"),
    ] {
        let parameters = format!(
            "<ds:SignatureMethod Algorithm=\"{PSS}rsa-pss\"><p:RSAPSSParams xmlns:p=\"{PSS}\">\
             <ds:DigestMethod Algorithm=\"{SHA256}\"/>{salt}</p:RSAPSSParams></ds:SignatureMethod>"
        );
        let text = sent.with(&method, &parameters);
        let document = Document::parse(text.as_bytes(), &Limits::default()).unwrap();
        let error = match verify(&document, &sent.policy, &mut sent.backend()) {
            Err(VerifyFailure::Refused(error)) => error,
            other => panic!("{other:?}"),
        };
        assert_eq!(error.code(), "signature.algorithm-not-allowed");
        let message = error.message();
        let begin = "RSASSA-PSS with parameters in the document is not supported here: ";
        assert!(message.starts_with(begin), "{message}");
        assert!(message.contains(told), "{message}");
        assert!(message.contains("#sha256-rsa-MGF1"), "{message}");
        assert!(!message.contains("999P"));
    }
    // Parameters of anything else are an element where none may be.
    let parameters = format!(
        "<ds:SignatureMethod Algorithm=\"{RSA_SHA256}\"><p:RSAPSSParams xmlns:p=\"{PSS}\"/></ds:SignatureMethod>"
    );
    assert_eq!(
        sent.code(&sent.with(&method, &parameters)),
        "signature.structure"
    );
}

/// CVE-2009-0217.
#[test]
fn hmac_of_no_length() {
    let sent = Sent::order();
    let uri = "http://www.w3.org/2001/04/xmldsig-more#hmac-sha256";
    let method = format!("<ds:SignatureMethod Algorithm=\"{RSA_SHA256}\"/>");
    for length in ["0", "1", "8", "256"] {
        let truncated = format!(
            "<ds:SignatureMethod Algorithm=\"{uri}\"><ds:HMACOutputLength>{length}</ds:HMACOutputLength></ds:SignatureMethod>"
        );
        let forged = with_content(&sent.with(&method, &truncated), "ds:SignatureValue", "");
        assert_eq!(sent.code(&forged), "signature.structure");
    }
}

#[test]
fn sha_1_is_refused_unless_switched_on() {
    let sent = Sent::order();
    let sha1 = "http://www.w3.org/2000/09/xmldsig#sha1";
    let rsa_sha1 = "http://www.w3.org/2000/09/xmldsig#rsa-sha1";
    let digest_only = order_with(RSA_SHA256, sha1);
    assert_eq!(sent.code(&digest_only), "signature.sha1-not-allowed");
    let allowing = Policy {
        allow_sha1: true,
        ..Policy::default()
    };
    assert_eq!(
        code(digest_only.as_bytes(), &allowing, &mut sent.backend()),
        "valid"
    );

    let mut template = Template::enveloped(Key::rsa());
    template.algorithm = rsa_sha1.to_owned();
    let text = format!("<Order>{}</Order>", template.text());
    let Some(signed) = sign_with(&text, Key::rsa()) else {
        println!(
            "not tested in part: the program `openssl`, which would sign with SHA-1, is not installed"
        );
        return;
    };
    assert_eq!(
        code(signed.as_bytes(), &allowing, &mut sent.backend()),
        "valid"
    );
    assert_eq!(sent.code(&signed), "signature.sha1-not-allowed");
}

/// Switching SHA-1 on does not turn a signature with SHA-256 into one with SHA-1, nor let anything else in.
#[test]
fn sha_1_switched_on_lets_in_nothing_else() {
    let sent = Sent::order();
    let allowing = Policy {
        allow_sha1: true,
        ..Policy::default()
    };
    let code = |text: &str| code(text.as_bytes(), &allowing, &mut sent.backend());
    let weakened = sent.with(RSA_SHA256, "http://www.w3.org/2000/09/xmldsig#rsa-sha1");
    assert_eq!(code(&weakened), "signature.mismatch");
    let weakened = sent.with(SHA256, "http://www.w3.org/2000/09/xmldsig#sha1");
    assert_eq!(code(&weakened), "signature.mismatch");
    for uri in [
        "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha1",
        "http://www.w3.org/2000/09/xmldsig#dsa-sha1",
        "http://www.w3.org/2000/09/xmldsig#hmac-sha1",
        "http://www.w3.org/2007/05/xmldsig-more#sha1-rsa-MGF1",
        "http://www.w3.org/2001/04/xmldsig-more#rsa-md5",
    ] {
        assert_eq!(
            code(&order_with(uri, SHA256)),
            "signature.algorithm-not-allowed",
            "{uri}"
        );
    }
}

#[test]
fn signature_algorithms_off_the_list() {
    let sent = Sent::order();
    assert_eq!(sent.code(&order_with(RSA_SHA256, SHA256)), "valid");
    for uri in [
        "",
        "none",
        "rsa-sha256",
        "#rsa-sha256",
        "http://www.w3.org/2000/09/xmldsig#dsa-sha1",
        "http://www.w3.org/2009/xmldsig11#dsa-sha256",
        "http://www.w3.org/2001/04/xmldsig-more#rsa-md5",
        "http://www.w3.org/2001/04/xmldsig-more#rsa-ripemd160",
        "http://www.w3.org/2001/04/xmldsig-more#rsa-sha224",
        "http://www.w3.org/2007/05/xmldsig-more#rsa-pss",
        "http://www.w3.org/2021/04/xmldsig-more#eddsa-ed25519",
        // Never defined, or of another namespace.
        "http://www.w3.org/2000/09/xmldsig#rsa-sha256",
        "http://www.w3.org/2001/04/xmlenc#rsa-sha256",
        "http://attacker.example/2001/04/xmldsig-more#rsa-sha256",
        "http://attacker.example/?http://www.w3.org/2001/04/xmldsig-more#rsa-sha256",
        // Nearly.
        "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256 ",
        " http://www.w3.org/2001/04/xmldsig-more#rsa-sha256",
        "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256&#10;",
        "http://www.w3.org/2001/04/xmldsig-more#RSA-SHA256",
        "HTTP://www.w3.org/2001/04/xmldsig-more#rsa-sha256",
        "https://www.w3.org/2001/04/xmldsig-more#rsa-sha256",
        "http://www.w3.org/2001/04/xmldsig-more#rsa%2Dsha256",
        "http://www.w3.org/2001/04/xmldsig-more##rsa-sha256",
        "http://www.w3.org/2001/04/xmldsig-more#rsa-sha2560",
        "http://www.w3.org/2001/04/xmldsig-more#rsa-sha25",
        "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256\u{200B}",
        "http://www.w3.org/2001/04/xmldsig-more#rsа-sha256",
        // A digest or canonicalisation in its place.
        "http://www.w3.org/2001/04/xmlenc#sha256",
        "http://www.w3.org/2001/10/xml-exc-c14n#",
    ] {
        let text = order_with(uri, SHA256);
        assert_eq!(sent.code(&text), "signature.algorithm-not-allowed", "{uri}");
    }
    // The same identifier, written with references, is the same.
    let written = order_with(&RSA_SHA256.replace("rsa", "&#114;&#x73;a"), SHA256);
    assert_eq!(sent.code(&written), "valid");
}

#[test]
fn digest_algorithms_off_the_list() {
    let sent = Sent::order();
    for uri in [
        "",
        "sha256",
        "http://www.w3.org/2001/04/xmldsig-more#md5",
        "http://www.w3.org/2001/04/xmldsig-more#sha224",
        "http://www.w3.org/2001/04/xmlenc#ripemd160",
        "http://www.w3.org/2007/05/xmldsig-more#sha3-256",
        // Undefined, and met in the wild.
        "http://www.w3.org/2001/04/xmlenc#sha384",
        "http://www.w3.org/2001/04/xmldsig-more#sha256",
        "http://www.w3.org/2000/09/xmldsig#sha256",
        "http://www.w3.org/2001/04/xmlenc#SHA256",
        "http://www.w3.org/2001/04/xmlenc#sha256 ",
        "&#9;http://www.w3.org/2001/04/xmlenc#sha256",
        RSA_SHA256,
    ] {
        let text = order_with(RSA_SHA256, uri);
        assert_eq!(sent.code(&text), "signature.algorithm-not-allowed", "{uri}");
    }
}

#[test]
fn another_algorithm_of_the_list_than_it_was_signed_with() {
    let sent = Sent::order();
    for algorithm in SignatureAlgorithm::ALL {
        let uri = algorithm.uri();
        // Named in what is signed, so that it is already a change.
        let code = match uri {
            RSA_SHA256 => continue,
            _ if uri.contains("ecdsa") => "signature.value-length",
            _ => "signature.mismatch",
        };
        assert_eq!(sent.code_with(RSA_SHA256, uri), code, "{uri}");
    }
    for digest in [DigestAlgorithm::Sha384, DigestAlgorithm::Sha512] {
        assert_eq!(sent.code_with(SHA256, digest.uri()), "signature.mismatch");
    }
}

/// The name in `SignedInfo` decides, whatever the value was made with.
#[test]
fn pss_under_the_name_of_pkcs_1_and_the_other_way_round() {
    let sent = Sent::order();
    let padded = [
        SignatureAlgorithm::RsaSha256,
        SignatureAlgorithm::RsaPssSha256,
    ];
    for named in SignatureAlgorithm::ALL {
        if named.uri().contains("ecdsa") {
            continue;
        }
        let text = order_with(named.uri(), SHA256);
        assert_eq!(sent.code(&text), "valid", "{named:?}");
        for used in padded.into_iter().chain([SignatureAlgorithm::RsaSha512]) {
            if used == named {
                continue;
            }
            let text = with_value(&text, |bytes| Key::rsa().sign(used, bytes));
            assert_eq!(sent.code(&text), "signature.mismatch", "{named:?} {used:?}");
        }
    }
}

/// The key decides too: an algorithm is for one kind.
#[test]
fn the_algorithm_of_another_kind_of_key() {
    let text = |key: &Key, algorithm: SignatureAlgorithm| {
        let mut template = Template::enveloped(key);
        template.algorithm = algorithm.uri().to_owned();
        format!("<Order>{}</Order>", template.text())
    };
    // An RSA value with the certificate of a curve.
    let rsa = Sent::new(&text(Key::rsa(), SignatureAlgorithm::RsaSha256), &[]);
    let curve = Sent::by(
        Key::p256(),
        &text(Key::p256(), SignatureAlgorithm::EcdsaSha256),
        &[],
    );
    let certificate = |key: &Key| key_info(&[&key.certificate]);
    let other = rsa.with(&certificate(Key::rsa()), &certificate(Key::p256()));
    let judged = code(other.as_bytes(), &curve.policy, &mut curve.backend());
    assert_eq!(judged, "signature.key-unsuitable");
    // An ECDSA value with the certificate of an RSA key.
    let other = curve.with(&certificate(Key::p256()), &certificate(Key::rsa()));
    let judged = code(other.as_bytes(), &rsa.policy, &mut rsa.backend());
    assert_eq!(judged, "signature.key-unsuitable");
}
