// SPDX-License-Identifier: Apache-2.0
//! RSA with SHA-1 (PKCS #1 v1.5), which the published profile asks for and no library in use makes any more.
//!
//! The arithmetic does not take the same time for every key: this is for keys of tests.

use aws_lc_rs::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};
use num_bigint::BigUint;
use x509_parser::der_parser::der::{DerObject, parse_der};

/// DigestInfo of SHA-1 up to the digest (RFC 8017, §9.2, note 1).
const DIGEST_INFO: [u8; 15] = [
    0x30, 0x21, 0x30, 0x09, 0x06, 0x05, 0x2b, 0x0e, 0x03, 0x02, 0x1a, 0x05, 0x00, 0x04, 0x14,
];

/// The private half of an RSA key, by its two primes: a power by each takes a quarter of the time that one by the modulus takes.
pub(super) struct PrivateKey {
    modulus: BigUint,
    first: Prime,
    second: Prime,
    /// What the second prime times this leaves, divided by the first, is 1.
    coefficient: BigUint,
}

/// A prime, and the private exponent for it.
struct Prime {
    prime: BigUint,
    exponent: BigUint,
}

impl Prime {
    fn power(&self, value: &BigUint) -> BigUint {
        value.modpow(&self.exponent, &self.prime)
    }
}

impl PrivateKey {
    /// From PKCS #8, or PKCS #1.
    pub(super) fn read(der: &[u8]) -> Option<Self> {
        let key = sequence(der)?;
        let wrapped = key.get(2)?.as_slice().ok();
        let inner = match key.len() {
            // PrivateKeyInfo: version, algorithm, the key in an OCTET STRING (RFC 5208, §5).
            3 | 4 => sequence(wrapped?)?,
            _ => key,
        };
        // RSAPrivateKey: version, modulus, two exponents, two primes, an exponent for each, coefficient (RFC 8017, §A.1.2).
        let number = |at: usize| Some(BigUint::from_bytes_be(inner.get(at)?.as_slice().ok()?));
        let prime = |prime, exponent| {
            let (prime, exponent) = (number(prime)?, number(exponent)?);
            Some(Prime { prime, exponent })
        };
        let (modulus, coefficient) = (number(1)?, number(8)?);
        let (first, second) = (prime(4, 6)?, prime(5, 7)?);
        let is_whole = &first.prime * &second.prime == modulus;
        is_whole.then_some(Self {
            modulus,
            first,
            second,
            coefficient,
        })
    }

    /// A value to the private exponent (RFC 8017, §5.1.2, 2 b).
    fn power(&self, value: &BigUint) -> BigUint {
        let (first, second) = (self.first.power(value), self.second.power(value));
        let prime = &self.first.prime;
        // The difference is not to be negative.
        let difference = first + prime - &second % prime;
        second + difference * &self.coefficient % prime * &self.second.prime
    }

    /// A signature value; `None` for keys that are too short for it.
    pub(super) fn sign(&self, message: &[u8]) -> Option<Vec<u8>> {
        let length = usize::try_from(self.modulus.bits().div_ceil(8)).ok()?;
        let hash = digest(&SHA1_FOR_LEGACY_USE_ONLY, message);
        let end = [&[0], &DIGEST_INFO[..], hash.as_ref()].concat();
        let filled = length
            .checked_sub(end.len() + 2)
            .filter(|left| *left >= 8)?;
        let padded = [&[0, 1], &vec![0xff; filled][..], &end].concat();
        let value = self.power(&BigUint::from_bytes_be(&padded)).to_bytes_be();
        let zeros = vec![0; length.checked_sub(value.len())?];
        Some([zeros, value].concat())
    }
}

fn sequence(der: &[u8]) -> Option<Vec<DerObject<'_>>> {
    let (_, object) = parse_der(der).ok()?;
    object.as_sequence().ok().cloned()
}

#[cfg(test)]
mod tests {
    use aws_lc_rs::signature::{
        KeyPair, RSA_PKCS1_2048_8192_SHA1_FOR_LEGACY_USE_ONLY, RsaKeyPair, UnparsedPublicKey,
    };
    use rcgen::{KeyPair as Pair, PKCS_RSA_SHA256, RsaKeySize};

    use super::*;

    #[test]
    fn values_are_verified_by_another_library() {
        let key = Pair::generate_rsa_for(&PKCS_RSA_SHA256, RsaKeySize::_2048);
        let key = &key.unwrap().serialize_der();
        let public = RsaKeyPair::from_pkcs8(key).unwrap();
        let verifier = UnparsedPublicKey::new(
            &RSA_PKCS1_2048_8192_SHA1_FOR_LEGACY_USE_ONLY,
            public.public_key().as_ref(),
        );
        let private = PrivateKey::read(key).unwrap();
        for message in [&b""[..], b"signed", &[7; 1000]] {
            let value = private.sign(message).unwrap();
            assert!(verifier.verify(message, &value).is_ok());
            assert!(verifier.verify(b"other", &value).is_err());
        }
    }

    #[test]
    fn other_keys_are_not_read() {
        assert!(PrivateKey::read(b"").is_none());
        assert!(PrivateKey::read(&[0x30, 0]).is_none());
        assert!(PrivateKey::read(&Pair::generate().unwrap().serialize_der()).is_none());
    }
}
