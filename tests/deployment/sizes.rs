// SPDX-License-Identifier: Apache-2.0
//! What is counted before anything is compiled: each limit just at it and just above it, what real components have, and bytes that would cost a
//! compiler minutes or end the process.

use std::iter;

use silta::{DeployStep, Deployment, Measure, Rejection, SizeExceeded, measure};
use wasm_encoder::{
    Alias, BlockType, CanonicalFunctionSection, CodeSection, Component, ComponentAliasSection,
    ComponentTypeSection, ConstExpr, CustomSection, DataSection, EntityType, ExportKind,
    ExportSection, Function, FunctionSection, GlobalSection, GlobalType, ImportSection,
    InstanceSection, InstanceType, Instruction, MemorySection, MemoryType, Module, ModuleSection,
    NestedComponentSection, PrimitiveValType, RefType, TableSection, TableType, TypeSection,
    ValType,
};

use super::rejected;
use crate::support::host::host;

/// Parameters of the second type of [`module`], as many as a type may have.
const PARAMETERS: u64 = 128;

#[test]
fn real_components_are_far_below_every_limit() {
    let mut highest = vec![0; Measure::ALL.len()];
    let components = artifacts::AGENCIES
        .iter()
        .chain([&artifacts::XML_INSPECTOR, &artifacts::ROGUE]);
    for component in components {
        let counts = measure(component.bytes).unwrap();
        println!("{}", component.name);
        for ((measure, count), highest) in counts.into_iter().zip(&mut highest) {
            println!(
                "  {:22} {count:10} of {:10}",
                measure.name(),
                measure.limit()
            );
            *highest = count.max(*highest);
        }
    }
    for (measure, highest) in Measure::ALL.iter().copied().zip(highest) {
        // The pool has places for a component as tools make it; depths are what they are.
        let room = match measure {
            Measure::ComponentDepth
            | Measure::CoreModules
            | Measure::Tables
            | Measure::Memories => 2,
            _ => 4,
        };
        assert!(
            highest * room <= measure.limit(),
            "{}: {highest} of {}",
            measure.name(),
            measure.limit()
        );
    }
}

/// With wit-component's three core modules an instance takes a microsecond longer; `silta-kit` leaves them where it finds anything that it does not know.
#[test]
fn imports_of_each_agency_are_tied_in_directly() {
    for component in artifacts::AGENCIES {
        let counts = measure(component.bytes).unwrap();
        let mut of = counts.iter();
        let (_, modules) = of.find(|(it, _)| *it == Measure::CoreModules).unwrap();
        assert_eq!(*modules, 2, "{}", component.name);
    }
}

#[test]
fn each_limit_at_it_and_above_it() {
    for kind in Measure::ALL.iter().copied() {
        let limit = kind.limit();
        let counts = measure(&with(kind, limit))
            .unwrap_or_else(|reason| panic!("{}: {reason}", kind.name()));
        let counted = counts.iter().find(|(counted, _)| *counted == kind);
        assert_eq!(
            counted.map(|(_, count)| *count),
            Some(limit),
            "{}",
            kind.name()
        );
        match measure(&with(kind, limit + 1)) {
            Err(Rejection::Size(exceeded)) => {
                assert_eq!(exceeded.measure, kind);
                assert_eq!((exceeded.allowed, exceeded.found), (limit, limit + 1));
                let told = exceeded.to_string();
                for part in [kind.name(), &limit.to_string(), &(limit + 1).to_string()] {
                    assert!(told.contains(part), "{told}");
                }
            }
            other => panic!("{}: {other:?}", kind.name()),
        }
    }
}

/// What is made of a component's types has the parameters of each function that has one.
#[test]
fn a_function_type_of_the_component_has_as_few_values_as_one_of_a_module() {
    let component = |parameters: u64| {
        let parameters = (0..parameters).map(|number| format!(r#"(param "p{number}" u8)"#));
        let parameters: String = parameters.collect();
        wat::parse_str(format!(
            "(component (type (func {parameters} (result u8))))"
        ))
        .unwrap()
    };
    let limit = Measure::FunctionTypeValues.limit();
    assert!(measure(&component(limit - 1)).is_ok());
    match measure(&component(limit)) {
        Err(Rejection::Size(exceeded)) => {
            assert_eq!(exceeded.measure, Measure::FunctionTypeValues);
            assert_eq!(exceeded.found, limit + 1);
        }
        other => panic!("{other:?}"),
    }
}

/// A component that has so many of something.
fn with(measure: Measure, number: u64) -> Vec<u8> {
    let times = 0..u32::try_from(number).unwrap();
    let mut component = Component::new();
    match measure {
        Measure::ComponentBytes => return padded(number),
        Measure::Components => {
            times.skip(1).for_each(|_| {
                component.section(&NestedComponentSection(&Component::new()));
            });
        }
        Measure::ComponentDepth => return nested(number),
        Measure::CoreModules => times.for_each(|_| {
            component.section(&ModuleSection(&Module::new()));
        }),
        Measure::NestedCoreModules => {
            let mut inner = Component::new();
            times.for_each(|_| {
                inner.section(&ModuleSection(&Module::new()));
            });
            component.section(&NestedComponentSection(&inner));
        }
        Measure::Instances => {
            let mut section = InstanceSection::new();
            times.for_each(|_| {
                section.export_items(iter::empty::<(&str, ExportKind, u32)>());
            });
            component.section(&section);
        }
        Measure::Aliases => {
            let mut section = ComponentAliasSection::new();
            times.for_each(|_| {
                section.alias(Alias::CoreInstanceExport {
                    instance: 0,
                    kind: ExportKind::Func,
                    name: "a",
                });
            });
            component.section(&section);
        }
        Measure::CanonicalFunctions => {
            let mut section = CanonicalFunctionSection::new();
            times.for_each(|_| {
                section.resource_drop(0);
            });
            component.section(&section);
        }
        Measure::TypeParts => {
            let mut section = ComponentTypeSection::new();
            // A record of some fields counts itself and each of them.
            section
                .defined_type()
                .record([("a", PrimitiveValType::U8); 3]);
            times
                .skip(4)
                .for_each(|_| section.defined_type().list(PrimitiveValType::U8));
            component.section(&section);
        }
        Measure::TypeDepth => return nested_types(number),
        _ => {
            component.section(&ModuleSection(&module(measure, number)));
        }
    }
    component.finish()
}

/// A core module that has so many of something.
fn module(measure: Measure, number: u64) -> Module {
    let count = usize::try_from(number).unwrap();
    let times = 0..count;
    let mut module = Module::new();
    match measure {
        Measure::Imports => {
            let mut section = ImportSection::new();
            times.for_each(|_| {
                section.import("a", "b", EntityType::Function(0));
            });
            module.section(&section);
        }
        Measure::CoreTypes => {
            let mut section = TypeSection::new();
            times.for_each(|_| section.ty().function([], []));
            module.section(&section);
        }
        Measure::FunctionTypeValues => {
            let mut section = TypeSection::new();
            section
                .ty()
                .function(vec![ValType::I32; count - 1], [ValType::I32]);
            module.section(&section);
        }
        Measure::Functions => return functions(iter::repeat_n(empty(0), count)),
        Measure::FunctionBytes => return functions([of_size(count)]),
        Measure::CodeBytes => {
            let largest = usize::try_from(Measure::FunctionBytes.limit()).unwrap();
            // A function has at least two bytes.
            let first = [of_size(largest - 2), of_size(count % largest + 2)];
            return functions(iter::repeat_n(of_size(largest), count / largest - 1).chain(first));
        }
        Measure::FunctionLocals => return functions([empty(number)]),
        Measure::FunctionSteps => return functions([of_steps(number)]),
        Measure::CompileSteps => {
            let most = Measure::FunctionSteps.limit();
            let whole = usize::try_from(number / most).unwrap();
            let whole = iter::repeat_n(of_steps(most), whole);
            return functions(
                whole.chain((!number.is_multiple_of(most)).then(|| of_steps(number % most))),
            );
        }
        Measure::Tables => {
            let mut section = TableSection::new();
            times.for_each(|_| {
                section.table(TableType {
                    element_type: RefType::FUNCREF,
                    table64: false,
                    minimum: 0,
                    maximum: None,
                    shared: false,
                });
            });
            module.section(&section);
        }
        Measure::Memories => {
            let mut section = MemorySection::new();
            times.for_each(|_| {
                section.memory(MemoryType {
                    minimum: 0,
                    maximum: None,
                    memory64: false,
                    shared: false,
                    page_size_log2: None,
                });
            });
            module.section(&section);
        }
        Measure::Globals => {
            let mut section = GlobalSection::new();
            times.for_each(|_| {
                let kind = GlobalType {
                    val_type: ValType::I32,
                    mutable: false,
                    shared: false,
                };
                section.global(kind, &ConstExpr::i32_const(0));
            });
            module.section(&section);
        }
        Measure::Exports => {
            let mut section = ExportSection::new();
            times.for_each(|_| {
                section.export("a", ExportKind::Func, 0);
            });
            module.section(&section);
        }
        Measure::Segments => {
            let mut section = DataSection::new();
            times.for_each(|_| {
                section.passive([]);
            });
            module.section(&section);
        }
        other => panic!("no module has {}", other.name()),
    }
    module
}

/// A module of these functions, none of which takes or gives anything. Its second type takes as much as a type may.
fn functions(bodies: impl IntoIterator<Item = Function>) -> Module {
    let (mut functions, mut code) = (FunctionSection::new(), CodeSection::new());
    for body in bodies {
        functions.function(0);
        code.function(&body);
    }
    let mut types = TypeSection::new();
    types.ty().function([], []);
    types
        .ty()
        .function(vec![ValType::I32; usize::try_from(PARAMETERS).unwrap()], []);
    let mut module = Module::new();
    module.section(&types).section(&functions).section(&code);
    module
}

/// A function with so many local variables.
fn empty(locals: u64) -> Function {
    let locals = (locals > 0).then(|| (u32::try_from(locals).unwrap(), ValType::I32));
    let mut function = Function::new(locals);
    function.instruction(&Instruction::End);
    function
}

/// A function of so many bytes, at least two.
fn of_size(bytes: usize) -> Function {
    let mut function = Function::new([]);
    // Large numbers, so that it has more bytes than steps of compiling.
    let (number, with_its_end) = (12, bytes - 2);
    for _ in 0..with_its_end / number {
        function.instruction(&Instruction::I64Const(i64::MIN));
        function.instruction(&Instruction::Drop);
    }
    for _ in 0..with_its_end % number {
        function.instruction(&Instruction::Nop);
    }
    function.instruction(&Instruction::End);
    function
}

/// A function whose compiling is estimated at so many steps.
fn of_steps(steps: u64) -> Function {
    // The end is a step; an indirect call is one, and moves its parameters.
    let (calls, nops) = (
        (steps - 1) / (PARAMETERS + 1),
        (steps - 1) % (PARAMETERS + 1),
    );
    let mut function = Function::new([]);
    for _ in 0..calls {
        function.instruction(&Instruction::CallIndirect {
            type_index: 1,
            table_index: 0,
        });
    }
    for _ in 0..nops {
        function.instruction(&Instruction::Nop);
    }
    function.instruction(&Instruction::End);
    function
}

/// A component of exactly so many bytes.
fn padded(bytes: u64) -> Vec<u8> {
    let data = vec![0; usize::try_from(bytes).unwrap() - 32];
    let mut component = Component::new();
    let size = |data: &[u8]| {
        let mut component = Component::new();
        component.section(&CustomSection {
            name: "".into(),
            data: data.into(),
        });
        component.finish().len()
    };
    let missing = usize::try_from(bytes).unwrap() - size(&data);
    component.section(&CustomSection {
        name: "".into(),
        data: vec![0; data.len() + missing].into(),
    });
    component.finish()
}

/// Components in one another, so many levels below the outermost.
fn nested(depth: u64) -> Vec<u8> {
    let mut component = Component::new();
    for _ in 0..depth {
        let mut outer = Component::new();
        outer.section(&NestedComponentSection(&component));
        component = outer;
    }
    component.finish()
}

/// Instance types in one another, so many levels.
fn nested_types(depth: u64) -> Vec<u8> {
    let mut kind = InstanceType::new();
    for _ in 1..depth {
        let mut outer = InstanceType::new();
        outer.ty().instance(&kind);
        kind = outer;
    }
    let mut section = ComponentTypeSection::new();
    section.instance(&kind);
    let mut component = Component::new();
    component.section(&section);
    component.finish()
}

#[track_caller]
fn too_much(bytes: Vec<u8>) -> SizeExceeded {
    let (step, reason) = rejected(&host(), Deployment::from_bytes(bytes));
    assert_eq!(step, DeployStep::Inspected, "{reason}");
    match reason {
        Rejection::Size(exceeded) => exceeded,
        other => panic!("{other}"),
    }
}

fn one_module(module: &Module) -> Vec<u8> {
    let mut component = Component::new();
    component.section(&ModuleSection(module));
    component.finish()
}

#[test]
fn a_million_functions_are_refused_at_once() {
    let bytes = one_module(&functions(iter::repeat_n(empty(0), 1_000_000)));
    assert!(bytes.len() > 4_000_000);
    let exceeded = too_much(bytes);
    assert_eq!(
        (exceeded.measure, exceeded.found),
        (Measure::Functions, 1_000_000)
    );
    assert_eq!(exceeded.place, "core module 0");
}

#[test]
fn functions_spread_over_modules_are_added_up() {
    let mut component = Component::new();
    let most = usize::try_from(Measure::Functions.limit()).unwrap();
    for _ in 0..2 {
        let module = functions(iter::repeat_n(empty(0), most / 2 + 1));
        component.section(&ModuleSection(&module));
    }
    let exceeded = too_much(component.finish());
    assert_eq!(
        (exceeded.measure, exceeded.place.as_str()),
        (Measure::Functions, "core module 1")
    );
}

#[test]
fn types_that_would_end_the_process_are_refused() {
    // As the parser would read them: each an instance type (0x42) of one declaration, which is a type (0x01).
    let depth = 300_000;
    let mut body = vec![1];
    body.extend([0x42, 1, 0x01].repeat(depth));
    body.extend([0x42, 0]);
    let mut bytes = b"\0asm\x0d\0\x01\0\x07".to_vec();
    let mut size = body.len();
    while size >= 0x80 {
        bytes.push(u8::try_from(size % 0x80).unwrap() | 0x80);
        size /= 0x80;
    }
    bytes.push(u8::try_from(size).unwrap());
    bytes.extend(body);
    assert_eq!(too_much(bytes).measure, Measure::TypeDepth);
}

#[test]
fn few_bytes_that_declare_many_variables_are_refused() {
    assert_eq!(
        too_much(one_module(&functions([empty(50_000)]))).measure,
        Measure::FunctionLocals
    );
    let many = iter::repeat_n(empty(Measure::FunctionLocals.limit()), 10_000);
    assert_eq!(
        too_much(one_module(&functions(many))).measure,
        Measure::CompileSteps
    );
}

#[test]
fn variables_that_are_looked_up_through_many_forks_are_refused() {
    let mut function = Function::new([(4000, ValType::I32)]);
    for _ in 0..20_000 {
        function.instruction(&Instruction::Loop(BlockType::Empty));
    }
    for _ in 0..=20_000 {
        function.instruction(&Instruction::End);
    }
    let exceeded = too_much(one_module(&functions([function])));
    assert_eq!(exceeded.measure, Measure::FunctionSteps);
    assert_eq!(exceeded.place, "function 0 of core module 0");
}

#[test]
fn branches_that_carry_many_values_are_refused() {
    let mut function = Function::new([]);
    function.instruction(&Instruction::Loop(BlockType::FunctionType(1)));
    let targets = vec![0; 20_000];
    function.instruction(&Instruction::BrTable(targets.into(), 0));
    function.instruction(&Instruction::End);
    function.instruction(&Instruction::End);
    let exceeded = too_much(one_module(&functions([function])));
    assert_eq!(exceeded.measure, Measure::FunctionSteps);
}

#[test]
fn a_description_of_bytes_that_are_too_much_says_so_too() {
    let deployment =
        Deployment::from_bytes(with(Measure::Functions, Measure::Functions.limit() + 1));
    let error = host().runtime.describe(deployment).unwrap_err();
    assert_eq!(error.code(), "component.rejected.inspected");
}
