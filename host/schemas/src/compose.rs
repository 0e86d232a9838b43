// SPDX-License-Identifier: Apache-2.0
//! Messages written by a schema: what is said where it belongs, and all else that has to be there made up.

mod groups;
mod made_up;

use std::{
    cell::{Cell, RefCell},
    collections::BTreeMap,
    ops::Range,
};

use thiserror::Error;
use xml_schema::{Declared, Particle, QName, Term, Text};

use crate::{Package, customs::Form};

/// What a message says, by the names of values in layouts.
#[derive(Debug, Clone, Default)]
pub struct Said {
    /// What is said once.
    pub values: BTreeMap<String, String>,
    /// What is said for each entry.
    pub entries: Vec<BTreeMap<String, String>>,
    /// Whether what the type of its place does not take is written all the same: for whoever wants a message that is wrong.
    pub is_careless: bool,
    /// Whether what is said is left out where nothing demands it, but for the entries.
    pub is_bare: bool,
    /// Whether signatures are left out, also where they are demanded: for whoever signs what is written.
    pub is_signed_later: bool,
}

/// A message that the package has no room for.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ComposeError {
    /// The form is of another package.
    #[error("the element {0} is not in the package")]
    Undeclared(String),
    /// A text that the type of its place does not take.
    #[error("{at}: its type does not take what is said there ({value})")]
    Misfit {
        /// Way, and place of its declaration.
        at: String,
        /// What was said, by its name.
        value: &'static str,
    },
    /// A required text of a type that nothing made up is of.
    #[error("{0}: required, and no text of its type could be made up")]
    NotMadeUp(String),
    /// More entries than there may be, or texts of more alternatives than can be chosen.
    #[error("{0}: it may not be there so often")]
    TooMany(String),
    /// Said of each entry, and there is one place for all.
    #[error("there is one place for all entries, where each says something else ({0})")]
    Shared(&'static str),
    /// Something required that is declared by what stands in its place.
    #[error("{0}: required, and the schema does not name what stands there")]
    Unnamed(String),
    /// Elements within elements without end, or more than a message has.
    #[error("the message {0} is larger than the limit for messages that are made up")]
    TooLarge(String),
}

/// Elements in a message that is made up. Those of agencies have below 100, and lists some for each entry.
const MOST_ELEMENTS: usize = 200_000;

/// XML signatures.
const SIGNATURES: &str = "http://www.w3.org/2000/09/xmldsig#";

/// The namespace of `xml:lang`.
const XML: &str = "http://www.w3.org/XML/1998/namespace";

/// Elements within elements.
const DEEPEST: usize = 32;

impl Package {
    /// Writes a message. Its namespace has this prefix; an empty one makes it the default namespace.
    ///
    /// # Errors
    /// [`ComposeError`] where the package has no room for what is said, or demands what cannot be made up.
    pub fn compose(&self, form: &Form, said: &Said, prefix: &str) -> Result<String, ComposeError> {
        let name = &form.element;
        let declared = self
            .schema()
            .declared(name.namespace(), name.local())
            .ok_or_else(|| ComposeError::Undeclared(name.to_string()))?;
        let shared = |place: &&crate::customs::Place| {
            let entries = form.entries.as_deref().unwrap_or_default();
            let says = |entry: &BTreeMap<String, String>| entry.contains_key(place.value);
            !entries.is_empty()
                && !place.way.starts_with(entries)
                && !said.values.contains_key(place.value)
                && said.entries.iter().any(says)
        };
        if let Some(place) = form
            .places
            .iter()
            .find(shared)
            .filter(|_| !said.is_careless)
        {
            return Err(ComposeError::Shared(place.value));
        }
        let composer = Composer {
            form,
            said,
            prefix,
            namespaces: RefCell::default(),
            elements: Cell::new(0),
        };
        let mut at = At {
            way: Vec::new(),
            entry: None,
            entries: 0..said.entries.len(),
            around: "",
        };
        let (attributes, content) = composer.within(declared, &mut at)?;
        let tag = composer.tag(name);
        let default = match prefix {
            "" => format!(" xmlns=\"{}\"", escaped(name.namespace())),
            _ => String::new(),
        };
        let namespaces = composer.namespaces.take();
        let namespaces = namespaces
            .iter()
            .map(|(namespace, prefix)| format!(" xmlns:{prefix}=\"{}\"", escaped(namespace)));
        let namespaces: String = namespaces.collect();
        Ok(format!(
            "<{tag}{default}{namespaces}{attributes}>{content}</{tag}>"
        ))
    }
}

struct Composer<'c> {
    form: &'c Form,
    said: &'c Said,
    prefix: &'c str,
    /// Prefixes by namespace, for the root.
    namespaces: RefCell<BTreeMap<String, String>>,
    elements: Cell<usize>,
}

/// Where in a message something is written.
#[derive(Clone)]
struct At<'s> {
    way: Vec<&'s QName>,
    /// The entry that it is in.
    entry: Option<usize>,
    /// Those that are to be written in it.
    entries: Range<usize>,
    /// The namespace of the element around.
    around: &'s str,
}

impl Composer<'_> {
    /// Attributes and content of an element.
    fn within<'s>(
        &self,
        element: Declared<'s>,
        at: &mut At<'s>,
    ) -> Result<(String, String), ComposeError> {
        self.elements.set(self.elements.get() + 1);
        if self.elements.get() > MOST_ELEMENTS || at.way.len() > DEEPEST {
            return Err(ComposeError::TooLarge(self.form.element.to_string()));
        }
        let around = at.around;
        at.around = element.name().namespace();
        let mut attributes = String::new();
        for attribute in element.attributes() {
            at.way.push(attribute.name());
            let said = self.value(at, true);
            let said = said.filter(|_| attribute.is_required() || !self.said.is_bare);
            if said.is_some() || attribute.is_required() {
                let (file, position) = attribute.place();
                let text = self.text(said, attribute.text(), at, (file, position.line))?;
                let name = self.attribute(attribute.name());
                attributes += &format!(" {name}=\"{}\"", escaped(&text));
            }
            at.way.pop();
        }
        let content = match (element.text(), element.content()) {
            (Some(text), _) => {
                let (file, position) = element.place();
                let said = self.value(at, false);
                escaped(&self.text(said, text, at, (file, position.line))?)
            }
            (None, Some(content)) => self.particle(&content, at)?,
            (None, None) => String::new(),
        };
        at.around = around;
        Ok((attributes, content))
    }

    fn particle<'s>(
        &self,
        particle: &Particle<'s>,
        at: &mut At<'s>,
    ) -> Result<String, ComposeError> {
        let is_written = particle.least > 0 || self.is_wanted_in(particle, at);
        match &particle.term {
            _ if !is_written => Ok(String::new()),
            Term::Any => Err(ComposeError::Unnamed(at.told())),
            Term::Element(element) => self.element(*element, (particle.least, particle.most), at),
            Term::Sequence(all) | Term::All(all) => {
                self.group(all, (particle.least, particle.most), at)
            }
            Term::Choice(all) => self.choice(all, (particle.least, particle.most), at),
        }
    }

    fn element<'s>(
        &self,
        element: Declared<'s>,
        (least, most): (u32, Option<u32>),
        at: &mut At<'s>,
    ) -> Result<String, ComposeError> {
        if self.said.is_signed_later && element.name().is(SIGNATURES, "Signature") {
            return Ok(String::new());
        }
        at.way.push(element.name());
        let wanted = self.wanted(at);
        let count = wanted.max(least as usize);
        if most.is_some_and(|most| count > most as usize) {
            return Err(ComposeError::TooMany(at.told()));
        }
        if element.is_abstract() && count > 0 {
            return Err(ComposeError::Unnamed(at.told()));
        }
        let is_entry = at.entry.is_none() && self.is_entry(at);
        let mut written = String::new();
        for number in 0..count {
            if is_entry {
                at.entry = Some(at.entries.start + number);
            }
            let around = at.around;
            let (attributes, content) = self.within(element, at)?;
            let tag = self.tag(element.name());
            // Where the namespace of the message is the default, it changes with the element.
            let default = match element.name().namespace() {
                namespace if self.prefix.is_empty() && namespace != around => {
                    format!(" xmlns=\"{}\"", escaped(namespace))
                }
                _ => String::new(),
            };
            written += &format!("<{tag}{default}{attributes}>{content}</{tag}>");
        }
        if is_entry {
            at.entry = None;
        }
        at.way.pop();
        Ok(written)
    }

    /// How often an element has to be there for what is said.
    fn wanted(&self, at: &At<'_>) -> usize {
        if at.entry.is_none() && self.is_entry(at) {
            return at.entries.len();
        }
        let says = |place: &&crate::customs::Place| {
            begins(&place.way, &at.way) && self.said_at(place, at.entry).is_some()
        };
        let is_wanted = self.holds_entries(at)
            || !self.said.is_bare && self.form.places.iter().any(|place| says(&place));
        usize::from(is_wanted)
    }

    /// Whether entries are to be written in it.
    fn holds_entries(&self, at: &At<'_>) -> bool {
        let entries = self.form.entries.as_deref().unwrap_or_default();
        at.entry.is_none() && !at.entries.is_empty() && begins(entries, &at.way)
    }

    fn is_entry(&self, at: &At<'_>) -> bool {
        let entries = self.form.entries.as_deref();
        entries.is_some_and(|entries| entries.len() == at.way.len() && begins(entries, &at.way))
    }

    /// Whether something of it is said.
    fn is_wanted_in<'s>(&self, particle: &Particle<'s>, at: &mut At<'s>) -> bool {
        match &particle.term {
            Term::Any => false,
            Term::Element(element) => {
                at.way.push(element.name());
                let is_wanted = self.wanted(at) > 0;
                at.way.pop();
                is_wanted
            }
            Term::Sequence(all) | Term::Choice(all) | Term::All(all) => {
                all.iter().any(|one| self.is_wanted_in(one, at))
            }
        }
    }

    /// What is said here: its name, and the text.
    fn value(&self, at: &At<'_>, is_attribute: bool) -> Option<(&'static str, &str)> {
        let place = self.form.places.iter().find(|place| {
            place.is_attribute == is_attribute
                && place.way.len() == at.way.len()
                && begins(&place.way, &at.way)
        })?;
        Some((place.value, self.said_at(place, at.entry)?))
    }

    /// What is said in a place: of an entry, if it is in one.
    fn said_at(&self, place: &crate::customs::Place, entry: Option<usize>) -> Option<&str> {
        let entries = self.form.entries.as_deref();
        let is_in_entry = entries.is_some_and(|entries| place.way.starts_with(entries));
        let values = match (is_in_entry, entry) {
            (true, Some(entry)) => self.said.entries.get(entry)?,
            (true, None) => return None,
            (false, _) => &self.said.values,
        };
        values.get(place.value).map(String::as_str)
    }

    fn text(
        &self,
        said: Option<(&'static str, &str)>,
        text: Text<'_>,
        at: &At<'_>,
        (file, line): (&str, u32),
    ) -> Result<String, ComposeError> {
        let told = || format!("{} ({file}:{line})", at.told());
        match said {
            Some((_, said)) if self.said.is_careless || text.accepts(said) => Ok(said.to_owned()),
            Some((value, _)) => Err(ComposeError::Misfit { at: told(), value }),
            None => made_up::text(text).ok_or_else(|| ComposeError::NotMadeUp(told())),
        }
    }

    fn tag(&self, name: &QName) -> String {
        match (name.namespace(), self.prefix) {
            ("", _) | (_, "") => name.local().to_owned(),
            _ => self.attribute(name),
        }
    }

    /// A name with a prefix, if it is in a namespace.
    fn attribute(&self, name: &QName) -> String {
        match name.namespace() {
            "" => return name.local().to_owned(),
            // Its prefix is always the same, and is not declared.
            XML => return format!("xml:{}", name.local()),
            _ => {}
        }
        let mut namespaces = self.namespaces.borrow_mut();
        let count = namespaces.len();
        let prefix = namespaces
            .entry(name.namespace().to_owned())
            .or_insert_with(|| {
                let is_own = name.namespace() == self.form.element.namespace();
                match is_own && !self.prefix.is_empty() {
                    true => self.prefix.to_owned(),
                    false => format!("p{count}"),
                }
            });
        format!("{prefix}:{}", name.local())
    }
}

impl At<'_> {
    fn told(&self) -> String {
        let steps: Vec<&str> = self.way.iter().map(|step| step.local()).collect();
        steps.join("/")
    }
}

/// Whether a way begins with these steps.
fn begins(way: &[QName], steps: &[&QName]) -> bool {
    way.len() >= steps.len() && way.iter().zip(steps).all(|(one, other)| one == *other)
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}
