// SPDX-License-Identifier: Apache-2.0
//! A component's size and shape, checked in one pass before any of it is compiled.
//!
//! Compiling is the only work on a component that is not bounded by a call's [`Limits`](crate::Limits): a few bytes of WebAssembly can cost a
//! compiler seconds and megabytes. So what a component has is counted first, and refused when it is far beyond what agency components have
//! ([`Measure`]). What is within the limits is then validated and compiled by the engine.

mod code;
mod contract;
mod measure;
mod module;
mod tally;
mod types;

use wasmparser::{ComponentImportSectionReader, Encoding, Parser, Payload};

use crate::error::Rejection;

use module::Module;
use tally::Tally;

pub(crate) use contract::judge;
pub use measure::Measure;
pub use tally::SizeExceeded;

/// The only package whose interfaces a component may import.
const CONTRACT: &str = "silta:agency/";

/// Characters of a foreign name that a message repeats.
const SHOWN_OF_NAME: usize = 100;

/// Why a component is not compiled.
#[derive(Debug)]
pub(crate) enum Flaw {
    /// It is not well-formed.
    Malformed(wasmparser::Error),
    /// It is, and breaks a limit or the contract.
    Rejected(Rejection),
}

impl From<wasmparser::Error> for Flaw {
    fn from(error: wasmparser::Error) -> Self {
        Self::Malformed(error)
    }
}

impl From<SizeExceeded> for Flaw {
    fn from(exceeded: SizeExceeded) -> Self {
        Self::Rejected(Rejection::Size(exceeded))
    }
}

/// Judges the bytes of a component: within all limits, and nothing imported but the contract. Whether it keeps to that, [`judge`] says of what has passed here.
pub(crate) fn inspect(bytes: &[u8]) -> Result<(), Flaw> {
    let inspection = count(bytes)?;
    if let Some(name) = inspection.foreign_import {
        let shown = name.chars().take(SHOWN_OF_NAME).collect();
        return Err(Flaw::Rejected(Rejection::ForbiddenImport(shown)));
    }
    Ok(())
}

/// What a component has of each measure, for its maker to compare with the limits. Whether it is a component of the contract is not asked.
///
/// # Errors
/// [`Rejection::Size`] when it goes over a limit; [`Rejection::Invalid`] when it is not WebAssembly.
pub fn measure(component: &[u8]) -> Result<Vec<(Measure, u64)>, Rejection> {
    match count(component) {
        Ok(inspection) => Ok(inspection.tally.into_counts()),
        Err(Flaw::Rejected(reason)) => Err(reason),
        Err(Flaw::Malformed(error)) => Err(Rejection::Invalid(error.into())),
    }
}

fn count(bytes: &[u8]) -> Result<Inspection<'_>, Flaw> {
    let mut inspection = Inspection {
        bytes,
        tally: Tally::default(),
        enclosing: Vec::new(),
        modules: 0,
        foreign_import: None,
    };
    let size = bytes.len() as u64;
    inspection.tally.add(Measure::ComponentBytes, size)?;
    for payload in Parser::new(0).parse_all(bytes) {
        inspection.look_at(payload?)?;
    }
    Ok(inspection)
}

/// What the pass is inside of.
enum Enclosing {
    Component,
    Module(Module),
}

struct Inspection<'a> {
    bytes: &'a [u8],
    tally: Tally,
    enclosing: Vec<Enclosing>,
    modules: u32,
    /// Name of the first import of the component itself that is not of the contract.
    foreign_import: Option<&'a str>,
}

impl<'a> Inspection<'a> {
    fn look_at(&mut self, payload: Payload<'a>) -> Result<(), Flaw> {
        match payload {
            Payload::Version { encoding, .. } => self.enter(encoding),
            Payload::End(_) => {
                self.enclosing.pop();
                Ok(())
            }
            payload => match self.enclosing.last_mut() {
                Some(Enclosing::Module(module)) => module.look_at(payload, &mut self.tally),
                _ => self.look_at_component(payload),
            },
        }
    }

    fn enter(&mut self, encoding: Encoding) -> Result<(), Flaw> {
        let depth = self.enclosing.len() as u64;
        match encoding {
            Encoding::Module => {
                self.tally.add(Measure::CoreModules, 1)?;
                if depth > 1 {
                    self.tally.add(Measure::NestedCoreModules, 1)?;
                }
                self.enclosing
                    .push(Enclosing::Module(Module::new(self.modules)));
                self.modules += 1;
            }
            Encoding::Component => {
                self.tally.add(Measure::Components, 1)?;
                self.tally.at_most(Measure::ComponentDepth, depth, &"")?;
                self.enclosing.push(Enclosing::Component);
            }
        }
        Ok(())
    }

    fn look_at_component(&mut self, payload: Payload<'a>) -> Result<(), Flaw> {
        let tally = &mut self.tally;
        match payload {
            Payload::ComponentTypeSection(section) => {
                types::component_types(self.bytes, section.range(), tally)
            }
            Payload::CoreTypeSection(section) => types::core_types(section, tally),
            Payload::ComponentImportSection(section) => {
                tally.add(Measure::Imports, section.count().into())?;
                if self.enclosing.len() == 1 && self.foreign_import.is_none() {
                    self.foreign_import = foreign_import(section)?;
                }
                Ok(())
            }
            Payload::ComponentExportSection(section) => {
                tally.add(Measure::Exports, section.count().into())?;
                Ok(())
            }
            Payload::InstanceSection(section) => {
                Ok(tally.add(Measure::Instances, section.count().into())?)
            }
            Payload::ComponentInstanceSection(section) => {
                Ok(tally.add(Measure::Instances, section.count().into())?)
            }
            Payload::ComponentAliasSection(section) => {
                Ok(tally.add(Measure::Aliases, section.count().into())?)
            }
            Payload::ComponentCanonicalSection(section) => {
                Ok(tally.add(Measure::CanonicalFunctions, section.count().into())?)
            }
            // Custom sections cost nothing; what else there may be, the engine refuses.
            _ => Ok(()),
        }
    }
}

/// All power comes from the contract.
fn foreign_import<'a>(
    section: ComponentImportSectionReader<'a>,
) -> Result<Option<&'a str>, wasmparser::Error> {
    for import in section {
        let name = import?.name.name;
        if !name.starts_with(CONTRACT) {
            return Ok(Some(name));
        }
    }
    Ok(None)
}
