// SPDX-License-Identifier: Apache-2.0
//! Octets (Part 2, §3.2.15 and §3.2.16).

pub(super) fn hex(text: &str) -> Option<Vec<u8>> {
    let digits: Option<Vec<u8>> = text
        .chars()
        .map(|digit| {
            digit
                .to_digit(16)
                .and_then(|digit| u8::try_from(digit).ok())
        })
        .collect();
    let (pairs, rest) = digits.as_deref()?.as_chunks::<2>();
    let octets = pairs.iter().map(|[high, low]| high << 4 | low).collect();
    rest.is_empty().then_some(octets)
}

/// The grammar of §3.2.16: blanks between characters, padding with canonical tail bits.
pub(super) fn base64(text: &str) -> Option<Vec<u8>> {
    let characters: Vec<u8> = text.bytes().filter(|byte| *byte != b' ').collect();
    let (groups, rest) = characters.as_chunks::<4>();
    if !rest.is_empty() {
        return None;
    }
    let mut octets = Vec::with_capacity(groups.len() * 3);
    for (index, group) in groups.iter().enumerate() {
        let is_last = index + 1 == groups.len();
        let padding = group.iter().rev().take_while(|byte| **byte == b'=').count();
        if padding > 2 || (padding > 0 && !is_last) {
            return None;
        }
        let mut bits = 0u32;
        for (place, byte) in group.iter().enumerate() {
            let six = if place < 4 - padding {
                six_bits(*byte)?
            } else {
                0
            };
            bits = bits << 6 | six;
        }
        let [_, first, second, third] = bits.to_be_bytes();
        let whole = [first, second, third];
        // What padding stands for has no bits set.
        let (kept, dropped) = whole.split_at_checked(3 - padding)?;
        if dropped.iter().any(|octet| *octet != 0) {
            return None;
        }
        octets.extend_from_slice(kept);
    }
    Some(octets)
}

fn six_bits(byte: u8) -> Option<u32> {
    let value = match byte {
        b'A'..=b'Z' => byte - b'A',
        b'a'..=b'z' => byte - b'a' + 26,
        b'0'..=b'9' => byte - b'0' + 52,
        b'+' => 62,
        b'/' => 63,
        _ => return None,
    };
    Some(u32::from(value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn octets() {
        assert_eq!(hex("0fA0"), Some(vec![0x0f, 0xa0]));
        assert_eq!(hex(""), Some(vec![]));
        for text in ["0", "0g", "0 0", "é0"] {
            assert_eq!(hex(text), None, "{text}");
        }
        assert_eq!(base64("aGk="), Some(b"hi".to_vec()));
        assert_eq!(base64("aG k ="), Some(b"hi".to_vec()));
        assert_eq!(base64("aA=="), Some(b"h".to_vec()));
        assert_eq!(base64(""), Some(vec![]));
        for text in [
            "a", "aGk", "aGl=", "aB==", "a===", "aA==aA==", "aG-_", "====", "a=A=",
        ] {
            assert_eq!(base64(text), None, "{text}");
        }
    }
}
