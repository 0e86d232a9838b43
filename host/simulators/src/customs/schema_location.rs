//! Customs' one rule about `xsi:schemaLocation`: it may be there, and nobody fetches what it names,
//! but it must be pairs of a namespace and a location. A lone URI is refused (notices of 8.9.2017 and
//! 18.11.2021, in force since 15.12.2021).

use roxmltree::Document;

const SCHEMA_INSTANCE: &str = "http://www.w3.org/2001/XMLSchema-instance";

#[derive(Debug, thiserror::Error)]
#[error("has an xsi:schemaLocation that is not pairs of namespace and location")]
pub(super) struct UnpairedSchemaLocation;

pub(super) fn check(document: &Document<'_>) -> Result<(), UnpairedSchemaLocation> {
    let all_paired = document
        .descendants()
        .filter_map(|element| element.attribute((SCHEMA_INSTANCE, "schemaLocation")))
        .all(|value| value.split_ascii_whitespace().count().is_multiple_of(2));
    all_paired.then_some(()).ok_or(UnpairedSchemaLocation)
}
