// SPDX-License-Identifier: Apache-2.0
//! Ties the imports of a component in directly.
//!
//! What functions of the host are lowered with, memory and a function that allocates in it, has to exist before the module that imports them. So wit-component gives the module a function for each
//! import, which calls through a table (the shim), and fills the table afterwards (the fixup): three core instances, and three addresses for each import, in each fresh instance. Here
//! memory and constants are a module of their own, made first, with a copy of the function for allocating. The module imports the host itself then.
//!
//! From outside, the component is the same: what it imports and exports, and by which types.

mod modules;
mod parts;
mod plan;
#[cfg(test)]
mod tests;

use std::collections::HashMap;

use wasm_encoder::{
    ExportKind, ModuleArg,
    reencode::{Error, Reencode, ReencodeComponent},
};
use wasmparser::{CanonicalFunction, ComponentAlias, ExternalKind, Instance};

use modules::{MEMORY_EXPORT, OWN, REALLOC_EXPORT, Split, split};
use parts::{Part, Writer, parts};
use plan::Plan;

/// A component is not what wit-component makes of a module that imports the host, such as one that imports nothing.
#[derive(Debug)]
pub(crate) struct Unlike;

/// Why a component is not tied in directly.
type Failed = Error<Unlike>;

const UNLIKE: Failed = Error::UserError(Unlike);

/// The same component with its imports tied in directly; `None` where it is [`Unlike`] those that can be.
///
/// # Errors
/// It is no component.
pub(crate) fn tied_directly(component: &[u8]) -> Result<Option<Vec<u8>>, Failed> {
    match tie(component) {
        Ok(tied) => Ok(Some(tied)),
        Err(Error::UserError(Unlike)) => Ok(None),
        Err(failed) => Err(failed),
    }
}

fn tie(component: &[u8]) -> Result<Vec<u8>, Failed> {
    let parts = parts(component)?;
    let plan = Plan::of(&parts).ok_or(UNLIKE)?;
    let split = split(plan.main, plan.realloc)?;
    let mut tying = Tying {
        plan,
        split,
        functions: Vec::new(),
        instances: HashMap::new(),
        waiting: Vec::new(),
        is_tied: false,
    };
    let mut writer = Writer::default();
    let (mut modules, mut instances) = (0, 0);
    for part in parts {
        match part {
            Part::Other(section) => writer.other(&section),
            Part::Module(_) => {
                if modules == plan::MAIN {
                    tying.memory_first(&mut writer);
                }
                modules += 1;
            }
            Part::Instance(instance) => {
                tying.instance(&mut writer, instances, instance)?;
                instances += 1;
            }
            Part::Alias(alias) => tying.alias(&mut writer, alias)?,
            Part::Canonical(function) => tying.canonical(&mut writer, function)?,
        }
    }
    Ok(writer.finish())
}

/// A core function of the old component.
#[derive(Clone, Copy)]
enum Function<'a> {
    /// One of the new component, by its index there.
    Of(u32),
    /// One of the shim, which stands for an import.
    Shim(&'a str),
}

/// What has come of the old component so far. Its parts stay in their order, but for core instances of before the fixup: those wait until what they import is there. So all indices but those of core
/// functions and instances are what they were.
struct Tying<'a> {
    plan: Plan<'a>,
    split: Split,
    /// By their indices in the old component.
    functions: Vec<Function<'a>>,
    /// By their indices in the old component, those of the new one.
    instances: HashMap<u32, u32>,
    waiting: Vec<(u32, Instance<'a>)>,
    /// Whether the module has been instantiated.
    is_tied: bool,
}

/// What is made first, by its index in the new component.
const MEMORY_MODULE: u32 = 0;
const MAIN_MODULE: u32 = 1;
const MEMORY_INSTANCE: u32 = 0;
const MEMORY: u32 = 0;
const REALLOC: u32 = 0;

impl<'a> Tying<'a> {
    /// Both modules; an instance of the first, its memory and its function for allocating.
    fn memory_first(&self, writer: &mut Writer) {
        writer.module(&self.split.memory);
        writer.module(&self.split.main);
        writer.instantiate(MEMORY_MODULE, &[]);
        writer.core_alias(MEMORY_INSTANCE, ExportKind::Memory, MEMORY_EXPORT);
        writer.core_alias(MEMORY_INSTANCE, ExportKind::Func, REALLOC_EXPORT);
    }

    fn instance(
        &mut self,
        writer: &mut Writer,
        index: u32,
        instance: Instance<'a>,
    ) -> Result<(), Failed> {
        if index == self.plan.fixup_instance {
            self.is_tied = true;
            let waiting = std::mem::take(&mut self.waiting);
            return waiting
                .into_iter()
                .try_for_each(|(index, instance)| self.make(writer, index, instance));
        }
        if [self.plan.shim_instance, self.plan.imports_instance].contains(&index) {
            return Ok(());
        }
        match self.is_tied {
            true => self.make(writer, index, instance),
            false => {
                self.waiting.push((index, instance));
                Ok(())
            }
        }
    }

    /// The instance of the module, or one that hands it functions.
    fn make(
        &mut self,
        writer: &mut Writer,
        index: u32,
        instance: Instance<'a>,
    ) -> Result<(), Failed> {
        let made = match instance {
            Instance::Instantiate { args, .. } if index == self.plan.main_instance => {
                let given = args.iter().map(|argument| {
                    let instance = self.instances.get(&argument.index).copied();
                    Ok((argument.name, ModuleArg::Instance(instance.ok_or(UNLIKE)?)))
                });
                let mut given = given.collect::<Result<Vec<_>, Failed>>()?;
                given.push((OWN, ModuleArg::Instance(MEMORY_INSTANCE)));
                writer.instantiate(MAIN_MODULE, &given)
            }
            Instance::Instantiate { .. } => return Err(UNLIKE),
            handed @ Instance::FromExports(_) => {
                let instances = writer.instances();
                self.parse_instance(instances, handed)?;
                writer.made_instance()
            }
        };
        self.instances.insert(index, made);
        Ok(())
    }

    fn alias(&mut self, writer: &mut Writer, alias: ComponentAlias<'a>) -> Result<(), Failed> {
        let ComponentAlias::CoreInstanceExport {
            kind,
            instance_index,
            name,
        } = alias
        else {
            writer.alias(self.component_alias(alias)?);
            return Ok(());
        };
        let is_main = instance_index == self.plan.main_instance;
        let is_shim = instance_index == self.plan.shim_instance;
        let function = match kind {
            // The memory is another module's, the table is gone.
            ExternalKind::Memory if is_main => return Ok(()),
            ExternalKind::Table if is_shim => return Ok(()),
            ExternalKind::Func if is_shim => Function::Shim(name),
            ExternalKind::Func if is_main && name == self.plan.realloc => Function::Of(REALLOC),
            ExternalKind::Func => {
                let instance = self.instances.get(&instance_index).ok_or(UNLIKE)?;
                Function::Of(writer.core_alias(*instance, ExportKind::Func, name))
            }
            _ => return Err(UNLIKE),
        };
        self.functions.push(function);
        Ok(())
    }

    fn canonical(
        &mut self,
        writer: &mut Writer,
        function: CanonicalFunction,
    ) -> Result<(), Failed> {
        let is_lifted = match function {
            CanonicalFunction::Lift { .. } => true,
            CanonicalFunction::Lower { .. } | CanonicalFunction::ResourceDrop { .. } => false,
            // A contract without resources of the component and without asynchronous functions has no others.
            _ => return Err(UNLIKE),
        };
        self.parse_component_canonical(writer.canonicals(), function)?;
        if !is_lifted {
            self.functions.push(Function::Of(writer.made_function()));
        }
        Ok(())
    }
}

/// Indices of the old component that are others in the new one.
impl Reencode for Tying<'_> {
    type Error = Unlike;

    fn function_index(&mut self, old: u32) -> Result<u32, Failed> {
        let function = |old: u32| self.functions.get(usize::try_from(old).ok()?).copied();
        let found = match function(old) {
            Some(Function::Shim(name)) => self.plan.imports.get(name).copied().and_then(function),
            other => other,
        };
        match found {
            Some(Function::Of(new)) => Ok(new),
            _ => Err(UNLIKE),
        }
    }

    fn memory_index(&mut self, _: u32) -> Result<u32, Failed> {
        Ok(MEMORY)
    }

    fn table_index(&mut self, _: u32) -> Result<u32, Failed> {
        Err(UNLIKE)
    }

    fn global_index(&mut self, _: u32) -> Result<u32, Failed> {
        Err(UNLIKE)
    }
}

impl ReencodeComponent for Tying<'_> {}
