// SPDX-License-Identifier: Apache-2.0
//! An authority, one below it, the latter's other certificates, an end, and their lists.

use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};

use super::der::{element, extensions, name, sequence};
use crate::choices::Choices;

/// AlgorithmIdentifier of Ed25519 (RFC 8410 §3), which signs the same bytes the same each time.
const ED25519: &[u8] = &[0x30, 5, 6, 3, 0x2B, 0x65, 0x70];

/// So many edits say no more than fewer.
const MOST_EDITS: usize = 16;

/// Names that are exchanged; two of them are the same to whoever compares names as RFC 5280 has it.
const NAMES: [(u8, &[u8]); 5] = [
    (0x13, b"Root"),
    (0x13, b"Low"),
    (0x0C, b" LOW "),
    (0x0C, b"End"),
    (0x13, b"Lists"),
];

const ROOT: usize = 0;
const LOW: usize = 1;
const END: usize = 3;
const LISTS: usize = 4;

/// Dates that are exchanged.
const DATES: [&[u8]; 5] = [
    b"200101000000Z",
    b"250101000000Z",
    b"260201000000Z",
    b"260301000000Z",
    b"490101000000Z",
];

/// A certificate or a list that is yet to be signed.
#[derive(Clone)]
struct Draft {
    is_list: bool,
    serial: u8,
    issuer: usize,
    subject: usize,
    /// Number of the key that signs, and of the one that is certified.
    keys: (u8, u8),
    dates: (usize, usize),
    extensions: Vec<(u8, bool, Vec<u8>)>,
    entries: Vec<Vec<u8>>,
    /// Bytes that are written over what is signed.
    bytes: Vec<(usize, u8)>,
}

/// All of it, signed.
pub(super) struct World {
    pub(super) anchor: Vec<u8>,
    pub(super) end: Vec<u8>,
    pub(super) others: Vec<Vec<u8>>,
    pub(super) signer: Vec<u8>,
    pub(super) lists: Vec<Vec<u8>>,
    pub(super) is_edited: bool,
    pub(super) certificates_are_as_made: bool,
}

impl World {
    pub(super) fn edited(choices: &mut Choices<'_>) -> Self {
        let mut drafts = drafts();
        let (mut is_edited, mut certificates_are_as_made) = (false, true);
        for _ in 0..MOST_EDITS {
            let Some(target) = choices.byte() else { break };
            let target = usize::from(target) % drafts.len();
            let Some(draft) = drafts.get_mut(target) else {
                break;
            };
            is_edited = true;
            certificates_are_as_made &= draft.is_list;
            if draft.edit(choices).is_none() {
                break;
            }
        }
        let signed = drafts.iter().map(Draft::signed);
        let mut signed = signed.collect::<Vec<_>>().into_iter();
        let mut next = || signed.next().unwrap_or_default();
        Self {
            anchor: next(),
            others: vec![next(), next()],
            end: next(),
            signer: next(),
            lists: signed.collect(),
            is_edited,
            certificates_are_as_made,
        }
    }

    /// A list by the issuer of the end that names it.
    pub(super) fn revoking(&self) -> Vec<u8> {
        let mut list = list(LOW, 2);
        list.entries.push(entry(7, None, None));
        list.signed()
    }
}

fn certificate(serial: u8, issuer: usize, subject: usize, keys: (u8, u8)) -> Draft {
    let authority = subject == ROOT || subject == LOW;
    let constraints = (19, true, sequence(&[&[1, 1, 0xFF]]));
    // keyCertSign and cRLSign, or digitalSignature.
    let usage = (15, true, vec![3, 2, 1, if authority { 6 } else { 0x80 }]);
    // anyPolicy above, 1.2.3 below.
    let policy: &[u8] = match authority {
        true => &[6, 4, 0x55, 0x1D, 0x20, 0],
        false => &[6, 2, 0x2A, 3],
    };
    let policies = (32, true, sequence(&[&sequence(&[policy])]));
    let mut extensions = vec![usage, policies];
    if authority {
        extensions.push(constraints);
    }
    Draft {
        is_list: false,
        serial,
        issuer,
        subject,
        keys,
        dates: (1, 4),
        extensions,
        entries: Vec::new(),
        bytes: Vec::new(),
    }
}

fn list(issuer: usize, key: u8) -> Draft {
    Draft {
        is_list: true,
        extensions: vec![(20, false, vec![2, 1, 5])],
        ..certificate(0, issuer, issuer, (key, key))
    }
}

fn drafts() -> Vec<Draft> {
    let mut signer = certificate(9, LOW, LISTS, (2, 4));
    signer.extensions = vec![(15, true, vec![3, 2, 1, 2])];
    let mut delta = list(LOW, 2);
    delta.dates = (2, 4);
    delta.extensions = vec![(20, false, vec![2, 1, 6]), (27, true, vec![2, 1, 5])];
    let mut indirect = list(LISTS, 4);
    indirect
        .extensions
        .push((28, true, sequence(&[&[0x84, 1, 0xFF]])));
    vec![
        certificate(1, ROOT, ROOT, (1, 1)),
        certificate(2, ROOT, LOW, (1, 2)),
        // The same name by itself, with another key.
        certificate(3, LOW, LOW, (2, 3)),
        certificate(7, LOW, END, (2, 5)),
        signer,
        list(ROOT, 1),
        list(LOW, 2),
        delta,
        indirect,
    ]
}

/// An entry of a list, with a reason and the issuer of the certificate if they are said.
fn entry(serial: u8, reason: Option<u8>, issuer: Option<usize>) -> Vec<u8> {
    let reason = reason.map(|reason| (21, false, vec![10, 1, reason]));
    let issuer = issuer.map(|issuer| (29, true, sequence(&[&element(0xA4, &named(issuer))])));
    let all: Vec<_> = reason.into_iter().chain(issuer).collect();
    let extensions = match all.is_empty() {
        true => Vec::new(),
        false => extensions(&all),
    };
    sequence(&[&[2, 1, serial], &date(1), &extensions])
}

fn named(place: usize) -> Vec<u8> {
    let (tag, text) = NAMES.get(place).copied().unwrap_or_default();
    name(tag, text)
}

fn date(place: usize) -> Vec<u8> {
    element(0x17, DATES.get(place).copied().unwrap_or_default())
}

fn key(number: u8) -> Ed25519KeyPair {
    match Ed25519KeyPair::from_seed_unchecked(&[number; 32]) {
        Ok(key) => key,
        Err(error) => panic!("{error}"),
    }
}

impl Draft {
    /// `None` at the end of the input.
    fn edit(&mut self, choices: &mut Choices<'_>) -> Option<()> {
        match choices.byte()? % 8 {
            // An extension, in the place of one of its number.
            0 | 1 => {
                let number = choices.byte()? % 64;
                let head = choices.byte()?;
                let value = choices.take(usize::from(head & 0x7F)).to_vec();
                self.extensions.retain(|(known, ..)| *known != number);
                self.extensions.push((number, head & 0x80 != 0, value));
            }
            2 => {
                let number = choices.byte()? % 64;
                self.extensions.retain(|(known, ..)| *known != number);
            }
            3 => self.bytes.push((choices.short()?, choices.byte()?)),
            4 => {
                let dates = usize::from(choices.byte()?);
                self.dates = (dates % DATES.len(), dates / 8 % DATES.len());
            }
            5 => {
                let issuer = usize::from(choices.byte()?) % NAMES.len();
                let reason = choices.byte()?;
                let serial = choices.byte()? % 10;
                let is_named = (reason & 0x40 != 0).then_some(issuer);
                let reason = (reason & 0x80 == 0).then_some(reason & 15);
                self.entries.push(entry(serial, reason, is_named));
            }
            6 => self.issuer = usize::from(choices.byte()?) % NAMES.len(),
            _ => self.subject = usize::from(choices.byte()?) % NAMES.len(),
        }
        Some(())
    }

    fn signed(&self) -> Vec<u8> {
        let (signer, subject) = (key(self.keys.0), key(self.keys.1));
        let extensions = match self.extensions.is_empty() {
            true => Vec::new(),
            false => extensions(&self.extensions),
        };
        let (first, last) = (date(self.dates.0), date(self.dates.1));
        let issuer = named(self.issuer);
        let mut content = match self.is_list {
            true => {
                let entries = match self.entries.is_empty() {
                    true => Vec::new(),
                    false => element(0x30, &self.entries.concat()),
                };
                let extensions = match extensions.is_empty() {
                    true => Vec::new(),
                    false => element(0xA0, &extensions),
                };
                sequence(&[
                    &[2, 1, 1],
                    ED25519,
                    &issuer,
                    &first,
                    &last,
                    &entries,
                    &extensions,
                ])
            }
            false => {
                let key = [&[0], subject.public_key().as_ref()].concat();
                let extensions = match extensions.is_empty() {
                    true => Vec::new(),
                    false => element(0xA3, &extensions),
                };
                sequence(&[
                    &[0xA0, 3, 2, 1, 2],
                    &[2, 1, self.serial],
                    ED25519,
                    &issuer,
                    &sequence(&[&first, &last]),
                    &named(self.subject),
                    &sequence(&[ED25519, &element(3, &key)]),
                    &extensions,
                ])
            }
        };
        for (place, byte) in &self.bytes {
            let place = place.checked_rem(content.len()).unwrap_or(0);
            if let Some(known) = content.get_mut(place) {
                *known = *byte;
            }
        }
        let signature = signer.sign(&content);
        let signature = element(3, &[&[0], signature.as_ref()].concat());
        sequence(&[&content, ED25519, &signature])
    }
}
