// SPDX-License-Identifier: Apache-2.0
//! Why a private key signs nothing here: what it is instead of RSA of two primes, P-256 or P-384.

use rustls_pki_types::PrivateKeyDer;
use x509_parser::asn1_rs::{Any, FromDer, Oid, Tag, oid};

const RSA: Oid<'static> = oid!(1.2.840.113549.1.1.1);
const RSA_FOR_PSS: Oid<'static> = oid!(1.2.840.113549.1.1.10);
const ELLIPTIC: Oid<'static> = oid!(1.2.840.10045.2.1);

/// Algorithms that have no signatures here (RFC 8410 §3, RFC 3279 §2.3.2).
static OTHERS: [(Oid<'static>, &str); 5] = [
    (
        oid!(1.3.101.112),
        "it is an Ed25519 key; use RSA or a curve P-256 or P-384",
    ),
    (
        oid!(1.3.101.113),
        "it is an Ed448 key; use RSA or a curve P-256 or P-384",
    ),
    (
        oid!(1.3.101.110),
        "it is an X25519 key, which signs nothing; use RSA or a curve P-256 or P-384",
    ),
    (
        oid!(1.3.101.111),
        "it is an X448 key, which signs nothing; use RSA or a curve P-256 or P-384",
    ),
    (
        oid!(1.2.840.10040.4.1),
        "it is a DSA key, which signs nothing here; use RSA or a curve P-256 or P-384",
    ),
];

/// Curves (RFC 5480 §2.1.1.1).
static CURVES: [(Oid<'static>, &str); 5] = [
    (
        oid!(1.3.132.0.35),
        "its curve is P-521; use P-256 or P-384, or RSA",
    ),
    (
        oid!(1.3.132.0.10),
        "its curve is secp256k1; use P-256 or P-384, or RSA",
    ),
    (
        oid!(1.3.132.0.33),
        "its curve is P-224; use P-256 or P-384, or RSA",
    ),
    (oid!(1.2.840.10045.3.1.7), DAMAGED),
    (oid!(1.3.132.0.34), DAMAGED),
];

const OTHER_CURVE: &str = "its curve is none that signs here; use P-256 or P-384, or RSA";
const EXPLICIT_CURVE: &str = "it spells the parameters of its curve out (RFC 5480 §2.1.1 has names alone); write it anew with `openssl ec -in KEY -param_enc named_curve -out NEW`";
const MANY_PRIMES: &str =
    "it is an RSA key of more than two primes, which is not supported here; use one of two";
const FOR_PSS: &str = "it is an RSA key for PSS alone (id-RSASSA-PSS, RFC 4055 §1.2), which is not supported here; use a key that is for RSA (rsaEncryption), which signs by PSS as well";
const SMALL: &str = "an RSA key needs at least 2048 bits";
const LARGE: &str = "an RSA key may have 8192 bits at most";
const DAMAGED: &str = "it is damaged: its parts do not belong together, or one is missing";
const UNKNOWN: &str =
    "it is neither RSA nor an elliptic curve key on P-256 or P-384, or it is damaged";

/// Why nothing could be made of a key.
pub(super) fn reason(key: &PrivateKeyDer<'_>) -> &'static str {
    let found = match key {
        PrivateKeyDer::Pkcs1(der) => of_rsa(der.secret_pkcs1_der()),
        PrivateKeyDer::Sec1(der) => of_sec1(der.secret_sec1_der()),
        PrivateKeyDer::Pkcs8(der) => of_pkcs8(der.secret_pkcs8_der()),
        _ => None,
    };
    found.unwrap_or(UNKNOWN)
}

/// RSAPrivateKey (RFC 8017 appendix A.1.2): version, modulus and the rest.
fn of_rsa(der: &[u8]) -> Option<&'static str> {
    let parts = elements(der)?;
    let [version, modulus, ..] = &*parts else {
        return None;
    };
    let bits = significant(modulus.data) * 8;
    Some(match (version.as_u32().ok()?, bits) {
        (1, _) => MANY_PRIMES,
        (_, 0..2048) => SMALL,
        (_, 8193..) => LARGE,
        _ => DAMAGED,
    })
}

/// ECPrivateKey (RFC 5915 §3): version, key, and parameters with a tag of their own.
fn of_sec1(der: &[u8]) -> Option<&'static str> {
    let parts = elements(der)?;
    let parameters = parts.iter().find(|part| part.tag().0 == 0)?;
    let (_, curve) = Any::from_der(parameters.data).ok()?;
    of_curve(&curve)
}

/// PrivateKeyInfo (RFC 5958 §2): version, algorithm with its parameters, key.
fn of_pkcs8(der: &[u8]) -> Option<&'static str> {
    let parts = elements(der)?;
    let [_, algorithm, key, ..] = &*parts else {
        return None;
    };
    let (rest, name) = Any::from_der(algorithm.data).ok()?;
    let name = name.as_oid().ok()?;
    if name == RSA {
        return of_rsa(key.data);
    }
    if name == RSA_FOR_PSS {
        return Some(FOR_PSS);
    }
    if name == ELLIPTIC {
        let (_, curve) = Any::from_der(rest).ok()?;
        return of_curve(&curve);
    }
    let mut others = OTHERS.iter();
    others
        .find(|(other, _)| *other == name)
        .map(|(_, told)| *told)
}

fn of_curve(curve: &Any<'_>) -> Option<&'static str> {
    if curve.tag() == Tag::Sequence {
        return Some(EXPLICIT_CURVE);
    }
    let name = curve.as_oid().ok()?;
    let known = CURVES.iter().find(|(known, _)| *known == name);
    Some(known.map_or(OTHER_CURVE, |(_, told)| *told))
}

/// Elements of a SEQUENCE.
fn elements(der: &[u8]) -> Option<Vec<Any<'_>>> {
    let (_, sequence) = Any::from_der(der).ok()?;
    let (mut rest, mut elements) = (sequence.data, Vec::new());
    while !rest.is_empty() {
        let (next, element) = Any::from_der(rest).ok()?;
        elements.push(element);
        rest = next;
    }
    Some(elements)
}

/// Bytes of a positive number without zeros before it.
fn significant(number: &[u8]) -> usize {
    let zeros = number.iter().take_while(|byte| **byte == 0).count();
    number.len() - zeros
}

#[cfg(test)]
mod tests {
    use rcgen::{KeyPair, PKCS_ECDSA_P256_SHA256, PKCS_ECDSA_P521_SHA512, PKCS_ED25519};

    use super::*;

    fn element(tag: u8, content: &[u8]) -> Vec<u8> {
        let length = u16::try_from(content.len()).unwrap().to_be_bytes();
        let head = match length {
            [0, short @ 0..=127] => vec![tag, short],
            [0, long] => vec![tag, 0x81, long],
            [high, low] => vec![tag, 0x82, high, low],
        };
        [&head, content].concat()
    }

    fn sequence(parts: &[Vec<u8>]) -> Vec<u8> {
        element(0x30, &parts.concat())
    }

    fn number(bytes: &[u8]) -> Vec<u8> {
        element(2, bytes)
    }

    fn name(oid: &Oid<'_>) -> Vec<u8> {
        element(6, oid.as_bytes())
    }

    fn pkcs8(algorithm: &[Vec<u8>], key: &[u8]) -> Vec<u8> {
        sequence(&[number(&[0]), sequence(algorithm), element(4, key)])
    }

    /// Of so many bits, with a zero before them; the rest of it does not count.
    fn rsa(version: u8, bits: usize) -> Vec<u8> {
        let modulus = [vec![0], vec![0xc1; bits / 8]].concat();
        sequence(&[number(&[version]), number(&modulus), number(&[1, 0, 1])])
    }

    fn told(der: Vec<u8>) -> &'static str {
        let key = PrivateKeyDer::Pkcs8(der.into());
        super::super::signer::Signer::from_der(&key).err().unwrap();
        reason(&key)
    }

    #[test]
    fn what_signs_nothing_is_named() {
        let of_rsa = |version, bits| pkcs8(&[name(&RSA), vec![5, 0]], &rsa(version, bits));
        let on = |curve| pkcs8(&[name(&ELLIPTIC), curve], b"key");
        for (der, expected) in [
            (of_rsa(0, 1024), SMALL),
            (of_rsa(0, 2048), DAMAGED),
            (of_rsa(0, 16384), LARGE),
            (of_rsa(1, 2048), MANY_PRIMES),
            (pkcs8(&[name(&RSA_FOR_PSS)], &rsa(0, 2048)), FOR_PSS),
            (
                on(name(&oid!(1.3.132.0.10))),
                "its curve is secp256k1; use P-256 or P-384, or RSA",
            ),
            (on(name(&oid!(1.3.36.3.3.2.8.1.1.7))), OTHER_CURVE),
            (on(name(&oid!(1.2.840.10045.3.1.7))), DAMAGED),
            (on(sequence(&[number(&[1])])), EXPLICIT_CURVE),
            (pkcs8(&[name(&oid!(1.2.3))], b"key"), UNKNOWN),
            (b"no key".to_vec(), UNKNOWN),
        ] {
            assert_eq!(told(der), expected);
        }
        for (algorithm, expected) in [
            (&PKCS_ECDSA_P521_SHA512, "its curve is P-521"),
            (&PKCS_ED25519, "it is an Ed25519 key"),
        ] {
            let key = KeyPair::generate_for(algorithm).unwrap();
            assert!(told(key.serialize_der()).starts_with(expected));
        }
    }

    #[test]
    fn forms_without_a_name_of_their_algorithm_are_told_alike() {
        let small = PrivateKeyDer::Pkcs1(rsa(0, 1024).into());
        assert_eq!(reason(&small), SMALL);
        let curve = element(0xa0, &name(&oid!(1.3.132.0.35)));
        let sec1 = sequence(&[number(&[1]), element(4, b"key"), curve]);
        assert!(reason(&PrivateKeyDer::Sec1(sec1.into())).starts_with("its curve is P-521"));
    }

    /// Cut anywhere it is told as something, and nothing breaks.
    #[test]
    fn a_key_that_is_cut_is_told() {
        let whole = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).unwrap();
        let whole = whole.serialize_der();
        for length in 0..whole.len() {
            told(whole[..length].to_vec());
        }
    }
}
