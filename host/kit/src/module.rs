// SPDX-License-Identifier: Apache-2.0
//! What is in a module of WebAssembly before it becomes a component.

use wasmparser::{Parser, Payload};

use crate::error::KitError;

/// A section of a module: its bytes with its head, and its name if it is a custom one.
struct Section<'a> {
    bytes: &'a [u8],
    custom: Option<&'a str>,
}

/// Bytes of the head of a module: `\0asm` and a version.
const HEAD: usize = 8;

fn unreadable(error: &dyn std::fmt::Display) -> KitError {
    KitError::Module(format!(
        "it is no module of WebAssembly ({error}); build it with `silta component build`"
    ))
}

/// Imports of a module that are none of the contract's, as `MODULE.NAME`.
pub(crate) fn foreign_imports(module: &[u8]) -> Result<Vec<String>, KitError> {
    let mut foreign = Vec::new();
    for payload in Parser::new(0).parse_all(module) {
        if let Payload::ImportSection(section) = payload.map_err(|error| unreadable(&error))? {
            for import in section.into_imports() {
                let import = import.map_err(|error| unreadable(&error))?;
                if !is_of_the_contract(import.module) {
                    foreign.push(format!("{}.{}", import.module, import.name));
                }
            }
        }
    }
    Ok(foreign)
}

/// `silta:agency/blobs@0.1.0`; and what resources of a component's own are dropped by.
fn is_of_the_contract(module: &str) -> bool {
    module.starts_with("silta:agency/") || module.starts_with("[export]silta:agency/")
}

/// Whether the module says which contract it is built against.
pub(crate) fn has_contract(module: &[u8]) -> Result<bool, KitError> {
    let sections = sections(module)?;
    let mut names = sections.iter().filter_map(|section| section.custom);
    Ok(names.any(|name| name.starts_with("component-type")))
}

/// The module without names of functions and what debuggers want. What says which contract it is built against stays.
pub(crate) fn without_names(module: &[u8]) -> Result<Vec<u8>, KitError> {
    let head = module.get(..HEAD).ok_or_else(|| unreadable(&"too short"))?;
    let mut kept = head.to_vec();
    for section in sections(module)? {
        let is_name = section.custom.is_some_and(|name| {
            name == "name" || name == "producers" || name.starts_with(".debug_")
        });
        if !is_name {
            kept.extend_from_slice(section.bytes);
        }
    }
    Ok(kept)
}

fn sections(module: &[u8]) -> Result<Vec<Section<'_>>, KitError> {
    let mut sections = Vec::new();
    let mut begin = HEAD;
    for payload in Parser::new(0).parse_all(module) {
        let payload = payload.map_err(|error| unreadable(&error))?;
        let Some((_, range)) = payload.as_section() else {
            continue;
        };
        let bytes = module.get(begin..range.end);
        sections.push(Section {
            bytes: bytes.ok_or_else(|| unreadable(&"it ends too soon"))?,
            custom: match &payload {
                Payload::CustomSection(custom) => Some(custom.name()),
                _ => None,
            },
        });
        begin = range.end;
    }
    Ok(sections)
}
