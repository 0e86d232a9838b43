//! Entries of a list that cannot be read, told without what stands in them.

use std::collections::BTreeMap;

use agency_guest::{
    BlobWriter, Problem,
    imports::{blobs::DigestAlgorithm, facts::Event},
    json,
};
use serde_json::json;

use crate::wire::{AnswerError, Unreadable};

/// How often each has come in one list, by its digest.
#[derive(Default)]
pub(super) struct UnreadableEntries(BTreeMap<String, u32>);

impl UnreadableEntries {
    /// The event of one more. The same entry in the next list is the same event; alike ones in one list are not.
    pub(super) fn event(&mut self, unreadable: &Unreadable<'_>) -> Result<Event, Problem> {
        let mut writer = BlobWriter::new();
        writer.bytes(unreadable.text.as_bytes());
        let digest = writer.finish()?.digest(DigestAlgorithm::Sha256)?;
        let digest: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
        let alike = self.0.entry(digest.clone()).or_default();
        *alike += 1;
        let AnswerError {
            code,
            path,
            message,
        } = &unreadable.error;
        let data = json!({
            "position": unreadable.position,
            "code": code,
            "path": path,
            "reason": message,
        });
        Ok(Event {
            kind: "list-entry-unreadable".into(),
            data: json::write(&data)?,
            deduplication_key: format!("list-entry-unreadable/{digest}/{alike}"),
        })
    }
}
