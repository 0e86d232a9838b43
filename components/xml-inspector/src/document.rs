// SPDX-License-Identifier: Apache-2.0
//! The document that is looked at, and the element of it that is meant.

use agency_guest::{Fault, Problem, imports::blobs, load, problem};
use canonical_xml::{Document, ElementRef, Path};
use xml_signature::elements_with_id;

use crate::describe::LIMITS;

/// Reads the document.
pub(crate) fn read(blob: &blobs::Blob) -> Result<Document<'static>, Problem> {
    load(blob, &LIMITS)?.map_err(|error| {
        let place = format!("{}:{}", error.line, error.column);
        problem(
            Fault::Counterparty,
            error.kind.code(),
            place,
            error.kind.to_string(),
        )
    })
}

/// The one element with this Id, or at this path; none where neither is given.
pub(crate) fn element<'d>(
    document: &'d Document<'_>,
    id: Option<&str>,
    path: Option<Path>,
) -> Result<Option<ElementRef<'d>>, Problem> {
    if let Some(id) = id {
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
    let Some(path) = path else {
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
