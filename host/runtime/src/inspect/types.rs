// SPDX-License-Identifier: Apache-2.0
//! Types of the component model.

use std::ops::Range;

use wasmparser::{
    BinaryReader, ComponentAlias, ComponentDefinedType, ComponentExternName, ComponentImport,
    ComponentType, ComponentTypeRef, CoreType, CoreTypeSectionReader, InstanceTypeDeclaration,
};

use super::{Flaw, Measure, Tally};

/// How a component type and an instance type begin (component model, binary format, `componenttype` and `instancetype`).
const NESTING: [u8; 2] = [0x41, 0x42];

/// Counts the types of a section, which lies in this range of the component.
///
/// The parser reads a type that holds types by calling itself, without a limit: three bytes a level, and deep enough it ends the process. So types
/// that can hold types are walked here, and the parser reads only those that cannot.
pub(super) fn component_types(
    bytes: &[u8],
    range: Range<usize>,
    tally: &mut Tally,
) -> Result<(), Flaw> {
    let start = range.start;
    let mut reader = BinaryReader::new(bytes.get(range).unwrap_or_default(), start);
    for _ in 0..reader.read_var_u32()? {
        component_type(&mut reader, 1, tally)?;
    }
    Ok(())
}

/// Counts the core types that stand in the component itself.
pub(super) fn core_types(
    section: CoreTypeSectionReader<'_>,
    tally: &mut Tally,
) -> Result<(), Flaw> {
    for kind in section {
        tally.add(Measure::TypeParts, core_parts(&kind?))?;
    }
    Ok(())
}

fn component_type(
    reader: &mut BinaryReader<'_>,
    depth: u64,
    tally: &mut Tally,
) -> Result<(), Flaw> {
    tally.at_most(Measure::TypeDepth, depth, &"")?;
    tally.add(Measure::TypeParts, 1)?;
    let mut within = reader.clone();
    if !NESTING.contains(&within.read_u8()?) {
        let kind: ComponentType<'_> = reader.read()?;
        if let ComponentType::Func(function) = &kind {
            let values = function.params.len() as u64 + u64::from(function.result.is_some());
            tally.at_most(Measure::FunctionTypeValues, values, &"")?;
        }
        return Ok(tally.add(Measure::TypeParts, parts(&kind))?);
    }
    *reader = within;
    for _ in 0..reader.read_var_u32()? {
        declaration(reader, depth, tally)?;
    }
    Ok(())
}

/// One declaration of a component type or an instance type (`componentdecl`, `instancedecl`).
fn declaration(reader: &mut BinaryReader<'_>, depth: u64, tally: &mut Tally) -> Result<(), Flaw> {
    tally.add(Measure::TypeParts, 1)?;
    let mut whole = reader.clone();
    match reader.read_u8()? {
        0x00 => {
            let kind: CoreType<'_> = reader.read()?;
            tally.add(Measure::TypeParts, core_parts(&kind))?;
        }
        0x01 => component_type(reader, depth + 1, tally)?,
        0x02 => {
            reader.read::<ComponentAlias<'_>>()?;
        }
        0x03 => {
            reader.read::<ComponentImport<'_>>()?;
        }
        0x04 => {
            reader.read::<ComponentExternName<'_>>()?;
            reader.read::<ComponentTypeRef>()?;
        }
        // There is no such declaration, and the parser says so.
        _ => drop(whole.read::<InstanceTypeDeclaration<'_>>()?),
    }
    Ok(())
}

/// Fields, cases and parameters of a type.
fn parts(kind: &ComponentType<'_>) -> u64 {
    let parts = match kind {
        ComponentType::Defined(ComponentDefinedType::Record(fields)) => fields.len(),
        ComponentType::Defined(ComponentDefinedType::Variant(cases)) => cases.len(),
        ComponentType::Defined(ComponentDefinedType::Tuple(parts)) => parts.len(),
        ComponentType::Defined(
            ComponentDefinedType::Flags(names) | ComponentDefinedType::Enum(names),
        ) => names.len(),
        ComponentType::Func(function) => function.params.len(),
        _ => 0,
    };
    parts as u64
}

fn core_parts(kind: &CoreType<'_>) -> u64 {
    let parts = match kind {
        CoreType::Rec(group) => group.types().len(),
        CoreType::Module(declarations) => declarations.len(),
    };
    parts as u64
}
