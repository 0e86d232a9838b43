// SPDX-License-Identifier: Apache-2.0
//! What calls are answered with, judged by the schemas in `interop/suomifi` and by libxml2's `xmllint`.

use std::fs;

use canonical_xml::{Canonicalization, Document, Limits, Method, Subset, canonicalize};
use soap::{Content, Envelope, Version};
use tempfile::TempDir;
use xml_testkit::tools;

use super::outcomes::outcomes;
use crate::support::workspace;

/// The schema of the WSDL, and that of the document V1.1, which has another Kohde in the answer to VieKohteita.
const SCHEMAS: [(&str, &str); 2] = [
    ("wsdl", "viranomaispaluukanava.xsd"),
    ("spec-1.1", "viranomaispaluukanava-spec-1.1.xsd"),
];

#[test]
fn every_answer_is_valid_by_its_schema() {
    if !tools::are_installed(&["xmllint"]) {
        return;
    }
    for (shape, schema, least) in [
        (SCHEMAS[0].0, SCHEMAS[0].1, 150),
        (SCHEMAS[1].0, SCHEMAS[1].1, 3),
    ] {
        let of_shape = outcomes().iter().filter(|outcome| outcome.shape == shape);
        let answers = of_shape.flat_map(|outcome| {
            let messages = outcome.answers.iter().filter_map(|answer| message(answer));
            messages.map(|message| (outcome.name.clone(), message))
        });
        let answers: Vec<_> = answers.collect();
        assert!(answers.len() > least, "{} of {shape}", answers.len());
        assert_eq!(invalid(schema, &answers), "");
    }
}

/// A judge that lets everything pass is none.
#[test]
fn a_wrong_answer_is_noticed() {
    if !tools::are_installed(&["xmllint"]) {
        return;
    }
    let right = "<VieKohteitaResponse xmlns=\"http://www.suomi.fi/asiointitili\"><VieKohteitaResult><TilaKoodi><TilaKoodi>0</TilaKoodi></TilaKoodi>\
                 <KohdeMaara>1</KohdeMaara><Kohteet><Kohde><KohteenTila>200</KohteenTila></Kohde></Kohteet></VieKohteitaResult></VieKohteitaResponse>";
    let is_valid = |schema, text: &str| invalid(schema, &[("a".into(), text.into())]).is_empty();
    assert!(is_valid(SCHEMAS[0].1, right));
    for (from, to) in [
        ("<KohdeMaara>1</KohdeMaara>", ""),
        ("<KohteenTila>200", "<KohteenTila>hyvä"),
        ("<Kohde>", "<Kohde><Asiakas/>"),
        ("asiointitili", "asiointi"),
        ("<TilaKoodi>0</TilaKoodi>", ""),
    ] {
        let wrong = right.replace(from, to);
        for (_, schema) in SCHEMAS {
            assert!(!is_valid(schema, &wrong), "{wrong}");
        }
    }
    // The two shapes are not one.
    assert!(!is_valid(SCHEMAS[1].1, right));
}

/// What is accepted by the component in its strict shape is what the schema describes.
#[test]
fn calls_in_the_strict_shape_are_valid_too() {
    if !tools::are_installed(&["xmllint"]) {
        return;
    }
    let calls = outcomes().iter().filter_map(|outcome| {
        let call = message(outcome.strict_call.as_deref()?)?;
        Some((outcome.name.clone(), call))
    });
    let calls: Vec<_> = calls.collect();
    assert!(calls.len() > 2, "{}", calls.len());
    assert_eq!(invalid(SCHEMAS[0].1, &calls), "");
}

#[test]
fn the_description_of_the_service_leads_to_the_schema() {
    let folder = workspace().join("tests/interop/suomifi");
    let text = fs::read_to_string(folder.join("viranomaispaluukanava.wsdl")).unwrap();
    let wsdl = Document::parse(text.as_bytes(), &Limits::default()).unwrap();
    let named = |local: &'static str, attribute: &'static str| {
        let elements = wsdl
            .elements()
            .filter(move |element| element.local() == local);
        let values = elements.filter_map(move |element| element.attribute("", attribute));
        values.map(std::borrow::Cow::into_owned).collect::<Vec<_>>()
    };
    let schema = named("import", "schemaLocation");
    assert_eq!(schema, [SCHEMAS[0].1]);
    let text = fs::read_to_string(folder.join(SCHEMAS[0].1)).unwrap();
    for element in named("part", "element") {
        let local = element.strip_prefix("tns:").unwrap();
        assert!(
            text.contains(&format!("<xs:element name=\"{local}\"")),
            "{local}"
        );
    }
}

/// The element in the body of a SOAP 1.1 message; none for a fault, whose form SOAP prescribes.
fn message(envelope: &str) -> Option<String> {
    let document = Document::parse(envelope.as_bytes(), &Limits::default()).unwrap();
    let envelope = Envelope::of(&document).unwrap();
    assert_eq!(envelope.version(), Version::V11);
    match envelope.content().unwrap() {
        Content::Entries(entries) => {
            assert_eq!(entries.len(), 1);
            let (subset, form) = (
                Subset::element(entries[0]),
                Canonicalization::new(Method::Exclusive),
            );
            let mut octets = Vec::new();
            canonicalize(&subset, &form, &mut octets).unwrap();
            Some(String::from_utf8(octets).unwrap())
        }
        Content::Fault(fault) => {
            assert!(fault.code.is_some() && !fault.reasons.is_empty());
            None
        }
    }
}

/// What `xmllint` says of those that are not valid; nothing of the others.
fn invalid(schema: &str, messages: &[(String, String)]) -> String {
    let folder = TempDir::new().unwrap();
    let files = messages.iter().enumerate().map(|(index, (name, text))| {
        let file = format!("{name}.{index}.xml");
        fs::write(folder.path().join(&file), text).unwrap();
        file
    });
    let files: Vec<_> = files.collect();
    let schema = workspace().join("tests/interop/suomifi").join(schema);
    let command = format!(
        "xmllint --noout --nonet --schema {} {}",
        schema.display(),
        files.join(" ")
    );
    let output = tools::run(folder.path(), &command);
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    let (valid, others): (Vec<_>, Vec<_>) =
        told.lines().partition(|line| line.ends_with(" validates"));
    assert_eq!(output.status.success(), others.is_empty(), "{told}");
    assert!(
        !others.is_empty() || valid.len() == messages.len(),
        "{told}"
    );
    others.join("\n")
}
