//! From a view to a tree of its own.

use crate::element::Element;
use crate::name::Name;
use crate::node::{Attribute, NoBlob};
use crate::position::Cursor;
use crate::scope::Scope;

use super::ElementRef;
use super::text::{self, Piece, Segment, Segments};

impl<'d> ElementRef<'d> {
    /// The same element as a tree, without comments and processing instructions; `None` when some of its text was left in the
    /// source.
    pub fn to_tree(self) -> Option<Element<NoBlob>> {
        self.to_tree_without(None)
    }

    /// As [`to_tree`](Self::to_tree), leaving out one element below and all that is in it.
    pub fn to_tree_without(self, omitted: Option<Self>) -> Option<Element<NoBlob>> {
        let mut cursor = Cursor::new(self.document().text());
        let scope = self.outer_scope();
        // Open elements, outermost first, with what they still lack.
        let (root, root_scope) = self.open(&scope, &mut cursor);
        let mut open = vec![(root, root_scope, Segments::new(self))];
        loop {
            let (element, scope, segments) = open.last_mut()?;
            match segments.next() {
                Some(Segment::Element(child)) if Some(child) == omitted => {}
                Some(Segment::Element(child)) => {
                    let (tree, scope) = child.open(scope, &mut cursor);
                    open.push((tree, scope, Segments::new(child)));
                }
                Some(Segment::Plain(start, end)) => {
                    for piece in text::split(self.document(), start, end) {
                        push(element, piece)?;
                    }
                }
                Some(Segment::Special(special)) => {
                    let Some((start, end)) = text::content(special) else {
                        continue;
                    };
                    let is_reference = special.kind == super::arena::SpecialKind::Reference;
                    for piece in text::split(self.document(), start, end) {
                        match piece {
                            Piece::Str(text) if is_reference => {
                                element.push_str(&text::character(&text));
                            }
                            Piece::Str(text) => element.push_str(&text::normalise_lines(&text)),
                            Piece::Source(_) => return None,
                        }
                    }
                }
                None => {
                    let (element, ..) = open.pop()?;
                    match open.last_mut() {
                        Some((parent, ..)) => parent.push_child(element),
                        None => return Some(element),
                    }
                }
            }
        }
    }

    /// What is in scope around it.
    fn outer_scope(self) -> Scope {
        let mut ancestors = Vec::new();
        let mut element = self.parent();
        while let Some(current) = element {
            ancestors.push(current);
            element = current.parent();
        }
        let declare = |scope, element: &Self| element.declare(scope);
        ancestors.iter().rev().fold(Scope::initial(), declare)
    }

    /// `scope` plus what is declared here.
    fn declare(self, scope: Scope) -> Scope {
        let outer = self
            .parent()
            .map_or(super::arena::NONE, |parent| parent.data().scope);
        let mut declared: Vec<_> = self.document().bindings(self.data().scope, outer).collect();
        declared.reverse();
        declared
            .into_iter()
            .fold(scope, |scope, (prefix, namespace)| {
                scope.bind(prefix, self.document().namespace(namespace))
            })
    }

    /// Its tree, still without nodes, and the scope of its content.
    fn open(self, outer: &Scope, cursor: &mut Cursor<'_>) -> (Element<NoBlob>, Scope) {
        let scope = self.declare(outer.clone());
        let name = |prefix: &str, local: &str| {
            let (prefix, namespace) = scope.resolve(prefix).unwrap_or_default();
            Name::new(namespace, local.to_owned()).with_prefix(prefix)
        };
        let attributes = self
            .attributes()
            .map(|attribute| {
                let name = match attribute.prefix() {
                    "" => Name::local_only(attribute.local().to_owned()),
                    prefix => name(prefix, attribute.local()),
                };
                Attribute::new(name, attribute.value().into_owned())
            })
            .collect();
        let position = cursor.advance_to(self.data().start as usize);
        let name = name(self.prefix(), self.local());
        let tree = Element::from_source(name, attributes, position, scope.clone());
        (tree, scope)
    }
}

fn push(element: &mut Element<NoBlob>, piece: Piece<'_>) -> Option<()> {
    match piece {
        Piece::Str(text) => {
            element.push_str(&text);
            Some(())
        }
        Piece::Source(_) => None,
    }
}
