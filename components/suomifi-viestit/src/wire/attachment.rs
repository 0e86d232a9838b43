// SPDX-License-Identifier: Apache-2.0
//! Tiedosto: an attachment of a message (V1.1; WSDL), and the rules for names, types and sizes.

use agency_http::AnswerError;
use canonical_xml::Text;
use ws_security::Part;

use super::{
    AttachmentSettings, ItemRefusal, ItemState, NameCharacters, Settings, Shape,
    lengths::check_lengths,
    reader::{check_leaf, check_sequence, child, is_nil, named, text, token},
};

/// Children of a Tiedosto, in the order of the WSDL.
const SEQUENCE: [&str; 6] = [
    "TiedostonKuvaus",
    "TiedostoURL",
    "TiedostoSisalto",
    "TiedostoKoko",
    "TiedostoMuoto",
    "TiedostoNimi",
];

/// An attachment as it came. Personal, so that there is no `Debug`.
pub struct Attachment<'d> {
    /// TiedostonKuvaus.
    pub description: Option<String>,
    /// TiedostoURL, which nobody fetches.
    pub url: Option<String>,
    /// TiedostoSisalto, in base64.
    pub content: Option<Text<'d>>,
    /// TiedostoKoko, in kilobytes.
    pub announced_kilobytes: Option<String>,
    /// TiedostoMuoto.
    pub media_type: Option<String>,
    /// TiedostoNimi, with its extension.
    pub name: Option<String>,
    path: String,
}

impl Attachment<'_> {
    /// Where it stands.
    pub fn path(&self) -> &str {
        &self.path
    }
}

/// Reads all of a Kohde, and judges what can be judged without their bytes.
pub(super) fn read_all<'d>(
    settings: &Settings,
    item: Part<'d>,
) -> Result<Vec<Attachment<'d>>, ItemRefusal> {
    let Some(list) = child(item, "Tiedostot")? else {
        return Ok(Vec::new());
    };
    let elements = named(list, "Tiedosto").filter(|element| !is_nil(*element));
    let elements: Vec<_> = elements.collect();
    if elements.len() > settings.attachments.most_files {
        return Err(ItemRefusal::new(
            ItemState::OTHER,
            "attachment.too-many",
            list.path(),
            format!(
                "there are more than {} attachments; whoever runs the receiver can raise the setting attachments.most-files",
                settings.attachments.most_files
            ),
        ));
    }
    let mut attachments: Vec<Attachment<'d>> = Vec::with_capacity(elements.len());
    for element in elements {
        let attachment = read(settings, element)?;
        check_attachment(settings, &attachment)?;
        let is_same = |other: &Attachment<'_>| is_same_name(other, &attachment);
        if settings.attachments.unique_names && attachments.iter().any(is_same) {
            let message = "two attachments of the message have this name, letter case not counted, which the setting attachments.unique-names forbids";
            let path = format!("{}/TiedostoNimi", attachment.path);
            return Err(ItemRefusal::new(
                ItemState::CONTENT,
                "attachment.name-repeated",
                path,
                message,
            ));
        }
        attachments.push(attachment);
    }
    Ok(attachments)
}

fn read<'d>(settings: &Settings, element: Part<'d>) -> Result<Attachment<'d>, AnswerError> {
    if settings.shape == Shape::Strict {
        check_sequence(element, &SEQUENCE)?;
    }
    let content = child(element, "TiedostoSisalto")?;
    if let Some(content) = content {
        check_leaf(content)?;
    }
    Ok(Attachment {
        description: text(element, "TiedostonKuvaus")?,
        url: token(element, "TiedostoURL")?,
        content: content.map(Part::text),
        announced_kilobytes: token(element, "TiedostoKoko")?,
        media_type: token(element, "TiedostoMuoto")?,
        name: text(element, "TiedostoNimi")?,
        path: element.path(),
    })
}

fn is_same_name(one: &Attachment<'_>, other: &Attachment<'_>) -> bool {
    match (&one.name, &other.name) {
        (Some(one), Some(other)) => one.to_lowercase() == other.to_lowercase(),
        _ => false,
    }
}

/// Judges an attachment by its name, its type and what is there of it.
///
/// # Errors
/// Why its Kohde is not stored.
pub fn check_attachment(
    settings: &Settings,
    attachment: &Attachment<'_>,
) -> Result<(), ItemRefusal> {
    let rules = &settings.attachments;
    let refused = |state, code, field: &str, message: &str| {
        let path = format!("{}/{field}", attachment.path);
        Err(ItemRefusal::new(state, code, path, message))
    };
    if attachment.content.is_none() && attachment.url.is_none() {
        let message = "the attachment has neither a content nor a URL where it could be had";
        return refused(
            ItemState::CONTENT,
            "attachment.empty",
            "TiedostoSisalto",
            message,
        );
    }
    if let Some(name) = &attachment.name
        && let Some(message) = wrong_name(rules.name_characters, name)
    {
        return refused(
            ItemState::CONTENT,
            "attachment.name",
            "TiedostoNimi",
            message,
        );
    }
    if let Some(field) = unlisted_type(rules, attachment) {
        let message = "files of this type are not taken; those that are stand in the settings attachments.extensions and attachments.media-types";
        return refused(
            ItemState::ATTACHMENT_TYPE,
            "attachment.type",
            field,
            message,
        );
    }
    let maxima = &settings.maxima;
    check_lengths(
        || attachment.path.clone(),
        &[
            (
                maxima.file_name,
                attachment.name.as_deref(),
                "TiedostoNimi",
                "file-name",
            ),
            (
                maxima.file_description,
                attachment.description.as_deref(),
                "TiedostonKuvaus",
                "file-description",
            ),
            (
                maxima.file_url,
                attachment.url.as_deref(),
                "TiedostoURL",
                "file-url",
            ),
            (
                maxima.media_type,
                attachment.media_type.as_deref(),
                "TiedostoMuoto",
                "media-type",
            ),
        ],
    )
}

/// What is wrong with a name. It may become that of a file, so that nothing in it may lead elsewhere.
fn wrong_name(characters: NameCharacters, name: &str) -> Option<&'static str> {
    if matches!(name.trim(), "" | "." | "..") || name.contains(['/', '\\']) {
        return Some("the name has the part of a path in it; send the name of the file alone");
    }
    if name.contains(char::is_control) {
        return Some("the name has a control character in it; leave it out");
    }
    let is_listed =
        |character: char| character.is_ascii_alphanumeric() || "åäöÅÄÖ_.".contains(character);
    match characters {
        NameCharacters::Published if !name.chars().all(is_listed) => Some(
            "the name has other characters than letters, digits, `_` and `.`; the setting attachments.name-characters says so",
        ),
        NameCharacters::Published | NameCharacters::Any => None,
    }
}

/// The field that names a type that is not listed. What is not said is not judged, but one of the two has to say something.
fn unlisted_type(rules: &AttachmentSettings, attachment: &Attachment<'_>) -> Option<&'static str> {
    let listed = |list: &[std::borrow::Cow<'static, str>], value: &str| {
        list.is_empty() || list.iter().any(|known| known.eq_ignore_ascii_case(value))
    };
    let extension = attachment.name.as_deref().and_then(|name| {
        let (_, extension) = name.rsplit_once('.')?;
        Some(extension.trim())
    });
    let kind = attachment.media_type.as_deref().map(|kind| {
        let essence = kind.split(';').next().unwrap_or_default();
        essence.trim()
    });
    match (extension, kind) {
        (Some(extension), _) if !listed(&rules.extensions, extension) => Some("TiedostoNimi"),
        // Some write an extension where a media type belongs, with or without its dot.
        (_, Some(kind))
            if !kind.contains('/')
                && !listed(&rules.extensions, kind.strip_prefix('.').unwrap_or(kind)) =>
        {
            Some("TiedostoMuoto")
        }
        (_, Some(kind)) if kind.contains('/') && !listed(&rules.media_types, kind) => {
            Some("TiedostoMuoto")
        }
        (None, None) if !rules.extensions.is_empty() && !rules.media_types.is_empty() => {
            Some("TiedostoMuoto")
        }
        _ => None,
    }
}

/// Judges the sizes of a message's attachments, decoded; each with where it stands.
///
/// # Errors
/// Why their Kohde is not stored.
pub fn check_sizes(rules: &AttachmentSettings, sizes: &[(u64, &str)]) -> Result<(), ItemRefusal> {
    let mut total: u64 = 0;
    for (size, path) in sizes {
        total = total.saturating_add(*size);
        let (largest, code, what) = if *size > rules.largest_file_bytes {
            (
                rules.largest_file_bytes,
                "attachment.too-large",
                "the attachment has more than {} bytes, decoded, which is the setting attachments.largest-file-bytes",
            )
        } else if total > rules.largest_total_bytes {
            (
                rules.largest_total_bytes,
                "attachment.too-large-together",
                "with this one the attachments of the message have more than {} bytes together, decoded, which is the setting attachments.largest-total-bytes",
            )
        } else {
            continue;
        };
        return Err(ItemRefusal::new(
            ItemState::ATTACHMENT_SIZE,
            code,
            (*path).to_owned(),
            what.replace("{}", &largest.to_string()),
        ));
    }
    Ok(())
}

/// Whether a size is the one that TiedostoKoko announces, in kilobytes of 1,000 or 1,024 bytes, rounded up. Precision does not matter there, so that what differs is
/// told in the log and nothing more.
pub fn is_announced(kilobytes: &str, size: u64) -> bool {
    let Ok(announced) = kilobytes.trim().parse::<u64>() else {
        return false;
    };
    [1000, 1024]
        .into_iter()
        .any(|unit| announced == size.div_ceil(unit) || announced == size / unit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_lead_nowhere() {
        for name in ["päätös.pdf", "a b.pdf", "..pdf", "Liite 1 (2).PDF"] {
            assert_eq!(wrong_name(NameCharacters::Any, name), None, "{name}");
        }
        for name in [
            "",
            " ",
            ".",
            "..",
            "a/b.pdf",
            "..\\b.pdf",
            "/etc/passwd",
            "a\nb.pdf",
        ] {
            assert!(wrong_name(NameCharacters::Any, name).is_some(), "{name:?}");
        }
        assert_eq!(
            wrong_name(NameCharacters::Published, "Hakemus_ÅÄÖ.1.pdf"),
            None
        );
        assert!(wrong_name(NameCharacters::Published, "a b.pdf").is_some());
    }

    #[test]
    fn sizes_just_below_and_just_above() {
        let rules = AttachmentSettings {
            largest_file_bytes: 10,
            largest_total_bytes: 15,
            ..AttachmentSettings::default()
        };
        let code = |sizes: &[u64]| {
            let sizes: Vec<_> = sizes.iter().map(|size| (*size, "/a")).collect();
            check_sizes(&rules, &sizes)
                .err()
                .map(|refusal| refusal.error.code)
        };
        assert_eq!(code(&[10, 5]), None);
        assert_eq!(code(&[11]), Some("attachment.too-large"));
        assert_eq!(code(&[10, 6]), Some("attachment.too-large-together"));
        assert_eq!(code(&[u64::MAX, u64::MAX]), Some("attachment.too-large"));
    }

    #[test]
    fn kilobytes_are_compared_leniently() {
        for (announced, size) in [("1", 1), ("2", 1025), ("1", 1024), ("3", 2500), ("0", 0)] {
            assert!(is_announced(announced, size), "{announced} {size}");
        }
        for (announced, size) in [("2", 10), ("x", 10), ("-1", 10)] {
            assert!(!is_announced(announced, size), "{announced} {size}");
        }
    }
}
