// SPDX-License-Identifier: Apache-2.0
//! Receipts (*kuittausviestit*): which of the documented seven events a mail of the service tells. Their texts are not documented, so rules recognise them.

mod texts;

use agency_http::SettingError;
use regex_lite::{Regex, RegexBuilder};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use suomifi_messages::{FailureReason, Status};

use texts::usual_rules;

/// Most rules, and most characters of a pattern.
const MOST_RULES: usize = 100;
const LONGEST_PATTERN: usize = 1000;

/// Largest compiled pattern, in bytes: a hundred of them fit into the sandbox.
const LARGEST_COMPILED: usize = 64 << 10;

/// Receipts.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct ReceiptSettings {
    /// Rules that recognise receipts, in order: the first that applies counts. Default: Finnish, Swedish and English ones, which look at the body only, since the subject has the
    /// title of the message in it. They are guesses: no public document has the texts of receipts.
    pub rules: Vec<ReceiptRule>,
    /// Addresses that receipts come from, or domains such as `@asiointitili.fi`. Default none named: any that is no citizen's, since no document names it.
    pub senders: Vec<String>,
    /// Whether a mail from a citizen's address can be a receipt as well. Default false: otherwise a citizen's message that says "failed" would be taken for one.
    pub from_citizens: bool,
    /// How much of a body the rules look at, in bytes of UTF-8. Default 4096.
    pub looked_at_bytes: u32,
}

setting_tables::table! {
    ReceiptSettings: ReceiptSettings::default();
    rules, senders, from_citizens, looked_at_bytes,
}

impl Default for ReceiptSettings {
    fn default() -> Self {
        Self {
            rules: usual_rules(),
            senders: Vec::new(),
            from_citizens: false,
            looked_at_bytes: 4096,
        }
    }
}

/// A rule that recognises a receipt. It applies if each pattern that it has is found. Patterns are regular expressions without back references; letters match
/// whatever their case, and any white space is one blank.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct ReceiptRule {
    /// Name, which events repeat in `transport.rule`.
    pub name: String,
    /// Pattern for the subject.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// Pattern for the body.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<String>,
    /// What the receipt tells.
    pub event: ReceiptEvent,
}

/// What a receipt tells: the seven events of the guide, the last of them in its two documented kinds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ReceiptEvent {
    /// The message was relayed to the service.
    Relayed,
    /// It was not.
    RelayingFailed,
    /// The virus check is done, and the citizen can read it.
    Readable,
    /// The citizen has read it.
    Opened,
    /// The citizen has acknowledged it (verifiable service).
    Acknowledged,
    /// It did not pass the virus check, and the citizen cannot read it.
    VirusCheckFailed,
    /// An attachment is of a form that is not allowed.
    AttachmentType,
    /// An attachment is too large.
    AttachmentSize,
}

/// What becomes of a message by a receipt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Told {
    /// It has come further.
    Status(Status),
    /// It does not arrive.
    Failed(FailureReason),
}

impl ReceiptEvent {
    /// What it comes to in the model of messages.
    pub fn told(self) -> Told {
        match self {
            Self::Relayed => Told::Status(Status::Accepted),
            Self::Readable => Told::Status(Status::Delivered),
            Self::Opened => Told::Status(Status::Opened),
            Self::Acknowledged => Told::Status(Status::Acknowledged),
            Self::RelayingFailed => Told::Failed(FailureReason::Other),
            Self::VirusCheckFailed => Told::Failed(FailureReason::AttachmentVirus),
            Self::AttachmentType => Told::Failed(FailureReason::AttachmentType),
            Self::AttachmentSize => Told::Failed(FailureReason::AttachmentSize),
        }
    }
}

impl ReceiptSettings {
    pub(super) fn check(&self) -> Result<(), SettingError> {
        let refused = |message: String| Err(SettingError::new("/receipts/rules", message));
        if self.rules.len() > MOST_RULES {
            return refused(format!("there are more than {MOST_RULES} rules"));
        }
        for (index, rule) in self.rules.iter().enumerate() {
            let patterns = [("subject", &rule.subject), ("body", &rule.body)];
            if patterns.iter().all(|(_, pattern)| pattern.is_none()) {
                return refused(format!(
                    "rule {index} has no pattern, for subject or body, so that it would apply to every mail"
                ));
            }
            for (what, pattern) in patterns {
                let Some(pattern) = pattern else { continue };
                if let Err(flaw) = compiled(pattern) {
                    return refused(format!(
                        "the pattern for the {what} of rule {index} cannot be used: {flaw}"
                    ));
                }
            }
        }
        match (256..=65_536).contains(&self.looked_at_bytes) {
            true => Ok(()),
            false => Err(SettingError::new(
                "/receipts/looked-at-bytes",
                "this has to be from 256 to 65536",
            )),
        }
    }

    /// Whether receipts come from an address.
    pub fn is_sender(&self, address: &str) -> bool {
        let is_it = |named: &String| match named.strip_prefix('@') {
            Some(domain) => address
                .rsplit_once('@')
                .is_some_and(|(_, own)| own.eq_ignore_ascii_case(domain)),
            None => named.eq_ignore_ascii_case(address),
        };
        self.senders.is_empty() || self.senders.iter().any(is_it)
    }

    /// The first rule that applies to a subject and a body.
    pub fn recognise(&self, subject: &str, body: &str) -> Option<&ReceiptRule> {
        let limit = usize::try_from(self.looked_at_bytes).unwrap_or(usize::MAX);
        let (subject, body) = (folded(subject, limit), folded(body, limit));
        let is_found = |pattern: &Option<String>, text: &str| match pattern {
            Some(pattern) => compiled(pattern).is_ok_and(|pattern| pattern.is_match(text)),
            None => true,
        };
        self.rules
            .iter()
            .find(|rule| is_found(&rule.subject, &subject) && is_found(&rule.body, &body))
    }
}

/// A pattern for folded text: its letters in lower case, but for those after a backslash, which are no letters.
fn compiled(pattern: &str) -> Result<Regex, String> {
    if pattern.is_empty() || pattern.chars().count() > LONGEST_PATTERN {
        return Err(format!(
            "it is empty or has more than {LONGEST_PATTERN} characters"
        ));
    }
    let mut lower = String::with_capacity(pattern.len());
    let mut is_escaped = false;
    for c in pattern.chars() {
        match is_escaped {
            true => lower.push(c),
            false => lower.extend(c.to_lowercase()),
        }
        is_escaped = c == '\\' && !is_escaped;
    }
    let mut builder = RegexBuilder::new(&lower);
    builder.size_limit(LARGEST_COMPILED).nest_limit(50);
    builder.build().map_err(|error| error.to_string())
}

/// The beginning of a text in lower case, with one blank for any white space.
fn folded(text: &str, limit: usize) -> String {
    let mut folded = String::new();
    for word in text.split_whitespace() {
        if folded.len() + word.len() > limit {
            break;
        }
        if !folded.is_empty() {
            folded.push(' ');
        }
        folded.extend(word.chars().flat_map(char::to_lowercase));
    }
    folded
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(subject: Option<&str>, body: Option<&str>) -> ReceiptSettings {
        ReceiptSettings {
            rules: vec![ReceiptRule {
                name: "r".into(),
                subject: subject.map(str::to_owned),
                body: body.map(str::to_owned),
                event: ReceiptEvent::Opened,
            }],
            ..ReceiptSettings::default()
        }
    }

    #[test]
    fn patterns_match_whatever_the_case_and_the_lines() {
        let settings = rule(Some("KUITTAUS"), Some(r"Ä\S+ on\b"));
        assert_eq!(settings.check(), Ok(()));
        assert!(
            settings
                .recognise("Re: kuittaus", "x\r\n  äLÄ\r\non  y")
                .is_some()
        );
        assert!(settings.recognise("Re: kuit", "älä on").is_none());
        assert!(settings.recognise("kuittaus", "älä ona").is_none());
    }

    #[test]
    fn a_rule_that_would_always_or_never_apply_is_refused() {
        for settings in [
            rule(None, None),
            rule(None, Some("(")),
            rule(Some(""), None),
            rule(None, Some("(a{1000}){1000}")),
        ] {
            assert_eq!(settings.check().unwrap_err().pointer, "/receipts/rules");
        }
        let mut many = rule(None, Some("a"));
        many.rules = vec![many.rules[0].clone(); 101];
        assert!(many.check().is_err());
    }

    #[test]
    fn only_the_beginning_is_looked_at() {
        let mut settings = rule(None, Some("end"));
        settings.looked_at_bytes = 256;
        let body = |words: usize| format!("{}end", "word ".repeat(words));
        assert!(settings.recognise("", &body(50)).is_some());
        assert!(settings.recognise("", &body(51)).is_none());
    }

    #[test]
    fn senders_are_addresses_or_domains() {
        let mut settings = ReceiptSettings::default();
        assert!(settings.is_sender("x@y"));
        settings.senders = vec!["@asiointitili.fi".into(), "a@b.fi".into()];
        assert!(settings.is_sender("x@ASIOINTITILI.fi") && settings.is_sender("A@b.fi"));
        assert!(!settings.is_sender("x@b.fi") && !settings.is_sender("asiointitili.fi"));
    }

    /// Hostile patterns and texts take no long: the engine is linear in both.
    #[test]
    fn no_pattern_runs_away() {
        let settings = rule(None, Some("(a*)*b"));
        assert!(settings.recognise("", &"a".repeat(4000)).is_none());
    }
}
