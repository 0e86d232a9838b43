// SPDX-License-Identifier: Apache-2.0
//! The envelope of a mail that lies in a file: from the command line, or from the fields that a relay has left in it.

use silta::Blob;
use silta_config::Config;
use silta_gateway::{MailRecipient, smtp::Address};

use super::MailArguments;
use crate::failure::Failure;

/// Fields that name recipients of the envelope. They are of no standard, and what most programs write.
const RECIPIENT_FIELDS: [&str; 2] = ["delivered-to", "x-original-to"];

/// The field that the last relay writes (RFC 5321 §4.4).
const SENDER_FIELD: &str = "return-path";

/// Bytes of a header that are looked at for fields of the envelope, which stand at its start.
const MOST_HEADER_BYTES: usize = 64 << 10;

/// Who sent a mail, and for whom.
pub(super) struct Envelope {
    /// Reverse path; empty for a delivery report.
    pub(super) sender: String,
    recipients: Vec<Address>,
}

impl Envelope {
    pub(super) fn read(content: &Blob, arguments: &MailArguments) -> Result<Self, Failure> {
        let head: Vec<u8> = content
            .segments()
            .flatten()
            .copied()
            .take(MOST_HEADER_BYTES)
            .collect();
        let fields = fields(&head);
        let sender = match &arguments.from {
            Some(sender) => sender.clone(),
            None => {
                let mut written = fields.iter().filter(|(name, _)| name == SENDER_FIELD);
                let path = written
                    .next()
                    .and_then(|(_, value)| sender(unbracketed(value)).ok());
                path.ok_or_else(|| missing("--from ADDRESS", "sender", "Return-Path"))?
            }
        };
        let mut recipients = arguments.to.clone();
        if recipients.is_empty() {
            let of_recipients =
                |(name, _): &&(String, String)| RECIPIENT_FIELDS.contains(&name.as_str());
            let written = fields.iter().filter(of_recipients);
            let written = written.filter_map(|(_, value)| Address::parse(unbracketed(value)));
            for address in written {
                if !recipients.contains(&address) {
                    recipients.push(address);
                }
            }
        }
        if recipients.is_empty() {
            return Err(missing(
                "--to ADDRESS",
                "recipient",
                "Delivered-To or X-Original-To",
            ));
        }
        Ok(Self { sender, recipients })
    }

    /// Agencies that it is for, each with its recipients.
    pub(super) fn by_agency(
        &self,
        config: &Config,
        agency: Option<&str>,
    ) -> Result<Vec<(String, Vec<String>)>, Failure> {
        let shown = |addresses: &[Address]| addresses.iter().map(ToString::to_string).collect();
        if let Some(agency) = agency {
            return Ok(vec![(agency.to_owned(), shown(&self.recipients))]);
        }
        let mut known: Vec<(&str, MailRecipient)> = Vec::new();
        for id in config.agencies() {
            for recipient in config.mail_recipients(id)? {
                known.push((id, recipient?));
            }
        }
        let owner = |address: &Address| {
            let fits = |(_, recipient): &&(&str, MailRecipient)| recipient.takes(address);
            let fitting = known.iter().filter(fits);
            // An address counts before its domain.
            fitting
                .min_by_key(|(_, recipient)| recipient.is_domain())
                .map(|(id, _)| *id)
        };
        let mut agencies: Vec<(String, Vec<String>)> = Vec::new();
        for address in &self.recipients {
            let id = owner(address).ok_or_else(nobodys)?;
            match agencies.iter_mut().find(|(known, _)| known == id) {
                Some((_, recipients)) => recipients.push(address.to_string()),
                None => agencies.push((id.to_owned(), vec![address.to_string()])),
            }
        }
        Ok(agencies)
    }
}

fn missing(option: &str, what: &str, field: &str) -> Failure {
    let message =
        format!("the mail has no field {field} that names its {what}; name it with {option}");
    Failure::caller("mail.envelope", "", &message)
}

fn nobodys() -> Failure {
    let message = "a recipient of the mail is one of no agency (recipients of the tables [agencies.ID.mail]); name the agency with --agency, or correct the recipient";
    Failure::caller("recipient.unknown", "", message)
}

/// The reverse path of a command line: an address, or nothing.
pub(super) fn sender(text: &str) -> Result<String, String> {
    match text {
        "" => Ok(String::new()),
        _ => recipient(text).map(|address| address.to_string()),
    }
}

/// A recipient of a command line.
pub(super) fn recipient(text: &str) -> Result<Address, String> {
    Address::parse(text)
        .ok_or_else(|| "this has to be an address, such as viestit@virasto.example".to_owned())
}

fn unbracketed(value: &str) -> &str {
    let value = value.trim();
    let inner = value
        .strip_prefix('<')
        .and_then(|value| value.strip_suffix('>'));
    inner.unwrap_or(value)
}

/// Fields of a header by their names in lower case, each unfolded; what is no field is passed over.
fn fields(content: &[u8]) -> Vec<(String, String)> {
    let text = String::from_utf8_lossy(content);
    let header = text.split("\r\n\r\n").next().unwrap_or_default();
    let unfolded = header.replace("\r\n ", " ").replace("\r\n\t", " ");
    let fields = unfolded
        .split("\r\n")
        .filter_map(|line| line.split_once(':'));
    let owned =
        |(name, value): (&str, &str)| (name.trim_end().to_ascii_lowercase(), value.to_owned());
    fields.map(owned).collect()
}

/// Ends lines with CRLF where they end with LF alone, as they do in files of this system.
///
/// # Errors
/// The number of the line with a carriage return that ends none.
pub(super) fn in_lines_of_mail(bytes: &[u8]) -> Result<Vec<u8>, usize> {
    let mut content = Vec::with_capacity(bytes.len());
    for (line, number) in bytes.split_inclusive(|byte| *byte == b'\n').zip(1..) {
        let (text, is_ended) = match line.strip_suffix(b"\n") {
            Some(line) => (line.strip_suffix(b"\r").unwrap_or(line), true),
            None => (line, false),
        };
        if text.contains(&b'\r') {
            return Err(number);
        }
        content.extend_from_slice(text);
        if is_ended {
            content.extend_from_slice(b"\r\n");
        }
    }
    Ok(content)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_end_as_those_of_mails() {
        for (bytes, content) in [
            ("", ""),
            ("a\nb\n", "a\r\nb\r\n"),
            ("a\r\nb\r\n", "a\r\nb\r\n"),
            ("a\n\n.\nb", "a\r\n\r\n.\r\nb"),
        ] {
            assert_eq!(
                in_lines_of_mail(bytes.as_bytes()),
                Ok(content.as_bytes().to_vec())
            );
        }
        for (bytes, line) in [("a\rb\n", 1), ("a\nb\r\r\n", 2), ("a\nb\r", 2)] {
            assert_eq!(in_lines_of_mail(bytes.as_bytes()), Err(line), "{bytes:?}");
        }
    }

    #[test]
    fn fields_of_the_envelope_are_found_in_the_header_alone() {
        let fields = fields(b"Return-Path:\r\n <a@b.example>\r\nDelivered-To: c@d.example\r\nnonsense\r\n\r\nDelivered-To: no\r\n");
        let [(first, path), (second, recipient)] = &fields[..] else {
            panic!("{fields:?}");
        };
        assert_eq!(
            (first.as_str(), unbracketed(path)),
            ("return-path", "a@b.example")
        );
        assert_eq!(
            (second.as_str(), unbracketed(recipient)),
            ("delivered-to", "c@d.example")
        );
        assert_eq!(sender(unbracketed(" <>")), Ok(String::new()));
    }
}
