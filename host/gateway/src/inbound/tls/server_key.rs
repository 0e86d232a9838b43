// SPDX-License-Identifier: Apache-2.0
//! What a private key is, for those that TLS has no use for.

use rustls_pki_types::PrivateKeyDer;
use x509_parser::asn1_rs::{Class, FromBer, Oid, Tag, oid};

use super::peer_key::{any, element, integer_bits};

/// Names a key for its owner, without anything of it.
pub(crate) fn kind(key: &PrivateKeyDer<'_>) -> String {
    let kind = match key {
        PrivateKeyDer::Pkcs8(key) => of_pkcs8(key.secret_pkcs8_der()),
        PrivateKeyDer::Pkcs1(key) => of_rsa(key.secret_pkcs1_der()),
        PrivateKeyDer::Sec1(key) => of_sec1(key.secret_sec1_der()),
        _ => None,
    };
    kind.unwrap_or_else(|| "of a form that is not known here".to_owned())
}

/// RFC 5958 §2: the algorithm stands before the key.
fn of_pkcs8(key: &[u8]) -> Option<String> {
    let (_, key) = element(key, Tag::Sequence)?;
    let (rest, _version) = element(key, Tag::Integer)?;
    let (rest, algorithm) = element(rest, Tag::Sequence)?;
    let (_, key) = element(rest, Tag::OctetString)?;
    let (parameters, algorithm) = Oid::from_ber(algorithm).ok()?;
    if algorithm == oid!(1.2.840.113549.1.1.1) {
        of_rsa(key)
    } else if algorithm == oid!(1.2.840.113549.1.1.10) {
        Some("an RSA key bound to RSASSA-PSS".to_owned())
    } else if algorithm == oid!(1.2.840.10045.2.1) {
        Some(on_curve(parameters))
    } else {
        Some(named(&algorithm))
    }
}

/// RFC 8017 §A.1.2: the modulus stands after the version.
fn of_rsa(key: &[u8]) -> Option<String> {
    let (_, key) = element(key, Tag::Sequence)?;
    let (rest, _version) = element(key, Tag::Integer)?;
    let (_, modulus) = element(rest, Tag::Integer)?;
    let bits = integer_bits(modulus)?;
    Some(format!("an RSA key of {bits} bits"))
}

/// RFC 5915 §3: the curve stands after the key.
fn of_sec1(key: &[u8]) -> Option<String> {
    let (_, key) = element(key, Tag::Sequence)?;
    let (rest, _version) = element(key, Tag::Integer)?;
    let (rest, _key) = element(rest, Tag::OctetString)?;
    let (_, parameters) = any(rest)?;
    let is_curve = parameters.header.class() == Class::ContextSpecific;
    Some(on_curve(if is_curve { parameters.data } else { &[] }))
}

fn on_curve(parameters: &[u8]) -> String {
    let Ok((_, curve)) = Oid::from_ber(parameters) else {
        return "a key on an elliptic curve without a name".to_owned();
    };
    let curve = curve.to_id_string();
    let name = match curve.as_str() {
        "1.2.840.10045.3.1.7" => "P-256",
        "1.3.132.0.34" => "P-384",
        "1.3.132.0.35" => "P-521",
        "1.3.132.0.33" => "P-224",
        "1.3.132.0.10" => "secp256k1",
        "1.3.36.3.3.2.8.1.1.7" => "brainpoolP256r1",
        "1.3.36.3.3.2.8.1.1.11" => "brainpoolP384r1",
        "1.3.36.3.3.2.8.1.1.13" => "brainpoolP512r1",
        other => other,
    };
    format!("a key on the elliptic curve {name}")
}

fn named(algorithm: &Oid<'_>) -> String {
    let algorithm = algorithm.to_id_string();
    match algorithm.as_str() {
        "1.2.840.10040.4.1" => "a DSA key".to_owned(),
        "1.3.101.110" => "an X25519 key".to_owned(),
        "1.3.101.111" => "an X448 key".to_owned(),
        "1.3.101.112" => "an Ed25519 key".to_owned(),
        "1.3.101.113" => "an Ed448 key".to_owned(),
        other => format!("a key for the algorithm {other}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A PKCS#8 structure of an algorithm, with a key that is none.
    fn pkcs8(algorithm: &[u8]) -> String {
        let content = [
            &[2, 1, 0, 0x30, algorithm.len() as u8],
            algorithm,
            &[4, 1, 0],
        ]
        .concat();
        let key = [&[0x30, content.len() as u8], content.as_slice()].concat();
        kind(&PrivateKeyDer::Pkcs8(key.into()))
    }

    #[test]
    fn keys_are_named() {
        for (algorithm, name) in [
            (b"\x06\x03\x2b\x65\x71".as_slice(), "an Ed448 key"),
            (b"\x06\x07\x2a\x86\x48\xce\x38\x04\x01", "a DSA key"),
            (
                b"\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x05\x2b\x81\x04\x00\x0a",
                "a key on the elliptic curve secp256k1",
            ),
            (
                b"\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x09\x2b\x24\x03\x03\x02\x08\x01\x01\x07",
                "a key on the elliptic curve brainpoolP256r1",
            ),
            (
                b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0a",
                "an RSA key bound to RSASSA-PSS",
            ),
            (b"\x06\x03\x2a\x03\x04", "a key for the algorithm 1.2.3.4"),
        ] {
            assert_eq!(pkcs8(algorithm), name);
        }
        let short = b"\x30\x07\x02\x01\x00\x02\x02\x01\x00".to_vec();
        assert_eq!(
            kind(&PrivateKeyDer::Pkcs1(short.into())),
            "an RSA key of 9 bits"
        );
        let sec1 = b"\x30\x0f\x02\x01\x01\x04\x01\x00\xa0\x07\x06\x05\x2b\x81\x04\x00\x21".to_vec();
        assert_eq!(
            kind(&PrivateKeyDer::Sec1(sec1.into())),
            "a key on the elliptic curve P-224"
        );
        assert_eq!(
            kind(&PrivateKeyDer::Pkcs8(vec![1, 2].into())),
            "of a form that is not known here"
        );
    }
}
