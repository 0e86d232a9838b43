// SPDX-License-Identifier: Apache-2.0
//! Delivery reports of relays (RFC 3464): a mail that was taken first and not delivered after all.

use suomifi_messages::FailureReason;

use super::{fields::plain_fields, relay::reason};

/// Actions that there are (RFC 3464 §2.3.3).
const ACTIONS: [&str; 5] = ["failed", "delayed", "delivered", "relayed", "expanded"];

/// Longest status code, in bytes (RFC 3463 §2).
const LONGEST_STATUS: usize = 9;

/// What a report tells of a recipient.
#[derive(Clone, PartialEq, Eq)]
pub struct Report {
    /// Action in lower case: `failed`, `delayed`, `delivered`, `relayed`, `expanded`; `unknown` for any other.
    pub action: String,
    /// Status, an enhanced status code.
    pub status: String,
    /// What the other relay said; empty where that is not told.
    pub diagnostic: String,
    /// Address of the recipient; `None` where there is none.
    pub recipient: Option<String>,
    /// Header block of the mail that is reported on, as far as it is there.
    pub original: Vec<u8>,
}

/// Shows no words and no address.
impl std::fmt::Debug for Report {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Report").finish_non_exhaustive()
    }
}

/// Reads the content of `message/delivery-status`; of several recipients the first one, since our mails have one. `None` where it tells of none.
pub fn read_report(content: &[u8], original: Vec<u8>) -> Option<Report> {
    let unified: Vec<u8> = content
        .iter()
        .copied()
        .filter(|byte| *byte != b'\r')
        .collect();
    let blocks = unified.split(|byte| *byte == b'\n').collect::<Vec<_>>();
    let blocks = blocks.split(|line| line.trim_ascii().is_empty());
    let mut blocks = blocks.map(|lines| plain_fields(&lines.join(&b'\n')));
    let fields = blocks.find(|fields| fields.iter().any(|(name, _)| name == "action"))?;
    let value = |name: &str| {
        let found = fields.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str()).unwrap_or_default()
    };
    // What stands before the semicolon is the type of what stands behind it (RFC 3464 §2.3.2).
    let typed = |name: &str| {
        let value = value(name);
        value
            .split_once(';')
            .map_or(value, |(_, value)| value)
            .trim()
            .to_owned()
    };
    let recipient = typed("original-recipient");
    let recipient = Some(recipient).filter(|address| !address.is_empty());
    let recipient = recipient.unwrap_or_else(|| typed("final-recipient"));
    let diagnostic = typed("diagnostic-code");
    // Comments may follow (RFC 5322 §3.2.2).
    let first_word = |text: &str| {
        let word = text.split(|c: char| c.is_whitespace() || c == '(').next();
        word.unwrap_or_default().to_owned()
    };
    let status = Some(first_word(value("status"))).filter(|status| is_status(status));
    let status = status.or_else(|| status_in(&diagnostic));
    let action = first_word(value("action")).to_ascii_lowercase();
    let known = ACTIONS.into_iter().find(|known| *known == action);
    Some(Report {
        action: known.unwrap_or("unknown").to_owned(),
        status: status.unwrap_or_default(),
        diagnostic,
        recipient: Some(recipient).filter(|address| !address.is_empty()),
        original,
    })
}

/// Class, subject and detail (RFC 3463 §2).
fn is_status(text: &str) -> bool {
    let mut parts = text.split('.');
    let class = parts.next().unwrap_or_default();
    let is_number = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    text.len() <= LONGEST_STATUS
        && matches!(class, "2" | "4" | "5")
        && parts.clone().count() == 2
        && parts.all(is_number)
}

/// The status that the other relay said, for those who leave out the field.
fn status_in(diagnostic: &str) -> Option<String> {
    let words = diagnostic.split_whitespace();
    let mut bare = words.map(|word| word.trim_matches(|c: char| !c.is_ascii_digit()));
    bare.find(|word| is_status(word)).map(str::to_owned)
}

impl Report {
    /// Whether it says that the mail does not arrive.
    pub fn is_failure(&self) -> bool {
        self.action == "failed"
    }

    /// Why, by its status.
    pub fn reason(&self) -> FailureReason {
        reason(&self.status).unwrap_or(FailureReason::Other)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_is_read() {
        let content = b"Reporting-MTA: dns; relay.example\r\n\r\nFinal-Recipient: rfc822; 010190-900P@asiointitili.fi\r\nAction: Failed\r\nStatus: 5.1.1 (no mailbox)\r\nDiagnostic-Code: smtp; 550 5.1.1 no\r\n  mailbox\r\n";
        let report = read_report(content, Vec::new()).unwrap();
        assert!(report.is_failure());
        assert_eq!(report.status, "5.1.1");
        assert_eq!(report.reason(), FailureReason::MailboxNotInUse);
        assert_eq!(
            report.recipient.as_deref(),
            Some("010190-900P@asiointitili.fi")
        );
        assert_eq!(report.diagnostic, "550 5.1.1 no  mailbox");
        assert_eq!(read_report(b"Reporting-MTA: dns; x\n", Vec::new()), None);
        for (content, status) in [
            (
                "Action: failed (permanent failure)\nStatus: 5.2.2\n",
                "5.2.2",
            ),
            (
                "Action: failed\nDiagnostic-Code: smtp; 550 5.1.1 no\n",
                "5.1.1",
            ),
            (
                "Action: failed\nDiagnostic-Code: smtp;550 #5.1.10 no\n",
                "5.1.10",
            ),
            (
                "Action: failed\nStatus: 5\nDiagnostic-Code: smtp; 550 10.0.0.1\n",
                "",
            ),
        ] {
            let report = read_report(content.as_bytes(), Vec::new()).unwrap();
            assert!(report.is_failure(), "{content}");
            assert_eq!(report.status, status, "{content}");
        }
        let odd = read_report(b"Action: delayed\nStatus: x\n", Vec::new()).unwrap();
        assert!(!odd.is_failure() && odd.status.is_empty() && odd.recipient.is_none());
        // Nothing that somebody wrote becomes a code.
        let long = "1.".repeat(1000);
        let foreign = format!("Action: 010190-900P\nStatus: {long}\n");
        let foreign = read_report(foreign.as_bytes(), Vec::new()).unwrap();
        assert_eq!(
            (foreign.action.as_str(), foreign.status.as_str()),
            ("unknown", "")
        );
    }
}
