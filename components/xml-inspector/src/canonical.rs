// SPDX-License-Identifier: Apache-2.0
//! `canonicalize`: the canonical octets of a document or a part of it.

use agency_guest::{
    Fault, Problem, RangeWriter,
    exports::message::{Outcome, RetryClass},
    imports::{blobs, facts::ReceivedDocument},
    outcome, problem,
};
use canonical_xml::{Subset, canonicalize as write};

use crate::{document, settings::Settings};

/// Hands the octets out as the one document of the outcome.
pub(crate) fn canonicalize(blob: &blobs::Blob, settings: &Settings) -> Result<Outcome, Problem> {
    let Some(asked) = &settings.canonicalize else {
        let message = "the settings do not say how to canonicalise; add `canonicalize`";
        let code = "setting.missing";
        return Err(problem(
            Fault::Configuration,
            code,
            "/canonicalize",
            message,
        ));
    };
    let how = asked.algorithm()?;
    let document = document::read(blob)?;
    let subset = match document::element(&document, asked.id.as_deref(), asked.path()?)? {
        Some(element) => Subset::element(element),
        None => Subset::document(&document),
    };
    let mut writer = RangeWriter::new(blob);
    write(&subset, &how, &mut writer).map_err(|error| {
        let place = document.relative_namespace().map(|place| place.to_string());
        let code = "xml.no-canonical-form";
        problem(
            Fault::Counterparty,
            code,
            place.unwrap_or_default(),
            error.to_string(),
        )
    })?;
    Ok(Outcome {
        documents: vec![ReceivedDocument {
            name: "canonical.xml".into(),
            media_type: "application/xml".into(),
            content: writer.finish()?.into_handle()?,
        }],
        ..outcome(RetryClass::Done, "canonical".into(), String::new())
    })
}
