// SPDX-License-Identifier: Apache-2.0
//! Which slot of a message says which of our values.

use xml_schema::Text;

use super::{
    Certainty,
    slots::{SIGNATURES, Slot},
    values::Value,
};

/// A value and the slot for it.
pub(super) struct Match<'m, 's> {
    pub(super) value: &'m Value,
    pub(super) slot: &'m Slot<'s>,
    pub(super) certainty: Certainty,
}

/// The best matches, each value and each slot once, in the order of the slots.
pub(super) fn matches<'m, 's>(
    values: &'m [&'m Value],
    slots: &'m [Slot<'s>],
) -> Vec<Match<'m, 's>> {
    let mut pairs: Vec<(u32, usize, usize)> = Vec::new();
    for (v, value) in values.iter().enumerate() {
        for (s, slot) in slots.iter().enumerate() {
            let score = score(value, slot, slots);
            if score > 0 {
                pairs.push((score, s, v));
            }
        }
    }
    // The best first; of equals the one that comes first.
    pairs.sort_by_key(|(score, s, v)| (u32::MAX - score, *s, *v));
    let (mut found, mut used_slots, mut used_values) = (Vec::new(), Vec::new(), Vec::new());
    for (score, s, v) in &pairs {
        if used_slots.contains(s) || used_values.contains(v) {
            continue;
        }
        let rival = |(other, slot, value): &(u32, usize, usize)| {
            other == score && value == v && slot != s && !used_slots.contains(slot)
        };
        let certainty = match *score >= SURE && !pairs.iter().any(rival) {
            true => Certainty::Sure,
            false => Certainty::Likely,
        };
        used_slots.push(*s);
        used_values.push(*v);
        if let (Some(value), Some(slot)) = (values.get(*v), slots.get(*s)) {
            found.push((
                *s,
                Match {
                    value,
                    slot,
                    certainty,
                },
            ));
        }
    }
    found.sort_by_key(|(s, _)| *s);
    found.into_iter().map(|(_, found)| found).collect()
}

/// From here on it is no guess.
const SURE: u32 = 90;

fn score(value: &Value, slot: &Slot<'_>, slots: &[Slot<'_>]) -> u32 {
    if value.name == "signature" {
        return match slot.way.as_slice() {
            [only] if only.is(SIGNATURES, "Signature") => 100,
            _ => 0,
        };
    }
    // Bytes are written into elements only.
    if slot.is_attribute && value.type_name == "base64Binary" {
        return 0;
    }
    let Some(text) = slot.text.filter(|text| fits(value, *text)) else {
        return 0;
    };
    if slot.local() == value.usual {
        return 100;
    }
    let by_type = !value.type_name.is_empty() && text.built_in() == value.type_name;
    let only = || {
        let alike = |other: &&Slot<'_>| {
            other
                .text
                .is_some_and(|other| other.built_in() == value.type_name)
        };
        slots.iter().filter(alike).count() == 1
    };
    let mut score = 0;
    if value.stems.are_in(slot.local()) {
        score += 60;
    }
    if value.stems.are_in(slot.documentation) {
        score += 45;
    }
    // What is around it says something where its own name says nothing, as in `Sender/Id`.
    let around = slot.way.iter().rev().skip(1).map(|name| name.local());
    if score == 0 && around.take(1).any(|name| value.stems.are_in(name)) {
        score += 30;
    }
    match (by_type, score) {
        (true, 0) if only() => 50,
        (true, 1..) => score + 30,
        (_, score) => score,
    }
}

/// Whether the type takes what we have to say, and is none for something else.
fn fits(value: &Value, text: Text<'_>) -> bool {
    if text.fixed().is_some() {
        return false;
    }
    let is_special = |name: &str| {
        matches!(
            name,
            "base64Binary" | "hexBinary" | "dateTime" | "date" | "boolean"
        )
    };
    match value.samples {
        [] => !is_special(text.built_in()),
        samples => {
            let takes = samples.iter().any(|sample| text.accepts(sample));
            let is_bytes = text.built_in() == "base64Binary";
            takes
                && (is_bytes == (value.type_name == "base64Binary")
                    || text.built_in() == "string" && value.type_name == "base64Binary")
        }
    }
}
