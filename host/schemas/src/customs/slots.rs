// SPDX-License-Identifier: Apache-2.0
//! The texts that a message may have, each with the way to it.

use canonical_xml::Position;
use xml_schema::{Declared, Particle, QName, Term, Text};

use crate::Package;

/// XML signatures, which are taken whole.
pub(super) const SIGNATURES: &str = "http://www.w3.org/2000/09/xmldsig#";

/// Elements within elements; types may hold themselves.
const DEEPEST: usize = 10;

/// More than any message has.
const MOST: usize = 400;

/// An element or attribute with a text, or a signature.
#[derive(Clone)]
pub(super) struct Slot<'s> {
    /// The way from below the message's element.
    pub(super) way: Vec<&'s QName>,
    pub(super) is_attribute: bool,
    /// How many steps of the way end in something optional: the lengths of those beginnings.
    pub(super) optional: Vec<usize>,
    /// The choices that it is in.
    pub(super) choices: Vec<usize>,
    /// How many steps of the way may be there more than once.
    pub(super) repeated: Vec<usize>,
    /// Nothing for a signature.
    pub(super) text: Option<Text<'s>>,
    pub(super) documentation: &'s str,
    pub(super) place: (String, Position),
}

/// All of a message.
#[derive(Default)]
pub(super) struct Slots<'s> {
    pub(super) all: Vec<Slot<'s>>,
    /// Of each choice: whether it has to be made, and where.
    pub(super) choices: Vec<(bool, String)>,
}

impl<'s> Slots<'s> {
    pub(super) fn of(package: &'s Package, element: Declared<'s>) -> Self {
        let mut slots = Self::default();
        let walk = Walk {
            package,
            way: Vec::new(),
            optional: Vec::new(),
            repeated: Vec::new(),
            choices: Vec::new(),
        };
        slots.within(&walk, element);
        slots
    }

    fn within(&mut self, walk: &Walk<'s>, element: Declared<'s>) {
        for attribute in element.attributes() {
            let mut optional = walk.optional.clone();
            if !attribute.is_required() {
                optional.push(walk.way.len() + 1);
            }
            let (file, position) = attribute.place();
            self.push(Slot {
                way: walk.way.iter().copied().chain([attribute.name()]).collect(),
                is_attribute: true,
                optional,
                choices: walk.choices.clone(),
                repeated: walk.repeated.clone(),
                text: Some(attribute.text()),
                documentation: walk.package.documentation(file, position),
                place: (file.to_owned(), position),
            });
        }
        if let Some(content) = element.content() {
            self.particle(walk, &content, content.least == 0);
        }
    }

    fn particle(&mut self, walk: &Walk<'s>, particle: &Particle<'s>, is_optional: bool) {
        match &particle.term {
            Term::Any => {}
            Term::Element(element) => self.element(walk, *element, (is_optional, particle.most)),
            Term::Sequence(all) | Term::All(all) => {
                for one in all {
                    self.particle(walk, one, is_optional || one.least == 0);
                }
            }
            Term::Choice(all) => {
                let way: Vec<&str> = walk.way.iter().map(|name| name.local()).collect();
                self.choices.push((!is_optional, way.join("/")));
                let mut walk = walk.clone();
                walk.choices.push(self.choices.len() - 1);
                for one in all {
                    self.particle(&walk, one, true);
                }
            }
        }
    }

    fn element(
        &mut self,
        walk: &Walk<'s>,
        element: Declared<'s>,
        (is_optional, most): (bool, Option<u32>),
    ) {
        let mut walk = walk.clone();
        walk.way.push(element.name());
        let depth = walk.way.len();
        if is_optional {
            walk.optional.push(depth);
        }
        if most != Some(1) {
            walk.repeated.push(depth);
        }
        if depth > DEEPEST {
            return;
        }
        let is_signature = element.name().is(SIGNATURES, "Signature");
        let text = element.text();
        if is_signature || text.is_some() {
            let (file, position) = element.place();
            self.push(Slot {
                way: walk.way.clone(),
                is_attribute: false,
                optional: walk.optional.clone(),
                choices: walk.choices.clone(),
                repeated: walk.repeated.clone(),
                text: text.filter(|_| !is_signature),
                documentation: walk.package.documentation(file, position),
                place: (file.to_owned(), position),
            });
        }
        if !is_signature {
            self.within(&walk, element);
        }
    }

    fn push(&mut self, slot: Slot<'s>) {
        if self.all.len() < MOST {
            self.all.push(slot);
        }
    }
}

#[derive(Clone)]
struct Walk<'s> {
    package: &'s Package,
    way: Vec<&'s QName>,
    optional: Vec<usize>,
    repeated: Vec<usize>,
    choices: Vec<usize>,
}

impl Slot<'_> {
    /// The local name of its end.
    pub(super) fn local(&self) -> &str {
        self.way.last().map_or("", |name| name.local())
    }

    /// The way by local names.
    pub(super) fn local_way(&self) -> String {
        let steps: Vec<&str> = self.way.iter().map(|name| name.local()).collect();
        match (self.is_attribute, steps.split_last()) {
            (true, Some((last, []))) => format!("@{last}"),
            (true, Some((last, around))) => format!("{}/@{last}", around.join("/")),
            _ => steps.join("/"),
        }
    }

    /// As `file:line`.
    pub(super) fn place(&self) -> String {
        format!("{}:{}", self.place.0, self.place.1.line)
    }

    /// Whether it has to be there if these are.
    pub(super) fn is_needed(&self, others: &[&Self]) -> bool {
        let length = self.way.len();
        let is_there = |depth: &usize| {
            *depth < length
                && others
                    .iter()
                    .any(|other| other.way.get(..*depth) == self.way.get(..*depth))
        };
        self.choices.is_empty() && self.optional.iter().all(is_there)
    }
}
