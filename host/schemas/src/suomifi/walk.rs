// SPDX-License-Identifier: Apache-2.0
//! What may be in a message, by the way to it, and how often.

use xml_schema::{Declared, Particle, QName, Term, Text};

use super::known::{Card, NAMESPACE};

/// Most elements and attributes of a message that are looked at; Suomi.fi's have below 50.
const MOST: usize = 1000;

/// Elements within elements.
const DEEPEST: usize = 16;

/// An element or attribute.
pub(super) struct Found<'s> {
    pub(super) way: Vec<&'s QName>,
    pub(super) is_attribute: bool,
    pub(super) least: u32,
    /// `None` is without bound.
    most: Option<u32>,
    pub(super) text: Option<Text<'s>>,
    place: String,
}

/// All of an element.
pub(super) fn all(element: Declared<'_>) -> Vec<Found<'_>> {
    let mut found = Vec::new();
    within(element, &mut Vec::new(), &mut found);
    found
}

fn within<'s>(element: Declared<'s>, way: &mut Vec<&'s QName>, found: &mut Vec<Found<'s>>) {
    for attribute in element.attributes() {
        let (file, position) = attribute.place();
        way.push(attribute.name());
        found.push(Found {
            way: way.clone(),
            is_attribute: true,
            least: u32::from(attribute.is_required()),
            most: Some(1),
            text: Some(attribute.text()),
            place: format!("{file}:{}", position.line),
        });
        way.pop();
    }
    if let Some(content) = element.content() {
        particle(&content, (1, Some(1)), way, found);
    }
}

/// How often a group is there counts for what is in it.
fn particle<'s>(
    one: &Particle<'s>,
    (least, most): (u32, Option<u32>),
    way: &mut Vec<&'s QName>,
    found: &mut Vec<Found<'s>>,
) {
    let least = least.saturating_mul(one.least);
    let most = most
        .zip(one.most)
        .map(|(most, own)| most.saturating_mul(own));
    match &one.term {
        Term::Any => {}
        Term::Element(element) => {
            if found.len() >= MOST || way.len() >= DEEPEST {
                return;
            }
            let (file, position) = element.place();
            way.push(element.name());
            found.push(Found {
                way: way.clone(),
                is_attribute: false,
                least,
                most,
                text: element.text(),
                place: format!("{file}:{}", position.line),
            });
            within(*element, way, found);
            way.pop();
        }
        Term::Choice(all) => {
            for one in all {
                particle(one, (0, most), way, found);
            }
        }
        Term::Sequence(all) | Term::All(all) => {
            for one in all {
                particle(one, (least, most), way, found);
            }
        }
    }
}

impl Found<'_> {
    /// By local names.
    pub(super) fn path(&self) -> String {
        let steps: Vec<&str> = self.way.iter().map(|step| step.local()).collect();
        match (self.is_attribute, steps.split_last()) {
            (true, Some((last, around))) => format!("{}/@{last}", around.join("/")),
            _ => steps.join("/"),
        }
    }

    /// As `file:line`.
    pub(super) fn place(&self) -> String {
        self.place.clone()
    }

    /// Whether elements are in the namespace of the service, and an attribute in none.
    pub(super) fn is_ours(&self) -> bool {
        let elements = self.way.len() - usize::from(self.is_attribute);
        let mut elements = self.way.iter().take(elements);
        let attribute = self.way.last().filter(|_| self.is_attribute);
        elements.all(|step| step.namespace() == NAMESPACE)
            && attribute.is_none_or(|name| name.namespace().is_empty())
    }

    pub(super) fn is_repeated(&self) -> bool {
        self.most.is_none_or(|most| most > 1)
    }

    pub(super) fn card(&self) -> Card {
        match (self.is_repeated(), self.least) {
            (true, _) => Card::Many,
            (false, 0) => Card::Optional,
            (false, _) => Card::One,
        }
    }

    /// How often, and of which type.
    pub(super) fn told(&self) -> String {
        let most = self
            .most
            .map_or_else(|| "*".to_owned(), |most| most.to_string());
        let often = match self.least.to_string() {
            least if least == most => least,
            least => format!("{least}..{most}"),
        };
        match self.text {
            Some(text) => format!("{often} {}", text.built_in()),
            None => often,
        }
    }
}
