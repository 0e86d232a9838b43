// SPDX-License-Identifier: Apache-2.0
//! Which attachments are taken.

use std::borrow::Cow;

use agency_http::SettingError;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Extensions of files, after the part of the list that the successor of the service publishes.
const EXTENSIONS: [&str; 19] = [
    "pdf", "jpg", "jpeg", "png", "gif", "txt", "rtf", "csv", "xml", "json", "zip", "doc", "docx",
    "xls", "xlsx", "ppt", "pptx", "odt", "ods",
];

/// Media types of the same files.
const MEDIA_TYPES: [&str; 22] = [
    "application/pdf",
    "image/jpeg",
    "image/jpg",
    "image/png",
    "image/gif",
    "text/plain",
    "text/rtf",
    "application/rtf",
    "text/csv",
    "text/xml",
    "application/xml",
    "application/json",
    "application/zip",
    "application/x-zip-compressed",
    "application/msword",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "application/vnd.ms-excel",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "application/vnd.ms-powerpoint",
    "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    "application/vnd.oasis.opendocument.text",
    "application/vnd.oasis.opendocument.spreadsheet",
];

/// Which attachments of citizens' messages are taken.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct AttachmentSettings {
    /// Extensions that a name may have, without the dot, in any letter case; any other gets its Kohde state 528. Default the part of the successor's list that is public; empty:
    /// any.
    pub extensions: Vec<Cow<'static, str>>,
    /// Media types (TiedostoMuoto), in any letter case and without regard to parameters; any other gets its Kohde state 528. Default those of the extensions; empty: any.
    pub media_types: Vec<Cow<'static, str>>,
    /// Largest attachment in bytes, decoded; a larger one gets its Kohde state 529. Default 10485760, the largest file of the service that replaces this one.
    pub largest_file_bytes: u64,
    /// Largest sum of the attachments of a message in bytes, decoded; more gets its Kohde state 529. Default 10485760.
    pub largest_total_bytes: u64,
    /// Most attachments of a message; a Kohde with more gets state 550. Default 100: none is published.
    pub most_files: usize,
    /// Most attachments of all messages of a call; a Kohde beyond gets state 550. Default 1000: the host holds some thousands of files of one call.
    pub most_files_of_a_call: usize,
    /// Characters that a name may have; any other gets its Kohde state 525. Default `any`: whether the rule of the authorities' side binds the return channel is not public.
    /// Parts of paths and control characters are refused in any case.
    pub name_characters: NameCharacters,
    /// Whether names have to be unique in a message, without regard to letter case; others get their Kohde state 525. Default false, for the same reason.
    pub unique_names: bool,
}

setting_tables::table! {
    AttachmentSettings: AttachmentSettings::default();
    extensions, media_types, largest_file_bytes, largest_total_bytes, most_files,
    most_files_of_a_call, name_characters, unique_names,
}

impl Default for AttachmentSettings {
    fn default() -> Self {
        Self {
            extensions: EXTENSIONS.map(Cow::from).into(),
            media_types: MEDIA_TYPES.map(Cow::from).into(),
            largest_file_bytes: 10 << 20,
            largest_total_bytes: 10 << 20,
            most_files: 100,
            most_files_of_a_call: 1000,
            name_characters: NameCharacters::default(),
            unique_names: false,
        }
    }
}

/// Characters that the name of an attachment may have.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum NameCharacters {
    /// Any but control characters, `/` and `\`.
    #[default]
    Any,
    /// Those of the rule for the authorities' side: `A`–`Z`, `a`–`z`, `0`–`9`, `å`, `ä`, `ö`, `Å`, `Ä`, `Ö`, `_` and `.`.
    Published,
}

impl AttachmentSettings {
    pub(super) fn check(&self) -> Result<(), SettingError> {
        let dotted = |extension: &Cow<'_, str>| extension.is_empty() || extension.contains('.');
        if self.extensions.iter().any(dotted) {
            return Err(SettingError::new(
                "/attachments/extensions",
                "an extension is written without a dot, such as \"pdf\"",
            ));
        }
        if self.media_types.iter().any(|kind| !kind.contains('/')) {
            return Err(SettingError::new(
                "/attachments/media-types",
                "a media type is written as type/subtype, such as \"application/pdf\"",
            ));
        }
        Ok(())
    }
}
