// SPDX-License-Identifier: Apache-2.0
use std::time::{Duration, SystemTime};

use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1, ECDSA_P256_SHA256_FIXED, ECDSA_P384_SHA384_ASN1,
    RSA_PKCS1_2048_8192_SHA256, RSA_PSS_2048_8192_SHA512, UnparsedPublicKey, VerificationAlgorithm,
};
use rcgen::{
    CertificateParams, KeyPair, PKCS_ECDSA_P256_SHA256, PKCS_ECDSA_P384_SHA384, PKCS_ED25519,
    PKCS_RSA_SHA256,
};

use super::*;
use crate::pem::Expected;

fn pair(algorithm: &'static rcgen::SignatureAlgorithm) -> (String, String) {
    pair_valid(algorithm, (2020, 2040))
}

fn pair_valid(
    algorithm: &'static rcgen::SignatureAlgorithm,
    years: (i32, i32),
) -> (String, String) {
    let key = KeyPair::generate_for(algorithm).unwrap();
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.not_before = rcgen::date_time_ymd(years.0, 1, 1);
    params.not_after = rcgen::date_time_ymd(years.1, 1, 1);
    (key.serialize_pem(), params.self_signed(&key).unwrap().pem())
}

fn role(algorithm: &'static rcgen::SignatureAlgorithm) -> RoleKey {
    let (key, certificate) = pair(algorithm);
    RoleKey::from_pem(key.as_bytes(), certificate.as_bytes()).unwrap()
}

#[test]
fn signs_what_its_public_key_verifies() {
    let rsa = role(&PKCS_RSA_SHA256)
        .with_algorithms(&[
            SignatureAlgorithm::RsaSha256,
            SignatureAlgorithm::RsaPssSha512,
        ])
        .unwrap();
    let p256 = role(&PKCS_ECDSA_P256_SHA256);
    for (key, algorithm, verifier) in [
        (
            &rsa,
            SignatureAlgorithm::RsaSha256,
            &RSA_PKCS1_2048_8192_SHA256 as &dyn VerificationAlgorithm,
        ),
        (
            &rsa,
            SignatureAlgorithm::RsaPssSha512,
            &RSA_PSS_2048_8192_SHA512,
        ),
        (
            &p256,
            SignatureAlgorithm::EcdsaP256Sha256,
            &ECDSA_P256_SHA256_FIXED,
        ),
    ] {
        let signature = key.sign(algorithm, &b"bytes".as_slice().into()).unwrap();
        UnparsedPublicKey::new(verifier, key.signer.public_key())
            .verify(b"bytes", &signature)
            .unwrap();
        assert_eq!(key.blank_signature(), vec![0; signature.len()]);
    }
}

#[test]
fn a_key_signs_with_algorithms_of_its_kind_only() {
    let refused = role(&PKCS_ECDSA_P384_SHA384)
        .with_algorithms(&[SignatureAlgorithm::RsaSha256])
        .unwrap_err();
    assert_eq!(
        refused,
        KeyError::AlgorithmUnsuitable {
            kind: "P-384",
            algorithm: "rsa-sha256"
        }
    );
    assert_eq!(
        role(&PKCS_RSA_SHA256).with_algorithms(&[]).unwrap_err(),
        KeyError::NoAlgorithms
    );
}

#[test]
fn a_key_of_another_certificate_is_refused() {
    let (key, _) = pair(&PKCS_ECDSA_P256_SHA256);
    let (_, certificate) = pair(&PKCS_ECDSA_P256_SHA256);
    let refused = RoleKey::from_pem(key.as_bytes(), certificate.as_bytes()).unwrap_err();
    assert!(
        matches!(refused, KeyError::KeyMismatch { .. }),
        "{refused:?}"
    );
}

#[test]
fn unusable_files_say_what_they_are() {
    let (key, certificate) = pair(&PKCS_ECDSA_P256_SHA256);
    let read = |key: &str, certificate: &str| {
        RoleKey::from_pem(key.as_bytes(), certificate.as_bytes()).unwrap_err()
    };
    let nothing = |expected| PemError::Nothing { expected };
    assert_eq!(
        read("", &certificate),
        KeyError::PrivateKeyFile(nothing(Expected::PrivateKey))
    );
    assert_eq!(
        read(&key, ""),
        KeyError::CertificateFile(nothing(Expected::Certificates))
    );
    let swapped = |label: &str, expected| PemError::OtherKind {
        line: 1,
        label: label.into(),
        expected,
    };
    assert_eq!(
        read(&certificate, &certificate),
        KeyError::PrivateKeyFile(swapped("CERTIFICATE", Expected::PrivateKey))
    );
    assert_eq!(
        read(&key, &key),
        KeyError::CertificateFile(swapped("PRIVATE KEY", Expected::Certificates))
    );
    let encrypted =
        "-----BEGIN ENCRYPTED PRIVATE KEY-----\nMIIB\n-----END ENCRYPTED PRIVATE KEY-----\n";
    assert_eq!(
        read(encrypted, &certificate),
        KeyError::PrivateKeyFile(PemError::Encrypted { line: 1 })
    );
    let garbled = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n";
    assert_eq!(read(&key, garbled), KeyError::UnreadableCertificate(1));
    let (ed25519, certificate) = pair(&PKCS_ED25519);
    assert!(matches!(
        read(&ed25519, &certificate),
        KeyError::Unusable(_)
    ));
}

#[test]
fn validity_ends_with_the_certificate() {
    let (key, certificate) = pair_valid(&PKCS_ECDSA_P256_SHA256, (2020, 2024));
    let key = RoleKey::from_pem(key.as_bytes(), certificate.as_bytes()).unwrap();
    let at = |seconds| SystemTime::UNIX_EPOCH + Duration::from_secs(seconds);
    let (begin, end) = (1_577_836_800, 1_704_067_200);
    assert!(matches!(
        key.check_validity(at(begin - 1)),
        Err(KeyError::NotYetValid { .. })
    ));
    assert_eq!(key.check_validity(at(begin)), Ok(()));
    assert_eq!(key.check_validity(at(end)), Ok(()));
    let expired = key.check_validity(at(end + 1)).unwrap_err();
    assert!(
        expired.to_string().contains("expired on 2024-01-01"),
        "{expired}"
    );
    let key = key.with_signatures_outside_validity();
    assert_eq!(key.check_validity(at(end + 1)), Ok(()));
}

#[test]
fn debug_shows_no_key() {
    let (key, certificate) = pair(&PKCS_ECDSA_P256_SHA256);
    let body: String = key
        .lines()
        .filter(|line| !line.starts_with("---"))
        .collect();
    let shown = format!(
        "{:?}",
        Keyring::new().with(
            "builder",
            RoleKey::from_pem(key.as_bytes(), certificate.as_bytes()).unwrap()
        )
    );
    assert!(!shown.contains(&body) && shown.contains("builder"));
}

#[test]
fn the_certificate_of_the_key_is_found_among_its_issuers() {
    let (key, own) = pair(&PKCS_ECDSA_P256_SHA256);
    let others: Vec<String> = (0..2).map(|_| pair(&PKCS_ECDSA_P256_SHA256).1).collect();
    let read = |file: String| RoleKey::from_pem(key.as_bytes(), file.as_bytes());
    let first = |role: &RoleKey| role.chain().certificates()[0].clone();
    let alone = read(own.clone()).unwrap();
    for file in [
        format!("{own}{}{}", others[0], others[1]),
        format!("{}{own}{}", others[0], others[1]),
        format!("{}{}{own}", others[0], others[1]),
    ] {
        let role = read(file).unwrap();
        assert_eq!(first(&role), first(&alone));
        assert_eq!(role.fingerprint(), alone.fingerprint());
        assert_eq!(role.chain().certificates().len(), 3);
    }
    // The issuers keep their order.
    let role = read(format!("{}{}{own}", others[0], others[1])).unwrap();
    let in_order = read(format!("{own}{}{}", others[0], others[1])).unwrap();
    assert_eq!(role.chain().certificates(), in_order.chain().certificates());
    assert!(matches!(
        read(others.concat()),
        Err(KeyError::KeyMismatch { .. })
    ));
}

#[test]
fn a_handshake_is_signed_in_the_form_of_tls_whatever_components_may_sign() {
    let rsa = role(&PKCS_RSA_SHA256);
    let p256 = role(&PKCS_ECDSA_P256_SHA256);
    let p384 = role(&PKCS_ECDSA_P384_SHA384);
    for (key, algorithm, verifier) in [
        // Not among the algorithms that components may sign with.
        (
            &rsa,
            SignatureAlgorithm::RsaPssSha512,
            &RSA_PSS_2048_8192_SHA512 as &dyn VerificationAlgorithm,
        ),
        (
            &p256,
            SignatureAlgorithm::EcdsaP256Sha256,
            &ECDSA_P256_SHA256_ASN1,
        ),
        (
            &p384,
            SignatureAlgorithm::EcdsaP384Sha384,
            &ECDSA_P384_SHA384_ASN1,
        ),
    ] {
        assert!(key.suits_handshake(algorithm));
        let signature = key.sign_handshake(algorithm, b"handshake").unwrap();
        let public = UnparsedPublicKey::new(verifier, key.signer.public_key());
        public.verify(b"handshake", &signature).unwrap();
    }
    let other = SignatureAlgorithm::EcdsaP384Sha384;
    assert!(!p256.suits_handshake(other));
    assert_eq!(p256.sign_handshake(other, b""), None);
    let stand_in = Keyring::stand_in().shared("any").unwrap();
    assert!(!stand_in.suits_handshake(SignatureAlgorithm::RsaSha256));
}

#[test]
fn a_key_is_shared_with_its_keyring() {
    let keyring = Keyring::new().with("builder", role(&PKCS_ECDSA_P256_SHA256));
    let shared = keyring.shared("builder").unwrap();
    assert!(std::ptr::eq(
        shared.as_ref(),
        keyring.role("builder").unwrap()
    ));
    assert!(keyring.shared("other").is_none());
}
