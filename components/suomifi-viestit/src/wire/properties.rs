// SPDX-License-Identifier: Apache-2.0
//! What is written is read, whatever it says.

use canonical_xml::{Document, Element, Limits, NoBlob, to_bytes};
use proptest::{collection::vec, option, prelude::*};
use soap::{Envelope, Version, envelope};
use ws_security::Part;

use super::*;

/// Texts of people, with what XML has to escape, and without what it cannot hold.
fn text() -> impl Strategy<Value = String> {
    "[ -~äöåÄÖÅ€\n&<>\"']{0,40}"
}

/// An id, without white space around it.
fn id() -> impl Strategy<Value = String> {
    "[!-~åäö]{1,20}"
}

type Written = (
    Option<String>,
    String,
    String,
    Option<String>,
    Vec<(String, bool)>,
);

fn written() -> impl Strategy<Value = Written> {
    let references = vec((id(), any::<bool>()), 0..3);
    (
        option::of(id()),
        text(),
        text(),
        option::of(text()),
        references,
    )
}

fn element(local: &'static str) -> Element<NoBlob> {
    Element::new(NAMESPACE, local)
}

fn leaf(local: &'static str, text: &str) -> Element<NoBlob> {
    element(local).with_text(text)
}

fn kind(is_ours: bool) -> &'static str {
    match is_ours {
        true => "ViranomaisTunniste",
        false => "AsiointitiliTunniste",
    }
}

fn item((mailbox_id, title, body, name, references): &Written) -> Element<NoBlob> {
    let customer = element("Asiakas")
        .with_attribute("AsiakasTunnus", "010190-900P")
        .with_attribute("TunnusTyyppi", "SSN");
    let references = references.iter().map(|(id, is_ours)| {
        element("Viittaus_WS")
            .with_attribute("ViittausTunniste", id.clone())
            .with_attribute("ViittausTunnisteTyyppi", kind(*is_ours))
    });
    element("Kohde")
        .with_child(customer)
        .with_children(
            mailbox_id
                .as_deref()
                .map(|id| leaf("AsiointitiliTunniste", id)),
        )
        .with_child(element("Viittaus").with_children(references))
        .with_child(leaf("Nimeke", title))
        .with_child(leaf("LahetysPvm", "2026-07-01T12:00:00+03:00"))
        .with_children(name.as_deref().map(|name| leaf("LahettajaNimi", name)))
        .with_child(leaf("KuvausTeksti", body))
}

/// A call with these Kohde and this count, as bytes.
fn call(items: Vec<Element<NoBlob>>, count: usize) -> Vec<u8> {
    let authority = element("Viranomainen")
        .with_child(leaf("ViranomaisTunnus", "A"))
        .with_child(leaf("PalveluTunnus", "P"))
        .with_child(leaf("SanomaTunniste", "S"));
    let query = element("Kysely")
        .with_child(leaf("KohdeMaara", &count.to_string()))
        .with_child(element("Kohteet").with_children(items));
    let called = element("VieKohteita")
        .with_child(authority)
        .with_child(query);
    to_bytes(&envelope(Version::V11, Vec::new(), vec![called])).unwrap()
}

/// What `see` sees of a call.
fn read<T>(bytes: &[u8], settings: &Settings, see: impl FnOnce(Called<'_>) -> T) -> T {
    let document = Document::parse(bytes, &Limits::default()).unwrap();
    let envelope = Envelope::of(&document).unwrap();
    let called = envelope.body().children().next().unwrap();
    see(read_call(
        settings,
        Operation::Messages,
        Part::Unsigned(called),
    ))
}

proptest! {
    #[test]
    fn messages_are_read_as_they_are_written(messages in vec(written(), 0..4), is_strict in any::<bool>()) {
        let mut settings = Settings::default();
        if is_strict {
            settings.shape = Shape::Strict;
        }
        let bytes = call(messages.iter().map(item).collect(), messages.len());
        let told: Vec<Written> = read(&bytes, &settings, |called| {
            let items = called.items.unwrap();
            let read = items.iter().map(|item| {
                let message = read_message(&settings, *item).unwrap();
                let body = message.body.and_then(|body| Some(body.to_str()?.into_owned()));
                let references = message.references.iter().map(|reference| {
                    let is_ours = reference.of_kind() == Some(ReferenceKind::Authority);
                    (reference.id.clone().unwrap_or_default(), is_ours)
                });
                (
                    message.mailbox_id.clone(),
                    message.title.clone(),
                    body.unwrap_or_default(),
                    message.sender_name.clone(),
                    references.collect(),
                )
            });
            read.collect()
        });
        // An empty name is none.
        let expected = messages.into_iter().map(|(id, title, body, name, references)| {
            (id, title, body, name.filter(|name| !name.is_empty()), references)
        });
        prop_assert_eq!(told, expected.collect::<Vec<_>>());
    }

    #[test]
    fn a_count_is_right_or_told(items in 0_usize..5, count in 0_usize..5) {
        let one = item(&(None, "t".into(), "b".into(), None, Vec::new()));
        let bytes = call(vec![one; items], count);
        let outcome = read(&bytes, &Settings::default(), |called| {
            called.items.map(|items| items.len()).map_err(|refusal| (refusal.code, refusal.error.code))
        });
        match items == count {
            true => prop_assert_eq!(outcome, Ok(items)),
            false => prop_assert_eq!(outcome, Err((CallCode::INVALID, "call.count"))),
        }
    }

    #[test]
    fn times_are_kept_as_written(written in "[0-9TZ:+.-]{0,30}") {
        for local in [LocalTime::Helsinki, LocalTime::Utc, LocalTime::Unreadable] {
            prop_assert_eq!(&read_time(local, written.clone()).written, &written);
        }
    }
}
