// SPDX-License-Identifier: Apache-2.0
//! Receipts, right and as wrong as they are wanted.

use std::fs;

use serde_json::Value;

use super::super::reader;
use super::super::{MailKind, Misbehaviour, ReceiptEvent, Script, Wording};
use super::*;

/// Subject, decoded.
fn subject(delivery: &MailDelivery) -> String {
    field(delivery, "Subject")
        .map(|value| reader::decoded(&value).unwrap())
        .unwrap()
}

fn field(delivery: &MailDelivery, name: &str) -> Option<String> {
    let (header, _) = reader::fields(&delivery.mail).unwrap();
    header
        .into_iter()
        .find(|field| field.is(name))
        .map(|field| field.value.trim().to_owned())
}

fn misbehaving(misbehaviour: Misbehaviour) -> Vec<MailDelivery> {
    let relay = plain(|setup| setup.script = Script::new().once(misbehaviour));
    send(&relay, &mail());
    let bad = deliveries(&relay);
    assert!(
        bad.iter()
            .all(|delivery| delivery.misbehaviour == Some(misbehaviour))
    );
    bad
}

fn events(deliveries: &[MailDelivery]) -> Vec<ReceiptEvent> {
    let events = deliveries.iter().map(|delivery| match delivery.kind {
        MailKind::Receipt(event, _) => event,
        _ => panic!("{delivery:?}"),
    });
    events.collect()
}

#[test]
fn receipts_go_to_from_and_reply_to_with_the_subject() {
    let relay = plain(|_| {});
    send(
        &relay,
        &with(
            "Reply-To",
            "Palaute <palaute@x.kunta.example>, kirjaamo@kunta.example",
        ),
    );
    let made = deliveries(&relay);
    let to: Vec<_> = made.iter().map(|delivery| delivery.to.as_str()).collect();
    let (from, reply_to) = ("kirjaamo@kunta.example", "palaute@x.kunta.example");
    assert_eq!(to, [from, reply_to, from, reply_to]);
    use ReceiptEvent::{Readable, Relayed};
    assert_eq!(events(&made), [Relayed, Relayed, Readable, Readable]);
    for delivery in &made {
        assert_eq!(field(delivery, "To").as_ref(), Some(&delivery.to));
        assert!(
            subject(delivery).ends_with(": Päätös [silta:abc]"),
            "{}",
            subject(delivery)
        );
        for name in ["In-Reply-To", "References"] {
            assert_eq!(field(delivery, name).as_deref(), Some("<1@kunta.example>"));
        }
        assert!(
            field(delivery, "From")
                .unwrap()
                .contains("<noreply@asiointitili.fi>")
        );
    }
    let ids: std::collections::HashSet<_> =
        made.iter().map(|delivery| &delivery.message_id).collect();
    assert_eq!(ids.len(), 4);
}

#[test]
fn all_seven_events_are_told_in_every_wording() {
    let relay = plain(|setup| {
        setup.receipts.events = ReceiptEvent::ALL.to_vec();
        setup.receipts.wordings = Wording::ALL.to_vec();
    });
    for _ in 0..4 {
        send(&relay, &mail());
        assert!(relay.wait_until_idle(PATIENCE));
    }
    let made = deliveries(&relay);
    let kinds: std::collections::HashSet<_> = made.iter().map(|delivery| delivery.kind).collect();
    assert_eq!((made.len(), kinds.len()), (28, 28));
    let texts: std::collections::HashSet<_> = made.iter().map(subject).collect();
    assert_eq!(texts.len(), 28);
}

#[test]
fn a_receipt_states_why_an_attachment_is_refused() {
    let relay = plain(|setup| setup.receipts.wordings = vec![Wording::Finnish1, Wording::Swedish]);
    for reason in [
        "Syy: liitteen tiedostomuoto ei ole sallittu",
        "Orsak: bilagans filformat är inte tillåtet",
    ] {
        send(&relay, &with_parts(&[TEXT_PART, &attachment("a.exe", "x")]));
        let delivery = only(deliveries(&relay));
        let (header, body) = reader::fields(&delivery.mail).unwrap();
        let reader::Content::Single(part) = reader::content(&header, body).unwrap() else {
            panic!()
        };
        let text = String::from_utf8(part.octets).unwrap();
        assert!(text.contains(reason), "{text}");
    }
}

#[test]
fn receipts_may_come_badly() {
    let usual = [ReceiptEvent::Relayed, ReceiptEvent::Readable];
    assert_eq!(
        events(&misbehaving(Misbehaviour::OutOfOrder)),
        [usual[1], usual[0]]
    );
    let twice = misbehaving(Misbehaviour::Twice);
    assert_eq!(events(&twice), [usual[0], usual[0], usual[1], usual[1]]);
    assert_eq!(twice[0].mail, twice[1].mail);
    for delivery in misbehaving(Misbehaviour::WithoutSubject) {
        assert!(!subject(&delivery).contains("silta") && field(&delivery, "In-Reply-To").is_some());
    }
    for delivery in misbehaving(Misbehaviour::WithoutThread) {
        assert!(subject(&delivery).contains("[silta:abc]"));
        assert!(
            field(&delivery, "In-Reply-To").is_none() && field(&delivery, "References").is_none()
        );
    }
    for delivery in misbehaving(Misbehaviour::UnknownWording) {
        assert_eq!(subject(&delivery), "Tiedote 7/B: Päätös [silta:abc]");
        assert!(matches!(delivery.kind, MailKind::Receipt(_, None)));
    }
    for delivery in misbehaving(Misbehaviour::HtmlOnly) {
        assert!(
            field(&delivery, "Content-Type")
                .unwrap()
                .starts_with("text/html")
        );
    }
    for delivery in misbehaving(Misbehaviour::BrokenMime) {
        let (header, body) = reader::fields(&delivery.mail).unwrap();
        assert!(reader::content(&header, body).is_err());
    }
    for delivery in misbehaving(Misbehaviour::ForgedFrom) {
        assert!(field(&delivery, "From").unwrap().contains("suomi.example"));
    }
}

#[test]
fn mails_are_written_into_a_folder_with_a_line_each() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("new/drop");
    fs::create_dir_all(&path).unwrap();
    fs::write(path.join("000001-receipt.eml"), "an older one").unwrap();
    let relay = plain(|setup| setup.drop = Some(path.clone()));
    send(&relay, &mail());
    let made = deliveries(&relay);
    let lines = fs::read_to_string(path.join("mails.jsonl")).unwrap();
    let lines: Vec<Value> = lines
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(lines.len(), 2);
    for ((line, delivery), file) in lines
        .iter()
        .zip(&made)
        .zip(["000002-receipt.eml", "000003-receipt.eml"])
    {
        assert_eq!(
            (line["file"].as_str(), delivery.file.as_deref()),
            (Some(file), Some(file))
        );
        assert_eq!(fs::read(path.join(file)).unwrap(), delivery.mail);
        assert_eq!(line["inReplyTo"], "<1@kunta.example>");
        assert_eq!(line["kind"], "receipt");
    }
    assert_eq!(
        (&lines[0]["event"], &lines[1]["event"]),
        (&"relayed".into(), &"readable".into())
    );
    assert_eq!(
        fs::read(path.join("000001-receipt.eml")).unwrap(),
        b"an older one"
    );
    // A folder that has gone is told of, once for each mail.
    fs::remove_dir_all(&path).unwrap();
    send(&relay, &mail());
    let problems = deliveries(&relay);
    assert!(
        problems
            .iter()
            .all(|delivery| delivery.file.is_none() && delivery.file_problem.is_some())
    );
    assert_eq!(problems[0].events()[0].verdict, "failed");
}
