// SPDX-License-Identifier: Apache-2.0
//! The usual package with something changed in it, and what is then said.

use std::{fmt::Write as _, fs, path::Path};

use silta_schemas::{
    Package, PackageLimits,
    customs::{Certainty, Comparison, compare},
};

/// The usual package with texts replaced; each has to be there.
fn changed(replaced: &[(&str, &str)]) -> Comparison {
    let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/packages/usual");
    let copy = tempfile::tempdir().unwrap();
    let mut found = vec![false; replaced.len()];
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let mut text = fs::read_to_string(entry.path()).unwrap();
        for ((old, new), found) in replaced.iter().zip(&mut found) {
            *found |= text.contains(old);
            text = text.replace(old, new);
        }
        fs::write(copy.path().join(entry.file_name()), text).unwrap();
    }
    assert!(found.iter().all(|found| *found), "{replaced:?}");
    compare(&Package::open(copy.path(), &PackageLimits::default()).unwrap())
}

/// What is not settled: the package's side, or the setting where it has none.
fn open(comparison: &Comparison) -> Vec<String> {
    let told = comparison.unsettled().map(|row| {
        let theirs = row.theirs.clone();
        theirs.unwrap_or_else(|| row.setting.clone())
    });
    told.collect()
}

fn certainty(comparison: &Comparison, setting: &str) -> Certainty {
    let mut rows = comparison.rows.iter();
    rows.find(|row| row.setting == setting).unwrap().certainty
}

/// Items of a layout, as JSON.
fn layout(comparison: &Comparison, layout: &str) -> String {
    comparison.wire["layouts"][layout].to_string()
}

const APPLICATION: &str = "<xs:element name=\"Application\" type=\"xs:string\"/>";
const END_OF_HEADER: &str =
    "<xs:element name=\"IntermediarySoftwareInfo\" type=\"xs:string\" minOccurs=\"0\"/>";

fn with(old: &str, more: &str) -> Comparison {
    changed(&[(old, &format!("{old}{more}"))])
}

/// What is required and unlike anything of ours is for somebody to decide on.
#[test]
fn what_is_required_and_not_known_is_not_settled() {
    for (more, told) in [
        (
            "<xs:element name=\"Colour\" type=\"xs:int\"/>",
            "Colour: required, and nothing of ours",
        ),
        (
            "<xs:any namespace=\"##other\"/>",
            "something in `` that the schema does not name (xs:any)",
        ),
    ] {
        assert_eq!(open(&with(APPLICATION, more)), [told]);
    }
    for more in [
        "<xs:element name=\"Colour\" type=\"xs:int\" minOccurs=\"0\"/>",
        "<xs:any namespace=\"##other\" minOccurs=\"0\"/>",
        "<xs:element name=\"O\" minOccurs=\"0\"><xs:complexType><xs:choice><xs:element name=\"Q\" type=\"xs:int\"/></xs:choice></xs:complexType></xs:element>",
    ] {
        assert!(open(&with(APPLICATION, more)).is_empty(), "{more}");
    }
}

/// A required element without a text, or with nothing in it that has to be there, is written empty.
#[test]
fn required_elements_without_a_text_are_written() {
    for inner in [
        "<xs:complexType/>",
        "<xs:complexType><xs:sequence><xs:element name=\"Q\" type=\"xs:int\" minOccurs=\"0\"/></xs:sequence></xs:complexType>",
    ] {
        let more = format!("<xs:element name=\"Flags\">{inner}</xs:element>");
        let comparison = with(APPLICATION, &more);
        assert!(open(&comparison).is_empty(), "{:?}", open(&comparison));
        let items = layout(&comparison, "application-request");
        assert!(
            items.contains("\"application\"},{\"at\":\"Flags\"},"),
            "{items}"
        );
    }
}

#[test]
fn a_branch_that_is_made_is_made_whole() {
    for (around, end) in [
        ("<xs:choice>", "</xs:choice>"),
        ("<xs:sequence minOccurs=\"0\">", "</xs:sequence>"),
    ] {
        let old = "<xs:element name=\"IntermediaryBusinessId\" type=\"BusinessIdType\"/>";
        let new = format!(
            "{around}<xs:sequence>{old}<xs:element name=\"Role\" type=\"xs:int\"/></xs:sequence>{end}"
        );
        let comparison = changed(&[(old, &new)]);
        let open = open(&comparison);
        let role = "RequestHeader/Role: required, and nothing of ours";
        assert_eq!(open.len(), 4, "{open:?}");
        assert!(open.iter().all(|one| one == role), "{open:?}");
    }
}

#[test]
fn two_alternatives_of_one_choice_are_not_settled() {
    let old =
        "<xs:element name=\"Timestamp\" type=\"xs:dateTime\"/>\n    <xs:element name=\"Reference\"";
    let choice = "<xs:choice><xs:element name=\"Timestamp\" type=\"xs:dateTime\"/><xs:element name=\"Date\" type=\"xs:date\"/></xs:choice><xs:element name=\"Reference\"";
    assert_eq!(
        open(&changed(&[(old, choice)])),
        ["a choice in ``, of which more than one is ours"]
    );
}

/// Types may hold themselves, and each other without end.
#[test]
fn the_walk_is_bounded() {
    let own = |from: usize, to: usize| {
        let mut all = String::new();
        for number in 0..10 {
            let name = format!("<xs:element name=\"E{number}\" type=\"T{to}\" minOccurs=\"0\"/>");
            all.write_str(&name).unwrap();
        }
        format!(
            "<xs:complexType name=\"T{from}\"><xs:sequence>{all}</xs:sequence></xs:complexType>"
        )
    };
    let old = "<xs:complexType name=\"RequestHeaderType\">";
    let more = "<xs:element name=\"More\" type=\"T0\" minOccurs=\"0\"/>";
    let header = format!("{END_OF_HEADER}{more}");
    // Within itself: what is ours is found as before.
    let itself = changed(&[
        (old, &format!("{}{old}", own(0, 0))),
        (END_OF_HEADER, &header),
    ]);
    assert!(open(&itself).is_empty(), "{:?}", open(&itself));
    // Ten in ten, twelve times.
    let types: String = (0..12).map(|number| own(number, number + 1)).collect();
    let types = format!("{types}<xs:complexType name=\"T12\"/>{old}");
    let deep = changed(&[(old, &types), (END_OF_HEADER, &header)]);
    let open = open(&deep);
    let is_told = |one: &String| one == "more elements than are looked at";
    assert!(open.iter().any(is_told), "{open:?}");
    let told = deep.unknown.join("\n");
    assert!(
        told.contains("1000 elements and attributes") && told.contains("UploadRequest ("),
        "{told}"
    );
}

const BODY: &str = "<wsdl:operation name=\"Upload\"><soap:operation soapAction=\"\"/><wsdl:input>";
const MESSAGE: &str = "<wsdl:message name=\"UploadIn\">";
const ROOT: &str = "<xs:complexType name=\"RequestHeaderType\">";

/// A header block of one text, in a part that is called as the body's is.
#[test]
fn a_header_block_of_one_text_is_told() {
    let header = |name: &str, element: &str| {
        let bound =
            format!("{BODY}<soap:header message=\"tns:H\" part=\"parameters\" use=\"literal\"/>");
        let message = format!(
            "<wsdl:message name=\"H\"><wsdl:part name=\"parameters\" element=\"t:{name}\"/></wsdl:message>{MESSAGE}"
        );
        changed(&[
            (BODY, &bound),
            (MESSAGE, &message),
            (ROOT, &format!("{element}{ROOT}")),
        ])
    };
    let comparison = header(
        "ClientId",
        "<xs:element name=\"ClientId\" type=\"xs:int\"/>",
    );
    assert_eq!(
        open(&comparison),
        ["ClientId: required, and nothing of ours"]
    );
    assert_eq!(
        certainty(&comparison, "names.upload-request"),
        Certainty::Sure
    );
    let told = comparison.unknown.join("\n");
    assert!(
        told.contains("ClientId goes with download-list as well"),
        "{told}"
    );
    let comparison = header(
        "Language",
        "<xs:element name=\"Language\" type=\"LanguageType\"/>",
    );
    assert!(open(&comparison).is_empty(), "{:?}", open(&comparison));
    assert_eq!(
        layout(&comparison, "soap-header"),
        "[{\"at\":\"n1:Language\",\"value\":\"language\"}]"
    );
    assert_eq!(
        open(&header("Absent", "")),
        ["the header block Absent is bound, and its element is not in the package"]
    );
}

/// Blocks go with every request, so that one for another operation alone cannot be had.
#[test]
fn a_header_block_of_another_operation_is_not_settled() {
    let old = "<wsdl:operation name=\"Download\"><soap:operation soapAction=\"\"/><wsdl:input>";
    let bound = format!("{old}<soap:header message=\"tns:UploadIn\" part=\"parameters\"/>");
    let comparison = changed(&[(old, &bound)]);
    assert_eq!(
        open(&comparison),
        [
            "the header block UploadRequest is bound for download and not for upload; blocks go with every request"
        ]
    );
}

/// Operations of another style, as old services have for HTTP GET, refuse nothing that is ours.
#[test]
fn operations_of_another_style_are_told() {
    let old = "<wsdl:portType name=\"CustomsCorporateService\">";
    let get = format!(
        "<wsdl:message name=\"Get\"><wsdl:part name=\"a\" type=\"xs:string\"/></wsdl:message><wsdl:portType name=\"HttpGet\"><wsdl:operation name=\"Upload\"><wsdl:input message=\"tns:Get\"/><wsdl:output message=\"tns:Get\"/></wsdl:operation></wsdl:portType>{old}"
    );
    let comparison = changed(&[(old, &get)]);
    assert!(open(&comparison).is_empty());
    let told = comparison.unknown.join("\n");
    assert!(
        told.contains("operation Upload (") && told.contains("style rpc"),
        "{told}"
    );
}

#[test]
fn guesses_are_not_sure() {
    let unbound = changed(&[(
        "type=\"tns:CustomsCorporateService\">",
        "type=\"tns:Other\">",
    )]);
    assert_eq!(certainty(&unbound, "soap-version"), Certainty::NotFound);
    assert!(!unbound.wire.contains_key("soap-version"));
    let without = changed(&[("<xs:attribute name=\"Id\" type=\"xs:ID\"/>", "")]);
    assert_eq!(certainty(&without, "signature-form"), Certainty::Likely);
    assert_eq!(without.wire["signature-form"], "enveloped-root");
    let action = BODY.replace("soapAction=\"\"", "soapAction=\"urn:u\"");
    let bound = changed(&[(BODY, &action)]);
    assert_eq!(certainty(&bound, "soap-actions.upload"), Certainty::Sure);
}

/// Code and text in the answer itself, one of them as an attribute: a dot stands for the header.
#[test]
fn a_code_in_the_answer_itself_is_found() {
    let header = "<xs:element name=\"ResponseHeader\" type=\"ResponseHeaderType\"/>";
    let plain = "<xs:element name=\"ResponseCode\" type=\"xs:string\"/><xs:element name=\"ResponseText\" type=\"xs:string\"/>";
    let comparison = changed(&[(header, plain)]);
    assert_eq!(open(&comparison), [""; 0]);
    let names = &comparison.wire["names"];
    assert_eq!(names["response-header"], ".");
    assert!(names.get("response-code").is_none(), "{names}");
}
