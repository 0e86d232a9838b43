// SPDX-License-Identifier: Apache-2.0
//! Envelopes taken apart, and those that are refused.

use canonical_xml::{Document, Element, ElementRef, Limits, NoBlob, Position, to_bytes};
use soap::{Content, Envelope, SoapError, SoapErrorKind, Version, envelope};

const V11: &str = "http://schemas.xmlsoap.org/soap/envelope/";
const V12: &str = "http://www.w3.org/2003/05/soap-envelope";

/// What is read of a message: local names of its header blocks, of those that we must understand, and of its entries.
#[derive(Debug, PartialEq)]
struct Outline {
    version: Version,
    blocks: Vec<String>,
    mandatory: Vec<String>,
    entries: Vec<String>,
}

/// Reads an envelope whose namespace is bound to `e`.
fn opened(namespace: &str, inside: &str) -> Result<Outline, SoapError> {
    let document = format!("<e:Envelope xmlns:e='{namespace}'>{inside}</e:Envelope>");
    read(document.as_bytes())
}

fn read(bytes: &[u8]) -> Result<Outline, SoapError> {
    let document = Document::parse(bytes, &Limits::default()).unwrap();
    let envelope = Envelope::of(&document)?;
    let Content::Entries(entries) = envelope.content()? else {
        panic!("no fault was expected");
    };
    let names = |elements: &[ElementRef<'_>]| -> Vec<String> {
        let names = elements.iter().map(|element| element.local().to_owned());
        names.collect()
    };
    let must = |block: &&ElementRef<'_>| {
        envelope.must_understand(**block) && envelope.is_for_us(**block, &[])
    };
    let mandatory: Vec<_> = envelope.blocks().iter().filter(must).copied().collect();
    Ok(Outline {
        version: envelope.version(),
        blocks: names(envelope.blocks()),
        mandatory: names(&mandatory),
        entries: names(&entries),
    })
}

#[test]
fn what_is_built_opens() {
    for version in [Version::V11, Version::V12] {
        let block: Element<NoBlob> = Element::new("urn:h", "Token");
        let entries = vec![Element::new("urn:a", "One"), Element::new("urn:a", "Two")];
        let built = envelope(version, vec![block], entries);
        let outline = Outline {
            version,
            blocks: vec!["Token".to_owned()],
            mandatory: Vec::new(),
            entries: vec!["One".to_owned(), "Two".to_owned()],
        };
        assert_eq!(read(&to_bytes(&built).unwrap()).unwrap(), outline);
    }
}

#[test]
fn header_may_be_missing_or_empty_and_body_empty() {
    for inside in [
        "<e:Body/>",
        "<e:Header/><e:Body></e:Body>",
        "\n <e:Header>\n</e:Header>\t<e:Body> </e:Body>\n",
    ] {
        let message = opened(V11, inside).unwrap();
        assert!(message.blocks.is_empty() && message.entries.is_empty());
    }
}

#[test]
fn elements_that_are_only_called_fault_are_content() {
    let message = opened(V11, "<e:Body><Fault/></e:Body>").unwrap();
    assert_eq!(message.entries, ["Fault"]);
}

#[test]
fn mandatory_header_blocks_are_those_addressed_to_us() {
    let message = opened(
        V11,
        "<e:Header><a e:mustUnderstand='1'/><b e:mustUnderstand='0'/><c/><d mustUnderstand='1'/>\
         <f e:mustUnderstand='1' e:actor='http://schemas.xmlsoap.org/soap/actor/next'/>\
         <g e:mustUnderstand='1' e:actor='urn:other'/></e:Header><e:Body/>",
    );
    assert_eq!(message.unwrap().mandatory, ["a", "f"]);
    let message = opened(
        V12,
        "<e:Header xmlns='urn:h'><a e:mustUnderstand='true'/><b e:mustUnderstand=' 1 '/><c e:mustUnderstand='false'/>\
         <d e:mustUnderstand='1' e:role='http://www.w3.org/2003/05/soap-envelope/role/ultimateReceiver'/>\
         <f e:mustUnderstand='1' e:role='http://www.w3.org/2003/05/soap-envelope/role/none'/></e:Header><e:Body/>",
    );
    assert_eq!(message.unwrap().mandatory, ["a", "b", "d"]);
}

#[test]
fn envelopes_refused() {
    use SoapErrorKind::*;
    #[rustfmt::skip]
    let rows = [
        ("", MissingBody, "/Envelope"),
        ("<e:Header/>", MissingBody, "/Envelope"),
        ("<e:Body/><e:Body/>", UnexpectedElement, "/Envelope/Body[2]"),
        ("<e:Body/><e:Header/>", UnexpectedElement, "/Envelope/Header"),
        ("<e:Header/><e:Header/><e:Body/>", UnexpectedElement, "/Envelope/Header[2]"),
        ("<e:Body/><x/>", UnexpectedElement, "/Envelope/x"),
        ("<x/><e:Body/>", UnexpectedElement, "/Envelope/x"),
        ("<Body/>", UnexpectedElement, "/Envelope/Body"),
        ("<Body xmlns='http://www.w3.org/2003/05/soap-envelope'/>", UnexpectedElement, "/Envelope/Body"),
        ("x<e:Body/>", UnexpectedText, "/Envelope"),
        ("<e:Header>x</e:Header><e:Body/>", UnexpectedText, "/Envelope/Header"),
        ("<e:Body>x</e:Body>", UnexpectedText, "/Envelope/Body"),
        ("<e:Body><e:Fault/><x/></e:Body>", FaultNotAlone, "/Envelope/Body/Fault"),
        ("<e:Body><x/><e:Fault/></e:Body>", FaultNotAlone, "/Envelope/Body/Fault"),
        ("<e:Body><e:Fault/><e:Fault/></e:Body>", FaultNotAlone, "/Envelope/Body/Fault[1]"),
    ];
    for (inside, kind, path) in rows {
        let error = opened(V11, inside).unwrap_err();
        assert_eq!((error.kind, error.path.as_str()), (kind, path), "{inside}");
    }
}

#[test]
fn foreign_roots_are_told_apart() {
    let refusal = |document: &str| {
        let error = read(document.as_bytes()).unwrap_err();
        (error.kind, error.path)
    };
    let unknown = "<Envelope xmlns='http://www.w3.org/2001/06/soap-envelope'><Body/></Envelope>";
    assert_eq!(
        refusal(unknown),
        (SoapErrorKind::VersionMismatch, "/Envelope".to_owned())
    );
    assert_eq!(refusal("<Envelope/>").0, SoapErrorKind::VersionMismatch);
    assert_eq!(
        refusal("<html/>"),
        (SoapErrorKind::NotAnEnvelope, "/html".to_owned())
    );
    assert_eq!(
        refusal(&format!("<Body xmlns='{V11}'/>")).0,
        SoapErrorKind::NotAnEnvelope
    );
}

#[test]
fn an_error_says_where_and_what_to_do() {
    let error = opened(V11, "\n<e:Body/><x/>").unwrap_err();
    assert_eq!(
        error.position,
        Some(Position {
            line: 2,
            column: 10
        })
    );
    assert_eq!(
        error.to_string(),
        "/Envelope/x (line 2, column 10): this element is not expected here; \
         an envelope holds at most one header, then exactly one body"
    );
    let other = read(b"<Envelope xmlns='urn:a'/>").unwrap_err();
    assert!(
        other
            .to_string()
            .starts_with("/Envelope (line 1, column 1): the namespace of the envelope")
    );
}
