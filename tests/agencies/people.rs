// SPDX-License-Identifier: Apache-2.0
//! Who signs replies and calls: the agencies, and others who would like to be taken for them.

use std::{collections::BTreeMap, convert::Infallible, sync::OnceLock};

use aws_lc_rs::{
    digest::{SHA256, digest},
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair},
};
use canonical_xml::{Document, Limits};
use rcgen::{
    BasicConstraints, CertificateParams, DnType, DnValue, ExtendedKeyUsagePurpose, IsCa, Issuer,
    KeyPair, KeyUsagePurpose, PKCS_ECDSA_P256_SHA256, date_time_ymd,
};
use silta::exchange::CertificateChain;
use xml_signature::{
    DigestAlgorithm, DocumentSigning, Place, SignatureAlgorithm, Target, prepare_document,
};

/// Everybody, made once.
pub(super) struct People {
    authorities: Vec<(&'static str, String)>,
    people: Vec<(&'static str, Person)>,
}

/// Somebody with a certificate.
struct Person {
    certificate: Vec<u8>,
    key: EcdsaKeyPair,
}

/// Authorities, by the anchor set that an operator names them in; nobody names the last one.
const AUTHORITIES: [&str; 5] = [
    "customs",
    "vero-test",
    "vero-production",
    "suomifi-callers",
    "unknown",
];

/// Names, the serialNumber of the subject, who has certified, and until which year.
#[rustfmt::skip]
const ALL: [(&str, &str, &str, i32); 11] = [
    ("customs", "FI02454428", "customs", 3000),
    ("customs-by-business-id", "0245442-8", "customs", 3000),
    ("stranger", "1234567-1", "customs", 3000),
    ("impostor", "FI02454428", "unknown", 3000),
    ("customs-of-old", "FI02454428", "customs", 2020),
    ("suomifi", "0245437-2", "suomifi-callers", 3000),
    ("vero-test", "0245458-3", "vero-test", 3000),
    ("vero-production", "0245458-3", "vero-production", 3000),
    ("vero-impostor", "0245458-3", "unknown", 3000),
    ("vero-test-of-old", "0245458-3", "vero-test", 2020),
    ("vero-production-of-old", "0245458-3", "vero-production", 2020),
];

pub(super) fn people() -> &'static People {
    static PEOPLE: OnceLock<People> = OnceLock::new();
    PEOPLE.get_or_init(|| {
        let authorities = AUTHORITIES.map(|name| (name, authority(name)));
        let person = |(name, serial, by, until)| {
            let issuer = authorities.iter().find(|(name, _)| *name == by);
            (name, person(serial, until, &issuer.unwrap().1.0))
        };
        People {
            people: ALL.map(person).into(),
            authorities: authorities.map(|(name, (_, pem))| (name, pem)).into(),
        }
    })
}

impl People {
    /// Anchors of an operator who has named the issuers of these sets, in PEM.
    pub(super) fn anchors(&self, sets: &[&str]) -> BTreeMap<String, String> {
        let authorities = self.authorities.iter();
        let named = authorities.filter(|(name, _)| sets.contains(name));
        named
            .map(|(name, pem)| ((*name).to_owned(), pem.clone()))
            .collect()
    }

    /// The certificate of somebody, as it comes with a connection.
    pub(super) fn chain(&self, name: &str) -> CertificateChain {
        let certificate = self.person(name).certificate.clone();
        CertificateChain::new([certificate.into()]).unwrap()
    }

    /// Signs a document as a whole, or the first element `Content` in it.
    pub(super) fn signed(&self, name: &str, document: &[u8], content_only: bool) -> Vec<u8> {
        let person = self.person(name);
        let parsed = Document::parse(document, &Limits::default()).unwrap();
        let whole = DocumentSigning::new(&parsed, SignatureAlgorithm::EcdsaSha256);
        let content = parsed
            .elements()
            .find(|element| element.local() == "Content");
        let (targets, place) = match content.filter(|_| content_only) {
            Some(content) => (
                vec![Target::element(content, DigestAlgorithm::Sha256)],
                Place::After(content),
            ),
            None => (whole.targets.clone(), whole.place),
        };
        let signing = DocumentSigning {
            certificates: vec![person.certificate.clone()],
            targets,
            place,
            ..whole
        };
        let prepared = prepare_document(signing, |_, form| {
            let mut octets = Vec::new();
            let written = form.write(&mut octets);
            Ok::<_, Infallible>(written.map(|()| digest(&SHA256, &octets).as_ref().to_vec()))
        });
        let prepared = prepared.unwrap();
        let value = person
            .key
            .sign(&SystemRandom::new(), prepared.signed_info());
        let insertion = prepared.complete(value.unwrap().as_ref()).unwrap();
        insertion.apply(document).unwrap()
    }

    fn person(&self, name: &str) -> &Person {
        let found = self.people.iter().find(|(known, _)| *known == name);
        &found.unwrap_or_else(|| panic!("nobody is called {name}")).1
    }
}

/// An issuer of that name, and its certificate.
pub(super) fn authority(name: &str) -> (Issuer<'static, KeyPair>, String) {
    let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).unwrap();
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    let pem = params.self_signed(&key).unwrap().pem();
    (Issuer::new(params, key), pem)
}

fn person(serial: &str, until: i32, issuer: &Issuer<'_, KeyPair>) -> Person {
    let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).unwrap();
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params
        .distinguished_name
        .push(DnType::CommonName, "Agency (test)");
    // Attribute serialNumber, X.520 §6.2.9.
    let attribute = DnType::CustomDnType(vec![2, 5, 4, 5]);
    let serial = DnValue::PrintableString(serial.try_into().unwrap());
    params.distinguished_name.push(attribute, serial);
    params.not_before = date_time_ymd(2010, 1, 1);
    params.not_after = date_time_ymd(until, 1, 1);
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    params.use_authority_key_identifier_extension = true;
    let certificate = params.signed_by(&key, issuer).unwrap().der().to_vec();
    let key = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, key.serialized_der());
    Person {
        certificate,
        key: key.unwrap(),
    }
}
