// SPDX-License-Identifier: Apache-2.0
//! From tokens to tables.

use quick_xml::events::Event;

use crate::checks::{self, is_space};
use crate::error::{Fault, ReadErrorKind};
use crate::limits::{Limit, Limits};
use crate::reading::Declared;

use super::super::arena::{
    DECLARES, EMPTY, END_VERBATIM, ElementData, NONE, Special, SpecialKind, TAG_VERBATIM, VERBATIM,
    name_short, short,
};
use super::super::declaration;
use super::super::scan;
use super::super::scopes::Scopes;
use super::super::tag::{self, RawAttribute};
use super::super::tokens::{OpenName, TagName, Token};
use super::Tables;

/// Makes the tables, token by token.
pub(super) struct Builder<'a, 'l> {
    pub(super) text: &'a str,
    limits: &'l Limits,
    declared: Declared,
    pub(super) tables: Tables,
    /// The element whose content is being read.
    open: u32,
    depth: usize,
    /// Bytes of text since the last tag, after normalisation.
    run: usize,
    /// Room for the attributes of one element.
    raw: Vec<RawAttribute<'a>>,
    /// Offset behind the beginning of the last thing that is not its own canonical form; 0 without any.
    rewritten: usize,
}

impl<'a, 'l> Builder<'a, 'l> {
    pub(super) fn new(text: &'a str, limits: &'l Limits, declared: Declared) -> Self {
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
            rewritten: 0,
        };
        // Most elements have two tags. Growing the table would copy it.
        let tags = memchr::memchr_iter(b'<', text.as_bytes()).count();
        let elements = (tags / 2 + 1).min(limits.events);
        builder.tables.elements.reserve_exact(elements);
        builder
    }

    #[inline]
    pub(super) fn token(&mut self, token: Token, start: usize, end: usize) -> Result<(), Fault> {
        match token {
            Token::Start(name) => self.start(name, start, end, false),
            Token::Empty(name) => {
                self.start(name, start, end, true)?;
                self.leave(end, end);
                Ok(())
            }
            Token::Close => {
                self.close(start, end);
                Ok(())
            }
            Token::End => self.end(start, end),
            Token::Text { rough } => self.characters(rough, start, end),
            Token::Reference { canonical } if self.open != NONE => {
                self.count_text(1, start)?;
                self.record(SpecialKind::Reference, start, end);
                if !canonical {
                    self.rewritten = start + 1;
                }
                Ok(())
            }
            Token::Reference { .. } => Err(Fault::new(start, ReadErrorKind::TextOutsideRoot)),
        }
    }

    pub(super) fn other(
        &mut self,
        event: &Event<'_>,
        start: usize,
        end: usize,
    ) -> Result<(), Fault> {
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

    fn start(&mut self, name: TagName, start: usize, end: usize, empty: bool) -> Result<(), Fault> {
        if self.open == NONE && !self.tables.elements.is_empty() {
            return Err(Fault::new(start, ReadErrorKind::SecondRoot));
        }
        if self.depth == self.limits.depth {
            let kind = ReadErrorKind::limit(Limit::Depth, self.limits.depth);
            return Err(Fault::new(start, kind));
        }
        let prefix = self.prefix(name, start + 1)?;
        // Behind the name, without `>` or `/>`.
        let offset = start + 1 + name.length();
        let rest_end = end - if empty { 2 } else { 1 };

        let mut flags = if empty { EMPTY } else { 0 };
        let parent = self.parent().copied();
        let outer = parent.map_or(NONE, |parent| parent.scope);
        let first_attribute = self.tables.attributes.len();
        let mut scope = outer;
        if offset < rest_end {
            let rest = self.slice(offset, rest_end);
            let mut raw = std::mem::take(&mut self.raw);
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
        // Most elements have the prefix of their parent, or none as it.
        let alike = parent.filter(|parent| {
            let others = parent.start as usize + 1;
            parent.scope == scope
                && usize::from(parent.prefix) == prefix
                && (prefix == 0 || scan::are_equal(self.text.as_bytes(), others, start + 1, prefix))
        });
        let namespace = match alike {
            Some(parent) => parent.namespace,
            None => self.namespace(self.slice(start + 1, start + 1 + prefix), scope, start + 1)?,
        };
        if alike.is_none() || flags != TAG_VERBATIM {
            self.rewritten = start + 1;
        }
        let count = self.tables.attributes.len() - first_attribute;
        let index = short(self.tables.elements.len());
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
            prefix: name_short(prefix),
            name: name_short(name.length()),
            flags,
        });
        self.open = index;
        self.depth += 1;
        self.run = 0;
        Ok(())
    }

    /// Length of the prefix of a name at an offset, which is checked.
    fn prefix(&self, name: TagName, offset: usize) -> Result<usize, Fault> {
        match name.prefix() {
            Some(prefix) if name.length() <= self.limits.name_length => Ok(prefix),
            _ => {
                let name = self.slice(offset, offset + name.length());
                tag::qname(name, offset, self.limits).map(|(prefix, _)| prefix.len())
            }
        }
    }

    /// Whether an element is open.
    #[inline]
    pub(super) fn is_open(&self) -> bool {
        self.open != NONE
    }

    /// The name of the element whose end tag would be right.
    #[inline]
    pub(super) fn open_name(&self) -> OpenName {
        self.parent()
            .map_or_else(OpenName::default, |element| OpenName {
                start: element.start as usize + 1,
                length: usize::from(element.name),
            })
    }

    /// An end tag with the name of the open element and nothing else.
    #[inline]
    fn close(&mut self, start: usize, end: usize) {
        if let Some(element) = self.tables.elements.get_mut(self.open as usize) {
            element.flags |= END_VERBATIM;
        }
        self.leave(start, end);
    }

    /// Any other end tag.
    fn end(&mut self, start: usize, end: usize) -> Result<(), Fault> {
        let open = self.open_name();
        let name = self.slice(open.start, open.start + open.length);
        let closing = self.slice(start + 2, end - 1);
        if self.open == NONE || closing.trim_end_matches(is_space) != name {
            return Err(Fault::new(start, ReadErrorKind::MismatchedEndTag));
        }
        self.rewritten = start + 1;
        self.leave(start, end);
        Ok(())
    }

    #[inline]
    fn leave(&mut self, close: usize, end: usize) {
        let next = short(self.tables.elements.len());
        if let Some(element) = self.tables.elements.get_mut(self.open as usize) {
            element.close = short(close);
            element.end = short(end);
            element.next = next;
            if self.rewritten <= element.start as usize {
                element.flags |= VERBATIM;
            }
            self.open = element.parent;
        }
        self.depth = self.depth.saturating_sub(1);
        self.run = 0;
    }

    #[inline]
    fn characters(&mut self, rough: bool, start: usize, end: usize) -> Result<(), Fault> {
        if self.open != NONE && !rough {
            return self.count_text(end - start, start);
        }
        let text = self.slice(start, end);
        if self.open == NONE {
            return match text.find(|character| !is_space(character)) {
                Some(index) => Err(Fault::new(start + index, ReadErrorKind::TextOutsideRoot)),
                None => Ok(()),
            };
        }
        if let Some(index) = text.find("]]>") {
            return Err(Fault::new(start + index, ReadErrorKind::CdataEndInText));
        }
        self.count_text(normalised_length(text), start)?;
        self.special(SpecialKind::Rough, start, end);
        Ok(())
    }

    #[inline]
    fn count_text(&mut self, length: usize, offset: usize) -> Result<(), Fault> {
        self.run += length;
        if self.run > self.limits.text_length {
            let kind = ReadErrorKind::limit(Limit::TextLength, self.limits.text_length);
            return Err(Fault::new(offset, kind));
        }
        Ok(())
    }

    fn special(&mut self, kind: SpecialKind, start: usize, end: usize) {
        self.record(kind, start, end);
        self.rewritten = start + 1;
    }

    #[inline]
    fn record(&mut self, kind: SpecialKind, start: usize, end: usize) {
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

    pub(super) fn finish(self) -> Result<Tables, Fault> {
        let end = self.text.len();
        if self.open != NONE {
            return Err(Fault::new(end, ReadErrorKind::UnclosedElement));
        }
        if self.tables.elements.is_empty() {
            return Err(Fault::new(end, ReadErrorKind::NoRoot));
        }
        Ok(self.tables)
    }

    #[inline]
    fn parent(&self) -> Option<&ElementData> {
        self.tables.elements.get(self.open as usize)
    }

    pub(super) fn namespace(&self, prefix: &str, scope: u32, offset: usize) -> Result<u32, Fault> {
        let scopes = &self.tables.scopes;
        scopes.of_name(self.text, prefix, scope, offset)
    }

    #[inline]
    pub(super) fn slice(&self, start: usize, end: usize) -> &'a str {
        self.text.get(start..end).unwrap_or_default()
    }
}

/// Length once line ends are normalised: CRLF is one character (XML 1.0 §2.11).
fn normalised_length(text: &str) -> usize {
    text.len() - text.matches("\r\n").count()
}
