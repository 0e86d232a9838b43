// SPDX-License-Identifier: Apache-2.0
//! What a message may have, each with the way to it.

use canonical_xml::Position;
use xml_schema::{Declared, Particle, QName, Term, Text};

use super::meter::{DEEPEST, OF_A_MESSAGE, Source, size};

/// XML signatures, which are taken whole.
pub(super) const SIGNATURES: &str = "http://www.w3.org/2000/09/xmldsig#";

/// What a slot is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// An element or attribute with a text.
    Text,
    /// A signature.
    Signature,
    /// An element without a text of its own.
    Empty,
    /// Something that the schema demands and does not name; the way is that of the element around.
    Any,
}

/// An alternative of a choice: the numbers of both. A group that may be left out is a choice of one.
type Branch = (usize, usize);

/// An element or attribute.
#[derive(Clone)]
pub(super) struct Slot<'s> {
    /// The way from below the message's element.
    pub(super) way: Vec<&'s QName>,
    pub(super) form: Form,
    pub(super) is_attribute: bool,
    /// How many steps of the way end in something optional: the lengths of those beginnings.
    optional: Vec<usize>,
    /// The alternatives that it is in.
    pub(super) branches: Vec<Branch>,
    /// How many steps of the way may be there more than once.
    pub(super) repeated: Vec<usize>,
    /// Of those with a text.
    pub(super) text: Option<Text<'s>>,
    pub(super) documentation: &'s str,
    pub(super) place: (String, Position),
}

/// A choice.
pub(super) struct Choice<'s> {
    /// Whether something of it has to be there, if what is around it is.
    pub(super) is_required: bool,
    /// Whether it may be made more than once.
    pub(super) may_repeat: bool,
    /// What is around it.
    pub(super) around: Slot<'s>,
}

/// All of a message.
#[derive(Default)]
pub(super) struct Slots<'s> {
    pub(super) all: Vec<Slot<'s>>,
    pub(super) choices: Vec<Choice<'s>>,
    /// Whether it is over a limit; there is nothing in it then.
    pub(super) is_over: bool,
    visits: usize,
}

impl<'s> Slots<'s> {
    /// What stands in an element.
    pub(super) fn of(source: Source<'s>, element: Declared<'s>) -> Self {
        let mut slots = Self::default();
        slots.within(&Walk::from(source, element), element);
        slots.bounded(source, element)
    }

    /// The element itself, and what stands in it.
    pub(super) fn with_root(source: Source<'s>, element: Declared<'s>) -> Self {
        let mut slots = Self::default();
        slots.element(&Walk::from(source, element), element, (false, Some(1)));
        slots.bounded(source, element)
    }

    fn bounded(self, source: Source<'s>, element: Declared<'s>) -> Self {
        if !self.is_over {
            return self;
        }
        source.meter.note(element);
        Self {
            is_over: true,
            ..Self::default()
        }
    }

    fn within(&mut self, walk: &Walk<'s>, element: Declared<'s>) {
        let content = element.content();
        let count = element.attributes().count() + content.as_ref().map_or(0, size) + 1;
        self.visits += count;
        let has_room = walk.source.meter.take(count);
        if !has_room || self.visits > OF_A_MESSAGE || walk.way.len() > DEEPEST {
            self.is_over = true;
        }
        if self.is_over {
            return;
        }
        for attribute in element.attributes() {
            let mut slot = walk.slot(Form::Text);
            slot.way.push(attribute.name());
            if !attribute.is_required() {
                slot.optional.push(slot.way.len());
            }
            let (file, position) = attribute.place();
            slot.is_attribute = true;
            slot.text = Some(attribute.text());
            slot.documentation = walk.source.package.documentation(file, position);
            slot.place = (file.to_owned(), position);
            self.all.push(slot);
        }
        if let Some(content) = content {
            self.particle(walk, &content);
        }
    }

    fn particle(&mut self, walk: &Walk<'s>, particle: &Particle<'s>) {
        let is_group = !matches!(particle.term, Term::Any | Term::Element(_));
        if is_group && particle.most != Some(1) && !walk.is_repeated {
            let mut walk = walk.clone();
            walk.is_repeated = true;
            return self.particle(&walk, particle);
        }
        match &particle.term {
            Term::Any if particle.least > 0 => self.all.push(walk.slot(Form::Any)),
            Term::Any => {}
            Term::Element(element) => {
                let most = particle.most.filter(|_| !walk.is_repeated);
                self.element(walk, *element, (particle.least == 0, most));
            }
            Term::Sequence(all) | Term::All(all) if particle.least > 0 => {
                for one in all {
                    self.particle(walk, one);
                }
            }
            Term::Sequence(all) | Term::All(all) => {
                let walk = self.choice(walk, particle).branch(0);
                for one in all {
                    self.particle(&walk, one);
                }
            }
            Term::Choice(all) => {
                let choice = self.choice(walk, particle);
                for (number, one) in all.iter().enumerate() {
                    self.particle(&choice.branch(number), one);
                }
            }
        }
    }

    /// Notes a choice, whose alternatives are walked next.
    fn choice(&mut self, walk: &Walk<'s>, particle: &Particle<'s>) -> Chosen<'s> {
        self.choices.push(Choice {
            is_required: !may_be_empty(particle),
            may_repeat: particle.most != Some(1),
            around: walk.slot(Form::Any),
        });
        Chosen {
            walk: walk.clone(),
            number: self.choices.len() - 1,
        }
    }

    fn element(
        &mut self,
        walk: &Walk<'s>,
        element: Declared<'s>,
        (is_optional, most): (bool, Option<u32>),
    ) {
        if self.is_over {
            return;
        }
        let mut walk = walk.clone();
        walk.is_repeated = false;
        walk.way.push(element.name());
        walk.element = element;
        let depth = walk.way.len();
        if is_optional {
            walk.optional.push(depth);
        }
        if most != Some(1) {
            walk.repeated.push(depth);
        }
        let is_signature = element.name().is(SIGNATURES, "Signature");
        let text = element.text().filter(|_| !is_signature);
        let mut slot = walk.slot(match (is_signature, text) {
            (true, _) => Form::Signature,
            (false, Some(_)) => Form::Text,
            (false, None) => Form::Empty,
        });
        slot.text = text;
        let (file, position) = element.place();
        slot.documentation = walk.source.package.documentation(file, position);
        self.all.push(slot);
        let type_place = element.type_place();
        // A type within itself can only be optional, and is not entered again.
        let is_entered = type_place.is_some_and(|place| walk.types.contains(&place));
        if is_signature || is_entered {
            return;
        }
        walk.types.extend(type_place);
        self.within(&walk, element);
    }
}

/// Whether nothing of it has to be there.
fn may_be_empty(particle: &Particle<'_>) -> bool {
    particle.least == 0
        || match &particle.term {
            Term::Any | Term::Element(_) => false,
            Term::Sequence(all) | Term::All(all) => all.iter().all(may_be_empty),
            Term::Choice(all) => all.is_empty() || all.iter().any(may_be_empty),
        }
}

#[derive(Clone)]
struct Walk<'s> {
    source: Source<'s>,
    /// The element that is walked.
    element: Declared<'s>,
    way: Vec<&'s QName>,
    /// Types of the elements on the way.
    types: Vec<(&'s str, Position)>,
    optional: Vec<usize>,
    repeated: Vec<usize>,
    /// Whether a group that may be there more than once is around, within the element.
    is_repeated: bool,
    branches: Vec<Branch>,
}

/// A choice whose alternatives are walked.
struct Chosen<'s> {
    walk: Walk<'s>,
    number: usize,
}

impl<'s> Chosen<'s> {
    fn branch(&self, alternative: usize) -> Walk<'s> {
        let mut walk = self.walk.clone();
        walk.branches.push((self.number, alternative));
        walk
    }
}

impl<'s> Walk<'s> {
    fn from(source: Source<'s>, element: Declared<'s>) -> Self {
        Self {
            source,
            element,
            way: Vec::new(),
            types: Vec::new(),
            optional: Vec::new(),
            repeated: Vec::new(),
            is_repeated: false,
            branches: Vec::new(),
        }
    }

    /// A slot here.
    fn slot(&self, form: Form) -> Slot<'s> {
        let (file, position) = self.element.place();
        Slot {
            way: self.way.clone(),
            form,
            is_attribute: false,
            optional: self.optional.clone(),
            branches: self.branches.clone(),
            repeated: self.repeated.clone(),
            text: None,
            documentation: "",
            place: (file.to_owned(), position),
        }
    }
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
        // What stands in an element without a name of its own needs that element.
        let own = usize::from(self.form != Form::Any);
        let is_there = |depth: &usize| {
            *depth + own <= self.way.len()
                && others
                    .iter()
                    .any(|other| other.way.get(..*depth) == self.way.get(..*depth))
        };
        let is_made = |branch: &Branch| others.iter().any(|other| other.branches.contains(branch));
        self.optional.iter().all(is_there) && self.branches.iter().all(is_made)
    }

    /// Whether another is in it.
    pub(super) fn is_around(&self, other: &Self) -> bool {
        other.way.len() > self.way.len() && other.way.starts_with(&self.way)
    }
}
