// SPDX-License-Identifier: Apache-2.0
//! A connection of a client: commands up to MAIL (RFC 5321 §4.1).

use std::io;
use std::sync::Arc;

use tokio::net::TcpStream;

use super::command::{Parsed, parse};
use super::dialogue::{Next, Session};
use super::misbehaviour::{Command, Misbehaviour, Occasion};
use super::received::TlsFacts;
use super::reply::Reply;
use super::service::Service;
use super::setup::MailSecurity;
use super::wire::{Duplex, Wire};
use crate::sha256::sha256_hex;

/// Longest command line (RFC 5321 §4.5.3.1.4), with room for the parameters of MAIL.
const LONGEST_COMMAND: usize = 1000;

/// Serves a client until one of the two ends it.
pub(super) async fn serve(service: Arc<Service>, socket: TcpStream) {
    let wire = Some(Wire::new(socket, service.idle_limit));
    let mut session = Session {
        service,
        wire,
        tls: None,
        transaction: None,
        played: Vec::new(),
        is_recorded: false,
        is_greeted: false,
        manner: None,
    };
    if let Err(error) = session.run().await {
        session.note_broken(&error.to_string());
    }
    session.note_unfinished();
    session.note_played();
    if let Some(wire) = &mut session.wire {
        wire.close().await;
    }
}

impl Session {
    async fn run(&mut self) -> io::Result<()> {
        if self.service.security == MailSecurity::Implicit {
            self.handshake().await?;
        }
        self.manner = self.play(Occasion::Connection);
        if self.is_closed_at(Command::Greeting).await? {
            return Ok(());
        }
        let greeting = format!("{} ESMTP Suomi.fi-viestit simulator", self.service.name());
        self.reply(Reply::bare(220, vec![greeting])).await?;
        loop {
            let line = self.wire()?.line(LONGEST_COMMAND).await?;
            let next = match line {
                Err(what) => self.reply(Reply::new(500, "5.5.2", what)).await?,
                Ok(line) => self.command(&line).await?,
            };
            if next == Next::End {
                return Ok(());
            }
        }
    }

    async fn command(&mut self, line: &[u8]) -> io::Result<Next> {
        match parse(line) {
            Parsed::Ehlo => self.hello(Command::Ehlo, self.extensions()).await,
            Parsed::Helo => self.hello(Command::Ehlo, Vec::new()).await,
            Parsed::StartTls => self.start_tls().await,
            Parsed::Mail(path, parameters) if self.is_greeted => {
                self.mail(&path, &parameters).await
            }
            Parsed::Recipient(path, parameters) => self.recipient(&path, &parameters).await,
            Parsed::Data => self.data().await,
            Parsed::Reset => {
                self.note_unfinished();
                self.reply(Reply::new(250, "2.0.0", "Reset")).await
            }
            Parsed::Noop => self.reply(Reply::new(250, "2.0.0", "Nothing done")).await,
            Parsed::Verify => {
                self.reply(Reply::new(252, "2.0.0", "Send the mail and see"))
                    .await
            }
            Parsed::Quit => {
                self.note_unfinished();
                self.reply(Reply::new(221, "2.0.0", "Good bye")).await?;
                Ok(Next::End)
            }
            Parsed::Mail(..) => {
                self.reply(Reply::new(503, "5.5.1", "EHLO comes first"))
                    .await
            }
            Parsed::Wrong(what) => self.reply(Reply::new(501, "5.5.4", what)).await,
            Parsed::Unknown => {
                self.reply(Reply::new(500, "5.5.1", "There is no such command"))
                    .await
            }
        }
    }

    async fn hello(&mut self, command: Command, extensions: Vec<String>) -> io::Result<Next> {
        if self.is_closed_at(command).await? {
            return Ok(Next::End);
        }
        self.note_unfinished();
        self.is_greeted = true;
        let mut lines = vec![self.service.name()];
        lines.extend(extensions);
        self.reply(Reply::bare(250, lines)).await
    }

    fn extensions(&self) -> Vec<String> {
        let size = format!("SIZE {}", self.service.rules.largest_mail);
        let mut offered = vec![
            size,
            "8BITMIME".to_owned(),
            "PIPELINING".to_owned(),
            "ENHANCEDSTATUSCODES".to_owned(),
        ];
        if self.offers_start_tls() {
            offered.push("STARTTLS".to_owned());
        }
        offered
    }

    fn offers_start_tls(&self) -> bool {
        let is_withheld = self.manner == Some(Misbehaviour::NoStartTls);
        self.service.security == MailSecurity::StartTls && self.tls.is_none() && !is_withheld
    }

    async fn start_tls(&mut self) -> io::Result<Next> {
        if !self.offers_start_tls() {
            return self
                .reply(Reply::new(502, "5.5.1", "STARTTLS is not offered here"))
                .await;
        }
        match self.play(Occasion::At(Command::StartTls)) {
            Some(Misbehaviour::Closing(_)) => return self.close().await,
            Some(_) => {
                return self
                    .reply(Reply::new(
                        454,
                        "4.7.0",
                        "TLS is not available at the moment",
                    ))
                    .await;
            }
            None => {}
        }
        self.reply(Reply::new(220, "2.0.0", "Go ahead")).await?;
        self.handshake().await?;
        // What was said before TLS does not count (RFC 3207 §4.2).
        self.is_greeted = false;
        self.transaction = None;
        Ok(Next::Command)
    }

    async fn handshake(&mut self) -> io::Result<()> {
        let acceptor = match self.play(Occasion::Handshake) {
            Some(Misbehaviour::WrongName) => self.service.tls.wrong_name.clone(),
            Some(_) => self.service.tls.wrong_authority.clone(),
            None => self.service.tls.own.clone(),
        };
        let refuse = |reason: &str| {
            self.service.refuse_handshake(reason);
            Err(io::Error::new(
                io::ErrorKind::ConnectionAborted,
                reason.to_owned(),
            ))
        };
        let Some(acceptor) = acceptor else {
            return refuse("there is no TLS");
        };
        if self.wire.as_ref().is_none_or(Wire::has_early_octets) {
            return refuse("something was said before TLS began");
        }
        let Some(stream) = self.wire.take().map(Wire::into_stream) else {
            return refuse("there is no connection");
        };
        let limit = self.service.idle_limit;
        let stream = match tokio::time::timeout(limit, acceptor.accept(stream)).await {
            Ok(Ok(stream)) => stream,
            Ok(Err(error)) => return refuse(&error.to_string()),
            Err(_) => return refuse("the handshake took too long"),
        };
        self.tls = Some(facts(&stream));
        self.wire = Some(Wire::new(stream, limit));
        Ok(())
    }
}

fn facts(stream: &tokio_rustls::server::TlsStream<Box<dyn Duplex>>) -> TlsFacts {
    let connection = stream.get_ref().1;
    let version = connection.protocol_version();
    let leaf = connection.peer_certificates().and_then(<[_]>::first);
    TlsFacts {
        version: version.map_or_else(String::new, |version| format!("{version:?}")),
        client_sha256: leaf.map(|leaf| sha256_hex(leaf)),
    }
}
