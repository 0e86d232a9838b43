// SPDX-License-Identifier: Apache-2.0
use silta_gateway::MailLimits;

use super::scene::{Scene, mail};

#[test]
fn dots_before_lines_are_taken_away() {
    let scene = Scene::new();
    let mut relay = scene.relay();
    let content = mail("..\r\n..two\r\n...three\r\nfour.");
    assert_eq!(
        relay.mail("notify@relay.example", "box@rogue.example", &content),
        "250 2.0.0 taken"
    );
    assert_eq!(
        scene.keys(),
        ["called/.", "called/.two", "called/..three", "called/four."]
    );
}

#[test]
fn a_content_is_handed_over_as_it_came() {
    let scene = Scene::new();
    let mut relay = scene.relay();
    let content = format!(
        "Subject: p\u{e4}\u{e4}t\u{f6}s\r\n\r\n{}\r\n\r\n",
        "\u{e4}".repeat(5000)
    );
    let reply = relay.mail("echo@relay.example", "box@rogue.example", &content);
    let size = content.len() + 2;
    assert!(
        reply.contains(&format!("\"size\":{size}")),
        "{reply} {size}"
    );
}

/// Where readers differ on the end of a mail, the second of these would be one.
#[test]
fn no_mail_is_smuggled_in_a_mail() {
    for end in [
        "\n.\n",
        "\n.\r\n",
        "\r\n.\n",
        "\r.\r\n",
        "\r\n.\r",
        "\r.\r",
        "\r\r\n.\r\n",
        "\n\n.\r\n",
        "\r\n.\r\r\n",
        "\n",
    ] {
        let scene = Scene::new();
        let mut relay = scene.relay();
        relay.begin("notify@relay.example", &["box@rogue.example"]);
        let second = format!(
            "{}{end}MAIL FROM:<notify@relay.example>\r\nRCPT TO:<box@rogue.example>\r\nDATA\r\n{}\r\n.\r\nQUIT\r\n",
            mail("first"),
            mail("second"),
        );
        relay.send(second);
        let reply = relay.reply();
        assert!(reply.starts_with("554 5.5.2 "), "{end:?}: {reply}");
        relay.ends();
        assert_eq!(scene.keys(), [""; 0], "{end:?}");
    }
}

#[test]
fn what_is_refused_is_read_to_its_end() {
    let scene = Scene::within(MailLimits {
        text_line_bytes: 1000,
        ..MailLimits::default()
    });
    let mut relay = scene.relay();
    let line = |bytes: usize| "a".repeat(bytes);
    let of_size = |bytes: usize| {
        let head = mail("");
        let lines = (bytes - head.len() - 2) / 100;
        let rest = bytes - head.len() - 2 - lines * 100;
        format!(
            "{head}{}{}",
            format!("{}\r\n", line(98)).repeat(lines),
            line(rest)
        )
    };
    let mut send = |content: &str| relay.mail("echo@relay.example", "box@rogue.example", content);
    // The component's own limit.
    assert!(send(&of_size(65_536)).contains("\"size\":65536"));
    assert!(send(&of_size(65_537)).starts_with("552 5.3.4 "));
    assert!(send(&of_size(1_000_000)).starts_with("552 5.3.4 "));
    assert!(send(&mail(&line(998))).starts_with("250 "));
    let reply = send(&mail(&line(999)));
    assert!(
        reply.starts_with("554 5.6.0 ") && reply.contains("text-line-bytes"),
        "{reply}"
    );
    assert!(send(&mail("after it")).starts_with("250 "));
    // Whoever says the size beforehand is told beforehand.
    for (size, codes) in [(65_536, "250 2.1.5"), (65_537, "552 5.3.4")] {
        relay.command("RSET");
        let reply = relay.command(&format!("MAIL FROM:<echo@relay.example> SIZE={size}"));
        assert!(reply.starts_with("250 "), "{reply}");
        assert_eq!(relay.codes("RCPT TO:<box@rogue.example>"), codes);
    }
}

#[test]
fn mails_that_are_too_much_together_are_put_off() {
    let scene = Scene::within(MailLimits {
        mail_bytes_at_once: 64 << 10,
        ..MailLimits::default()
    });
    let large = mail(&format!("{}\r\n", "a".repeat(98)).repeat(1000));
    let mut relay = scene.relay();
    let reply = relay.mail("echo@relay.example", "box@rogue.example", &large);
    assert!(
        reply.starts_with("452 4.3.1 ") && reply.contains("mail-bytes-at-once"),
        "{reply}"
    );
    // What was given back can be used again.
    for _ in 0..20 {
        let reply = relay.mail("echo@relay.example", "box@rogue.example", &large[..30_000]);
        assert!(reply.starts_with("250 "), "{reply}");
    }
}
