// SPDX-License-Identifier: Apache-2.0
//! Signatures that must not count.

use super::message::{APPLICATION, Upload, ecdsa, signature, signed_info};
use super::{BUILDER, send, world};
use crate::peers::authority::{Authority, Identity, set_serial_number};

/// Asserts on the code and on the first check that did not pass.
fn assert_refused(document: &str, code: &str, failed: &str) {
    let (reply, record) = send(&Upload::default().soap(document));
    let reason = record.reason.clone().unwrap_or_default();
    assert_eq!(reply.code(), code, "{reason}");
    assert_eq!(
        super::ALL_CHECKS.get(record.checks.len()),
        Some(&failed),
        "{reason}"
    );
}

fn signed() -> String {
    Upload::default().signed_by(&world().builder)
}

#[test]
fn structure_is_walked_and_algorithms_are_listed() {
    let right = signed();
    let (before, rest) = right.split_once("<ds:Signature ").unwrap();
    let (inside, after) = rest.split_once("</ds:Signature>").unwrap();
    let element = format!("<ds:Signature {inside}</ds:Signature>");
    assert_refused(&format!("{before}{after}"), "454", "signature-structure");
    assert_refused(
        &format!("{before}{element}{element}{after}"),
        "454",
        "signature-structure",
    );

    #[rustfmt::skip]
    let rows = [
        ("ecdsa-sha256", "ecdsa-sha1"),
        ("ecdsa-sha256", "hmac-sha256"),
        ("http://www.w3.org/2001/04/xmlenc#sha256", "http://www.w3.org/2000/09/xmldsig#sha1"),
        (
            "Transform Algorithm=\"http://www.w3.org/2001/10/xml-exc-c14n#",
            "Transform Algorithm=\"http://www.w3.org/2001/10/xml-exc-c14n#WithComments",
        ),
        (
            "CanonicalizationMethod Algorithm=\"http://www.w3.org/2001/10/xml-exc-c14n#",
            "CanonicalizationMethod Algorithm=\"http://www.w3.org/2006/12/xml-c14n11",
        ),
        ("<ds:DigestValue>", "<ds:DigestValue><!-- -->"),
        ("<ds:DigestValue>", "<ds:DigestValue>!"),
        ("<ds:SignatureValue>", "<ds:SignatureValue></ds:SignatureValue><ds:SignatureValue>"),
        ("</ds:Signature>", "<ds:Object/></ds:Signature>"),
        ("</ds:Transforms>", "<ds:Transform Algorithm=\"http://www.w3.org/2001/10/xml-exc-c14n#\"/></ds:Transforms>"),
        ("<ds:X509Certificate>", "<ds:X509Certificate>AAAA"),
        ("X509Certificate>", "X509Other>"),
        ("<ds:Reference URI=\"#c1\">", "<ds:Reference>"),
    ];
    for (from, to) in rows {
        let spoilt = right.replace(from, to);
        assert_ne!(spoilt, right, "{from}");
        assert_refused(&spoilt, "454", "signature-structure");
    }
    // A second Reference, well-formed and even right.
    let reference = inside
        .split_once("<ds:Reference")
        .unwrap()
        .1
        .split_once("</ds:Reference>")
        .unwrap()
        .0;
    let twice = right.replace(
        "</ds:SignedInfo>",
        &format!("<ds:Reference{reference}</ds:Reference></ds:SignedInfo>"),
    );
    assert_refused(&twice, "454", "signature-structure");
}

#[test]
fn tampering_is_found() {
    let right = signed();
    // In the content, in SignedInfo, in the value, in the algorithm.
    assert_refused(
        &right.replace("</Content>", "AAAA</Content>"),
        "454",
        "signature-digest",
    );
    assert_refused(&right.replace("#c1\"", "#c2\""), "454", "signature-value");
    assert_refused(
        &right.replace("<ds:SignatureValue>", "<ds:SignatureValue>AAAA"),
        "454",
        "signature-value",
    );
    assert_refused(
        &right.replace("ecdsa-sha256", "rsa-sha256"),
        "454",
        "signature-value",
    );
    // An attribute of the signed element counts as well.
    assert_refused(
        &right.replace("<Content ", "<Content a=\"b\" "),
        "454",
        "signature-digest",
    );
}

#[test]
fn the_reference_must_lead_to_the_content_that_is_read() {
    let message = Upload::default();
    let builder = &world().builder;
    let with_info = |info: String| {
        message.document(&signature(
            &info,
            &ecdsa(builder, &info),
            &[builder.certificate.der()],
        ))
    };
    // Rightly signed, but something else than the content.
    let other = format!("<Reference xmlns=\"{APPLICATION}\" Id=\"r1\">REF-1</Reference>");
    let document =
        with_info(signed_info("#r1", &other)).replace("<Reference>", "<Reference Id=\"r1\">");
    assert_refused(&document, "454", "signature-digest");
    // The whole document needs the enveloped transform, an external part is not fetched.
    for uri in [
        "",
        "#",
        "#c2",
        "c1",
        "http://localhost/c1",
        "#xpointer(id('c1'))",
    ] {
        assert_refused(&with_info(signed_info(uri, "")), "454", "signature-digest");
    }
    // One Id twice: which element is meant would depend on the reader.
    for name in ["Id", "ID", "id"] {
        let twice = signed().replace("<Application>", &format!("<Application {name}=\"c1\">"));
        assert_refused(&twice, "454", "signature-digest");
    }
}

#[test]
fn a_wrapped_original_does_not_vouch_for_another_content() {
    // The signed Content is moved away and another takes its place.
    let right = signed();
    let (before, rest) = right.split_once("<Content ").unwrap();
    let (content, after) = rest.split_once("</Content>").unwrap();
    let original = format!("<Content {content}</Content>");
    let forged = "<Content Id=\"c9\">PGEvPg==</Content>";
    let in_object = after.replace(
        "</ds:Signature>",
        &format!("<ds:Object>{original}</ds:Object></ds:Signature>"),
    );
    assert_refused(
        &format!("{before}{forged}{in_object}"),
        "454",
        "signature-structure",
    );
    let in_data = after.replace("</ds:X509Data>", &format!("{original}</ds:X509Data>"));
    assert_refused(
        &format!("{before}{forged}{in_data}"),
        "454",
        "signature-digest",
    );
}

#[test]
fn the_signer_must_be_the_builder_and_known() {
    let signed_by = |signer: &Identity| Upload::default().signed_by(signer);
    let authority = &world().builder_authority;
    assert_refused(
        &signed_by(&authority.issue_to("1000002-0")),
        "455",
        "signer-identity",
    );
    assert_refused(
        &signed_by(&authority.issue_to("76543212")),
        "455",
        "signer-identity",
    );
    assert_refused(
        &signed_by(&authority.issue(|_| {})),
        "455",
        "signer-identity",
    );
    assert_refused(
        &signed_by(&Authority::new("Builders").issue_to(BUILDER)),
        "455",
        "signer-chain",
    );
    let expired = authority.issue(|params| {
        set_serial_number(params, BUILDER);
        params.not_after = rcgen::date_time_ymd(2001, 1, 1);
    });
    assert_refused(&signed_by(&expired), "455", "signer-chain");
    let not_for_signing = authority.issue(|params| {
        set_serial_number(params, BUILDER);
        params.key_usages = vec![rcgen::KeyUsagePurpose::KeyAgreement];
    });
    assert_refused(&signed_by(&not_for_signing), "455", "signer-chain");
}

#[test]
fn intermediates_may_come_along() {
    let below = world().builder_authority.intermediate("Below");
    let builder = below.issue_to(BUILDER);
    assert_refused(
        &Upload::default().signed_by(&builder),
        "455",
        "signer-chain",
    );
    let message = Upload::default();
    let content = format!("<Content xmlns=\"{APPLICATION}\" Id=\"c1\">{}</Content>", {
        let document = message.document("");
        let (_, rest) = document.split_once("Id=\"c1\">").unwrap();
        rest.split_once('<').unwrap().0.to_owned()
    });
    let info = signed_info("#c1", &content);
    let chain: [&[u8]; 2] = [builder.certificate.der(), below.der()];
    let document = message.document(&signature(&info, &ecdsa(&builder, &info), &chain));
    assert_eq!(send(&message.soap(&document)).0.code(), "000");
}
