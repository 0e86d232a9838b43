// SPDX-License-Identifier: Apache-2.0
//! Which functions of a module a component needs, and in what order they stand.
//!
//! An instance answers one call and is dropped with its memory: nothing in it has to be freed. So the functions by which results are freed (`cabi_post_…`) are left out, with all that only
//! they call; each of them would cost an instance a look for its machine code. What is called from most places comes first, since an index below 128 takes one byte and others two.

use std::{cmp::Reverse, collections::HashMap};

use wasm_encoder::{
    CodeSection, ExportSection, FunctionSection, Module,
    reencode::{Error, Reencode, utils},
};
use wasmparser::{
    CodeSectionReader, ConstExpr, ElementItems, Export, ExternalKind, FunctionBody,
    FunctionSectionReader, Operator, Parser, Payload, TypeRef,
};

/// What the names of exports begin with that free the results of another export, by the canonical ABI.
const FREEING: &str = "cabi_post_";

/// A module is of a kind that no compiler makes for the contract, such as one with references to functions.
#[derive(Debug)]
pub(crate) struct Unlike;

type Failed = Error<Unlike>;

const UNLIKE: Failed = Error::UserError(Unlike);

/// The module with the functions that a component needs; what says which contract it is built against stays. Sections with names of functions must be gone: they are by index.
///
/// # Errors
/// It is no module, or one that is [`Unlike`] those that can be looked through.
pub(crate) fn needed_functions(module: &[u8]) -> Result<Vec<u8>, Failed> {
    let found = Found::of(module)?;
    let mut arranged = Arranged::of(&found)?;
    let mut written = Module::new();
    arranged.parse_core_module(&mut written, Parser::new(0), module)?;
    Ok(written.finish())
}

/// Functions of a module, and who calls them.
#[derive(Default)]
struct Found {
    imported: u32,
    /// What the functions call that are not imported, each as often as it does.
    calls: Vec<Vec<u32>>,
    /// What is called from outside of the code: exports, and what tables have.
    roots: Vec<u32>,
}

impl Found {
    fn of(module: &[u8]) -> Result<Self, Failed> {
        let mut found = Self::default();
        for payload in Parser::new(0).parse_all(module) {
            match payload? {
                Payload::ImportSection(section) => {
                    for import in section.into_imports() {
                        found.imported += u32::from(matches!(import?.ty, TypeRef::Func(_)));
                    }
                }
                Payload::GlobalSection(section) => {
                    for global in section {
                        has_no_function(&global?.init_expr)?;
                    }
                }
                Payload::ExportSection(section) => {
                    for export in section {
                        let export = export?;
                        if export.kind == ExternalKind::Func && !frees(&export) {
                            found.roots.push(export.index);
                        }
                    }
                }
                Payload::StartSection { func, .. } => found.roots.push(func),
                Payload::ElementSection(section) => {
                    for element in section {
                        let ElementItems::Functions(functions) = element?.items else {
                            return Err(UNLIKE);
                        };
                        for function in functions {
                            found.roots.push(function?);
                        }
                    }
                }
                Payload::CodeSectionEntry(body) => found.calls.push(calls(&body)?),
                _ => {}
            }
        }
        Ok(found)
    }

    /// What a function calls; an imported one calls none of the module's.
    fn calls(&self, function: u32) -> Result<&[u32], Failed> {
        let Some(defined) = function.checked_sub(self.imported) else {
            return Ok(&[]);
        };
        let calls = usize::try_from(defined).map(|defined| self.calls.get(defined));
        Ok(calls.ok().flatten().ok_or(UNLIKE)?)
    }

    /// From how many places each function is called that can be called at all.
    fn uses(&self) -> Result<HashMap<u32, u32>, Failed> {
        let mut uses = HashMap::new();
        let mut met = self.roots.clone();
        while let Some(function) = met.pop() {
            if uses.contains_key(&function) {
                continue;
            }
            uses.insert(function, 0);
            met.extend(self.calls(function)?);
        }
        let callers: Vec<u32> = uses.keys().copied().collect();
        for caller in callers {
            for called in self.calls(caller)? {
                *uses.entry(*called).or_default() += 1;
            }
        }
        Ok(uses)
    }
}

fn frees(export: &Export<'_>) -> bool {
    export.name.starts_with(FREEING)
}

fn calls(body: &FunctionBody<'_>) -> Result<Vec<u32>, Failed> {
    let mut calls = Vec::new();
    for operator in body.get_operators_reader()? {
        match operator? {
            Operator::Call { function_index } | Operator::ReturnCall { function_index } => {
                calls.push(function_index);
            }
            Operator::RefFunc { .. } => return Err(UNLIKE),
            _ => {}
        }
    }
    Ok(calls)
}

fn has_no_function(expression: &ConstExpr<'_>) -> Result<(), Failed> {
    for operator in expression.get_operators_reader() {
        if matches!(operator?, Operator::RefFunc { .. }) {
            return Err(UNLIKE);
        }
    }
    Ok(())
}

/// A module while it is written anew.
struct Arranged {
    imported: u32,
    /// Old indices of the functions that are kept and not imported, in their new order.
    kept: Vec<u32>,
    /// New indices of those by their old ones.
    places: HashMap<u32, u32>,
}

impl Arranged {
    fn of(found: &Found) -> Result<Self, Failed> {
        let uses = found.uses()?;
        let mut kept: Vec<u32> = uses.keys().copied().collect();
        kept.retain(|function| *function >= found.imported);
        // In their old order where as many places call them, so that the same module makes the same bytes.
        kept.sort_unstable_by_key(|function| (Reverse(uses.get(function)), *function));
        let places = kept.iter().copied().zip(found.imported..).collect();
        Ok(Self {
            imported: found.imported,
            kept,
            places,
        })
    }

    /// What is kept of a row that has one for each function which is not imported, in the new order.
    fn in_order<'a, T>(&'a self, all: &'a [T]) -> impl Iterator<Item = Result<&'a T, Failed>> {
        self.kept.iter().map(|function| {
            let defined = usize::try_from(function - self.imported);
            let found = defined.ok().and_then(|defined| all.get(defined));
            found.ok_or(UNLIKE)
        })
    }
}

impl Reencode for Arranged {
    type Error = Unlike;

    fn function_index(&mut self, old: u32) -> Result<u32, Failed> {
        match old < self.imported {
            true => Ok(old),
            false => self.places.get(&old).copied().ok_or(UNLIKE),
        }
    }

    fn parse_function_section(
        &mut self,
        written: &mut FunctionSection,
        section: FunctionSectionReader<'_>,
    ) -> Result<(), Failed> {
        let types = section.into_iter().collect::<Result<Vec<u32>, _>>()?;
        for kind in self.in_order(&types) {
            written.function(*kind?);
        }
        Ok(())
    }

    fn parse_code_section(
        &mut self,
        written: &mut CodeSection,
        section: CodeSectionReader<'_>,
    ) -> Result<(), Failed> {
        let bodies = section.into_iter().collect::<Result<Vec<_>, _>>()?;
        let kept = self.in_order(&bodies).map(|body| body.cloned());
        for body in kept.collect::<Result<Vec<_>, _>>()? {
            self.parse_function_body(written, body)?;
        }
        Ok(())
    }

    fn parse_export(
        &mut self,
        written: &mut ExportSection,
        export: Export<'_>,
    ) -> Result<(), Failed> {
        match frees(&export) {
            true => Ok(()),
            false => utils::parse_export(self, written, export),
        }
    }
}

#[cfg(test)]
mod tests;
