// SPDX-License-Identifier: Apache-2.0
//! A client of SMTP, for mails to the authority's server (RFC 5321).

use std::io;
use std::time::{Instant, SystemTime};

use rustls_pki_types::ServerName;
use tokio::net::TcpStream;
use tokio::time::{sleep, timeout};
use tokio_rustls::TlsConnector;

use super::delivery::{MailAttempt, Parcel};
use super::setup::{DeliverySetup, MailSecurity};
use super::wire::Wire;
use crate::error::SimulatorError;
use crate::tls::{self, Identity};

/// Longest line of a reply, in octets.
const LONGEST_LINE: usize = 4096;

/// Most lines of a reply.
const MOST_LINES: usize = 100;

/// Sends to one server.
pub(super) struct Courier {
    setup: DeliverySetup,
    tls: Option<(TlsConnector, ServerName<'static>)>,
}

/// How a dialogue ended badly: the reply's code, and why.
type Failed = (Option<u16>, String);

impl Courier {
    pub(super) fn new(setup: DeliverySetup) -> Result<Self, SimulatorError> {
        let tls = match setup.security {
            MailSecurity::None => None,
            _ => {
                let client = setup.client.as_ref().map(|client| {
                    let certificates = (
                        client.certificates_pem.as_str(),
                        "deliver_to.client.certificates_pem",
                    );
                    Identity::read(certificates, (&client.key_pem, "deliver_to.client.key_pem"))
                });
                let connector = tls::mail_connector(
                    client.transpose()?,
                    (&setup.anchors_pem, "deliver_to.anchors_pem"),
                )?;
                let name = ServerName::try_from(setup.host.clone());
                let name = name.map_err(|_| SimulatorError::Host("deliver_to.host"))?;
                Some((connector, name))
            }
        };
        Ok(Self { setup, tls })
    }

    /// Tries until the server takes the mail or refuses it for good.
    pub(super) async fn deliver(&self, parcel: &Parcel) -> Vec<MailAttempt> {
        let mut attempts = Vec::new();
        for number in 0..self.setup.attempts.max(1) {
            if number > 0 {
                sleep(self.setup.pause).await;
            }
            let (at, begun) = (SystemTime::now(), Instant::now());
            let limit = self.setup.time_limit;
            let ended = match timeout(limit, self.attempt(parcel)).await {
                Ok(ended) => ended,
                Err(_) => Err((None, "the server took too long".to_owned())),
            };
            let (code, problem) = match ended {
                Ok(code) => (Some(code), None),
                Err((code, problem)) => (code, Some(problem)),
            };
            let is_over = code.is_some_and(|code| !(400..500).contains(&code));
            attempts.push(MailAttempt {
                at,
                took: begun.elapsed(),
                code,
                problem,
            });
            if is_over {
                break;
            }
        }
        attempts
    }

    async fn attempt(&self, parcel: &Parcel) -> Result<u16, Failed> {
        let (mut wire, mut offered) = self.open().await?;
        if self.setup.security == MailSecurity::StartTls {
            if !offers(&offered, "STARTTLS") {
                return Err((None, "the server does not offer STARTTLS".to_owned()));
            }
            command(&mut wire, "STARTTLS", 220).await?;
            if wire.has_early_octets() {
                return Err((None, "the server spoke before TLS began".to_owned()));
            }
            let stream = wire.into_stream();
            let (connector, name) = self.tls()?;
            let stream = connector
                .connect(name.clone(), stream)
                .await
                .map_err(broken)?;
            wire = Wire::new(stream, self.setup.time_limit);
            offered = command(&mut wire, HELLO, 250).await?;
        }
        let is_8bit = !parcel.mail.is_ascii();
        if is_8bit && !offers(&offered, "8BITMIME") {
            return Err((
                None,
                "the server does not offer 8BITMIME, which this mail needs".to_owned(),
            ));
        }
        let mut mail = format!("MAIL FROM:<{}>", parcel.sender);
        if offers(&offered, "SIZE") {
            mail.push_str(&format!(" SIZE={}", parcel.mail.len()));
        }
        if is_8bit {
            mail.push_str(" BODY=8BITMIME");
        }
        command(&mut wire, &mail, 250).await?;
        command(&mut wire, &format!("RCPT TO:<{}>", parcel.to), 250).await?;
        command(&mut wire, "DATA", 354).await?;
        wire.write(&stuffed(&parcel.mail)).await.map_err(broken)?;
        let (code, _) = expect(&mut wire, "the content", 250).await?;
        // The mail is there, whatever the server says to this.
        let _ = command(&mut wire, "QUIT", 221).await;
        Ok(code)
    }

    /// A connection whose server has said what it offers.
    async fn open(&self) -> Result<(Wire, Vec<String>), Failed> {
        let socket = TcpStream::connect((self.setup.host.as_str(), self.setup.port))
            .await
            .map_err(broken)?;
        let limit = self.setup.time_limit;
        let mut wire = match self.setup.security {
            MailSecurity::Implicit => {
                let (connector, name) = self.tls()?;
                Wire::new(
                    connector
                        .connect(name.clone(), socket)
                        .await
                        .map_err(broken)?,
                    limit,
                )
            }
            _ => Wire::new(socket, limit),
        };
        expect(&mut wire, "the connection", 220).await?;
        let offered = command(&mut wire, HELLO, 250).await?;
        Ok((wire, offered))
    }

    fn tls(&self) -> Result<&(TlsConnector, ServerName<'static>), Failed> {
        self.tls
            .as_ref()
            .ok_or_else(|| (None, "there is no TLS".to_owned()))
    }
}

/// By the address that Suomi.fi's relay would have here.
const HELLO: &str = "EHLO [127.0.0.1]";

fn broken(error: io::Error) -> Failed {
    (None, format!("the connection failed: {error}"))
}

fn offers(lines: &[String], keyword: &str) -> bool {
    let words = lines
        .iter()
        .skip(1)
        .map(|line| line.split(' ').next().unwrap_or_default());
    words
        .into_iter()
        .any(|word| word.eq_ignore_ascii_case(keyword))
}

async fn command(wire: &mut Wire, line: &str, code: u16) -> Result<Vec<String>, Failed> {
    wire.write(format!("{line}\r\n").as_bytes())
        .await
        .map_err(broken)?;
    let verb = line.split([' ', ':']).next().unwrap_or_default();
    Ok(expect(wire, verb, code).await?.1)
}

/// A reply of the code's hundred; 251 is as good as 250.
async fn expect(wire: &mut Wire, what: &str, code: u16) -> Result<(u16, Vec<String>), Failed> {
    let mut lines = Vec::new();
    loop {
        let line = wire.line(LONGEST_LINE).await.map_err(broken)?;
        let line = line.map_err(|flaw| (None, format!("no reply of SMTP to {what}: {flaw}")))?;
        let line = String::from_utf8_lossy(&line).into_owned();
        let found: Option<u16> = line.get(..3).and_then(|digits| digits.parse().ok());
        let (Some(found), true) = (found, lines.len() < MOST_LINES) else {
            return Err((None, format!("no reply of SMTP to {what}")));
        };
        lines.push(line.get(4..).unwrap_or_default().to_owned());
        if line.get(3..4) == Some("-") {
            continue;
        }
        // What the server says may name a person.
        return match found / 100 == code / 100 {
            true => Ok((found, lines)),
            false => Err((Some(found), format!("{what} was answered by {found}"))),
        };
    }
}

/// With dots doubled, and the dot that ends it.
fn stuffed(mail: &[u8]) -> Vec<u8> {
    let mut octets = Vec::with_capacity(mail.len() + 8);
    for line in mail.split_inclusive(|octet| *octet == b'\n') {
        if line.starts_with(b".") {
            octets.push(b'.');
        }
        octets.extend(line);
    }
    if !mail.ends_with(b"\r\n") {
        octets.extend(b"\r\n");
    }
    octets.extend(b".\r\n");
    octets
}
