// SPDX-License-Identifier: Apache-2.0
//! The files of a message: which go along, which is printed, and what the service would not take.

use super::{Flaw, PaperParameters, Settings};

/// Most attachments of an electronic message (description).
pub const MOST_ELECTRONIC: usize = 50;

/// What is to be known of a file.
#[derive(Debug, Clone)]
pub struct FileFacts {
    /// File name.
    pub name: String,
    /// Media type.
    pub media_type: String,
    /// Size in bytes.
    pub size: u64,
    /// Whether it begins as a PDF does.
    pub is_pdf: bool,
}

/// Which files go where, by their places from 0.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// Attachments of the electronic message.
    pub electronic: Vec<usize>,
    /// The letter.
    pub printed: Option<usize>,
}

/// Judges the files of a message, and says which go where.
///
/// # Errors
/// The first that the service would refuse.
pub fn plan(
    settings: &Settings,
    files: &[FileFacts],
    paper: Option<&PaperParameters>,
    is_paper_alone: bool,
) -> Result<Plan, Flaw> {
    for (index, file) in files.iter().enumerate() {
        check(settings, files, index, file)?;
    }
    let total: u64 = files
        .iter()
        .map(|file| file.size)
        .fold(0, u64::saturating_add);
    if let Some(most) = settings.attachments.max_total_attachment_bytes
        && total > most
    {
        let message = format!(
            "the attachments have {total} bytes together, and the setting attachments.max-total-attachment-bytes allows {most}; leave some out"
        );
        return Err(Flaw::of("attachment.too-large", "/attachments", message));
    }
    let printed = paper.map(|paper| printed(files, paper)).transpose()?;
    let is_only_printed = paper.is_some_and(|paper| paper.only_on_paper);
    let is_electronic = |index: &usize| !(is_only_printed && Some(*index) == printed);
    let electronic = match is_paper_alone {
        true => Vec::new(),
        false => (0..files.len()).filter(is_electronic).collect::<Vec<_>>(),
    };
    if is_paper_alone && files.len() != 1 {
        return Err(Flaw::of(
            "attachment.number",
            "/attachments",
            "a letter is one attachment, and no others can go along; join them into one PDF",
        ));
    }
    if electronic.len() > MOST_ELECTRONIC {
        return Err(Flaw::of(
            "attachment.number",
            "/attachments",
            "a message has at most 50 attachments; leave some out",
        ));
    }
    Ok(Plan {
        electronic,
        printed,
    })
}

fn check(
    settings: &Settings,
    files: &[FileFacts],
    index: usize,
    file: &FileFacts,
) -> Result<(), Flaw> {
    let pointer = format!("/attachments/{index}");
    let limits = &settings.attachments;
    let is_plain = !file
        .name
        .contains(|c: char| c.is_control() || matches!(c, '/' | '\\'));
    if !is_plain || matches!(file.name.as_str(), "" | "." | "..") {
        return Err(Flaw::of(
            "attachment.name",
            pointer,
            "a file name has no path, no control characters, and is not empty; rename the file",
        ));
    }
    // Phones of recipients tell files by their names, whatever the case.
    let mut before = files.iter().take(index);
    if before.any(|other| other.name.to_lowercase() == file.name.to_lowercase()) {
        return Err(Flaw::of(
            "attachment.name",
            pointer,
            "another attachment has the same name; rename one of them",
        ));
    }
    let is_type = |allowed: &String| allowed.eq_ignore_ascii_case(&file.media_type);
    if !limits.allowed_media_types.iter().any(is_type) {
        return Err(Flaw::of(
            "attachment.type",
            pointer,
            "this media type is not in the setting attachments.allowed-media-types; send the file as another, such as application/pdf",
        ));
    }
    if file.size == 0 {
        return Err(Flaw::of(
            "attachment.empty",
            pointer,
            "this file is empty; leave it out or give it a content",
        ));
    }
    if file.size > limits.max_attachment_bytes.into() {
        let message = format!(
            "this file has {} bytes, and the setting attachments.max-attachment-bytes allows {}; make it smaller",
            file.size, limits.max_attachment_bytes
        );
        return Err(Flaw::of("attachment.too-large", pointer, message));
    }
    Ok(())
}

/// The place of the file that is printed.
fn printed(files: &[FileFacts], paper: &PaperParameters) -> Result<usize, Flaw> {
    let named = match &paper.attachment {
        Some(name) => files.iter().position(|file| file.name == *name),
        None if files.len() == 1 => Some(0),
        None => None,
    };
    let found = named.and_then(|index| Some((index, files.get(index)?)));
    let Some((index, file)) = found else {
        return Err(Flaw::of(
            "attachment.not-named",
            "/paper/attachment",
            "a letter is one attachment, and this has to be its file name; it may be left out where there is one attachment only",
        ));
    };
    let is_said = file.media_type.eq_ignore_ascii_case("application/pdf");
    match is_said && file.is_pdf {
        true => Ok(index),
        false => Err(Flaw::of(
            "attachment.not-pdf",
            format!("/attachments/{index}"),
            "a letter is a PDF: media type application/pdf, and a content that begins with %PDF-; make one of the file",
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(name: &str, media_type: &str, size: u64) -> FileFacts {
        FileFacts {
            name: name.into(),
            media_type: media_type.into(),
            size,
            is_pdf: media_type == "application/pdf",
        }
    }

    fn paper(json: &str) -> PaperParameters {
        let mut value: serde_json::Value = serde_json::from_str(json).unwrap();
        value["recipient"] = serde_json::json!({"name": "n", "streetAddress": "s", "zipCode": "z", "city": "c", "countryCode": "FI"});
        serde_json::from_value(value).unwrap()
    }

    fn code(
        files: &[FileFacts],
        paper: Option<&PaperParameters>,
        is_alone: bool,
    ) -> Option<&'static str> {
        let planned = plan(&Settings::usual(), files, paper, is_alone);
        planned.err().map(|flaw| flaw.code)
    }

    #[test]
    fn names_types_and_sizes_are_judged() {
        let pdf = |name: &str, size| file(name, "application/pdf", size);
        for (files, expected) in [
            (vec![pdf("a.pdf", 10_400_000)], None),
            (vec![pdf("a.pdf", 10_400_001)], Some("attachment.too-large")),
            (vec![pdf("a.pdf", 0)], Some("attachment.empty")),
            (vec![pdf("a/b.pdf", 1)], Some("attachment.name")),
            (vec![pdf("..", 1)], Some("attachment.name")),
            (
                vec![pdf("a.pdf", 1), pdf("A.PDF", 1)],
                Some("attachment.name"),
            ),
            (vec![file("a.gif", "image/gif", 1)], Some("attachment.type")),
            (vec![file("a.txt", "TEXT/PLAIN", 1)], None),
        ] {
            assert_eq!(code(&files, None, false), expected, "{files:?}");
        }
    }

    #[test]
    fn there_are_fifty_at_most_and_one_more_that_is_printed_only() {
        let files = |count: usize| -> Vec<_> {
            let name = |number: usize| file(&format!("{number}.pdf"), "application/pdf", 1);
            (0..count).map(name).collect()
        };
        let only = paper(r#"{"attachment": "3.pdf", "onlyOnPaper": true}"#);
        let both = paper(r#"{"attachment": "3.pdf"}"#);
        assert_eq!(code(&files(50), None, false), None);
        assert_eq!(code(&files(51), None, false), Some("attachment.number"));
        assert_eq!(code(&files(51), Some(&only), false), None);
        assert_eq!(
            code(&files(51), Some(&both), false),
            Some("attachment.number")
        );
        assert_eq!(
            code(&files(52), Some(&only), false),
            Some("attachment.number")
        );
        assert_eq!(
            code(&files(2), Some(&both), true),
            Some("attachment.not-named")
        );
        let both = paper(r#"{"attachment": "1.pdf"}"#);
        assert_eq!(
            code(&files(2), Some(&both), true),
            Some("attachment.number")
        );
        let planned = plan(&Settings::usual(), &files(5), Some(&only), false).unwrap();
        assert_eq!(
            (planned.electronic, planned.printed),
            (vec![0, 1, 2, 4], Some(3))
        );
    }

    #[test]
    fn a_letter_is_one_pdf() {
        let sole = paper("{}");
        let pdf = file("a.pdf", "application/pdf", 9);
        assert_eq!(code(std::slice::from_ref(&pdf), Some(&sole), true), None);
        let text = file("a.pdf", "text/plain", 9);
        assert_eq!(code(&[text], Some(&sole), true), Some("attachment.not-pdf"));
        let renamed = FileFacts {
            is_pdf: false,
            ..pdf.clone()
        };
        assert_eq!(
            code(&[renamed], Some(&sole), true),
            Some("attachment.not-pdf")
        );
        assert_eq!(code(&[], Some(&sole), true), Some("attachment.not-named"));
        let two = [pdf.clone(), file("b.pdf", "application/pdf", 9)];
        assert_eq!(code(&two, Some(&sole), false), Some("attachment.not-named"));
    }

    #[test]
    fn all_together_have_a_limit_where_one_is_set() {
        let mut settings = Settings::usual();
        settings.attachments.max_total_attachment_bytes = Some(10);
        let files = [
            file("a.txt", "text/plain", 5),
            file("b.txt", "text/plain", 5),
        ];
        assert!(plan(&settings, &files, None, false).is_ok());
        settings.attachments.max_total_attachment_bytes = Some(9);
        let flaw = plan(&settings, &files, None, false).unwrap_err();
        assert_eq!(flaw.code, "attachment.too-large");
    }
}
