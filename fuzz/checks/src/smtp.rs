// SPDX-License-Identifier: Apache-2.0
//! What relays send, as the gateway reads it: command lines, paths, contents. The folder `smtp` is a link to the gateway's own.
//!
//! An input is a number, as many places to cut at, and the bytes of a connection.

#[allow(
    dead_code,
    unreachable_pub,
    reason = "a module of the gateway, which hands it out and asks more of it"
)]
mod address;
#[allow(
    unreachable_pub,
    reason = "a module of the gateway, which hands it out"
)]
mod command;
#[allow(
    unreachable_pub,
    reason = "a module of the gateway, which hands it out"
)]
mod content;
#[allow(
    unreachable_pub,
    reason = "a module of the gateway, which hands it out"
)]
mod line;

use smtp_proto::{Request, request::receiver::DataReceiver};

use crate::choices::Choices;
use address::{Address, take_path};
use command::{Command, CommandFlaw, parse};
use content::{BareLineEnd, ContentReader, Progress};
use line::{LineFlaw, end_of_line};

/// More cuts than any case of the code needs to meet.
const MAXIMUM_CUTS: u8 = 9;

/// Longest command line: small, so that it is met.
const LINE: usize = 600;

/// What is read of a connection, in order.
#[derive(Debug, PartialEq)]
enum Item {
    Line(Vec<u8>, Result<Command, CommandFlaw>),
    Content(Vec<u8>),
    /// The end of the connection: what stands there is none of the above.
    NoLine(LineFlaw),
    NoContent,
    /// What was read of a content whose end did not come, with the longest line of it.
    Unfinished(Vec<u8>, u64),
}

/// Panics unless the connection is read alike in whatever pieces it comes; contents have no line end but CRLF and are read by another reader as they
/// are by ours; and addresses are read again as they come out, and by another parser.
pub fn check(input: &[u8]) {
    let mut choices = Choices::new(input);
    let count = choices.byte().unwrap_or_default() % MAXIMUM_CUTS;
    let mut places: Vec<usize> = (0..count).filter_map(|_| choices.short()).collect();
    let received = choices.rest();
    let whole = read(&[received]);
    places.sort_unstable();
    let mut pieces = Vec::new();
    let mut start = 0;
    for place in places {
        let place = place.min(received.len());
        pieces.push(received.get(start..place).unwrap_or_default());
        start = place;
    }
    pieces.push(received.get(start..).unwrap_or_default());
    assert_eq!(read(&pieces), whole);
    for item in &whole {
        match item {
            Item::Line(line, command) => check_command(line, command),
            Item::Content(content) => check_content(content),
            Item::NoLine(_) | Item::NoContent | Item::Unfinished(..) => {}
        }
    }
}

/// Reads a connection that comes in pieces.
fn read(pieces: &[&[u8]]) -> Vec<Item> {
    let mut items = Vec::new();
    let mut received = Vec::new();
    let mut content: Option<(ContentReader, Vec<u8>)> = None;
    for piece in pieces {
        received.extend_from_slice(piece);
        loop {
            if let Some((reader, text)) = &mut content {
                match reader.read(&received, |part| text.extend_from_slice(part)) {
                    Err(BareLineEnd) => {
                        items.push(Item::NoContent);
                        return items;
                    }
                    Ok(Progress::More) => {
                        received.clear();
                        break;
                    }
                    Ok(Progress::Ended(bytes)) => {
                        items.push(Item::Content(std::mem::take(text)));
                        received.drain(..bytes);
                        content = None;
                    }
                }
                continue;
            }
            match end_of_line(&received, LINE) {
                Err(flaw) => {
                    items.push(Item::NoLine(flaw));
                    return items;
                }
                Ok(None) => break,
                Ok(Some(end)) => {
                    let line: Vec<u8> = received.drain(..end + 2).take(end).collect();
                    let command = parse(&line);
                    if command == Ok(Command::Data) {
                        content = Some((ContentReader::default(), Vec::new()));
                    }
                    items.push(Item::Line(line, command));
                }
            }
        }
    }
    if let Some((reader, text)) = content {
        items.push(Item::Unfinished(text, reader.longest_line()));
    }
    items
}

fn check_content(content: &[u8]) {
    assert!(
        content.is_empty() || content.ends_with(b"\r\n"),
        "a last line without an end"
    );
    // As a sender would send it again.
    let mut sent = b"\r\n".to_vec();
    for line in content.split_inclusive(|byte| *byte == b'\n') {
        let text = line.strip_suffix(b"\r\n");
        assert!(
            text.is_some_and(|text| !text.contains(&b'\r')),
            "a bare line end"
        );
        if line.starts_with(b".") {
            sent.push(b'.');
        }
        sent.extend_from_slice(line);
    }
    sent.extend_from_slice(b".\r\n");
    let mut other = Vec::new();
    let mut bytes = sent.iter();
    assert!(DataReceiver::new().ingest(&mut bytes, &mut other));
    assert_eq!(bytes.as_slice(), b"");
    assert_eq!(other.strip_prefix(b"\r\n"), Some(content));
}

fn check_command(line: &[u8], command: &Result<Command, CommandFlaw>) {
    let address = match command {
        Ok(Command::Mail { sender, .. }) => sender.as_ref(),
        Ok(Command::Recipient(address)) => Some(address),
        _ => None,
    };
    let Some(address) = address else { return };
    let shown = address.to_string();
    assert!(
        shown.bytes().all(|byte| matches!(byte, b' '..=b'~')),
        "{shown}"
    );
    let path = format!("<{shown}>");
    assert_eq!(take_path(&path), Ok((Some(address.clone()), "")));
    if address.domain().is_empty() {
        return;
    }
    assert_eq!(Address::parse(&shown).as_ref(), Some(address));
    // It drops quotes, and has its own mind about blanks and literals.
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b".-_@".contains(&byte);
    let line = [line, b"\r\n"].concat();
    if shown.bytes().all(is_plain)
        && let Ok(other) = Request::parse(&mut line.iter())
    {
        let other = match other {
            Request::Mail { from } => from.address,
            Request::Rcpt { to } => to.address,
            other => panic!("{other:?}"),
        };
        assert_eq!(other, shown);
    }
}
