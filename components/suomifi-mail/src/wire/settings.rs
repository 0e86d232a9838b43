// SPDX-License-Identifier: Apache-2.0
use agency_http::SettingError;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    address::{Address, DomainMatch, is_domain},
    attachment::AttachmentSettings,
    receipt::ReceiptSettings,
    section::SectionSettings,
    token::TokenForm,
};

/// The operator's settings.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Settings {
    /// Address that messages come from, under `domain`; answers and receipts go to it.
    pub from: String,
    /// Domain agreed with the service when joining: messages from other domains are not accepted.
    pub domain: String,
    /// Which addresses are under the domain. Default `same-or-subdomain`, which is how we read "under the domain"; `same` is stricter.
    #[serde(default)]
    pub domain_match: DomainMatch,
    /// Domain of citizens' addresses. Default `asiointitili.fi`, that of production; no public document names that of the test environment.
    #[serde(default = "asiointitili")]
    pub recipient_domain: String,
    /// How a message's reference stands in its subject, with `{token}` for the reference itself. Default `[silta:{token}]`: our choice. The service copies the
    /// subject into receipts, by which they are told apart.
    #[serde(default = "usual_token")]
    pub subject_token: String,
    /// What stands before the subject of an answer. Default `Re:` (RFC 5322 §3.6.5).
    #[serde(default = "usual_prefix")]
    pub reply_prefix: String,
    /// Messages that go out.
    #[serde(default)]
    pub message: MessageSettings,
    /// Their attachments.
    #[serde(default)]
    pub attachments: AttachmentSettings,
    /// Mails that come in.
    #[serde(default)]
    pub incoming: IncomingSettings,
    /// Receipts among them.
    #[serde(default)]
    pub receipts: ReceiptSettings,
    /// The section with the details of a message, and that of an agent.
    #[serde(default)]
    pub sections: SectionSettings,
}

setting_tables::table! {
    Settings: Settings::usual();
    from required, domain required, domain_match, recipient_domain, subject_token, reply_prefix,
    message, attachments, incoming, receipts, sections,
}

/// Messages that go out.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct MessageSettings {
    /// How long the relay may take over a message, in seconds. Default 600: it may take so long over the content (RFC 5321 §4.5.3.2.6), and whoever waits less
    /// does not know whether the relay has it.
    pub timeout_seconds: u32,
    /// Most characters of a title, its token left out. Default 400: that of Nimeke in the service's older interface; whether it binds here is not documented.
    pub longest_title_characters: u32,
    /// Most characters of a text. Default 40000: that of the REST interface, which replaces this one; whether it binds here is not documented.
    pub longest_body_characters: u32,
    /// Whether the connection to the relay shows the certificate of the key role `relay-client`. Default false: the documents name a protected link and no
    /// certificate.
    pub client_certificate: bool,
}

setting_tables::table! {
    MessageSettings: MessageSettings::default();
    timeout_seconds, longest_title_characters, longest_body_characters, client_certificate,
}

impl Default for MessageSettings {
    fn default() -> Self {
        Self {
            timeout_seconds: 600,
            longest_title_characters: 400,
            longest_body_characters: 40_000,
            client_certificate: false,
        }
    }
}

/// Least version of TLS that a relay has to speak.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
pub enum LeastTls {
    /// Also without TLS: where a protected link has been agreed instead.
    #[serde(rename = "none")]
    None,
    /// TLS 1.2 or newer.
    #[default]
    #[serde(rename = "1.2")]
    V12,
    /// TLS 1.3.
    #[serde(rename = "1.3")]
    V13,
}

/// How the relay's certificate is judged.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum RelayCertificate {
    /// Not at all: the host's list of relays is what counts.
    #[default]
    Off,
    /// It has to lead to the anchor set `relay`, beside the host's list.
    Required,
}

/// What makes two mails one.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum SameMail {
    /// The same Message-ID, for the same recipients.
    #[default]
    MessageIdAndRecipients,
    /// The same Message-ID, whoever it was for: a mail to From and to Reply-To is one.
    MessageId,
}

/// What of a mail is kept as it came.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum KeptMails {
    /// Those that nothing recognises.
    #[default]
    Unrecognized,
    /// All of them, for an archive: the service keeps none for the authority.
    All,
}

/// Mails that come in.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct IncomingSettings {
    /// Addresses that mails are taken for. Default none named: all addresses under `domain`.
    pub addresses: Vec<String>,
    /// Least version of TLS of the relay. Default `1.2`: the service forces TLS, and names no version.
    pub least_tls: LeastTls,
    /// Whether the relay's certificate is judged. Default `off`.
    pub relay_certificate: RelayCertificate,
    /// Common names of which the relay's certificate has to have one, where it is judged. Default none named: any that leads to the anchor set.
    pub relay_names: Vec<String>,
    /// What makes two mails one. Default `message-id-and-recipients`.
    pub same_mail: SameMail,
    /// Which mails are kept whole, as a document `mail.eml`. Default `unrecognized`.
    pub kept_mails: KeptMails,
    /// Largest mail in bytes. Default 16 MiB: more than five times the 3 MB that a message may have.
    pub largest_mail_bytes: u32,
    /// Largest text that is read into an event, in bytes as it is in the mail, all texts of a mail together. Default 256 KiB: several times what a message by
    /// REST may have. What is beyond is handed out as documents.
    pub largest_text_bytes: u32,
    /// Largest attachment in quoted-printable, or in base64 that is not quite in order, in bytes as it is in the mail: those are decoded in the sandbox. Default 2 MiB. A larger one
    /// is handed out as it is in the mail.
    pub largest_decoded_bytes: u32,
    /// Encoding of texts that name none, one that is not known, or one that they do not keep, and are not UTF-8. Default `windows-1252`, which contains ISO-8859-1.
    pub fallback_charset: String,
}

setting_tables::table! {
    IncomingSettings: IncomingSettings::default();
    addresses, least_tls, relay_certificate, relay_names, same_mail, kept_mails, largest_mail_bytes,
    largest_text_bytes, largest_decoded_bytes, fallback_charset,
}

impl Default for IncomingSettings {
    fn default() -> Self {
        Self {
            addresses: Vec::new(),
            least_tls: LeastTls::default(),
            relay_certificate: RelayCertificate::default(),
            relay_names: Vec::new(),
            same_mail: SameMail::default(),
            kept_mails: KeptMails::default(),
            largest_mail_bytes: 16 << 20,
            largest_text_bytes: 256 << 10,
            largest_decoded_bytes: 2 << 20,
            fallback_charset: "windows-1252".into(),
        }
    }
}

impl Settings {
    /// Settings with every default, for an authority that does not exist.
    pub fn usual() -> Self {
        Self {
            from: "viestit@virasto.example".into(),
            domain: "virasto.example".into(),
            domain_match: DomainMatch::default(),
            recipient_domain: asiointitili(),
            subject_token: usual_token(),
            reply_prefix: usual_prefix(),
            message: MessageSettings::default(),
            attachments: AttachmentSettings::default(),
            incoming: IncomingSettings::default(),
            receipts: ReceiptSettings::default(),
            sections: SectionSettings::default(),
        }
    }

    /// Judges what types cannot.
    ///
    /// # Errors
    /// The first setting that cannot work.
    pub fn check(&self) -> Result<(), SettingError> {
        self.check_addresses()?;
        if let Err(flaw) = TokenForm::parse(&self.subject_token) {
            return Err(SettingError::new("/subject-token", flaw));
        }
        let is_prefix = |c: char| c == ' ' || c.is_ascii_graphic();
        if !self.reply_prefix.chars().all(is_prefix) || self.reply_prefix.len() > 10 {
            return Err(SettingError::new(
                "/reply-prefix",
                "this has to be of visible characters of ASCII, at most 10",
            ));
        }
        self.check_sizes()?;
        if mail_parser::decoders::charsets::map::charset_decoder(
            self.incoming.fallback_charset.as_bytes(),
        )
        .is_none()
        {
            return Err(SettingError::new(
                "/incoming/fallback-charset",
                "no encoding of this name is known here; windows-1252 and iso-8859-15 are",
            ));
        }
        self.attachments.check()?;
        self.receipts.check()?;
        self.sections.check()
    }

    /// The form of tokens in subjects. `check` has judged it.
    pub fn token_form(&self) -> Option<TokenForm<'_>> {
        TokenForm::parse(&self.subject_token).ok()
    }

    /// Whether an address is under the agreed domain.
    pub fn is_ours(&self, address: &Address<'_>) -> bool {
        address.is_under(&self.domain, self.domain_match)
    }

    /// Whether mails are taken for an address.
    pub fn takes(&self, address: &str) -> bool {
        match self.incoming.addresses.as_slice() {
            [] => Address::split(address).is_some_and(|parts| self.is_ours(&parts)),
            named => named
                .iter()
                .any(|own| own.eq_ignore_ascii_case(address.trim())),
        }
    }

    fn check_addresses(&self) -> Result<(), SettingError> {
        for (pointer, domain) in [
            ("/domain", &self.domain),
            ("/recipient-domain", &self.recipient_domain),
        ] {
            if !is_domain(domain) {
                return Err(SettingError::new(pointer, "this is no DNS name"));
            }
        }
        let from = Address::parse(&self.from);
        let from =
            from.map_err(|flaw| SettingError::new("/from", format!("no address: {flaw}")))?;
        if !self.is_ours(&from) {
            return Err(SettingError::new(
                "/from",
                "the address is not under the setting domain, so that the service would not accept what comes from it",
            ));
        }
        let flaw = self
            .incoming
            .addresses
            .iter()
            .find_map(|address| Address::parse(address).err());
        match flaw {
            Some(flaw) => Err(SettingError::new(
                "/incoming/addresses",
                format!("one of them is no address: {flaw}"),
            )),
            None => Ok(()),
        }
    }

    fn check_sizes(&self) -> Result<(), SettingError> {
        let Self {
            message, incoming, ..
        } = self;
        for (pointer, value, least, most) in [
            (
                "/message/timeout-seconds",
                message.timeout_seconds,
                1,
                86_400,
            ),
            (
                "/message/longest-title-characters",
                message.longest_title_characters,
                1,
                1000,
            ),
            (
                "/message/longest-body-characters",
                message.longest_body_characters,
                1,
                500_000,
            ),
            (
                "/incoming/largest-mail-bytes",
                incoming.largest_mail_bytes,
                1 << 16,
                128 << 20,
            ),
            (
                "/incoming/largest-text-bytes",
                incoming.largest_text_bytes,
                1 << 10,
                512 << 10,
            ),
            (
                "/incoming/largest-decoded-bytes",
                incoming.largest_decoded_bytes,
                1 << 10,
                2 << 20,
            ),
        ] {
            if !(least..=most).contains(&value) {
                return Err(SettingError::new(
                    pointer,
                    format!("this has to be from {least} to {most}"),
                ));
            }
        }
        Ok(())
    }
}

fn asiointitili() -> String {
    "asiointitili.fi".into()
}

fn usual_token() -> String {
    "[silta:{token}]".into()
}

fn usual_prefix() -> String {
    "Re:".into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checked(more: &str) -> Result<(), SettingError> {
        let json = format!(r#"{{"from": "a@virasto.fi", "domain": "virasto.fi"{more}}}"#);
        serde_json::from_str::<Settings>(&json).unwrap().check()
    }

    #[test]
    fn what_cannot_work_is_named() {
        assert_eq!(checked(""), Ok(()));
        assert_eq!(Settings::usual().check(), Ok(()));
        for (more, pointer) in [
            (r#", "recipient-domain": "fi""#, "/recipient-domain"),
            (r#", "subject-token": "silta""#, "/subject-token"),
            (r#", "reply-prefix": "Vs:\n""#, "/reply-prefix"),
            (
                r#", "message": {"timeout-seconds": 0}"#,
                "/message/timeout-seconds",
            ),
            (
                r#", "message": {"longest-title-characters": 1001}"#,
                "/message/longest-title-characters",
            ),
            (
                r#", "incoming": {"largest-text-bytes": 1}"#,
                "/incoming/largest-text-bytes",
            ),
            (
                r#", "incoming": {"addresses": ["a"]}"#,
                "/incoming/addresses",
            ),
            (
                r#", "incoming": {"fallback-charset": "x"}"#,
                "/incoming/fallback-charset",
            ),
            (
                r#", "attachments": {"most": 0, "allowed": {"": []}}"#,
                "/attachments/allowed",
            ),
            (
                r#", "receipts": {"rules": [{"name": "a", "event": "opened"}]}"#,
                "/receipts/rules",
            ),
        ] {
            assert_eq!(checked(more).unwrap_err().pointer, pointer, "{more}");
        }
    }

    #[test]
    fn messages_come_from_the_agreed_domain() {
        let from = |from: &str, matching: &str| {
            let json = format!(
                r#"{{"from": "{from}", "domain": "virasto.fi", "domain-match": "{matching}"}}"#
            );
            serde_json::from_str::<Settings>(&json).unwrap().check()
        };
        assert_eq!(from("a@posti.virasto.fi", "same-or-subdomain"), Ok(()));
        for (address, matching) in [
            ("a@posti.virasto.fi", "same"),
            ("a@muu.fi", "same-or-subdomain"),
            ("a", "same-or-subdomain"),
        ] {
            assert_eq!(from(address, matching).unwrap_err().pointer, "/from");
        }
    }

    #[test]
    fn mails_are_taken_for_addresses_under_the_domain_or_those_named() {
        let mut settings = Settings::usual();
        assert!(settings.takes("Kirjaamo@sub.virasto.example"));
        assert!(!settings.takes("kirjaamo@muu.example") && !settings.takes("kirjaamo"));
        settings.incoming.addresses = vec!["kirjaamo@muu.example".into()];
        assert!(settings.takes("KIRJAAMO@muu.example"));
        assert!(!settings.takes("viestit@virasto.example"));
    }
}
