// SPDX-License-Identifier: Apache-2.0
//! From parsing events to tables.

use std::borrow::Cow;

use quick_xml::events::Event;

use crate::checks::{self, is_space};
use crate::error::{Fault, ReadErrorKind};
use crate::limits::{Limit, Limits};
use crate::reading::{Declared, Reading};

use super::arena::{
    AttributeData, Cut, DECLARES, EMPTY, END_VERBATIM, ElementData, NO_NAMESPACE, NONE,
    PREFIXED_ATTRIBUTES, Special, SpecialKind, TAG_VERBATIM, name_short, short,
};
use super::declaration;
use super::parser::{hides, refusal};
use super::scopes::Scopes;
use super::tag::{self, RawAttribute};
use super::tokens::{Token, Tokens};

/// The tables of a document.
#[derive(Debug)]
pub(super) struct Tables {
    pub(super) elements: Vec<ElementData>,
    pub(super) attributes: Vec<AttributeData>,
    pub(super) specials: Vec<Special>,
    pub(super) scopes: Scopes,
}

/// The result of building when markup, rather than text, was left in the source.
pub(super) enum Refused {
    Fault(Fault),
    CutInMarkup,
}

impl From<Fault> for Refused {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

/// Builds the tables of a document without byte order mark, which was read like this.
pub(super) fn build(
    text: &str,
    cuts: &[Cut],
    limits: &Limits,
    reading: &Reading,
) -> Result<Tables, Refused> {
    if let Some(offset) = checks::find_illegal(text) {
        return Err(Fault::new(offset, ReadErrorKind::IllegalCharacter).into());
    }
    // The parser would swallow it as a second byte order mark.
    if text.starts_with('\u{FEFF}') {
        return Err(Fault::new(0, ReadErrorKind::TextOutsideRoot).into());
    }
    let mut tokens = Tokens::new(text);
    let mut builder = Builder::new(text, limits, reading.declared);
    let mut cuts = cuts.iter().map(|cut| cut.at as usize).peekable();
    for _ in 0..limits.events {
        let start = tokens.at;
        let token = match tokens.next() {
            Ok(token) => token,
            Err((error, offset)) => {
                let fault = refusal(&error, offset, text);
                let is_doubtful = cuts.peek().is_some_and(|cut| hides(*cut, &fault, text));
                return Err(if is_doubtful {
                    Refused::CutInMarkup
                } else {
                    fault.into()
                });
            }
        };
        let end = tokens.at;
        // Text never ends right where a run was cut out: some of the run follows.
        while cuts.next_if(|cut| *cut <= end).is_some() {
            // Outside the root, what was cut out need not be white space.
            let is_content = matches!(token, Some(Token::Text | Token::Other(Event::CData(_))));
            if !is_content || builder.open == NONE {
                return Err(Refused::CutInMarkup);
            }
        }
        match token {
            Some(token) => builder.token(&token, start, end)?,
            None => return Ok(builder.finish()?),
        }
    }
    let start = tokens.at;
    match tokens.next() {
        Ok(None) => Ok(builder.finish()?),
        _ => {
            let kind = ReadErrorKind::limit(Limit::Events, limits.events);
            Err(Fault::new(start, kind).into())
        }
    }
}

struct Builder<'a, 'l> {
    text: &'a str,
    limits: &'l Limits,
    declared: Declared,
    tables: Tables,
    /// The element whose content is being read.
    open: u32,
    depth: usize,
    /// Bytes of text since the last tag, after normalisation.
    run: usize,
    /// Room for the attributes of one element.
    raw: Vec<RawAttribute<'a>>,
}

impl<'a, 'l> Builder<'a, 'l> {
    fn new(text: &'a str, limits: &'l Limits, declared: Declared) -> Self {
        let mut builder = Self {
            text,
            limits,
            declared,
            tables: Tables {
                elements: Vec::new(),
                attributes: Vec::new(),
                specials: Vec::new(),
                scopes: Scopes::new(),
            },
            open: NONE,
            depth: 0,
            run: 0,
            raw: Vec::new(),
        };
        // Most elements have two tags. Growing the table would copy it.
        let tags = memchr::memchr_iter(b'<', text.as_bytes()).count();
        let elements = (tags / 2 + 1).min(limits.events);
        builder.tables.elements.reserve_exact(elements);
        builder
    }

    fn token(&mut self, token: &Token<'_>, start: usize, end: usize) -> Result<(), Fault> {
        match token {
            Token::Start(name) => self.start(*name, start, end, false),
            Token::Empty(name) => {
                self.start(*name, start, end, true)?;
                self.leave(end, end);
                Ok(())
            }
            Token::End => self.end(start, end),
            Token::Text => self.characters(start, end),
            Token::Other(event) => self.other(event, start, end),
        }
    }

    fn other(&mut self, event: &Event<'_>, start: usize, end: usize) -> Result<(), Fault> {
        let at = |kind| Fault::new(start, kind);
        let inside = self.open != NONE;
        match event {
            Event::CData(content) if inside => {
                self.count_text(normalised_length(content), start)?;
                self.special(SpecialKind::Cdata, start, end);
                Ok(())
            }
            Event::GeneralRef(name) if inside => {
                let character = tag::reference(name).map_err(at)?;
                self.count_text(character.len_utf8(), start)?;
                self.special(SpecialKind::Reference, start, end);
                Ok(())
            }
            Event::CData(_) | Event::GeneralRef(_) => Err(at(ReadErrorKind::TextOutsideRoot)),
            Event::Comment(content) if checks::has_double_hyphen(content) => {
                Err(at(ReadErrorKind::DoubleHyphenInComment))
            }
            Event::Comment(_) => {
                self.special(SpecialKind::Comment, start, end);
                Ok(())
            }
            Event::PI(instruction) => {
                self.instruction(instruction.target(), start)?;
                self.special(SpecialKind::Instruction, start, end);
                Ok(())
            }
            Event::Decl(_) if start != 0 => Err(at(ReadErrorKind::LateDeclaration)),
            Event::Decl(content) => {
                let content = content.strip_prefix("xml").unwrap_or(content);
                declaration::check(content, self.declared).map_err(at)
            }
            Event::DocType(_) => Err(at(ReadErrorKind::DocumentType)),
            // They are tokens of their own.
            Event::Start(_) | Event::Empty(_) | Event::End(_) | Event::Text(_) | Event::Eof => {
                Err(at(ReadErrorKind::UnclosedMarkup))
            }
        }
    }

    fn start(
        &mut self,
        name_length: usize,
        start: usize,
        end: usize,
        empty: bool,
    ) -> Result<(), Fault> {
        if self.open == NONE && !self.tables.elements.is_empty() {
            return Err(Fault::new(start, ReadErrorKind::SecondRoot));
        }
        if self.depth == self.limits.depth {
            let kind = ReadErrorKind::limit(Limit::Depth, self.limits.depth);
            return Err(Fault::new(start, kind));
        }
        let name = self.slice(start + 1, start + 1 + name_length);
        let (prefix, local) = tag::qname(name, start + 1, self.limits)?;
        // Behind the name, without `>` or `/>`.
        let rest_end = end - if empty { 2 } else { 1 };
        let rest = self.slice(start + 1 + name_length, rest_end);

        let mut flags = if empty { EMPTY } else { 0 };
        let outer = self.parent().map_or(NONE, |parent| parent.scope);
        let first_attribute = self.tables.attributes.len();
        let mut scope = outer;
        if !rest.is_empty() {
            let mut raw = std::mem::take(&mut self.raw);
            let offset = start + 1 + name_length;
            tag::attributes(rest, offset, self.limits, &mut raw)?;
            scope = self.tables.scopes.declare(outer, &raw, self.limits)?;
            flags |= self.attributes(&raw, scope)?;
            if scope != outer {
                flags |= DECLARES;
            } else if !empty && self.is_verbatim(&raw, rest) {
                flags |= TAG_VERBATIM;
            }
            self.raw = raw;
        } else if !empty {
            flags |= TAG_VERBATIM;
        }
        let namespace = match self.parent() {
            // Most elements are in the default namespace of their parent.
            Some(parent) if prefix.is_empty() && parent.prefix == 0 && parent.scope == scope => {
                parent.namespace
            }
            _ => self.namespace(prefix, scope, start + 1)?,
        };
        let count = self.tables.attributes.len() - first_attribute;
        let index = short(self.tables.elements.len());
        debug_assert!(name.len() >= local.len());
        self.tables.elements.push(ElementData {
            start: short(start),
            content: short(end),
            close: short(end),
            end: short(end),
            namespace,
            scope,
            parent: self.open,
            next: index + 1,
            attributes: short(first_attribute),
            attribute_count: u16::try_from(count).unwrap_or(u16::MAX),
            prefix: name_short(prefix.len()),
            name: name_short(name_length),
            flags,
        });
        self.open = index;
        self.depth += 1;
        self.run = 0;
        Ok(())
    }

    /// Whether a start tag that declares nothing is its own canonical form: one space before each attribute, double quotes, values
    /// that need no escape, names without prefix in ascending order.
    fn is_verbatim(&self, raw: &[RawAttribute<'_>], rest: &str) -> bool {
        let length: usize = raw
            .iter()
            .map(|attribute| 4 + attribute.local.len() + attribute.raw_length)
            .sum();
        let ascending = raw
            .iter()
            .zip(raw.iter().skip(1))
            .all(|(one, next)| one.local < next.local);
        let bytes = self.text.as_bytes();
        let plainly = |attribute: &RawAttribute<'_>| {
            attribute.prefix.is_empty()
                && matches!(attribute.value, Cow::Borrowed(_))
                && attribute.offset.checked_sub(1).and_then(|at| bytes.get(at)) == Some(&b' ')
                && attribute
                    .value_offset
                    .checked_sub(1)
                    .and_then(|at| bytes.get(at))
                    == Some(&b'"')
        };
        length == rest.len() && ascending && raw.iter().all(plainly)
    }

    /// Records the attributes that are no declarations, distinct as expanded names too. An attribute without prefix is in no
    /// namespace, whatever the default is (Namespaces in XML 1.0 §6.2).
    fn attributes(&mut self, raw: &[RawAttribute<'_>], scope: u32) -> Result<u8, Fault> {
        let mut flags = 0;
        let first = self.tables.attributes.len();
        for attribute in raw {
            if attribute.declared_prefix().is_some() {
                continue;
            }
            let namespace = match attribute.prefix {
                "" => NO_NAMESPACE,
                prefix => {
                    flags |= PREFIXED_ATTRIBUTES;
                    self.namespace(prefix, scope, attribute.offset)?
                }
            };
            // Equal names as written have been found already: only two prefixes can make two names equal.
            let is_equal = |other: &AttributeData| {
                other.namespace == namespace && self.local_of(other) == attribute.local
            };
            let earlier = self.tables.attributes.get(first..).unwrap_or_default();
            if namespace != NO_NAMESPACE && earlier.iter().any(is_equal) {
                let kind = ReadErrorKind::DuplicateAttribute;
                return Err(Fault::new(attribute.offset, kind));
            }
            let colon = usize::from(!attribute.prefix.is_empty());
            self.tables.attributes.push(AttributeData {
                start: short(attribute.offset),
                value: short(attribute.value_offset),
                value_length: short(attribute.raw_length),
                namespace,
                prefix: name_short(attribute.prefix.len()),
                name: name_short(attribute.prefix.len() + colon + attribute.local.len()),
                plain: matches!(attribute.value, Cow::Borrowed(_)),
            });
        }
        Ok(flags)
    }

    fn local_of(&self, attribute: &AttributeData) -> &str {
        let start = attribute.start as usize;
        let name = self.slice(start, start + usize::from(attribute.name));
        name.split_once(':').map_or(name, |(_, local)| local)
    }

    fn end(&mut self, start: usize, end: usize) -> Result<(), Fault> {
        let Some(element) = self.parent() else {
            return Err(Fault::new(start, ReadErrorKind::MismatchedEndTag));
        };
        let opened = element.start as usize + 1;
        let name = self.slice(opened, opened + usize::from(element.name));
        let closing = self.slice(start + 2, end - 1);
        let verbatim = closing == name;
        if !verbatim && closing.trim_end_matches(is_space) != name {
            return Err(Fault::new(start, ReadErrorKind::MismatchedEndTag));
        }
        if let Some(element) = self.tables.elements.get_mut(self.open as usize) {
            element.flags |= if verbatim { END_VERBATIM } else { 0 };
        }
        self.leave(start, end);
        Ok(())
    }

    fn leave(&mut self, close: usize, end: usize) {
        let next = short(self.tables.elements.len());
        if let Some(element) = self.tables.elements.get_mut(self.open as usize) {
            element.close = short(close);
            element.end = short(end);
            element.next = next;
            self.open = element.parent;
        }
        self.depth = self.depth.saturating_sub(1);
        self.run = 0;
    }

    fn characters(&mut self, start: usize, end: usize) -> Result<(), Fault> {
        let text = self.slice(start, end);
        if self.open == NONE {
            return match text.find(|character| !is_space(character)) {
                Some(index) => Err(Fault::new(start + index, ReadErrorKind::TextOutsideRoot)),
                None => Ok(()),
            };
        }
        if memchr::memchr2(b'>', b'\r', text.as_bytes()).is_none() {
            return self.count_text(text.len(), start);
        }
        if let Some(index) = text.find("]]>") {
            return Err(Fault::new(start + index, ReadErrorKind::CdataEndInText));
        }
        self.count_text(normalised_length(text), start)?;
        self.special(SpecialKind::Rough, start, end);
        Ok(())
    }

    fn count_text(&mut self, length: usize, offset: usize) -> Result<(), Fault> {
        self.run += length;
        if self.run > self.limits.text_length {
            let kind = ReadErrorKind::limit(Limit::TextLength, self.limits.text_length);
            return Err(Fault::new(offset, kind));
        }
        Ok(())
    }

    fn special(&mut self, kind: SpecialKind, start: usize, end: usize) {
        self.tables.specials.push(Special {
            kind,
            start: short(start),
            end: short(end),
        });
    }

    fn instruction(&self, target: &str, offset: usize) -> Result<(), Fault> {
        tag::check_name_length(target, offset, self.limits)?;
        if !checks::is_ncname(target) {
            return Err(Fault::new(offset, ReadErrorKind::MalformedName));
        }
        if target.eq_ignore_ascii_case("xml") {
            return Err(Fault::new(offset, ReadErrorKind::ReservedTarget));
        }
        Ok(())
    }

    fn finish(self) -> Result<Tables, Fault> {
        let end = self.text.len();
        if self.open != NONE {
            return Err(Fault::new(end, ReadErrorKind::UnclosedElement));
        }
        if self.tables.elements.is_empty() {
            return Err(Fault::new(end, ReadErrorKind::NoRoot));
        }
        Ok(self.tables)
    }

    fn parent(&self) -> Option<&ElementData> {
        self.tables.elements.get(self.open as usize)
    }

    fn namespace(&self, prefix: &str, scope: u32, offset: usize) -> Result<u32, Fault> {
        let scopes = &self.tables.scopes;
        scopes.of_name(self.text, prefix, scope, offset)
    }

    fn slice(&self, start: usize, end: usize) -> &'a str {
        self.text.get(start..end).unwrap_or_default()
    }
}

/// Length once line ends are normalised: CRLF is one character (XML 1.0 §2.11).
fn normalised_length(text: &str) -> usize {
    text.len() - text.matches("\r\n").count()
}
