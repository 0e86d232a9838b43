// SPDX-License-Identifier: Apache-2.0
//! Algorithms of issuers, in every way to write their parameters that RFC 4055 allows, and in some that it does not.

use aws_lc_rs::{
    rand::SystemRandom,
    signature::{self, RsaEncoding, RsaKeyPair},
};
use rcgen::PKCS_RSA_SHA256;

use super::{lists::tlv, *};

const NULL: &[u8] = &[5, 0];
const SHA1: &[u8] = &[6, 5, 0x2B, 0x0E, 3, 2, 0x1A];
const SHA256: &[u8] = &[6, 9, 0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 1];
const SHA384: &[u8] = &[6, 9, 0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 2];
const SHA512: &[u8] = &[6, 9, 0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 3];
const MGF1: &[u8] = &[6, 9, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 1, 1, 8];
const PSS: &[u8] = &[6, 9, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 1, 1, 10];
const RSA: &[u8] = &[6, 9, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 1, 1, 1];
const PKCS1_SHA256: &[u8] = &[6, 9, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 1, 1, 11];
const ELLIPTIC: &[u8] = &[6, 7, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 2, 1];
const BRAINPOOL: &[u8] = &[6, 9, 0x2B, 0x24, 3, 3, 2, 8, 1, 1, 7];

/// A SEQUENCE of these.
fn sequence(parts: &[&[u8]]) -> Vec<u8> {
    tlv(0x30, &parts.concat())
}

/// RSASSA-PSS-params, fields that are `None` left out.
struct Params<'a> {
    hash: Option<&'a [u8]>,
    mask: Option<&'a [u8]>,
    salt: Option<u8>,
    trailer: Option<u8>,
    /// What follows the identifiers of digests.
    after: &'a [u8],
}

impl Params<'_> {
    /// With one digest for all.
    fn of(hash: &[u8], salt: u8) -> Params<'_> {
        Params {
            hash: Some(hash),
            mask: Some(hash),
            salt: Some(salt),
            trailer: None,
            after: NULL,
        }
    }

    /// The AlgorithmIdentifier.
    fn identifier(&self) -> Vec<u8> {
        let digest = |oid: &[u8]| sequence(&[oid, self.after]);
        let mut fields = Vec::new();
        fields.extend(self.hash.map(|oid| tlv(0xA0, &digest(oid))));
        fields.extend(
            self.mask
                .map(|oid| tlv(0xA1, &sequence(&[MGF1, &digest(oid)]))),
        );
        fields.extend(self.salt.map(|salt| tlv(0xA2, &[2, 1, salt])));
        fields.extend(self.trailer.map(|trailer| tlv(0xA3, &[2, 1, trailer])));
        sequence(&[PSS, &tlv(0x30, &fields.concat())])
    }
}

/// The elements of which some bytes consist.
fn elements(mut bytes: &[u8]) -> Vec<&[u8]> {
    let mut all = Vec::new();
    while !bytes.is_empty() {
        let (header, length) = match bytes[1] {
            length @ ..=0x7F => (2, usize::from(length)),
            0x81 => (3, usize::from(bytes[2])),
            _ => (4, usize::from(bytes[2]) << 8 | usize::from(bytes[3])),
        };
        let (element, rest) = bytes.split_at(header + length);
        all.push(element);
        bytes = rest;
    }
    all
}

/// Those in an element.
fn within(element: &[u8]) -> Vec<&[u8]> {
    let header = match element[1] {
        ..=0x7F => 2,
        0x81 => 3,
        _ => 4,
    };
    elements(&element[header..])
}

/// Places in a TBSCertificate.
const ALGORITHM: usize = 2;
const KEY_INFO: usize = 6;

/// An authority with a key of RSA whose certificates are written anew.
struct RsaAuthority {
    authority: Authority,
    key: RsaKeyPair,
}

impl RsaAuthority {
    fn new() -> Self {
        let key = KeyPair::generate_for(&PKCS_RSA_SHA256).unwrap();
        let (params, _) = Authority::params("Test authority", |_| ());
        let own = RsaKeyPair::from_pkcs8(&key.serialize_der()).unwrap();
        let certificate = params.self_signed(&key).unwrap();
        Self {
            authority: Authority::of(params, key, &certificate),
            key: own,
        }
    }

    /// Its anchor, the key's algorithm being called so.
    fn anchor(&self, algorithm: &[u8]) -> AnchorSet {
        let key = within(within(within(&self.authority.der)[0])[KEY_INFO])[1];
        self.anchor_with_key(&sequence(&[algorithm, key]))
    }

    fn anchor_with_key(&self, info: &[u8]) -> AnchorSet {
        let parts = within(&self.authority.der);
        let mut content = within(parts[0]);
        content[KEY_INFO] = info;
        let der = sequence(&[&sequence(&content), parts[1], parts[2]]);
        AnchorSet::from_pem(&der).unwrap()
    }

    /// A certificate that says that it is signed in one way, and is in another.
    fn issue(&self, algorithm: &[u8], by: &'static dyn RsaEncoding) -> Vec<u8> {
        let certificate = self.authority.certify(|_| ());
        let mut content = within(within(certificate.der())[0]);
        content[ALGORITHM] = algorithm;
        let content = sequence(&content);
        let mut signature = vec![0; self.key.public_modulus_len()];
        let random = SystemRandom::new();
        self.key
            .sign(by, &random, &content, &mut signature)
            .unwrap();
        let signature = tlv(3, &[&[0], signature.as_slice()].concat());
        sequence(&[&content, algorithm, &signature])
    }
}

fn told(set: &AnchorSet, certificate: &[u8]) -> Result<(), IdentifyError> {
    let identified = set.identify(&[certificate.to_vec()], CLIENT, at(IN_2026));
    identified.map(drop)
}

/// Asserts that something is told as not supported, by these words.
fn assert_unsupported(told: &Result<(), IdentifyError>, words: &str) {
    let Err(IdentifyError::Unsupported(feature)) = told else {
        panic!("{told:?}")
    };
    assert!(feature.contains(words), "{feature}");
}

#[test]
fn parameters_of_pss_count_however_they_are_written() {
    let authority = RsaAuthority::new();
    let plain = authority.anchor(&sequence(&[RSA, NULL]));
    let usual = || Params::of(SHA256, 32);
    #[rustfmt::skip]
    let rows = [
        (usual(), &signature::RSA_PSS_SHA256),
        (Params { after: &[],..usual() }, &signature::RSA_PSS_SHA256),
        (Params { trailer: Some(1),..usual() }, &signature::RSA_PSS_SHA256),
        (Params::of(SHA384, 48), &signature::RSA_PSS_SHA384),
        (Params::of(SHA512, 64), &signature::RSA_PSS_SHA512),
    ];
    for (params, by) in rows {
        let algorithm = params.identifier();
        let issued = authority.issue(&algorithm, by);
        assert_eq!(told(&plain, &issued), Ok(()));
        let any = authority.anchor(&sequence(&[PSS]));
        assert_eq!(told(&any, &issued), Ok(()));
        assert_eq!(told(&authority.anchor(&algorithm), &issued), Ok(()));
        // Another signature under the same words.
        let other = authority.issue(&algorithm, &signature::RSA_PKCS1_SHA256);
        assert_eq!(told(&plain, &other), Err(IdentifyError::NoPath));
    }
}

#[test]
fn other_parameters_of_pss_are_told_as_not_supported() {
    let authority = RsaAuthority::new();
    let plain = authority.anchor(&sequence(&[RSA, NULL]));
    let usual = || Params::of(SHA256, 32);
    let none = Params {
        hash: None,
        mask: None,
        salt: None,
        trailer: None,
        after: NULL,
    };
    let identifiers = [
        // SHA-1 for all, where nothing is said.
        none.identifier(),
        sequence(&[PSS]),
        Params::of(SHA1, 20).identifier(),
        Params {
            mask: None,
            ..usual()
        }
        .identifier(),
        Params {
            mask: Some(SHA512),
            ..usual()
        }
        .identifier(),
        Params {
            salt: None,
            ..usual()
        }
        .identifier(),
        Params::of(SHA256, 31).identifier(),
        Params {
            trailer: Some(2),
            ..usual()
        }
        .identifier(),
    ];
    for algorithm in identifiers {
        let issued = authority.issue(&algorithm, &signature::RSA_PSS_SHA256);
        let words = "the signature algorithm rsassa-pss (1.2.840.113549.1.1.10) with other parameters than SHA-256";
        assert_unsupported(&told(&plain, &issued), words);
    }
}

#[test]
fn a_key_for_pss_signs_by_its_own_parameters_alone() {
    let authority = RsaAuthority::new();
    let by_256 = authority.issue(
        &Params::of(SHA256, 32).identifier(),
        &signature::RSA_PSS_SHA256,
    );
    // A key demands at least so long a salt.
    for salt in [20, 32] {
        let set = authority.anchor(&Params::of(SHA256, salt).identifier());
        assert_eq!(told(&set, &by_256), Ok(()));
    }
    let other = authority.anchor(&Params::of(SHA384, 48).identifier());
    assert_eq!(told(&other, &by_256), Err(IdentifyError::NoPath));
    for salt in [33, 64] {
        let longer = authority.anchor(&Params::of(SHA256, salt).identifier());
        let words = "an issuer's key for RSASSA-PSS with other parameters than SHA-256";
        assert_unsupported(&told(&longer, &by_256), words);
    }
    let pkcs1 = authority.issue(
        &sequence(&[PKCS1_SHA256, NULL]),
        &signature::RSA_PKCS1_SHA256,
    );
    let for_pss = authority.anchor(&sequence(&[PSS]));
    assert_eq!(told(&for_pss, &pkcs1), Err(IdentifyError::NoPath));
}

#[test]
fn parameters_of_pkcs1_may_be_left_out() {
    let authority = RsaAuthority::new();
    for key in [sequence(&[RSA, NULL]), sequence(&[RSA])] {
        let set = authority.anchor(&key);
        for algorithm in [sequence(&[PKCS1_SHA256, NULL]), sequence(&[PKCS1_SHA256])] {
            let issued = authority.issue(&algorithm, &signature::RSA_PKCS1_SHA256);
            assert_eq!(told(&set, &issued), Ok(()));
        }
        let odd = sequence(&[PKCS1_SHA256, NULL, NULL]);
        let issued = authority.issue(&odd, &signature::RSA_PKCS1_SHA256);
        let words = "sha256WithRSAEncryption (1.2.840.113549.1.1.11) with parameters";
        assert_unsupported(&told(&set, &issued), words);
    }
}

#[test]
fn keys_of_other_kinds_and_sizes_are_told_as_not_supported() {
    let authority = RsaAuthority::new();
    let by_rsa = authority.issue(
        &sequence(&[PKCS1_SHA256, NULL]),
        &signature::RSA_PKCS1_SHA256,
    );
    let point = tlv(3, &[&[0, 4][..], &[7; 64]].concat());
    let brainpool = sequence(&[&sequence(&[ELLIPTIC, BRAINPOOL]), &point]);
    let short = samples::decoded(samples::RSA_1024);
    let modulus = tlv(2, &[&[1][..], &[9; 1024]].concat());
    let long = sequence(&[&modulus, &[2, 3, 1, 0, 1]]);
    let long = tlv(3, &[&[0][..], &long].concat());
    let long = sequence(&[&sequence(&[RSA, NULL]), &long]);
    let dsa = sequence(&[
        &sequence(&[&[6, 7, 0x2A, 0x86, 0x48, 0xCE, 0x38, 4, 1]]),
        &point,
    ]);
    for (info, words) in [
        (
            brainpool,
            "an issuer's key on the curve brainpoolP256r1 (1.3.36.3.3.2.8.1.1.7)",
        ),
        (short, "an issuer's RSA key of fewer than 2048 bits"),
        (long, "an issuer's RSA key of more than 8192 bits"),
        (dsa, "an issuer's key of the kind"),
    ] {
        let set = authority.anchor_with_key(&info);
        assert_unsupported(&told(&set, &by_rsa), words);
    }
}

#[test]
fn points_in_the_form_of_x9_62_that_rfc_5480_does_not_know_are_no_keys() {
    let authority = Authority::new();
    let parts = within(&authority.der);
    let info = within(within(parts[0])[KEY_INFO]);
    let with_form = |form: u8| {
        let mut key = info[1].to_vec();
        key[3] = form;
        let info = sequence(&[info[0], &key]);
        let mut content = within(parts[0]);
        content[KEY_INFO] = &info;
        let der = sequence(&[&sequence(&content), parts[1], parts[2]]);
        told(
            &AnchorSet::from_pem(&der).unwrap(),
            authority.certify(|_| ()).der(),
        )
    };
    assert_eq!(with_form(4), Ok(()));
    let last = info[1].last().unwrap() & 1;
    assert_eq!(with_form(6 + last), Err(IdentifyError::NoPath));
}

#[test]
fn parameters_of_a_key_for_pss_count_for_signatures_of_documents_too() {
    use VerificationAlgorithm as A;
    let authority = RsaAuthority::new();
    let key = within(within(within(&authority.authority.der)[0])[KEY_INFO])[1];
    let mut signature = vec![0; authority.key.public_modulus_len()];
    let random = SystemRandom::new();
    authority
        .key
        .sign(
            &signature::RSA_PSS_SHA256,
            &random,
            b"bytes",
            &mut signature,
        )
        .unwrap();
    let verify = |algorithm, identifier: &[u8]| {
        let info = sequence(&[identifier, key]);
        TrustStore::new().verify(algorithm, &info, b"bytes", &signature)
    };
    let usual = || Params::of(SHA256, 32);
    let fitting = [
        sequence(&[PSS]),
        usual().identifier(),
        Params::of(SHA256, 20).identifier(),
        Params {
            after: &[],
            ..usual()
        }
        .identifier(),
        Params {
            trailer: Some(1),
            ..usual()
        }
        .identifier(),
    ];
    for identifier in &fitting {
        assert_eq!(verify(A::RsaPssSha256, identifier), Ok(()));
        let pkcs1 = verify(A::RsaSha256, identifier);
        assert_eq!(pkcs1, Err(VerifyError::KeyUnsuitable));
    }
    let other = verify(A::RsaPssSha384, &usual().identifier());
    assert_eq!(other, Err(VerifyError::KeyUnsuitable));
    for identifier in [
        Params::of(SHA256, 33).identifier(),
        Params::of(SHA1, 20).identifier(),
        Params {
            mask: Some(SHA512),
            ..usual()
        }
        .identifier(),
        Params {
            trailer: Some(2),
            ..usual()
        }
        .identifier(),
    ] {
        let told = verify(A::RsaPssSha256, &identifier);
        let Err(VerifyError::Unsupported(feature)) = told else {
            panic!("{told:?}")
        };
        assert!(feature.contains("other parameters"), "{feature}");
    }
}
