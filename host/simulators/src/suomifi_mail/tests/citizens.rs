// SPDX-License-Identifier: Apache-2.0
//! Citizens' messages and replies.

use super::super::Person;
use super::super::reader::{self, Content};
use super::super::{CitizenMessage, Form, MailKind, Misbehaviour, Script};
use super::*;
use crate::SimulatorError;

/// Text and attachments of a mail.
fn read(delivery: &MailDelivery) -> (String, Vec<(String, Vec<u8>)>) {
    let (header, body) = reader::fields(&delivery.mail).unwrap();
    let parts = match reader::content(&header, body).unwrap() {
        Content::Multipart(_, parts) => parts,
        single => vec![single],
    };
    let mut parts = parts.into_iter().map(|part| match part {
        Content::Single(part) => part,
        Content::Multipart(..) => panic!("nested"),
    });
    let text = parts.next().unwrap();
    let charset = reader::charset(text.charset.as_deref().unwrap()).unwrap();
    let text = charset.text(&text.octets).unwrap();
    (
        text,
        parts
            .map(|part| (part.file_name.unwrap(), part.octets))
            .collect(),
    )
}

#[test]
fn messages_say_who_writes_in_every_form() {
    let relay = plain(|_| {});
    for number in 0..12 {
        let message = CitizenMessage::sample(number);
        let delivery = only(
            relay
                .write(message.clone(), "palvelu@kunta.example")
                .unwrap(),
        );
        assert_eq!(delivery.kind, MailKind::Message);
        let (text, attachments) = read(&delivery);
        for line in message.text.lines() {
            assert!(text.contains(line), "{text}");
        }
        let details = text.split_once("\r\nViestin tiedot\r\n").unwrap().1;
        assert!(
            details.contains(&format!(
                "Henkilötunnus: {}\r\n",
                message.sender.identity_code
            )),
            "{details}"
        );
        let agent = message.agent.as_ref().map(|agent| {
            format!(
                "Nimi: {}\r\nHenkilötunnus: {}\r\n",
                agent.name, agent.identity_code
            )
        });
        assert!(agent.is_none_or(|agent| text.ends_with(&agent)), "{text}");
        assert_eq!(attachments.len(), message.attachments.len());
        for ((name, octets), attachment) in attachments.iter().zip(&message.attachments) {
            assert_eq!((name, octets), (&attachment.name, &attachment.octets));
        }
        let (header, _) = reader::fields(&delivery.mail).unwrap();
        let from = header.iter().find(|field| field.is("From")).unwrap();
        let [from] = &reader::mailboxes(&from.value).unwrap()[..] else {
            panic!()
        };
        assert_eq!(
            from.to_string(),
            format!(
                "{}@asiointitili.fi",
                message.sender.identity_code.to_lowercase()
            )
        );
    }
    let forms: std::collections::HashSet<_> = (0..12)
        .map(|number| CitizenMessage::sample(number).form)
        .collect();
    assert_eq!(forms.len(), Form::ALL.len());
    assert!((0..12).any(|number| CitizenMessage::sample(number).agent.is_some()));
}

#[test]
fn a_mail_is_replied_to_if_that_is_wanted() {
    let relay = plain(|setup| {
        setup.replies_to_mails = true;
        setup.receipts.events.clear();
    });
    send(&relay, &mail());
    let delivery = only(deliveries(&relay));
    assert_eq!(
        (delivery.kind, delivery.to.as_str()),
        (MailKind::Reply, "kirjaamo@kunta.example")
    );
    assert_eq!(delivery.in_reply_to.as_deref(), Some("<1@kunta.example>"));
    let (text, _) = read(&delivery);
    assert!(text.contains("Henkilötunnus: 010190-900P\r\n"), "{text}");
    // What was not relayed nobody replies to.
    send(&relay, &with("Content-Type", "text/html"));
    let events: Vec<_> = deliveries(&relay)
        .iter()
        .map(|delivery| delivery.kind.name())
        .collect();
    assert_eq!(events, ["receipt"]);
}

#[test]
fn messages_may_come_badly() {
    let relay = plain(|_| {});
    let sample = || CitizenMessage::sample(1);
    let write = |misbehaviour| {
        relay.misbehave(Script::new().once(misbehaviour));
        relay.write(sample(), "palvelu@kunta.example").unwrap()
    };
    assert_eq!(write(Misbehaviour::Twice).len(), 2);
    let forged = only(write(Misbehaviour::ForgedFrom));
    assert!(String::from_utf8_lossy(&forged.mail).contains("suomi.example"));
    let html = only(write(Misbehaviour::HtmlOnly));
    assert!(String::from_utf8_lossy(&html.mail).contains("text/html"));
    let broken = only(write(Misbehaviour::BrokenMime));
    let (header, body) = reader::fields(&broken.mail).unwrap();
    assert!(reader::content(&header, body).is_err());
    let nobody = Person {
        name: "A".to_owned(),
        identity_code: "a b".to_owned(),
    };
    for (message, to, field) in [
        (sample(), "palvelu@kunta.example>\r\nDATA", "to"),
        (
            CitizenMessage::new(nobody, "", ""),
            "palvelu@kunta.example",
            "sender.identity_code",
        ),
    ] {
        let error = relay.write(message, to).unwrap_err();
        assert!(
            matches!(error, SimulatorError::Address(of) if of == field),
            "{error}"
        );
    }
    // The next one is right again.
    read(&only(
        relay.write(sample(), "palvelu@kunta.example").unwrap(),
    ));
}
