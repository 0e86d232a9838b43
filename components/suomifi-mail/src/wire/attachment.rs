// SPDX-License-Identifier: Apache-2.0
//! Which files may go along.

use std::collections::{BTreeMap, BTreeSet};

use agency_http::SettingError;
use schemars::JsonSchema;
use serde::Serialize;

use super::Flaw;

/// Longest name of a file, in characters: TiedostoNimi of the service's older interface.
const LONGEST_NAME: usize = 200;

/// Most attachments that a setting may allow.
const MOST: u32 = 100;

/// Attachments of messages that go out. The allowed ones, and how large they may be, are agreed with each authority.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct AttachmentSettings {
    /// Allowed extensions, in lower case, each with the media types that go with it. Default: those of the service's REST interface, as far as they are published.
    pub allowed: BTreeMap<String, Vec<String>>,
    /// How large all of them may be together, in bytes before they are encoded. Default 3000000: a message may have 3 MB in the service's other interfaces.
    pub largest_together_bytes: u32,
    /// How many there may be; 0 allows none. Default 20: our choice, since no document says.
    pub most: u32,
}

setting_tables::table! {
    AttachmentSettings: AttachmentSettings::default();
    allowed, largest_together_bytes, most,
}

/// The usual list: extension, and media types that go with it.
const ALLOWED: [(&str, &[&str]); 18] = [
    ("csv", &["text/csv"]),
    ("doc", &["application/msword"]),
    (
        "docx",
        &["application/vnd.openxmlformats-officedocument.wordprocessingml.document"],
    ),
    ("gif", &["image/gif"]),
    ("jpeg", &["image/jpeg"]),
    ("jpg", &["image/jpeg"]),
    ("json", &["application/json"]),
    ("ods", &["application/vnd.oasis.opendocument.spreadsheet"]),
    ("odt", &["application/vnd.oasis.opendocument.text"]),
    ("pdf", &["application/pdf"]),
    ("png", &["image/png"]),
    ("ppt", &["application/vnd.ms-powerpoint"]),
    (
        "pptx",
        &["application/vnd.openxmlformats-officedocument.presentationml.presentation"],
    ),
    ("rtf", &["application/rtf", "text/rtf"]),
    ("txt", &["text/plain"]),
    ("xls", &["application/vnd.ms-excel"]),
    (
        "xlsx",
        &["application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"],
    ),
    ("xml", &["application/xml", "text/xml"]),
];

impl Default for AttachmentSettings {
    fn default() -> Self {
        let zip = ("zip", &["application/zip"][..]);
        // Put in one by one: to collect a map is to sort, which is 5 KB of the component.
        let mut allowed = BTreeMap::new();
        for (extension, types) in ALLOWED.into_iter().chain([zip]) {
            let types = types.iter().map(|media_type| (*media_type).to_owned());
            allowed.insert(extension.to_owned(), types.collect());
        }
        Self {
            allowed,
            largest_together_bytes: 3_000_000,
            most: 20,
        }
    }
}

/// What is judged of a file.
#[derive(Debug, Clone, Copy)]
pub struct File<'a> {
    /// Name with its extension.
    pub name: &'a str,
    /// Media type, parameters included.
    pub media_type: &'a str,
    /// Size in bytes.
    pub size: u64,
}

impl AttachmentSettings {
    pub(super) fn check(&self) -> Result<(), SettingError> {
        if self.most > MOST {
            return Err(SettingError::new(
                "/attachments/most",
                format!("this has to be at most {MOST}"),
            ));
        }
        if !(1..=50_000_000).contains(&self.largest_together_bytes) {
            return Err(SettingError::new(
                "/attachments/largest-together-bytes",
                "this has to be from 1 to 50000000",
            ));
        }
        let is_extension = |text: &String| {
            let is_allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
            !text.is_empty() && text.bytes().all(is_allowed)
        };
        let is_sound = |(extension, types): (&String, &Vec<String>)| {
            is_extension(extension)
                && !types.is_empty()
                && types.iter().all(|media_type| is_media_type(media_type))
        };
        match self.allowed.iter().all(is_sound) {
            true => Ok(()),
            false => Err(SettingError::new(
                "/attachments/allowed",
                "each is an extension in lower case, without the dot, with at least one media type such as \"application/pdf\"",
            )),
        }
    }

    /// Judges the files of a message.
    ///
    /// # Errors
    /// The first rule that one of them breaks.
    pub fn judge(&self, files: &[File<'_>]) -> Result<(), Flaw> {
        let mut names = BTreeSet::new();
        for (index, file) in files.iter().enumerate() {
            let flawed =
                |code, message: String| Flaw::new(code, format!("/attachments/{index}"), message);
            self.judge_one(file)
                .map_err(|(code, message)| flawed(code, message))?;
            if !names.insert(file.name.to_lowercase()) {
                let message = "another attachment has the same name, letter case aside";
                return Err(flawed("attachment.name-repeated", message.into()));
            }
        }
        let together: u64 = files.iter().map(|file| file.size).sum();
        match together > self.largest_together_bytes.into() {
            true => Err(Flaw::new(
                "attachments.too-large",
                "/attachments",
                format!(
                    "the attachments have {together} bytes together, and the setting attachments.largest-together-bytes allows {}",
                    self.largest_together_bytes
                ),
            )),
            false => Ok(()),
        }
    }

    fn judge_one(&self, file: &File<'_>) -> Result<(), (&'static str, String)> {
        let name = file.name;
        if name.trim() != name
            || name.chars().any(char::is_control)
            || name.chars().count() > LONGEST_NAME
            || name.contains("=?")
        {
            let message = format!(
                "the name of an attachment has at most {LONGEST_NAME} characters, no control characters, no blank around it, and no =?, which readers take for the beginning of an encoded word"
            );
            return Err(("attachment.name-invalid", message));
        }
        if file.size == 0 {
            return Err((
                "attachment.empty",
                "the attachment has no bytes; it may never have been written".into(),
            ));
        }
        let extension = name
            .rsplit_once('.')
            .map(|(_, extension)| extension.to_lowercase());
        let types = extension.and_then(|extension| self.allowed.get(&extension));
        let Some(types) = types else {
            let known: Vec<_> = self.allowed.keys().map(String::as_str).collect();
            let message = format!(
                "attachments of this extension are not allowed, and these are: {}; what is allowed has been agreed with the service, and is the setting attachments.allowed",
                known.join(", ")
            );
            return Err(("attachment.extension-not-allowed", message));
        };
        let media_type = file.media_type.split(';').next().unwrap_or_default().trim();
        match types
            .iter()
            .any(|allowed| allowed.eq_ignore_ascii_case(media_type))
        {
            true => Ok(()),
            false => Err((
                "attachment.media-type-not-allowed",
                format!(
                    "with this extension the media type has to be {}",
                    types.join(" or ")
                ),
            )),
        }
    }
}

/// Whether a text is a media type without parameters (RFC 6838 §4.2).
pub(super) fn is_media_type(text: &str) -> bool {
    let is_name = |name: &str| {
        let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$&-^_.+".contains(&byte);
        !name.is_empty() && name.len() <= 127 && name.bytes().all(is_allowed)
    };
    text.split_once('/')
        .is_some_and(|(top, sub)| is_name(top) && is_name(sub))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(settings: &AttachmentSettings, files: &[(&str, &str, u64)]) -> Option<&'static str> {
        let files = files.iter();
        let files: Vec<_> = files
            .map(|&(name, media_type, size)| File {
                name,
                media_type,
                size,
            })
            .collect();
        settings.judge(&files).err().map(|flaw| flaw.code)
    }

    #[test]
    fn each_rule_has_a_code() {
        let settings = AttachmentSettings::default();
        assert_eq!(settings.check(), Ok(()));
        let pdf = "application/pdf";
        let of = |name: &str, media_type: &str, size| code(&settings, &[(name, media_type, size)]);
        assert_eq!(of("päätös.PDF", "Application/PDF; x=y", 1), None);
        assert_eq!(
            of("a.exe", pdf, 1),
            Some("attachment.extension-not-allowed")
        );
        assert_eq!(of("a", pdf, 1), Some("attachment.extension-not-allowed"));
        assert_eq!(
            of("a.pdf", "text/html", 1),
            Some("attachment.media-type-not-allowed")
        );
        assert_eq!(of("a.pdf", pdf, 0), Some("attachment.empty"));
        assert_eq!(of("a\r\n.pdf", pdf, 1), Some("attachment.name-invalid"));
        assert_eq!(of(" a.pdf", pdf, 1), Some("attachment.name-invalid"));
        assert_eq!(of("=?a.pdf", pdf, 1), Some("attachment.name-invalid"));
        let long = format!("{}.pdf", "ä".repeat(196));
        assert_eq!(of(&long, pdf, 1), None);
        assert_eq!(
            of(&format!("ä{long}"), pdf, 1),
            Some("attachment.name-invalid")
        );
        let two = [("a.pdf", pdf, 1), ("A.pdf", pdf, 1)];
        assert_eq!(code(&settings, &two), Some("attachment.name-repeated"));
        assert_eq!(of("a.pdf", pdf, 3_000_000), None);
        let over = [("a.pdf", pdf, 2_000_000), ("b.pdf", pdf, 1_000_001)];
        assert_eq!(code(&settings, &over), Some("attachments.too-large"));
    }
}
