// SPDX-License-Identifier: Apache-2.0
//! What elements and attributes a schema document has (the schema for schemas, Part 1, appendix A): so that a misspelt one is found and not passed over.

use canonical_xml::ElementRef;

use crate::error::SchemaFault;
use crate::name::XSD_NAMESPACE;

use super::facet::FACETS;

pub(super) fn is_schema(element: ElementRef<'_>) -> bool {
    element.namespace() == XSD_NAMESPACE
}

/// Element, attributes, children: the names of each list.
type Rule = (
    &'static str,
    &'static [&'static str],
    &'static [&'static [&'static str]],
);

/// What the content of a complex type may be a model of.
pub(super) const MODELS: [&str; 4] = ["group", "all", "choice", "sequence"];

const SIMPLE: &[&str] = &["simpleType"];
const NESTED: &[&str] = &["element", "group", "choice", "sequence", "any"];
const ATTRIBUTES: &[&str] = &["attribute", "attributeGroup", "anyAttribute"];
const DERIVED: &[&str] = &["restriction", "extension"];

const RULES: &[Rule] = &[
    (
        "schema",
        &[
            "attributeFormDefault",
            "blockDefault",
            "elementFormDefault",
            "finalDefault",
            "id",
            "targetNamespace",
            "version",
        ],
        &[&[
            "include",
            "import",
            "redefine",
            "simpleType",
            "complexType",
            "group",
            "attributeGroup",
            "element",
            "attribute",
            "notation",
        ]],
    ),
    ("include", &["id", "schemaLocation"], &[]),
    ("import", &["id", "namespace", "schemaLocation"], &[]),
    ("notation", &["id", "name", "public", "system"], &[]),
    (
        "element",
        &[
            "abstract",
            "block",
            "default",
            "final",
            "fixed",
            "form",
            "id",
            "maxOccurs",
            "minOccurs",
            "name",
            "nillable",
            "ref",
            "substitutionGroup",
            "type",
        ],
        &[&["simpleType", "complexType", "key", "keyref", "unique"]],
    ),
    (
        "attribute",
        &[
            "default", "fixed", "form", "id", "name", "ref", "type", "use",
        ],
        &[SIMPLE],
    ),
    (
        "complexType",
        &["abstract", "block", "final", "id", "mixed", "name"],
        &[&["simpleContent", "complexContent"], &MODELS, ATTRIBUTES],
    ),
    ("simpleContent", &["id"], &[DERIVED]),
    ("complexContent", &["id", "mixed"], &[DERIVED]),
    ("extension", &["base", "id"], &[&MODELS, ATTRIBUTES]),
    (
        "restriction",
        &["base", "id"],
        &[SIMPLE, &FACETS, &MODELS, ATTRIBUTES],
    ),
    (
        "simpleType",
        &["final", "id", "name"],
        &[&["restriction", "list", "union"]],
    ),
    ("list", &["id", "itemType"], &[SIMPLE]),
    ("union", &["id", "memberTypes"], &[SIMPLE]),
    (
        "group",
        &["id", "maxOccurs", "minOccurs", "name", "ref"],
        &[&["all", "choice", "sequence"]],
    ),
    ("all", &["id", "maxOccurs", "minOccurs"], &[&["element"]]),
    ("choice", &["id", "maxOccurs", "minOccurs"], &[NESTED]),
    ("sequence", &["id", "maxOccurs", "minOccurs"], &[NESTED]),
    (
        "any",
        &[
            "id",
            "maxOccurs",
            "minOccurs",
            "namespace",
            "processContents",
        ],
        &[],
    ),
    ("anyAttribute", &["id", "namespace", "processContents"], &[]),
    ("attributeGroup", &["id", "name", "ref"], &[ATTRIBUTES]),
    ("annotation", &["id"], &[&["appinfo", "documentation"]]),
];

/// What an element of that name may have.
fn rule(local: &str) -> Option<Rule> {
    let facet = || {
        let name = FACETS.into_iter().find(|name| *name == local)?;
        let attributes: &[&str] = match name {
            "pattern" | "enumeration" => &["value", "id"],
            _ => &["value", "fixed", "id"],
        };
        Some((name, attributes, &[] as &[&[&str]]))
    };
    let found = RULES.iter().find(|(name, _, _)| *name == local);
    found.copied().or_else(facet)
}

/// What this validator does not have, of XML Schema 1.0 and of 1.1.
const UNSUPPORTED: [&str; 9] = [
    "redefine",
    "key",
    "keyref",
    "unique",
    "assert",
    "assertion",
    "alternative",
    "override",
    "openContent",
];

/// The first thing in a schema that is out of place.
pub(super) fn check<'d>(schema: ElementRef<'d>) -> Result<(), (ElementRef<'d>, SchemaFault)> {
    let mut open = vec![schema];
    while let Some(element) = open.pop() {
        let local = element.local();
        let Some((_, attributes, children)) = rule(local) else {
            return Err((element, out_of_place(local)));
        };
        for attribute in element.attributes() {
            let name = attribute.local();
            let is_known = match attribute.namespace() {
                "" => attributes.contains(&name),
                namespace => namespace != XSD_NAMESPACE,
            };
            if !is_known {
                let message = format!("`{local}` has no attribute `{name}`");
                return Err((element, invalid(message)));
            }
        }
        let mut is_first = true;
        for child in element.children() {
            let name = child.local();
            let is_annotation = is_schema(child) && name == "annotation";
            if !is_schema(child) {
                let message = format!(
                    "`{name}` is not an element of XML Schema; such elements stand in `appinfo`"
                );
                return Err((child, invalid(message)));
            }
            if is_annotation && (is_first || local == "schema") {
                is_first = false;
                continue;
            }
            is_first = false;
            if UNSUPPORTED.contains(&name) {
                return Err((child, out_of_place(name)));
            }
            if !children.iter().any(|names| names.contains(&name)) {
                let message = format!("`{name}` may not stand here in `{local}`");
                return Err((child, invalid(message)));
            }
            open.push(child);
        }
    }
    Ok(())
}

fn out_of_place(name: &str) -> SchemaFault {
    if UNSUPPORTED.contains(&name) {
        return SchemaFault::Unsupported(format!("`{name}`"));
    }
    invalid(format!("XML Schema 1.0 has no element `{name}` here"))
}

fn invalid(message: String) -> SchemaFault {
    SchemaFault::Invalid {
        rule: "schema_reference.3",
        message,
    }
}
