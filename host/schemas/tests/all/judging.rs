// SPDX-License-Identifier: Apache-2.0
//! Messages judged by the usual package.

use std::path::Path;

use base64::{Engine, engine::general_purpose::STANDARD};
use silta_schemas::{Judgement, Package, PackageLimits};

fn judged(message: &str) -> Judgement {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/packages/usual");
    let package = Package::open(&path, &PackageLimits::default()).unwrap();
    package.judge(message.as_bytes()).unwrap()
}

fn upload(message: &str) -> String {
    format!(
        "<e:Envelope xmlns:e=\"http://schemas.xmlsoap.org/soap/envelope/\"><e:Header><Unknown xmlns=\"urn:x\"/></e:Header><e:Body>\
         <UploadRequest xmlns=\"http://tulli.fi/schema/corporateservice/v1\"><RequestHeader><IntermediaryBusinessId>1234567-1</IntermediaryBusinessId>\
         <Timestamp>2026-01-31T12:00:00Z</Timestamp></RequestHeader>{message}</UploadRequest></e:Body></e:Envelope>"
    )
}

fn in_base64(document: &str) -> String {
    let text = STANDARD.encode(document);
    format!("<ApplicationRequestMessage>{text}</ApplicationRequestMessage>")
}

#[test]
fn the_body_is_judged_and_header_blocks_of_others_are_not() {
    let judgement = judged(&upload(&in_base64("no document")));
    assert_eq!(judgement.judged, ["UploadRequest"]);
    assert_eq!(judgement.violations, [""; 0]);
    let judgement = judged(&upload(""));
    let [violation] = judgement.violations.as_slice() else {
        panic!("{judgement:?}")
    };
    assert!(
        violation.contains("/Envelope/Body/UploadRequest")
            && violation.contains("ApplicationRequestMessage"),
        "{violation}"
    );
}

#[test]
fn documents_within_are_judged_if_the_package_declares_them() {
    let other = judged(&upload(&in_base64("<a/>")));
    assert_eq!(other.judged, ["UploadRequest"]);
    assert_eq!((other.documents, other.not_judged.len()), (0, 1));
    let request = "<ApplicationRequest xmlns=\"http://tulli.fi/schema/external/common/dme/v1\"><Secret>0</Secret></ApplicationRequest>";
    let judgement = judged(&upload(&in_base64(request)));
    assert_eq!(judgement.judged, ["UploadRequest", "ApplicationRequest"]);
    assert_eq!((judgement.documents, judgement.not_judged.len()), (1, 0));
    assert!(
        judgement
            .violations
            .iter()
            .any(|violation| violation.contains("DeclarantBusinessId")),
        "{judgement:?}"
    );
}

/// The very mistake that is looked for: a wrong namespace, a byte order mark before it, a document that ends too early.
#[test]
fn documents_that_are_not_judged_are_named() {
    for (document, told) in [
        (
            "<ApplicationRequest xmlns=\"urn:other\"/>",
            "ApplicationRequest of the namespace `urn:other` is not in the package",
        ),
        ("\u{feff}<a/>", "the document in ApplicationRequestMessage"),
        ("\n<a>", "the document in ApplicationRequestMessage"),
    ] {
        let judgement = judged(&upload(&in_base64(document)));
        assert_eq!(judgement.documents, 0);
        let [one] = judgement.not_judged.as_slice() else {
            panic!("{judgement:?}")
        };
        assert!(one.contains(told), "{one}");
    }
    let with_mark =
        "\u{feff}<ApplicationRequest xmlns=\"http://tulli.fi/schema/external/common/dme/v1\"/>";
    let judgement = judged(&upload(&in_base64(with_mark)));
    assert_eq!(judgement.documents, 1, "{judgement:?}");
}

#[test]
fn what_is_no_xml_is_not_judged() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/packages/usual");
    let package = Package::open(&path, &PackageLimits::default()).unwrap();
    assert!(package.judge(b"no XML").is_err());
}
