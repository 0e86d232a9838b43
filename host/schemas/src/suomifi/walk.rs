// SPDX-License-Identifier: Apache-2.0
//! What may be in a message, by the way to it, and how often.

use canonical_xml::Position;
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

/// All of an element, and the way to the first that is over a limit.
pub(super) fn all(element: Declared<'_>) -> (Vec<Found<'_>>, Option<String>) {
    let mut walk = Walk {
        way: Vec::new(),
        types: Vec::new(),
        found: Vec::new(),
        over: None,
    };
    walk.within(element);
    (walk.found, walk.over)
}

struct Walk<'s> {
    way: Vec<&'s QName>,
    /// Types of the elements on the way: one within itself is not entered again.
    types: Vec<(&'s str, Position)>,
    found: Vec<Found<'s>>,
    over: Option<String>,
}

impl<'s> Walk<'s> {
    fn within(&mut self, element: Declared<'s>) {
        let of_type = element.type_place();
        if of_type.is_some_and(|place| self.types.contains(&place)) {
            return;
        }
        let around = self.types.len();
        self.types.extend(of_type);
        for attribute in element.attributes() {
            let (file, position) = attribute.place();
            self.way.push(attribute.name());
            self.found.push(Found {
                way: self.way.clone(),
                is_attribute: true,
                least: u32::from(attribute.is_required()),
                most: Some(1),
                text: Some(attribute.text()),
                place: format!("{file}:{}", position.line),
            });
            self.way.pop();
        }
        if let Some(content) = element.content() {
            self.particle(&content, (1, Some(1)));
        }
        self.types.truncate(around);
    }

    /// How often a group is there counts for what is in it.
    fn particle(&mut self, one: &Particle<'s>, (least, most): (u32, Option<u32>)) {
        let least = least.saturating_mul(one.least);
        let most = most
            .zip(one.most)
            .map(|(most, own)| most.saturating_mul(own));
        match &one.term {
            Term::Any => {}
            Term::Element(element) => {
                if self.found.len() >= MOST || self.way.len() >= DEEPEST {
                    if self.over.is_none() {
                        self.over = Some(told(&self.way));
                    }
                    return;
                }
                let (file, position) = element.place();
                self.way.push(element.name());
                self.found.push(Found {
                    way: self.way.clone(),
                    is_attribute: false,
                    least,
                    most,
                    text: element.text(),
                    place: format!("{file}:{}", position.line),
                });
                self.within(*element);
                self.way.pop();
            }
            Term::Choice(all) => {
                for one in all {
                    self.particle(one, (0, most));
                }
            }
            Term::Sequence(all) | Term::All(all) => {
                for one in all {
                    self.particle(one, (least, most));
                }
            }
        }
    }
}

/// By local names.
fn told(way: &[&QName]) -> String {
    let steps: Vec<&str> = way.iter().map(|step| step.local()).collect();
    steps.join("/")
}

impl Found<'_> {
    /// By local names.
    pub(super) fn path(&self) -> String {
        match self.way.split_last().filter(|_| self.is_attribute) {
            Some((last, around)) => format!("{}/@{}", told(around), last.local()),
            None => told(&self.way),
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
