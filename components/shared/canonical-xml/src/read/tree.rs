//! From parsing events to a tree.

use quick_xml::Reader;
use quick_xml::errors::{Error, IllFormedError, SyntaxError};
use quick_xml::events::{BytesStart, Event};

use crate::checks::{self, is_space};
use crate::element::Element;
use crate::limits::{Limit, Limits};
use crate::name::Name;
use crate::node::Attribute;
use crate::position::Cursor;
use crate::scope::Scope;

use super::declaration;
use super::error::{Fault, ReadErrorKind};
use super::tag::{self, RawAttribute};

/// Builds the tree of a document without byte order mark.
pub(super) fn build(text: &str, limits: &Limits) -> Result<Element, Fault> {
    if let Some(offset) = checks::find_illegal(text) {
        return Err(Fault::new(offset, ReadErrorKind::IllegalCharacter));
    }
    // The parser would swallow it as a second byte order mark.
    if text.starts_with('\u{FEFF}') {
        return Err(Fault::new(0, ReadErrorKind::TextOutsideRoot));
    }
    let mut parser = Reader::from_str(text);
    let mut builder = Builder {
        limits,
        cursor: Cursor::new(text),
        open: Vec::new(),
        root: None,
    };
    for _ in 0..limits.events {
        let offset = offset_of(parser.buffer_position());
        let event = parser
            .read_event()
            .map_err(|error| refusal(&error, offset_of(parser.error_position()), text))?;
        if matches!(event, Event::Eof) {
            return builder.finish(text.len());
        }
        builder.event(&event, offset)?;
    }
    let offset = offset_of(parser.buffer_position());
    match parser.read_event() {
        Ok(Event::Eof) => builder.finish(text.len()),
        _ => Err(Fault::new(
            offset,
            ReadErrorKind::limit(Limit::Events, limits.events),
        )),
    }
}

struct Builder<'a> {
    limits: &'a Limits,
    cursor: Cursor<'a>,
    /// Open elements, outermost first, each with the scope of its content.
    open: Vec<(Element, Scope)>,
    root: Option<Element>,
}

impl Builder<'_> {
    fn event(&mut self, event: &Event<'_>, offset: usize) -> Result<(), Fault> {
        let at = |kind| Fault::new(offset, kind);
        match event {
            Event::Start(start) => self.start(start, offset),
            Event::Empty(start) => {
                self.start(start, offset)?;
                self.end();
                Ok(())
            }
            Event::End(_) => {
                self.end();
                Ok(())
            }
            Event::Text(text) => self.characters(text, offset),
            Event::CData(text) if !self.open.is_empty() => self.literal(text, offset),
            Event::GeneralRef(name) if !self.open.is_empty() => {
                let character = tag::reference(name).map_err(at)?;
                self.append(character.encode_utf8(&mut [0; 4]), offset)
            }
            Event::CData(_) | Event::GeneralRef(_) => Err(at(ReadErrorKind::TextOutsideRoot)),
            Event::Comment(text) if checks::has_double_hyphen(text) => {
                Err(at(ReadErrorKind::DoubleHyphenInComment))
            }
            Event::PI(instruction) => self.instruction(instruction.target(), offset),
            Event::Decl(_) if offset != 0 => Err(at(ReadErrorKind::LateDeclaration)),
            Event::Decl(text) => {
                declaration::check(text.strip_prefix("xml").unwrap_or(text)).map_err(at)
            }
            Event::DocType(_) => Err(at(ReadErrorKind::DocumentType)),
            Event::Comment(_) | Event::Eof => Ok(()),
        }
    }

    fn start(&mut self, start: &BytesStart<'_>, offset: usize) -> Result<(), Fault> {
        if self.root.is_some() {
            return Err(Fault::new(offset, ReadErrorKind::SecondRoot));
        }
        if self.open.len() == self.limits.depth {
            return Err(Fault::new(
                offset,
                ReadErrorKind::limit(Limit::Depth, self.limits.depth),
            ));
        }
        let name = start.name().into_inner();
        let name_offset = offset + 1;
        let (prefix, local) = tag::qname(name, name_offset, self.limits)?;
        let raw = tag::attributes(
            start.attributes_raw(),
            name_offset + name.len(),
            self.limits,
        )?;

        let outer = self
            .open
            .last()
            .map_or_else(Scope::initial, |(_, scope)| scope.clone());
        let scope = self.declare(outer, &raw)?;
        let name = resolve(prefix, local, &scope, name_offset)?;
        let attributes = resolve_attributes(raw, &scope)?;
        let position = self.cursor.advance_to(offset);
        let element = Element::from_source(name, attributes, position, scope.clone());
        self.open.push((element, scope));
        Ok(())
    }

    /// The scope within an element that has these attributes.
    fn declare(&self, outer: Scope, attributes: &[RawAttribute<'_>]) -> Result<Scope, Fault> {
        let mut scope = outer;
        for attribute in attributes {
            let Some(prefix) = attribute.declared_prefix() else {
                continue;
            };
            let at = |kind| Fault::new(attribute.offset, kind);
            if checks::is_reserved_binding(prefix, &attribute.value) {
                return Err(at(ReadErrorKind::NamespaceMisuse));
            }
            if scope.count() == self.limits.namespaces {
                return Err(at(ReadErrorKind::limit(
                    Limit::Namespaces,
                    self.limits.namespaces,
                )));
            }
            scope = scope.bind(prefix, &attribute.value);
        }
        Ok(scope)
    }

    fn end(&mut self) {
        // The parser has checked that an element is open and that the names match.
        let Some((element, _)) = self.open.pop() else {
            return;
        };
        match self.open.last_mut() {
            Some((parent, _)) => parent.push_child(element),
            None => self.root = Some(element),
        }
    }

    fn characters(&mut self, text: &str, offset: usize) -> Result<(), Fault> {
        if self.open.is_empty() {
            return match text.find(|character| !is_space(character)) {
                Some(index) => Err(Fault::new(offset + index, ReadErrorKind::TextOutsideRoot)),
                None => Ok(()),
            };
        }
        match text.find("]]>") {
            Some(index) => Err(Fault::new(offset + index, ReadErrorKind::CdataEndInText)),
            None => self.literal(text, offset),
        }
    }

    /// Text as written, whose line ends are still to be normalised: CRLF and lone CR become LF (XML 1.0 §2.11).
    fn literal(&mut self, text: &str, offset: usize) -> Result<(), Fault> {
        let mut lines = text.split('\r');
        self.append(lines.next().unwrap_or_default(), offset)?;
        for line in lines {
            if !line.starts_with('\n') {
                self.append("\n", offset)?;
            }
            self.append(line, offset)?;
        }
        Ok(())
    }

    fn append(&mut self, piece: &str, offset: usize) -> Result<(), Fault> {
        let Some((element, _)) = self.open.last_mut() else {
            return Err(Fault::new(offset, ReadErrorKind::TextOutsideRoot));
        };
        if element.last_text_length() + piece.len() > self.limits.text_length {
            let kind = ReadErrorKind::limit(Limit::TextLength, self.limits.text_length);
            return Err(Fault::new(offset, kind));
        }
        element.push_str(piece);
        Ok(())
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

    fn finish(self, end: usize) -> Result<Element, Fault> {
        if !self.open.is_empty() {
            return Err(Fault::new(end, ReadErrorKind::UnclosedElement));
        }
        self.root
            .ok_or_else(|| Fault::new(end, ReadErrorKind::NoRoot))
    }
}

fn resolve(prefix: &str, local: &str, scope: &Scope, offset: usize) -> Result<Name, Fault> {
    // Never bound, and an element must not carry it (Namespaces in XML 1.0 §3).
    if prefix == "xmlns" {
        return Err(Fault::new(offset, ReadErrorKind::NamespaceMisuse));
    }
    let (prefix, namespace) = scope
        .resolve(prefix)
        .ok_or_else(|| Fault::new(offset, ReadErrorKind::UnboundPrefix))?;
    Ok(Name::new(namespace, local.to_owned()).with_prefix(prefix))
}

/// The attributes that are no declarations, distinct as expanded names too. An attribute without prefix is in no
/// namespace, whatever the default is (Namespaces in XML 1.0 §6.2).
fn resolve_attributes(raw: Vec<RawAttribute<'_>>, scope: &Scope) -> Result<Vec<Attribute>, Fault> {
    let mut attributes: Vec<Attribute> = Vec::with_capacity(raw.len());
    for attribute in raw {
        if attribute.declared_prefix().is_some() {
            continue;
        }
        let name = match attribute.prefix {
            "" => Name::local_only(attribute.local.to_owned()),
            prefix => resolve(prefix, attribute.local, scope, attribute.offset)?,
        };
        if attributes.iter().any(|other| *other.name() == name) {
            return Err(Fault::new(
                attribute.offset,
                ReadErrorKind::DuplicateAttribute,
            ));
        }
        attributes.push(Attribute::new(name, attribute.value));
    }
    Ok(attributes)
}

/// What the parser itself refuses. It is never asked about encodings, attributes or namespaces.
fn refusal(error: &Error, offset: usize, text: &str) -> Fault {
    let markup = text.get(offset..).unwrap_or_default();
    let is_known = markup.starts_with("<!--") || markup.starts_with("<![CDATA[");
    let kind = match error {
        Error::Syntax(SyntaxError::UnclosedDoctype) => ReadErrorKind::DocumentType,
        Error::IllFormed(IllFormedError::MissingDoctypeName) => ReadErrorKind::DocumentType,
        Error::Syntax(SyntaxError::InvalidBangMarkup) => ReadErrorKind::UnknownMarkup,
        Error::Syntax(_) if markup.starts_with("<!") && !is_known => ReadErrorKind::UnknownMarkup,
        Error::IllFormed(IllFormedError::UnclosedReference) => ReadErrorKind::BareAmpersand,
        Error::IllFormed(_) => ReadErrorKind::MismatchedEndTag,
        Error::Encoding(_) => ReadErrorKind::NotUtf8,
        _ => ReadErrorKind::UnclosedMarkup,
    };
    Fault::new(offset, kind)
}

fn offset_of(position: u64) -> usize {
    // A position in a slice fits.
    usize::try_from(position).unwrap_or(usize::MAX)
}
