// SPDX-License-Identifier: Apache-2.0
//! The entries of a list, each for itself: one that cannot be read hides none of the others (guide 2015 p. 23).

use std::collections::BTreeSet;

use agency_http::AnswerError;
use canonical_xml::{ElementRef, Piece};

use super::{MessageInformation, Settings, reader::Reader};

/// Namespace of `xsi:nil`.
const SCHEMA_INSTANCE: &str = "http://www.w3.org/2001/XMLSchema-instance";

/// What stands in a list.
#[derive(Debug)]
pub enum Entry<'d> {
    /// A message waits. It has a storage id.
    Waiting(MessageInformation),
    /// Something that cannot be read.
    Unreadable(Unreadable<'d>),
}

/// An entry that cannot be read.
#[derive(Debug)]
pub struct Unreadable<'d> {
    /// Which entry of the list, from 1.
    pub position: usize,
    /// The entry.
    pub element: ElementRef<'d>,
    /// What is wrong with it.
    pub error: AnswerError,
}

/// What a list has in it, each message once, and whatever else stands where entries do, or where what is around them does: nothing is passed over. A single
/// entry that is nil is how some services write an empty list.
pub fn read_list<'d>(settings: &Settings, response: ElementRef<'d>) -> Vec<Entry<'d>> {
    let reader = Reader::of_service(settings);
    let mut elements = Vec::new();
    let way = &settings.wire.names.message_information;
    collect(&reader, settings, (response, way), &mut elements);
    if let [(only, name)] = elements.as_slice()
        && reader.is_named(*only, name)
        && is_nil(*only)
    {
        return Vec::new();
    }
    let mut known = BTreeSet::new();
    let mut entries = Vec::with_capacity(elements.len());
    for (index, (element, name)) in elements.into_iter().enumerate() {
        let (information, error) = read_entry(&reader, element, name);
        let is_new = |one: &MessageInformation| known.insert(one.storage_id.clone());
        let waiting = information.filter(is_new).map(Entry::Waiting);
        let unreadable = error.map(|error| {
            Entry::Unreadable(Unreadable {
                position: index + 1,
                element,
                error,
            })
        });
        entries.extend(waiting.into_iter().chain(unreadable));
    }
    entries
}

/// What stands at the end of a way down, in all that is around it, and what stands beside the way; with each the name that belongs there. Only what is known not to
/// be an entry is left out.
fn collect<'d, 's>(
    reader: &Reader<'_>,
    settings: &Settings,
    (parent, way): (ElementRef<'d>, &'s str),
    found: &mut Vec<(ElementRef<'d>, &'s str)>,
) {
    let names = &settings.wire.names;
    let is_beside = |element: ElementRef<'d>| {
        let mut beside = names.beside_entries();
        beside.any(|name| reader.is_named(element, name))
    };
    let step = way.split_once('/');
    for element in parent.children().filter(|element| !is_beside(*element)) {
        match step {
            Some((step, rest)) if reader.is_named(element, step) => {
                collect(reader, settings, (element, rest), found);
            }
            Some((step, _)) => found.push((element, step)),
            None => found.push((element, way)),
        }
    }
}

/// The message that waits, and what is wrong with the entry. It waits as long as its key can be read, whatever else cannot.
fn read_entry(
    reader: &Reader<'_>,
    element: ElementRef<'_>,
    name: &str,
) -> (Option<MessageInformation>, Option<AnswerError>) {
    let wrong = |code, message| {
        let path = element.path();
        let error = AnswerError {
            code,
            path,
            message,
        };
        (None, Some(error))
    };
    if !reader.is_named(element, name) {
        let message = format!(
            "an element stands here that is no {name}, or is in another namespace; if the names have changed, set them in wire"
        );
        return wrong("answer.unknown-element", message);
    }
    if is_nil(element) {
        let message = "the entry is nil, among others that are not";
        return wrong("answer.nil", message.into());
    }
    match reader.waiting(element) {
        Ok(information) => (Some(information), None),
        Err(error) => (reader.waiting_key(element).ok(), Some(error)),
    }
}

/// XML Schema Part 1 §2.6.2, and empty, as it has to be then. One that holds something is read, whatever it says of itself.
fn is_nil(element: ElementRef<'_>) -> bool {
    let nil = element.attribute(SCHEMA_INSTANCE, "nil");
    let says_nil = nil.is_some_and(|value| matches!(value.trim(), "true" | "1"));
    says_nil && element.children().next().is_none()
}

/// What tells an entry from others, wherever it stands in whatever list: its names and texts. Of a text that was left in the source, its length.
pub fn fingerprint(element: ElementRef<'_>) -> String {
    let mut fingerprint = String::new();
    for element in std::iter::once(element).chain(element.descendants()) {
        fingerprint.push('<');
        fingerprint.push_str(element.local());
        fingerprint.push('>');
        for piece in element.text().pieces() {
            match piece {
                Piece::Str(text) => fingerprint.push_str(text.trim()),
                Piece::Source(range) => {
                    fingerprint.push_str(&(range.end - range.start).to_string());
                }
            }
        }
    }
    fingerprint
}
