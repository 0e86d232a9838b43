// SPDX-License-Identifier: Apache-2.0
//! Models as schemas.

use super::{Attribute, Model, Particle, SIMPLE, Term, Type};

impl Model {
    pub(crate) fn text(&self) -> String {
        let form = if self.is_qualified {
            " elementFormDefault=\"qualified\""
        } else {
            ""
        };
        let mut text = format!(
            "<xs:schema xmlns:xs=\"http://www.w3.org/2001/XMLSchema\" targetNamespace=\"urn:t\" xmlns=\"urn:t\"{form}>\n\
             <xs:element name=\"head\" type=\"xs:int\" abstract=\"true\"/>\n"
        );
        for member in 0..self.members {
            text.push_str(&format!(
                "<xs:element name=\"member{member}\" substitutionGroup=\"head\"/>\n"
            ));
        }
        let mut bases = String::new();
        text.push_str("<xs:element name=\"r\">");
        write_type(&self.root, &mut text, &mut bases);
        text.push_str("</xs:element>\n");
        text.push_str(&bases);
        text.push_str("</xs:schema>\n");
        text
    }
}

fn write_simple(index: usize, text: &mut String) {
    let simple = &SIMPLE[index];
    text.push_str(&format!(
        "<xs:simpleType><xs:restriction base=\"xs:{}\">",
        simple.base
    ));
    for (facet, value) in simple.facets {
        text.push_str(&format!("<xs:{facet} value=\"{value}\"/>"));
    }
    text.push_str("</xs:restriction></xs:simpleType>");
}

fn write_attributes(attributes: &[Attribute], text: &mut String) {
    for attribute in attributes {
        let usage = if attribute.is_required {
            "required"
        } else {
            "optional"
        };
        text.push_str(&format!(
            "<xs:attribute name=\"{}\" use=\"{usage}\">",
            attribute.name
        ));
        write_simple(attribute.simple, text);
        text.push_str("</xs:attribute>");
    }
}

fn write_type(a_type: &Type, text: &mut String, globals: &mut String) {
    match a_type {
        Type::Simple(index) => write_simple(*index, text),
        Type::Valued { simple, attributes } => {
            let name = format!("v{}", globals.len());
            let mut global = String::new();
            write_simple(*simple, &mut global);
            globals.push_str(&global.replacen(
                "<xs:simpleType>",
                &format!("<xs:simpleType name=\"{name}\">"),
                1,
            ));
            text.push_str(&format!(
                "<xs:complexType><xs:simpleContent><xs:extension base=\"{name}\">"
            ));
            write_attributes(attributes, text);
            text.push_str("</xs:extension></xs:simpleContent></xs:complexType>");
        }
        Type::Complex {
            content,
            attributes,
            is_mixed,
            base,
        } => {
            let mixed = format!(" mixed=\"{is_mixed}\"");
            let mut own = String::new();
            let mut below = String::new();
            write_particle(content, &mut own, &mut below);
            write_attributes(attributes, &mut own);
            match base {
                None => text.push_str(&format!("<xs:complexType{mixed}>{own}</xs:complexType>")),
                Some(base) => {
                    let mut first = String::new();
                    write_particle(base, &mut first, &mut below);
                    let name = format!("b{}", globals.len() + below.len());
                    below.push_str(&format!(
                        "<xs:complexType name=\"{name}\"{mixed}>{first}</xs:complexType>\n"
                    ));
                    text.push_str(&format!(
                        "<xs:complexType><xs:complexContent{mixed}><xs:extension base=\"{name}\">{own}</xs:extension></xs:complexContent></xs:complexType>"
                    ));
                }
            }
            // Names hold the length of what is there, so that each is another one.
            globals.push_str(
                &below
                    .replace("name=\"v", &format!("name=\"v{}-", globals.len()))
                    .replace("name=\"b", &format!("name=\"b{}-", globals.len())),
            );
        }
    }
}

fn write_particle(particle: &Particle, text: &mut String, globals: &mut String) {
    let most = particle
        .most
        .map_or_else(|| "unbounded".to_owned(), |most| most.to_string());
    let occurs = format!(" minOccurs=\"{}\" maxOccurs=\"{most}\"", particle.least);
    let mut write_group = |kind: &str, particles: &[Particle]| {
        text.push_str(&format!("<xs:{kind}{occurs}>"));
        for particle in particles {
            write_particle(particle, text, globals);
        }
        text.push_str(&format!("</xs:{kind}>"));
    };
    match &particle.term {
        Term::Sequence(particles) => write_group("sequence", particles),
        Term::Choice(particles) => write_group("choice", particles),
        Term::All(particles) => write_group("all", particles),
        Term::Head => text.push_str(&format!("<xs:element ref=\"head\"{occurs}/>")),
        Term::Any => text.push_str(&format!(
            "<xs:any namespace=\"##other\" processContents=\"lax\"{occurs}/>"
        )),
        Term::Element { name, .. } if name.starts_with('k') => {
            text.push_str(&format!(
                "<xs:element name=\"{name}\" type=\"xs:string\"{occurs}/>"
            ));
        }
        Term::Element {
            name,
            content,
            is_nillable,
        } => {
            text.push_str(&format!(
                "<xs:element name=\"{name}\" nillable=\"{is_nillable}\"{occurs}>"
            ));
            write_type(content, text, globals);
            text.push_str("</xs:element>");
        }
    }
}
