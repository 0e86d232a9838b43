// SPDX-License-Identifier: Apache-2.0
//! Canonical forms without comments: Exclusive XML Canonicalization 1.0 (W3C Recommendation, 18 July 2002) and Canonical XML 1.0 (15 March
//! 2001), the inclusive one.

use roxmltree::{Node, NodeId, NodeType};

/// The namespace that the prefix `xml` is always bound to.
const XML: &str = "http://www.w3.org/XML/1998/namespace";

/// A canonical form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Form<'a> {
    /// Declarations where they are used. Those of the PrefixList of `InclusiveNamespaces` stand where they are in scope, used or not (`#default`
    /// for the default namespace).
    Exclusive(Vec<&'a str>),
    /// All declarations in scope, and the attributes `xml:…` that the ancestors of a part have.
    Inclusive,
}

/// The canonical form of `node` (an element, or the root for a whole document) with everything
/// below it, except the element `without`.
///
/// The recursion is as deep as the document, which the parser bounds.
pub(crate) fn canonical(node: Node<'_, '_>, form: &Form<'_>, without: Option<NodeId>) -> String {
    let mut writer = Writer {
        output: String::new(),
        form,
        without,
        apex: node.id(),
        rendered: Vec::new(),
    };
    writer.node(node);
    writer.output
}

/// Namespace and local name, name as written, value.
type Attribute<'a> = ((&'a str, &'a str), &'a str, &'a str);

struct Writer<'c, 'a> {
    output: String,
    form: &'c Form<'c>,
    without: Option<NodeId>,
    /// The node that all this is about.
    apex: NodeId,
    /// Declarations written on the open elements; the last one for a prefix is in force.
    rendered: Vec<(&'a str, &'a str)>,
}

impl<'a> Writer<'_, 'a> {
    fn node(&mut self, node: Node<'a, 'a>) {
        if self.without == Some(node.id()) {
            return;
        }
        match node.node_type() {
            NodeType::Root => self.document(node),
            NodeType::Element => self.element(node),
            NodeType::Text => self.text(node.text().unwrap_or_default()),
            NodeType::PI => self.processing_instruction(node),
            NodeType::Comment => {}
        }
    }

    /// Canonical XML 1.0, §2.3: outside the document element, instructions stand on their own line.
    fn document(&mut self, root: Node<'a, 'a>) {
        let mut is_before_element = true;
        for child in root.children() {
            match child.node_type() {
                NodeType::PI if is_before_element => {
                    self.node(child);
                    self.output.push('\n');
                }
                NodeType::PI => {
                    self.output.push('\n');
                    self.node(child);
                }
                NodeType::Element => {
                    self.node(child);
                    is_before_element = false;
                }
                _ => {}
            }
        }
    }

    fn element(&mut self, element: Node<'a, 'a>) {
        let name = qualified_name(element);
        let outer = self.rendered.len();
        self.output.push('<');
        self.output.push_str(name);
        for (prefix, uri) in self.needed_declarations(element) {
            self.declaration(prefix, uri);
            self.rendered.push((prefix, uri));
        }
        for (_, name, value) in self.sorted_attributes(element) {
            self.attribute(name, value);
        }
        self.output.push('>');
        for child in element.children() {
            self.node(child);
        }
        self.output.push_str("</");
        self.output.push_str(name);
        self.output.push('>');
        self.rendered.truncate(outer);
    }

    /// What has to be declared and the output does not yet bind to the same namespace; sorted by prefix.
    fn needed_declarations(&self, element: Node<'a, 'a>) -> Vec<(&'a str, &'a str)> {
        let declared = match self.form {
            Form::Exclusive(listed) => used_declarations(element, listed),
            Form::Inclusive => declarations_in_scope(element),
        };
        let mut needed: Vec<_> = declared
            .into_iter()
            .map(|(prefix, uri)| (prefix, uri.unwrap_or_default()))
            .filter(|&(prefix, uri)| prefix != "xml" && self.in_force(prefix) != uri)
            .collect();
        needed.sort_unstable();
        needed.dedup();
        needed
    }

    /// Sorted by namespace, then local name; none comes first. In the inclusive form, a part inherits `xml:…` of
    /// its ancestors (§2.4).
    fn sorted_attributes(&self, element: Node<'a, 'a>) -> Vec<Attribute<'a>> {
        let inherits = *self.form == Form::Inclusive && element.id() == self.apex;
        let above = element.ancestors().skip(1).filter(|_| inherits);
        let inherited = above.flat_map(|above| {
            let attributes = above.attributes().map(move |found| (above, found));
            attributes.filter(|(_, found)| found.namespace() == Some(XML))
        });
        let own = element.attributes().map(|found| (element, found));
        let mut attributes: Vec<Attribute<'a>> = Vec::new();
        for (element, found) in own.chain(inherited) {
            let key = (found.namespace().unwrap_or_default(), found.name());
            if !attributes.iter().any(|(known, ..)| *known == key) {
                attributes.push((key, attribute_name(element, found), found.value()));
            }
        }
        attributes.sort_by_key(|(key, ..)| *key);
        attributes
    }

    /// What the output binds `prefix` to; the empty string for nothing.
    fn in_force(&self, prefix: &str) -> &str {
        let last = self
            .rendered
            .iter()
            .rev()
            .find(|(bound, _)| *bound == prefix);
        last.map_or("", |(_, uri)| uri)
    }

    fn declaration(&mut self, prefix: &str, uri: &str) {
        match prefix {
            "" => self.attribute("xmlns", uri),
            _ => self.attribute(&format!("xmlns:{prefix}"), uri),
        }
    }

    fn attribute(&mut self, name: &str, value: &str) {
        self.output.push(' ');
        self.output.push_str(name);
        self.output.push_str("=\"");
        for character in value.chars() {
            match character {
                '&' => self.output.push_str("&amp;"),
                '<' => self.output.push_str("&lt;"),
                '"' => self.output.push_str("&quot;"),
                '\t' => self.output.push_str("&#x9;"),
                '\n' => self.output.push_str("&#xA;"),
                '\r' => self.output.push_str("&#xD;"),
                other => self.output.push(other),
            }
        }
        self.output.push('"');
    }

    fn text(&mut self, text: &str) {
        for character in text.chars() {
            match character {
                '&' => self.output.push_str("&amp;"),
                '<' => self.output.push_str("&lt;"),
                '>' => self.output.push_str("&gt;"),
                '\r' => self.output.push_str("&#xD;"),
                other => self.output.push(other),
            }
        }
    }

    fn processing_instruction(&mut self, node: Node<'_, '_>) {
        let Some(instruction) = node.pi() else {
            return;
        };
        self.output.push_str("<?");
        self.output.push_str(instruction.target);
        if let Some(value) = instruction.value {
            self.output.push(' ');
            // The parser hands out the raw text here, with its line ends.
            self.output
                .push_str(&value.replace("\r\n", "\n").replace('\r', "\n"));
        }
        self.output.push_str("?>");
    }
}

/// Exclusive form, §3: the prefixes that are visibly used, and the listed ones.
fn used_declarations<'a>(
    element: Node<'a, 'a>,
    listed: &[&str],
) -> Vec<(&'a str, Option<&'a str>)> {
    let mut used = vec![(
        prefix(qualified_name(element)),
        element.tag_name().namespace(),
    )];
    for attribute in element.attributes() {
        let attribute_prefix = prefix(attribute_name(element, attribute));
        // An attribute without a prefix has no namespace and uses no declaration.
        if !attribute_prefix.is_empty() {
            used.push((attribute_prefix, attribute.namespace()));
        }
    }
    for bound in element.namespaces() {
        let bound_prefix = bound.name().unwrap_or_default();
        if listed.contains(&bound_prefix) {
            used.push((bound_prefix, Some(bound.uri())));
        }
    }
    if listed.contains(&"#default") {
        used.push(("", element.lookup_namespace_uri(None)));
    }
    used
}

/// Inclusive form, §2.3: all that is in scope, and that there is no default namespace where there is none.
fn declarations_in_scope<'a>(element: Node<'a, 'a>) -> Vec<(&'a str, Option<&'a str>)> {
    let bound = element.namespaces();
    let prefixed = bound.filter_map(|bound| Some((bound.name()?, Some(bound.uri()))));
    let default = ("", element.lookup_namespace_uri(None));
    std::iter::once(default).chain(prefixed).collect()
}

/// The name as written. The parser keeps no prefixes, so it is read from the source.
fn qualified_name<'a>(element: Node<'a, 'a>) -> &'a str {
    let source = element
        .document()
        .input_text()
        .get(element.range())
        .unwrap_or_default();
    let name = source.strip_prefix('<').unwrap_or_default();
    name.split([' ', '\t', '\r', '\n', '/', '>'])
        .next()
        .unwrap_or_default()
}

fn attribute_name<'a>(element: Node<'a, 'a>, attribute: roxmltree::Attribute<'a, 'a>) -> &'a str {
    let source = element.document().input_text();
    source.get(attribute.range_qname()).unwrap_or_default()
}

fn prefix(qualified_name: &str) -> &str {
    qualified_name
        .split_once(':')
        .map_or("", |(prefix, _)| prefix)
}

#[cfg(test)]
mod tests {
    use super::super::parse;
    use super::*;

    #[test]
    fn subtrees_take_only_the_declarations_they_use() {
        for (source, canonical) in [
            // Unused declarations go, used ones come with the element that uses them.
            (
                "<r xmlns:a='A' xmlns:b='B'><a:x b:y='1'/></r>",
                r#"<a:x xmlns:a="A" xmlns:b="B" b:y="1"></a:x>"#,
            ),
            // Not repeated while in force, repeated by siblings.
            (
                "<r xmlns:a='A'><x><a:y><a:z/></a:y><a:y/></x></r>",
                r#"<x><a:y xmlns:a="A"><a:z></a:z></a:y><a:y xmlns:a="A"></a:y></x>"#,
            ),
            // A prefix bound anew, and back again.
            (
                "<r xmlns:a='A'><a:x><a:y xmlns:a='B'><a:z xmlns:a='A'/></a:y></a:x></r>",
                r#"<a:x xmlns:a="A"><a:y xmlns:a="B"><a:z xmlns:a="A"></a:z></a:y></a:x>"#,
            ),
            // The default namespace, taken back, also below an element that does not use it.
            (
                "<r><x xmlns='D'><y xmlns=''><z/></y></x></r>",
                r#"<x xmlns="D"><y xmlns=""><z></z></y></x>"#,
            ),
            (
                "<r xmlns='D'><p:x xmlns:p='P'><y xmlns=''/></p:x></r>",
                r#"<p:x xmlns:p="P"><y></y></p:x>"#,
            ),
            (
                "<r xmlns='D'><p:x xmlns:p='P'><y/></p:x></r>",
                r#"<p:x xmlns:p="P"><y xmlns="D"></y></p:x>"#,
            ),
            // `xml:` is never declared and, unlike in inclusive form, never inherited.
            (
                "<r xml:lang='fi'><x xml:space='preserve'/></r>",
                r#"<x xml:space="preserve"></x>"#,
            ),
        ] {
            let document = parse(source.as_bytes()).unwrap();
            let target = document.root_element().first_element_child().unwrap();
            let found = super::canonical(target, &Form::Exclusive(Vec::new()), None);
            assert_eq!(found, canonical, "{source}");
        }
    }

    #[test]
    fn attributes_are_sorted_by_namespace_then_name() {
        let source = "<e xmlns:b='http://a' xmlns:a='http://b' a:attr='1' b:attr='2' b:Attr='3' z='4' é='5' A='6'/>";
        let document = parse(source.as_bytes()).unwrap();
        assert_eq!(
            canonical(document.root_element(), &Form::Exclusive(Vec::new()), None),
            "<e xmlns:a=\"http://b\" xmlns:b=\"http://a\" A=\"6\" z=\"4\" é=\"5\" b:Attr=\"3\" b:attr=\"2\" a:attr=\"1\"></e>"
        );
    }

    #[test]
    fn characters_are_escaped_as_the_place_demands() {
        let source = "<e a='&lt;&gt;&amp;&quot;&apos;\t\n&#9;&#10;&#13;'>&lt;&gt;&amp;\"'\t\r\n&#13;<![CDATA[<x>&]]></e>";
        let document = parse(source.as_bytes()).unwrap();
        assert_eq!(
            canonical(document.root_element(), &Form::Exclusive(Vec::new()), None),
            "<e a=\"&lt;>&amp;&quot;'  &#x9;&#xA;&#xD;\">&lt;&gt;&amp;\"'\t\n&#xD;&lt;x&gt;&amp;</e>"
        );
    }

    #[test]
    fn whole_documents_keep_instructions_and_lose_comments() {
        let source =
            "<?xml version='1.0'?><?a  b \r\n?><!-- c --><e ><?d?><!-- f --></e ><?g h?>\n";
        let document = parse(source.as_bytes()).unwrap();
        assert_eq!(
            canonical(document.root(), &Form::Exclusive(Vec::new()), None),
            "<?a b \n?>\n<e><?d?></e>\n<?g h?>"
        );
    }

    #[test]
    fn listed_prefixes_are_declared_where_they_are_in_scope() {
        let source = "<r xmlns='D' xmlns:a='A' xmlns:b='B'><b:x><y xmlns:a='A2'/></b:x></r>";
        let document = parse(source.as_bytes()).unwrap();
        let target = document.root_element().first_element_child().unwrap();
        assert_eq!(
            canonical(target, &Form::Exclusive(vec!["a", "missing", "xml"]), None),
            r#"<b:x xmlns:a="A" xmlns:b="B"><y xmlns="D" xmlns:a="A2"></y></b:x>"#
        );
        assert_eq!(
            canonical(target, &Form::Exclusive(vec!["#default"]), None),
            r#"<b:x xmlns="D" xmlns:b="B"><y></y></b:x>"#
        );
    }

    #[test]
    fn inclusive_parts_take_all_that_is_in_scope() {
        for (source, canonical) in [
            (
                "<r xmlns='D' xmlns:a='A' xml:lang='fi' xml:id='i' z='1'><x b='2' xml:space='preserve'/></r>",
                r#"<x xmlns="D" xmlns:a="A" b="2" xml:id="i" xml:lang="fi" xml:space="preserve"></x>"#,
            ),
            // The nearest ancestor's, and the element's own before all.
            (
                "<q xml:lang='en'><r xml:lang='fi'><x xml:lang='sv'><y/></x></r></q>",
                r#"<r xml:lang="fi"><x xml:lang="sv"><y></y></x></r>"#,
            ),
            // Declared anew only where something changes.
            (
                "<r xmlns='D' xmlns:a='A'><x><a:y xmlns:a='A'/><a:z xmlns='' xmlns:a='B'><w/></a:z></x></r>",
                r#"<x xmlns="D" xmlns:a="A"><a:y></a:y><a:z xmlns="" xmlns:a="B"><w></w></a:z></x>"#,
            ),
            ("<r xmlns='D'><x xmlns=''/></r>", "<x></x>"),
        ] {
            let document = parse(source.as_bytes()).unwrap();
            let target = document.root_element().first_element_child().unwrap();
            let found = super::canonical(target, &Form::Inclusive, None);
            assert_eq!(found, canonical, "{source}");
        }
    }

    #[test]
    fn one_element_can_be_left_out() {
        let document = parse(b"<r><a/><s><a/></s>t</r>").unwrap();
        let left_out = document
            .descendants()
            .find(|node| node.has_tag_name("s"))
            .unwrap();
        let canonical = canonical(
            document.root(),
            &Form::Exclusive(Vec::new()),
            Some(left_out.id()),
        );
        assert_eq!(canonical, "<r><a></a>t</r>");
    }
}
