// SPDX-License-Identifier: Apache-2.0
//! What is tied in directly is the same component from outside, and what cannot be is left as it was.

use wasm_encoder::{
    CodeSection, ConstExpr, DataCountSection, DataSection, EntityType, ExportKind, ExportSection,
    Function, FunctionSection, GlobalSection, GlobalType, ImportSection, MemorySection, MemoryType,
    Module, RefType, TableSection, TableType, TypeSection, ValType,
};
use wasmparser::{DataKind, Parser, Payload, Validator};
use wit_component::{ComponentEncoder, StringEncoding, embed_component_metadata};
use wit_parser::Resolve;

use super::tied_directly;
use silta_contract::{Shape, Side};

/// A world with a function of the host that returns a text, for which the host allocates, and with one that returns what it was.
const WORLD: &str = "package t:t; interface host { read: func() -> string; } world w { import host; export run: func() -> string; }";

/// One without imports.
const ALONE: &str = "package t:t; world w { export run: func() -> string; }";

/// What is otherwise about a module.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Otherwise {
    Nothing,
    /// What allocates has a global, such as where the stack ends.
    Global,
    /// What allocates calls through a table.
    Table,
    /// What allocates calls the host.
    Host,
    /// It is not known where constants are laid out.
    Offset,
    /// Where constants are laid out is a sum.
    Sum,
    /// What allocates has a reference to a function.
    Reference,
    /// It imports nothing.
    Alone,
}

/// The component that wit-component makes of a module: `run` returns what the host does, `cabi_realloc` calls another function, and there are constants of both kinds.
fn component(otherwise: Otherwise) -> Vec<u8> {
    let is_alone = otherwise == Otherwise::Alone;
    let mut types = TypeSection::new();
    types.ty().function([ValType::I32], []);
    types.ty().function([], [ValType::I32]);
    types.ty().function([ValType::I32; 4], [ValType::I32]);
    let mut imports = ImportSection::new();
    if !is_alone {
        imports.import("t:t/host", "read", EntityType::Function(0));
    }
    // Functions by their indices: the one of the host, if there is one, `run`, `cabi_realloc`, `place`.
    let first = u32::from(!is_alone);
    let mut functions = FunctionSection::new();
    functions.function(1).function(2).function(1);
    let mut tables = TableSection::new();
    tables.table(TableType {
        element_type: RefType::FUNCREF,
        table64: false,
        minimum: 4,
        maximum: Some(4),
        shared: false,
    });
    let mut memories = MemorySection::new();
    memories.memory(MemoryType {
        minimum: 2,
        maximum: None,
        memory64: false,
        shared: false,
        page_size_log2: None,
    });
    let mut globals = GlobalSection::new();
    let fixed = GlobalType {
        val_type: ValType::I32,
        mutable: false,
        shared: false,
    };
    globals.global(fixed, &ConstExpr::i32_const(1024));
    let mut exports = ExportSection::new();
    exports.export("memory", ExportKind::Memory, 0);
    exports.export("run", ExportKind::Func, first);
    exports.export("cabi_realloc", ExportKind::Func, first + 1);
    let mut run = Function::new([]);
    let mut instructions = run.instructions();
    if !is_alone {
        instructions.i32_const(16).call(0);
    }
    instructions.i32_const(0).i32_const(0).i32_const(4);
    instructions.memory_init(0, 1).i32_const(16).end();
    let mut realloc = Function::new([]);
    realloc.instructions().call(first + 2).end();
    let mut place = Function::new([]);
    let mut instructions = place.instructions();
    match otherwise {
        Otherwise::Global => instructions.global_get(0),
        Otherwise::Table => instructions.i32_const(0).call_indirect(0, 1),
        Otherwise::Reference => instructions.ref_func(first).drop().i32_const(16),
        Otherwise::Host => instructions.i32_const(16).call(0).i32_const(16),
        _ => instructions.i32_const(4096),
    };
    instructions.end();
    let mut code = CodeSection::new();
    code.function(&run).function(&realloc).function(&place);
    let offset = match otherwise {
        Otherwise::Offset => ConstExpr::global_get(0),
        Otherwise::Sum => ConstExpr::i32_const(1008).with_i32_const(16).with_i32_add(),
        _ => ConstExpr::i32_const(1024),
    };
    let mut data = DataSection::new();
    data.active(0, &offset, *b"laid out").passive(*b"kept");
    let mut module = Module::new();
    module.section(&types).section(&imports).section(&functions);
    module.section(&tables).section(&memories).section(&globals);
    module.section(&exports);
    module.section(&DataCountSection { count: 2 });
    module.section(&code).section(&data);
    let mut resolve = Resolve::default();
    let package = resolve.push_str("t.wit", if is_alone { ALONE } else { WORLD });
    let world = resolve.select_world(&[package.unwrap()], None).unwrap();
    let mut bytes = module.finish();
    embed_component_metadata(&mut bytes, &resolve, world, StringEncoding::UTF8).unwrap();
    let encoder = ComponentEncoder::default().validate(true);
    encoder.module(&bytes).unwrap().encode().unwrap()
}

/// The modules of a component.
fn modules(component: &[u8]) -> Vec<&[u8]> {
    let payloads = Parser::new(0).parse_all(component).map(Result::unwrap);
    let modules = payloads.filter_map(|payload| match payload {
        Payload::ModuleSection {
            unchecked_range, ..
        } => Some(&component[unchecked_range]),
        _ => None,
    });
    modules.collect()
}

/// Constants of a module: where they are laid out, if they are, and what they are.
fn constants(module: &[u8]) -> Vec<(bool, &[u8])> {
    let payloads = Parser::new(0).parse_all(module).map(Result::unwrap);
    let sections = payloads.filter_map(|payload| match payload {
        Payload::DataSection(section) => Some(section),
        _ => None,
    });
    let all = sections.flatten().map(Result::unwrap);
    all.map(|it| (matches!(it.kind, DataKind::Active { .. }), it.data))
        .collect()
}

#[test]
fn it_is_the_same_component_with_a_core_instance_less() {
    let plain = component(Otherwise::Nothing);
    let tied = tied_directly(&plain).unwrap().unwrap();
    Validator::new().validate_all(&tied).unwrap();
    assert_eq!((modules(&plain).len(), modules(&tied).len()), (3, 2));
    let (before, after) = (Shape::of(&plain).unwrap(), Shape::of(&tied).unwrap());
    assert_eq!(before, after);
    assert_eq!(
        after.interfaces(Side::Import).len(),
        before.interfaces(Side::Import).len()
    );
    // It is not made anew each time, and not tied in twice.
    assert_eq!(tied_directly(&plain).unwrap().unwrap(), tied);
    assert!(tied_directly(&tied).unwrap().is_none());
}

#[test]
fn constants_go_with_memory_and_those_that_are_not_laid_out_keep_their_index() {
    let tied = tied_directly(&component(Otherwise::Nothing)).unwrap();
    let tied = tied.unwrap();
    let modules = modules(&tied);
    assert_eq!(constants(modules[0]), [(true, &b"laid out"[..])]);
    assert_eq!(
        constants(modules[1]),
        [(false, &b""[..]), (false, &b"kept"[..])]
    );
}

#[test]
fn what_cannot_be_split_stays_as_it_was() {
    for otherwise in [
        Otherwise::Global,
        Otherwise::Table,
        Otherwise::Host,
        Otherwise::Offset,
        Otherwise::Sum,
        Otherwise::Reference,
        Otherwise::Alone,
    ] {
        let tied = tied_directly(&component(otherwise)).unwrap();
        assert!(tied.is_none(), "{otherwise:?}");
    }
    assert!(tied_directly(b"\0asm").is_err());
}
