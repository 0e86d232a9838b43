// SPDX-License-Identifier: Apache-2.0
//! The two forms of an ECDSA signature.

/// The DER (ECDSA-Sig-Value, RFC 3279 §2.2.3) of r and s as XML Signature 1.1 §6.4.3 has them.
///
/// `None` unless each of them has exactly `size` bytes, at most 66, and is not zero.
pub(crate) fn ecdsa_der(signature: &[u8], size: usize) -> Option<Vec<u8>> {
    if signature.len() != 2 * size {
        return None;
    }
    let (r, s) = signature.split_at(size);
    let mut integers = Vec::with_capacity(2 * (size + 3));
    push_integer(&mut integers, r)?;
    push_integer(&mut integers, s)?;
    let length = u8::try_from(integers.len()).ok()?;
    let mut der = Vec::with_capacity(integers.len() + 3);
    der.push(0x30);
    if length >= 0x80 {
        der.push(0x81);
    }
    der.push(length);
    der.extend_from_slice(&integers);
    Some(der)
}

/// Appends a positive INTEGER in as few bytes as it takes (X.690 §8.3.2); `None` for zero.
fn push_integer(der: &mut Vec<u8>, magnitude: &[u8]) -> Option<()> {
    let start = magnitude.iter().position(|byte| *byte != 0)?;
    let digits = magnitude.get(start..)?;
    let sign = usize::from(*digits.first()? >= 0x80);
    der.push(0x02);
    der.push(u8::try_from(digits.len() + sign).ok()?);
    der.resize(der.len() + sign, 0);
    der.extend_from_slice(digits);
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fixed_length_becomes_minimal_der() {
        for (fixed, der) in [
            (&[1, 2][..], &[0x30, 6, 2, 1, 1, 2, 1, 2][..]),
            (&[0x80, 0x7f], &[0x30, 7, 2, 2, 0, 0x80, 2, 1, 0x7f]),
            (&[0, 1, 0, 0x80], &[0x30, 7, 2, 1, 1, 2, 2, 0, 0x80]),
        ] {
            assert_eq!(ecdsa_der(fixed, fixed.len() / 2).unwrap(), der);
        }
        let largest = ecdsa_der(&[0xff; 132], 66).unwrap();
        assert_eq!(largest[..6], [0x30, 0x81, 138, 2, 67, 0]);
        assert_eq!(largest.len(), 3 + 138);
    }

    #[test]
    fn zero_and_other_lengths_are_no_signature() {
        for (fixed, size) in [
            (&[0, 1][..], 1),
            (&[1, 0], 1),
            (&[0, 0], 1),
            (&[1], 1),
            (&[1, 1, 1], 1),
            (&[], 1),
            (&[0, 0, 0, 5], 2),
        ] {
            assert_eq!(ecdsa_der(fixed, size), None, "{fixed:?}");
        }
    }
}
