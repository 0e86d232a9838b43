// SPDX-License-Identifier: Apache-2.0
use rcgen::{
    CertificateParams, CertificateRevocationListParams, IsCa, Issuer, KeyIdMethod, KeyPair,
    KeyUsagePurpose, PKCS_ECDSA_P256_SHA256, PublicKeyData, SerialNumber, date_time_ymd,
};

use super::*;

/// Two certificates, a key and a list.
struct Samples {
    first: String,
    second: String,
    key: String,
    list: String,
}

fn samples() -> Samples {
    let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).unwrap();
    let mut params = CertificateParams::default();
    params.is_ca = IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::CrlSign];
    let certificate = || params.self_signed(&key).unwrap().pem();
    let (first, second) = (certificate(), certificate());
    let list = CertificateRevocationListParams {
        this_update: date_time_ymd(2025, 6, 1),
        next_update: date_time_ymd(2026, 6, 1),
        crl_number: SerialNumber::from(1_u64),
        issuing_distribution_point: None,
        revoked_certs: Vec::new(),
        key_identifier_method: KeyIdMethod::Sha256,
    };
    let key_pem = key.serialize_pem();
    let list = list.signed_by(&Issuer::new(params, key)).unwrap();
    Samples {
        first,
        second,
        key: key_pem,
        list: list.pem().unwrap(),
    }
}

fn der(pem: &str) -> Vec<u8> {
    let text: String = pem.lines().filter(|line| !line.starts_with('-')).collect();
    base64_simd::STANDARD.decode_to_vec(text).unwrap()
}

fn section(label: &str, der: &[u8]) -> String {
    let text = base64_simd::STANDARD.encode_to_string(der);
    format!("-----BEGIN {label}-----\n{text}\n-----END {label}-----\n")
}

#[track_caller]
fn reads(file: impl AsRef<[u8]>, expected: &[&str]) {
    let expected: Vec<_> = expected.iter().map(|pem| der(pem)).collect();
    let found = certificates(file.as_ref()).unwrap();
    let found: Vec<_> = found.iter().map(|one| one.to_vec()).collect();
    assert_eq!(found, expected);
}

#[track_caller]
fn refused(file: impl AsRef<[u8]>, expected: Expected) -> PemError {
    read(file.as_ref(), expected).err().unwrap()
}

#[test]
fn every_form_of_text_is_read_whole() {
    let Samples { first, second, .. } = samples();
    let both = format!("{first}{second}");
    let expected = [first.as_str(), second.as_str()];
    reads(&both, &expected);
    reads(format!("\u{feff}{both}"), &expected);
    // Files with marks, put together.
    reads(format!("\u{feff}{first}\u{feff}{second}"), &expected);
    reads(both.replace('\n', "\r\n"), &expected);
    reads(both.replace('\n', "\r"), &expected);
    reads(both.replace("-----\n", "-----  \n"), &expected);
    reads(both.trim_end(), &expected);
    let attributes = "Bag Attributes\n    localKeyID: 01 02\nsubject=/CN=Ä\n";
    let with_text =
        format!("0 s:CN=a\n{attributes}{first}Certificate:\n\n    Data:\n{second}\nend");
    reads(with_text, &expected);
    let latin1 = [b"subject=/CN=\xc4\n", both.as_bytes()].concat();
    reads(latin1, &expected);
}

#[test]
fn no_boundary_is_passed_over() {
    let Samples { first, second, .. } = samples();
    let is_boundary = |file: String, line: usize| {
        let error = refused(&file, Expected::Certificates);
        assert_eq!(error, PemError::Boundary { line }, "{file}");
    };
    let lines = first.lines().count();
    is_boundary(format!(" {first}{second}"), 1);
    is_boundary(format!("{first} {second}"), lines + 1);
    is_boundary(format!("{first}# {second}"), lines + 1);
    is_boundary(format!("{first}\u{200b}{second}"), lines + 1);
    is_boundary(format!("{}{second}", first.trim_end()), lines);
    for (right, wrong) in [
        ("-----BEGIN", "----BEGIN"),
        ("-----BEGIN", "------BEGIN"),
        ("-----BEGIN", "–––––BEGIN"),
        ("-----BEGIN", "--- BEGIN"),
        ("-----BEGIN", "BEGIN"),
        ("-----BEGIN ", "-----BEGIN"),
        ("-----BEGIN ", "-----begin "),
        ("-----BEGIN ", "-----BEGIN  "),
        ("CERTIFICATE-----", "CERTIFICATE----"),
        ("CERTIFICATE-----", "CERTIFICATE"),
    ] {
        is_boundary(
            format!("{first}{}", second.replacen(right, wrong, 1)),
            lines + 1,
        );
    }
    for (right, wrong) in [("-----END", " -----END"), ("-----END", "----END")] {
        is_boundary(first.replacen(right, wrong, 1), lines);
    }
}

#[test]
fn damaged_sections_refuse_the_file() {
    let Samples { first, second, .. } = samples();
    let lines = first.lines().count();
    let certificates = |file: &str| refused(file, Expected::Certificates);
    let cut: String = second
        .lines()
        .take(4)
        .map(|line| format!("{line}\n"))
        .collect();
    assert_eq!(
        certificates(&format!("{first}{cut}")),
        PemError::CutShort { line: lines + 1 }
    );
    assert_eq!(
        certificates(&format!("{cut}{first}")),
        PemError::CutShort { line: 1 }
    );
    let (_, headless) = second.split_once('\n').unwrap();
    assert_eq!(
        certificates(&format!("{headless}{first}")),
        PemError::OtherEnd { line: lines - 1 }
    );
    assert_eq!(
        certificates(&first.replace("END CERTIFICATE", "END X509 CRL")),
        PemError::OtherEnd { line: lines }
    );
    for garbage in ["=", "A", "!", "ä", "-"] {
        let file = first.replacen("-----\n", &format!("-----\n{garbage}"), 1);
        assert_eq!(
            certificates(&file),
            PemError::NotBase64 { line: 1 },
            "{garbage}"
        );
    }
    let with_field = first.replacen("-----\n", "-----\nComment: mine\n\n", 1);
    assert_eq!(
        certificates(&with_field),
        PemError::HeaderFields { line: 2 }
    );
}

#[test]
fn sections_of_other_kinds_refuse_the_file() {
    let all = samples();
    let kinds = [
        (Expected::Certificates, &all.first, "openssl x509"),
        (Expected::PrivateKey, &all.key, "openssl x509"),
        (Expected::RevocationLists, &all.list, "openssl x509"),
        (Expected::Pins, &all.first, "openssl x509"),
    ];
    for (expected, right, remedy) in kinds {
        let lines = right.lines().count();
        let trusted = section("TRUSTED CERTIFICATE", b"any");
        for (file, line) in [
            (format!("{right}{trusted}"), lines + 1),
            (format!("{trusted}{right}"), 1),
        ] {
            let error = refused(&file, expected);
            let label = "TRUSTED CERTIFICATE".to_owned();
            let text = error.to_string();
            assert_eq!(
                error,
                PemError::OtherKind {
                    line,
                    label,
                    expected
                }
            );
            assert!(text.contains(remedy), "{text}");
        }
        for wrong in [&all.first, &all.key, &all.list] {
            let is_right = wrong == right;
            assert_eq!(read(wrong.as_bytes(), expected).is_ok(), is_right);
        }
    }
    let said = |label: &str, expected| refused(section(label, b"any"), expected).to_string();
    for (label, part) in [
        ("CERTIFICATE REQUEST", "request for a certificate"),
        ("PKCS7", "openssl pkcs7"),
        ("CERTIFCATE", "`CERTIFCATE`"),
        ("PRIVATE KEY", "who can read"),
        ("Secret of mine", "a section of an unknown kind"),
    ] {
        let text = said(label, Expected::Certificates);
        assert!(text.contains(part), "{text}");
    }
    assert!(said("OPENSSH PRIVATE KEY", Expected::PrivateKey).contains("ssh-keygen"));
}

#[test]
fn one_key_and_nothing_unread() {
    let all = samples();
    let lines = all.key.lines().count();
    assert!(private_key(all.key.as_bytes()).is_ok());
    let second = PemError::SecondKey { line: lines + 1 };
    let both = format!("{}{}", all.key, all.key);
    assert_eq!(private_key(both.as_bytes()).unwrap_err(), second);
    let encrypted = section("ENCRYPTED PRIVATE KEY", b"any");
    assert_eq!(
        refused(&encrypted, Expected::PrivateKey),
        PemError::Encrypted { line: 1 }
    );
    let traditional = "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-256-CBC,00\n\nMIIB\n-----END RSA PRIVATE KEY-----\n";
    assert_eq!(
        refused(traditional, Expected::PrivateKey),
        PemError::Encrypted { line: 1 }
    );
    let not_a_key = section("PRIVATE KEY", &[0x30, 0]);
    assert!(matches!(
        private_key(not_a_key.as_bytes()),
        Err(PemError::Unreadable { line: 1, .. })
    ));
    // What `openssl ecparam -genkey` writes first: prime256v1, and secp384r1 of another key.
    let p256 = section(
        "EC PARAMETERS",
        &[6, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 7],
    );
    let p384 = section("EC PARAMETERS", &[6, 5, 0x2b, 0x81, 4, 0, 0x22]);
    assert!(private_key(format!("{p256}{}", all.key).as_bytes()).is_ok());
    let other = private_key(format!("{p384}{}", all.key).as_bytes()).unwrap_err();
    assert!(
        matches!(other, PemError::OtherKind { line: 1, .. }),
        "{other}"
    );
    assert!(matches!(
        private_key(p256.as_bytes()),
        Err(PemError::Nothing { .. })
    ));
}

#[test]
fn der_is_one_object() {
    let all = samples();
    let public = KeyPair::generate().unwrap().subject_public_key_info();
    for (expected, file) in [
        (Expected::Certificates, der(&all.first)),
        (Expected::Pins, der(&all.first)),
        (Expected::Pins, public),
        (Expected::PrivateKey, der(&all.key)),
        (Expected::RevocationLists, der(&all.list)),
    ] {
        let objects = read(&file, expected).ok().unwrap();
        assert_eq!((objects.len(), &objects[0].der), (1, &file));
        let twice = [file.as_slice(), &file].concat();
        let goes_on = PemError::DerLength {
            what: "goes on after",
        };
        assert_eq!(refused(&twice, expected), goes_on);
        let cut = &file[..file.len() - 1];
        let ends = PemError::DerLength {
            what: "ends before",
        };
        assert_eq!(refused(cut, expected), ends);
    }
    let wrong = refused(der(&all.key), Expected::Certificates).to_string();
    assert!(
        wrong.contains("a private key in DER, not certificate"),
        "{wrong}"
    );
    let wrong = refused(der(&all.list), Expected::Certificates).to_string();
    assert!(wrong.contains("a revocation list in DER"), "{wrong}");
}

#[test]
fn foreign_der_is_named() {
    // SignedData; a PFX of version 3; an algorithm and octets. Each with nothing in it.
    let data = [0x06, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7];
    let sequence = |content: &[u8]| [&[0x30, content.len() as u8], content].concat();
    let signed_data = sequence(&[&data[..], &[2, 0xa0, 0]].concat());
    let store = sequence(&[&[2, 1, 3], &sequence(&[&data[..], &[1]].concat())[..]].concat());
    let encrypted = sequence(&[&sequence(&[6, 1, 0x2a]), &[4, 1, 0x80][..]].concat());
    let certificates = |file: &[u8]| refused(file, Expected::Certificates).to_string();
    for (file, parts) in [
        (&signed_data, ["PKCS#7", "openssl pkcs7"]),
        (&store, ["PKCS#12", "openssl pkcs12"]),
        (
            &encrypted,
            ["an encrypted private key", "name the right file"],
        ),
    ] {
        let text = certificates(file);
        for part in parts {
            assert!(text.contains(part), "{text}");
        }
    }
    assert_eq!(
        refused(&encrypted, Expected::PrivateKey),
        PemError::Encrypted { line: 1 }
    );
}

#[test]
fn text_in_utf16_is_named() {
    let Samples { first, .. } = samples();
    let units = |text: &str| text.encode_utf16().collect::<Vec<_>>();
    let little = |text: &str| {
        units(text)
            .iter()
            .flat_map(|unit| unit.to_le_bytes())
            .collect()
    };
    let big = |text: &str| {
        units(text)
            .iter()
            .flat_map(|unit| unit.to_be_bytes())
            .collect()
    };
    let marked = format!("\u{feff}{first}");
    let files: [Vec<u8>; 4] = [little(&marked), big(&marked), little(&first), big(&first)];
    for file in files {
        assert_eq!(refused(file, Expected::Certificates), PemError::Utf16);
    }
}

proptest::proptest! {
    /// Whatever happens to a file of three sections, three come out, or none.
    #[test]
    fn a_changed_file_is_read_whole_or_not_at_all(
        position in 0..3000_usize,
        replaced in 0..3_usize,
        inserted in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..3),
    ) {
        // Sections with nothing else to them, so that what is lost is lost to the reader.
        let one = section("X509 CRL", &[0x30, 0x80, 7].repeat(11));
        let mut file = one.repeat(3).into_bytes();
        let start = position % file.len();
        let end = (start + replaced).min(file.len());
        file.splice(start..end, inserted);
        if let Ok(objects) = read(&file, Expected::RevocationLists) {
            proptest::prop_assert_eq!(objects.len(), 3);
        }
    }
}
