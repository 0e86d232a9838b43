// SPDX-License-Identifier: Apache-2.0
//! From a certificate to an anchor.

use rcgen::CustomExtension;

use super::*;

fn chain(certificates: &[&[u8]]) -> Vec<Vec<u8>> {
    certificates.iter().map(|der| der.to_vec()).collect()
}

fn of(set: &AnchorSet, certificates: &[&[u8]]) -> Result<Identity, IdentifyError> {
    set.identify(&chain(certificates), CLIENT, at(IN_2026))
}

#[test]
fn more_than_a_chain_has_is_not_looked_at() {
    let authority = Authority::new();
    let set = authority.anchors();
    let end = authority.certify(|_| ());
    let end: &[u8] = end.der();
    let other: &[u8] = &authority.der;
    assert!(of(&set, &[end, other, other, other, other]).is_ok());
    let too_many = Err(IdentifyError::TooManyCertificates);
    assert_eq!(
        of(&set, &[end, other, other, other, other, other]),
        too_many
    );
    let rest = 12 * 1024 - end.len();
    assert!(of(&set, &[end, &vec![0; rest]]).is_ok());
    assert_eq!(of(&set, &[end, &vec![0; rest + 1]]), too_many);
    // What is pinned is accepted whatever comes with it.
    let pem = Authority::new().certify(|_| ());
    let set = set.with_pins_pem(pem.pem().as_bytes()).unwrap();
    assert!(of(&set, &[pem.der(), other, other, other, other, other]).is_ok());
}

#[test]
fn issuers_are_found_in_any_order_and_strangers_beside_them_do_not_matter() {
    let root = Authority::new();
    let middle = root.below("Middle authority", |_| ());
    let low = middle.below("Low authority", |_| ());
    let set = root.anchors();
    let end = low.certify(|_| ());
    let end: &[u8] = end.der();
    let stranger = Authority::new();
    let stranger = stranger.below("Low authority", |_| ());
    for rest in [
        [&low.der, &middle.der, &stranger.der, &root.der],
        [&root.der, &stranger.der, &middle.der, &low.der],
        [&middle.der, &low.der, &middle.der, &low.der],
    ] {
        let rest = rest.iter().map(|der| der.as_slice());
        let all: Vec<&[u8]> = std::iter::once(end).chain(rest).collect();
        assert!(of(&set, &all).is_ok());
    }
    assert_eq!(of(&set, &[end, &low.der]), Err(IdentifyError::NoPath));
    assert_eq!(
        of(&set, &[end, &low.der, b"garbage"]),
        Err(IdentifyError::CertificateUnreadable(3))
    );
    // The issuer first: it is no end.
    let told = of(&set, &[&middle.der, end]);
    assert!(
        matches!(told, Err(IdentifyError::WrongUsage(_))),
        "{told:?}"
    );
}

#[test]
fn nothing_is_told_of_a_certificate_that_nobody_trusted_has_issued() {
    let (authority, stranger) = (Authority::new(), Authority::new());
    let set = authority.anchors();
    let unknown = || {
        let mut unknown = CustomExtension::from_oid_content(&[2, 5, 29, 99], vec![0x30, 0]);
        unknown.set_criticality(true);
        vec![unknown]
    };
    type Change = fn(&mut CertificateParams);
    let changes: [Change; 4] = [
        |params| params.not_after = date_time_ymd(2026, 1, 1),
        |params| params.not_before = date_time_ymd(2026, 12, 1),
        |params| params.key_usages = vec![KeyUsagePurpose::KeyEncipherment],
        |params| params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth],
    ];
    for change in changes {
        // Of the same name, so that only the key tells.
        assert_eq!(
            identify(&set, &stranger.certify(change)),
            Err(IdentifyError::NoPath)
        );
        assert_ne!(
            identify(&set, &authority.certify(change)),
            Err(IdentifyError::NoPath)
        );
    }
    let critical = |authority: &Authority| {
        let certificate = authority.certify(|params| params.custom_extensions = unknown());
        identify(&set, &certificate)
    };
    assert_eq!(critical(&stranger), Err(IdentifyError::NoPath));
    let feature = "the extension 2.5.29.99, marked critical";
    assert_eq!(
        critical(&authority),
        Err(IdentifyError::Unsupported(feature.to_owned()))
    );
}

#[test]
fn of_anchors_with_one_name_and_key_each_is_judged_by_its_own_rules() {
    let (params, key) = Authority::params("Test authority", |_| ());
    let variant = |change: fn(&mut CertificateParams)| {
        let mut params = params.clone();
        change(&mut params);
        params.self_signed(&key).unwrap().pem()
    };
    let open = variant(|_| ());
    let short = variant(|params| params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0)));
    let signs_no_lists = variant(|params| params.key_usages = vec![KeyUsagePurpose::KeyCertSign]);
    let certificate = params.self_signed(&key).unwrap();
    let root = Authority::of(params, key, &certificate);
    let low = root.below("Low authority", |_| ());
    let end = low.certify(|_| ());
    let low_list = low.revocation_list(&[]);
    let list = root.revocation_list(&[]) + &low_list;
    let told = |anchors: &[&String], lists: bool| {
        let pem: String = anchors.iter().map(|pem| pem.as_str()).collect();
        let mut set = AnchorSet::from_pem(pem.as_bytes()).unwrap();
        if lists {
            set = set.with_revocation_lists(list.as_bytes()).unwrap();
        }
        of(&set, &[end.der(), &low.der]).is_ok()
    };
    for (narrow, lists) in [(&short, false), (&signs_no_lists, true)] {
        assert!(!told(&[narrow], lists));
        assert!(told(&[&open], lists));
        assert!(told(&[narrow, &open], lists));
        assert!(told(&[&open, narrow], lists));
    }
}

#[test]
fn what_one_anchor_knows_to_be_revoked_another_of_its_name_and_key_does_not_make_unknown() {
    let (params, key) = Authority::params("Test authority", |_| ());
    let mut no_lists = params.clone();
    no_lists.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    let no_lists = no_lists.self_signed(&key).unwrap().pem();
    let certificate = params.self_signed(&key).unwrap();
    let open = certificate.pem();
    let root = Authority::of(params, key, &certificate);
    let serial = SerialNumber::from(8_u64);
    let end = root.certify(|params| params.serial_number = Some(serial.clone()));
    let list = root.revocation_list(&[serial]);
    for anchors in [[&open, &no_lists], [&no_lists, &open]] {
        let set = AnchorSet::from_pem(anchors.map(String::as_str).concat().as_bytes()).unwrap();
        let set = set.with_revocation_lists(list.as_bytes()).unwrap();
        assert_eq!(of(&set, &[end.der()]), Err(IdentifyError::Revoked));
    }
}

#[test]
fn an_unsupported_extension_of_an_issuer_is_named() {
    let root = Authority::new();
    let low = root.below("Low authority", |params| {
        let oid = [1, 2, 246, 99, 1];
        let mut unknown = CustomExtension::from_oid_content(&oid, vec![5, 0]);
        unknown.set_criticality(true);
        params.custom_extensions = vec![unknown];
    });
    let end = low.certify(|_| ());
    let feature = "the extension 1.2.246.99.1, marked critical";
    assert_eq!(
        of(&root.anchors(), &[end.der(), &low.der]),
        Err(IdentifyError::Unsupported(feature.to_owned()))
    );
}

#[test]
fn who_may_not_issue_does_not() {
    let root = Authority::new();
    let set = root.anchors();
    for (usages, expected) in [
        (vec![], true),
        (vec![KeyUsagePurpose::KeyCertSign], true),
        (
            vec![KeyUsagePurpose::DigitalSignature, KeyUsagePurpose::CrlSign],
            false,
        ),
    ] {
        let low = root.below("Low authority", |params| params.key_usages = usages.clone());
        let end = low.certify(|_| ());
        let result = of(&set, &[end.der(), &low.der]).map(drop);
        let rule = "the key usage of an issuer does not have keyCertSign".to_owned();
        let expected = expected
            .then_some(())
            .ok_or(IdentifyError::NotAcceptable(rule));
        assert_eq!(result, expected, "{usages:?}");
    }
    let no_authority = root.below("No authority", |params| params.is_ca = IsCa::ExplicitNoCa);
    let end = no_authority.certify(|_| ());
    let rule = "an issuer does not say that it is an authority (basicConstraints)".to_owned();
    assert_eq!(
        of(&set, &[end.der(), &no_authority.der]),
        Err(IdentifyError::NotAcceptable(rule))
    );
}

#[test]
fn an_anchor_is_one_that_issues() {
    let refused = |authority: &Authority| {
        AnchorSet::from_pem(authority.pem.as_bytes())
            .unwrap_err()
            .to_string()
    };
    let end = Authority::with(|params| params.is_ca = IsCa::NoCa);
    let text = refused(&end);
    for part in [
        "certificate number 1 (CN=Test authority)",
        "basicConstraints",
        "`pinned`",
    ] {
        assert!(text.contains(part), "{text}");
    }
    assert!(
        refused(&Authority::with(|params| params.is_ca = IsCa::ExplicitNoCa))
            .contains("basicConstraints")
    );
    let no_issuer = Authority::with(|params| params.key_usages = vec![KeyUsagePurpose::CrlSign]);
    assert!(refused(&no_issuer).contains("keyCertSign"));
    // Without a key usage it may do anything.
    let free = Authority::with(|params| params.key_usages.clear());
    assert!(identify(&free.anchors(), &free.certify(|_| ())).is_ok());
    let both = [Authority::new().pem, end.pem].concat();
    let error = AnchorSet::from_pem(both.as_bytes()).unwrap_err();
    assert!(matches!(error, TrustError::NotAnIssuer { number: 2, .. }));
}

#[test]
fn the_path_length_of_an_anchor_counts() {
    let root = Authority::with(|params| params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0)));
    let set = root.anchors();
    assert!(identify(&set, &root.certify(|_| ())).is_ok());
    let low = root.below("Low authority", |_| ());
    let end = low.certify(|_| ());
    let rule = "more issuers than an issuer allows (pathLenConstraint)".to_owned();
    assert_eq!(
        of(&set, &[end.der(), &low.der]),
        Err(IdentifyError::NotAcceptable(rule))
    );
}

#[test]
fn of_two_anchors_of_one_name_the_right_one_is_found() {
    let (old, new) = (Authority::new(), Authority::new());
    let set = AnchorSet::from_pem([old.pem.as_str(), &new.pem].concat().as_bytes()).unwrap();
    for authority in [&old, &new] {
        for named in [true, false] {
            let end = authority.certify(|params| {
                params.use_authority_key_identifier_extension = named;
            });
            assert!(identify(&set, &end).is_ok());
        }
    }
    assert_eq!(
        identify(&set, &Authority::new().certify(|_| ())),
        Err(IdentifyError::NoPath)
    );
}

#[test]
fn a_judgement_ends_with_what_it_rests_on() {
    let authority = Authority::new();
    let set = authority.anchors();
    let end = authority.certify(|_| ());
    let exact = ClockTolerance {
        certificates: Duration::ZERO,
        ..ClockTolerance::default()
    };
    // Clocks may differ by a minute unless that is set.
    for (set, tolerance) in [
        (authority.anchors().with_clock_tolerance(exact), 0),
        (set, 60),
    ] {
        // Asked in an order in which each answer could be taken for the next.
        for (time, expected) in [
            (IN_2026, Ok(())),
            (1_798_761_600 + tolerance, Ok(())),
            (1_798_761_601 + tolerance, Err(IdentifyError::Expired)),
            (1_735_689_599 - tolerance, Err(IdentifyError::NotYetValid)),
            (1_735_689_600 - tolerance, Ok(())),
            (IN_2026, Ok(())),
        ] {
            let result = set.identify(&[end.der().to_vec()], CLIENT, at(time));
            assert_eq!(result.map(drop), expected, "{time}");
        }
    }
}

#[test]
fn an_issuer_that_signs_in_an_unsupported_way_is_told() {
    // Ed448 is not there; the certificate is damaged in the two places where its algorithm stands.
    let authority = Authority::new();
    let end = authority.certify(|_| ()).der().to_vec();
    let ecdsa = [6, 8, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 4, 3, 2];
    let sha224 = [6, 8, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 4, 3, 1];
    let mut other = end.clone();
    for place in 0..other.len() - ecdsa.len() {
        if other[place..].starts_with(&ecdsa) {
            other[place..place + sha224.len()].copy_from_slice(&sha224);
        }
    }
    let feature = "the signature algorithm ecdsa-with-SHA224 (1.2.840.10045.4.3.1)".to_owned();
    assert_eq!(
        of(&authority.anchors(), &[&other]),
        Err(IdentifyError::Unsupported(feature))
    );
}

/// Prints what the worst that a stranger shows costs, and the usual chain; nothing is asserted of the time.
#[test]
fn what_chains_cost() {
    let (root, stranger) = (Authority::new(), Authority::new());
    let set = root.anchors();
    let lists = root.revocation_list(&[]);
    let low = root.below("Low authority", |_| ());
    let lists = [lists, low.revocation_list(&[])].concat();
    let listed = root
        .anchors()
        .with_revocation_lists(lists.as_bytes())
        .unwrap();
    let third = Authority::new();
    let three = [&root.pem, &stranger.pem, &third.pem].map(String::as_str);
    let three = AnchorSet::from_pem(three.concat().as_bytes()).unwrap();
    let many: String = (0..20)
        .map(|number| {
            let name = format!("Authority {number}");
            root.below(&name, |_| ()).pem
        })
        .collect();
    let many = AnchorSet::from_pem(many.as_bytes()).unwrap();
    let usual = chain(&[low.certify(|_| ()).der(), &low.der]);
    // All of the anchor's name, each below the other, so that every order could be a path.
    let forger = Authority::new();
    let forged: Vec<_> = (0..5)
        .map(|_| {
            let no_hint = |params: &mut CertificateParams| {
                params.use_authority_key_identifier_extension = false;
            };
            forger.below("Test authority", no_hint).der
        })
        .collect();
    let long = |change: &dyn Fn(&mut CertificateParams)| {
        chain(&[stranger.certify(|params| change(params)).der()])
    };
    let long_name = long(&|params| {
        let name = "Ä ".repeat(3_700);
        params
            .distinguished_name
            .push(DnType::OrganizationName, name);
    });
    let many_names = long(&|params| {
        let names = (0..2_500).map(|_| "a.b".try_into().unwrap());
        params.subject_alt_names = names.map(rcgen::SanType::DnsName).collect();
    });
    let forged: Vec<&[u8]> = forged.iter().map(Vec::as_slice).collect();
    for (name, set, chain) in [
        ("usual", &set, usual.clone()),
        ("usual with lists", &listed, usual),
        ("forged", &set, chain(&forged)),
        ("forged, three anchors of the name", &three, chain(&forged)),
        ("long name", &set, long_name.clone()),
        ("long name, twenty anchors", &many, long_name),
        ("many names", &set, many_names),
    ] {
        let (first, rest) = chain.split_first().unwrap();
        let bytes: usize = chain.iter().map(Vec::len).sum();
        let at_time = i64::try_from(IN_2026).unwrap();
        let (before, rounds) = (cpu(), 200);
        for _ in 0..rounds {
            let _ = path::judge(&set.judges, first, rest, CLIENT, at_time);
        }
        let (between, known_rounds) = (cpu(), 2_000);
        for _ in 0..known_rounds {
            let _ = set.identify(&chain, CLIENT, at(IN_2026));
        }
        let known = (cpu() - between) / known_rounds;
        let new = (between - before) / rounds;
        println!("{name}, {bytes} bytes: {new:?} new, {known:?} known");
    }
}

/// CPU time of this thread so far; none where Linux does not tell.
fn cpu() -> Duration {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    let nanoseconds = text.split(' ').next().and_then(|time| time.parse().ok());
    Duration::from_nanos(nanoseconds.unwrap_or(0))
}

#[test]
fn a_root_of_version_1_is_an_anchor_and_what_is_no_root_is_none() {
    let root = samples::decoded(samples::ROOT_OF_VERSION_1);
    let end = samples::decoded(samples::BELOW_VERSION_1);
    let set = AnchorSet::new().with_anchors_pem(&root).unwrap();
    for shown in [chain(&[&end]), chain(&[&end, &root])] {
        let identity = set.identify(&shown, Purpose::DocumentSigner, at(1_900_000_000));
        assert_eq!(identity.unwrap().common_name, "below an old root");
    }
    // An end that is configured as an anchor issues nothing.
    let refused = AnchorSet::new().with_anchors_pem(&end).unwrap_err();
    let refused = refused.to_string();
    let reason = "it does not say that it is an authority's";
    assert!(refused.contains(reason), "{refused}");
}
