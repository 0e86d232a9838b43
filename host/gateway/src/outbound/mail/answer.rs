// SPDX-License-Identifier: Apache-2.0
//! Replies of a relay (RFC 5321 §4.2).

use std::fmt;

/// Longest text of a reply that is kept, in bytes.
const LONGEST_TEXT: usize = 1000;

/// Status code of mail systems (RFC 3463): class, subject and detail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct EnhancedCode {
    /// 2 success, 4 later perhaps, 5 never.
    pub class: u8,
    /// What it is about, 0 to 999.
    pub subject: u16,
    /// What it is, 0 to 999.
    pub detail: u16,
}

impl fmt::Display for EnhancedCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.class, self.subject, self.detail)
    }
}

/// What a relay says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MailReply {
    /// Reply code, 200 to 559.
    pub code: u16,
    /// Status code, if the relay gives one that agrees with the reply code.
    pub enhanced: Option<EnhancedCode>,
    /// Text without the status code, its lines joined by line feeds; other control characters are left out, and what is beyond 1,000 bytes.
    pub text: String,
}

impl MailReply {
    /// Whether it says yes.
    pub fn is_positive(&self) -> bool {
        (200..300).contains(&self.code)
    }

    /// Of the lines of a reply, without their codes.
    pub(super) fn new(code: u16, lines: &[String]) -> Self {
        let first = lines.first().map_or("", |line| first_word(line));
        let enhanced = read_enhanced(first).filter(|read| u16::from(read.class) == code / 100);
        // RFC 2034 §4: each line begins with it.
        let without = |line: &String| {
            let text = match enhanced.is_some() && first_word(line) == first {
                true => line.get(first.len()..).unwrap_or_default(),
                false => line.as_str(),
            };
            let mut text = text.trim().to_owned();
            text.retain(|c| !c.is_control());
            text
        };
        let lines: Vec<_> = lines.iter().map(without).collect();
        let mut text = lines.join("\n");
        text.truncate(text.floor_char_boundary(LONGEST_TEXT));
        Self {
            code,
            enhanced,
            text,
        }
    }
}

/// In one line, such as "550 5.1.1 no such user".
impl fmt::Display for MailReply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.code)?;
        if let Some(enhanced) = self.enhanced {
            write!(f, " {enhanced}")?;
        }
        match self.text.is_empty() {
            true => Ok(()),
            false => write!(f, " {}", self.text.replace('\n', " ")),
        }
    }
}

fn first_word(line: &str) -> &str {
    line.split(' ').next().unwrap_or_default()
}

fn read_enhanced(word: &str) -> Option<EnhancedCode> {
    let mut parts = word.split('.').map(|part| {
        let is_number = (1..=3).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit());
        part.parse::<u16>().ok().filter(|_| is_number)
    });
    let (class, subject, detail) = (parts.next()??, parts.next()??, parts.next()??);
    let class = u8::try_from(class).ok()?;
    (parts.next().is_none() && matches!(class, 2 | 4 | 5)).then_some(EnhancedCode {
        class,
        subject,
        detail,
    })
}

/// What the relay said to one recipient.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecipientReply {
    /// Forward path, as in the mail.
    pub recipient: String,
    /// The reply to it.
    pub reply: MailReply,
}

/// How far a mail came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum MailStage {
    /// The relay refused the sender, or mail of this size or kind.
    Sender,
    /// It refused every recipient.
    Recipients,
    /// It refused to take the content.
    Data,
    /// It judged the content.
    Content,
}

/// The relay's judgement of a mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MailAnswer {
    /// What `reply` is about.
    pub stage: MailStage,
    /// The reply that decided. Of recipients that were all refused, it is that to the first.
    pub reply: MailReply,
    /// The reply to each recipient, in the order of the mail; those that the relay was not asked for are missing.
    pub recipients: Vec<RecipientReply>,
}

impl MailAnswer {
    /// Whether the relay took the mail, for those recipients whose reply is positive.
    pub fn is_accepted(&self) -> bool {
        self.stage == MailStage::Content && self.reply.is_positive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reply(code: u16, lines: &[&str]) -> MailReply {
        let lines: Vec<_> = lines.iter().map(|line| (*line).to_owned()).collect();
        MailReply::new(code, &lines)
    }

    #[test]
    fn status_codes_are_read_where_they_agree() {
        let enhanced = |code, line| reply(code, &[line]).enhanced.map(|read| read.to_string());
        assert_eq!(
            enhanced(550, "5.1.1 no such user"),
            Some("5.1.1".to_owned())
        );
        assert_eq!(enhanced(250, "2.0.0"), Some("2.0.0".to_owned()));
        for line in [
            "4.1.1 x",
            "5.1 x",
            "5.1.1.1 x",
            "5.1234.1 x",
            "5.+1.1",
            "ok",
            "",
        ] {
            assert_eq!(enhanced(550, line), None, "{line}");
        }
    }

    #[test]
    fn lines_are_joined_without_their_status_codes() {
        let read = reply(550, &["5.7.1 one\u{7}", "5.7.1 two", "5.7.2 three"]);
        assert_eq!(read.text, "one\ntwo\n5.7.2 three");
        assert_eq!(read.to_string(), "550 5.7.1 one two 5.7.2 three");
        let long = reply(250, &["ä".repeat(600).as_str()]);
        assert_eq!(long.text.len(), LONGEST_TEXT);
    }
}
