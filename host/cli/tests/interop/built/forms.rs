// SPDX-License-Identifier: Apache-2.0
use super::{
    judges::{self, xmlsec1},
    message::Message,
};
use crate::project::Project;

const FORMS: [&str; 3] = ["content-by-id", "enveloped-root", "enveloped-by-id"];

fn with_form(form: &str) -> Project {
    let project = Project::new();
    project.set("settings.wire.signature-form", form);
    project
}

/// Bytes of all values, in no order that base64 or XML could like.
fn payload(size: usize) -> Vec<u8> {
    (0..size)
        .map(|index| (index * 167 + index / 256) as u8)
        .collect()
}

#[test]
fn payloads_of_all_sizes_are_signed_and_whole_in_every_form() {
    if !judges::are_present() {
        return;
    }
    for form in FORMS {
        let project = with_form(form);
        for size in [1, 2, 3, 10 << 10, 2 << 20] {
            project.write("examples/declaration.xml", payload(size));
            let message = Message::build(&project);
            assert!(message.content() == payload(size), "{form}, {size} bytes");
            judges::accept(&project, &message);
        }
    }
}

#[test]
fn no_byte_of_what_is_signed_can_change() {
    if !judges::are_present() {
        return;
    }
    for form in FORMS {
        let project = with_form(form);
        let document = Message::build(&project).document;
        let place = |piece: &str| document.find(piece).unwrap();
        let signed = match form {
            "content-by-id" => place("<Content ")..place("</Content>") + "</Content".len(),
            _ => place("<ApplicationRequest")..place("<ds:Signature "),
        };
        let signature = place("<ds:SignedInfo")..place("</ds:SignatureValue>");
        assert!(signed.len() > 500 && signature.len() > 500, "{form}");
        for index in signed.step_by(67).chain(signature.step_by(67)) {
            let mut bytes = document.clone().into_bytes();
            bytes[index] ^= 1;
            assert!(
                xmlsec1(&project, &bytes).is_err(),
                "{form}: byte {index} may change"
            );
        }
        xmlsec1(&project, document.as_bytes()).unwrap();
    }
}

#[test]
fn a_message_of_another_signer_is_refused() {
    if !judges::are_present() {
        return;
    }
    let (project, other) = (Project::new(), Project::new());
    other.silta("init other").succeeds();
    other.write("pki/ca.pem", other.text("other/pki/ca.pem"));
    let message = Message::build(&project);
    xmlsec1(&project, message.document.as_bytes()).unwrap();
    xmlsec1(&other, message.document.as_bytes()).unwrap_err();
}
