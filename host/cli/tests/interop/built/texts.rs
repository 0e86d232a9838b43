// SPDX-License-Identifier: Apache-2.0
use super::{
    judges,
    message::{self, Message, SERVICE},
};
use crate::project::Project;

/// Whatever XML gives a meaning of its own, and characters of one to four bytes.
const TEXT: &str = "  & < > \" ' &amp; ]]> <!-- ä € 😀\u{a0}\u{2028}  ";

fn enveloped() -> Project {
    let project = Project::new();
    project.set("settings.wire.signature-form", "enveloped-root");
    project
}

#[test]
fn texts_with_characters_of_their_own_meaning_arrive_as_they_are() {
    if !judges::are_present() {
        return;
    }
    let project = enveloped();
    project.set_parameter("application", TEXT);
    project.set_parameter("contentFormat", TEXT);
    project.set("settings.software", TEXT);
    project.set("settings.environment", TEXT);
    let message = Message::build(&project);
    judges::accept(&project, &message);
    for name in [
        "Application",
        "ContentFormat",
        "MessageBuilderSoftwareInfo",
        "Environment",
    ] {
        assert_eq!(message.text(name), TEXT, "{name}");
    }
    assert_eq!(
        message::text(&message.soap, SERVICE, "IntermediarySoftwareInfo"),
        TEXT
    );
}

#[test]
fn the_longest_texts_arrive() {
    if !judges::are_present() {
        return;
    }
    let project = enveloped();
    let (text, reference) = ("€".repeat(256), "R".repeat(35));
    project.set_parameter("application", &*text);
    project.set_parameter("reference", &*reference);
    let message = Message::build(&project);
    judges::accept(&project, &message);
    assert_eq!(
        (message.text("Application"), message.text("Reference")),
        (text, reference)
    );
}
