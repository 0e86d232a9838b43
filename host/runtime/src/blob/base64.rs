// SPDX-License-Identifier: Apache-2.0
//! Base64 (RFC 4648 §4) over ropes, in vector instructions, without joining the segments first.

mod decode;

use std::mem;

use base64_simd::STANDARD;

use super::{Blob, pool::CHUNK};
pub(crate) use decode::decode;

/// Length of the text for `size` bytes: padded, and with CR LF after every line when in lines.
pub(crate) fn encoded_size(size: u64, line_width: Option<u32>) -> u64 {
    let text = size.div_ceil(3).saturating_mul(4);
    match line_width {
        None => text,
        Some(width) => text.saturating_add(text.div_ceil(line_characters(width)).saturating_mul(2)),
    }
}

/// Appends the text of `blob` to `out` and calls `full` whenever `out` may not take more; `full` puts an empty buffer in its place.
pub(crate) fn encode(
    blob: &Blob,
    line_width: Option<u32>,
    out: &mut Vec<u8>,
    full: &mut dyn FnMut(&mut Vec<u8>),
) {
    let unit = line_width.map_or(3, |width| (line_characters(width) / 4 * 3) as usize);
    let mut encoder = Encoder {
        unit,
        in_lines: line_width.is_some(),
        carry: Vec::with_capacity(unit),
        out,
        full,
    };
    blob.segments().for_each(|segment| encoder.push(segment));
    encoder.finish();
}

/// Characters of a line: a multiple of 4, so that every line but the last encodes whole groups.
fn line_characters(width: u32) -> u64 {
    u64::from(width / 4 * 4).clamp(4, CHUNK as u64 / 4)
}

/// Encodes in units (three bytes, or a line) and carries what is left of one over to the next segment.
struct Encoder<'a> {
    unit: usize,
    in_lines: bool,
    carry: Vec<u8>,
    out: &'a mut Vec<u8>,
    full: &'a mut dyn FnMut(&mut Vec<u8>),
}

impl Encoder<'_> {
    fn push(&mut self, mut segment: &[u8]) {
        if !self.carry.is_empty() {
            let missing = self.unit - self.carry.len();
            let (head, rest) = segment.split_at(missing.min(segment.len()));
            self.carry.extend_from_slice(head);
            segment = rest;
            if self.carry.len() < self.unit {
                return;
            }
            let unit = mem::take(&mut self.carry);
            self.units(&unit);
            self.carry = unit;
            self.carry.clear();
        }
        let (whole, rest) = segment.split_at(segment.len() / self.unit * self.unit);
        self.units(whole);
        self.carry.extend_from_slice(rest);
    }

    fn finish(mut self) {
        let rest = mem::take(&mut self.carry);
        if !rest.is_empty() {
            self.units(&rest);
        }
    }

    /// Encodes whole units, or the last part of one.
    fn units(&mut self, mut bytes: &[u8]) {
        let text = self.unit / 3 * 4 + if self.in_lines { 2 } else { 0 };
        while !bytes.is_empty() {
            let mut room = self
                .out
                .capacity()
                .max(CHUNK)
                .saturating_sub(self.out.len())
                / text;
            if room == 0 {
                (self.full)(self.out);
                room = (CHUNK / text).max(1);
            }
            let (now, later) = bytes.split_at(bytes.len().min(room * self.unit));
            if self.in_lines {
                for line in now.chunks(self.unit) {
                    STANDARD.encode_append(line, self.out);
                    self.out.extend_from_slice(b"\r\n");
                }
            } else {
                STANDARD.encode_append(now, self.out);
            }
            bytes = later;
        }
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use proptest::prelude::*;

    use super::{super::pool::BufferPool, *};

    fn rope(bytes: &[u8], piece: usize) -> Blob {
        Blob::from_segments(
            bytes
                .chunks(piece.max(1))
                .map(Bytes::copy_from_slice)
                .collect(),
        )
    }

    fn encoded(blob: &Blob, line_width: Option<u32>) -> String {
        let mut out = Vec::new();
        let mut done = Vec::new();
        encode(blob, line_width, &mut out, &mut |full| done.append(full));
        done.append(&mut out);
        String::from_utf8(done).unwrap()
    }

    fn decoded(text: &str, piece: usize) -> Result<Vec<u8>, u64> {
        decode(&rope(text.as_bytes(), piece), &BufferPool::default()).map(|blob| blob.to_vec())
    }

    #[test]
    fn encodes_the_vectors_of_rfc_4648() {
        for (bytes, text) in [
            ("", ""),
            ("f", "Zg=="),
            ("fo", "Zm8="),
            ("foo", "Zm9v"),
            ("foob", "Zm9vYg=="),
            ("fooba", "Zm9vYmE="),
            ("foobar", "Zm9vYmFy"),
        ] {
            assert_eq!(encoded(&rope(bytes.as_bytes(), 2), None), text);
            assert_eq!(decoded(text, 3).unwrap(), bytes.as_bytes());
        }
    }

    #[test]
    fn lines_end_with_cr_lf_the_last_one_too() {
        let blob = rope(b"foobarfoo", 4);
        assert_eq!(encoded(&blob, Some(8)), "Zm9vYmFy\r\nZm9v\r\n");
        assert_eq!(encoded(&blob, Some(11)), "Zm9vYmFy\r\nZm9v\r\n");
        assert_eq!(encoded(&blob, Some(0)), "Zm9v\r\nYmFy\r\nZm9v\r\n");
        assert_eq!(encoded(&blob, Some(12)), "Zm9vYmFyZm9v\r\n");
        assert_eq!(encoded_size(9, Some(8)), 16);
    }

    #[test]
    fn refuses_what_is_not_strict_and_says_where() {
        for (text, offset) in [
            ("Zg=", 3),
            ("Zg", 2),
            ("Z", 1),
            ("Zh==", 0),
            ("Zm9=", 0),
            ("Zm9v Zh==", 5),
            ("Zm9vYg==Zm9v", 8),
            ("Zm9vYg== =", 9),
            ("Zm\u{0}v", 2),
            ("Zm-v", 2),
            ("Zm9v*m9v", 4),
            ("====", 0),
            ("=", 1),
            ("Z=9v", 0),
            ("Zm9v\u{b}Zm9v", 4),
        ] {
            for piece in 1..=text.len() {
                assert!(
                    decoded(text, piece).is_err(),
                    "{text:?} in pieces of {piece}"
                );
            }
            assert_eq!(decoded(text, text.len()), Err(offset), "{text:?}");
        }
    }

    #[test]
    fn a_wrong_place_is_told_with_the_white_space_before_it() {
        assert_eq!(decoded("Z h==", 9), Err(0));
        assert_eq!(decoded(" Zm9v\n Z\tm*v", 20), Err(10));
        assert_eq!(decoded("Zm9v Z\t*", 20), Err(7));
        assert_eq!(decoded("Zm9v Zg== \tZg", 20), Err(11));
    }

    #[test]
    fn takes_xml_white_space_anywhere() {
        assert_eq!(decoded(" Z\tm\r\n9 v\nYg= = \n", 2).unwrap(), b"foob");
        assert_eq!(decoded(" \n", 1).unwrap(), b"");
    }

    proptest! {
        #[test]
        fn decoding_undoes_encoding(bytes in proptest::collection::vec(any::<u8>(), 0..2000), piece in 1_usize..700, width in proptest::option::of(0_u32..100)) {
            let blob = rope(&bytes, piece);
            let text = encoded(&blob, width);
            prop_assert_eq!(text.len() as u64, encoded_size(bytes.len() as u64, width));
            prop_assert_eq!(decoded(&text, piece).unwrap(), bytes);
        }

        #[test]
        fn a_wrong_character_is_found_in_long_and_short_runs(
            lines in proptest::collection::vec(1_usize..600, 1..40),
            piece in 1_usize..5000,
            place in 0_usize..30_000,
        ) {
            let mut text: Vec<u8> = lines.iter().flat_map(|groups| [&vec![b'A'; groups * 4], "\r\n".as_bytes()].concat()).collect();
            let place = place % text.len();
            prop_assume!(text[place] == b'A');
            text[place] = b'*';
            let text = String::from_utf8(text).unwrap();
            prop_assert_eq!(decoded(&text, piece), Err(place as u64));
        }

        #[test]
        fn decoding_agrees_with_the_library(text in "[A-Da-d0-3+/= ]{0,40}", piece in 1_usize..10) {
            let plain: String = text.chars().filter(|c| *c != ' ').collect();
            let expected = STANDARD.decode_to_vec(plain.as_bytes());
            prop_assert_eq!(decoded(&text, piece).ok(), expected.ok());
        }
    }

    #[test]
    fn white_space_takes_time_by_its_size() {
        // Were the rest looked through again at each tab, this would take minutes.
        let text = "\t".repeat(8 << 20);
        assert_eq!(decoded(&text, text.len()), Ok(Vec::new()));
    }

    #[test]
    fn large_texts_fill_chunk_after_chunk() {
        let bytes: Vec<u8> = (0..5 * CHUNK as u32 + 2).map(|i| (i % 253) as u8).collect();
        let text = encoded(&rope(&bytes, 70_001), None);
        assert_eq!(decoded(&text, 99_999).unwrap(), bytes);
    }
}
