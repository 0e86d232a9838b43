// SPDX-License-Identifier: Apache-2.0
//! RSA-PSS, which many versions of libxmlsec1 do not know: libxml2 makes the canonical bytes, OpenSSL verifies.

use base64::{Engine, engine::general_purpose::STANDARD};
use roxmltree::Document;

use super::message::{APPLICATION, Message, only, text};
use xml_testkit::tools;

use crate::project::Project;

const DSIG: &str = "http://www.w3.org/2000/09/xmldsig#";

#[test]
fn rsa_pss_verifies_with_every_hash_and_prefix() {
    if !tools::are_installed(&["openssl", "xmllint"]) {
        return;
    }
    for (hash, prefix) in [
        ("sha256", "ds"),
        ("sha256", ""),
        ("sha384", "ds"),
        ("sha512", "ds"),
    ] {
        let project = Project::new();
        let algorithm = format!("rsa-pss-{hash}");
        project.set("settings.wire.signature-algorithm", &*algorithm);
        project.set("settings.wire.digest-algorithm", hash);
        project.set("settings.wire.signature-prefix", prefix);
        project.set("keys.builder.algorithms", vec![algorithm]);
        let message = Message::build(&project);
        let value = text(&message.document, DSIG, "SignatureValue");
        project.write("signature", STANDARD.decode(value).unwrap());
        let declaration = match prefix {
            "" => format!(" xmlns=\"{DSIG}\""),
            prefix => format!(" xmlns:{prefix}=\"{DSIG}\""),
        };
        let signed = canonical(&project, &message, (DSIG, "SignedInfo"), &declaration);
        assert!(verifies(&project, hash, &signed), "{hash}, `{prefix}`");
        let changed = String::from_utf8(signed)
            .unwrap()
            .replace("#content", "#contend");
        assert!(!verifies(&project, hash, changed.as_bytes()));
        let declaration = format!(" xmlns=\"{APPLICATION}\"");
        let content = canonical(&project, &message, (APPLICATION, "Content"), &declaration);
        project.write("content", content);
        let digest = tools::output(
            &project.path(""),
            &format!("openssl dgst -{hash} -binary content"),
        );
        assert_eq!(
            text(&message.document, DSIG, "DigestValue"),
            STANDARD.encode(digest)
        );
    }
}

/// Canonical bytes of an element: cut out, given the declaration that it has from its parents, written by libxml2.
fn canonical(
    project: &Project,
    message: &Message,
    name: (&str, &str),
    declaration: &str,
) -> Vec<u8> {
    let document = Document::parse(&message.document).unwrap();
    let cut = &message.document[only(&document, name.0, name.1).range()];
    let end = cut.find([' ', '>']).unwrap();
    project.write(
        "cut.xml",
        format!("{}{declaration}{}", &cut[..end], &cut[end..]),
    );
    tools::output(&project.path(""), "xmllint --nonet --exc-c14n cut.xml")
}

fn verifies(project: &Project, hash: &str, signed: &[u8]) -> bool {
    let folder = project.path("");
    project.write("signed", signed);
    let public = tools::output(&folder, "openssl x509 -in pki/builder.pem -noout -pubkey");
    project.write("public.pem", public);
    let options = "-sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:digest";
    let command =
        format!("openssl dgst -{hash} {options} -verify public.pem -signature signature signed");
    tools::run(&folder, &command).status.success()
}
