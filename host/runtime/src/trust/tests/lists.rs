// SPDX-License-Identifier: Apache-2.0
//! Revocation lists.

use rcgen::{CrlDistributionPoint, CrlIssuingDistributionPoint, CrlScope};

use super::*;

fn serial(number: u64) -> SerialNumber {
    SerialNumber::from(number)
}

fn with(authority: &Authority, lists: &[&str]) -> AnchorSet {
    let set = authority.anchors();
    set.with_revocation_lists(lists.concat().as_bytes())
        .unwrap()
}

/// What is told of the test signer, whose number is 7.
fn told(authority: &Authority, lists: &[&str]) -> Result<(), IdentifyError> {
    identify(&with(authority, lists), &authority.certify(|_| ())).map(drop)
}

pub(super) fn gap(result: Result<(), IdentifyError>) -> String {
    match result {
        Err(IdentifyError::RevocationUnknown(gap)) => gap,
        other => panic!("{other:?}"),
    }
}

/// A list for other months.
fn list(authority: &Authority, serials: &[SerialNumber], from: (i32, u8), to: (i32, u8)) -> String {
    authority.revocation_list_with(serials, |params| {
        params.this_update = date_time_ymd(from.0, from.1, 1);
        params.next_update = date_time_ymd(to.0, to.1, 1);
    })
}

#[test]
fn every_list_that_names_it_revokes_whatever_the_order() {
    let authority = Authority::new();
    let empty = list(&authority, &[], (2025, 1), (2026, 12));
    let newer = list(&authority, &[serial(7)], (2026, 1), (2026, 12));
    let ran_out = list(&authority, &[serial(7)], (2025, 1), (2025, 2));
    for naming in [&newer, &ran_out] {
        for order in [[&empty, naming], [naming, &empty]] {
            let order = order.map(String::as_str);
            assert_eq!(told(&authority, &order), Err(IdentifyError::Revoked));
        }
    }
    assert_eq!(told(&authority, &[&empty, &empty]), Ok(()));
}

#[test]
fn a_list_that_ran_out_beside_a_good_one_refuses_nobody() {
    let authority = Authority::new();
    let ran_out = list(&authority, &[], (2025, 1), (2025, 2));
    let good = list(&authority, &[serial(8)], (2026, 1), (2026, 12));
    for order in [[&ran_out, &good], [&good, &ran_out]] {
        assert_eq!(told(&authority, &order.map(String::as_str)), Ok(()));
    }
    let text = gap(told(&authority, &[&ran_out]));
    assert!(
        text.contains("ran out on 2025-02-01") && text.contains("renew it"),
        "{text}"
    );
}

#[test]
fn a_list_of_the_future_is_none_yet() {
    let authority = Authority::new();
    let future = list(&authority, &[serial(7)], (2026, 6), (2026, 12));
    let text = gap(told(&authority, &[&future]));
    assert!(
        text.contains("only from 2026-06-01") && text.contains("clock"),
        "{text}"
    );
    let now = list(&authority, &[], (2026, 1), (2026, 12));
    let set = with(&authority, &[&future, &now]);
    let end = authority.certify(|_| ());
    assert!(identify(&set, &end).is_ok());
    // Then it counts, whatever was remembered.
    let july = set.identify(&[end.der().to_vec()], CLIENT, at(1_782_900_000));
    assert_eq!(july, Err(IdentifyError::Revoked));
}

#[test]
fn a_list_of_another_key_or_issuer_counts_for_nothing() {
    let (authority, other) = (Authority::new(), Authority::new());
    let forged = list(&other, &[serial(7)], (2026, 1), (2026, 12));
    let text = gap(told(&authority, &[&forged]));
    assert!(text.contains("not signed with the issuer's key"), "{text}");
    let good = list(&authority, &[], (2026, 1), (2026, 12));
    for order in [[&forged, &good], [&good, &forged]] {
        assert_eq!(told(&authority, &order.map(String::as_str)), Ok(()));
    }
    let low = authority.below("Low authority", |_| ());
    let set = with(&authority, &[&list(&low, &[], (2026, 1), (2026, 12))]);
    let text = gap(identify(&set, &authority.certify(|_| ())).map(drop));
    assert!(text.contains("is of the certificate's issuer"), "{text}");
}

#[test]
fn lists_of_an_issuer_whose_key_is_not_for_lists_do_not_count() {
    let authority = Authority::new();
    let list = list(&authority, &[serial(7)], (2026, 1), (2026, 12));
    // The same name and key, certified again without cRLSign.
    let (mut params, _) = Authority::params("Test authority", |_| ());
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    let again = params.self_signed(authority.issuer.key()).unwrap();
    let set = AnchorSet::from_pem(again.pem().as_bytes()).unwrap();
    let set = set.with_revocation_lists(list.as_bytes()).unwrap();
    let text = gap(identify(&set, &authority.certify(|_| ())).map(drop));
    assert!(text.contains("cRLSign"), "{text}");
}

#[test]
fn revoked_issuers_refuse_what_is_below() {
    let root = Authority::new();
    let low = root.below("Low authority", |params| {
        params.serial_number = Some(serial(9))
    });
    let end = low.certify(|_| ());
    let of_low = list(&low, &[], (2026, 1), (2026, 12));
    for (revoked, expected) in [(8, Ok(())), (9, Err(IdentifyError::Revoked))] {
        let of_root = list(&root, &[serial(revoked)], (2026, 1), (2026, 12));
        let set = with(&root, &[&of_root, &of_low]);
        let chain = [end.der().to_vec(), low.der.clone()];
        let result = set.identify(&chain, CLIENT, at(IN_2026));
        assert_eq!(result.map(drop), expected);
    }
}

#[test]
fn a_list_counts_for_the_certificates_it_is_for() {
    let authority = Authority::new();
    let partial = |uri: &str, scope: Option<CrlScope>, serials: &[SerialNumber]| {
        authority.revocation_list_with(serials, |params| {
            params.issuing_distribution_point = Some(CrlIssuingDistributionPoint {
                distribution_point: CrlDistributionPoint {
                    uris: vec![uri.to_owned()],
                },
                scope,
            });
        })
    };
    let end = |uris: &[&str]| {
        authority.certify(|params| {
            params.crl_distribution_points = uris
                .iter()
                .map(|uri| CrlDistributionPoint {
                    uris: vec![(*uri).to_owned()],
                })
                .collect();
        })
    };
    let told = |list: &str, certificate: &Certificate| {
        identify(&with(&authority, &[list]), certificate).map(drop)
    };
    let (one, two) = ("http://crl.example/1", "http://crl.example/2");
    let list = partial(one, None, &[]);
    assert_eq!(told(&list, &end(&[one])), Ok(()));
    assert_eq!(told(&list, &end(&[two, one])), Ok(()));
    for certificate in [end(&[two]), end(&[])] {
        let text = gap(told(&list, &certificate));
        assert!(text.contains("for a part of its certificates"), "{text}");
    }
    // Naming it is enough to revoke it.
    assert_eq!(
        told(&partial(one, None, &[serial(7)]), &end(&[two])),
        Err(IdentifyError::Revoked)
    );
    let (users, authorities) = (Some(CrlScope::UserCertsOnly), Some(CrlScope::CaCertsOnly));
    assert_eq!(told(&partial(one, users, &[]), &end(&[one])), Ok(()));
    gap(told(&partial(one, authorities, &[]), &end(&[one])));
}

/// When the lists of a set run out of which that is told, in months of 2026.
fn told_to_run_out(set: &AnchorSet) -> Vec<SystemTime> {
    let dated = set.dated().iter().filter_map(|dated| match dated {
        Dated::List { next_update, .. } => Some(*next_update),
        _ => None,
    });
    dated.collect()
}

#[test]
fn a_list_that_a_newer_one_stands_in_for_is_not_told_to_run_out() {
    let authority = Authority::new();
    let end = |pem: &str| told_to_run_out(&with(&authority, &[pem]));
    let old = list(&authority, &[], (2025, 1), (2025, 6));
    let new = list(&authority, &[], (2025, 5), (2026, 12));
    assert_eq!((end(&old).len(), end(&new).len()), (1, 1));
    for order in [[&old, &new], [&new, &old]] {
        let [one, two] = order.map(String::as_str);
        assert_eq!(told_to_run_out(&with(&authority, &[one, two])), end(&new));
        // Of two files.
        let set = with(&authority, &[one]);
        let set = set.with_revocation_lists(two.as_bytes()).unwrap();
        assert_eq!(told_to_run_out(&set), end(&new));
    }
    // Nobody knows what was revoked in between, or afterwards.
    let later = list(&authority, &[], (2025, 7), (2026, 12));
    let shorter = list(&authority, &[], (2025, 2), (2025, 3));
    for other in [&later, &shorter] {
        let both = told_to_run_out(&with(&authority, &[&old, other]));
        assert_eq!(both, [end(&old), end(other)].concat());
    }
}

#[test]
fn lists_of_other_keys_issuers_and_scopes_stand_in_for_nothing() {
    let authority = Authority::new();
    let low = authority.below("Low authority", |_| ());
    let old = list(&authority, &[], (2025, 1), (2025, 6));
    let newer = |authority: &Authority, scope: Option<CrlScope>| {
        authority.revocation_list_with(&[], |params| {
            params.this_update = date_time_ymd(2025, 5, 1);
            params.next_update = date_time_ymd(2026, 12, 1);
            let point = |scope| CrlIssuingDistributionPoint {
                distribution_point: CrlDistributionPoint {
                    uris: vec!["http://crl.example/1".to_owned()],
                },
                scope: Some(scope),
            };
            params.issuing_distribution_point = scope.map(point);
        })
    };
    for (other, count) in [
        (newer(&authority, None), 1),
        (newer(&Authority::new(), None), 2),
        (newer(&low, None), 2),
        (newer(&authority, Some(CrlScope::UserCertsOnly)), 2),
    ] {
        let set = with(&authority, &[&old, &other]);
        assert_eq!(told_to_run_out(&set).len(), count);
    }
}

/// TLV, its length as short as it can be.
pub(super) fn tlv(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = u16::try_from(content.len()).unwrap();
    let [high, low] = length.to_be_bytes();
    let header = match length {
        ..0x80 => vec![tag, low],
        0x80..0x100 => vec![tag, 0x81, low],
        _ => vec![tag, 0x82, high, low],
    };
    [&header, content].concat()
}

/// A list, not signed by anybody, with these extensions and entries.
fn unsigned(extensions: &[u8], entries: &[Vec<u8>]) -> String {
    let algorithm = tlv(0x30, &[6, 8, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 4, 3, 2]);
    let time = tlv(0x17, b"250601000000Z");
    let entries = match entries {
        [] => Vec::new(),
        entries => tlv(0x30, &entries.concat()),
    };
    let content = [
        &[2, 1, 1][..],
        &algorithm,
        &tlv(0x30, &[]),
        &time,
        &time,
        &entries,
        &tlv(0xA0, &tlv(0x30, extensions)),
    ];
    let content = tlv(0x30, &content.concat());
    let der = tlv(0x30, &[content, algorithm, vec![3, 2, 0, 0]].concat());
    let text = base64_simd::STANDARD.encode_to_string(der);
    format!("-----BEGIN X509 CRL-----\n{text}\n-----END X509 CRL-----\n")
}

pub(super) fn extension(number: u8, critical: bool, content: &[u8]) -> Vec<u8> {
    let critical: &[u8] = if critical { &[1, 1, 0xFF] } else { &[] };
    tlv(
        0x30,
        &[&[6, 3, 0x55, 0x1D, number], critical, &tlv(4, content)].concat(),
    )
}

fn entry(extensions: &[u8]) -> Vec<u8> {
    let date = tlv(0x17, b"250601000000Z");
    let extensions = match extensions {
        [] => Vec::new(),
        extensions => tlv(0x30, extensions),
    };
    tlv(0x30, &[&[2, 1, 7][..], &date, &extensions].concat())
}

#[test]
fn lists_of_other_kinds_are_named() {
    let read = |pem: &str| AnchorSet::new().with_revocation_lists(pem.as_bytes());
    let point = |content: &[u8]| extension(28, true, &tlv(0x30, content));
    let name = tlv(0xA0, &tlv(0xA0, &tlv(0x86, b"http://crl.example")));
    let good = unsigned(&extension(20, false, &[2, 1, 1]), &[entry(&[])]);
    assert!(read(&good).is_ok());
    assert!(read(&unsigned(&point(&name), &[])).is_ok());
    assert!(read(&unsigned(&point(&[0x81, 1, 0xFF]), &[])).is_ok());
    #[rustfmt::skip]
    let rows = [
        (unsigned(&point(&tlv(0xA0, &tlv(0xA0, &tlv(0x82, b"example")))), &[]), "neither a URI nor a directory name"),
        (unsigned(&point(&[0x85, 1, 0xFF]), &[]), "attribute certificates"),
        (unsigned(&extension(99, true, &[5, 0]), &[]), "the extension 2.5.29.99, marked critical"),
        (unsigned(&extension(20, false, &[2, 1, 1]), &[entry(&extension(29, true, &[0x30, 0]))]), "an entry has the extension"),
    ];
    for (list, part) in rows {
        let both = format!("{good}{list}");
        let error = read(&both).unwrap_err();
        let text = error.to_string();
        assert!(
            matches!(
                error,
                TrustError::UnsupportedRevocationList { number: 2, .. }
            ),
            "{text}"
        );
        assert!(
            text.contains(part) && text.contains("complete list"),
            "{text}"
        );
    }
    for content in [
        &[0x81, 1, 1][..],
        &[0x86, 1, 0xFF],
        &tlv(0xA0, &[]),
        &[0x81, 1],
    ] {
        let error = read(&unsigned(&point(content), &[])).unwrap_err();
        assert_eq!(
            error,
            TrustError::UnreadableRevocationList(1),
            "{content:?}"
        );
    }
    // An entry that cannot be read is not passed over.
    for entries in [
        vec![entry(&[]), tlv(0x30, &[2, 1, 7])],
        vec![tlv(0x30, &[]), entry(&[])],
        vec![vec![5, 0]],
    ] {
        let error = read(&unsigned(&extension(20, false, &[2, 1, 1]), &entries)).unwrap_err();
        assert_eq!(error, TrustError::UnreadableRevocationList(1));
    }
}
