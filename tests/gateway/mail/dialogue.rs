// SPDX-License-Identifier: Apache-2.0
use silta_gateway::MailListenerConfig;

use super::{
    relay::Relay,
    scene::{Scene, config, mail},
};

#[test]
fn a_server_says_what_it_offers() {
    let scene = Scene::new();
    let mut relay = Relay::without_greeting(scene.address());
    assert_eq!(relay.reply(), "220 mail.rogue.example ESMTP");
    let offered = relay.command("EHLO relay.example");
    let offered: Vec<_> = offered.lines().map(|line| &line[4..]).collect();
    let expected = [
        "mail.rogue.example",
        "PIPELINING",
        "SIZE 33554432",
        "STARTTLS",
        "8BITMIME",
        "ENHANCEDSTATUSCODES",
    ];
    assert_eq!(offered, expected);
    assert_eq!(relay.command("HELO relay"), "250 mail.rogue.example");
    assert_eq!(relay.codes("NOOP"), "250 2.0.0");
    assert_eq!(relay.codes("VRFY box"), "252 2.5.0");
    assert_eq!(relay.codes("HELP"), "214 2.0.0");
    assert_eq!(relay.codes("QUIT"), "221 2.0.0");
    relay.ends();
}

#[test]
fn without_a_name_it_greets_with_its_address() {
    let scene = Scene::of(MailListenerConfig {
        host_name: None,
        identity: None,
        ..config()
    });
    let mut relay = Relay::without_greeting(scene.address());
    assert_eq!(relay.reply(), "220 [127.0.0.1] ESMTP");
    assert!(!relay.command("EHLO relay").contains("STARTTLS"));
    assert_eq!(relay.codes("STARTTLS"), "502 5.5.1");
}

#[test]
fn commands_have_an_order() {
    let scene = Scene::new();
    let mut relay = Relay::connect(scene.address());
    assert_eq!(relay.codes("MAIL FROM:<notify@relay.example>"), "503 5.5.1");
    relay.command("EHLO relay");
    assert_eq!(relay.codes("RCPT TO:<box@rogue.example>"), "503 5.5.1");
    assert_eq!(relay.codes("DATA"), "503 5.5.1");
    assert_eq!(relay.codes("MAIL FROM:<notify@relay.example>"), "250 2.1.0");
    assert_eq!(relay.codes("MAIL FROM:<notify@relay.example>"), "503 5.5.1");
    assert_eq!(relay.codes("DATA"), "503 5.5.1");
    // Both forget the mail.
    for command in ["RSET", "EHLO relay"] {
        relay.command(command);
        assert_eq!(relay.codes("RCPT TO:<box@rogue.example>"), "503 5.5.1");
        assert_eq!(relay.codes("MAIL FROM:<notify@relay.example>"), "250 2.1.0");
    }
    assert_eq!(relay.codes("RCPT TO:<box@rogue.example>"), "250 2.1.5");
    assert!(relay.command("DATA").starts_with("354"));
    assert_eq!(relay.codes(&format!("{}\r\n.", mail("one"))), "250 2.0.0");
    assert_eq!(relay.codes("DATA"), "503 5.5.1");
    assert_eq!(relay.codes("LHLO relay"), "500 5.5.1");
}

#[test]
fn what_is_no_command_is_told_and_the_dialogue_goes_on() {
    let scene = Scene::new();
    let mut relay = scene.relay();
    for (line, codes) in [
        ("FOO", "500 5.5.1"),
        ("AUTH PLAIN AGEAYg==", "502 5.5.1"),
        ("EXPN all", "502 5.5.1"),
        ("MAIL FROM:notify@relay.example", "501 5.5.4"),
        ("MAIL FROM:<no address>", "553 5.1.7"),
        ("MAIL FROM:<notify@relay.example> SMTPUTF8", "555 5.5.4"),
        (
            "MAIL FROM:<notify@relay.example> SIZE=33554433",
            "552 5.3.4",
        ),
        ("MAIL FROM:<ä@relay.example>", "553 5.6.7"),
        ("STARTTLS now", "501 5.5.4"),
    ] {
        assert_eq!(relay.codes(line), codes, "{line}");
    }
    let reply = relay.command("MAIL FROM:notify@relay.example");
    assert_eq!(reply, "501 5.5.4 expected: MAIL FROM:<address>");
    assert_eq!(
        relay.mail("notify@relay.example", "box@rogue.example", &mail("one")),
        "250 2.0.0 taken"
    );
}

#[test]
fn lines_of_commands_end_with_crlf_alone() {
    for line in ["NOOP\n", "NOOP\rX\r\n", "\rNOOP\r\n"] {
        let scene = Scene::new();
        let mut relay = scene.relay();
        relay.send(line);
        assert!(relay.reply().starts_with("554 5.5.2 "), "{line:?}");
        relay.ends();
    }
}

#[test]
fn a_chunk_is_not_taken_for_commands() {
    let scene = Scene::new();
    let mut relay = scene.relay();
    relay.send("MAIL FROM:<notify@relay.example>\r\nBDAT 12 LAST\r\nRSET\r\nNOOP\r\n");
    assert!(relay.reply().starts_with("250"));
    assert!(relay.reply().starts_with("502 5.5.1"));
    relay.ends();
}

#[test]
fn commands_come_many_at_a_time() {
    let scene = Scene::new();
    let mut relay = scene.relay();
    relay.send("MAIL FROM:<notify@relay.example>\r\nRCPT TO:<box@rogue.example>\r\nRCPT TO:<nobody@rogue.example>\r\nDATA\r\n");
    for code in ["250 2.1.0", "250 2.1.5", "550 5.1.1", "354 "] {
        let reply = relay.reply();
        assert!(reply.starts_with(code), "{reply}");
    }
    // Content, end, and what follows, in one piece and byte by byte.
    let rest = format!("{}\r\n.\r\nNOOP\r\nQUIT\r\n", mail("one"));
    for byte in rest.as_bytes() {
        relay.send([*byte]);
    }
    for code in ["250 2.0.0", "250 2.0.0", "221 2.0.0"] {
        let reply = relay.reply();
        assert!(reply.starts_with(code), "{reply}");
    }
    relay.ends();
    assert_eq!(scene.keys(), ["called/one"]);
}

#[test]
fn what_may_be_content_is_never_a_command() {
    let scene = Scene::new();
    let mut relay = scene.relay();
    // All recipients are refused, and the sender has not waited for the reply to DATA.
    relay.send("MAIL FROM:<notify@relay.example>\r\nRCPT TO:<nobody@rogue.example>\r\nDATA\r\nRSET\r\nNOOP\r\n.\r\n");
    for code in ["250 2.1.0", "550 5.1.1", "503 5.5.1"] {
        let reply = relay.reply();
        assert!(reply.starts_with(code), "{reply}");
    }
    relay.ends();
}
