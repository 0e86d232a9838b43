// SPDX-License-Identifier: Apache-2.0
//! Where in a component is what has to be tied in another way.

use std::collections::HashMap;

use wasmparser::{CanonicalFunction, CanonicalOption, ComponentAlias, ExternalKind, Instance};

use super::parts::Part;

/// Modules as wit-component orders them: the component's own, the shim, the fixup.
pub(super) const MAIN: u32 = 0;
const SHIM: u32 = 1;
const FIXUP: u32 = 2;
const MODULES: usize = 3;

pub(super) struct Plan<'a> {
    /// The module.
    pub(super) main: &'a [u8],
    /// Name of the function by which the host allocates in it.
    pub(super) realloc: &'a str,
    pub(super) main_instance: u32,
    pub(super) shim_instance: u32,
    pub(super) fixup_instance: u32,
    /// What the fixup gets: the imports of the host by their names in the shim.
    pub(super) imports: HashMap<&'a str, u32>,
    pub(super) imports_instance: u32,
}

impl<'a> Plan<'a> {
    /// `None`: it is not as wit-component makes one.
    pub(super) fn of(parts: &[Part<'a>]) -> Option<Self> {
        let modules = parts.iter().filter_map(|part| match part {
            Part::Module(bytes) => Some(*bytes),
            _ => None,
        });
        let modules: Vec<&[u8]> = modules.collect();
        let instances = parts.iter().filter_map(|part| match part {
            Part::Instance(instance) => Some(instance),
            _ => None,
        });
        let instances: Vec<&Instance<'a>> = instances.collect();
        let only = |module: u32| {
            let mut found = instances
                .iter()
                .zip(0..)
                .filter_map(|(it, index)| match it {
                    Instance::Instantiate { module_index, args } if *module_index == module => {
                        Some((args, index))
                    }
                    _ => None,
                });
            found.next().filter(|_| found.next().is_none())
        };
        let (_, main_instance) = only(MAIN)?;
        let (nothing, shim_instance) = only(SHIM)?;
        let (given, fixup_instance) = only(FIXUP)?;
        let imports_instance = match (modules.len(), nothing.is_empty(), given.as_ref()) {
            (MODULES, true, [given]) => given.index,
            _ => return None,
        };
        let Some(Instance::FromExports(imports)) =
            instances.get(usize::try_from(imports_instance).ok()?)
        else {
            return None;
        };
        let functions = imports.iter().filter(|it| it.kind == ExternalKind::Func);
        Some(Self {
            main: modules.first()?,
            realloc: only_realloc(parts, main_instance)?,
            main_instance,
            shim_instance,
            fixup_instance,
            imports: functions.map(|it| (it.name, it.index)).collect(),
            imports_instance,
        })
    }
}

/// Name of the module's function by which the host allocates, if it is one and the same everywhere.
fn only_realloc<'a>(parts: &[Part<'a>], main_instance: u32) -> Option<&'a str> {
    let mut names: Vec<Option<&'a str>> = Vec::new();
    let mut used: Vec<u32> = Vec::new();
    for part in parts {
        match part {
            Part::Alias(ComponentAlias::CoreInstanceExport {
                kind: ExternalKind::Func,
                instance_index,
                name,
            }) => names.push((*instance_index == main_instance).then_some(*name)),
            Part::Canonical(function) => {
                used.extend(options(function).iter().filter_map(|option| match option {
                    CanonicalOption::Realloc(index) => Some(*index),
                    _ => None,
                }));
                if !matches!(function, CanonicalFunction::Lift { .. }) {
                    names.push(None);
                }
            }
            _ => {}
        }
    }
    let mut found = used
        .iter()
        .map(|index| *names.get(usize::try_from(*index).ok()?)?);
    let first = found.next()??;
    found.all(|name| name == Some(first)).then_some(first)
}

fn options(function: &CanonicalFunction) -> &[CanonicalOption] {
    match function {
        CanonicalFunction::Lift { options, .. } | CanonicalFunction::Lower { options, .. } => {
            options
        }
        _ => &[],
    }
}
