// SPDX-License-Identifier: Apache-2.0
//! Values that want to be markup, and values that are about people.

use silta_store::{
    Store,
    record::{
        Arrival, Document, End, Ending, Event, FollowUp, LeaseWish, Note, Outcome, Provenance,
        Submission,
    },
};

use super::scene::Scene;

/// Markup in every form, and characters that turn text around.
const HOSTILE: &str =
    "\"'><script>alert(1)</script><img src=x onerror=alert(1)>&amp;\u{202e}\u{0}\r\n]]>`";

/// What must never be shown, by a mark of its own.
const PERSON: &str = "Maija Meikäläinen 010190-900P";

fn hostile_event(kind: &str) -> Event {
    Event {
        kind: kind.into(),
        data: format!(r#"{{"name": "{PERSON}"}}"#),
        deduplication_key: format!("key {PERSON}"),
        about: Some(format!("about {PERSON}")),
    }
}

/// Fills every field of every record.
fn filled(value: &str) -> Scene {
    let scene = Scene::deciding();
    let document = Document {
        name: PERSON.into(),
        media_type: value.into(),
        content: PERSON.as_bytes().into(),
    };
    let arrival = Arrival {
        agency: value.into(),
        operation: value.into(),
        provenance: Provenance {
            component: value.into(),
            settings: value.into(),
            generation: None,
        },
        events: vec![hostile_event(value)],
        documents: vec![document.clone()],
        follow_ups: vec![FollowUp {
            operation: value.into(),
            parameters: format!(r#"{{"p": "{PERSON}"}}"#),
            deduplication_key: PERSON.into(),
            lane: Some(PERSON.into()),
        }],
        ..Arrival::default()
    };
    Store::commit(&*scene.store, &arrival).unwrap();
    let submission = |agency: &str| Submission {
        agency: agency.into(),
        operation: value.into(),
        parameters: format!(r#"{{"p": "{PERSON}"}}"#),
        payload: Some(PERSON.as_bytes().into()),
        attachments: vec![document.clone()],
        lane: Some(PERSON.into()),
        ..Submission::default()
    };
    let note = |class: &str| Note {
        class: class.into(),
        code: value.into(),
        text: value.into(),
        counts: true,
    };
    // In the words of the agency, in ours, and of a class that nobody knows.
    for class in ["denied", "configuration", value] {
        let id = scene.submit_as(&Submission {
            lane: None,
            ..submission(value)
        });
        let why = value.to_owned();
        let (progress, note) = (None, Some(note(class)));
        scene.settle(
            id,
            &Outcome::Held {
                why,
                progress,
                note,
            },
        );
    }
    let ended = scene.submit_as(&Submission {
        lane: None,
        ..submission("courier")
    });
    let ending = Ending {
        end: End::Done,
        code: value.into(),
        reference: value.into(),
        events: vec![hostile_event("other")],
        ..Ending::default()
    };
    scene.settle(ended, &Outcome::Ended(Box::new(ending)));
    scene.submit_as(&submission(value));
    let wish = LeaseWish {
        owner: value.into(),
        agency: None,
        limit: 1,
        duration: std::time::Duration::from_secs(600),
        ..LeaseWish::default()
    };
    scene.store.lease(&wish).unwrap();
    scene
}

/// Every page that leads from the first one, without those of other languages.
fn pages(scene: &Scene) -> Vec<(String, String)> {
    let (mut to_see, mut pages) = (vec!["/".to_owned()], Vec::<(String, String)>::new());
    while let Some(path) = to_see.pop() {
        if pages.iter().any(|(known, _)| *known == path) || path.contains("lang=") {
            continue;
        }
        let answer = scene.get(&path);
        assert_eq!(answer.status, 200, "{path}");
        if answer.field("content-type") == Some("text/html; charset=utf-8") {
            answer.is_sound(&path);
            to_see.extend(answer.links());
            pages.push((path, answer.body));
        }
    }
    assert!(pages.len() > 12, "{}", pages.len());
    pages
}

#[test]
fn what_looks_like_markup_stays_text() {
    let scene = filled(HOSTILE);
    let mut shown = 0;
    for (path, body) in pages(&scene) {
        for marked in ["<script>", "<img", "onerror=alert(1)>", "\u{202e}", "\u{0}"] {
            assert!(!body.contains(marked), "{path}: {marked}");
        }
        shown += body.matches("alert(1)").count();
    }
    assert!(shown > 10, "only {shown} of the values are shown at all");
    // In a filter as well.
    let filter = "/operations?name=%22%3E%3Cscript%3E&agency=%3Cb%3E&state=%3Cb%3E";
    let page = scene.page(filter, "fi");
    page.has_not("<script>");
    page.has_not("<b>");
}

#[test]
fn what_is_about_people_is_not_shown() {
    let scene = filled("value 131052-9993");
    for (path, body) in pages(&scene) {
        for part in ["Maija", "Meikäläinen", "010190", "900P", "131052", "9993"] {
            assert!(!body.contains(part), "{path}: {part} in {body}");
        }
    }
    // Masked, and not left out: the rest of it is there.
    scene.get("/operations").has("value ******-****");
}
