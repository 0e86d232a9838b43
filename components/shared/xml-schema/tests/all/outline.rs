// SPDX-License-Identifier: Apache-2.0
//! What a schema says of its declarations to whoever asks.

use xml_schema::{Declared, Files, Limits, Schema, Term};

const SCHEMA: &str = r###"<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" targetNamespace="urn:t" xmlns="urn:t">
  <xs:simpleType name="Language">
    <xs:restriction base="xs:token"><xs:enumeration value="FI"/><xs:enumeration value="SV"/></xs:restriction>
  </xs:simpleType>
  <xs:element name="Header">
    <xs:complexType>
      <xs:sequence>
        <xs:element name="Sent" type="xs:dateTime"/>
        <xs:choice minOccurs="0"><xs:element name="Id" fixed="7" type="xs:string"/><xs:any namespace="##other"/></xs:choice>
      </xs:sequence>
      <xs:attribute name="lang" type="Language" use="required"/>
    </xs:complexType>
  </xs:element>
</xs:schema>"###;

fn compiled() -> Schema {
    let mut files = Files::new();
    files.add("t.xsd", SCHEMA);
    Schema::compile(&files, &["t.xsd"], &Limits::default()).unwrap()
}

#[test]
fn elements_say_what_is_in_them_and_where_they_are_declared() {
    let schema = compiled();
    assert!(schema.declared("", "Header").is_none());
    let header = schema.declared("urn:t", "Header").unwrap();
    assert_eq!(header.place().0, "t.xsd");
    assert_eq!(header.place().1.to_string(), "5:3");
    assert!(header.text().is_none());
    let content = header.content().unwrap();
    let Term::Sequence(particles) = content.term else {
        panic!("no sequence")
    };
    let [sent, choice] = particles.as_slice() else {
        panic!("not two")
    };
    let Term::Element(sent) = &sent.term else {
        panic!("no element")
    };
    assert_eq!(sent.name().to_string(), "Sent");
    let text = sent.text().unwrap();
    assert_eq!(text.built_in(), "dateTime");
    assert!(text.accepts("2026-01-31T12:00:00Z") && !text.accepts("today"));
    assert!(text.words().is_empty() && text.fixed().is_none());
    assert_eq!((choice.least, choice.most), (0, Some(1)));
    let Term::Choice(alternatives) = &choice.term else {
        panic!("no choice")
    };
    let of = |number: usize| alternatives[number].term.clone();
    assert!(matches!(of(1), Term::Any));
    let Term::Element(id) = of(0) else {
        panic!("no element")
    };
    assert_eq!(id.text().unwrap().fixed(), Some("7"));
}

#[test]
fn attributes_say_what_they_may_be() {
    let schema = compiled();
    let header: Declared<'_> = schema.declared("urn:t", "Header").unwrap();
    let attributes: Vec<_> = header.attributes().collect();
    let [language] = attributes.as_slice() else {
        panic!("not one")
    };
    assert!(language.is_required());
    assert_eq!(language.name().to_string(), "lang");
    assert_eq!(language.place().1.line, 11);
    assert_eq!(language.text().words(), ["FI", "SV"]);
    assert_eq!(language.text().built_in(), "token");
}
