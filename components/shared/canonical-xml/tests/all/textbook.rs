//! Canonical forms of models, made as the specifications define them, without a thought for speed: of every element all
//! namespaces in scope are known, and each is compared with what the output says around it.

use std::collections::BTreeMap;

use canonical_xml::{Canonicalization, CanonicalizeError, Method, XML_NAMESPACE};

use crate::model::{
    Aside, Bindings, Content, Element, Model, attribute_namespace, in_scope, with_line_feeds,
};

/// What is canonicalised; elements go by their number in document order.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Selection {
    /// `None` is the whole document.
    pub(crate) apex: Option<usize>,
    pub(crate) omitted: Option<usize>,
}

/// An element and what is around it.
struct Placed<'m> {
    element: &'m Element,
    scope: Bindings,
    parent: Option<usize>,
    children: Vec<usize>,
}

pub(crate) fn canonical(
    model: &Model,
    selection: Selection,
    how: &Canonicalization,
) -> Result<String, CanonicalizeError> {
    let mut placed = Vec::new();
    place(&model.root, None, &Bindings::new(), &mut placed);
    let form = Form {
        placed,
        selection,
        how,
    };
    let Some(apex) = selection.apex else {
        let mut out = String::new();
        for aside in model.before.iter().filter(|aside| form.keeps(aside)) {
            out += &(written(aside) + "\n");
        }
        form.element(0, &[], &Bindings::new(), &mut out);
        for aside in model.after.iter().filter(|aside| form.keeps(aside)) {
            out += &format!("\n{}", written(aside));
        }
        return Ok(out);
    };
    let inherited = form.inherited(apex)?;
    let mut out = String::new();
    form.element(apex, &inherited, &Bindings::new(), &mut out);
    Ok(out)
}

/// Numbers the elements.
fn place<'m>(
    element: &'m Element,
    parent: Option<usize>,
    outer: &Bindings,
    placed: &mut Vec<Placed<'m>>,
) -> usize {
    let number = placed.len();
    let scope = in_scope(outer, element);
    placed.push(Placed {
        element,
        scope: scope.clone(),
        parent,
        children: Vec::new(),
    });
    for child in element.children() {
        let child = place(child, Some(number), &scope, placed);
        placed[number].children.push(child);
    }
    number
}

struct Form<'m, 'h> {
    placed: Vec<Placed<'m>>,
    selection: Selection,
    how: &'h Canonicalization,
}

/// Namespace, local name, name as written, value.
type Output = (String, String, String, String);

impl Form<'_, '_> {
    /// Writes an element. `rendered` is what the elements around it in the output have declared for use (Exclusive XML
    /// Canonicalization 1.0 §3, `ns_rendered`).
    fn element(&self, number: usize, inherited: &[Output], rendered: &Bindings, out: &mut String) {
        let element = self.placed[number].element;
        let declared = self.declarations(number, rendered);
        *out += &format!("<{}", element.qname());
        for (prefix, namespace) in &declared {
            let colon = if prefix.is_empty() { "" } else { ":" };
            *out += &format!(" xmlns{colon}{prefix}=\"{}\"", value(namespace));
        }
        let mut attributes = self.attributes(number);
        attributes.extend_from_slice(inherited);
        attributes.sort_by(|one, other| {
            let by_namespace = one.0.chars().cmp(other.0.chars());
            by_namespace.then_with(|| one.1.chars().cmp(other.1.chars()))
        });
        for (_, _, name, meaning) in attributes {
            *out += &format!(" {name}=\"{}\"", value(&meaning));
        }
        out.push('>');
        let mut rendered = rendered.clone();
        rendered.extend(declared);
        let mut children = self.placed[number].children.iter();
        for content in &element.content {
            match content {
                Content::Text(source) | Content::Cdata(source) => {
                    *out += &text(&with_line_feeds(source));
                }
                Content::Reference((_, meaning)) => *out += &text(meaning),
                Content::Aside(aside) if self.keeps(aside) => *out += &written(aside),
                Content::Aside(_) => {}
                Content::Element(_) => {
                    let child = *children.next().unwrap();
                    if self.selection.omitted != Some(child) {
                        self.element(child, &[], &rendered, out);
                    }
                }
            }
        }
        *out += &format!("</{}>", element.qname());
    }

    /// The declarations on an element. An empty namespace stands for `xmlns=""`.
    fn declarations(&self, number: usize, rendered: &Bindings) -> BTreeMap<String, String> {
        let Placed {
            element,
            scope,
            parent,
            ..
        } = &self.placed[number];
        let is_apex = number == self.selection.apex.unwrap_or(0);
        let none = Bindings::new();
        // Namespaces of the element around it in the output.
        let around = match parent {
            Some(parent) if !is_apex => &self.placed[*parent].scope,
            _ => &none,
        };
        let used = |prefix: &str| {
            let attributes = &element.attributes;
            prefix == element.prefix
                || (!prefix.is_empty() && attributes.iter().any(|other| other.prefix == prefix))
        };
        let inclusively = |prefix: &str| {
            self.how.method != Method::Exclusive
                || self.how.prefix_list.iter().any(|listed| listed == prefix)
        };
        let mut declared = BTreeMap::new();
        for (prefix, namespace) in scope {
            let is_due = if inclusively(prefix) {
                around.get(prefix) != Some(namespace)
            } else {
                used(prefix) && rendered.get(prefix) != Some(namespace)
            };
            // The prefix `xml` is never written.
            if is_due && prefix != "xml" {
                declared.insert(prefix.clone(), namespace.clone());
            }
        }
        // That there is no default namespace is written only against one.
        let default = |bindings: &Bindings| {
            let default = bindings.get("");
            default.is_some_and(|namespace| !namespace.is_empty())
        };
        let is_undone = if inclusively("") {
            default(around)
        } else {
            used("") && default(rendered)
        };
        if is_undone && !default(scope) {
            declared.insert(String::new(), String::new());
        }
        declared
    }

    fn attributes(&self, number: usize) -> Vec<Output> {
        let Placed { element, scope, .. } = &self.placed[number];
        let attributes = element.attributes.iter();
        attributes
            .map(|attribute| {
                let namespace = attribute_namespace(scope, &attribute.prefix);
                let (local, name) = (attribute.local.clone(), attribute.qname());
                (namespace, local, name, attribute.meaning())
            })
            .collect()
    }

    /// Attributes `xml:*` of the nearest ancestors that have them (Canonical XML 1.0 §2.4, 1.1 §2.4).
    fn inherited(&self, apex: usize) -> Result<Vec<Output>, CanonicalizeError> {
        let mut names: Vec<_> = self
            .attributes(apex)
            .into_iter()
            .map(|known| known.2)
            .collect();
        let mut inherited = Vec::new();
        let mut ancestor = self.placed[apex].parent;
        while let Some(number) = ancestor {
            for attribute in self.attributes(number) {
                let name = attribute.2.as_str();
                let goes_along = match self.how.method {
                    Method::Exclusive => false,
                    Method::Inclusive => attribute.0 == XML_NAMESPACE,
                    Method::Inclusive11 if name == "xml:base" => {
                        return Err(CanonicalizeError::InheritedBase);
                    }
                    Method::Inclusive11 => matches!(name, "xml:lang" | "xml:space"),
                };
                if goes_along && !names.contains(&attribute.2) {
                    names.push(attribute.2.clone());
                    inherited.push(attribute);
                }
            }
            ancestor = self.placed[number].parent;
        }
        Ok(inherited)
    }

    fn keeps(&self, aside: &Aside) -> bool {
        self.how.with_comments || !matches!(aside, Aside::Comment(_))
    }
}

fn written(aside: &Aside) -> String {
    match aside {
        Aside::Comment(text) => format!("<!--{}-->", with_line_feeds(text)),
        Aside::Instruction { target, data } if data.is_empty() => format!("<?{target}?>"),
        Aside::Instruction { target, data } => format!("<?{target} {}?>", with_line_feeds(data)),
    }
}

fn text(text: &str) -> String {
    let text = text.replace('&', "&amp;").replace('<', "&lt;");
    text.replace('>', "&gt;").replace('\r', "&#xD;")
}

fn value(value: &str) -> String {
    let value = value.replace('&', "&amp;").replace('<', "&lt;");
    let value = value.replace('"', "&quot;").replace('\t', "&#x9;");
    value.replace('\n', "&#xA;").replace('\r', "&#xD;")
}
