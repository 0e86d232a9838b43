// SPDX-License-Identifier: Apache-2.0
//! What is to be sent, by the rules of the service (guide of the mail interface): one recipient, no Cc and Bcc, plain text, a token in the subject.

use finnish_ids::PersonalIdentityCode;

use super::{Flaw, Settings, address::Address};

/// Most Message-IDs in References. A thread keeps its first and its last ones.
const MOST_REFERENCES: usize = 20;

/// Longest Message-ID, in bytes.
const LONGEST_MESSAGE_ID: usize = 250;

/// Prefixes of answers in the languages of this country and its neighbours, in lower case.
const PREFIXES: [&str; 6] = ["re", "vs", "sv", "aw", "antw", "fw"];

/// What a caller gives for a message.
#[derive(Clone, Copy)]
pub struct Wanted<'a> {
    /// Personal identity code of the recipient, in any case.
    pub recipient: &'a str,
    /// Title, without the token.
    pub title: &'a str,
    /// Text.
    pub body: &'a str,
    /// Where answers go beside the sender's address.
    pub reply_to: Option<&'a str>,
    /// Message that is answered.
    pub answered: Option<Answered<'a>>,
}

/// The message that is answered.
#[derive(Clone, Copy)]
pub struct Answered<'a> {
    /// Its Message-ID.
    pub message_id: &'a str,
    /// Its In-Reply-To and References.
    pub references: &'a [String],
    /// Its text, if it is to be quoted.
    pub quoted: Option<&'a str>,
}

/// A message that keeps all rules.
#[derive(Clone, PartialEq, Eq)]
pub struct Letter {
    /// Address of the recipient.
    pub recipient: String,
    /// Subject with its token.
    pub subject: String,
    /// Text; lines end with CRLF.
    pub text: String,
    /// Reply-To.
    pub reply_to: Option<String>,
    /// Message-ID that is answered.
    pub in_reply_to: Option<String>,
    /// References, that one included.
    pub references: Vec<String>,
}

/// Shows nothing that somebody wrote or is.
impl std::fmt::Debug for Letter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Letter").finish_non_exhaustive()
    }
}

impl Letter {
    /// Judges what is wanted.
    ///
    /// # Errors
    /// The first rule that it breaks.
    pub fn of(settings: &Settings, wanted: &Wanted<'_>, reference: &str) -> Result<Self, Flaw> {
        let recipient = recipient(settings, wanted.recipient)?;
        if let Some(reply_to) = wanted.reply_to {
            check_reply_to(settings, reply_to)?;
        }
        let subject = subject(settings, wanted, reference)?;
        let text = text(settings, wanted)?;
        let references = wanted.answered.as_ref().map(thread).transpose()?;
        Ok(Self {
            recipient,
            subject,
            text,
            reply_to: wanted.reply_to.map(str::to_owned),
            in_reply_to: references.as_ref().and_then(|ids| ids.last().cloned()),
            references: references.unwrap_or_default(),
        })
    }
}

/// HETU in upper case, at the domain of citizens.
fn recipient(settings: &Settings, code: &str) -> Result<String, Flaw> {
    match PersonalIdentityCode::parse(&code.to_ascii_uppercase()) {
        Ok(code) => Ok(format!("{}@{}", code.expose(), settings.recipient_domain)),
        Err(error) => Err(Flaw::new(
            "recipient.not-a-personal-identity-code",
            "/recipient",
            format!(
                "the recipient is no personal identity code: {error}; by mail only persons are reached"
            ),
        )),
    }
}

/// From and Reply-To are under the agreed domain; the service takes no others.
fn check_reply_to(settings: &Settings, address: &str) -> Result<(), Flaw> {
    let flawed = |code, message: String| Err(Flaw::new(code, "/replyTo", message));
    match Address::parse(address) {
        Err(flaw) => flawed("reply-to.not-an-address", format!("this is no address: {flaw}")),
        Ok(parts) if settings.is_ours(&parts) => Ok(()),
        Ok(_) => flawed(
            "reply-to.other-domain",
            "the address is not under the domain agreed with the service (settings domain, domain-match), which would not take the message".into(),
        ),
    }
}

fn subject(settings: &Settings, wanted: &Wanted<'_>, reference: &str) -> Result<String, Flaw> {
    let flawed = |code, message: String| Err(Flaw::new(code, "/title", message));
    let title = wanted.title.trim();
    if title.is_empty() {
        return flawed("title.empty", "the message has no title".into());
    }
    if title.chars().any(char::is_control) {
        let message = "the title has a line break or another control character; it is one line";
        return flawed("title.control-character", message.into());
    }
    let Some(form) = settings.token_form() else {
        return flawed(
            "title.no-token",
            "the setting subject-token has no form".into(),
        );
    };
    // The token of the message that is answered would tie receipts to that one.
    let title = form.remove(title);
    let title = match wanted.answered {
        Some(_) => answering(&settings.reply_prefix, &title),
        None => title,
    };
    if title.is_empty() {
        return flawed("title.empty", "the title is nothing but a token".into());
    }
    let longest = settings.message.longest_title_characters;
    let length = title.chars().count();
    if u32::try_from(length).map_or(true, |length| length > longest) {
        return flawed(
            "title.too-long",
            format!(
                "the title has {length} characters, and the setting message.longest-title-characters allows {longest}"
            ),
        );
    }
    Ok(format!("{title} {}", form.write(reference)))
}

/// The subject of an answer: one prefix, whatever and how many there were.
fn answering(prefix: &str, subject: &str) -> String {
    let mut rest = subject.trim();
    while let Some((before, after)) = rest.split_once(':') {
        if !PREFIXES.contains(&before.trim().to_lowercase().as_str()) {
            break;
        }
        rest = after.trim_start();
    }
    format!("{prefix} {rest}").trim().to_owned()
}

fn text(settings: &Settings, wanted: &Wanted<'_>) -> Result<String, Flaw> {
    let flawed = |code, message: String| Err(Flaw::new(code, "/body", message));
    if wanted.body.trim().is_empty() {
        return flawed("body.empty", "the message has no text".into());
    }
    let quoted = wanted.answered.and_then(|answered| answered.quoted);
    let quoted = quoted.map(|quoted| quotation(&settings.sections.split(quoted).text));
    let text = lines(wanted.body.trim_end()) + &quoted.unwrap_or_default();
    let is_forbidden = |c: char| c.is_control() && !matches!(c, '\r' | '\n' | '\t');
    if text.contains(is_forbidden) {
        return flawed(
            "body.control-character",
            "the text, or what it quotes, has a control character that plain text has not, such as NUL".into(),
        );
    }
    let longest = settings.message.longest_body_characters;
    let length = text.chars().count();
    match u32::try_from(length).is_ok_and(|length| length <= longest) {
        true => Ok(text),
        false => flawed(
            "body.too-long",
            format!(
                "the text has {length} characters with what it quotes, and the setting message.longest-body-characters allows {longest}"
            ),
        ),
    }
}

/// Text of which each line ends with CRLF, whatever ended it: a lone CR or LF could mean another thing to the next server than to this one.
fn lines(text: &str) -> String {
    let unified = text.replace("\r\n", "\n").replace('\r', "\n");
    unified
        .split('\n')
        .map(|line| format!("{line}\r\n"))
        .collect()
}

/// Quoted as usual, below a blank line.
fn quotation(text: &str) -> String {
    let quoted = |line: &str| match line.starts_with('>') || line.is_empty() {
        true => format!(">{line}\r\n"),
        false => format!("> {line}\r\n"),
    };
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let quoted: String = text.split('\n').map(quoted).collect();
    format!("\r\n{quoted}")
}

/// References of an answer, the answered message last (RFC 5322 §3.6.4).
fn thread(answered: &Answered<'_>) -> Result<Vec<String>, Flaw> {
    let id = bare(answered.message_id);
    if !is_message_id(id) {
        return Err(Flaw::new(
            "message-id.invalid",
            "/messageId",
            format!(
                "this is no Message-ID: printable ASCII with one @ and without blanks, at most {LONGEST_MESSAGE_ID} characters"
            ),
        ));
    }
    let mut thread: Vec<String> = Vec::new();
    for (index, reference) in answered.references.iter().enumerate() {
        let reference = bare(reference);
        if !is_message_id(reference) {
            return Err(Flaw::new(
                "message-id.invalid",
                format!("/references/{index}"),
                "this is no Message-ID; leave it out, or take it as the event has it",
            ));
        }
        if reference != id && !thread.iter().any(|known| known == reference) {
            thread.push(reference.to_owned());
        }
    }
    if thread.len() >= MOST_REFERENCES {
        thread.drain(1..thread.len() + 2 - MOST_REFERENCES);
    }
    thread.push(id.to_owned());
    Ok(thread)
}

fn bare(id: &str) -> &str {
    let id = id.trim();
    id.strip_prefix('<')
        .and_then(|id| id.strip_suffix('>'))
        .unwrap_or(id)
}

/// Whether a text can stand between the brackets of a Message-ID: more than RFC 5322 has, as mails in the wild do, but nothing that ends it.
fn is_message_id(id: &str) -> bool {
    let is_allowed = |byte: u8| byte.is_ascii_graphic() && byte != b'<' && byte != b'>';
    (3..=LONGEST_MESSAGE_ID).contains(&id.len()) && id.bytes().all(is_allowed) && id.contains('@')
}

#[cfg(test)]
mod tests {
    use super::*;

    const WANTED: Wanted<'static> = Wanted {
        recipient: "010190-900p",
        title: "Päätös",
        body: "Hei\n",
        reply_to: None,
        answered: None,
    };

    fn letter(wanted: Wanted<'_>) -> Letter {
        Letter::of(&Settings::usual(), &wanted, "R-1").unwrap()
    }

    fn code(wanted: Wanted<'_>) -> &'static str {
        Letter::of(&Settings::usual(), &wanted, "R-1")
            .unwrap_err()
            .code
    }

    #[test]
    fn a_message_keeps_the_rules() {
        let letter = letter(WANTED);
        assert_eq!(letter.recipient, "010190-900P@asiointitili.fi");
        assert_eq!(letter.subject, "Päätös [silta:R-1]");
        assert_eq!(letter.text, "Hei\r\n");
        assert_eq!((letter.in_reply_to, letter.references.len()), (None, 0));
    }

    #[test]
    fn each_rule_has_a_code() {
        let with = |change: fn(&mut Wanted<'static>)| {
            let mut wanted = WANTED;
            change(&mut wanted);
            code(wanted)
        };
        assert_eq!(
            with(|it| it.recipient = "010190-900Q"),
            "recipient.not-a-personal-identity-code"
        );
        assert_eq!(
            with(|it| it.recipient = "2574261-7"),
            "recipient.not-a-personal-identity-code"
        );
        assert_eq!(with(|it| it.title = " "), "title.empty");
        assert_eq!(with(|it| it.title = "[silta:x]"), "title.empty");
        assert_eq!(
            with(|it| it.title = "a\r\nBcc: b@c.fi"),
            "title.control-character"
        );
        assert_eq!(with(|it| it.body = "\r\n"), "body.empty");
        assert_eq!(with(|it| it.body = "a\0"), "body.control-character");
        assert_eq!(
            with(|it| it.reply_to = Some("a")),
            "reply-to.not-an-address"
        );
        assert_eq!(
            with(|it| it.reply_to = Some("a@muu.fi")),
            "reply-to.other-domain"
        );
        let (title, body) = ("ä".repeat(401), "ö".repeat(40_001));
        assert_eq!(
            code(Wanted {
                title: &title,
                ..WANTED
            }),
            "title.too-long"
        );
        assert_eq!(
            code(Wanted {
                body: &body,
                ..WANTED
            }),
            "body.too-long"
        );
        let title = &title[2..];
        letter(Wanted { title, ..WANTED });
    }

    #[test]
    fn line_breaks_are_of_one_kind() {
        let body = "a\rb\n.\r\nc\r\r\nd\n\n";
        assert_eq!(
            letter(Wanted { body, ..WANTED }).text,
            "a\r\nb\r\n.\r\nc\r\n\r\nd\r\n"
        );
    }

    #[test]
    fn an_answer_has_its_thread_and_one_prefix() {
        let references = [
            "<first@x>".to_owned(),
            "second@x".into(),
            "first@x".into(),
            "last@x".into(),
        ];
        let answered = |quoted| Answered {
            message_id: "<last@x>",
            references: &references,
            quoted,
        };
        let reply = |title, quoted| {
            letter(Wanted {
                title,
                answered: Some(answered(quoted)),
                ..WANTED
            })
        };
        let plain = reply("Vs: RE : re:Päätös [silta:R-0]", None);
        assert_eq!(plain.subject, "Re: Päätös [silta:R-1]");
        assert_eq!(plain.in_reply_to.as_deref(), Some("last@x"));
        assert_eq!(plain.references, ["first@x", "second@x", "last@x"]);
        assert_eq!(plain.text, "Hei\r\n");
        let quoted = reply(
            "Kysymys",
            Some("Kysyn.\n\n> vanha\n\nViestin tiedot\nHetu: 010190-900P"),
        );
        assert_eq!(quoted.subject, "Re: Kysymys [silta:R-1]");
        assert_eq!(quoted.text, "Hei\r\n\r\n> Kysyn.\r\n>\r\n>> vanha\r\n");
    }

    #[test]
    fn a_thread_keeps_its_ends_and_no_foreign_bytes() {
        let many: Vec<String> = (0..50).map(|number| format!("m{number}@x")).collect();
        let ids = |references: &[String], message_id| {
            let answered = Answered {
                message_id,
                references,
                quoted: None,
            };
            thread(&answered)
        };
        let kept = ids(&many, "own@x").unwrap();
        assert_eq!(kept.len(), MOST_REFERENCES);
        assert_eq!(
            (kept[0].as_str(), kept[1].as_str(), kept[19].as_str()),
            ("m0@x", "m32@x", "own@x")
        );
        assert_eq!(ids(&many[..18], "own@x").unwrap().len(), 19);
        assert_eq!(ids(&many[..19], "own@x").unwrap().len(), 20);
        assert_eq!(ids(&[], "a b@x").unwrap_err().path, "/messageId");
        assert_eq!(
            ids(&["a@b>\r\nBcc: x".into()], "own@x").unwrap_err().path,
            "/references/0"
        );
    }
}
