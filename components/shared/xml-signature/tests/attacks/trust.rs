// SPDX-License-Identifier: Apache-2.0
//! Keys that the message brings along: a hint at best. Whom to trust, the operator says.

use rcgen::{CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, date_time_ymd};
use x509_parser::prelude::{FromDer, X509Certificate};
use xml_signature::verify;

use crate::chains::Operator;
use crate::scene::{FORGED, code, content, encode, replaced, with_content, with_value};
use xml_testkit::{Authority, Key, NOW, SERIAL, Template, document, key_info, requiring, sign};

/// An order signed by a key, with these certificates.
fn order(key: &Key, note: &str, certificates: &[&[u8]]) -> String {
    order_with(key, note, key_info(certificates))
}

fn order_with(key: &Key, note: &str, key_info: String) -> String {
    let template = Template {
        key_info,
        ..Template::enveloped(key)
    };
    sign(
        &format!("<Order><Note>{note}</Note>{}</Order>", template.text()),
        key,
    )
}

fn judged(text: &str, operator: Operator) -> &'static str {
    code(text.as_bytes(), &requiring(&[]), &mut operator.backend())
}

/// An authority that is trusted, and Alice with a certificate of it.
struct World {
    authority: Authority,
    alice: Vec<u8>,
    sent: String,
}

impl World {
    fn new() -> Self {
        let authority = Authority::new("Trusted authority");
        let alice = authority.certify(Key::rsa(), "Alice", |_| ());
        let sent = order(Key::rsa(), "two pieces", &[&alice]);
        let world = Self {
            authority,
            alice,
            sent,
        };
        assert_eq!(judged(&world.sent, world.operator()), "valid");
        world
    }

    fn operator(&self) -> Operator {
        Operator::trusting(&[&self.authority])
    }

    /// What becomes of an order that the attacker signed, with these certificates.
    fn forged(&self, certificates: &[&[u8]]) -> &'static str {
        judged(
            &order(Key::other_rsa(), FORGED, certificates),
            self.operator(),
        )
    }

    /// What becomes of an order by Alice with a certificate of her key that is changed.
    fn changed(&self, change: impl FnOnce(&mut CertificateParams)) -> &'static str {
        let certificate = self.authority.certify(Key::rsa(), "Alice", change);
        judged(
            &order(Key::rsa(), "two pieces", &[&certificate]),
            self.operator(),
        )
    }
}

#[test]
fn signed_anew_with_the_attackers_own_certificate() {
    let world = World::new();
    let own = &Key::other_rsa().certificate;
    assert_eq!(world.forged(&[own]), "signature.untrusted");
    // Together with Alice's, in whichever order: hers is trusted, and it was not she.
    assert_eq!(world.forged(&[own, &world.alice]), "signature.mismatch");
    assert_eq!(world.forged(&[&world.alice, own]), "signature.mismatch");
    assert_eq!(world.forged(&[&world.alice]), "signature.mismatch");
    // And with the anchor itself, which everybody has.
    assert_eq!(
        world.forged(&[own, &world.authority.certificate]),
        "signature.untrusted"
    );
    assert_ne!(world.forged(&[&world.authority.certificate]), "valid");
}

#[test]
fn the_certificate_exchanged_under_a_genuine_value() {
    let world = World::new();
    let alice = encode(&world.alice);
    #[rustfmt::skip]
    let rows = [
        (Key::other_rsa().certificate.clone(), "signature.untrusted"),
        (Key::rsa().certificate.clone(), "signature.untrusted"),
        (world.authority.certify(Key::other_rsa(), "Mallory", |_| ()), "signature.mismatch"),
        (world.authority.certify(Key::p256(), "Mallory", |_| ()), "signature.key-unsuitable"),
    ];
    for (other, code) in rows {
        let text = replaced(&world.sent, &alice, &encode(&other));
        assert_eq!(judged(&text, world.operator()), code);
    }
}

/// CVE-2024-32962: a key that needs no certificate.
#[test]
fn a_bare_key_in_the_message() {
    let world = World::new();
    let (_, certificate) = X509Certificate::from_der(&Key::other_rsa().certificate).unwrap();
    let public = certificate.public_key().parsed().unwrap();
    let x509_parser::public_key::PublicKey::RSA(rsa) = public else {
        panic!("no RSA key");
    };
    let value = format!(
        "<ds:KeyValue><ds:RSAKeyValue><ds:Modulus>{}</ds:Modulus><ds:Exponent>{}</ds:Exponent></ds:RSAKeyValue></ds:KeyValue>",
        encode(rsa.modulus),
        encode(rsa.exponent)
    );
    let der = format!(
        "<d:DEREncodedKeyValue xmlns:d=\"http://www.w3.org/2009/xmldsig11#\">{}</d:DEREncodedKeyValue>",
        encode(&Key::other_rsa().public)
    );
    let raw = format!(
        "<ds:X509Data><ds:X509SubjectName>CN=Alice</ds:X509SubjectName></ds:X509Data>{value}"
    );
    let nested = format!("<x>{}</x>", key_info(&[&world.alice]));
    for key_info in [value, der, raw, nested] {
        let key_info = format!("<ds:KeyInfo>{key_info}</ds:KeyInfo>");
        let text = order_with(Key::other_rsa(), FORGED, key_info);
        assert_eq!(judged(&text, world.operator()), "signature.key-missing");
        // Alice is known by her key, and it was not she.
        let pinning = world.operator().pinning(&[&Key::rsa().public]);
        assert_eq!(judged(&text, pinning), "signature.mismatch");
    }
    let none = order_with(Key::other_rsa(), FORGED, String::new());
    assert_eq!(judged(&none, world.operator()), "signature.key-missing");
}

/// Names are whatever the issuer of a certificate writes.
#[test]
fn the_name_of_the_sender_on_another_key() {
    let world = World::new();
    // By an authority that bears the name of the trusted one.
    let namesake = Authority::new("Trusted authority");
    let forged = namesake.certify(Key::other_rsa(), "Alice", |_| ());
    assert_eq!(world.forged(&[&forged]), "signature.untrusted");
    assert_eq!(
        world.forged(&[&forged, &namesake.certificate]),
        "signature.untrusted"
    );
    assert_eq!(
        world.forged(&[&forged, &world.authority.certificate]),
        "signature.untrusted"
    );
    assert_eq!(world.forged(&[&forged, &world.alice]), "signature.mismatch");
    let hint = format!(
        "<ds:KeyInfo><ds:KeyName>Alice</ds:KeyName><ds:X509Data><ds:X509SubjectName>CN=Alice</ds:X509SubjectName>\
         <ds:X509IssuerSerial><ds:X509IssuerName>CN=Trusted authority</ds:X509IssuerName>\
         <ds:X509SerialNumber>{SERIAL}</ds:X509SerialNumber></ds:X509IssuerSerial>\
         <ds:X509Certificate>{}</ds:X509Certificate></ds:X509Data></ds:KeyInfo>",
        encode(&forged)
    );
    let text = order_with(Key::other_rsa(), FORGED, hint);
    assert_eq!(judged(&text, world.operator()), "signature.untrusted");
}

/// Whoever has a certificate of the authority is not the authority (the oldest fault of certificates).
#[test]
fn a_certificate_issued_with_a_certificate_that_may_not_issue() {
    let world = World::new();
    // Mallory's own certificate is genuine, and she issues one for Alice with its key.
    let mallory = world.authority.subordinate("Mallory", |params| {
        params.is_ca = IsCa::NoCa;
        params.key_usages = Vec::new();
    });
    let forged = mallory.certify(Key::other_rsa(), "Alice", |_| ());
    // Mallory is trusted, as herself; her key is of another kind.
    let code = world.forged(&[&forged, &mallory.certificate]);
    assert_eq!(code, "signature.key-unsuitable");
    // Nor does it help that she is known to the operator some other way.
    let text = order(Key::other_rsa(), FORGED, &[&forged]);
    let pinning = world.operator().pinning(&[&mallory.certificate]);
    assert_eq!(judged(&text, pinning), "signature.untrusted");
    // Below an authority that may issue, the same is right.
    let office = world.authority.subordinate("Office", |_| ());
    let bob = office.certify(Key::other_rsa(), "Bob", |_| ());
    let text = order(Key::other_rsa(), "two pieces", &[&bob, &office.certificate]);
    assert_eq!(judged(&text, world.operator()), "valid");
    assert_eq!(world.forged(&[&bob]), "signature.untrusted");
    // One that may issue to signers only, and an authority below it.
    let narrow = world.authority.subordinate("Narrow", |params| {
        params.is_ca = IsCa::Ca(rcgen::BasicConstraints::Constrained(0));
    });
    let below = narrow.subordinate("Below", |_| ());
    let carol = below.certify(Key::other_rsa(), "Carol", |_| ());
    let chain = [&carol[..], &below.certificate, &narrow.certificate];
    assert_eq!(world.forged(&chain), "signature.certificate-not-acceptable");
}

#[test]
fn a_chain_to_another_anchor() {
    let world = World::new();
    let other = Authority::new("Another authority");
    let office = other.subordinate("Office", |_| ());
    let forged = office.certify(Key::other_rsa(), "Alice", |_| ());
    let chain = [&forged[..], &office.certificate, &other.certificate];
    assert_eq!(world.forged(&chain), "signature.untrusted");
    let text = order(Key::other_rsa(), FORGED, &chain);
    // The other operator trusts that one: which anchors there are is the whole difference.
    assert_eq!(judged(&text, Operator::trusting(&[&other])), "valid");
    assert_eq!(
        judged(&text, Operator::trusting(&[])),
        "signature.untrusted"
    );
}

#[test]
fn a_certificate_that_has_expired_or_is_not_valid_yet() {
    let world = World::new();
    assert_eq!(world.changed(|_| ()), "valid");
    let expired = world.changed(|params| params.not_after = date_time_ymd(2026, 1, 1));
    assert_eq!(expired, "signature.certificate-expired");
    let early = world.changed(|params| params.not_before = date_time_ymd(2026, 12, 1));
    assert_eq!(early, "signature.certificate-not-yet-valid");
    // The same document at other times.
    let years = 2 * 366 * 24 * 3600;
    assert_eq!(
        judged(&world.sent, world.operator().at(NOW + years)),
        "signature.certificate-expired"
    );
    assert_eq!(
        judged(&world.sent, world.operator().at(NOW - years)),
        "signature.certificate-not-yet-valid"
    );
    // Of an authority on the way, too.
    let office = world.authority.subordinate("Office", |params| {
        params.not_after = date_time_ymd(2026, 1, 1)
    });
    let bob = office.certify(Key::rsa(), "Bob", |_| ());
    let text = order(Key::rsa(), "two pieces", &[&bob, &office.certificate]);
    assert_eq!(
        judged(&text, world.operator()),
        "signature.certificate-expired"
    );
    // One that was valid long ago does not become so by standing beside one that is.
    let old = world
        .authority
        .certify(Key::other_rsa(), "Alice", |params| {
            params.not_after = date_time_ymd(2026, 1, 1)
        });
    assert_eq!(world.forged(&[&old, &world.alice]), "signature.mismatch");
    assert_eq!(world.forged(&[&old]), "signature.certificate-expired");
}

#[test]
fn a_certificate_for_something_else() {
    let world = World::new();
    let server = world
        .changed(|params| params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth]);
    assert_eq!(server, "signature.certificate-wrong-usage");
    let stamps = world
        .changed(|params| params.extended_key_usages = vec![ExtendedKeyUsagePurpose::TimeStamping]);
    assert_eq!(stamps, "signature.certificate-wrong-usage");
    let authority =
        world.changed(|params| params.is_ca = IsCa::Ca(rcgen::BasicConstraints::Unconstrained));
    assert_eq!(authority, "signature.certificate-wrong-usage");
}

#[test]
fn a_revoked_certificate_and_one_that_nobody_knows_of() {
    let world = World::new();
    let with = |list: Vec<u8>| world.operator().with_list(list);
    assert_eq!(
        judged(&world.sent, with(world.authority.revoking(SERIAL + 1))),
        "valid"
    );
    let revoked = world.authority.revoking(SERIAL);
    assert_eq!(
        judged(&world.sent, with(revoked)),
        "signature.certificate-revoked"
    );
    // A list by another authority says nothing of Alice, not even one of the same name.
    for other in [
        Authority::new("Another authority"),
        Authority::new("Trusted authority"),
    ] {
        let operator = with(other.revoking(SERIAL + 1));
        assert_ne!(judged(&world.sent, operator), "valid");
    }
    let unknown = with(Authority::new("Another authority").revoking(SERIAL));
    assert_eq!(judged(&world.sent, unknown), "signature.revocation-unknown");
    // A list that has run out says nothing any more.
    let later = with(world.authority.revoking(SERIAL + 1)).at(1_785_000_000);
    assert_eq!(judged(&world.sent, later), "signature.revocation-unknown");
}

#[test]
fn a_certificate_that_is_none() {
    let world = World::new();
    let alice = world.alice.clone();
    let mut flipped = alice.clone();
    flipped[0] ^= 0x10;
    for (der, code) in [
        (
            alice[..alice.len() - 1].to_vec(),
            "signature.certificate-unreadable",
        ),
        (
            [&alice[..], &[0]].concat(),
            "signature.certificate-unreadable",
        ),
        (
            b"-----BEGIN CERTIFICATE-----".to_vec(),
            "signature.certificate-unreadable",
        ),
        (flipped, "signature.certificate-unreadable"),
        (Vec::new(), "signature.certificate-unreadable"),
    ] {
        let text = with_content(&world.sent, "ds:X509Certificate", &encode(&der));
        assert_eq!(judged(&text, world.operator()), code);
    }
    // Every bit of a certificate counts: it is signed as well.
    for at in (0..alice.len()).step_by(16) {
        let mut flipped = alice.clone();
        flipped[at] ^= 1;
        let text = with_content(&world.sent, "ds:X509Certificate", &encode(&flipped));
        assert_ne!(judged(&text, world.operator()), "valid", "{at}");
    }
}

/// Mallory is trusted as well, as Mallory: what she signs is hers, whatever certificates stand beside.
#[test]
fn somebody_trusted_signs_as_herself_only() {
    let world = World::new();
    let mallory = world.authority.certify(Key::other_rsa(), "Mallory", |_| ());
    for certificates in [[&mallory, &world.alice], [&world.alice, &mallory]] {
        let certificates = certificates.map(Vec::as_slice);
        let text = order(Key::other_rsa(), "ten pieces", &certificates);
        let document = document(&text);
        let verified = verify(&document, &requiring(&[]), &mut world.operator().backend()).unwrap();
        assert_eq!(*verified.signer(), mallory);
        let text = order(Key::rsa(), "two pieces", &certificates);
        let document = xml_testkit::document(&text);
        let verified = verify(&document, &requiring(&[]), &mut world.operator().backend()).unwrap();
        assert_eq!(*verified.signer(), world.alice);
    }
}

/// Two certificates of one key: which of them speaks is the first that is trusted, and both are of whoever has the key.
#[test]
fn another_certificate_of_the_same_key() {
    let world = World::new();
    let own = Authority::new("Own authority").certify(Key::rsa(), "Somebody else", |params| {
        params
            .distinguished_name
            .push(DnType::OrganizationName, "Ministry");
    });
    let text = with_content(&world.sent, "ds:X509Certificate", &encode(&own));
    assert_eq!(judged(&text, world.operator()), "signature.untrusted");
    let both = replaced(
        &world.sent,
        "<ds:X509Certificate>",
        &format!(
            "<ds:X509Certificate>{}</ds:X509Certificate><ds:X509Certificate>",
            encode(&own)
        ),
    );
    let document = document(&both);
    let verified = verify(&document, &requiring(&[]), &mut world.operator().backend()).unwrap();
    assert_eq!(*verified.signer(), world.alice);
}

/// A pinned certificate is trusted; that does not make it an authority.
#[test]
fn a_pinned_certificate_issues_nothing() {
    let authority = Authority::new("Pinned");
    let alice = authority.certify(Key::other_rsa(), "Alice", |_| ());
    let text = order(Key::other_rsa(), FORGED, &[&alice, &authority.certificate]);
    let pinning = || Operator::trusting(&[]).pinning(&[&authority.certificate]);
    assert_ne!(judged(&text, pinning()), "valid");
    assert_eq!(judged(&text, Operator::trusting(&[&authority])), "valid");
}

/// The value is of `SignedInfo`: another document of the same sender, or of the same text by another one, has another.
#[test]
fn a_value_taken_from_another_document() {
    let world = World::new();
    let other = order(Key::rsa(), "ten pieces", &[&world.alice]);
    let value = content(&other, "ds:SignatureValue");
    let text = with_content(&world.sent, "ds:SignatureValue", value);
    assert_eq!(judged(&text, world.operator()), "signature.mismatch");
    let attackers = order(Key::other_rsa(), "two pieces", &[&world.alice]);
    assert_eq!(judged(&attackers, world.operator()), "signature.mismatch");
    let algorithm = Key::rsa().usual_algorithm();
    let right = with_value(&attackers, |bytes| Key::rsa().sign(algorithm, bytes));
    assert_eq!(judged(&right, world.operator()), "valid");
}
