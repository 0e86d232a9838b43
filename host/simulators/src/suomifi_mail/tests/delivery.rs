// SPDX-License-Identifier: Apache-2.0
//! The relay as a client of the authority's server.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::sync::mpsc::{Receiver, channel};

use super::super::{CitizenMessage, DeliverySetup};
use super::*;

/// A server of mail that answers each connection by its own script, and tells what it heard.
struct Server {
    port: u16,
    heard: Receiver<String>,
}

impl Server {
    /// Of each connection: the reply to each command that begins so, in place of the usual one; an empty reply ends the connection.
    fn start(scripts: Vec<Vec<(&'static str, &'static str)>>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let (tell, heard) = channel();
        thread::spawn(move || {
            for script in scripts {
                let (socket, _) = listener.accept().unwrap();
                let mut writer = socket.try_clone().unwrap();
                let mut lines = BufReader::new(socket).lines();
                let mut all = String::new();
                let mut command = "CONNECT".to_owned();
                loop {
                    let usual = match command.split([' ', ':']).next().unwrap() {
                        "CONNECT" => "220 localhost",
                        "EHLO" => "250-localhost\r\n250-8BITMIME\r\n250 SIZE",
                        "DATA" => "354 go on",
                        "QUIT" => "221 bye",
                        _ => "250 fine",
                    };
                    let special = script.iter().find(|(start, _)| command.starts_with(start));
                    let reply = special.map_or(usual, |(_, reply)| *reply);
                    if reply.is_empty() || write!(writer, "{reply}\r\n").is_err() {
                        break;
                    }
                    if command == "DATA" && reply.starts_with("354") {
                        let content = lines
                            .by_ref()
                            .map(Result::unwrap)
                            .take_while(|line| line != ".");
                        all.push_str(&content.map(|line| line + "\n").collect::<String>());
                        command = "CONTENT".to_owned();
                        continue;
                    }
                    match lines.next() {
                        Some(Ok(line)) => command = line,
                        _ => break,
                    }
                    all.push_str(&format!("{command}\n"));
                }
                tell.send(all).unwrap();
            }
        });
        Self { port, heard }
    }

    fn relay(&self, adjust: impl FnOnce(&mut DeliverySetup)) -> MailRelaySimulator {
        let mut delivery = DeliverySetup::new("127.0.0.1", self.port, world().authority.pem());
        delivery.security = MailSecurity::None;
        delivery.pause = Duration::from_millis(10);
        adjust(&mut delivery);
        plain(|setup| setup.deliver_to = Some(delivery))
    }

    fn heard(&self) -> String {
        self.heard.recv_timeout(PATIENCE).unwrap()
    }
}

fn write(relay: &MailRelaySimulator, number: usize) -> MailDelivery {
    only(
        relay
            .write(CitizenMessage::sample(number), "palvelu@kunta.example")
            .unwrap(),
    )
}

#[test]
fn a_mail_arrives_with_its_dots_doubled() {
    let server = Server::start(vec![vec![]]);
    let relay = server.relay(|_| {});
    let mut message = CitizenMessage::sample(0);
    message.text = ".\n..piilossa\nloppu".to_owned();
    let delivery = only(relay.write(message, "palvelu@kunta.example").unwrap());
    assert!(delivery.is_taken(), "{delivery:?}");
    let heard = server.heard();
    let size = delivery.mail.len();
    for line in [
        "EHLO [127.0.0.1]\n",
        &format!("MAIL FROM:<010190-900p@asiointitili.fi> SIZE={size}\n"),
        "RCPT TO:<palvelu@kunta.example>\n",
        "\n..\n...piilossa\nloppu\n",
        "\nQUIT\n",
    ] {
        assert!(heard.contains(line), "{heard}");
    }
    let event = only(delivery.events());
    assert_eq!(
        (event.verdict, event.code.as_deref()),
        ("answered", Some("250"))
    );
    assert!(!format!("{event:?}{delivery:?}").contains("010190"));
}

#[test]
fn what_may_come_later_is_tried_again() {
    let server = Server::start(vec![
        vec![("RCPT", "450 later")],
        vec![("CONTENT", "")],
        vec![],
    ]);
    let delivery = write(&server.relay(|_| {}), 0);
    assert!(delivery.is_taken());
    let problems: Vec<_> = delivery
        .attempts
        .iter()
        .map(|attempt| (attempt.code, attempt.problem.is_some()))
        .collect();
    assert_eq!(
        problems,
        [(Some(450), true), (None, true), (Some(250), false)]
    );
    assert_eq!(delivery.events().len(), 3);
    for _ in 0..3 {
        server.heard();
    }
    let server = Server::start(vec![
        vec![("MAIL", "451 later")],
        vec![("MAIL", "451 later")],
    ]);
    let delivery = write(&server.relay(|delivery| delivery.attempts = 2), 0);
    assert!(!delivery.is_taken());
    assert_eq!(delivery.attempts.len(), 2);
}

#[test]
fn what_is_refused_is_not_tried_again() {
    for (command, code) in [
        ("CONNECT", 554),
        ("EHLO", 550),
        ("MAIL", 550),
        ("RCPT", 553),
        ("DATA", 554),
        ("CONTENT", 554),
    ] {
        let reply: &'static str = Box::leak(format!("{code} no").into_boxed_str());
        let server = Server::start(vec![vec![(command, reply)]]);
        let delivery = write(&server.relay(|_| {}), 0);
        let attempt = only(delivery.attempts.clone());
        assert_eq!(attempt.code, Some(code), "{command}");
        assert!(attempt.problem.unwrap().contains(&code.to_string()));
    }
}

#[test]
fn octets_beyond_ascii_need_a_server_that_takes_them() {
    let eight_bit = (0..10)
        .find(|number| CitizenMessage::sample(*number).form.name() == "utf-8-8bit")
        .unwrap();
    let server = Server::start(vec![vec![]]);
    assert!(write(&server.relay(|_| {}), eight_bit).is_taken());
    assert!(server.heard().contains(" BODY=8BITMIME\n"));
    let server = Server::start(vec![vec![("EHLO", "250 localhost")]]);
    let delivery = write(&server.relay(|delivery| delivery.attempts = 1), eight_bit);
    assert!(
        only(delivery.attempts)
            .problem
            .unwrap()
            .contains("8BITMIME")
    );
}

#[test]
fn a_server_that_says_nothing_of_smtp_is_told_of() {
    for (reply, says) in [
        ("hello", "no reply of SMTP"),
        ("250 x\r\n220", "250"),
        ("", "connection"),
    ] {
        let server = Server::start(vec![vec![("CONNECT", reply)]]);
        let delivery = write(&server.relay(|delivery| delivery.attempts = 1), 0);
        let attempt = only(delivery.attempts);
        assert!(
            attempt.problem.as_ref().unwrap().contains(says) || attempt.code.is_some(),
            "{attempt:?}"
        );
    }
}

/// The authority's server is here another relay: it speaks TLS, and refuses a citizen's sender.
#[test]
fn mails_go_within_tls_by_either_way() {
    for security in [MailSecurity::StartTls, MailSecurity::Implicit] {
        let mut server_setup = setup(security);
        server_setup.client_anchors_pem = Some(world().authority.pem());
        let server = MailRelaySimulator::start(server_setup).unwrap();
        let relay = |anchors: String| {
            let mut delivery = DeliverySetup::new("localhost", server.address().port(), anchors);
            delivery.security = security;
            delivery.attempts = 1;
            delivery.client = Some(credential(&world().client));
            plain(|setup| setup.deliver_to = Some(delivery))
        };
        let delivery = write(&relay(world().authority.pem()), 0);
        assert_eq!(only(delivery.attempts).code, Some(550));
        let record = only(server.take_received(PATIENCE));
        assert_eq!(record.failed, Some("envelope-sender"));
        assert!(record.tls.unwrap().client_sha256.is_some());
        let stranger = Authority::new("Strangers").pem();
        let attempt = only(write(&relay(stranger), 0).attempts);
        assert_eq!(attempt.code, None);
        assert!(attempt.problem.unwrap().contains("certificate"));
    }
    let server = Server::start(vec![vec![]]);
    let delivery = write(
        &server.relay(|delivery| {
            delivery.security = MailSecurity::StartTls;
            delivery.attempts = 1;
        }),
        0,
    );
    assert!(
        only(delivery.attempts)
            .problem
            .unwrap()
            .contains("does not offer STARTTLS")
    );
}
