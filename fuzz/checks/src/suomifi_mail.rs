// SPDX-License-Identifier: Apache-2.0
//! Mails of others, read by the protocol of the component for Suomi.fi messages by mail, without the sandbox around it.

use std::ops::Range;

use suomifi_mail::wire::{
    self, About, Answered, File, Incoming, Kind, Letter, Made, Piece, Settings, Unreadable, Wanted,
};

use crate::choices::Choices;
use crate::memory::Memory;

/// First byte of an input that is no mail, but what a message is made of.
const MESSAGE: u8 = 0xFE;

/// Panics unless a mail is read the same each time, by any settings without a panic, and what is found lies in it in order; and unless a message that is built
/// is read as it was wanted.
pub fn check(input: &[u8]) {
    match input.split_first() {
        Some((&MESSAGE, rest)) => check_message(rest),
        _ => check_mail(input),
    }
}

fn check_mail(bytes: &[u8]) {
    let usual = Settings::usual();
    let found = read(&usual, bytes);
    assert_eq!(found, read(&usual, bytes), "another reading");
    let mut small = Settings::usual();
    small.incoming.largest_text_bytes = 16;
    small.receipts.from_citizens = true;
    let Ok(mail) = found else {
        assert_eq!(found.err(), read(&small, bytes).err());
        return;
    };
    check_places(&mail, bytes);
    check_kind(&usual, &mail);
    if let Ok(other) = read(&small, bytes) {
        // What does not fit into the event is handed out instead.
        assert!(other.files.len() >= mail.files.len());
        assert!(other.body.len() <= mail.body.len().max(64));
        check_places(&other, bytes);
        check_kind(&small, &other);
    }
    for line_break in ["\n", "\r\n"] {
        let text = mail.body.replace('\n', line_break);
        let sections = usual.sections.split(&text);
        let length = sections.text.len() + sections.details.map_or(0, |details| details.len());
        assert!(length <= text.len(), "a section is made up");
    }
}

fn read(settings: &Settings, bytes: &[u8]) -> Result<Incoming, Unreadable> {
    match wire::read(settings, &Memory(bytes)) {
        Ok(read) => read,
        Err(never) => match never {},
    }
}

/// Files lie in the mail, one behind the other, and can be decoded and named.
fn check_places(mail: &Incoming, bytes: &[u8]) {
    let mut end = 0;
    for (file, number) in mail.files.iter().zip(1..) {
        let Range { start, end: next } = file.content;
        assert!(
            end <= start && start <= next && next <= bytes.len() as u64,
            "{file:?}"
        );
        end = next;
        let content = Memory(bytes).slice(file.content.clone());
        assert!(wire::decoded(file.encoding, content).len() <= content.len());
        let name = file.document_name(number);
        let is_name = !matches!(name.as_str(), "" | "." | "..");
        assert!(is_name && !name.contains(['/', '\\']) && !name.contains(char::is_control));
    }
    assert!(
        !mail
            .body
            .contains(|c: char| c.is_control() && c != '\n' && c != '\t')
    );
}

/// Whatever a mail is, what it is about is a reference of ours.
fn check_kind(settings: &Settings, mail: &Incoming) {
    let check_about = |about: &About| {
        let reference = about.reference.as_deref();
        assert!(reference.is_none_or(wire::is_reference));
    };
    match wire::kind(settings, mail, "010190-900P@asiointitili.fi") {
        Kind::Report { about, .. } => {
            check_about(&about);
            assert!(about.reference.is_some());
        }
        Kind::Citizen { sender, about } => {
            check_about(&about);
            assert!(sender.id.is_some());
        }
        Kind::Receipt { about, .. } => check_about(&about),
        Kind::Unrecognized(unrecognized) => check_about(&unrecognized.about),
    }
}

/// A title, a text, a name, a thread and a file; each has its length before it.
fn check_message(input: &[u8]) {
    let mut choices = Choices::new(input);
    let mut text = || {
        let length = choices.short().unwrap_or_default();
        String::from_utf8_lossy(choices.take(length)).into_owned()
    };
    let (title, body, name, message_id) = (text(), text(), text(), text());
    let references = [text()];
    let content = choices.rest();
    let answered = Answered {
        message_id: &message_id,
        references: &references,
        quoted: Some(&body),
    };
    let wanted = Wanted {
        recipient: "010190-900P",
        title: &title,
        body: &body,
        reply_to: None,
        answered: (!message_id.is_empty()).then_some(answered),
    };
    let settings = Settings::usual();
    let Ok(letter) = Letter::of(&settings, &wanted, "R-1") else {
        return;
    };
    let file = File {
        name: &name,
        media_type: "application/pdf",
        size: content.len() as u64,
    };
    let files: Vec<File<'_>> = settings
        .attachments
        .judge(&[file])
        .map_or_else(|_| Vec::new(), |()| vec![file]);
    let mail = as_sent(&letter, &files, content);
    let read = read(&settings, &mail);
    let Ok(read) = read else {
        panic!(
            "a mail of ours is unreadable: {}",
            String::from_utf8_lossy(&mail)
        )
    };
    // Blanks around words are no part of a subject that unfolds.
    let words = |text: &str| {
        text.split_whitespace()
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    assert_eq!(
        words(read.fields.subject.as_deref().unwrap_or_default()),
        words(&letter.subject)
    );
    assert_eq!(read.body, letter.text.replace("\r\n", "\n").trim_end());
    assert_eq!(read.fields.in_reply_to, letter.references);
    assert_eq!(read.files.len(), files.len());
    for found in &read.files {
        let found_content = Memory(&mail).slice(found.content.clone());
        assert_eq!(wire::decoded(found.encoding, found_content), content);
        assert_eq!(found.name.as_deref(), Some(name.as_str()));
    }
}

/// A message as it goes to a relay: ASCII, in lines as mail has them.
fn as_sent(letter: &Letter, files: &[File<'_>], content: &[u8]) -> Vec<u8> {
    use ::base64::{Engine, engine::general_purpose::STANDARD};

    let made = Made {
        message_id: "R-1.id@virasto.example",
        seconds: 0,
        boundary: "boundary",
    };
    let mail = wire::compose("viestit@virasto.example", letter, files, &made);
    let mut sent = String::new();
    for (name, value) in &mail.fields {
        assert!(!value.contains(char::is_control), "{name}");
        sent += &format!("{name}: {value}\r\n");
    }
    sent += "\r\n";
    for piece in &mail.body {
        match piece {
            Piece::Bytes(bytes) => sent += &String::from_utf8_lossy(bytes),
            Piece::Base64(_) => {
                for line in STANDARD.encode(content).as_bytes().chunks(76) {
                    sent += &String::from_utf8_lossy(line);
                    sent += "\r\n";
                }
            }
        }
    }
    let (_, body) = sent.split_once("\r\n\r\n").unwrap_or_default();
    for line in body.split("\r\n") {
        // A name of one long word is not folded.
        assert!(
            line.len() <= 998 && line.is_ascii() && !line.contains(['\r', '\n']),
            "{line:?}"
        );
    }
    sent.into_bytes()
}
