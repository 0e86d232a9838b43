// SPDX-License-Identifier: Apache-2.0
//! Revocation lists that are not the complete list of an issuer by its own key: of changes, of other issuers, for some reasons, by
//! another key. Written by hand, because the library that makes the others has none of them.

use rcgen::{CustomExtension, SigningKey};

use super::{
    lists::{extension, gap, tlv},
    *,
};

/// A list that an authority signs.
struct List<'a> {
    by: &'a Authority,
    extensions: Vec<Vec<u8>>,
    entries: Vec<Vec<u8>>,
    this_update: &'a [u8],
    next_update: &'a [u8],
}

impl<'a> List<'a> {
    /// From June 2025 to June 2026.
    fn by(by: &'a Authority) -> Self {
        Self {
            by,
            extensions: Vec::new(),
            entries: Vec::new(),
            this_update: b"250601000000Z",
            next_update: b"260601000000Z",
        }
    }

    fn number(mut self, number: u8) -> Self {
        let number = extension(20, false, &[2, 1, number]);
        self.extensions.push(number);
        self
    }

    fn changes_since(mut self, base: u8) -> Self {
        self.this_update = b"250801000000Z";
        self.extensions.push(extension(27, true, &[2, 1, base]));
        self
    }

    /// IssuingDistributionPoint.
    fn for_some(mut self, content: &[u8]) -> Self {
        let point = extension(28, true, &tlv(0x30, content));
        self.extensions.push(point);
        self
    }

    fn names(mut self, serial: u8, extensions: &[Vec<u8>]) -> Self {
        let date = tlv(0x17, b"250601000000Z");
        let extensions = match extensions {
            [] => Vec::new(),
            extensions => tlv(0x30, &extensions.concat()),
        };
        let entry = [&[2, 1, serial][..], &date, &extensions].concat();
        self.entries.push(tlv(0x30, &entry));
        self
    }

    fn pem(self) -> String {
        let ecdsa = tlv(0x30, &[6, 8, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 4, 3, 2]);
        let entries = match &self.entries[..] {
            [] => Vec::new(),
            entries => tlv(0x30, &entries.concat()),
        };
        let extensions = match &self.extensions[..] {
            [] => Vec::new(),
            extensions => tlv(0xA0, &tlv(0x30, &extensions.concat())),
        };
        let content = [
            &[2, 1, 1][..],
            &ecdsa,
            &subject_of(&self.by.der),
            &tlv(0x17, self.this_update),
            &tlv(0x17, self.next_update),
            &entries,
            &extensions,
        ];
        let content = tlv(0x30, &content.concat());
        let signature = self.by.issuer.key().sign(&content).unwrap();
        let signature = tlv(3, &[&[0], &signature[..]].concat());
        let der = tlv(0x30, &[content, ecdsa, signature].concat());
        let text = base64_simd::STANDARD.encode_to_string(der);
        format!("-----BEGIN X509 CRL-----\n{text}\n-----END X509 CRL-----\n")
    }
}

fn subject_of(certificate: &[u8]) -> Vec<u8> {
    let certificate = path::Certificate::read(certificate).unwrap();
    certificate.subject.der.to_vec()
}

/// reasonCode.
fn reason(reason: u8) -> Vec<u8> {
    extension(21, false, &[10, 1, reason])
}

fn with(authority: &Authority, lists: &[String]) -> AnchorSet {
    let set = authority.anchors();
    set.with_revocation_lists(lists.concat().as_bytes())
        .unwrap()
}

/// What is told of the test signer, whose number is 7, in each order of the lists.
fn told(authority: &Authority, lists: &[String]) -> Result<(), IdentifyError> {
    let end = authority.certify(|_| ());
    let mut lists = lists.to_vec();
    let told = identify(&with(authority, &lists), &end).map(drop);
    lists.reverse();
    assert_eq!(identify(&with(authority, &lists), &end).map(drop), told);
    told
}

const KEY_COMPROMISE: u8 = 1;
const HOLD: u8 = 6;
const REMOVED: u8 = 8;

#[test]
fn a_delta_tells_what_has_changed_since_a_complete_list() {
    let authority = Authority::new();
    let empty = || List::by(&authority).number(1).pem();
    let held = || {
        List::by(&authority)
            .number(1)
            .names(7, &[reason(HOLD)])
            .pem()
    };
    let delta = |base| List::by(&authority).number(2).changes_since(base);
    let revoked = Err(IdentifyError::Revoked);
    assert_eq!(told(&authority, &[held()]), revoked);
    let back = |base| delta(base).names(7, &[reason(REMOVED)]).pem();
    assert_eq!(told(&authority, &[held(), back(1)]), Ok(()));
    // Of changes since a later list than there is.
    assert_eq!(told(&authority, &[held(), back(2)]), revoked);
    assert_eq!(told(&authority, &[empty(), delta(1).pem()]), Ok(()));
    for reasons in [vec![], vec![reason(KEY_COMPROMISE)], vec![reason(HOLD)]] {
        let names = delta(1).names(7, &reasons).pem();
        assert_eq!(told(&authority, &[empty(), names]), revoked);
    }
    // What is revoked for good stays so, whatever a delta says.
    let gone = List::by(&authority).number(1).names(7, &[]).pem();
    assert_eq!(told(&authority, &[gone, back(1)]), revoked);
    let text = gap(told(&authority, &[delta(1).pem()]));
    assert!(text.contains("complete list"), "{text}");
}

#[test]
fn a_hold_ends_with_a_later_list_that_does_not_name_it() {
    let authority = Authority::new();
    let list = |this_update: &'static [u8]| List {
        this_update,
        ..List::by(&authority)
    };
    let (early, late) = (b"250601000000Z", b"250701000000Z");
    let held = |at| list(at).names(7, &[reason(HOLD)]).pem();
    assert_eq!(told(&authority, &[held(early), list(late).pem()]), Ok(()));
    assert_eq!(
        told(&authority, &[held(late), list(early).pem()]),
        Err(IdentifyError::Revoked)
    );
    // Another part's list takes nothing back.
    let other = list(late).for_some(&[0x81, 1, 0xFF]).pem();
    assert_eq!(
        told(&authority, &[held(early), other]),
        Err(IdentifyError::Revoked)
    );
}

#[test]
fn lists_for_some_reasons_have_to_be_for_all_together() {
    let authority = Authority::new();
    // onlySomeReasons: bits 1 and 2, and 3 to 8.
    let keys = || List::by(&authority).for_some(&[0x83, 2, 5, 0x60]);
    let others = || List::by(&authority).for_some(&[0x83, 3, 7, 0x1F, 0x80]);
    assert_eq!(told(&authority, &[keys().pem(), others().pem()]), Ok(()));
    for only in [keys(), others()] {
        let text = gap(told(&authority, &[only.pem()]));
        assert!(text.contains("some reasons"), "{text}");
    }
    let names = keys().names(7, &[reason(KEY_COMPROMISE)]).pem();
    assert_eq!(
        told(&authority, &[names, others().pem()]),
        Err(IdentifyError::Revoked)
    );
}

/// A certificate of one who signs lists.
fn signer(
    authority: &Authority,
    name: &str,
    change: impl FnOnce(&mut CertificateParams),
) -> Authority {
    authority.below(name, |params| {
        params.is_ca = IsCa::NoCa;
        params.key_usages = vec![KeyUsagePurpose::CrlSign];
        params.serial_number = Some(SerialNumber::from(9_u64));
        change(params);
    })
}

#[test]
fn lists_by_another_key_of_the_issuer_count_where_its_certificate_leads_to_the_anchor() {
    let authority = Authority::new();
    let end = authority.certify(|_| ());
    let told = |signer: &Authority, lists: &[String], named: bool| {
        let mut set = with(&authority, lists);
        if named {
            set = set.with_list_signers_pem(signer.pem.as_bytes()).unwrap();
        }
        identify(&set, &end).map(drop)
    };
    let good = signer(&authority, "Test authority", |_| ());
    let empty = |by| List::by(by).pem();
    let text = gap(told(&good, &[empty(&good)], false));
    assert!(text.contains("not signed with the issuer's key"), "{text}");
    assert!(text.contains("`list-signers`"), "{text}");
    assert_eq!(told(&good, &[empty(&good)], true), Ok(()));
    let naming = |serial| List::by(&good).names(serial, &[]).pem();
    assert_eq!(told(&good, &[naming(7)], true), Err(IdentifyError::Revoked));
    // Its own list, or the issuer's, revokes the signer itself.
    for lists in [
        [naming(9), empty(&good)],
        [List::by(&authority).names(9, &[]).pem(), empty(&good)],
    ] {
        let of_issuer = told(&good, &lists[..1], true);
        let both = told(&good, &lists, true);
        assert_eq!(both, of_issuer);
    }
    let text = gap(told(&good, &[naming(9)], true));
    assert!(text.contains("not accepted itself"), "{text}");
    let expired = signer(&authority, "Test authority", |params| {
        params.not_after = date_time_ymd(2026, 1, 1);
    });
    let stranger = Authority::new();
    let foreign = signer(&stranger, "Test authority", |_| ());
    for bad in [&expired, &foreign] {
        let text = gap(told(bad, &[empty(bad)], true));
        assert!(text.contains("not accepted itself"), "{text}");
    }
    let no_signer = authority.below("Test authority", |params| {
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    });
    let refused = authority
        .anchors()
        .with_list_signers_pem(no_signer.pem.as_bytes());
    assert_eq!(refused.unwrap_err(), TrustError::NotAListSigner(1));
}

#[test]
fn more_ways_to_a_signer_than_are_tried_are_told_as_such() {
    let root = Authority::new();
    let upper = root.below("Upper authority", |_| ());
    // Authorities of one name and key: each may have issued each, and one of them leads on.
    let mesh = upper.below("Mesh", |_| ());
    let (params, _) = Authority::params("Mesh", |_| ());
    let again = |number: u64| {
        let mut params = params.clone();
        params.serial_number = Some(SerialNumber::from(number));
        let key = mesh.issuer.key();
        params.signed_by(key, &mesh.issuer).unwrap().pem()
    };
    let office = signer(&mesh, "Test authority", |_| ());
    let lists = [
        List::by(&office).pem(),
        List::by(&upper).pem(),
        List::by(&mesh).pem(),
    ];
    let end = root.certify(|_| ());
    let told = |count: u64| {
        let others: String = (20..20 + count).map(again).collect();
        let signers = [&office.pem, &others, &mesh.pem, &upper.pem].map(String::as_str);
        let set = with(&root, &lists);
        let set = set.with_list_signers_pem(signers.concat().as_bytes());
        identify(&set.unwrap(), &end).map(drop)
    };
    assert_eq!(told(1), Ok(()));
    let text = gap(told(7));
    assert!(
        text.contains("more ways") && text.contains("name fewer"),
        "{text}"
    );
}

#[test]
fn an_indirect_list_counts_for_certificates_that_name_its_issuer() {
    let authority = Authority::new();
    let signer = signer(&authority, "List office", |_| ());
    let office = subject_of(&signer.der);
    // A distribution point without a name, with cRLIssuer.
    let points = tlv(0x30, &tlv(0x30, &tlv(0xA2, &tlv(0xA4, &office))));
    let points = CustomExtension::from_oid_content(&[2, 5, 29, 31], points);
    let named = authority.certify(|params| params.custom_extensions = vec![points]);
    let other = authority.certify(|_| ());
    let indirect = || List::by(&signer).for_some(&[0x84, 1, 0xFF]);
    let issuer = tlv(0x30, &tlv(0xA4, &subject_of(&authority.der)));
    let issuer = extension(29, true, &issuer);
    let told = |list: List<'_>, certificate: &Certificate| {
        // The signer's own certificate is in the authority's list.
        let set = with(
            &authority,
            &[
                list.pem(),
                List::by(&authority).for_some(&[0x84, 1, 0]).pem(),
            ],
        );
        let set = set.with_list_signers_pem(signer.pem.as_bytes()).unwrap();
        identify(&set, certificate).map(drop)
    };
    assert_eq!(told(indirect(), &named), Ok(()));
    assert_eq!(told(indirect(), &other), Ok(()));
    let of_authority = indirect().names(7, std::slice::from_ref(&issuer));
    assert_eq!(told(of_authority, &named), Err(IdentifyError::Revoked));
    // The issuer named last counts for those that follow.
    let following = indirect().names(8, &[issuer]).names(7, &[]);
    assert_eq!(told(following, &named), Err(IdentifyError::Revoked));
    // Without one it is the list's own.
    assert_eq!(told(indirect().names(7, &[]), &named), Ok(()));
}

#[test]
fn clocks_may_differ_where_that_is_set() {
    let authority = Authority::new();
    let list = List::by(&authority).pem();
    let end = authority.certify(|_| ()).der().to_vec();
    let told = |tolerance: u64, time: u64| {
        let set = with(&authority, std::slice::from_ref(&list));
        let set = set.with_clock_tolerance(ClockTolerance {
            lists: Duration::from_secs(tolerance),
            ..ClockTolerance::default()
        });
        set.identify(std::slice::from_ref(&end), CLIENT, at(time))
            .is_ok()
    };
    let (begin, finish) = (1_748_736_000, 1_780_272_000);
    assert!(told(0, begin) && told(0, finish - 1));
    assert!(!told(0, begin - 1) && !told(0, finish));
    assert!(told(30, begin - 30) && told(30, finish + 29));
    assert!(!told(30, begin - 31) && !told(30, finish + 30));
}
