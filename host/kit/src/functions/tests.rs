// SPDX-License-Identifier: Apache-2.0
//! A module of a few functions, and what becomes of them.

use wasm_encoder::{
    ConstExpr, ElementSection, Elements, EntityType, ExportKind, Function, GlobalSection,
    GlobalType, ImportSection, RefType, TableSection, TableType, TypeSection, ValType,
};
use wasmparser::Validator;

use super::*;

/// Where there is a reference to a function, beside calls and tables.
#[derive(Clone, Copy, PartialEq)]
enum Reference {
    None,
    Code,
    Global,
    Element,
}

/// Functions by their indices: 0 is the host's, 1 is exported and calls 3 and 0, 2 frees results and calls 4, 3 calls 5 twice, 4 is called by nothing else, 5 is called most, 6 is in the table.
fn module(reference: Reference) -> Vec<u8> {
    let mut types = TypeSection::new();
    types.ty().function([], []);
    types.ty().function([], [ValType::I32]);
    let mut imports = ImportSection::new();
    imports.import("host", "log", EntityType::Function(0));
    let mut functions = FunctionSection::new();
    for kind in [0, 0, 0, 0, 0, 1] {
        functions.function(kind);
    }
    let mut tables = TableSection::new();
    tables.table(TableType {
        element_type: RefType::FUNCREF,
        table64: false,
        minimum: 2,
        maximum: Some(2),
        shared: false,
    });
    let mut globals = GlobalSection::new();
    if reference == Reference::Global {
        let kind = GlobalType {
            val_type: ValType::FUNCREF,
            mutable: false,
            shared: false,
        };
        globals.global(kind, &ConstExpr::ref_func(6));
    }
    let mut exports = ExportSection::new();
    exports.export("run", ExportKind::Func, 1);
    exports.export("cabi_post_run", ExportKind::Func, 2);
    let mut elements = ElementSection::new();
    let at = ConstExpr::i32_const(1);
    let expressions = [ConstExpr::ref_func(6)];
    let items = match reference {
        Reference::Element => Elements::Expressions(RefType::FUNCREF, expressions[..].into()),
        _ => Elements::Functions([6][..].into()),
    };
    elements.active(None, &at, items);
    let mut code = CodeSection::new();
    for called in [&[3, 0][..], &[4], &[5, 5], &[], &[]] {
        let mut function = Function::new([]);
        let mut instructions = function.instructions();
        for called in called {
            instructions.call(*called);
        }
        if reference == Reference::Code {
            instructions.ref_func(6).drop();
        }
        instructions.end();
        code.function(&function);
    }
    let mut in_table = Function::new([]);
    in_table.instructions().i32_const(7).end();
    code.function(&in_table);
    let mut module = Module::new();
    module.section(&types).section(&imports).section(&functions);
    module.section(&tables).section(&globals).section(&exports);
    module.section(&elements).section(&code);
    module.finish()
}

#[test]
fn what_frees_results_goes_with_what_it_alone_calls() {
    let plain = module(Reference::None);
    Validator::new().validate_all(&plain).unwrap();
    let needed = needed_functions(&plain).unwrap();
    Validator::new().validate_all(&needed).unwrap();
    // The one that is called most is the first after the host's, then the others as they were: `run`, 3 and that of the table.
    let found = Found::of(&needed).unwrap();
    assert_eq!(found.imported, 1);
    assert_eq!(found.calls, [vec![], vec![1, 1], vec![2, 0], vec![]]);
    assert_eq!(found.roots, [3, 4]);
    let exports = Parser::new(0).parse_all(&needed).map(Result::unwrap);
    let exports = exports.filter_map(|payload| match payload {
        Payload::ExportSection(section) => Some(section),
        _ => None,
    });
    let names: Vec<&str> = exports.flatten().map(|it| it.unwrap().name).collect();
    assert_eq!(names, ["run"]);
    // It is done once.
    assert_eq!(needed_functions(&needed).unwrap(), needed);
}

#[test]
fn a_module_with_references_to_functions_is_not_looked_through() {
    for reference in [Reference::Code, Reference::Global, Reference::Element] {
        let refused = needed_functions(&module(reference));
        assert!(matches!(refused, Err(Error::UserError(Unlike))));
    }
    assert!(needed_functions(b"\0asm").is_err());
}
