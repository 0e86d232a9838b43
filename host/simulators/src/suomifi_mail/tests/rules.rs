// SPDX-License-Identifier: Apache-2.0
//! Each check fails for what breaks its rule, and for that alone.

use super::super::{CHECKS, ContentBreaches, ReceiptEvent};
use super::*;

/// The test string of virus scanners, in pieces so that none finds it here.
fn virus() -> String {
    [
        "X5O!P%@AP[4\\PZX54(P^)7CC)7}",
        "$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*",
    ]
    .concat()
}

/// The checks before the one that failed are those of the table.
#[track_caller]
fn assert_fails(record: &Received, check: &str) {
    assert_eq!(record.failed, Some(check), "{record:?}");
    let before = CHECKS
        .iter()
        .map(|check| check.name)
        .take_while(|name| *name != check);
    let before: Vec<_> = before.filter(|name| *name != "tls").collect();
    assert_eq!(record.passed, before);
    assert!(
        record
            .reason
            .as_ref()
            .is_some_and(|reason| !reason.is_empty())
    );
}

#[test]
fn envelopes_keep_their_rules() {
    let relay = plain(|_| {});
    let recipient = "RCPT TO:<010190-900P@asiointitili.fi>";
    let mail = "MAIL FROM:<a@kunta.example>";
    #[rustfmt::skip]
    let rows = [
        (&["MAIL FROM:<a@muukunta.example>"][..], "550 5.7.1 ", "envelope-sender"),
        (&["MAIL FROM:<>"], "550 5.7.1 ", "envelope-sender"),
        (&["MAIL FROM:<a@b@kunta.example>"], "550 5.7.1 ", "envelope-sender"),
        (&["MAIL FROM:<a@kunta.example> SIZE=5000001"], "552 5.3.4 ", "announced-size"),
        (&[mail, recipient, "RCPT TO:<010280-952L@asiointitili.fi>"], "550 5.5.3 ", "one-recipient"),
        (&[mail, "RCPT TO:<010190-900P@suomi.fi>"], "550 5.1.2 ", "recipient"),
        (&[mail, "RCPT TO:<010190-900P@x.asiointitili.fi>"], "550 5.1.2 ", "recipient"),
        (&[mail, "RCPT TO:<010190-900p@asiointitili.fi>"], "550 5.1.1 ", "identity-code"),
        (&[mail, "RCPT TO:<010190-900K@asiointitili.fi>"], "550 5.1.1 ", "identity-code"),
        (&[mail, "RCPT TO:<310290-900P@asiointitili.fi>"], "550 5.1.1 ", "identity-code"),
        (&[mail, "RCPT TO:<kirjaamo@asiointitili.fi>"], "550 5.1.1 ", "identity-code"),
    ];
    for (lines, reply, check) in rows {
        let mut client = Client::connect(&relay);
        client.say("EHLO a");
        let (last, first) = lines.split_last().unwrap();
        for line in first {
            assert!(client.say(line).starts_with("250 "), "{line}");
        }
        let said = client.say(last);
        assert!(said.starts_with(reply), "{last}: {said}");
        let record = only(relay.take_received(PATIENCE));
        assert_eq!(record.verdict, Verdict::Refused);
        assert_fails(&record, check);
        assert!(!format!("{record:?}").contains("0190"), "{record:?}");
    }
    // A domain below the agreed one is under it; what is right after a refusal is taken.
    let mut client = Client::connect(&relay);
    client.say("EHLO a");
    assert!(
        client
            .say("MAIL FROM:<a@mail.kunta.example> SIZE=5000000")
            .starts_with("250 ")
    );
    assert!(
        client
            .say("RCPT TO:<x@asiointitili.fi>")
            .starts_with("550 ")
    );
    assert!(client.say(recipient).starts_with("250 "));
    assert!(client.content(&super::mail()).starts_with("250 "));
    let strict = plain(|setup| setup.rules.with_subdomains = false);
    let mut client = Client::connect(&strict);
    client.say("EHLO a");
    assert!(
        client
            .say("MAIL FROM:<a@mail.kunta.example>")
            .starts_with("550 ")
    );
}

#[test]
fn contents_keep_the_rules_of_the_relay() {
    let relay = plain(|setup| setup.rules.largest_mail = 20_000);
    let long = format!("{}{}\r\n", mail(), "a".repeat(999));
    let folded = format!("a@{DOMAIN}, b@{DOMAIN}");
    #[rustfmt::skip]
    let rows = [
        (format!("{}{}", mail(), "a\r\n".repeat(7000)), "552 5.3.4 ", "size"),
        (mail().replace("asiakas\r\n", "asiakas\n"), "554 5.6.0 ", "line-ends"),
        (mail().replace("asiakas", "asia\rkas"), "554 5.6.0 ", "line-ends"),
        (mail().replace("asiakas", "asia\0kas"), "554 5.6.0 ", "line-ends"),
        (long, "554 5.6.0 ", "line-length"),
        (mail().replace("asiakas", "äsiakas"), "554 5.6.3 ", "eight-bit"),
        (format!("Date : x\r\n{}", mail()), "554 5.6.0 ", "header-syntax"),
        (format!("Subject: x\r\n{}", mail()), "554 5.6.0 ", "header-syntax"),
        (with("In-Reply-To", "x"), "554 5.6.0 ", "header-syntax"),
        (with("Sender", "x"), "554 5.6.0 ", "header-syntax"),
        (without("Date"), "554 5.6.0 ", "date"),
        (with("Date", "2026-11-29"), "554 5.6.0 ", "date"),
        (with("Date", "Mon, 29 Nov 2026 12:00:00 +0200"), "554 5.6.0 ", "date"),
        (without("Message-ID"), "554 5.6.0 ", "message-id"),
        (with("Message-ID", "1@kunta.example"), "554 5.6.0 ", "message-id"),
        (without("From"), "550 5.7.1 ", "from"),
        (with("From", "a@muukunta.example"), "550 5.7.1 ", "from"),
        (with("From", &folded), "550 5.7.1 ", "from"),
        (with("From", "Kunta, Oy <a@kunta.example>"), "550 5.7.1 ", "from"),
        (with("Reply-To", "a@muukunta.example"), "550 5.7.1 ", "reply-to"),
        (with("Reply-To", "a@kunta.example, b@muukunta.example"), "550 5.7.1 ", "reply-to"),
        (without("To"), "554 5.6.0 ", "to"),
        (with("To", "010280-952L@asiointitili.fi"), "554 5.6.0 ", "to"),
        (with("To", &format!("{MAILBOX}, {MAILBOX}")), "554 5.6.0 ", "to"),
        (with("Cc", "a@kunta.example"), "554 5.7.1 ", "no-copies"),
        (with("Bcc", "a@kunta.example"), "554 5.7.1 ", "no-copies"),
        (without("Subject"), "554 5.6.0 ", "subject"),
        (with("Subject", " "), "554 5.6.0 ", "subject"),
        (with("Subject", "=?utf-8?Q?=C3?="), "554 5.6.0 ", "subject"),
    ];
    for (mail, reply, check) in rows {
        let said = send(&relay, &mail);
        assert!(said.starts_with(reply), "{check}: {said}");
        let record = only(relay.take_received(PATIENCE));
        assert_eq!(record.verdict, Verdict::Refused);
        if check == "line-ends" || check == "line-length" || check == "eight-bit" {
            // What was doubled was right, so all but these three hold.
            assert!(record.passed.contains(&"size"), "{record:?}");
        }
        assert_fails(&record, check);
        assert!(record.receipts.is_empty());
        assert!(deliveries(&relay).is_empty());
    }
}

#[test]
fn dots_are_doubled_by_the_client() {
    let relay = plain(|_| {});
    let mut client = Client::connect(&relay);
    client.begin(MAILBOX);
    let octets = format!("{}.hidden\r\n.\r\n", mail().trim_end_matches(".\r\n"));
    assert!(
        client
            .raw_content(octets.as_bytes())
            .starts_with("554 5.6.0 ")
    );
    assert_fails(&only(relay.take_received(PATIENCE)), "dot-stuffing");
    // After a refusal the next mail may follow on the same connection.
    client.say(&format!("MAIL FROM:<a@{DOMAIN}>"));
    client.say(&format!("RCPT TO:<{MAILBOX}>"));
    assert!(client.content(&mail()).starts_with("250 "));
}

#[test]
fn eight_bit_mails_are_taken_when_they_are_announced() {
    let relay = plain(|_| {});
    let mut client = Client::connect(&relay);
    client.say("EHLO a");
    client.say(&format!("MAIL FROM:<a@{DOMAIN}> BODY=8BITMIME"));
    client.say(&format!("RCPT TO:<{MAILBOX}>"));
    let mail = with("Content-Transfer-Encoding", "8bit").replace("Hyv=C3=A4", "Hyvä");
    assert!(client.content(&mail).starts_with("250 "));
    assert_eq!(
        only(relay.take_received(PATIENCE)).verdict,
        Verdict::Accepted
    );
}

/// Mails with content that is not allowed, the check, and the receipt that tells.
fn bad_contents() -> Vec<(String, &'static str, ReceiptEvent)> {
    use ReceiptEvent::{AttachmentRefused, NotRelayed, VirusFound};
    let html = "Content-Type: text/html\r\n\r\n<p>Hei</p>";
    let nameless = "Content-Disposition: attachment\r\n\r\nx";
    vec![
        (without("MIME-Version"), "mime", NotRelayed),
        (with("MIME-Version", "2.0"), "mime", NotRelayed),
        (
            with("Content-Transfer-Encoding", "base64"),
            "mime",
            NotRelayed,
        ),
        (
            with_parts(&[TEXT_PART]).replace("--b--", "--c--"),
            "mime",
            NotRelayed,
        ),
        (
            with("Content-Type", "text/html; charset=utf-8"),
            "plain-text",
            NotRelayed,
        ),
        (
            with_parts(&[TEXT_PART, html]).replace("multipart/mixed", "multipart/alternative"),
            "plain-text",
            NotRelayed,
        ),
        (
            with_parts(&[TEXT_PART, html]).replace("multipart/mixed", "multipart/related"),
            "plain-text",
            NotRelayed,
        ),
        (with_parts(&[TEXT_PART, html]), "plain-text", NotRelayed),
        (
            with_parts(&[TEXT_PART, TEXT_PART]),
            "plain-text",
            NotRelayed,
        ),
        (
            with_parts(&[&attachment("a.pdf", "x")]),
            "plain-text",
            NotRelayed,
        ),
        (
            with("Content-Type", "text/plain; charset=utf-16"),
            "charset",
            NotRelayed,
        ),
        (
            with("Content-Type", "text/plain; charset=iso-8859-15"),
            "charset",
            NotRelayed,
        ),
        (with("Content-Type", "text/plain"), "charset", NotRelayed),
        (
            mail().replace("=C3=A4 asiakas", "=C3 asiakas"),
            "charset",
            NotRelayed,
        ),
        (
            with_parts(&[TEXT_PART, nameless]),
            "attachment-types",
            AttachmentRefused,
        ),
        (
            with_parts(&[TEXT_PART, &attachment("a.exe", "x")]),
            "attachment-types",
            AttachmentRefused,
        ),
        (
            with_parts(&[TEXT_PART, &attachment("pdf", "x")]),
            "attachment-types",
            AttachmentRefused,
        ),
        (
            with_parts(&[
                TEXT_PART,
                &attachment("a.pdf", &"x\r\n".repeat(200)),
                &attachment("b.pdf", &"x\r\n".repeat(200)),
            ]),
            "attachment-sizes",
            AttachmentRefused,
        ),
        (
            with_parts(&[TEXT_PART, &attachment("a.PDF", &virus())]),
            "virus",
            VirusFound,
        ),
    ]
}

#[test]
fn contents_that_are_not_allowed_are_told_of_by_receipt() {
    let relay = plain(|setup| setup.rules.largest_attachments = 1000);
    for (mail, check, event) in bad_contents() {
        let said = send(&relay, &mail);
        assert!(said.starts_with("250 2.0.0 "), "{check}: {said}");
        let record = only(relay.take_received(PATIENCE));
        assert_eq!(record.verdict, Verdict::Failed);
        assert_fails(&record, check);
        assert_eq!(record.receipts.last(), Some(&event), "{record:?}");
        assert_eq!(deliveries(&relay).len(), record.receipts.len());
    }
}

#[test]
fn contents_that_are_not_allowed_are_refused_if_the_relay_sees_to_it() {
    let relay = plain(|setup| {
        setup.rules.largest_attachments = 1000;
        setup.rules.content_breaches = ContentBreaches::ByReply;
    });
    for (mail, check, _) in bad_contents() {
        let said = send(&relay, &mail);
        assert!(said.starts_with("554 5."), "{check}: {said}");
        let record = only(relay.take_received(PATIENCE));
        assert_eq!(record.verdict, Verdict::Refused);
        assert_fails(&record, check);
    }
}

#[test]
fn whoever_does_not_use_the_service_is_told_of_by_receipt() {
    let relay = plain(|setup| setup.rules.without_mailbox = vec!["010190-900p".to_owned()]);
    let record = record(&relay, &mail());
    assert_fails(&record, "mailbox");
    assert_eq!(record.receipts, [ReceiptEvent::NotRelayed]);
}

/// Nothing of what a client may send makes the judge stumble, and nothing personal is in its records.
#[test]
fn whatever_comes_is_judged() {
    let rules = super::super::Rules::new(DOMAIN);
    let recipient = super::super::reader::addr_spec(MAILBOX).unwrap();
    let parts = with_parts(&[TEXT_PART, &attachment("a.pdf", "x")]);
    let pieces = [
        "",
        "\r\n",
        "\r",
        "\n",
        " ",
        "=",
        "?=",
        "=?utf-8?Q?",
        "\"",
        "\\",
        "(",
        ";",
        ":",
        "<",
        "--b",
        "--b--",
        "\u{e4}",
        "*0*=",
        "%",
        "@",
        ".",
        MAILBOX,
    ];
    let mut state = 1_u64;
    let mut next = |limit: usize| {
        // Knuth's MMIX generator: the same mails each time.
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(state >> 33).unwrap() % limit
    };
    let mut failed = std::collections::HashSet::new();
    for round in 0..4000 {
        let mut octets = if round % 2 == 0 {
            mail()
        } else {
            parts.clone()
        }
        .into_bytes();
        for _ in 0..=next(3) {
            let (place, length) = (next(octets.len()), next(12));
            let end = (place + length).min(octets.len());
            octets.splice(place..end, pieces[next(pieces.len())].bytes());
        }
        let size = octets.len();
        let arrived = super::super::inspection::Arrived {
            octets,
            size,
            has_lone_dot: false,
        };
        let (mut passed, mut known) = Default::default();
        let judged = super::super::inspection::inspect(
            (&rules, &recipient),
            (&arrived, true),
            (&mut passed, &mut known),
        );
        if let Err(breach) = judged {
            failed.insert(breach.check.name);
        }
    }
    // It came far enough to be a test of more than the first check.
    for check in [
        "line-ends",
        "header-syntax",
        "date",
        "from",
        "to",
        "subject",
        "mime",
        "plain-text",
    ] {
        assert!(failed.contains(check), "{failed:?}");
    }
}

#[test]
fn attachments_are_listed_by_name_size_and_digest() {
    let relay = plain(|_| {});
    let encoded = "Content-Type: application/pdf; name*=utf-8''p%C3%A4.pdf\r\nContent-Disposition: attachment\r\nContent-Transfer-Encoding: base64\r\n\r\nYWJj";
    let named_after = attachment("010190-900P.txt", "x");
    let record = record(&relay, &with_parts(&[TEXT_PART, encoded, &named_after]));
    assert_eq!(record.verdict, Verdict::Accepted, "{record:?}");
    let [first, second] = &record.attachments[..] else {
        panic!("{record:?}")
    };
    assert_eq!((first.name.as_deref(), first.size), (Some("pä.pdf"), 3));
    assert_eq!(
        first.sha256,
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    );
    assert_eq!(second.name.as_deref(), Some("***********.txt"));
}
