// SPDX-License-Identifier: Apache-2.0
//! Documents as models, which can be written in many ways.

mod strategy;

use std::collections::BTreeMap;

use canonical_xml::XML_NAMESPACE;

pub(crate) use strategy::model;

/// Prefixes and what they are bound to; the empty prefix is the default namespace and not there when there is none.
pub(crate) type Bindings = BTreeMap<String, String>;

/// A document.
#[derive(Clone, Debug)]
pub(crate) struct Model {
    /// Byte order mark, declaration, line end.
    pub(crate) prologue: &'static str,
    pub(crate) before: Vec<Aside>,
    pub(crate) root: Element,
    pub(crate) after: Vec<Aside>,
}

/// What may stand around the root, too.
#[derive(Clone, Debug)]
pub(crate) enum Aside {
    Comment(String),
    Instruction { target: String, data: String },
}

#[derive(Clone, Debug)]
pub(crate) struct Element {
    pub(crate) prefix: String,
    pub(crate) local: String,
    pub(crate) declarations: Vec<(String, String)>,
    pub(crate) attributes: Vec<Attribute>,
    pub(crate) content: Vec<Content>,
    /// Chooses among the ways to write its tags.
    manner: u16,
}

#[derive(Clone, Debug)]
pub(crate) struct Attribute {
    pub(crate) prefix: String,
    pub(crate) local: String,
    pub(crate) value: Vec<&'static str>,
}

#[derive(Clone, Debug)]
pub(crate) enum Content {
    /// As in the source, without references.
    Text(String),
    Cdata(String),
    Reference(&'static str),
    Aside(Aside),
    Element(Element),
}

impl Model {
    /// The document; `spaced` with white space, quotes and empty-element tags of many kinds within tags, otherwise with as
    /// little white space as can be.
    pub(crate) fn source(&self, spaced: bool) -> String {
        let mut out = self.prologue.to_owned();
        let between = if spaced { "\r\n " } else { "" };
        for aside in &self.before {
            aside.write(spaced, &mut out);
            out.push_str(between);
        }
        self.root.write(spaced, &mut out);
        for aside in &self.after {
            out.push_str(between);
            aside.write(spaced, &mut out);
        }
        out
    }
}

impl Aside {
    fn write(&self, spaced: bool, out: &mut String) {
        match self {
            Self::Comment(text) => out.extend(["<!--", text, "-->"]),
            Self::Instruction { target, data } => {
                let space = match (spaced, data.as_str()) {
                    (true, _) => " \r\n\t",
                    (false, "") => "",
                    (false, _) => " ",
                };
                out.extend(["<?", target, space, data, "?>"]);
            }
        }
    }
}

impl Element {
    pub(crate) fn qname(&self) -> String {
        qname(&self.prefix, &self.local)
    }

    fn write(&self, spaced: bool, out: &mut String) {
        let manner = Manner(if spaced { self.manner } else { 0 });
        out.extend(["<", &self.qname()]);
        let mut pairs: Vec<_> = self.attributes.iter().map(Attribute::pair).collect();
        let declarations = self.declarations.iter().map(declaration);
        pairs.splice(0..0, declarations);
        for (name, value) in pairs {
            let quote = manner.quote();
            let value = match quote {
                "'" => value.replace('\'', "&apos;"),
                _ => value.replace('"', "&quot;"),
            };
            let space = manner.space();
            out.extend([space, &name, manner.around(), "=", manner.around(), quote]);
            out.extend([&value, quote]);
        }
        if spaced && self.content.is_empty() && manner.bit(12) {
            out.extend([manner.last(), "/>"]);
            return;
        }
        out.extend([manner.last(), ">"]);
        for content in &self.content {
            match content {
                Content::Text(text) => out.push_str(text),
                Content::Cdata(text) => out.extend(["<![CDATA[", text, "]]>"]),
                Content::Reference(source) => out.push_str(source),
                Content::Aside(aside) => aside.write(spaced, out),
                Content::Element(child) => child.write(spaced, out),
            }
        }
        out.extend(["</", &self.qname(), manner.last(), ">"]);
    }
}

impl Attribute {
    pub(crate) fn qname(&self) -> String {
        qname(&self.prefix, &self.local)
    }

    fn pair(&self) -> (String, String) {
        let source = self.value.concat();
        (self.qname(), source)
    }
}

fn declaration((prefix, namespace): &(String, String)) -> (String, String) {
    let name = match prefix.as_str() {
        "" => "xmlns".to_owned(),
        prefix => format!("xmlns:{prefix}"),
    };
    (name, namespace.clone())
}

/// How the tags of one element are written, as bits; none is the plainest.
#[derive(Clone, Copy)]
struct Manner(u16);

impl Manner {
    fn bit(self, bit: u32) -> bool {
        self.0 >> bit & 1 == 1
    }

    fn pick<const N: usize>(self, bit: u32, choices: [&'static str; N]) -> &'static str {
        choices[usize::from(self.0 >> bit) % N]
    }

    fn quote(self) -> &'static str {
        self.pick(0, ["\"", "'"])
    }

    fn space(self) -> &'static str {
        self.pick(1, [" ", "\n", "  ", "\r\n\t"])
    }

    fn around(self) -> &'static str {
        self.pick(4, ["", "", " ", "\n"])
    }

    fn last(self) -> &'static str {
        self.pick(8, ["", "", " ", "\r\n"])
    }
}

fn qname(prefix: &str, local: &str) -> String {
    match prefix {
        "" => local.to_owned(),
        prefix => format!("{prefix}:{local}"),
    }
}

/// What an element declares, added to what is in scope around it.
pub(crate) fn in_scope(outer: &Bindings, element: &Element) -> Bindings {
    let mut scope = outer.clone();
    for (prefix, namespace) in &element.declarations {
        if namespace.is_empty() {
            scope.remove(prefix);
        } else {
            scope.insert(prefix.clone(), namespace.clone());
        }
    }
    scope
}

/// The namespace of a name with a prefix; one without has none, as attributes do.
pub(crate) fn attribute_namespace(scope: &Bindings, prefix: &str) -> String {
    match prefix {
        "" => String::new(),
        "xml" => XML_NAMESPACE.to_owned(),
        prefix => scope[prefix].clone(),
    }
}
