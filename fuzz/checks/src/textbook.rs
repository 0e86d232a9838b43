// SPDX-License-Identifier: Apache-2.0
//! Canonical forms of what another parser has read, made as the specifications define them, without a thought for speed.

use std::collections::BTreeMap;

use canonical_xml::{Canonicalization, CanonicalizeError, Method, XML_NAMESPACE};
use roxmltree::{Document, Node, NodeId, NodeType};

use crate::peer;

/// What is canonicalised, as the other parser has it.
#[derive(Clone, Copy)]
pub(crate) struct Selection<'a, 'i> {
    /// `None` is the whole document.
    pub(crate) apex: Option<Node<'a, 'i>>,
    pub(crate) omitted: Option<NodeId>,
    pub(crate) comments: bool,
}

/// Prefixes, empty for the default namespace, and what they are bound to.
type Bindings = BTreeMap<String, String>;

/// The canonical form, or why there is none.
pub(crate) fn canonical(
    document: &Document<'_>,
    selection: Selection<'_, '_>,
    how: &Canonicalization,
) -> Result<String, CanonicalizeError> {
    let mut namespaces = peer::elements(document).flat_map(|element| element.namespaces());
    if namespaces.any(|namespace| !namespace.uri().is_empty() && !is_absolute(namespace.uri())) {
        return Err(CanonicalizeError::RelativeNamespace);
    }
    let mut form = Form {
        text: document.input_text(),
        omitted: selection.omitted,
        comments: selection.comments && how.with_comments,
        how,
        out: String::new(),
    };
    match selection.apex {
        Some(apex) => {
            let inherited = inherited(document.input_text(), apex, how.method)?;
            form.element(apex, &inherited, &Bindings::new());
        }
        None => form.whole(document),
    }
    Ok(form.out)
}

/// A scheme, a colon and characters of a URI (RFC 3986 §2, §3).
fn is_absolute(namespace: &str) -> bool {
    let Some((scheme, rest)) = namespace.split_once(':') else {
        return false;
    };
    let is_scheme =
        |character: char| character.is_ascii_alphanumeric() || "+-.".contains(character);
    let is_outside =
        |character: char| !character.is_ascii_graphic() || "\"<>\\^`{|}".contains(character);
    scheme.starts_with(|first: char| first.is_ascii_alphabetic())
        && scheme.chars().all(is_scheme)
        && !rest.contains(is_outside)
}

/// Namespace, local name, name as written, value.
type Attribute = (String, String, String, String);

fn attributes(text: &str, element: Node<'_, '_>) -> Vec<Attribute> {
    let attributes = element.attributes().map(|attribute| {
        (
            attribute.namespace().unwrap_or_default().to_owned(),
            attribute.name().to_owned(),
            peer::attribute_qname(text, &attribute).to_owned(),
            attribute.value().to_owned(),
        )
    });
    attributes.collect()
}

/// The attributes `xml:*` of the ancestors that the top takes over, the nearest of each (Canonical XML 1.0 §2.4; 1.1 §2.4).
fn inherited(
    text: &str,
    apex: Node<'_, '_>,
    method: Method,
) -> Result<Vec<Attribute>, CanonicalizeError> {
    let is_xml = |attribute: &Attribute| attribute.0 == XML_NAMESPACE;
    let mut known: Vec<_> = attributes(text, apex).into_iter().filter(is_xml).collect();
    let own = known.len();
    if method == Method::Exclusive {
        return Ok(Vec::new());
    }
    let around = apex.ancestors().skip(1).filter(Node::is_element);
    for attribute in around.flat_map(|element| attributes(text, element)) {
        if !is_xml(&attribute) {
            continue;
        }
        let is_taken = match (method, attribute.1.as_str()) {
            (Method::Inclusive11, "base") => return Err(CanonicalizeError::InheritedBase),
            (Method::Inclusive11, name) => matches!(name, "lang" | "space"),
            _ => true,
        };
        if is_taken && known.iter().all(|other| other.1 != attribute.1) {
            known.push(attribute);
        }
    }
    Ok(known.split_off(own))
}

struct Form<'i, 'h> {
    text: &'i str,
    omitted: Option<NodeId>,
    comments: bool,
    how: &'h Canonicalization,
    out: String,
}

impl Form<'_, '_> {
    /// What stands around the root stands on lines of its own (Canonical XML 1.0 §2.1).
    fn whole(&mut self, document: &Document<'_>) {
        let mut is_behind = false;
        for node in document.root().children() {
            if node.is_element() {
                self.element(node, &[], &Bindings::new());
                is_behind = true;
            } else if node.is_pi() || node.is_comment() && self.comments {
                self.out.push_str(if is_behind { "\n" } else { "" });
                self.node(node, &Bindings::new());
                self.out.push_str(if is_behind { "" } else { "\n" });
            }
        }
    }

    fn node(&mut self, node: Node<'_, '_>, rendered: &Bindings) {
        match node.node_type() {
            NodeType::Element if Some(node.id()) == self.omitted => {}
            NodeType::Element => self.element(node, &[], rendered),
            NodeType::Text => {
                let text = node.text().unwrap_or_default();
                let text = text.replace('&', "&amp;").replace('<', "&lt;");
                self.out += &text.replace('>', "&gt;").replace('\r', "&#xD;");
            }
            NodeType::Comment if self.comments => {
                self.out += &format!("<!--{}-->", node.text().unwrap_or_default());
            }
            NodeType::PI => {
                let (target, value) = node.pi().map_or(("", None), |pi| (pi.target, pi.value));
                match value.unwrap_or_default() {
                    "" => self.out += &format!("<?{target}?>"),
                    value => self.out += &format!("<?{target} {value}?>"),
                }
            }
            NodeType::Comment | NodeType::Root => {}
        }
    }

    /// `rendered` is what the elements around it in the output have declared.
    fn element(&mut self, element: Node<'_, '_>, inherited: &[Attribute], rendered: &Bindings) {
        let qname = peer::qname(self.text, element);
        let mut attributes = attributes(self.text, element);
        let in_scope = scope(element);
        let mut rendered = rendered.clone();
        self.out += &format!("<{qname}");
        for prefix in self.needed(qname, &attributes, &in_scope) {
            let namespace = in_scope.get(&prefix).cloned().unwrap_or_default();
            let around = rendered.get(&prefix).map_or("", String::as_str);
            if prefix == "xml" || around == namespace {
                continue;
            }
            let colon = if prefix.is_empty() { "" } else { ":" };
            self.out += &format!(" xmlns{colon}{prefix}=\"{}\"", escaped(&namespace));
            rendered.insert(prefix, namespace);
        }
        attributes.extend_from_slice(inherited);
        attributes.sort();
        for (_, _, name, value) in attributes {
            self.out += &format!(" {name}=\"{}\"", escaped(&value));
        }
        self.out.push('>');
        for child in element.children() {
            self.node(child, &rendered);
        }
        self.out += &format!("</{qname}>");
    }

    /// The prefixes that an element wants declared, in order (Canonical XML 1.0 §2.3; Exclusive XML Canonicalization 1.0 §3).
    fn needed(&self, qname: &str, attributes: &[Attribute], in_scope: &Bindings) -> Vec<String> {
        let mut needed: Vec<String> = Vec::new();
        if self.how.method == Method::Exclusive {
            needed.push(peer::prefix_of(qname).to_owned());
            let prefixes = attributes
                .iter()
                .map(|attribute| peer::prefix_of(&attribute.2));
            needed.extend(
                prefixes
                    .filter(|prefix| !prefix.is_empty())
                    .map(str::to_owned),
            );
            let listed = self.how.prefix_list.iter();
            needed.extend(
                listed
                    .filter(|prefix| is_declarable(prefix, in_scope))
                    .cloned(),
            );
        } else {
            needed.extend(in_scope.keys().cloned());
            needed.push(String::new());
        }
        needed.sort();
        needed.dedup();
        needed
    }
}

/// What is bound at an element.
fn scope(element: Node<'_, '_>) -> Bindings {
    let namespaces = element.namespaces().map(|namespace| {
        let prefix = namespace.name().unwrap_or_default().to_owned();
        (prefix, namespace.uri().to_owned())
    });
    namespaces.collect()
}

/// No default namespace is something to declare, no prefix is not.
fn is_declarable(prefix: &str, in_scope: &Bindings) -> bool {
    prefix.is_empty() || in_scope.contains_key(prefix)
}

/// Canonical XML 1.0 §2.3, attribute nodes.
fn escaped(value: &str) -> String {
    let value = value.replace('&', "&amp;").replace('<', "&lt;");
    let value = value.replace('"', "&quot;").replace('\t', "&#x9;");
    value.replace('\n', "&#xA;").replace('\r', "&#xD;")
}
