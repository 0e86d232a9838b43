// SPDX-License-Identifier: Apache-2.0
//! A relay that is ready for a mail: connected, protected, authenticated.

use std::net::IpAddr;

use base64::{Engine, prelude::BASE64_STANDARD};
use tokio::{net::TcpStream, time::timeout};

use super::{
    dialogue::{Dialogue, Lines},
    relay::{MailCredentials, MailRelay, MailSecurity},
};
use crate::outbound::{
    client_key::Asked,
    connect::{open_first, resolve},
    limits::FAREWELL,
    phase::{CurrentPhase, Phase},
    reason::Reason,
    sent::{Sent, SocketStream},
    tls::{Identity, Reached, TlsClient},
    tls_reason::of_connection,
};

/// A relay that waits for MAIL.
pub(super) struct Session {
    pub(super) dialogue: Dialogue,
    pub(super) extensions: Extensions,
    /// What was found of TLS.
    pub(super) reached: Option<Reached>,
}

impl Session {
    /// Opens a connection, up to where a mail begins.
    pub(super) async fn open(
        relay: &MailRelay,
        tls: &TlsClient,
        sent: &Sent,
        phase: &CurrentPhase,
    ) -> Result<Self, Reason> {
        let socket = open_socket(relay, phase).await?;
        let hello = hello_name(relay, &socket)?;
        let socket = SocketStream::new(socket, sent.clone());
        // Relays know their clients by address or by password.
        let nobody = Identity::default();
        let mut reached = None;
        let mut dialogue = match relay.security {
            MailSecurity::Implicit => {
                phase.enter(Phase::Tls);
                let stream = tls.handshake(&relay.host, nobody.clone(), socket).await?;
                reached = Some(Reached::of(&stream, &nobody.request));
                Dialogue::new(stream)
            }
            MailSecurity::StartTls | MailSecurity::PlainOnLoopback => Dialogue::new(socket),
        };
        phase.enter(Phase::Dialogue);
        dialogue.reply().await?.expect(220, "the connection")?;
        let mut extensions = say_hello(&mut dialogue, &hello).await?;
        if relay.security == MailSecurity::StartTls {
            if !extensions.start_tls {
                return Err(Reason::RelayLacks {
                    extension: "STARTTLS",
                    purpose: "has to protect the mail; use a port where TLS begins at once, or have it switched on",
                });
            }
            dialogue
                .command("STARTTLS")
                .await?
                .expect(220, "STARTTLS")?;
            phase.enter(Phase::Tls);
            let stream = dialogue.into_stream()?;
            let stream = tls.handshake(&relay.host, nobody.clone(), stream).await?;
            reached = Some(Reached::of(&stream, &nobody.request));
            dialogue = Dialogue::new(stream);
            phase.enter(Phase::Dialogue);
            // What was said before TLS does not count (RFC 3207 §4.2).
            extensions = say_hello(&mut dialogue, &hello).await?;
        }
        if let Some(credentials) = &relay.credentials {
            authenticate(&mut dialogue, &extensions, credentials).await?;
        }
        Ok(Self {
            dialogue,
            extensions,
            reached,
        })
    }

    /// Takes leave of the relay. Whether it does the same changes nothing.
    pub(super) async fn quit(&mut self) {
        let _ = timeout(FAREWELL, self.dialogue.command("QUIT")).await;
    }
}

async fn open_socket(relay: &MailRelay, phase: &CurrentPhase) -> Result<TcpStream, Reason> {
    phase.enter(Phase::Resolve);
    let mut addresses = resolve(&relay.host, relay.port).await?;
    if relay.security == MailSecurity::PlainOnLoopback {
        addresses.retain(|address| address.ip().is_loopback());
        if addresses.is_empty() {
            return Err(Reason::NotLoopback {
                host: relay.host.clone(),
            });
        }
    }
    phase.enter(Phase::Connect);
    open_first(&relay.host, addresses).await
}

fn hello_name(relay: &MailRelay, socket: &TcpStream) -> Result<String, Reason> {
    if let Some(name) = &relay.hello_name {
        return Ok(name.clone());
    }
    let own = socket
        .local_addr()
        .map_err(|error| of_connection(&error, Asked::No))?;
    Ok(match own.ip() {
        IpAddr::V4(address) => format!("[{address}]"),
        IpAddr::V6(address) => format!("[IPv6:{address}]"),
    })
}

/// EHLO, or HELO where the relay does not know that (RFC 5321 §3.2); then it offers nothing.
async fn say_hello(dialogue: &mut Dialogue, name: &str) -> Result<Extensions, Reason> {
    let said = dialogue.command(&format!("EHLO {name}")).await?;
    if matches!(said.code, 500 | 502 | 504) {
        let said = dialogue.command(&format!("HELO {name}")).await?;
        said.expect(250, "HELO")?;
        return Ok(Extensions::default());
    }
    Ok(Extensions::of(&said.expect(250, "EHLO")?))
}

/// What a relay offers beyond RFC 5321.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Extensions {
    pub(super) start_tls: bool,
    /// RFC 6152.
    pub(super) eight_bit: bool,
    /// RFC 6531.
    pub(super) utf8: bool,
    /// RFC 1870. Largest mail; 0 is no limit that is known.
    pub(super) size: Option<u64>,
    plain: bool,
    login: bool,
}

impl Extensions {
    /// Of the reply to EHLO: a line each after the first, keywords in whatever case (RFC 5321 §4.1.1.1).
    fn of(hello: &Lines) -> Self {
        let mut found = Self::default();
        for line in hello.lines.iter().skip(1) {
            let line = line.to_ascii_uppercase();
            let mut words = line.split_whitespace();
            match words.next() {
                Some("STARTTLS") => found.start_tls = true,
                Some("8BITMIME") => found.eight_bit = true,
                Some("SMTPUTF8") => found.utf8 = true,
                Some("SIZE") => {
                    found.size = Some(words.next().and_then(|size| size.parse().ok()).unwrap_or(0));
                }
                Some("AUTH") => {
                    for mechanism in words {
                        found.plain |= mechanism == "PLAIN";
                        found.login |= mechanism == "LOGIN";
                    }
                }
                _ => {}
            }
        }
        found
    }
}

/// AUTH (RFC 4954) by PLAIN (RFC 4616), and by LOGIN where there is no other.
async fn authenticate(
    dialogue: &mut Dialogue,
    extensions: &Extensions,
    own: &MailCredentials,
) -> Result<(), Reason> {
    let (user, password) = (&own.user, own.password.reveal());
    let ended = if extensions.plain {
        let message = BASE64_STANDARD.encode(format!("\0{user}\0{password}"));
        dialogue.command(&format!("AUTH PLAIN {message}")).await?
    } else if extensions.login {
        let asked = dialogue.command("AUTH LOGIN").await?;
        asked.expect(334, "AUTH")?;
        let asked = dialogue.command(&BASE64_STANDARD.encode(user)).await?;
        asked.expect(334, "AUTH")?;
        dialogue.command(&BASE64_STANDARD.encode(password)).await?
    } else {
        return Err(Reason::RelayLacks {
            extension: "AUTH with PLAIN or LOGIN",
            purpose: "the user name and the password need; have it switched on, or leave them out",
        });
    };
    ended.expect(235, "AUTH")?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    use super::*;

    #[tokio::test]
    async fn a_relay_that_does_not_know_ehlo_is_greeted_by_helo() {
        for (says, expected, said) in [
            (
                "502 what\r\n250 hello\r\n",
                Some(Extensions::default()),
                "EHLO a\r\nHELO a\r\n",
            ),
            ("500 what\r\n550 no\r\n", None, "EHLO a\r\nHELO a\r\n"),
            ("550 no\r\n250 hello\r\n", None, "EHLO a\r\n"),
            ("421 later\r\n", None, "EHLO a\r\n"),
        ] {
            let (own, mut relay) = tokio::io::duplex(1 << 10);
            relay.write_all(says.as_bytes()).await.unwrap();
            let mut dialogue = Dialogue::new(own);
            let found = say_hello(&mut dialogue, "a").await;
            assert_eq!(found.ok(), expected, "{says}");
            drop(dialogue);
            let mut heard = String::new();
            relay.read_to_string(&mut heard).await.unwrap();
            assert_eq!(heard, said, "{says}");
        }
    }

    #[test]
    fn extensions_are_read_in_whatever_case() {
        let said = |lines: &[&str]| {
            Extensions::of(&Lines {
                code: 250,
                lines: lines.iter().map(|line| (*line).to_owned()).collect(),
            })
        };
        let all = said(&[
            "STARTTLS",
            "starttls",
            "8bitMIME",
            "SMTPUTF8",
            "SIZE 100",
            "AUTH CRAM-MD5 plain",
            "AUTH LOGIN",
            "",
            " ",
        ]);
        let expected = Extensions {
            start_tls: true,
            eight_bit: true,
            utf8: true,
            size: Some(100),
            plain: true,
            login: true,
        };
        assert_eq!(all, expected);
        // The first line is a greeting.
        assert_eq!(said(&["STARTTLS"]), Extensions::default());
        assert_eq!(said(&["x", "SIZE", "STARTTLSX"]).size, Some(0));
        assert!(!said(&["x", "STARTTLSX"]).start_tls);
    }
}
