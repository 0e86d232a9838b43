// SPDX-License-Identifier: Apache-2.0
//! The judgement of a mail's octets, by the header first, then by the body.

use jiff::fmt::rfc2822;

use super::check::{self, Breach, Check, Passed};
use super::identity_code;
use super::reader::{self, Address, Content, Field, Part};
use super::rules::Rules;
use crate::sha256::sha256_hex;

/// Longest line, in octets without its end (RFC 5322 §2.1.1).
const LONGEST_LINE: usize = 998;

/// The two halves of the string that virus scanners report and nobody is harmed by; in one piece it would be reported in this source.
const EICAR: (&str, &str) = (
    "X5O!P%@AP[4\\PZX54(P^)7CC)7}",
    "$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*",
);

/// Fields that may stand once (RFC 5322 §3.6, RFC 2045 §3).
const SINGLE: [&str; 12] = [
    "Date",
    "From",
    "Sender",
    "Reply-To",
    "To",
    "Message-ID",
    "In-Reply-To",
    "References",
    "Subject",
    "MIME-Version",
    "Content-Type",
    "Content-Transfer-Encoding",
];

/// A mail as it came by DATA.
#[derive(Debug, Default)]
pub(super) struct Arrived {
    /// Without the dots that were doubled, up to the limit of a mail.
    pub(super) octets: Vec<u8>,
    /// All octets that came, those beyond the limit included.
    pub(super) size: usize,
    /// Whether a line began with one dot and went on.
    pub(super) has_lone_dot: bool,
}

/// What is known of a mail, as far as it was read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Known {
    pub(super) message_id: Option<String>,
    pub(super) subject: Option<String>,
    /// Of From and Reply-To, each once.
    pub(super) correspondents: Vec<Address>,
    pub(super) attachments: Vec<AttachmentSummary>,
}

/// An attachment of a mail.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct AttachmentSummary {
    /// File name; none if there is none.
    pub name: Option<String>,
    /// Octets, decoded.
    pub size: usize,
    /// SHA-256 of them, in hexadecimal.
    pub sha256: String,
}

/// Judges what came; what is known of it is filled in on the way.
pub(super) fn inspect(
    (rules, recipient): (&Rules, &Address),
    (arrived, is_8bit_announced): (&Arrived, bool),
    (passed, known): (&mut Passed, &mut Known),
) -> Result<(), Breach> {
    let fits = arrived.size <= rules.largest_mail;
    passed.holds(check::SIZE, fits, "the mail is larger than SIZE allows")?;
    check_lines(arrived, is_8bit_announced, passed)?;
    let read = reader::fields(&arrived.octets);
    let (header, body) = passed.check(
        check::HEADER_SYNTAX,
        read.and_then(|(header, body)| check_header(&header).map(|()| (header, body))),
    )?;
    passed.check(check::DATE, date(&header))?;
    known.message_id = Some(passed.check(check::MESSAGE_ID, message_id(&header))?);
    check_people(rules, recipient, &header, (passed, known))?;
    known.subject = Some(passed.check(check::SUBJECT, subject(&header))?);
    let content = passed.check(check::MIME, mime(&header, body))?;
    let (text, attachments) = passed.check(check::PLAIN_TEXT, plain_text(content))?;
    passed.check(check::CHARSET, check_charset(rules, &text))?;
    known.attachments = attachments.iter().map(summary).collect();
    passed.check(check::ATTACHMENT_TYPES, check_names(rules, &attachments))?;
    let size: usize = attachments.iter().map(|part| part.octets.len()).sum();
    passed.holds(
        check::ATTACHMENT_SIZES,
        size <= rules.largest_attachments,
        "all attachments together are too large",
    )?;
    let is_known = !rules
        .without_mailbox
        .iter()
        .any(|code| code.eq_ignore_ascii_case(&recipient.local));
    passed.holds(
        check::MAILBOX,
        is_known,
        "the recipient does not use the service",
    )?;
    let is_clean = !attachments.iter().any(|part| has_virus(&part.octets));
    passed.holds(
        check::VIRUS,
        is_clean,
        "an attachment has the test string of virus scanners",
    )
}

fn check_lines(
    arrived: &Arrived,
    is_8bit_announced: bool,
    passed: &mut Passed,
) -> Result<(), Breach> {
    let octets = &arrived.octets;
    let mut wrong = None;
    let mut line = 1_usize;
    let mut before = 0;
    for (place, octet) in octets.iter().enumerate() {
        let is_wrong = match octet {
            b'\n' => before != b'\r',
            b'\r' => octets.get(place + 1) != Some(&b'\n'),
            octet => *octet == 0,
        };
        if is_wrong {
            wrong = Some(format!(
                "line {line} has a CR or LF that stands alone, or a NUL"
            ));
            break;
        }
        line += usize::from(*octet == b'\n');
        before = *octet;
    }
    passed.check(check::LINE_ENDS, wrong.map_or(Ok(()), Err))?;
    passed.holds(
        check::DOT_STUFFING,
        !arrived.has_lone_dot,
        "a line begins with a dot that was not doubled",
    )?;
    let mut lines = octets.split(|octet| *octet == b'\n').zip(1_usize..);
    let long =
        lines.find(|(line, _)| line.strip_suffix(b"\r").unwrap_or(line).len() > LONGEST_LINE);
    let long = long.map(|(_, number)| format!("line {number} has more than 998 octets"));
    passed.check(check::LINE_LENGTH, long.map_or(Ok(()), Err))?;
    let is_announced = is_8bit_announced || octets.is_ascii();
    passed.holds(
        check::EIGHT_BIT,
        is_announced,
        "there are octets beyond ASCII, and MAIL did not say BODY=8BITMIME",
    )
}

fn check_header(header: &[Field]) -> Result<(), String> {
    for name in SINGLE {
        if header.iter().filter(|field| field.is(name)).count() > 1 {
            return Err(format!("{name} is there twice"));
        }
    }
    for name in ["In-Reply-To", "References"] {
        if header
            .iter()
            .any(|field| field.is(name) && reader::message_ids(&field.value).is_none())
        {
            return Err(format!("{name} has something other than Message-IDs"));
        }
    }
    let senders = header
        .iter()
        .find(|field| field.is("Sender"))
        .map(|field| reader::mailboxes(&field.value));
    match senders {
        Some(Err(error)) => Err(format!("Sender: {error}")),
        Some(Ok(senders)) if senders.len() != 1 => Err("Sender has several addresses".to_owned()),
        _ => Ok(()),
    }
}

fn value<'a>(header: &'a [Field], name: &str) -> Result<&'a str, String> {
    let field = header.iter().find(|field| field.is(name));
    field
        .map(|field| field.value.as_str())
        .ok_or_else(|| format!("there is no {name}"))
}

fn date(header: &[Field]) -> Result<(), String> {
    match rfc2822::parse(value(header, "Date")?.trim()) {
        Ok(_) => Ok(()),
        Err(_) => {
            Err("Date is no date of RFC 5322, or its day of the week is another one".to_owned())
        }
    }
}

fn message_id(header: &[Field]) -> Result<String, String> {
    match reader::message_ids(value(header, "Message-ID")?).as_deref() {
        Some([id]) => Ok((*id).to_owned()),
        _ => Err("Message-ID is not of the form <left@right>".to_owned()),
    }
}

/// The addresses of a field, all under the agreed domain.
fn own_addresses(rules: &Rules, header: &[Field], name: &str) -> Result<Vec<Address>, String> {
    let addresses =
        reader::mailboxes(value(header, name)?).map_err(|error| format!("{name}: {error}"))?;
    match addresses
        .iter()
        .all(|address| address.is_under(&rules.domain, rules.with_subdomains))
    {
        true => Ok(addresses),
        false => Err(format!(
            "{name} is not under the agreed domain {}",
            rules.domain
        )),
    }
}

fn check_people(
    rules: &Rules,
    recipient: &Address,
    header: &[Field],
    (passed, known): (&mut Passed, &mut Known),
) -> Result<(), Breach> {
    let from = own_addresses(rules, header, "From").and_then(|from| match from.len() {
        1 => Ok(from),
        _ => Err("From has several addresses".to_owned()),
    });
    known.correspondents = passed.check(check::FROM, from)?;
    let reply_to = match header.iter().any(|field| field.is("Reply-To")) {
        true => own_addresses(rules, header, "Reply-To"),
        false => Ok(Vec::new()),
    };
    for address in passed.check(check::REPLY_TO, reply_to)? {
        if !known.correspondents.contains(&address) {
            known.correspondents.push(address);
        }
    }
    let to = value(header, "To")
        .and_then(|to| reader::mailboxes(to).map_err(|error| format!("To: {error}")));
    let to = to.and_then(|to| match &to[..] {
        [to] if to.local == recipient.local
            && to.domain.eq_ignore_ascii_case(&recipient.domain) =>
        {
            Ok(())
        }
        [_] => Err("To is somebody else than the recipient of the envelope".to_owned()),
        _ => Err("To has several addresses".to_owned()),
    });
    passed.check(check::TO, to)?;
    let is_alone = !header.iter().any(|field| field.is("Cc") || field.is("Bcc"));
    passed.holds(check::NO_COPIES, is_alone, "there is a Cc or a Bcc")
}

fn subject(header: &[Field]) -> Result<String, String> {
    let subject =
        reader::decoded(value(header, "Subject")?).map_err(|error| format!("Subject: {error}"))?;
    match subject.trim().is_empty() {
        true => Err("Subject is empty".to_owned()),
        false => Ok(subject),
    }
}

/// MIME needs its version as soon as one of its fields is there (RFC 2045 §4).
fn mime(header: &[Field], body: &[u8]) -> Result<Content, String> {
    let version = header.iter().find(|field| field.is("MIME-Version"));
    let is_used = header
        .iter()
        .any(|field| field.name.to_ascii_lowercase().starts_with("content-"));
    match version {
        Some(version) if version.value.trim() != "1.0" => {
            return Err("MIME-Version is not 1.0".to_owned());
        }
        None if is_used => return Err("there are fields of MIME and no MIME-Version".to_owned()),
        _ => {}
    }
    reader::content(header, body)
}

/// The text and the attachments.
fn plain_text(content: Content) -> Result<(Part, Vec<Part>), String> {
    let parts = match content {
        Content::Single(part) => vec![Content::Single(part)],
        Content::Multipart(subtype, parts) if subtype == "mixed" => parts,
        Content::Multipart(subtype, _) => return Err(format!("the body is multipart/{subtype}")),
    };
    let mut text = None;
    let mut attachments = Vec::new();
    for part in parts {
        let part = match part {
            Content::Single(part) => part,
            Content::Multipart(subtype, _) => return Err(format!("a part is multipart/{subtype}")),
        };
        let is_body = part.file_name.is_none() && part.disposition.as_deref() != Some("attachment");
        match (is_body, part.media_type.as_str()) {
            (false, _) => attachments.push(part),
            (true, "text/plain") if text.is_none() => text = Some(part),
            (true, "text/plain") => {
                return Err("there is a second text that is no attachment".to_owned());
            }
            (true, other) => return Err(format!("a part is {other} and no attachment")),
        }
    }
    text.map(|text| (text, attachments))
        .ok_or_else(|| "there is no text, only attachments".to_owned())
}

fn check_charset(rules: &Rules, text: &Part) -> Result<(), String> {
    let name = text
        .charset
        .as_deref()
        .unwrap_or("us-ascii")
        .to_ascii_lowercase();
    let allowed = rules
        .charsets
        .contains(&name)
        .then(|| reader::charset(&name))
        .flatten();
    let charset = allowed.ok_or("the body's character set is not allowed")?;
    match charset.text(&text.octets) {
        Some(_) => Ok(()),
        None => Err("the body has octets that are not of its character set".to_owned()),
    }
}

/// The reason tells which attachment, not its name: that may name a person.
fn check_names(rules: &Rules, attachments: &[Part]) -> Result<(), String> {
    for (part, number) in attachments.iter().zip(1_usize..) {
        let name = part
            .file_name
            .as_deref()
            .ok_or_else(|| format!("attachment {number} has no name"))?;
        let extension = name
            .rsplit_once('.')
            .map(|(_, extension)| extension.to_lowercase());
        if !extension.is_some_and(|extension| rules.extensions.contains(&extension)) {
            return Err(format!(
                "attachment {number} has an extension that is not allowed"
            ));
        }
    }
    Ok(())
}

fn summary(part: &Part) -> AttachmentSummary {
    AttachmentSummary {
        name: part.file_name.as_deref().map(identity_code::masked),
        size: part.octets.len(),
        sha256: sha256_hex(&part.octets),
    }
}

fn has_virus(octets: &[u8]) -> bool {
    let pattern = [EICAR.0, EICAR.1].concat();
    octets
        .windows(pattern.len())
        .any(|window| window == pattern.as_bytes())
}

/// Checks of the envelope's recipient.
pub(super) fn recipient(rules: &Rules, address: &Address) -> Result<(), (Check, String)> {
    if !address.domain.eq_ignore_ascii_case(&rules.mailbox_domain) {
        return Err((
            check::RECIPIENT,
            format!("the recipient is not at {}", rules.mailbox_domain),
        ));
    }
    match identity_code::flaw(&address.local) {
        Some(flaw) => Err((check::IDENTITY_CODE, flaw.to_owned())),
        None => Ok(()),
    }
}
