// SPDX-License-Identifier: Apache-2.0
//! Limits on documents that are otherwise accepted.

use canonical_xml::{Document, Limit, Limits, ReadErrorKind};

use crate::peer;

use super::LIMITS;

/// Longer documents are left to the tests of the project: here many limits are tried on each.
const LONG: usize = 16 << 10;

/// What a document measures, as seen from outside.
struct Measures {
    depth: usize,
    attributes: usize,
    name_length: usize,
    value_length: usize,
    text_length: usize,
    events: usize,
}

/// Panics unless each limit, exactly met, lets the document pass, and refuses it when one lower. Where it cannot be told from outside
/// how much of something there is (declarations, comments), low limits refuse for their own reason or not at all.
pub(super) fn check(bytes: &[u8], document: &Document<'_>, other: &roxmltree::Document<'_>) {
    if bytes.len() > LONG {
        return;
    }
    let measures = Measures::of(document, other);
    exact(bytes, Limit::Bytes, bytes.len(), |limits, value| {
        limits.bytes = value;
    });
    exact(bytes, Limit::Depth, measures.depth, |limits, value| {
        limits.depth = value;
    });
    exact(
        bytes,
        Limit::TextLength,
        measures.text_length,
        |limits, value| {
            limits.text_length = value;
        },
    );
    low(
        bytes,
        Limit::Attributes,
        measures.attributes,
        |limits, value| {
            limits.attributes = value;
        },
    );
    low(
        bytes,
        Limit::NameLength,
        measures.name_length,
        |limits, value| {
            limits.name_length = value;
        },
    );
    low(
        bytes,
        Limit::ValueLength,
        measures.value_length,
        |limits, value| {
            limits.value_length = value;
        },
    );
    low(bytes, Limit::Events, measures.events, |limits, value| {
        limits.events = value;
    });
    low(bytes, Limit::Namespaces, 0, |limits, value| {
        limits.namespaces = value;
    });
}

impl Measures {
    fn of(document: &Document<'_>, other: &roxmltree::Document<'_>) -> Self {
        let mut measures = Self {
            depth: 0,
            attributes: 0,
            name_length: 0,
            value_length: 0,
            text_length: peer::longest_run(other),
            events: document.element_count(),
        };
        let mut open = Vec::new();
        for element in document.elements() {
            while open
                .last()
                .is_some_and(|last| Some(*last) != element.parent())
            {
                open.pop();
            }
            open.push(element);
            measures.depth = measures.depth.max(open.len());
            measures.attributes = measures.attributes.max(element.attributes().len());
            measures.name(element.prefix(), element.local());
            for attribute in element.attributes() {
                measures.name(attribute.prefix(), attribute.local());
                measures.value_length = measures.value_length.max(attribute.value().len());
            }
        }
        measures
    }

    fn name(&mut self, prefix: &str, local: &str) {
        let colon = usize::from(!prefix.is_empty());
        self.name_length = self.name_length.max(prefix.len() + colon + local.len());
    }
}

/// The reason to refuse under one changed limit, if any.
fn refusal(bytes: &[u8], change: impl Fn(&mut Limits)) -> Option<ReadErrorKind> {
    let mut limits = LIMITS;
    change(&mut limits);
    Document::parse(bytes, &limits)
        .err()
        .map(|error| error.kind)
}

/// A limit of which the document is known to need exactly so much.
fn exact(bytes: &[u8], limit: Limit, needed: usize, set: impl Fn(&mut Limits, usize)) {
    let met = refusal(bytes, |limits| set(limits, needed));
    assert_eq!(met, None, "{needed} {limit} are there and allowed");
    if let Some(maximum) = needed.checked_sub(1) {
        let exceeded = refusal(bytes, |limits| set(limits, maximum));
        assert_eq!(exceeded, Some(ReadErrorKind::Limit { limit, maximum }));
    }
}

/// A limit of which the document is known to need at least so much.
fn low(bytes: &[u8], limit: Limit, needed: usize, set: impl Fn(&mut Limits, usize)) {
    for maximum in [1, needed.saturating_sub(1), needed] {
        let refused = refusal(bytes, |limits| set(limits, maximum));
        let reason = ReadErrorKind::Limit { limit, maximum };
        assert!(
            refused.is_none_or(|kind| kind == reason),
            "{refused:?} under a limit of {maximum} {limit}"
        );
        assert!(
            refused.is_some() || maximum >= needed,
            "{needed} {limit} are there, and {maximum} are allowed"
        );
    }
}
