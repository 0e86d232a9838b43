// SPDX-License-Identifier: Apache-2.0
//! The inspector in the sandbox: a WS-Security message whose certificate travels as a token, judged by anchors alone.

use aws_lc_rs::{
    digest,
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair},
};
use canonical_xml::{Element, NoBlob, to_bytes};
use rcgen::{
    BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, KeyUsagePurpose,
    PKCS_ECDSA_P256_SHA256,
};
use serde_json::Value;
use silta::{
    AnchorSet, Blob, Deployment, Runtime, TrustStore,
    exchange::{Answer, Outcome, Response, RetryClass, Sending},
};
use soap::Version;
use ws_security::{Outgoing, Signing, prepare};
use xml_signature::SignatureAlgorithm;

use crate::support::host::compiled;

/// An authority, and a signer it has certified.
struct Signer {
    authority: String,
    certificate: Vec<u8>,
    key: EcdsaKeyPair,
}

impl Signer {
    fn new() -> Self {
        let authority_key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).unwrap();
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params
            .distinguished_name
            .push(DnType::CommonName, "Test authority");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
        let authority = params.self_signed(&authority_key).unwrap().pem();
        let issuer = Issuer::new(params, authority_key);

        let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).unwrap();
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params
            .distinguished_name
            .push(DnType::CommonName, "Test signer");
        params.use_authority_key_identifier_extension = true;
        let certificate = params.signed_by(&key, &issuer).unwrap().der().to_vec();
        let key = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, key.serialized_der());
        Self {
            authority,
            certificate,
            key: key.unwrap(),
        }
    }

    fn message(&self) -> String {
        let body = Element::new("urn:example:order", "Order").with_text("two pieces");
        let message: Outgoing<NoBlob> = Outgoing {
            version: Version::V11,
            headers: Vec::new(),
            body: vec![body],
        };
        let signing = Signing::new(
            SignatureAlgorithm::EcdsaSha256,
            self.certificate.clone(),
            "2026-01-31T12:00:00Z".parse().unwrap(),
            "1",
        );
        let sha256 = |bytes: Vec<u8>| digest::digest(&digest::SHA256, &bytes).as_ref().to_vec();
        let prepared = prepare(message, signing, |_, part| to_bytes(part).map(sha256)).unwrap();
        let value = self.key.sign(&SystemRandom::new(), prepared.signed_info());
        let message = prepared.complete(value.unwrap().as_ref()).unwrap();
        String::from_utf8(to_bytes(&message).unwrap()).unwrap()
    }
}

/// Has the body's signature judged, with these anchors.
fn judge(anchors: &str, message: &str) -> Outcome {
    let signers = AnchorSet::new()
        .with_anchors_pem(anchors.as_bytes())
        .unwrap();
    let deployment = Deployment::from_bytes(artifacts::XML_INSPECTOR.bytes)
        .with_settings(r#"{"required": ["/Envelope/Body"]}"#)
        .with_trust(TrustStore::new().with("signers", signers));
    let runtime = Runtime::builder()
        .concurrent_calls(1)
        .keep_compiled_in(compiled())
        .build()
        .unwrap();
    let inspector = runtime.deploy("xml-inspector", deployment).unwrap();
    let response = Response::Answered(Answer {
        status: 200,
        headers: Vec::new(),
        body: Blob::from(message.as_bytes().to_vec()),
    });
    inspector
        .parse("verify", response, Sending::default())
        .unwrap()
}

#[test]
fn a_token_beside_the_signature_is_judged_by_the_anchors() {
    let signer = Signer::new();
    let message = signer.message();
    let outcome = judge(&signer.authority, &message);
    assert_eq!(outcome.code, "signature.valid", "{}", outcome.text);
    assert_eq!(outcome.class, RetryClass::Done);
    let report: Value = serde_json::from_str(&outcome.events[0].data).unwrap();
    assert_eq!(report["signer"]["commonName"], "Test signer");
    assert_eq!(report["signer"]["pinned"], false);
    let covered: Vec<_> = report["covered"].as_array().unwrap().iter().collect();
    assert!(covered.iter().any(|part| part["path"] == "/Envelope/Body"));

    // Another authority vouches for nobody here.
    let outcome = judge(&Signer::new().authority, &message);
    assert_eq!(outcome.code, "signature.untrusted", "{}", outcome.text);
    assert_eq!(outcome.class, RetryClass::Denied);
}

#[test]
fn a_message_is_refused_for_what_is_wrong_with_it() {
    let signer = Signer::new();
    let message = signer.message();
    #[rustfmt::skip]
    let rows = [
        ("two pieces", "ten pieces", "signature.digest-mismatch"),
        ("BinarySecurityToken", "BinaryToken", "ws-security.token-misplaced"),
        ("<wsse:Reference URI=\"#", "<wsse:Reference URI=\"", "ws-security.token-external"),
        ("<wsse:Reference URI=\"#", "<wsse:Reference URI=\"#x", "ws-security.token-not-found"),
    ];
    for (from, to, code) in rows {
        let changed = message.replace(from, to);
        assert_ne!(changed, message, "{from}");
        let outcome = judge(&signer.authority, &changed);
        assert_eq!(outcome.code, code, "{}", outcome.text);
        assert!(outcome.documents.is_empty());
    }
}
