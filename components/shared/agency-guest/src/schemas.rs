// SPDX-License-Identifier: Apache-2.0
//! Schemas that a component hands out packed, in the place of the code that makes them: it was a seventh to a fifth of a component, runs in `describe` only, and its texts
//! were laid out in every instance.
//!
//! The native build makes the same schemas of the same types. A test of the component holds its two files to them ([`are_current`]): `schemas.json`, to be read, and
//! `schemas.packed`, which is in the component ([`Component::SCHEMAS`](crate::Component::SCHEMAS)). The feature `packed-schemas` puts it to use in the sandbox.

use miniz_oxide::inflate::decompress_slice_iter_to_slice;

use crate::exports::descriptor::Description;

#[cfg(not(target_family = "wasm"))]
mod making;

#[cfg(not(target_family = "wasm"))]
pub use making::{NotCurrent, are_current};

/// What settings are called among the schemas.
const SETTINGS: &str = "settings";

/// Puts the schemas into a description that has none. One that is not among them stays empty, which the host refuses by its name.
#[cfg_attr(
    not(any(test, all(target_family = "wasm", feature = "packed-schemas"))),
    expect(dead_code, reason = "elsewhere schemas are made of types")
)]
pub(crate) fn fill_in(description: &mut Description, packed: &[u8]) {
    let text = unpacked(packed).unwrap_or_default();
    for (name, schema) in places(description) {
        let mut lines = text.lines();
        let found = lines.find_map(|line| line.strip_prefix(name.as_str())?.strip_prefix(' '));
        *schema = found.unwrap_or_default().into();
    }
}

/// Where a description has schemas, each with its name: `settings`, `operations/NAME`, `events/KIND`.
fn places(description: &mut Description) -> impl Iterator<Item = (String, &mut String)> {
    let operations = description.operations.iter_mut();
    let operations = operations.map(|it| (["operations/", &it.name].concat(), &mut it.parameters));
    let events = description.events.iter_mut();
    let events = events.map(|it| (["events/", &it.kind].concat(), &mut it.data));
    let settings = (SETTINGS.to_owned(), &mut description.settings_schema);
    [settings].into_iter().chain(operations).chain(events)
}

/// Times that a deflated text is longer when it is unpacked, at most.
const MOST_TIMES: usize = 1032;

/// What was packed: a line for each schema, with its name, a space and the schema. None for what was never packed.
fn unpacked(packed: &[u8]) -> Option<String> {
    let (size, deflated) = packed.split_first_chunk()?;
    let size = usize::try_from(u32::from_le_bytes(*size)).ok()?;
    if size > deflated.len().saturating_mul(MOST_TIMES) {
        return None;
    }
    let mut text = vec![0; size];
    let pieces = [deflated].into_iter();
    let written = decompress_slice_iter_to_slice(&mut text, pieces, false, true).ok()?;
    text.truncate(written);
    String::from_utf8(text).ok()
}
