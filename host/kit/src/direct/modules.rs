// SPDX-License-Identifier: Apache-2.0
//! Splits a module: memory and constants become one of their own, which the rest imports.

use wasm_encoder::{
    CodeSection, ConstExpr, DataSection, EntityType, ExportKind, ExportSection, FunctionSection,
    ImportSection, Instruction, MemorySection, MemoryType, Module, TypeSection,
    reencode::{Reencode, utils},
};
use wasmparser::{
    DataKind, DataSectionReader, ExternalKind, FunctionBody, ImportSectionReader,
    MemorySectionReader, Operator, Parser, Payload, TypeRef, TypeSectionReader,
};

use super::{Failed, UNLIKE, Unlike};

/// What the module imports memory by. Names of the contract have a colon.
pub(super) const OWN: &str = "own";

/// Names of what the module of memory exports.
pub(super) const MEMORY_EXPORT: &str = "memory";
pub(super) const REALLOC_EXPORT: &str = "realloc";

/// A module in two.
pub(super) struct Split {
    /// Has memory and constants, and a copy of the function for allocating with all that it calls: what the allocator keeps lies in memory, so that both copies are the same allocator.
    pub(super) memory: Vec<u8>,
    /// All else.
    pub(super) main: Vec<u8>,
}

/// Splits a module, which allocates by its export of that name.
pub(super) fn split(module: &[u8], realloc: &str) -> Result<Split, Failed> {
    let found = Found::of(module, realloc)?;
    let memory = found.memory;
    let mut main = Main {
        memory,
        constants: DataSection::new(),
    };
    let mut written = Module::new();
    main.parse_core_module(&mut written, Parser::new(0), module)?;
    Ok(Split {
        memory: Copied::new(found).module(memory, &main.constants)?,
        main: written.finish(),
    })
}

/// What matters of a module here.
struct Found<'a> {
    types: TypeSectionReader<'a>,
    imported: u32,
    /// Types of the functions that are not imported, and those themselves.
    functions: Vec<u32>,
    bodies: Vec<FunctionBody<'a>>,
    memory: MemoryType,
    /// Index of the function for allocating.
    realloc: u32,
}

impl<'a> Found<'a> {
    fn of(module: &'a [u8], name: &str) -> Result<Self, Failed> {
        let (mut types, mut memory, mut realloc) = (None, None, None);
        let (mut imported, mut functions, mut bodies) = (0, Vec::new(), Vec::new());
        for payload in Parser::new(0).parse_all(module) {
            match payload? {
                Payload::TypeSection(section) => types = Some(section),
                Payload::ImportSection(section) => {
                    for import in section.into_imports() {
                        let import = import?;
                        // Memory is to be the first one; others would change indices.
                        if !matches!(import.ty, TypeRef::Func(_)) || import.module == OWN {
                            return Err(UNLIKE);
                        }
                        imported += 1;
                    }
                }
                Payload::FunctionSection(section) => {
                    functions = section.into_iter().collect::<Result<_, _>>()?;
                }
                Payload::MemorySection(section) => {
                    for found in section {
                        if memory.replace(found?).is_some() {
                            return Err(UNLIKE);
                        }
                    }
                }
                Payload::ExportSection(section) => {
                    for export in section {
                        let export = export?;
                        if export.kind == ExternalKind::Func && export.name == name {
                            realloc = Some(export.index);
                        }
                    }
                }
                Payload::CodeSectionEntry(body) => bodies.push(body),
                _ => {}
            }
        }
        let memory = memory.ok_or(UNLIKE)?;
        if memory.memory64 || memory.shared || memory.page_size_log2.is_some() {
            return Err(UNLIKE);
        }
        Ok(Self {
            types: types.ok_or(UNLIKE)?,
            imported,
            functions,
            bodies,
            memory: memory.into(),
            realloc: realloc.ok_or(UNLIKE)?,
        })
    }
}

/// The module of memory while it is written: functions are copied as they are met.
struct Copied<'a> {
    found: Found<'a>,
    /// Indices in the old module of those that are copied or will be, by their indices here.
    functions: Vec<u32>,
}

/// Functions that are copied at most. An allocator has a dozen; one that can tell why it failed would bring a third of the standard library.
const MOST_COPIED: usize = 64;

impl<'a> Copied<'a> {
    fn new(found: Found<'a>) -> Self {
        Self {
            functions: vec![found.realloc],
            found,
        }
    }

    fn module(mut self, memory: MemoryType, constants: &DataSection) -> Result<Vec<u8>, Failed> {
        let mut types = TypeSection::new();
        self.parse_type_section(&mut types, self.found.types.clone())?;
        let (mut functions, mut code) = (FunctionSection::new(), CodeSection::new());
        let mut copied = 0;
        while let Some(old) = self.functions.get(copied).copied() {
            copied += 1;
            let defined = old.checked_sub(self.found.imported).ok_or(UNLIKE)?;
            let defined = usize::try_from(defined).map_err(|_| UNLIKE)?;
            functions.function(*self.found.functions.get(defined).ok_or(UNLIKE)?);
            let body = self.found.bodies.get(defined).ok_or(UNLIKE)?.clone();
            self.parse_function_body(&mut code, body)?;
        }
        let mut memories = MemorySection::new();
        memories.memory(memory);
        let mut exports = ExportSection::new();
        exports.export(MEMORY_EXPORT, ExportKind::Memory, 0);
        exports.export(REALLOC_EXPORT, ExportKind::Func, 0);
        let mut module = Module::new();
        module
            .section(&types)
            .section(&functions)
            .section(&memories)
            .section(&exports)
            .section(&code)
            .section(constants);
        Ok(module.finish())
    }
}

/// Whatever is not in memory would be two: what a function keeps in a global, such as where the stack ends, or in a table.
impl Reencode for Copied<'_> {
    type Error = Unlike;

    fn function_index(&mut self, old: u32) -> Result<u32, Failed> {
        let known = self.functions.iter().position(|it| *it == old);
        let index = known.unwrap_or_else(|| {
            self.functions.push(old);
            self.functions.len() - 1
        });
        match index < MOST_COPIED {
            true => u32::try_from(index).map_err(|_| UNLIKE),
            false => Err(UNLIKE),
        }
    }

    fn global_index(&mut self, _: u32) -> Result<u32, Failed> {
        Err(UNLIKE)
    }

    fn table_index(&mut self, _: u32) -> Result<u32, Failed> {
        Err(UNLIKE)
    }

    fn data_index(&mut self, _: u32) -> Result<u32, Failed> {
        Err(UNLIKE)
    }

    fn element_index(&mut self, _: u32) -> Result<u32, Failed> {
        Err(UNLIKE)
    }

    fn tag_index(&mut self, _: u32) -> Result<u32, Failed> {
        Err(UNLIKE)
    }

    fn instruction<'a>(&mut self, operator: Operator<'a>) -> Result<Instruction<'a>, Failed> {
        match operator {
            // Nothing in the copy says that there will be one.
            Operator::RefFunc { .. } => Err(UNLIKE),
            operator => utils::instruction(self, operator),
        }
    }
}

/// The rest of a module while it is written.
struct Main {
    memory: MemoryType,
    constants: DataSection,
}

impl Reencode for Main {
    type Error = Unlike;

    fn parse_import_section(
        &mut self,
        imports: &mut ImportSection,
        section: ImportSectionReader<'_>,
    ) -> Result<(), Failed> {
        utils::parse_import_section(self, imports, section)?;
        imports.import(OWN, MEMORY_EXPORT, EntityType::Memory(self.memory));
        Ok(())
    }

    fn parse_memory_section(
        &mut self,
        _: &mut MemorySection,
        _: MemorySectionReader<'_>,
    ) -> Result<(), Failed> {
        Ok(())
    }

    /// Constants that are laid out at the beginning go; others keep their indices.
    fn parse_data_section(
        &mut self,
        kept: &mut DataSection,
        section: DataSectionReader<'_>,
    ) -> Result<(), Failed> {
        for constants in section {
            let constants = constants?;
            let bytes = constants.data.iter().copied();
            match constants.kind {
                DataKind::Passive => kept.passive(bytes),
                DataKind::Active { offset_expr, .. } => {
                    let mut offset = offset_expr.get_operators_reader();
                    let (first, second) = (offset.read()?, offset.read()?);
                    // Whatever else there is to an offset is not laid out here.
                    let (Operator::I32Const { value }, Operator::End) = (first, second) else {
                        return Err(UNLIKE);
                    };
                    let offset = ConstExpr::i32_const(value);
                    self.constants.active(0, &offset, bytes);
                    kept.passive([])
                }
            };
        }
        Ok(())
    }
}
