// SPDX-License-Identifier: Apache-2.0
//! Reading elements by their names in the service's namespace. Prefixes do not count.

use agency_http::AnswerError;
use ws_security::Part;

/// Namespace of all elements of the interface (WSDL, targetNamespace; elementFormDefault is qualified). Attributes are in none.
pub const NAMESPACE: &str = "http://www.suomi.fi/asiointitili";

/// XML Schema Part 1 §2.6.
const INSTANCE: &str = "http://www.w3.org/2001/XMLSchema-instance";

/// The children of a name, nil or not.
pub(super) fn named<'d>(parent: Part<'d>, local: &str) -> impl Iterator<Item = Part<'d>> {
    let children = parent.children();
    children.filter(move |child| child.is(NAMESPACE, local))
}

/// The one child of a name, if there is one and it is not nil (`xsi:nil`). Of two that contradict each other neither is taken.
pub(super) fn child<'d>(parent: Part<'d>, local: &str) -> Result<Option<Part<'d>>, AnswerError> {
    let mut found = named(parent, local);
    let first = found.next();
    if let Some(second) = found.next() {
        return Err(AnswerError {
            code: "call.ambiguous",
            path: second.path(),
            message: "this element is there more than once where the interface has one".into(),
        });
    }
    Ok(first.filter(|element| !is_nil(*element)))
}

/// Whether an element says that it has no value (`xsi:nil`).
pub(super) fn is_nil(element: Part<'_>) -> bool {
    let nil = element.attribute(INSTANCE, "nil");
    nil.is_some_and(|nil| matches!(nil.trim(), "true" | "1"))
}

/// The text of the child of a name, as it stands; none where it is missing, nil or empty.
pub(super) fn text(parent: Part<'_>, local: &str) -> Result<Option<String>, AnswerError> {
    let text = child(parent, local)?.map(short_text).transpose()?;
    Ok(text.filter(|text| !text.is_empty()))
}

/// The same without white space around it.
pub(super) fn token(parent: Part<'_>, local: &str) -> Result<Option<String>, AnswerError> {
    Ok(text(parent, local)?.and_then(trimmed))
}

/// The value of an attribute without white space around it; none where it is missing or empty.
pub(super) fn attribute(element: Part<'_>, local: &str) -> Option<String> {
    let value = element.attribute("", local)?;
    trimmed(value.into_owned())
}

fn trimmed(text: String) -> Option<String> {
    let text = text.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

/// The text of an element that holds nothing but a text of a few kilobytes.
pub(super) fn short_text(element: Part<'_>) -> Result<String, AnswerError> {
    check_leaf(element)?;
    let text = element.text().to_str();
    text.map(|text| text.into_owned())
        .ok_or_else(|| AnswerError {
            code: "call.text-too-long",
            path: element.path(),
            message: "this element holds a text that is longer than any that belongs here".into(),
        })
}

/// Refuses elements where a text belongs: whoever read the text alone would pass over them.
pub(super) fn check_leaf(element: Part<'_>) -> Result<(), AnswerError> {
    match element.children().next() {
        None => Ok(()),
        Some(child) => Err(AnswerError {
            code: "call.not-a-text",
            path: child.path(),
            message: "an element stands where a text belongs".into(),
        }),
    }
}

/// Refuses whatever is not one of these children, each at most once and in this order: the newer WSDL to the letter.
pub(super) fn check_sequence(parent: Part<'_>, sequence: &[&str]) -> Result<(), AnswerError> {
    let mut next = 0;
    for child in parent.children() {
        let position = sequence.iter().position(|local| child.is(NAMESPACE, local));
        match position {
            Some(position) if position >= next => next = position + 1,
            _ => {
                return Err(AnswerError {
                    code: "call.unexpected-element",
                    path: child.path(),
                    message: "the published description has no such element here, or has it at another place; with the setting shape = \"lenient\" it is passed over".into(),
                });
            }
        }
    }
    Ok(())
}

/// How many children have a name that is not one of these.
pub(super) fn unknown(parent: Part<'_>, known: &[&str]) -> usize {
    let is_known = |child: &Part<'_>| known.iter().any(|local| child.is(NAMESPACE, local));
    parent.children().filter(|child| !is_known(child)).count()
}
