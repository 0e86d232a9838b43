// SPDX-License-Identifier: Apache-2.0
//! DER, written.

/// An element with its tag and length.
pub(super) fn element(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = content.len();
    let digits: Vec<u8> = length
        .to_be_bytes()
        .into_iter()
        .skip_while(|digit| *digit == 0)
        .collect();
    let mut bytes = vec![tag];
    match u8::try_from(length) {
        Ok(short @ ..0x80) => bytes.push(short),
        _ => {
            bytes.push(0x80 | u8::try_from(digits.len()).unwrap_or(0));
            bytes.extend(digits);
        }
    }
    bytes.extend_from_slice(content);
    bytes
}

pub(super) fn sequence(parts: &[&[u8]]) -> Vec<u8> {
    element(0x30, &parts.concat())
}

/// Extensions, each below 2.5.29.
pub(super) fn extensions(all: &[(u8, bool, Vec<u8>)]) -> Vec<u8> {
    let one = |(number, critical, value): &(u8, bool, Vec<u8>)| {
        let critical: &[u8] = if *critical { &[1, 1, 0xFF] } else { &[] };
        sequence(&[&[6, 3, 0x55, 0x1D, *number], critical, &element(4, value)])
    };
    let all: Vec<u8> = all.iter().flat_map(one).collect();
    element(0x30, &all)
}

/// A name of one attribute, commonName.
pub(super) fn name(tag: u8, text: &[u8]) -> Vec<u8> {
    let attribute = sequence(&[&[6, 3, 0x55, 4, 3], &element(tag, text)]);
    sequence(&[&element(0x31, &attribute)])
}
