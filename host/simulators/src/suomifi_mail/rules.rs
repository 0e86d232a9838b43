// SPDX-License-Identifier: Apache-2.0
//! What has been agreed with the authority.

/// What mails are held to. The guide of the mail interface says that all of this is agreed with each authority; the defaults are guesses.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Rules {
    /// Domain of the authority: of the envelope's sender, From and Reply-To.
    pub domain: String,
    /// Whether domains below it are under it.
    pub with_subdomains: bool,
    /// Domain of the citizens' mailboxes: `asiointitili.fi`.
    pub mailbox_domain: String,
    /// Largest mail in octets, told by SIZE: 5 MB.
    pub largest_mail: usize,
    /// Most octets of all attachments together, decoded: 3 MB.
    pub largest_attachments: usize,
    /// Extensions of attachments that are allowed, in lower case.
    pub extensions: Vec<String>,
    /// Character sets of the body that are allowed, in lower case: `utf-8`, `us-ascii` and `iso-8859-1`.
    pub charsets: Vec<String>,
    /// Identity codes of those who do not use the service: none. Nobody knows beforehand, so they get a receipt.
    pub without_mailbox: Vec<String>,
    /// How a breach of the rules about content is told.
    pub content_breaches: ContentBreaches,
}

/// How it is told that the content of a mail (its form, character set, attachments) is not allowed, or that the recipient does not use the
/// service. It is not published.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ContentBreaches {
    /// The relay takes the mail, and a receipt tells.
    ByReceipt,
    /// The relay refuses the mail.
    ByReply,
}

impl Rules {
    /// The usual rules for an authority of this domain.
    pub fn new(domain: impl Into<String>) -> Self {
        let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        Self {
            domain: domain.into(),
            with_subdomains: true,
            mailbox_domain: "asiointitili.fi".to_owned(),
            largest_mail: 5_000_000,
            largest_attachments: 3_000_000,
            extensions: owned(&[
                "pdf", "jpg", "jpeg", "png", "gif", "doc", "docx", "xls", "xlsx", "ppt", "pptx",
                "odt", "ods", "txt", "rtf", "csv", "xml", "json", "zip",
            ]),
            charsets: owned(&["utf-8", "us-ascii", "iso-8859-1"]),
            without_mailbox: Vec::new(),
            content_breaches: ContentBreaches::ByReceipt,
        }
    }
}
