// SPDX-License-Identifier: Apache-2.0
//! Certificates in a row.

/// The certificates of a PKIPath, that of the signer first.
///
/// The DER is a SEQUENCE of certificates, each a SEQUENCE itself; the one nearest to the trust anchor comes first and that of the signer
/// last (ITU-T X.509 §7.7). What is in them is not looked at. `None` if it is not that, or empty.
pub(crate) fn certificates(der: &[u8]) -> Option<Vec<Vec<u8>>> {
    let (outer, rest) = Sequence::split(der)?;
    if !rest.is_empty() {
        return None;
    }
    let mut certificates = Vec::new();
    let mut rest = outer.content;
    while !rest.is_empty() {
        let (certificate, tail) = Sequence::split(rest)?;
        certificates.push(certificate.whole.to_vec());
        rest = tail;
    }
    certificates.reverse();
    (!certificates.is_empty()).then_some(certificates)
}

struct Sequence<'a> {
    whole: &'a [u8],
    content: &'a [u8],
}

impl<'a> Sequence<'a> {
    /// The SEQUENCE at the beginning, and what follows it.
    fn split(der: &'a [u8]) -> Option<(Self, &'a [u8])> {
        const SEQUENCE: u8 = 0x30;
        let (&[tag, first], after) = der.split_first_chunk()?;
        let (length, after) = match first {
            ..=0x7F => (usize::from(first), after),
            // The number of octets of the length; more than four are no message, none is no DER.
            0x81..=0x84 => {
                let (octets, after) = after.split_at_checked(usize::from(first & 0x7F))?;
                let length = octets
                    .iter()
                    .fold(0, |length, octet| length << 8 | u64::from(*octet));
                (usize::try_from(length).ok()?, after)
            }
            _ => return None,
        };
        let (content, rest) = after.split_at_checked(length)?;
        let whole = der.get(..der.len() - rest.len())?;
        (tag == SEQUENCE).then_some((Self { whole, content }, rest))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sequence(content: &[u8]) -> Vec<u8> {
        let length = content.len();
        let header = match length {
            ..0x80 => vec![0x30, length as u8],
            _ => vec![0x30, 0x82, (length >> 8) as u8, length as u8],
        };
        [header, content.to_vec()].concat()
    }

    #[test]
    fn the_last_one_is_the_signer() {
        let (anchor, middle, signer) = (sequence(b"a"), sequence(&[7; 300]), sequence(b""));
        let path = sequence(&[anchor.clone(), middle.clone(), signer.clone()].concat());
        assert_eq!(certificates(&path), Some(vec![signer, middle, anchor]));
    }

    #[test]
    fn anything_else_is_none() {
        let path = sequence(&sequence(b"abc"));
        for length in 0..path.len() {
            assert_eq!(certificates(&path[..length]), None, "cut at {length}");
        }
        let mut surplus = path.clone();
        surplus.push(0);
        let set = sequence(&[0x31, 1, 0]);
        let indefinite = vec![0x30, 0x80, 0, 0];
        let endless = vec![0x30, 0x84, 0xFF, 0xFF, 0xFF, 0xFF, 0];
        for wrong in [surplus, set, indefinite, endless, sequence(b""), Vec::new()] {
            assert_eq!(certificates(&wrong), None, "{wrong:?}");
        }
    }
}
