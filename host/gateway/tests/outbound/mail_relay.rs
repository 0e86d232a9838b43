// SPDX-License-Identifier: Apache-2.0
//! A relay that holds its clients to RFC 5321, and replies as a test wants it to.

use std::{
    io::{self, Read, Write},
    net::TcpStream,
    sync::Arc,
};

use rustls::ServerConfig;
use silta_gateway::outbound::{MailClient, MailRelay, MailSecurity};

use super::{
    certificates::Authority,
    server::{Server, serve, shake_hands},
};

/// In place of a reply: the connection ends.
pub(crate) const CUT: &str = "cut";

/// In place of a reply: nothing comes any more.
pub(crate) const SILENCE: &str = "silence";

/// How a relay behaves.
#[derive(Clone, Default)]
pub(crate) struct Manners {
    /// With whose certificate it speaks TLS, if it does.
    pub(crate) tls: Option<Arc<ServerConfig>>,
    /// Whether TLS begins at once.
    pub(crate) is_implicit: bool,
    /// What it offers after EHLO, within TLS as well.
    pub(crate) offers: Vec<&'static str>,
    /// What it says in place of the usual: to the commands that begin so, to `greeting` or to `content`.
    pub(crate) says: Vec<(&'static str, &'static str)>,
    /// After how many bytes of a content it ends the connection.
    pub(crate) cut_content_at: Option<usize>,
}

/// What a relay heard.
#[derive(Debug, Default)]
pub(crate) struct Heard {
    /// Commands in their order, those within TLS after `TLS`.
    pub(crate) commands: Vec<String>,
    /// The content that was ended by a dot, without the dots that were doubled.
    pub(crate) content: Option<String>,
}

trait Stream: Read + Write {}

impl<S: Read + Write> Stream for S {}

/// A relay with these manners. It panics, and thereby closes the connection, where a client breaks the rules.
pub(crate) fn relay(manners: Manners) -> Server<Heard> {
    serve(move |socket| {
        let mut heard = Heard::default();
        // Where the client is gone there is nobody to be told.
        let _ = talk(&manners, socket, &mut heard);
        heard
    })
}

/// A client of a relay that trusts an authority.
pub(crate) fn client(
    authority: &Authority,
    server: &Server<Heard>,
    security: MailSecurity,
) -> MailClient {
    MailClient::new(described(authority, server, security)).unwrap()
}

pub(crate) fn described(
    authority: &Authority,
    server: &Server<Heard>,
    security: MailSecurity,
) -> MailRelay {
    MailRelay {
        trust: Some(authority.trust()),
        ..MailRelay::new("localhost", server.address.port(), security)
    }
}

fn talk(manners: &Manners, socket: TcpStream, heard: &mut Heard) -> io::Result<()> {
    let mut stream: Box<dyn Stream> = match &manners.tls {
        Some(config) if manners.is_implicit => Box::new(shake_hands(config, socket.try_clone()?)?),
        _ => Box::new(socket.try_clone()?),
    };
    say(manners, &mut stream, "greeting", "220 relay.example ESMTP")?;
    // How far it is: greeted, said hello, sender, recipients.
    let mut stage = 0;
    loop {
        let line = line(&mut stream)?;
        heard.commands.push(line.clone());
        let verb = line.split([' ', ':']).next().unwrap().to_owned();
        match verb.as_str() {
            "EHLO" => {
                let offers = manners
                    .offers
                    .iter()
                    .map(|offer| format!("250-{offer}\r\n"));
                let offers = offers.collect::<String>();
                let usual = format!("250-relay.example\r\n{offers}250 HELP");
                say(manners, &mut stream, &line, &usual)?;
                stage = 1;
            }
            "HELO" => {
                say(manners, &mut stream, &line, "250 relay.example")?;
                stage = 1;
            }
            "STARTTLS" => {
                say(manners, &mut stream, &line, "220 2.0.0 Ready")?;
                let config = manners.tls.as_ref().unwrap();
                stream = Box::new(shake_hands(config, socket.try_clone()?)?);
                heard.commands.push("TLS".to_owned());
                stage = 0;
            }
            "AUTH" if line == "AUTH LOGIN" => {
                for asked in ["334 VXNlcm5hbWU6", "334 UGFzc3dvcmQ6"] {
                    say(manners, &mut stream, "", asked)?;
                    heard.commands.push(self::line(&mut stream)?);
                }
                say(manners, &mut stream, "AUTH", "235 2.7.0 ok")?;
            }
            "AUTH" => say(manners, &mut stream, &line, "235 2.7.0 ok")?,
            "MAIL" => {
                assert_eq!(stage, 1, "{line}");
                stage = 2;
                say(manners, &mut stream, &line, "250 2.1.0 ok")?;
            }
            "RCPT" => {
                assert!(stage >= 2, "{line}");
                stage = 3;
                say(manners, &mut stream, &line, "250 2.1.5 ok")?;
            }
            "DATA" => {
                assert_eq!(stage, 3, "{line}");
                say(manners, &mut stream, &line, "354 go on")?;
                heard.content = Some(content(manners, &mut stream)?);
                say(manners, &mut stream, "content", "250 2.0.0 queued as 1")?;
                stage = 1;
            }
            "QUIT" => return say(manners, &mut stream, &line, "221 2.0.0 bye"),
            _ => panic!("{line} is no command"),
        }
    }
}

fn say(manners: &Manners, stream: &mut impl Stream, to: &str, usual: &str) -> io::Result<()> {
    let other = manners.says.iter().find(|(begin, _)| to.starts_with(begin));
    let said = other.map_or(usual, |(_, said)| said);
    match said {
        CUT => return Err(io::ErrorKind::BrokenPipe.into()),
        SILENCE => {
            io::copy(stream, &mut io::sink())?;
            return Err(io::ErrorKind::TimedOut.into());
        }
        said => write!(stream, "{said}\r\n")?,
    }
    stream.flush()
}

/// A command, without its CRLF; a lone LF in it is against the rules.
fn line(stream: &mut impl Read) -> io::Result<String> {
    let mut line = Vec::new();
    while !line.ends_with(b"\r\n") {
        let mut byte = [0];
        stream.read_exact(&mut byte)?;
        line.push(byte[0]);
    }
    line.truncate(line.len() - 2);
    let line = String::from_utf8(line).unwrap();
    assert!(!line.contains(['\r', '\n']), "{line:?}");
    Ok(line)
}

/// A content up to the line with nothing but a dot.
fn content(manners: &Manners, stream: &mut impl Read) -> io::Result<String> {
    let mut content = b"\r\n".to_vec();
    while !content.ends_with(b"\r\n.\r\n") {
        if manners.cut_content_at == Some(content.len() - 2) {
            return Err(io::ErrorKind::BrokenPipe.into());
        }
        let mut byte = [0];
        stream.read_exact(&mut byte)?;
        content.push(byte[0]);
    }
    content.truncate(content.len() - 3);
    let content = String::from_utf8(content).unwrap();
    let lone = content.replace("\r\n", "");
    assert!(!lone.contains(['\r', '\n']), "a line break is CR and LF");
    Ok(content[2..].replace("\r\n..", "\r\n."))
}
