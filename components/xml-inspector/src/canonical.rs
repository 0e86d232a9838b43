//! `canonicalize`: the canonical octets of a document or a part of it.

use agency_guest::{
    Fault, Problem, RangeWriter,
    exports::message::{Outcome, RetryClass},
    imports::{blobs, facts::ReceivedDocument},
    load, problem,
};
use canonical_xml::{Document, ElementRef, Subset, canonicalize as write};
use xml_signature::elements_with_id;

use crate::{
    describe::LIMITS,
    settings::{Canonicalize, Settings},
};

/// Hands the octets out as the one document of the outcome.
pub(crate) fn canonicalize(blob: &blobs::Blob, settings: &Settings) -> Result<Outcome, Problem> {
    let Some(wish) = &settings.canonicalize else {
        let message = "the settings do not say how to canonicalise; add `canonicalize`";
        let code = "setting.missing";
        return Err(problem(
            Fault::Configuration,
            code,
            "/canonicalize",
            message,
        ));
    };
    let how = wish.algorithm()?;
    let document = load(blob, &LIMITS)?.map_err(|error| {
        let place = format!("{}:{}", error.line, error.column);
        problem(
            Fault::Counterparty,
            error.kind.code(),
            place,
            error.kind.to_string(),
        )
    })?;
    let subset = match element(&document, wish)? {
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
        class: RetryClass::Done,
        code: "canonical".into(),
        text: String::new(),
        reference: String::new(),
        events: Vec::new(),
        documents: vec![ReceivedDocument {
            name: "canonical.xml".into(),
            media_type: "application/xml".into(),
            content: writer.finish()?.into_handle()?,
        }],
        follow_ups: Vec::new(),
        cursor: None,
    })
}

/// The element that is wished, if one is.
fn element<'d>(
    document: &'d Document<'_>,
    wish: &Canonicalize,
) -> Result<Option<ElementRef<'d>>, Problem> {
    if let Some(id) = &wish.id {
        let mut carriers = elements_with_id(document, id);
        let (code, message) = match (carriers.next(), carriers.next()) {
            (Some(only), None) => return Ok(Some(only)),
            (None, _) => ("id.not-found", "no element carries this Id"),
            (Some(_), Some(_)) => (
                "id.not-unique",
                "this Id occurs more than once; name the element by its path",
            ),
        };
        return Err(problem(Fault::Caller, code, "", message));
    }
    let Some(path) = wish.path()? else {
        return Ok(None);
    };
    match document.find(&path).as_slice() {
        [only] => Ok(Some(*only)),
        [] => Err(problem(
            Fault::Caller,
            "path.not-found",
            "",
            "no element is where this path leads; check its names",
        )),
        [_, second, ..] => {
            let message = format!(
                "the path leads to several elements; name one by its number, such as {}",
                second.path()
            );
            Err(problem(Fault::Caller, "path.not-unique", "", message))
        }
    }
}
