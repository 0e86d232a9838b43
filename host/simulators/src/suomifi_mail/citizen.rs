// SPDX-License-Identifier: Apache-2.0
//! Messages of citizens as the service mails them. That there is a section "Viestin tiedot" with the identity code, and details of an agent at
//! the end, is published; what they look like is not.

use jiff::Zoned;

use super::writer::{Attachment, Form};
use crate::finland;

/// A person, made up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// Name.
    pub name: String,
    /// Personal identity code.
    pub identity_code: String,
}

/// A message of a citizen.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct CitizenMessage {
    /// Who writes.
    pub sender: Person,
    /// Who acts for the sender, where somebody does.
    pub agent: Option<Person>,
    /// Title.
    pub title: String,
    /// What is written, in lines of `\n`.
    pub text: String,
    /// Files.
    pub attachments: Vec<Attachment>,
    /// How the text is written in the mail.
    pub form: Form,
}

impl CitizenMessage {
    /// A message without an agent and files, in UTF-8 as quoted-printable.
    pub fn new(sender: Person, title: impl Into<String>, text: impl Into<String>) -> Self {
        Self {
            sender,
            agent: None,
            title: title.into(),
            text: text.into(),
            attachments: Vec::new(),
            form: Form::Utf8QuotedPrintable,
        }
    }

    /// Messages that differ in all that can differ: forms, files, an agent, Finnish and Swedish. People are artificial.
    pub fn sample(number: usize) -> Self {
        let person = |name: &str, identity_code: &str| Person {
            name: name.to_owned(),
            identity_code: identity_code.to_owned(),
        };
        let maija = || person("Maija Mäkeläinen", "010190-900P");
        let is_swedish = number % 4 == 3;
        let (sender, title, text) = match is_swedish {
            false => (
                maija(),
                "Kysymys päätöksestä",
                "Hei,\n\nmilloin päätös tulee voimaan? Ärtyisä yö öljylampun ääressä.\n\nYstävällisin terveisin\nMaija",
            ),
            true => (
                person("Åke Öberg", "010280-952L"),
                "Fråga om beslutet",
                "Hej!\n\nNär träder beslutet i kraft? Öländska ålar.\n\nMed vänliga hälsningar\nÅke",
            ),
        };
        let mut message = Self::new(sender, format!("{title} {}", number + 1), text);
        let forms = Form::ALL;
        message.form = forms
            .get(number % forms.len())
            .copied()
            .unwrap_or(Form::Utf8QuotedPrintable);
        if number % 2 == 1 {
            message.attachments = vec![
                Attachment {
                    name: "Päätös ja liitteet.pdf".to_owned(),
                    media_type: "application/pdf".to_owned(),
                    octets: b"%PDF-1.4\n% a sample without pages\n%%EOF\n".to_vec(),
                },
                Attachment {
                    name: "luettelo.csv".to_owned(),
                    media_type: "text/csv".to_owned(),
                    octets: "nimi;määrä\r\nöljy;3\r\n".as_bytes().to_vec(),
                },
            ];
        }
        if number % 3 == 2 {
            message.agent = Some(person("Anssi Asioija", "100190-999P"));
        }
        message
    }

    /// Address of the sender's mailbox.
    pub(super) fn address(&self, mailbox_domain: &str) -> String {
        let code = self.sender.identity_code.to_lowercase();
        format!("{code}@{mailbox_domain}")
    }

    /// Body of the mail.
    pub(super) fn body(&self, words: &DetailWords) -> String {
        let now = Zoned::now().with_time_zone(finland::time_zone());
        let time = now.strftime("%-d.%-m.%Y klo %-H.%M").to_string();
        let mut lines: Vec<String> = self.text.lines().map(str::to_owned).collect();
        let detail = |label: &str, value: &str| format!("{label}: {value}");
        lines.extend([
            String::new(),
            words.heading.clone(),
            detail(&words.sender, &self.sender.name),
            detail(&words.identity_code, &self.sender.identity_code),
            detail(&words.sent, &time),
        ]);
        if let Some(agent) = &self.agent {
            lines.extend([
                String::new(),
                words.agent_heading.clone(),
                detail(&words.agent, &agent.name),
                detail(&words.identity_code, &agent.identity_code),
            ]);
        }
        lines.into_iter().map(|line| line + "\r\n").collect()
    }
}

/// The words around the details of a message. Only the first is published.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DetailWords {
    /// Heading of the section: `Viestin tiedot`.
    pub heading: String,
    /// Before the name: `Lähettäjä`.
    pub sender: String,
    /// Before an identity code: `Henkilötunnus`.
    pub identity_code: String,
    /// Before the time: `Lähetetty`.
    pub sent: String,
    /// Heading of the agent's details, at the end: `Puolesta-asioija`.
    pub agent_heading: String,
    /// Before the agent's name: `Nimi`.
    pub agent: String,
}

impl Default for DetailWords {
    fn default() -> Self {
        Self {
            heading: "Viestin tiedot".to_owned(),
            sender: "Lähettäjä".to_owned(),
            identity_code: "Henkilötunnus".to_owned(),
            sent: "Lähetetty".to_owned(),
            agent_heading: "Puolesta-asioija".to_owned(),
            agent: "Nimi".to_owned(),
        }
    }
}
