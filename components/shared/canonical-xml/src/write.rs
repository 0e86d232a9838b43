// SPDX-License-Identifier: Apache-2.0
//! Writing a tree in its exclusive canonical form.

mod tags;

use std::slice;

use crate::checks;
use crate::element::Element;
use crate::escape;
use crate::node::Node;
use crate::pieces::Pieces;
use crate::write_error::{WriteError, WriteErrorKind};
use tags::Tags;

/// Where output goes. Taking it cannot fail: an implementation that can run out of room notes it and tells at its end.
pub trait Sink<B> {
    /// Where the next tag goes: behind what is in there. The implementation may take away what is in there, as long as it keeps the order.
    fn markup(&mut self) -> &mut Pieces;

    /// The next text, or a piece of it, which may be long.
    fn text(&mut self, text: &str) {
        self.markup().push(text.as_bytes());
    }

    /// Here stands the text of `blob`.
    fn blob(&mut self, blob: &B);
}

/// Writes `element` and all below it in canonical form, as [Exclusive XML Canonicalization 1.0] without comments and
/// without an `InclusiveNamespaces` list defines it for the subtree at `element`.
///
/// Declarations asked for by [`Element::with_declaration`] are written too, as if a `PrefixList` named their prefixes.
///
/// The bytes do not depend on where `element` will stand: a digest over them is the digest a verifier computes after
/// finding the element inside any document that this function wrote.
///
/// The work is linear in the size of the tree times the number of namespaces in scope, and needs no stack for depth.
///
/// # Errors
///
/// See [`WriteErrorKind`]. The sink has then received the beginning of a document; it must be thrown away.
///
/// [Exclusive XML Canonicalization 1.0]: https://www.w3.org/TR/2002/REC-xml-exc-c14n-20020718/
pub fn write<B, S: Sink<B>>(element: &Element<B>, sink: &mut S) -> Result<(), WriteError> {
    let mut writer = Writer {
        sink,
        open: Vec::with_capacity(DEPTH),
        tags: Tags::default(),
    };
    writer.document(element).map_err(|kind| WriteError {
        kind,
        path: path(&writer.open),
    })
}

/// [`write()`] into fresh memory, for trees whose blobs are bytes at hand.
///
/// # Errors
///
/// As [`write()`].
pub fn to_bytes<B: AsRef<[u8]>>(element: &Element<B>) -> Result<Vec<u8>, WriteError> {
    let mut pieces = Pieces::with_room(SMALL);
    write(element, &mut pieces)?;
    Ok(pieces.into_vec())
}

/// Elements within one another: most trees are no deeper.
const DEPTH: usize = 8;

/// Bytes of a message without big texts: most fit.
const SMALL: usize = 2048;

impl<B: AsRef<[u8]>> Sink<B> for Pieces {
    fn markup(&mut self) -> &mut Pieces {
        self
    }

    fn blob(&mut self, blob: &B) {
        self.push(blob.as_ref());
    }
}

/// The way through a tree. What depends on the kind of blob is here, and nothing else.
struct Writer<'a, 's, B, S> {
    sink: &'s mut S,
    /// The elements whose start tag is written and whose end tag is not, outermost first.
    open: Vec<Open<'a, B>>,
    tags: Tags<'a>,
}

struct Open<'a, B> {
    element: &'a Element<B>,
    rest: slice::Iter<'a, Node<B>>,
    /// How many declarations were in scope outside.
    outer_declarations: usize,
}

impl<'a, B, S: Sink<B>> Writer<'a, '_, B, S> {
    fn document(&mut self, root: &'a Element<B>) -> Result<(), WriteErrorKind> {
        self.start(root)?;
        while let Some(innermost) = self.open.last_mut() {
            match innermost.rest.next() {
                Some(Node::Element(child)) => self.start(child)?,
                Some(Node::Text(text)) => self.text(text)?,
                Some(Node::Base64(text)) => self.sink.blob(text.blob()),
                None => self.end(),
            }
        }
        Ok(())
    }

    fn start(&mut self, element: &'a Element<B>) -> Result<(), WriteErrorKind> {
        // First, so that an error's path includes this element.
        self.open.push(Open {
            element,
            rest: element.nodes().iter(),
            outer_declarations: self.tags.declarations(),
        });
        self.tags.start(element.head(), self.sink.markup())
    }

    fn text(&mut self, text: &str) -> Result<(), WriteErrorKind> {
        if escape::is_plain(text) {
            self.sink.text(text);
            return Ok(());
        }
        if checks::find_illegal(text).is_some() {
            return Err(WriteErrorKind::IllegalCharacterInText);
        }
        escape::text(text, |piece| self.sink.text(piece));
        Ok(())
    }

    fn end(&mut self) {
        if let Some(closed) = self.open.pop() {
            let (name, outer) = (closed.element.name(), closed.outer_declarations);
            self.tags.end(name, outer, self.sink.markup());
        }
    }
}

/// The way to the innermost open element, for people.
fn path<B>(open: &[Open<'_, B>]) -> String {
    let mut path = String::new();
    let mut parent: Option<&Element<B>> = None;
    for Open { element, .. } in open {
        path.push('/');
        path.push_str(element.name().local());
        if let Some(ordinal) = parent.and_then(|parent| ordinal(element, parent)) {
            path.push_str(&format!("[{ordinal}]"));
        }
        parent = Some(element);
    }
    path
}

/// Which of the children of its local name an element is, from 1, if there are several.
fn ordinal<B>(element: &Element<B>, parent: &Element<B>) -> Option<usize> {
    let local = element.name().local();
    let siblings: Vec<_> = parent
        .children()
        .filter(|sibling| sibling.name().local() == local)
        .collect();
    let index = siblings
        .iter()
        .position(|sibling| std::ptr::eq(*sibling, element))?;
    (siblings.len() > 1).then_some(index + 1)
}
