// SPDX-License-Identifier: Apache-2.0
//! What a component consists of, one by one; and how one is put together again.

use wasm_encoder::{
    Alias, CanonicalFunctionSection, Component, ComponentAliasSection, ExportKind, InstanceSection,
    ModuleArg, RawSection,
};
use wasmparser::{
    CanonicalFunction, Chunk, ComponentAlias, ComponentType, Instance, KnownCustom, Parser, Payload,
};

use super::{Failed, UNLIKE};

/// A part of a component.
pub(super) enum Part<'a> {
    /// A module, by its bytes.
    Module(&'a [u8]),
    /// A core instance.
    Instance(Instance<'a>),
    Alias(ComponentAlias<'a>),
    Canonical(CanonicalFunction),
    /// A section that stays as it is.
    Other(RawSection<'a>),
}

/// The parts of a component in their order. Names that are there for debuggers are left out: they are by index.
pub(super) fn parts(component: &[u8]) -> Result<Vec<Part<'_>>, Failed> {
    let mut parts = Vec::new();
    let mut parser = Parser::new(0);
    let mut rest = component;
    while !rest.is_empty() {
        let Chunk::Parsed { consumed, payload } = parser.parse(rest, true)? else {
            return Err(UNLIKE);
        };
        rest = rest.get(consumed..).ok_or(UNLIKE)?;
        let nested = match &payload {
            Payload::ModuleSection {
                unchecked_range, ..
            }
            | Payload::ComponentSection {
                unchecked_range, ..
            } => {
                let size = unchecked_range.end.saturating_sub(unchecked_range.start);
                rest.split_at_checked(size).ok_or(UNLIKE)?
            }
            _ => (&[][..], rest),
        };
        rest = nested.1;
        add(&mut parts, component, payload, nested.0)?;
    }
    Ok(parts)
}

fn add<'a>(
    parts: &mut Vec<Part<'a>>,
    component: &'a [u8],
    payload: Payload<'a>,
    nested: &'a [u8],
) -> Result<(), Failed> {
    match payload {
        Payload::Version { .. } | Payload::End(_) => {}
        Payload::ModuleSection { .. } => parts.push(Part::Module(nested)),
        Payload::InstanceSection(section) => {
            for instance in section {
                parts.push(Part::Instance(instance?));
            }
        }
        Payload::ComponentAliasSection(section) => {
            for alias in section {
                parts.push(Part::Alias(alias?));
            }
        }
        Payload::ComponentCanonicalSection(section) => {
            for function in section {
                parts.push(Part::Canonical(function?));
            }
        }
        Payload::CustomSection(section)
            if matches!(section.as_known(), KnownCustom::ComponentName(_)) => {}
        Payload::ComponentSection { .. } => parts.push(other(COMPONENT_SECTION, nested)),
        section => {
            if let Payload::ComponentTypeSection(types) = &section {
                // Its destructor is a core function, by an index that would be another.
                for kind in types.clone() {
                    if matches!(kind?, ComponentType::Resource { .. }) {
                        return Err(UNLIKE);
                    }
                }
            }
            let (id, range) = section.as_section().ok_or(UNLIKE)?;
            parts.push(other(id, component.get(range).ok_or(UNLIKE)?));
        }
    }
    Ok(())
}

/// Id of a section that is a component within the component.
const COMPONENT_SECTION: u8 = 4;

fn other(id: u8, data: &[u8]) -> Part<'_> {
    Part::Other(RawSection { id, data })
}

/// Puts a component together. Parts of a kind that follow each other share a section.
#[derive(Default)]
pub(super) struct Writer {
    component: Component,
    aliases: ComponentAliasSection,
    canonicals: CanonicalFunctionSection,
    instances: InstanceSection,
    functions: u32,
    made_instances: u32,
}

impl Writer {
    pub(super) fn other(&mut self, section: &RawSection<'_>) {
        self.end_sections();
        self.component.section(section);
    }

    pub(super) fn module(&mut self, bytes: &[u8]) {
        /// Id of a section that is a module.
        const MODULE_SECTION: u8 = 1;
        self.other(&RawSection {
            id: MODULE_SECTION,
            data: bytes,
        });
    }

    pub(super) fn alias(&mut self, alias: Alias<'_>) {
        if self.aliases.is_empty() {
            self.end_sections();
        }
        self.aliases.alias(alias);
    }

    /// What a core instance exports; gives its index if it is a function.
    pub(super) fn core_alias(&mut self, instance: u32, kind: ExportKind, name: &str) -> u32 {
        self.alias(Alias::CoreInstanceExport {
            instance,
            kind,
            name,
        });
        match kind {
            ExportKind::Func => self.made_function(),
            _ => 0,
        }
    }

    /// Where functions are lifted and lowered; [`made_function`](Self::made_function) has to be told of each that is a core function.
    pub(super) fn canonicals(&mut self) -> &mut CanonicalFunctionSection {
        if self.canonicals.is_empty() {
            self.end_sections();
        }
        &mut self.canonicals
    }

    /// Index of the core function that was made just now.
    pub(super) fn made_function(&mut self) -> u32 {
        self.functions += 1;
        self.functions - 1
    }

    /// Where core instances are made; [`made_instance`](Self::made_instance) has to be told of each.
    pub(super) fn instances(&mut self) -> &mut InstanceSection {
        if self.instances.is_empty() {
            self.end_sections();
        }
        &mut self.instances
    }

    pub(super) fn instantiate(&mut self, module: u32, given: &[(&str, ModuleArg)]) -> u32 {
        self.instances().instantiate(module, given.iter().copied());
        self.made_instance()
    }

    /// Index of the core instance that was made just now.
    pub(super) fn made_instance(&mut self) -> u32 {
        self.made_instances += 1;
        self.made_instances - 1
    }

    pub(super) fn finish(mut self) -> Vec<u8> {
        self.end_sections();
        self.component.finish()
    }

    fn end_sections(&mut self) {
        let aliases = std::mem::take(&mut self.aliases);
        let canonicals = std::mem::take(&mut self.canonicals);
        let instances = std::mem::take(&mut self.instances);
        if !aliases.is_empty() {
            self.component.section(&aliases);
        }
        if !canonicals.is_empty() {
            self.component.section(&canonicals);
        }
        if !instances.is_empty() {
            self.component.section(&instances);
        }
    }
}
