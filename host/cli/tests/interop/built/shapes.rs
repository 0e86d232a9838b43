// SPDX-License-Identifier: Apache-2.0
use roxmltree::Document;

use super::{
    judges,
    message::{APPLICATION, Message, SERVICE, only},
};
use crate::project::{BODY, BUILD, Project};

const DSIG: &str = "http://www.w3.org/2000/09/xmldsig#";

#[test]
fn the_signature_has_the_prefix_that_the_settings_say() {
    if !judges::are_present() {
        return;
    }
    for (prefix, tag, form) in [
        ("", "<SignedInfo>", "content-by-id"),
        ("", "<SignedInfo>", "enveloped-root"),
        ("", "<SignedInfo>", "enveloped-by-id"),
        ("ds", "<ds:SignedInfo>", "enveloped-root"),
        ("x-1", "<x-1:SignedInfo>", "enveloped-by-id"),
    ] {
        let project = Project::new();
        project.set("settings.wire.signature-prefix", prefix);
        project.set("settings.wire.signature-form", form);
        let message = Message::build(&project);
        assert!(message.document.contains(tag), "{}", message.document);
        judges::accept(&project, &message);
    }
}

#[test]
fn a_wrapper_stands_around_format_and_content() {
    if !judges::are_present() {
        return;
    }
    for form in ["content-by-id", "enveloped-by-id"] {
        let project = Project::new();
        project.set("settings.wire.content-wrapper", "ApplicationContent");
        project.set("settings.wire.signature-form", form);
        let message = Message::build(&project);
        judges::accept(&project, &message);
        let document = Document::parse(&message.document).unwrap();
        for name in ["ContentFormat", "Content"] {
            let parent = only(&document, APPLICATION, name).parent().unwrap();
            assert!(
                parent.has_tag_name((APPLICATION, "ApplicationContent")),
                "{name}"
            );
        }
        let signature = only(&document, DSIG, "Signature");
        assert!(
            signature
                .parent()
                .unwrap()
                .has_tag_name((APPLICATION, "ApplicationRequest"))
        );
    }
}

#[test]
fn soap_1_2_has_its_own_envelope_and_header() {
    if !judges::are_present() {
        return;
    }
    for (version, namespace, media_type) in [
        (
            "1.1",
            "http://schemas.xmlsoap.org/soap/envelope/",
            "text/xml",
        ),
        (
            "1.2",
            "http://www.w3.org/2003/05/soap-envelope",
            "application/soap+xml",
        ),
    ] {
        let project = Project::new();
        project.set("settings.wire.soap-version", version);
        project.set("settings.wire.soap-action", "urn:upload");
        let built = project
            .silta(&format!("{BUILD} --out {BODY} --json"))
            .succeeds()
            .json();
        let message = Message::read(project.read(BODY));
        judges::accept(&project, &message);
        let document = Document::parse(&message.soap).unwrap();
        let body = only(&document, SERVICE, "UploadRequest").parent().unwrap();
        assert!(
            body.has_tag_name((namespace, "Body"))
                && body.parent().unwrap().has_tag_name((namespace, "Envelope"))
        );
        let headers = built["headers"].to_string();
        assert!(
            headers.contains(media_type) && headers.contains("urn:upload"),
            "{headers}"
        );
    }
}

#[test]
fn the_xml_declaration_can_be_left_out() {
    if !judges::are_present() {
        return;
    }
    let project = Project::new();
    assert!(
        Message::build(&project)
            .document
            .starts_with("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<")
    );
    project.set("settings.wire.xml-declaration", false);
    let message = Message::build(&project);
    assert!(
        message.document.starts_with("<ApplicationRequest "),
        "{}",
        message.document
    );
    judges::accept(&project, &message);
}
