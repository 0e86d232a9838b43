// SPDX-License-Identifier: Apache-2.0
//! `silta xml sign`: what it makes, and what it refuses. Other people's programs verify in `interop`.

use crate::{
    project::{Project, Refusal},
    signers::{MESSAGE, ORDER, project},
};

const KEY: &str = "--key p256.key --cert p256.pem --out signed.xml";

/// Signs, and sees that the program verifies what it made; the report on the signing.
#[track_caller]
fn signed(project: &Project, arguments: &str, require: &str) -> serde_json::Value {
    let run = project.silta(&format!("xml sign {arguments} {KEY} --json"));
    let report = run.succeeds().json();
    let verify = format!("xml verify signed.xml --cert p256.pem --require {require} --json");
    let verified = project.silta(&verify).succeeds().json();
    assert_eq!(verified["signature"], report["signature"]);
    assert_eq!(verified["covered"], report["covered"]);
    report
}

#[test]
fn a_document_is_signed_in_each_form_and_no_other_byte_is_touched() {
    let project = project();
    #[rustfmt::skip]
    let rows = [
        ("order.xml", "/Order", "", "<none></none>"),
        ("order.xml --id item", "/Order/Item[1]", "#item", "<deep/>"),
        ("order.xml --form by-id --id item", "/Order/Item[1]", "#item", "<none></none>"),
        ("order.xml --form by-id --path /Order", "/Order", "#order", "<none></none>"),
    ];
    for (arguments, require, uri, holder) in rows {
        let report = signed(&project, arguments, require);
        assert_eq!(report["valid"], true);
        assert_eq!(report["covered"][0]["uri"], uri, "{arguments}");
        assert_eq!(report["signer"]["subject"], "CN=p256");
        assert_eq!(report["out"]["file"], "signed.xml");
        assert_eq!(report["warnings"], serde_json::json!([]));
        let text = project.text("signed.xml");
        let start = text.find("<ds:Signature ").unwrap();
        let end = text.find("</ds:Signature>").unwrap() + "</ds:Signature>".len();
        assert_eq!([&text[..start], &text[end..]].concat(), ORDER);
        assert!(text[..start].ends_with(holder));
    }
}

#[test]
fn a_message_gets_a_security_header_with_a_lifetime() {
    let project = project();
    let arguments = "message.xml --form ws-security --lifetime 300 --at 2026-01-31T12:00:00Z";
    let report = signed(&project, arguments, "/Envelope/Body");
    assert_eq!(
        report["lifetime"],
        serde_json::json!(["2026-01-31T12:00:00Z", "2026-01-31T12:05:00Z"])
    );
    let paths = report["covered"].as_array().unwrap().iter();
    let paths: Vec<_> = paths.map(|part| part["path"].as_str().unwrap()).collect();
    assert_eq!(
        paths,
        [
            "/Envelope/Header/Security/Timestamp",
            "/Envelope/Header/Security/BinarySecurityToken",
            "/Envelope/Body"
        ]
    );
    let text = project.text("signed.xml");
    assert!(text.contains("<wsu:Created>2026-01-31T12:00:00.000Z</wsu:Created>"));
    assert!(text.contains(" soapenv:mustUnderstand=\"1\""));
}

#[test]
fn what_is_shown_names_signature_signer_and_file() {
    let project = project();
    let run = project.silta(&format!("xml sign order.xml {KEY}"));
    for piece in [
        "/Order/Signature",
        "ecdsa-sha256",
        "CN=p256",
        "signed.xml",
        "Covered",
    ] {
        assert!(run.succeeds().out.contains(piece), "{}", run.out);
    }
    // To standard output goes the document and nothing else.
    let run = project.silta("xml sign order.xml --key p256.key --cert p256.pem --out -");
    assert_eq!(
        run.exits(0).out,
        project
            .text("signed.xml")
            .replace(value(&project.text("signed.xml")), value(&run.out))
    );
    assert!(run.err.contains("/Order/Signature"));
}

/// The value of the one signature; with ECDSA no two are the same.
fn value(text: &str) -> &str {
    let (_, rest) = text.split_once("<ds:SignatureValue>").unwrap();
    rest.split_once("</ds:SignatureValue>").unwrap().0
}

#[test]
fn an_expired_certificate_and_earlier_signatures_are_warned_of() {
    let project = project();
    let arguments = "--key expired.key --cert expired.pem --out signed.xml";
    let run = project.silta(&format!("xml sign order.xml {arguments}"));
    run.exits(0);
    assert!(run.err.contains("expired on 2021-01-01"), "{}", run.err);
    let run = project.silta(&format!("xml sign order.xml {arguments} --json"));
    let warnings = run.succeeds().json()["warnings"].clone();
    assert!(
        warnings[0]
            .as_str()
            .unwrap()
            .contains("It signs all the same")
    );
    assert_eq!(warnings.as_array().unwrap().len(), 1);

    let again = "xml sign signed.xml --key p256.key --cert p256.pem --out twice.xml --json";
    let report = project.silta(again).succeeds().json();
    assert_eq!(report["earlierSignatures"], 1);
    let warning = report["warnings"][0].as_str().unwrap();
    assert!(warning.contains("had signatures before"), "{warning}");
}

#[test]
fn what_cannot_be_signed_is_refused_and_writes_nothing() {
    let project = project();
    project.write(
        "latin.xml",
        b"<?xml version='1.0' encoding='iso-8859-1'?><a>\xE4</a>",
    );
    project.write("broken.xml", "<a>");
    project.write("empty.xml", "<a/>");
    let secured = MESSAGE.replace(
        "\n  <s:Body>",
        "<s:Header><w:Security xmlns:w='http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd'/></s:Header><s:Body>",
    );
    project.write("secured.xml", secured);
    #[rustfmt::skip]
    let rows = [
        ("order.xml --id twice", 4, "id.not-unique", "", "occurs more than once"),
        ("order.xml --path /Order/Item[2]", 4, "id.not-unique", "", "make Ids unique"),
        ("order.xml --id nobody", 4, "id.not-found", "", "no element carries this Id"),
        ("order.xml --path /Order/Nothing", 4, "path.not-found", "", "check its names"),
        ("order.xml --path /Order/Item", 4, "path.not-unique", "", "/Order/Item[2]"),
        ("order.xml --path /Order/none", 4, "id.missing", "", "give it an attribute Id"),
        ("empty.xml", 4, "signature.no-place", "", "a start tag and an end tag"),
        ("latin.xml", 4, "xml.encoding", "", "convert it to UTF-8"),
        ("broken.xml", 6, "xml.malformed", "1:4", "not closed"),
        ("order.xml --form by-id", 2, "command-line", "", "--form: a signature by Id is of an element"),
        ("message.xml --form ws-security --id a", 2, "command-line", "", "name no other element"),
        ("order.xml --path Order", 2, "command-line", "", "--path: "),
        ("order.xml --c14n exclusiv", 2, "command-line", "", "known are: http://www.w3.org/"),
        ("order.xml --form ws-security", 4, "soap.envelope", "/Order", "no SOAP envelope"),
        ("secured.xml --form ws-security", 4, "ws-security.present", "", "leave it out"),
        ("order.xml --algorithm rsa-sha256", 2, "command-line", "", "--algorithm: a key of this kind (P-256) cannot sign with rsa-sha256"),
        ("none.xml", 8, "file.unreadable", "none.xml", "none.xml"),
    ];
    for (arguments, exit, code, path, says) in rows {
        let arguments = format!("xml sign {arguments} {KEY}");
        let refusal = Refusal {
            exit,
            code,
            path,
            says: &[says],
        };
        project.refuses(&arguments, &refusal);
    }
    // Found out while the command line is read.
    for (name, says) in [
        ("rsa-sha1", "nothing is signed with SHA-1"),
        ("dsa", "this algorithm is not known; known are rsa-sha256"),
    ] {
        let run = project.silta(&format!("xml sign order.xml {KEY} --algorithm {name}"));
        assert!(run.exits(2).err.contains(says), "{}", run.err);
    }
}

#[test]
fn keys_and_certificates_that_do_not_serve_are_named() {
    let project = project();
    #[rustfmt::skip]
    let rows = [
        ("rsa.key", "p256.pem", "rsa.key", "does not belong to the certificate"),
        ("p256.pem", "p256.pem", "p256.pem", "p256.pem"),
        ("p256.key", "p256.key", "p256.key", "p256.key"),
        ("order.xml", "p256.pem", "order.xml", "order.xml"),
    ];
    for (key, certificate, path, says) in rows {
        let arguments =
            format!("xml sign order.xml --key {key} --cert {certificate} --out signed.xml");
        let refusal = Refusal {
            exit: 8,
            code: "key.unusable",
            path,
            says: &[says],
        };
        project.refuses(&arguments, &refusal);
    }
}
