// SPDX-License-Identifier: Apache-2.0
//! What calls are answered with, judged by the schemas in `interop/suomifi` and by libxml2's `xmllint`.

use std::{fs, path::Path};

use canonical_xml::{Document, Limits};
use serde_json::Value;
use silta::exchange::Verdict;
use soap::{Content, Envelope, Version};
use tempfile::TempDir;
use xml_testkit::tools;

use super::{
    super::case::{self, Case, Exercise},
    Extra, Viestit, cases, signing,
};
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
    let viestit = Viestit::new();
    let folder = TempDir::new().unwrap();
    let mut judged = [0, 0];
    for (name, (case, body)) in cases() {
        let shape = match shape(&case) {
            Some(shape) => shape,
            None => continue,
        };
        let body = signing::prepared(&case, body.as_deref());
        let verdict = case::validate(&viestit, &case, body.as_deref()).unwrap();
        for answer in answers(&verdict) {
            let Some(message) = message(&answer) else {
                continue;
            };
            let index = SCHEMAS
                .iter()
                .position(|(known, _)| *known == shape)
                .unwrap();
            judge(folder.path(), SCHEMAS[index].1, &message, &name);
            judged[index] += 1;
        }
    }
    assert!(judged[0] > 70 && judged[1] > 3, "{judged:?}");
}

/// A judge that lets everything pass is none.
#[test]
fn a_wrong_answer_is_noticed() {
    if !tools::are_installed(&["xmllint"]) {
        return;
    }
    let folder = TempDir::new().unwrap();
    let right = "<VieKohteitaResponse xmlns=\"http://www.suomi.fi/asiointitili\"><VieKohteitaResult><TilaKoodi><TilaKoodi>0</TilaKoodi></TilaKoodi>\
                 <KohdeMaara>1</KohdeMaara><Kohteet><Kohde><KohteenTila>200</KohteenTila></Kohde></Kohteet></VieKohteitaResult></VieKohteitaResponse>";
    assert!(is_valid(folder.path(), SCHEMAS[0].1, right));
    for (from, to) in [
        ("<KohdeMaara>1</KohdeMaara>", ""),
        ("<KohteenTila>200", "<KohteenTila>hyvä"),
        ("<Kohde>", "<Kohde><Asiakas/>"),
        ("asiointitili", "asiointi"),
        ("<TilaKoodi>0</TilaKoodi>", ""),
    ] {
        let wrong = right.replace(from, to);
        assert!(!is_valid(folder.path(), SCHEMAS[0].1, &wrong), "{wrong}");
        assert!(!is_valid(folder.path(), SCHEMAS[1].1, &wrong), "{wrong}");
    }
    // The two shapes are not one.
    assert!(!is_valid(folder.path(), SCHEMAS[1].1, right));
}

/// What is accepted by the component in its strict shape is what the schema describes.
#[test]
fn calls_in_the_strict_shape_are_valid_too() {
    if !tools::are_installed(&["xmllint"]) {
        return;
    }
    let folder = TempDir::new().unwrap();
    let mut judged = 0;
    for (name, (case, body)) in cases() {
        let Exercise::Validate { settings, .. } = &case.exercise else {
            continue;
        };
        let is_strict = settings.get("shape") == Some(&Value::from("strict"));
        let viestit = Viestit::new();
        let body = body.as_deref().filter(|_| is_strict);
        let Some(body) = body else { continue };
        let signed = signing::prepared(&case, Some(body));
        let verdict = case::validate(&viestit, &case, signed.as_deref()).unwrap();
        if matches!(verdict, Verdict::Accepted(_)) {
            let text = str::from_utf8(body).unwrap();
            judge(folder.path(), SCHEMAS[0].1, &message(text).unwrap(), &name);
            judged += 1;
        }
    }
    assert!(judged >= 2, "{judged}");
}

/// The shape in which a case has itself answered; none for what is no call.
fn shape(case: &Case<Extra>) -> Option<String> {
    let Exercise::Validate { settings, .. } = &case.exercise else {
        return None;
    };
    let response = settings.get("response");
    let shape = response.and_then(|response| response["item-shape"].as_str());
    Some(shape.unwrap_or("wsdl").to_owned())
}

/// The bodies of what is answered, to the call and to its repetition.
fn answers(verdict: &Verdict) -> Vec<String> {
    let replies = match verdict {
        Verdict::Accepted(accepted) => vec![&accepted.reply, &accepted.reply_to_duplicate],
        Verdict::Rejected(rejected) => vec![&rejected.reply],
    };
    let bodies = replies.iter().map(|reply| reply.body.to_vec());
    bodies
        .map(|body| String::from_utf8(body).unwrap())
        .collect()
}

/// The element in the body of a SOAP 1.1 message; none for nothing, and for a fault, whose form SOAP prescribes.
fn message(envelope: &str) -> Option<String> {
    if envelope.is_empty() {
        return None;
    }
    let limits = Limits {
        bytes: 16 << 20,
        text_length: 16 << 20,
        ..Limits::default()
    };
    let document = Document::parse(envelope.as_bytes(), &limits).unwrap();
    let envelope = Envelope::of(&document).unwrap();
    assert_eq!(envelope.version(), Version::V11);
    match envelope.content().unwrap() {
        Content::Entries(entries) => {
            assert_eq!(entries.len(), 1);
            let mut octets = Vec::new();
            let form = canonical_xml::Canonicalization::new(canonical_xml::Method::Exclusive);
            let subset = canonical_xml::Subset::element(entries[0]);
            canonical_xml::canonicalize(&subset, &form, &mut octets).unwrap();
            Some(String::from_utf8(octets).unwrap())
        }
        Content::Fault(fault) => {
            assert!(fault.code.is_some() && !fault.reasons.is_empty());
            None
        }
    }
}

fn judge(folder: &Path, schema: &str, message: &str, name: &str) {
    assert!(is_valid(folder, schema, message), "{name}: {message}");
}

fn is_valid(folder: &Path, schema: &str, message: &str) -> bool {
    fs::write(folder.join("message.xml"), message).unwrap();
    let schema = workspace().join("tests/interop/suomifi").join(schema);
    let command = format!(
        "xmllint --noout --nonet --huge --schema {} message.xml",
        schema.display()
    );
    let output = tools::run(folder, &command);
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!told.contains("failed to load"), "{told}");
    println!("{told}");
    output.status.success()
}
