// SPDX-License-Identifier: Apache-2.0
//! The dialogue with a relay.

mod delivery;

use silta::exchange::MailConnection;
use tokio::{
    io::{AsyncRead, AsyncWrite},
    time::timeout,
};

use crate::inbound::{
    log_summary::Severity,
    mail::{
        judge::TOO_LARGE,
        reply::Reply,
        service::MailService,
        setup::MailProtocol,
        stream::{Gone, MailStream, NoLine},
        transaction::{Recipient, Transaction},
        wire::{Address, Command, CommandFlaw, Hello, LineFlaw, parse},
    },
    tls::Unsupported,
};

const OK: Reply = Reply::new(250, "2.0.0", "ok");
const STOPPING: Reply = Reply::new(421, "4.3.2", "stopping, try again later");
const TOO_SLOW: Reply = Reply::new(421, "4.4.2", "time is over");
const OUT_OF_ORDER: Reply = Reply::new(503, "5.5.1", "not now: the order of commands is another");
const NOT_OFFERED: Reply = Reply::new(502, "5.5.1", "not offered here");
const BARE_LINE_END: Reply = Reply::new(
    554,
    "5.5.2",
    "a CR or LF alone: lines end with CRLF (RFC 5321 section 2.3.8)",
);

/// One connection, before or after STARTTLS.
pub(super) struct Session<'a, S> {
    service: &'a MailService,
    stream: MailStream<S>,
    relay: Relay,
    greeting: Option<Hello>,
    transaction: Option<Transaction>,
}

/// Who is at the other end, and how many commands it may still give.
pub(super) struct Relay {
    pub(super) connection: MailConnection,
    /// Why the key of its certificate cannot be verified.
    pub(super) unsupported: Option<Unsupported>,
    /// What it is greeted with.
    pub(super) host_name: String,
    pub(super) commands_left: u32,
}

/// What follows a command.
enum Next {
    Command,
    Close,
    StartTls,
}

impl<'a, S: AsyncRead + AsyncWrite + Unpin> Session<'a, S> {
    pub(super) fn new(service: &'a MailService, stream: S, relay: Relay) -> Self {
        Self {
            stream: MailStream::new(stream, service.limits().command_time),
            service,
            relay,
            greeting: None,
            transaction: None,
        }
    }

    /// Greets, as a server does once, at the start of a connection.
    pub(super) async fn greet(&mut self) -> Result<(), Gone> {
        let protocol = match self.service.protocol() {
            MailProtocol::Smtp => "ESMTP",
            MailProtocol::Lmtp => "LMTP",
        };
        let host = &self.relay.host_name;
        self.stream
            .write(&format!("220 {host} {protocol}\r\n"))
            .await
    }

    /// Takes commands until the connection ends, or is to be secured: then what it runs on is given back.
    pub(super) async fn run(mut self) -> Option<(S, Relay)> {
        loop {
            match self.next().await {
                Ok(Next::Command) => {}
                Ok(Next::Close) => {
                    self.stream.close().await;
                    return None;
                }
                Ok(Next::StartTls) => {
                    self.stream.flush().await.ok()?;
                    let (stream, unread) = self.stream.into_inner();
                    if unread > 0 {
                        self.service.count(
                            Severity::LimitReached,
                            "bytes thrown away",
                            "after-starttls",
                        );
                    }
                    return Some((stream, self.relay));
                }
                Err(Gone) => return None,
            }
        }
    }

    async fn next(&mut self) -> Result<Next, Gone> {
        let limits = self.service.limits();
        let line = self.stream.line(limits.command_line_bytes as usize);
        let line = tokio::select! {
            // A stop comes first: what has not begun is for another time.
            biased;
            () = self.service.cancelled() => return self.end(STOPPING, "stopping").await,
            line = timeout(limits.command_time, line) => line,
        };
        let line = match line {
            Ok(Ok(line)) => line,
            Ok(Err(NoLine::Gone)) => return Err(Gone),
            Ok(Err(NoLine::Flaw(LineFlaw::BareLineEnd))) => {
                return self.end(BARE_LINE_END, "command.bare-line-end").await;
            }
            Ok(Err(NoLine::Flaw(LineFlaw::TooLong))) => {
                let reply = Reply::new(500, "5.5.2", "line too long (limit command-line-bytes)");
                return self.end(reply, "command.too-long").await;
            }
            Err(_) => return self.end(TOO_SLOW, "command.too-slow").await,
        };
        let Some(left) = self.relay.commands_left.checked_sub(1) else {
            let reply = Reply::new(
                421,
                "4.7.0",
                "too many commands (limit commands-per-session)",
            );
            return self.end(reply, "commands-per-session").await;
        };
        self.relay.commands_left = left;
        match parse(&line) {
            Ok(command) => self.obey(command).await,
            Err(flaw) => self.misread(flaw).await,
        }
    }

    async fn obey(&mut self, command: Command) -> Result<Next, Gone> {
        let reply = match command {
            Command::Hello(hello) => return self.hello(hello).await,
            Command::Data => return self.data().await,
            Command::StartTls => return self.start_tls().await,
            Command::Quit => {
                let bye = Reply::new(221, "2.0.0", "bye");
                self.stream.reply(&bye).await?;
                return Ok(Next::Close);
            }
            Command::Mail { sender, size } => self.mail(sender, size),
            Command::Recipient(address) => self.recipient(address),
            Command::Reset => {
                self.transaction = None;
                OK
            }
            Command::Noop => OK,
            Command::Verify => {
                Reply::new(252, "2.5.0", "not looked up; a recipient is judged by RCPT")
            }
            Command::Help => Reply::new(214, "2.0.0", "see RFC 5321 and RFC 2033"),
        };
        self.stream.reply(&reply).await?;
        Ok(Next::Command)
    }

    async fn misread(&mut self, flaw: CommandFlaw) -> Result<Next, Gone> {
        let reply = match flaw {
            CommandFlaw::Chunk => return self.end(NOT_OFFERED, "command.chunk").await,
            CommandFlaw::Unknown => Reply::new(500, "5.5.1", "no such command"),
            CommandFlaw::NotOffered => NOT_OFFERED,
            CommandFlaw::Argument(form) => {
                Reply::new(501, "5.5.4", "").with_text(&format!("expected: {form}"))
            }
            CommandFlaw::Parameter => Reply::new(
                555,
                "5.5.4",
                "a parameter that is not offered, or whose value is none",
            ),
            CommandFlaw::Sender => Reply::new(553, "5.1.7", "the reverse path is no address"),
            CommandFlaw::Recipient => Reply::new(553, "5.1.3", "the forward path is no address"),
            CommandFlaw::NotAscii => Reply::new(
                553,
                "5.6.7",
                "letters beyond ASCII are not supported (SMTPUTF8 is not offered)",
            ),
        };
        self.service.count(
            Severity::Expected,
            "command refused",
            &reply.code().to_string(),
        );
        self.stream.reply(&reply).await?;
        Ok(Next::Command)
    }

    /// EHLO or LHLO with what is offered. Whatever was said before counts no more (RFC 5321 §4.1.4).
    async fn hello(&mut self, hello: Hello) -> Result<Next, Gone> {
        let is_lmtp = self.service.protocol() == MailProtocol::Lmtp;
        if is_lmtp != (hello == Hello::Lhlo) {
            // RFC 2033 §4.1.
            let right = if is_lmtp {
                "LHLO: this is LMTP"
            } else {
                "EHLO: this is SMTP"
            };
            let reply = Reply::new(500, "5.5.1", "").with_text(right);
            self.stream.reply(&reply).await?;
            return Ok(Next::Command);
        }
        self.greeting = Some(hello);
        self.transaction = None;
        let host = &self.relay.host_name;
        let lines = if hello == Hello::Helo {
            format!("250 {host}\r\n")
        } else {
            let size = self.service.limits().mail_bytes;
            let has_tls = self.service.offers_tls() && self.relay.connection.tls.is_none();
            let start_tls = if has_tls { "250-STARTTLS\r\n" } else { "" };
            format!(
                "250-{host}\r\n250-PIPELINING\r\n250-SIZE {size}\r\n{start_tls}250-8BITMIME\r\n250 ENHANCEDSTATUSCODES\r\n"
            )
        };
        self.stream.write(&lines).await?;
        Ok(Next::Command)
    }

    /// RFC 3207 §4: what was said before counts no more, and the relay greets again.
    async fn start_tls(&mut self) -> Result<Next, Gone> {
        if self.relay.connection.tls.is_some() || !self.service.offers_tls() {
            let reply = match self.service.offers_tls() {
                true => OUT_OF_ORDER,
                false => NOT_OFFERED,
            };
            self.stream.reply(&reply).await?;
            return Ok(Next::Command);
        }
        let ready = Reply::new(220, "2.0.0", "ready for TLS");
        self.stream.reply(&ready).await?;
        Ok(Next::StartTls)
    }

    fn mail(&mut self, sender: Option<Address>, size: Option<u64>) -> Reply {
        if self.service.requires_tls() && self.relay.connection.tls.is_none() {
            self.refuse("relay.no-tls");
            return Reply::new(530, "5.7.0", "STARTTLS first");
        }
        if let Some(unsupported) = &self.relay.unsupported {
            self.refuse(unsupported.code());
            return Reply::new(550, "5.7.4", "").with_text(&unsupported.to_string());
        }
        if self.greeting.is_none() || self.transaction.is_some() {
            return OUT_OF_ORDER;
        }
        if size.is_some_and(|size| size > self.service.limits().mail_bytes) {
            self.refuse("mail.too-large");
            return TOO_LARGE;
        }
        self.transaction = Some(Transaction::new(sender, size));
        Reply::new(250, "2.1.0", "ok")
    }

    fn recipient(&mut self, address: Address) -> Reply {
        let Some(transaction) = &self.transaction else {
            return OUT_OF_ORDER;
        };
        if transaction.recipients.len() >= self.service.limits().recipients as usize {
            self.refuse("recipients");
            return Reply::new(
                452,
                "4.5.3",
                "too many recipients (limit recipients), send another mail to these",
            );
        }
        let size = transaction.size.unwrap_or(0);
        let (reply, code) = match self.service.recipient(&address, size) {
            Ok(agency) => {
                if let Some(transaction) = &mut self.transaction {
                    transaction.recipients.push(Recipient { address, agency });
                }
                return Reply::new(250, "2.1.5", "ok");
            }
            Err(refused) => refused,
        };
        self.refuse(code);
        reply
    }

    /// Replies and closes the connection.
    async fn end(&mut self, reply: Reply, code: &str) -> Result<Next, Gone> {
        self.service
            .count(Severity::Expected, "connection closed", code);
        self.stream.reply(&reply).await?;
        Ok(Next::Close)
    }

    fn refuse(&self, code: &str) {
        self.service.count(Severity::Expected, "mail refused", code);
    }
}
