// SPDX-License-Identifier: Apache-2.0
//! Every error of `identify`, each by something that brings it about.

use std::collections::BTreeSet;

use rcgen::CustomExtension;

use super::*;

/// The name of an error in the contract. One more there has to be brought about here.
fn arm(error: &IdentifyError) -> &'static str {
    match error {
        IdentifyError::CertificateUnreadable(_) => "certificate-unreadable",
        IdentifyError::TooManyCertificates => "too-many-certificates",
        IdentifyError::NoPath => "no-path",
        IdentifyError::NotYetValid => "not-yet-valid",
        IdentifyError::Expired => "expired",
        IdentifyError::Revoked => "revoked",
        IdentifyError::RevocationUnknown(_) => "revocation-unknown",
        IdentifyError::WrongUsage(_) => "wrong-usage",
        IdentifyError::NotAcceptable(_) => "not-acceptable",
        IdentifyError::Unsupported(_) => "unsupported",
    }
}

/// All arms but `unknown-anchor-set`, which is told before a set is asked.
const ARMS: usize = 10;

fn extension(numbers: &[u64], content: &[u8]) -> CustomExtension {
    let mut extension = CustomExtension::from_oid_content(numbers, content.to_vec());
    extension.set_criticality(true);
    extension
}

#[test]
fn every_error_of_identify_can_be_brought_about() {
    let (root, stranger) = (Authority::new(), Authority::new());
    let set = root.anchors();
    let list = |serial: u64| {
        let list = root.revocation_list(&[SerialNumber::from(serial)]);
        let set = root.anchors();
        set.with_revocation_lists(list.as_bytes()).unwrap()
    };
    let other_list = stranger
        .below("Other authority", |_| ())
        .revocation_list(&[]);
    let no_list = root.anchors();
    let no_list = no_list
        .with_revocation_lists(other_list.as_bytes())
        .unwrap();
    let certified = |change: fn(&mut CertificateParams)| root.certify(change).der().to_vec();
    let plain = certified(|_| ());
    let mut met = BTreeSet::new();
    let mut expect = |name: &'static str, set: &AnchorSet, chain: &[Vec<u8>]| {
        let error = set.identify(chain, CLIENT, at(IN_2026)).unwrap_err();
        assert_eq!(arm(&error), name, "{error:?}");
        met.insert(name);
    };
    expect("certificate-unreadable", &set, &[]);
    expect("certificate-unreadable", &set, &[b"nothing".to_vec()]);
    expect("too-many-certificates", &set, &[const { Vec::new() }; 6]);
    expect("no-path", &set, &[stranger.certify(|_| ()).der().to_vec()]);
    expect(
        "not-yet-valid",
        &set,
        &[certified(|params| {
            params.not_before = date_time_ymd(2026, 12, 1)
        })],
    );
    expect(
        "expired",
        &set,
        &[certified(|params| {
            params.not_after = date_time_ymd(2026, 1, 1)
        })],
    );
    expect("revoked", &list(7), std::slice::from_ref(&plain));
    expect("revocation-unknown", &no_list, &[plain]);
    expect(
        "wrong-usage",
        &set,
        &[certified(|params| {
            params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        })],
    );
    expect(
        "wrong-usage",
        &set,
        &[certified(|params| {
            params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained)
        })],
    );
    // An extended key usage without any.
    expect(
        "not-acceptable",
        &set,
        &[certified(|params| {
            params.custom_extensions = vec![extension(&[2, 5, 29, 37], &[0x30, 0])];
        })],
    );
    expect(
        "unsupported",
        &set,
        &[certified(|params| {
            params.custom_extensions = vec![extension(&[1, 2, 246, 99], &[5, 0])];
        })],
    );
    assert_eq!(met.len(), ARMS);
}

/// What is told of a certificate with more of something than is looked at: an issuer's policies, say.
#[test]
fn limits_are_told_as_what_is_not_supported() {
    let root = Authority::new();
    let policies: Vec<u8> = (0..33_u8)
        .flat_map(|number| [0x30, 4, 6, 2, 0x2A, number])
        .collect();
    let policies = lists::tlv(0x30, &policies);
    let end = root.certify(|params| {
        params.custom_extensions = vec![extension(&[2, 5, 29, 32], &policies)];
    });
    let told = identify(&root.anchors(), &end).unwrap_err();
    let feature = "the extension certificatePolicies (2.5.29.32) with more than 32 entries";
    assert_eq!(told, IdentifyError::Unsupported(feature.to_owned()));
    let end = root.certify(|params| {
        let unknown = |number| CustomExtension::from_oid_content(&[1, 2, 246, number], vec![5, 0]);
        params.custom_extensions = (0..64).map(unknown).collect();
    });
    let told = identify(&root.anchors(), &end).unwrap_err();
    let feature = "more than 64 extensions in one certificate";
    assert_eq!(told, IdentifyError::Unsupported(feature.to_owned()));
}

#[test]
fn certificates_can_be_demanded_to_be_issued_under_a_policy() {
    let root = Authority::new();
    let end = |policy: Option<u8>| {
        root.certify(|params| {
            let policy = policy.map(|number| [0x30, 6, 0x30, 4, 6, 2, 0x2A, number]);
            let policies = policy.map(|content| extension(&[2, 5, 29, 32], &content));
            params.custom_extensions = policies.into_iter().collect();
        })
    };
    let under = |policies: &[&str]| root.anchors().with_policies(policies).unwrap();
    let none: [&str; 0] = [];
    for (policies, expected) in [
        (&none[..], [true, true, true]),
        (&["1.2.3"], [false, true, false]),
        (&["1.2.3", "1.2.4"], [false, true, true]),
    ] {
        let set = under(policies);
        let told = [None, Some(3), Some(4)].map(|policy| identify(&set, &end(policy)).is_ok());
        assert_eq!(told, expected, "{policies:?}");
    }
    for no_policy in [
        "",
        "1",
        "1.2.x",
        "1..2",
        "+1.2",
        "3.5",
        "6.39.3",
        "anyPolicy",
    ] {
        let error = root.anchors().with_policies(&[no_policy]).unwrap_err();
        assert_eq!(error, TrustError::NotAPolicy(no_policy.to_owned()));
    }
}

#[test]
fn an_authority_whose_key_is_for_pss_alone_issues() {
    let authority = samples::decoded(samples::PSS_AUTHORITY);
    let end = samples::decoded(samples::PSS_ISSUED);
    let set = AnchorSet::from_pem(&authority).unwrap();
    // 2027
    let identity = set.identify(&[end], CLIENT, at(1_800_000_000)).unwrap();
    assert_eq!(identity.common_name, "Test signer");
}
