// SPDX-License-Identifier: Apache-2.0
//! Which signatures verify.

use rcgen::{PKCS_ECDSA_P384_SHA384, PKCS_ED25519, PKCS_RSA_SHA256, PublicKeyData};

use super::{
    samples::{self, decoded},
    *,
};
use crate::keys::{RoleKey, SignatureAlgorithm};
use VerificationAlgorithm as A;

/// What the samples are signatures of.
const BYTES: &[u8] = b"bytes";

fn make(algorithm: &'static rcgen::SignatureAlgorithm) -> (RoleKey, Certificate, KeyPair) {
    let key = KeyPair::generate_for(algorithm).unwrap();
    let certificate = params("Test signer").self_signed(&key).unwrap();
    let role = RoleKey::from_pem(key.serialize_pem().as_bytes(), certificate.pem().as_bytes());
    (role.unwrap(), certificate, key)
}

#[test]
fn signatures_verify_with_the_right_key_and_algorithm_only() {
    let (rsa, certificate, _) = make(&PKCS_RSA_SHA256);
    let signature = rsa
        .sign(SignatureAlgorithm::RsaSha256, &BYTES.into())
        .unwrap();
    let store = TrustStore::new();
    let verify = |algorithm, bytes: &[u8], signature: &[u8]| {
        store.verify(algorithm, certificate.der(), bytes, signature)
    };
    assert_eq!(verify(A::RsaSha256, BYTES, &signature), Ok(()));
    assert_eq!(
        verify(A::RsaSha256, b"other", &signature),
        Err(VerifyError::Mismatch)
    );
    for algorithm in [A::RsaSha384, A::RsaSha512, A::RsaPssSha256] {
        assert_eq!(
            verify(algorithm, BYTES, &signature),
            Err(VerifyError::Mismatch)
        );
    }
    assert_eq!(
        verify(A::EcdsaSha256, BYTES, &signature),
        Err(VerifyError::KeyUnsuitable)
    );
}

#[test]
fn pss_verifies_with_each_digest() {
    let (rsa, certificate, _) = make(&PKCS_RSA_SHA256);
    let store = TrustStore::new();
    for (made, verified) in [
        (SignatureAlgorithm::RsaPssSha256, A::RsaPssSha256),
        (SignatureAlgorithm::RsaPssSha384, A::RsaPssSha384),
        (SignatureAlgorithm::RsaPssSha512, A::RsaPssSha512),
    ] {
        let signature = rsa.sign(made, &BYTES.into()).unwrap();
        for algorithm in [A::RsaPssSha256, A::RsaPssSha384, A::RsaPssSha512] {
            let result = store.verify(algorithm, certificate.der(), BYTES, &signature);
            assert_eq!(result.is_ok(), algorithm == verified, "{made:?}");
        }
    }
}

#[test]
fn a_key_verifies_with_and_without_its_certificate() {
    let (p384, certificate, key) = make(&PKCS_ECDSA_P384_SHA384);
    let signature = p384
        .sign(SignatureAlgorithm::EcdsaP384Sha384, &BYTES.into())
        .unwrap();
    let verify = |key: &[u8]| TrustStore::new().verify(A::EcdsaSha384, key, BYTES, &signature);
    let bare = key.subject_public_key_info();
    assert_eq!(verify(certificate.der()), Ok(()));
    assert_eq!(verify(&bare), Ok(()));
    let unreadable = Err(VerifyError::KeyUnreadable);
    for der in [certificate.der(), bare.as_slice()] {
        // Not the whole of it, and not it alone.
        assert_eq!(verify(&der[..der.len() - 1]), unreadable);
        assert_eq!(verify(&[der, &[0]].concat()), unreadable);
        assert_eq!(verify(&[der, der].concat()), unreadable);
    }
    assert_eq!(verify(b""), unreadable);
    assert_eq!(verify(b"no certificate"), unreadable);
    let ed25519 = KeyPair::generate_for(&PKCS_ED25519).unwrap();
    assert_eq!(
        verify(&ed25519.subject_public_key_info()),
        Err(VerifyError::KeyUnsuitable)
    );
}

#[test]
fn ecdsa_verifies_on_each_curve_with_each_digest() {
    let store = TrustStore::new();
    #[rustfmt::skip]
    let rows = [
        (samples::P256, [samples::P256_SHA256, samples::P256_SHA384, samples::P256_SHA512]),
        (samples::P384, [samples::P384_SHA256, samples::P384_SHA384, samples::P384_SHA512]),
        (samples::P521, [samples::P521_SHA256, samples::P521_SHA384, samples::P521_SHA512]),
    ];
    for (key, signatures) in rows {
        let key = decoded(key);
        let algorithms = [A::EcdsaSha256, A::EcdsaSha384, A::EcdsaSha512];
        for (signature, right) in signatures.iter().zip(algorithms) {
            let signature = decoded(signature);
            for algorithm in algorithms {
                let result = store.verify(algorithm, &key, BYTES, &signature);
                assert_eq!(result.is_ok(), algorithm == right, "{right:?}");
                let other = store.verify(algorithm, &key, b"other", &signature);
                assert_eq!(other, Err(VerifyError::Mismatch));
            }
            assert_ecdsa_form_counts(&store, right, &key, &signature);
        }
        let result = store.verify(A::RsaSha256, &key, BYTES, &[0; 256]);
        assert_eq!(result, Err(VerifyError::KeyUnsuitable));
    }
}

/// The same two numbers in any other form are no signature.
fn assert_ecdsa_form_counts(store: &TrustStore, algorithm: A, key: &[u8], signature: &[u8]) {
    let half = signature.len() / 2;
    let (r, s) = signature.split_at(half);
    let integer = |number: &[u8]| [&[2, half as u8 + 1, 0], number].concat();
    let zero = vec![0; half];
    #[rustfmt::skip]
    let forms = [
        [&[0x30, 2 * (half as u8 + 3)], integer(r).as_slice(), &integer(s)].concat(),
        [&[0], r, &[0], s].concat(),
        [r, s, &[0]].concat(),
        [r, &s[..half - 1]].concat(),
        [s, r].concat(),
        [&zero, s].concat(),
        [r, &zero].concat(),
        Vec::new(),
    ];
    for form in forms {
        let result = store.verify(algorithm, key, BYTES, &form);
        assert_eq!(result, Err(VerifyError::Mismatch), "{form:02x?}");
    }
}

#[test]
fn an_rsa_signature_is_as_long_as_the_modulus() {
    let (rsa, certificate, _) = make(&PKCS_RSA_SHA256);
    let signature = rsa
        .sign(SignatureAlgorithm::RsaSha256, &BYTES.into())
        .unwrap();
    for form in [
        &signature[1..],
        &signature[..255],
        &[&[0], signature.as_slice()].concat(),
        &[signature.as_slice(), &[0]].concat(),
        &[],
    ] {
        let result = TrustStore::new().verify(A::RsaSha256, certificate.der(), BYTES, form);
        assert_eq!(result, Err(VerifyError::Mismatch));
    }
}

#[test]
fn sha1_verifies_only_where_switched_on() {
    let (key, signature) = (decoded(samples::RSA_2048), decoded(samples::RSA_2048_SHA1));
    let verify = |store: TrustStore, bytes| store.verify(A::RsaSha1, &key, bytes, &signature);
    let usual = verify(TrustStore::new().with_short_rsa(true), BYTES);
    assert_eq!(usual, Err(VerifyError::AlgorithmNotAllowed));
    let store = TrustStore::new().with_sha1(true);
    assert_eq!(verify(store.clone(), BYTES), Ok(()));
    assert_eq!(verify(store, b"other"), Err(VerifyError::Mismatch));
}

#[test]
fn short_rsa_keys_verify_only_where_switched_on_and_not_below_1024_bits() {
    let usual = TrustStore::new().with_sha1(true);
    let lenient = usual.clone().with_short_rsa(true);
    let short = Err(VerifyError::KeyTooShort);
    let unsupported = Err(VerifyError::Unsupported(
        "an RSA key of fewer than 2048 bits with any but PKCS#1 v1.5 and SHA-1, SHA-256 or SHA-512"
            .to_owned(),
    ));
    #[rustfmt::skip]
    let rows = [
        (samples::RSA_1024, samples::RSA_1024_SHA1, A::RsaSha1, Ok(())),
        (samples::RSA_1024, samples::RSA_1024_SHA256, A::RsaSha256, Ok(())),
        (samples::RSA_1024, samples::RSA_1024_SHA512, A::RsaSha512, Ok(())),
        (samples::RSA_1024, samples::RSA_1024_SHA384, A::RsaSha384, unsupported.clone()),
        (samples::RSA_1024, samples::RSA_1024_PSS_SHA256, A::RsaPssSha256, unsupported.clone()),
        (samples::RSA_768, samples::RSA_768_SHA256, A::RsaSha256, short.clone()),
    ];
    for (key, signature, algorithm, expected) in rows {
        let (key, signature) = (decoded(key), decoded(signature));
        let verify = |store: &TrustStore| store.verify(algorithm, &key, BYTES, &signature);
        assert_eq!(verify(&usual), short, "{algorithm:?}");
        assert_eq!(verify(&lenient), expected, "{algorithm:?}");
    }
}
