// SPDX-License-Identifier: Apache-2.0
//! Keys and certificates that an attacker brings along, and genuine ones that no longer count.

use rcgen::{ExtendedKeyUsagePurpose, IsCa, KeyUsagePurpose};

use xml_testkit::{Authority, SERIAL, pem};

use super::scene::{NOW, Reader, Sender};

struct Scene {
    authority: Authority,
    alice: Sender,
    sent: String,
}

impl Scene {
    fn new() -> Self {
        let authority = Authority::new("Trusted authority");
        let alice = Sender::new("Alice", &authority);
        let sent = alice.order("two pieces");
        let scene = Self {
            authority,
            alice,
            sent,
        };
        assert_eq!(scene.reader().code(&scene.sent, ""), "signature.valid");
        scene
    }

    fn reader(&self) -> Reader {
        Reader::trusting(&self.authority)
    }
}

#[test]
fn an_order_signed_by_somebody_who_is_not_trusted() {
    let scene = Scene::new();
    let mallory = Sender::new("Alice", &Authority::new("Trusted authority"));
    let reader = scene.reader();
    assert_eq!(
        reader.code(&mallory.order("ten"), ""),
        "signature.untrusted"
    );
}

/// Where Alice's certificate itself is trusted, nobody else's counts, whoever issued it.
#[test]
fn an_order_by_another_one_than_who_is_pinned() {
    let scene = Scene::new();
    let pinning = Reader::pinning(&scene.alice.certificates[0]);
    assert_eq!(pinning.code(&scene.sent, ""), "signature.valid");
    let mut bob = Sender::new("Bob", &scene.authority);
    assert_eq!(
        scene.reader().code(&bob.order("ten"), ""),
        "signature.valid"
    );
    assert_eq!(pinning.code(&bob.order("ten"), ""), "signature.untrusted");
    bob.certificates = scene.alice.certificates.clone();
    assert_eq!(pinning.code(&bob.order("ten"), ""), "signature.mismatch");
    bob.certificates = Vec::new();
    assert_eq!(pinning.code(&bob.order("ten"), ""), "signature.mismatch");
    // A pinned authority has signed nothing, and issues nothing.
    let pinning = Reader::pinning(&scene.authority.certificate);
    assert_eq!(pinning.code(&scene.sent, ""), "signature.untrusted");
}

#[test]
fn a_certificate_out_of_its_time() {
    let scene = Scene::new();
    // Clocks may differ by a minute.
    for (time, code) in [
        (
            "2024-12-31T23:58:59Z",
            "signature.certificate-not-yet-valid",
        ),
        ("2024-12-31T23:59:00Z", "signature.valid"),
        ("2027-01-01T00:01:00Z", "signature.valid"),
        ("2027-01-01T00:01:01Z", "signature.certificate-expired"),
    ] {
        let verdict = scene
            .reader()
            .verify(scene.sent.as_bytes(), &format!("--at {time}"));
        assert_eq!(verdict.report["code"], code, "{time}");
        assert_eq!(verdict.exit, if code == "signature.valid" { 0 } else { 3 });
    }
}

#[test]
fn a_certificate_for_something_else() {
    let scene = Scene::new();
    let code = |sender: &Sender| scene.reader().code(&sender.order("two pieces"), "");
    // The purpose, what would do, and what there is.
    let told = |sender: &Sender, parts: [&str; 3]| {
        let order = sender.order("two pieces");
        let verdict = scene
            .reader()
            .verify(order.as_bytes(), &format!("--at {NOW}"));
        let told = verdict.report.to_string();
        assert!(parts.iter().all(|part| told.contains(part)), "{told}");
    };
    let server = Sender::with("Alice", &scene.authority, |params| {
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    });
    assert_eq!(code(&server), "signature.certificate-wrong-usage");
    let would_do = "documentSigning, emailProtection, clientAuth or anyExtendedKeyUsage";
    told(
        &server,
        ["as a signer of documents", would_do, "it has serverAuth"],
    );
    let signs = Sender::with("Alice", &scene.authority, |params| {
        let document_signing = vec![1, 3, 6, 1, 5, 5, 7, 3, 36];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::Other(document_signing)];
    });
    assert_eq!(code(&signs), "signature.valid");
    let encrypts = Sender::with("Alice", &scene.authority, |params| {
        params.key_usages = vec![KeyUsagePurpose::KeyEncipherment];
    });
    assert_eq!(code(&encrypts), "signature.certificate-wrong-usage");
    let would_do = "digitalSignature or contentCommitment";
    told(
        &encrypts,
        [
            "as a signer of documents",
            would_do,
            "it has keyEncipherment",
        ],
    );
    let authority = Sender::with("Alice", &scene.authority, |params| {
        params.is_ca = IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    });
    assert_eq!(code(&authority), "signature.certificate-wrong-usage");
}

#[test]
fn a_revoked_certificate_and_one_of_unknown_status() {
    let scene = Scene::new();
    let (authority, reader) = (&scene.authority, scene.reader());
    let lists = "--revocation-lists lists.pem";
    let write = |list: &[u8]| {
        std::fs::write(reader.path("lists.pem"), pem("X509 CRL", list)).unwrap();
    };
    write(&authority.revoking(SERIAL + 1));
    assert_eq!(reader.code(&scene.sent, lists), "signature.valid");
    write(&authority.revoking(SERIAL));
    assert_eq!(
        reader.code(&scene.sent, lists),
        "signature.certificate-revoked"
    );
    write(&Authority::new("Another authority").revoking(SERIAL + 1));
    assert_eq!(
        reader.code(&scene.sent, lists),
        "signature.revocation-unknown"
    );
    // The list has run out.
    write(&authority.revoking(SERIAL + 1));
    let later = format!("{lists} --at 2026-07-01T00:00:00Z");
    let verdict = reader.verify(scene.sent.as_bytes(), &later);
    assert_eq!(verdict.report["code"], "signature.revocation-unknown");
}
