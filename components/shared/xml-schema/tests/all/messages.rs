// SPDX-License-Identifier: Apache-2.0
//! What is said of a document is of use, and gives nothing of it away.

use canonical_xml::Document;
use xml_schema::{Files, Limits, Schema, Unjudged};

use crate::cases;

fn schema(text: &str, limits: &Limits) -> Schema {
    let mut files = Files::new();
    files.add("schema.xsd", text);
    Schema::compile(&files, &["schema.xsd"], limits).unwrap()
}

const ORDER: &str = r#"<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema">
  <xs:element name="Order"><xs:complexType><xs:sequence>
    <xs:element name="Code" maxOccurs="unbounded"><xs:simpleType><xs:restriction base="xs:token"><xs:pattern value="[0-9]{6}[+A-][0-9]{3}."/></xs:restriction></xs:simpleType></xs:element>
  </xs:sequence><xs:attribute name="day" type="xs:date"/></xs:complexType></xs:element>
</xs:schema>"#;

#[test]
fn no_content_of_the_document_is_repeated() {
    let schema = schema(ORDER, &Limits::default());
    let secret = "131052-308T!";
    let document = format!("<Order day='{secret}'>{secret}<Code>{secret}</Code></Order>");
    let found = cases::verdict(&schema, document.as_bytes());
    assert_eq!(found.lines().count(), 3, "{found}");
    assert!(!found.contains("131052"), "{found}");
    assert!(
        found.contains("/Order/@day") && found.contains("1:39 /Order/Code"),
        "{found}"
    );
}

#[test]
fn as_many_violations_are_listed_as_are_allowed() {
    let wrong = format!("<Order>{}</Order>", "<Code>x</Code>".repeat(9));
    for (violations, listed) in [(8, 8), (9, 9), (10, 9)] {
        let limits = Limits {
            violations,
            ..Limits::default()
        };
        let found = cases::verdict(&schema(ORDER, &limits), wrong.as_bytes());
        assert_eq!(found.lines().count(), listed);
    }
}

#[test]
fn elements_have_their_places() {
    let schema = schema(ORDER, &Limits::default());
    let elements = schema.elements();
    let [(name, file, position)] = elements.as_slice() else {
        panic!("{elements:?}");
    };
    assert_eq!(
        (
            name.to_string().as_str(),
            *file,
            position.to_string().as_str()
        ),
        ("Order", "schema.xsd", "2:3")
    );
    assert!(schema.has_element("", "Order") && !schema.has_element("", "Code"));
}

#[test]
fn an_element_is_judged_as_if_it_were_a_document() {
    let schema = schema(ORDER, &Limits::default());
    let text = b"<Envelope><Body><Order><Code>131052-308T</Code></Order></Body></Envelope>";
    let document = Document::parse(text, &canonical_xml::Limits::default()).unwrap();
    let body = document.find(&"/Envelope/Body".parse().unwrap());
    let order = body[0].children().next().unwrap();
    assert_eq!(schema.validate_element(order), Ok(Vec::new()));
    assert_eq!(schema.validate(&document).unwrap().len(), 1);
}

/// Text that was left in a source is not taken for none.
#[test]
fn text_that_is_elsewhere_is_not_judged() {
    struct Bytes(Vec<u8>);
    impl canonical_xml::Source for Bytes {
        type Error = std::convert::Infallible;

        fn size(&self) -> Result<u64, Self::Error> {
            Ok(self.0.len() as u64)
        }

        fn read(&self, offset: u64, length: usize, into: &mut Vec<u8>) -> Result<(), Self::Error> {
            let start = usize::try_from(offset).unwrap();
            into.extend_from_slice(&self.0[start..start + length]);
            Ok(())
        }

        fn find(&self, set: &[u8], start: u64) -> Result<Option<u64>, Self::Error> {
            let start = usize::try_from(start).unwrap();
            let found = self.0[start..].iter().position(|byte| set.contains(byte));
            Ok(found.map(|at| (start + at) as u64))
        }
    }
    let schema = schema(
        r#"<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema"><xs:element name="a" type="xs:int"/></xs:schema>"#,
        &Limits::default(),
    );
    let source = Bytes(format!("<a>{}</a>", "1".repeat(100_000)).into_bytes());
    let document = Document::load(&source, &canonical_xml::Limits::default()).unwrap();
    let found = schema.validate(&document);
    assert!(
        matches!(found, Err(Unjudged::TextElsewhere { .. })),
        "{found:?}"
    );
}
