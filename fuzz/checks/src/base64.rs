// SPDX-License-Identifier: Apache-2.0
//! The host's base64 against that of another library.
//!
//! An input is a number, as many places to cut the text at, and the text, in which [runs](crate::document) are written out: ropes of any
//! segments, longer than what is decoded at a time.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;

use crate::choices::Choices;
use crate::document;
use crate::host::Blob;
use crate::host::base64::{decode, encode, encoded_size};
use crate::host::pool::BufferPool;

/// More cuts than any case of the code needs to meet.
const MAXIMUM_CUTS: u8 = 9;

/// Runs make a text as long as this: more than is decoded into two buffers.
const MAXIMUM: usize = 400 << 10;

/// Panics unless the text is taken exactly when it is base64, for exactly the bytes it encodes, and else refused at the right place;
/// and unless all of the input, encoded in one run and in lines, is what the other library makes of it.
pub fn check(input: &[u8]) {
    let mut choices = Choices::new(input);
    let count = choices.byte().unwrap_or_default() % MAXIMUM_CUTS;
    let places: Vec<_> = (0..count).filter_map(|_| choices.short()).collect();
    let text = document::expanded(choices.rest(), MAXIMUM);
    let pool = BufferPool::default();
    let decoded = decode(&rope(&text, &places), &pool);
    let decoded = decoded.map(|blob| blob.to_vec());
    assert_eq!(decoded, expected(&text));
    check_encoding(&text, &places);
}

/// The text in segments, cut at these places, counted in units that reach over all of it.
fn rope(text: &[u8], places: &[usize]) -> Blob {
    let unit = text.len() / (1 << 16) + 1;
    let mut places: Vec<_> = places.iter().map(|place| place * unit).collect();
    places.sort_unstable();
    let mut segments = Vec::new();
    let mut start = 0;
    for end in places.into_iter().chain([text.len()]) {
        let end = end.min(text.len());
        // Empty ones among them.
        let segment = text.get(start..end).unwrap_or_default();
        segments.push(Bytes::copy_from_slice(segment));
        start = end;
    }
    Blob::from_segments(segments)
}

/// What the text stands for: group by group, each by itself.
///
/// # Errors
/// The offset of the first byte that is no base64 character or follows padding; of the first of a group that is none; the size of a text
/// that ends within a group.
fn expected(text: &[u8]) -> Result<Vec<u8>, u64> {
    let is_space = |byte: u8| matches!(byte, b' ' | b'\t' | b'\r' | b'\n');
    let is_letter = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=');
    let mut bytes = Vec::new();
    let mut group = Vec::with_capacity(4);
    let mut first = 0;
    let mut ended = false;
    for (offset, byte) in (0_u64..).zip(text.iter().copied()) {
        if is_space(byte) {
            continue;
        }
        if ended || !is_letter(byte) {
            return Err(offset);
        }
        if group.is_empty() {
            first = offset;
        }
        group.push(byte);
        if group.len() == 4 {
            bytes.extend(STANDARD.decode(&group).map_err(|_| first)?);
            ended = byte == b'=';
            group.clear();
        }
    }
    match group.is_empty() {
        true => Ok(bytes),
        false => Err(text.len() as u64),
    }
}

fn check_encoding(bytes: &[u8], places: &[usize]) {
    let text = STANDARD.encode(bytes);
    assert_eq!(encoded(bytes, places, None), text.as_bytes());
    let width = places.first().map_or(76, |place| place % 200);
    let in_line = (width / 4 * 4).max(4);
    let mut lines = Vec::with_capacity(text.len() * 3);
    for line in text.as_bytes().chunks(in_line) {
        lines.extend_from_slice(line);
        lines.extend_from_slice(b"\r\n");
    }
    let width = u32::try_from(width).ok();
    assert_eq!(encoded(bytes, places, width), lines);
}

fn encoded(bytes: &[u8], places: &[usize], width: Option<u32>) -> Vec<u8> {
    let (mut out, mut done) = (Vec::new(), Vec::new());
    encode(&rope(bytes, places), width, &mut out, &mut |full| {
        done.append(full);
    });
    done.append(&mut out);
    assert_eq!(
        encoded_size(bytes.len() as u64, width),
        done.len() as u64,
        "the size foretold"
    );
    done
}
