// SPDX-License-Identifier: Apache-2.0
//! A core module of the component.

use std::fmt;

use wasmparser::{CompositeInnerType, Payload, TypeRef, TypeSectionReader};

use super::{
    Flaw, Measure, Tally,
    code::{self, Values},
};

/// A core module, as far as it has been read.
pub(super) struct Module {
    number: u32,
    /// What the functions of each type take and give.
    types: Vec<Values>,
    /// The type of each function, imported ones first.
    functions: Vec<u32>,
    /// The function whose body comes next.
    next: usize,
}

impl Module {
    pub(super) fn new(number: u32) -> Self {
        Self {
            number,
            types: Vec::new(),
            functions: Vec::new(),
            next: 0,
        }
    }

    pub(super) fn look_at(&mut self, payload: Payload<'_>, tally: &mut Tally) -> Result<(), Flaw> {
        let place = Place(None, self.number);
        let mut count = |measure, count: u32| Ok(tally.add_at(measure, count.into(), &place)?);
        match payload {
            Payload::TypeSection(section) => self.types(section, tally),
            Payload::ImportSection(section) => {
                for import in section.into_imports() {
                    tally.add_at(Measure::Imports, 1, &place)?;
                    if let TypeRef::Func(kind) | TypeRef::FuncExact(kind) = import?.ty {
                        self.functions.push(kind);
                    }
                }
                self.next = self.functions.len();
                Ok(())
            }
            Payload::FunctionSection(section) => {
                count(Measure::Functions, section.count())?;
                for kind in section {
                    self.functions.push(kind?);
                }
                Ok(())
            }
            Payload::CodeSectionEntry(body) => self.body(&body, tally),
            Payload::TableSection(section) => count(Measure::Tables, section.count()),
            Payload::MemorySection(section) => count(Measure::Memories, section.count()),
            Payload::GlobalSection(section) => count(Measure::Globals, section.count()),
            Payload::ExportSection(section) => count(Measure::Exports, section.count()),
            Payload::ElementSection(section) => count(Measure::Segments, section.count()),
            Payload::DataSection(section) => count(Measure::Segments, section.count()),
            _ => Ok(()),
        }
    }

    fn types(&mut self, section: TypeSectionReader<'_>, tally: &mut Tally) -> Result<(), Flaw> {
        let place = Place(None, self.number);
        for group in section {
            for kind in group?.types() {
                tally.add_at(Measure::CoreTypes, 1, &place)?;
                let values = match &kind.composite_type.inner {
                    CompositeInnerType::Func(function) => Values {
                        taken: function.params().len() as u64,
                        given: function.results().len() as u64,
                    },
                    _ => Values::default(),
                };
                tally.at_most(
                    Measure::FunctionTypeValues,
                    values.taken + values.given,
                    &place,
                )?;
                self.types.push(values);
            }
        }
        Ok(())
    }

    fn body(&mut self, body: &wasmparser::FunctionBody<'_>, tally: &mut Tally) -> Result<(), Flaw> {
        let place = Place(Some(self.next), self.number);
        let bytes = body.range().len() as u64;
        tally.at_most(Measure::FunctionBytes, bytes, &place)?;
        tally.add_at(Measure::CodeBytes, bytes, &place)?;
        let cost = code::cost(body, self.next, self)?;
        self.next += 1;
        tally.at_most(Measure::FunctionLocals, cost.locals, &place)?;
        tally.at_most(Measure::FunctionSteps, cost.steps, &place)?;
        Ok(tally.add_at(Measure::CompileSteps, cost.steps, &place)?)
    }

    /// What a function type takes and gives. The engine refuses one that is not there.
    pub(super) fn type_values(&self, kind: u32) -> Values {
        let kind = usize::try_from(kind).unwrap_or(usize::MAX);
        self.types.get(kind).copied().unwrap_or_default()
    }

    /// What a function takes and gives.
    pub(super) fn function_values(&self, function: usize) -> Values {
        let kind = self.functions.get(function).copied();
        kind.map(|kind| self.type_values(kind)).unwrap_or_default()
    }
}

/// Function, if it is one, and module.
struct Place(Option<usize>, u32);

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(function, module) = self;
        match function {
            Some(function) => write!(f, "function {function} of core module {module}"),
            None => write!(f, "core module {module}"),
        }
    }
}
