// SPDX-License-Identifier: Apache-2.0
//! Certificates and keys that are believed by themselves.

use rcgen::{PKCS_ED25519, PublicKeyData};

use super::{
    samples::{self, decoded},
    *,
};
use crate::pem::{Expected, PemError};

const IN_3000: u64 = 32_503_680_000;

fn pinned(pem: &str) -> AnchorSet {
    AnchorSet::new().with_pins_pem(pem.as_bytes()).unwrap()
}

fn pem(label: &str, der: &[u8]) -> String {
    let text = base64_simd::STANDARD.encode_to_string(der);
    format!("-----BEGIN {label}-----\n{text}\n-----END {label}-----\n")
}

/// A certificate in that name that its own key signed.
fn self_signed(name: &str, key: &KeyPair) -> Certificate {
    params(name).self_signed(key).unwrap()
}

fn new_key() -> KeyPair {
    KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).unwrap()
}

#[test]
fn a_pinned_certificate_needs_no_path_no_date_and_no_usage() {
    let authority = Authority::new();
    let certificate =
        authority.certify(|params| params.key_usages = vec![KeyUsagePurpose::KeyEncipherment]);
    let set = pinned(&certificate.pem());
    for time in [0, IN_2026, IN_3000] {
        let identity = set
            .identify(&[certificate.der().to_vec()], CLIENT, at(time))
            .unwrap();
        assert!(identity.pinned);
        assert_eq!(identity.common_name, "Test signer");
        assert!(identity.issuer.contains("Test authority"));
        // The end of 2026, for those who want to warn.
        assert_eq!(identity.not_after, Some(at(1_798_761_600)));
    }
    let other = authority.certify(|_| ());
    assert_eq!(identify(&set, &other), Err(IdentifyError::NoPath));
    assert!(!identify(&authority.anchors(), &other).unwrap().pinned);
}

#[test]
fn a_pinned_certificate_is_that_one_byte_by_byte() {
    let key = new_key();
    let certificate = self_signed("Test signer", &key);
    let set = pinned(&certificate.pem());
    assert!(identify(&set, &certificate).is_ok());
    // Another one for the same key and in the same name, and the key without it.
    let renewed = self_signed("Test signer", &key);
    assert_ne!(renewed.der(), certificate.der());
    assert_eq!(identify(&set, &renewed), Err(IdentifyError::NoPath));
    let bare = key.subject_public_key_info();
    assert_eq!(
        set.identify(&[bare], CLIENT, at(IN_2026)),
        Err(IdentifyError::NoPath)
    );
    let longer = [certificate.der().as_ref(), &[0]].concat();
    assert_eq!(
        set.identify(&[longer], CLIENT, at(IN_2026)),
        Err(IdentifyError::CertificateUnreadable(1))
    );
    // What follows in the chain has no say.
    let chain = [renewed.der().to_vec(), certificate.der().to_vec()];
    assert_eq!(
        set.identify(&chain, CLIENT, at(IN_2026)),
        Err(IdentifyError::NoPath)
    );
    let chain = [certificate.der().to_vec(), b"anything".to_vec()];
    assert!(set.identify(&chain, CLIENT, at(IN_2026)).is_ok());
}

#[test]
fn a_pinned_key_lends_nobody_a_name() {
    let key = new_key();
    let bare = key.subject_public_key_info();
    let set = pinned(&pem("PUBLIC KEY", &bare));
    let anyone = self_signed("The Minister", &key);
    for first in [bare.clone(), anyone.der().to_vec()] {
        let identity = set.identify(&[first], CLIENT, at(IN_3000)).unwrap();
        assert_eq!(identity, Identity::of_bare_key(&bare));
        assert!(identity.pinned && identity.common_name.is_empty());
        assert_eq!(identity.not_before, at(0));
        assert_eq!(identity.not_after, None);
        let fingerprint = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, &bare);
        assert_eq!(identity.fingerprint, fingerprint.as_ref());
    }
    let other = new_key();
    let signed = self_signed("Test signer", &other);
    assert_eq!(identify(&set, &signed), Err(IdentifyError::NoPath));
    assert_eq!(
        set.identify(&[other.subject_public_key_info()], CLIENT, at(IN_2026)),
        Err(IdentifyError::NoPath)
    );
}

#[test]
fn a_pinned_key_is_the_same_in_either_form_of_its_point() {
    let info = decoded(samples::P256);
    let point = info.len() - 64;
    let form = 2 + (info[info.len() - 1] & 1);
    let compressed = |form: u8| {
        // The same with a shorter point: the outer SEQUENCE and the BIT STRING are 32 bytes shorter.
        let mut short = info[..point + 32].to_vec();
        short[1] -= 32;
        short[point - 3] -= 32;
        short[point - 1] = form;
        short
    };
    let set = pinned(&pem("PUBLIC KEY", &info));
    let identify = |key: Vec<u8>| set.identify(&[key], CLIENT, at(IN_2026));
    assert!(identify(compressed(form)).is_ok());
    assert_eq!(identify(compressed(form ^ 1)), Err(IdentifyError::NoPath));
    let set = pinned(&pem("PUBLIC KEY", &compressed(form)));
    assert!(
        set.identify(std::slice::from_ref(&info), CLIENT, at(IN_2026))
            .is_ok()
    );
}

#[test]
fn a_certificate_without_a_well_defined_end_has_none() {
    let key = new_key();
    for (last, expected) in [
        (
            date_time_ymd(9999, 12, 31) + Duration::from_secs(86_399),
            None,
        ),
        (date_time_ymd(9999, 12, 31), Some(at(253_402_214_400))),
    ] {
        let mut params = params("Pinned signer");
        params.not_after = last;
        let certificate = params.self_signed(&key).unwrap();
        let identity = identify(&pinned(&certificate.pem()), &certificate).unwrap();
        assert_eq!(identity.not_after, expected);
    }
}

#[test]
fn anchors_and_pins_stand_side_by_side() {
    let authority = Authority::new();
    let (certified, key) = (authority.certify(|_| ()), new_key());
    let certificate = self_signed("Pinned signer", &key);
    let both = [
        certificate.pem(),
        pem("PUBLIC KEY", &key.subject_public_key_info()),
    ]
    .concat();
    let set = authority.anchors().with_pins_pem(both.as_bytes()).unwrap();
    assert!(!identify(&set, &certified).unwrap().pinned);
    // The certificate knows more than the key.
    let identity = identify(&set, &certificate).unwrap();
    assert_eq!(identity.common_name, "Pinned signer");
    let expected = [certificate.der().to_vec(), key.subject_public_key_info()];
    assert_eq!(set.pinned().collect::<Vec<_>>(), expected);
    assert_eq!(authority.anchors().pinned().count(), 0);
    assert_eq!(
        identify(&AnchorSet::new(), &certified),
        Err(IdentifyError::NoPath)
    );
}

#[test]
fn a_list_that_names_a_pinned_certificate_takes_the_pin_back() {
    let authority = Authority::new();
    // One that needs a leading zero in DER, and one that does not.
    for serial in [vec![0xF0, 0xF1], vec![0x70]] {
        let serial = SerialNumber::from(serial);
        let certificate = authority.certify(|params| params.serial_number = Some(serial.clone()));
        let with = |revoked: SerialNumber| {
            let list = authority.revocation_list(&[revoked]);
            let set = pinned(&certificate.pem());
            set.with_revocation_lists(list.as_bytes()).unwrap()
        };
        // The list has long run out; that the certificate was revoked stays true.
        for time in [IN_2026, IN_3000] {
            let chain = [certificate.der().to_vec()];
            assert_eq!(
                with(serial.clone()).identify(&chain, CLIENT, at(time)),
                Err(IdentifyError::Revoked)
            );
            let unnamed = with(SerialNumber::from(1_u64));
            assert!(unnamed.identify(&chain, CLIENT, at(time)).is_ok());
        }
        // The same serial number of another issuer is another certificate.
        let list = Authority::new();
        let mut name = params("Other authority");
        name.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        name.key_usages = vec![KeyUsagePurpose::CrlSign];
        let list = Authority {
            issuer: Issuer::new(name, new_key()),
            ..list
        }
        .revocation_list(&[serial]);
        let set = pinned(&certificate.pem());
        let set = set.with_revocation_lists(list.as_bytes()).unwrap();
        assert!(identify(&set, &certificate).is_ok());
    }
}

#[test]
fn a_certificate_of_version_1_can_be_pinned() {
    let der = decoded(samples::VERSION_1);
    let set = pinned(&pem("CERTIFICATE", &der));
    let identity = set.identify(&[der], CLIENT, at(IN_2026)).unwrap();
    assert_eq!(identity.common_name, "Old signer");
}

#[test]
fn what_cannot_be_pinned_is_told() {
    let refused = |pem: &str| {
        let error = AnchorSet::new().with_pins_pem(pem.as_bytes()).unwrap_err();
        (error.to_string(), error)
    };
    let key = new_key();
    let certificate = self_signed("Test signer", &key).pem();
    let ed25519 = KeyPair::generate_for(&PKCS_ED25519).unwrap();
    let ed25519 = pem("PUBLIC KEY", &ed25519.subject_public_key_info());
    let expected = Expected::Pins;
    for nothing in ["", "some text"] {
        let error = TrustError::File(PemError::Nothing { expected });
        assert_eq!(refused(nothing).1, error);
    }
    let lines = certificate.lines().count();
    for (pem, number) in [
        (pem("CERTIFICATE", b"0"), 1),
        (pem("PUBLIC KEY", b"0"), 1),
        // Each under the other's name.
        (certificate.replace("CERTIFICATE", "PUBLIC KEY"), 1),
        (
            certificate.clone() + &pem("CERTIFICATE", &key.subject_public_key_info()),
            2,
        ),
    ] {
        assert_eq!(refused(&pem).1, TrustError::UnreadablePin(number), "{pem}");
    }
    let line = lines + 1;
    for (damaged, error) in [
        ("-----BEGIN CERTIFICATE-----\n", PemError::CutShort { line }),
        (
            "-----BEGIN PUBLIC KEY-----\n*\n-----END PUBLIC KEY-----\n",
            PemError::NotBase64 { line },
        ),
    ] {
        let file = certificate.clone() + damaged;
        assert_eq!(refused(&file).1, TrustError::File(error));
    }
    assert_eq!(
        refused(&(certificate.clone() + &ed25519)).1,
        TrustError::UnsuitablePin(2)
    );
    let short = pem("PUBLIC KEY", &decoded(samples::RSA_768));
    assert_eq!(refused(&short).1, TrustError::UnsuitablePin(1));
    for (label, shown) in [
        ("PRIVATE KEY", "`PRIVATE KEY`"),
        ("X509 CRL", "`X509 CRL`"),
        ("TRUSTED CERTIFICATE", "`TRUSTED CERTIFICATE`"),
        ("Matti Meikäläinen", "a section of an unknown kind"),
    ] {
        let (text, error) = refused(&(certificate.clone() + &pem(label, b"0")));
        let of_kind = |error: &PemError| matches!(error, PemError::OtherKind { .. });
        assert!(matches!(error, TrustError::File(error) if of_kind(&error)));
        assert!(text.contains(&format!("line {line}: {shown}")), "{text}");
    }
}
