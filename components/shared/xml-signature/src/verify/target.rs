// SPDX-License-Identifier: Apache-2.0
//! From the URI of a reference to the one part of the document that it names.

use canonical_xml::{AttributeRef, Document, ElementRef, Subset, XML_NAMESPACE, sorting::sort_by};

use super::error::{VerifyError, VerifyErrorKind};

/// The namespace of `wsu:Id` (WS-Security 1.1 §4.2).
pub const UTILITY_NAMESPACE: &str =
    "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd";

/// What a URI names, and whether comments in it count (XML Signature 1.1 §4.4.3.3).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Target {
    /// `None` is the whole document.
    pub(super) id: Option<String>,
    pub(super) comments: bool,
}

impl Target {
    /// One of the four forms that stay in the document: ``, `#id`, `#xpointer(/)`, `#xpointer(id('id'))`. An Id is
    /// taken as it is, without percent decoding, and need not be a name: some senders number their elements.
    pub(super) fn of(uri: &str) -> Option<Self> {
        if uri.is_empty() {
            return Some(Self {
                id: None,
                comments: false,
            });
        }
        let fragment = uri.strip_prefix('#').filter(|rest| !rest.is_empty())?;
        let Some(pointer) = fragment.strip_prefix("xpointer(") else {
            return Some(Self {
                id: Some(fragment.to_owned()),
                comments: false,
            });
        };
        let pointer = pointer.strip_suffix(')')?;
        let id = match pointer {
            "/" => None,
            _ => Some(quoted(pointer.strip_prefix("id(")?.strip_suffix(')')?)?),
        };
        Some(Self { id, comments: true })
    }
}

/// The content of a literal in either kind of quotes, not empty.
fn quoted(literal: &str) -> Option<String> {
    let quote = literal.chars().next()?;
    let content = literal.strip_prefix(quote)?.strip_suffix(quote)?;
    let is_plain = matches!(quote, '\'' | '"') && !content.is_empty() && !content.contains(quote);
    is_plain.then(|| content.to_owned())
}

/// The targets of all references, each with its element, in their order, found in one pass over the document.
pub(super) fn resolve<'d>(
    document: &'d Document<'d>,
    references: &[(ElementRef<'_>, &Target)],
) -> Result<Vec<Subset<'d>>, VerifyError> {
    let mut wanted: Vec<_> = references
        .iter()
        .filter_map(|(_, target)| target.id.as_deref())
        .map(|id| (id, Found::Nowhere))
        .collect();
    sort_by(&mut wanted, |(one, _), (other, _)| one.cmp(other));
    wanted.dedup_by_key(|(id, _)| *id);
    if !wanted.is_empty() {
        look_for(&mut wanted, document);
    }
    let find = |(element, target): &(ElementRef<'_>, &Target)| {
        let at = |kind| VerifyError::at(*element, kind);
        let subset = match &target.id {
            None => Subset::document(document),
            Some(id) => {
                let index = wanted.binary_search_by_key(&id.as_str(), |(id, _)| *id);
                let found = index.ok().and_then(|index| wanted.get(index));
                match found.map(|(_, found)| *found) {
                    None | Some(Found::Nowhere) => {
                        return Err(at(VerifyErrorKind::ReferenceNotFound));
                    }
                    Some(Found::Several) => return Err(at(VerifyErrorKind::IdNotUnique)),
                    Some(Found::Once(element)) => Subset::element(element),
                }
            }
        };
        match target.comments {
            true => Ok(subset),
            false => Ok(subset.without_comments()),
        }
    };
    references.iter().map(find).collect()
}

#[derive(Clone, Copy)]
enum Found<'d> {
    Nowhere,
    Once(ElementRef<'d>),
    Several,
}

/// Finds each Id of a sorted list, in every attribute that anybody might take for one: a value is unique only if it
/// occurs once over all of them.
fn look_for<'d>(wanted: &mut [(&str, Found<'d>)], document: &'d Document<'d>) {
    for element in document.elements() {
        for attribute in element.attributes().filter(|attribute| is_id(*attribute)) {
            let value = attribute.value();
            let index = wanted.binary_search_by(|(id, _)| (*id).cmp(&value));
            let Some((_, found)) = index.ok().and_then(|index| wanted.get_mut(index)) else {
                continue;
            };
            *found = match found {
                Found::Nowhere => Found::Once(element),
                Found::Once(_) | Found::Several => Found::Several,
            };
        }
    }
}

/// The elements that carry an Id of this value, in document order; an element once for each such attribute.
pub fn elements_with_id<'d>(
    document: &'d Document<'d>,
    id: &str,
) -> impl Iterator<Item = ElementRef<'d>> {
    let carries = move |attribute: AttributeRef<'d>| is_id(attribute) && attribute.value() == id;
    document.elements().flat_map(move |element| {
        let carriers = element
            .attributes()
            .filter(move |attribute| carries(*attribute));
        carriers.map(move |_| element)
    })
}

/// Whether an attribute is an Id: of XML signatures, SAML and most schemas in no namespace, of WS-Security, of XML
/// itself. One of the same name in any other namespace is not.
pub fn is_id(attribute: AttributeRef<'_>) -> bool {
    match attribute.local() {
        "Id" => matches!(attribute.namespace(), "" | UTILITY_NAMESPACE),
        "id" => matches!(attribute.namespace(), "" | XML_NAMESPACE),
        "ID" | "AssertionID" => attribute.namespace().is_empty(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(id: &str, comments: bool) -> Option<Target> {
        Some(Target {
            id: Some(id.to_owned()),
            comments,
        })
    }

    #[test]
    fn the_four_forms() {
        let whole = |comments| Some(Target { id: None, comments });
        assert_eq!(Target::of(""), whole(false));
        assert_eq!(Target::of("#xpointer(/)"), whole(true));
        assert_eq!(Target::of("#a"), id("a", false));
        assert_eq!(Target::of("#8"), id("8", false));
        assert_eq!(Target::of("#a%20b"), id("a%20b", false));
        assert_eq!(Target::of("#xpointer(id('a'))"), id("a", true));
        assert_eq!(Target::of("#xpointer(id(\"a'b\"))"), id("a'b", true));
    }

    #[test]
    fn anything_else_is_none() {
        for uri in [
            "#",
            "a",
            "http://example.com/",
            "file:///etc/passwd",
            "a.xml#a",
            "cid:part",
            " ",
            " #a",
            "#xpointer()",
            "#xpointer(id('a')",
            "#xpointer(id(a))",
            "#xpointer(id(''))",
            "#xpointer(id('a\"))",
            "#xpointer(id('a'b'))",
            "#xpointer(id('a'))#xpointer(id('b'))",
            "#xpointer(//Body)",
            "#xpointer( / )",
        ] {
            assert_eq!(Target::of(uri), None, "{uri}");
        }
    }
}
