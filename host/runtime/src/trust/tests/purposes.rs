// SPDX-License-Identifier: Apache-2.0
//! What a certificate is accepted for, and what is told of one that is for something else.

use super::*;

use ExtendedKeyUsagePurpose as P;
use KeyUsagePurpose as U;

const ALL: [Purpose; 3] = [CLIENT, Purpose::DocumentSigner, Purpose::TlsServer];

fn document_signing() -> P {
    P::Other(vec![1, 3, 6, 1, 5, 5, 7, 3, 36])
}

fn told(set: &AnchorSet, certificates: &[&[u8]], purpose: Purpose) -> Result<(), String> {
    let chain: Vec<_> = certificates.iter().map(|der| der.to_vec()).collect();
    match set.identify(&chain, purpose, at(IN_2026)) {
        Ok(_) => Ok(()),
        Err(IdentifyError::WrongUsage(usage)) => Err(usage),
        Err(other) => panic!("{other:?}"),
    }
}

#[test]
fn each_purpose_takes_its_extended_key_usages_and_issuers_that_do_not_exclude_them() {
    let authority = Authority::new();
    let set = authority.anchors();
    for (purposes, expected) in [
        (vec![], [true, true, true]),
        (vec![P::ClientAuth], [true, true, false]),
        (vec![P::ServerAuth, P::ClientAuth], [true, true, true]),
        (vec![P::Any], [false, true, false]),
        (vec![P::EmailProtection], [false, true, false]),
        (vec![document_signing()], [false, true, false]),
        (vec![P::ServerAuth], [false, false, true]),
        (
            vec![P::CodeSigning, P::TimeStamping, P::OcspSigning],
            [false; 3],
        ),
    ] {
        let end = authority.certify(|params| params.extended_key_usages = purposes.clone());
        let accepted = ALL.map(|purpose| told(&set, &[end.der()], purpose).is_ok());
        assert_eq!(accepted, expected, "{purposes:?}");
        // Above, any is no limit.
        let low = authority.below("Low authority", |params| {
            params.extended_key_usages = purposes.clone();
        });
        let end = low.certify(|_| ());
        let accepted = ALL.map(|purpose| told(&set, &[end.der(), &low.der], purpose).is_ok());
        let is_open = purposes == [P::Any];
        assert_eq!(
            accepted,
            expected.map(|accepted| accepted || is_open),
            "{purposes:?}"
        );
    }
}

#[test]
fn an_extended_key_usage_for_something_else_is_named_with_those_that_would_do() {
    let authority = Authority::new();
    let set = authority.anchors();
    let with = |purposes: &[P]| {
        let end = authority.certify(|params| params.extended_key_usages = purposes.to_vec());
        ALL.map(|purpose| told(&set, &[end.der()], purpose))
    };
    let client =
        "as a client of TLS it needs the extended key usage clientAuth, or none at all; it has ";
    let signer = "as a signer of documents it needs the extended key usage documentSigning, emailProtection, clientAuth or anyExtendedKeyUsage, or none at all; it has ";
    let server =
        "as a server of TLS it needs the extended key usage serverAuth, or none at all; it has ";
    let refused = |needs: &str, has: &str| Err(format!("{needs}{has}"));
    assert_eq!(
        with(&[P::ServerAuth]),
        [
            refused(client, "serverAuth"),
            refused(signer, "serverAuth"),
            Ok(())
        ]
    );
    assert_eq!(
        with(&[document_signing()]),
        [
            refused(client, "documentSigning"),
            Ok(()),
            refused(server, "documentSigning")
        ]
    );
    let two = "anyExtendedKeyUsage and emailProtection";
    assert_eq!(
        with(&[P::Any, P::EmailProtection]),
        [refused(client, two), Ok(()), refused(server, two)]
    );
    // What RFC 5280 does not know is told by its number.
    let others = [P::CodeSigning, P::Other(vec![1, 2, 246, 99])];
    let [told, ..] = with(&others);
    assert_eq!(told, refused(client, "codeSigning and 1.2.246.99"));
}

#[test]
fn of_many_extended_key_usages_the_first_are_told() {
    let authority = Authority::new();
    let set = authority.anchors();
    let with = |count: u64| {
        let purposes = (0..count).map(|number| P::Other(vec![1, 2, number]));
        let end = authority.certify(|params| params.extended_key_usages = purposes.collect());
        told(&set, &[end.der()], CLIENT).unwrap_err()
    };
    let eight = "it has 1.2.0, 1.2.1, 1.2.2, 1.2.3, 1.2.4, 1.2.5, 1.2.6";
    assert!(with(8).ends_with(&format!("{eight} and 1.2.7")));
    assert!(with(9).ends_with(&format!("{eight}, 1.2.7 and 1 more")));
    assert!(with(600).ends_with(&format!("{eight}, 1.2.7 and 592 more")));
}

#[test]
fn a_key_usage_for_something_else_is_named_with_those_that_would_do() {
    let authority = Authority::new();
    let set = authority.anchors();
    let names = ["client of TLS", "signer of documents", "server of TLS"];
    #[rustfmt::skip]
    let rows = [
        (vec![U::KeyEncipherment], "keyEncipherment"),
        (vec![U::DataEncipherment, U::KeyAgreement, U::DecipherOnly], "dataEncipherment, keyAgreement and decipherOnly"),
        (vec![U::KeyCertSign, U::CrlSign, U::EncipherOnly], "keyCertSign, cRLSign and encipherOnly"),
    ];
    for (usages, has) in rows {
        let end = authority.certify(|params| params.key_usages = usages.clone());
        for (purpose, name) in ALL.into_iter().zip(names) {
            let expected = format!(
                "as a {name} it needs the key usage digitalSignature or contentCommitment; it has {has}"
            );
            assert_eq!(told(&set, &[end.der()], purpose), Err(expected));
        }
    }
    for usage in [U::DigitalSignature, U::ContentCommitment] {
        let end = authority.certify(|params| params.key_usages = vec![usage, U::KeyEncipherment]);
        for purpose in ALL {
            assert_eq!(told(&set, &[end.der()], purpose), Ok(()));
        }
    }
}

#[test]
fn an_authority_at_the_end_is_told_as_one() {
    let root = Authority::new();
    let low = root.below("Low authority", |params| {
        params.key_usages.push(U::DigitalSignature);
    });
    let names = ["client of TLS", "signer of documents", "server of TLS"];
    for (purpose, name) in ALL.into_iter().zip(names) {
        let expected = format!(
            "as a {name} it needs to be an end's; it is an authority's (basicConstraints with CA:TRUE)"
        );
        assert_eq!(told(&root.anchors(), &[&low.der], purpose), Err(expected));
    }
}

#[test]
fn the_extended_key_usage_of_an_issuer_is_told_as_the_issuers() {
    let root = Authority::new();
    let set = root.anchors();
    let low = root.below("Low authority", |params| {
        params.extended_key_usages = vec![P::TimeStamping];
    });
    let end = low.certify(|_| ());
    for (purpose, expected) in ALL.into_iter().zip([
        "to be issued as a client of TLS, it needs issuers with the extended key usage clientAuth or anyExtendedKeyUsage, or none at all; one has timeStamping",
        "to be issued as a signer of documents, it needs issuers with the extended key usage documentSigning, emailProtection, clientAuth or anyExtendedKeyUsage, or none at all; one has timeStamping",
        "to be issued as a server of TLS, it needs issuers with the extended key usage serverAuth or anyExtendedKeyUsage, or none at all; one has timeStamping",
    ]) {
        let told = told(&set, &[end.der(), &low.der], purpose);
        assert_eq!(told, Err(expected.to_owned()));
    }
}
