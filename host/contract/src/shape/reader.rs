// SPDX-License-Identifier: Apache-2.0
//! Reads the shape of a component out of its world, within limits: what is read may be anybody's.

use std::{cell::Cell, collections::BTreeMap};

use wit_parser::{
    Function, Handle, InterfaceId, Resolve, Type, TypeDef, TypeDefKind, TypeId, WorldItem,
};

use super::{FUNCTION, Place, Side, VERSION, What, primitive, structure::Structures};

/// Most types that are written down of one component, those within others counted with them. The contract has some 500, and a few bytes of types that hold each other twice could be written at any length.
pub(super) const MOST_TYPES: u32 = 20_000;

/// Most bytes that are written down of one component: a name is written wherever it is used, and may be long. The contract takes an eighth.
pub(super) const MOST_BYTES: usize = 2 << 20;

/// What a place takes beside its texts.
const PLACE_BYTES: usize = 128;

/// Gathers what there is in a component.
pub(super) struct Reader<'a> {
    resolve: &'a Resolve,
    structures: Structures<'a>,
    found: BTreeMap<Place, What>,
    /// How many types may still be written.
    types: Cell<u32>,
    /// How many bytes may still be written.
    bytes: Cell<usize>,
}

impl<'a> Reader<'a> {
    pub(super) fn new(resolve: &'a Resolve) -> Self {
        Self {
            resolve,
            structures: Structures::new(resolve),
            found: BTreeMap::new(),
            types: Cell::new(MOST_TYPES),
            bytes: Cell::new(MOST_BYTES),
        }
    }

    /// All that was found; `None` where there was too much of it.
    pub(super) fn finish(self) -> Option<BTreeMap<Place, What>> {
        (self.types.get() > 0 && self.bytes.get() > 0).then_some(self.found)
    }

    /// Whether so many bytes may still be written; they are counted as written.
    fn takes(&self, bytes: usize) -> bool {
        let left = self.bytes.get().saturating_sub(bytes);
        self.bytes.set(left);
        left > 0
    }

    /// A text of the component, written down; an empty one where there is no room any more.
    fn text(&self, text: &str) -> String {
        match self.takes(text.len()) {
            true => text.to_owned(),
            false => String::new(),
        }
    }

    pub(super) fn item(&mut self, side: Side, name: String, item: &WorldItem) {
        match item {
            WorldItem::Interface { id, .. } => {
                let (interface, version) = name.split_once('@').unwrap_or((&name, "none"));
                self.add(side, interface, VERSION, "", (version, 0));
                self.interface(side, interface, *id);
            }
            WorldItem::Function(function) => self.function(side, "the world", function),
            WorldItem::Type { id, .. } => self.type_definition(side, "the world", &name, *id),
        }
    }

    fn interface(&mut self, side: Side, name: &str, id: InterfaceId) {
        let Some(interface) = self.resolve.interfaces.get(id) else {
            return;
        };
        for (type_name, id) in &interface.types {
            self.type_definition(side, name, type_name, *id);
        }
        for function in interface.functions.values() {
            self.function(side, name, function);
        }
    }

    fn add(
        &mut self,
        side: Side,
        interface: &str,
        item: &str,
        field: &str,
        (text, structure): (&str, u64),
    ) {
        let texts = [interface, item, field, text];
        let bytes: usize = texts.iter().map(|text| text.len()).sum();
        if !self.takes(PLACE_BYTES.saturating_add(bytes)) {
            return;
        }
        let place = (
            side,
            interface.to_owned(),
            item.to_owned(),
            field.to_owned(),
        );
        let text = text.to_owned();
        self.found.insert(place, What { text, structure });
    }

    fn function(&mut self, side: Side, interface: &str, function: &Function) {
        let item = format!("{FUNCTION}{}", self.text(&function.name));
        let result = match &function.result {
            Some(result) => self.name(result),
            None => "nothing".to_owned(),
        };
        let (whole, structure) = (
            format!("results in {result}"),
            self.structures.of_function(function),
        );
        self.add(side, interface, &item, "", (&whole, structure));
        for (number, parameter) in function.params.iter().enumerate() {
            let field = format!("parameter {} {}", number + 1, self.text(&parameter.name));
            let what = self.name(&parameter.ty);
            self.add(side, interface, &item, &field, (&what, 0));
        }
    }

    fn type_definition(&mut self, side: Side, interface: &str, name: &str, id: TypeId) {
        let Some(definition) = self.resolve.types.get(id) else {
            return;
        };
        let item = format!("{} {}", definition.kind.as_str(), self.text(name));
        let parts = self.parts(&definition.kind);
        let names: Vec<&str> = parts.iter().map(|(name, _)| name.as_str()).collect();
        let whole = match &definition.kind {
            TypeDefKind::Type(target) => format!("the same as {}", self.name(target)),
            TypeDefKind::Resource => "a resource".to_owned(),
            _ if !parts.is_empty() => format!("in the order {}", names.join(", ")),
            _ => self.structure(definition),
        };
        let structure = self.structures.of(&Type::Id(id));
        self.add(side, interface, &item, "", (&whole, structure));
        for (field, what) in parts {
            self.add(side, interface, &item, &field, (&what, 0));
        }
    }

    /// Fields, cases and flags, each with its type.
    fn parts(&self, kind: &TypeDefKind) -> Vec<(String, String)> {
        match kind {
            TypeDefKind::Record(record) => {
                let fields = record.fields.iter();
                let typed = fields.map(|field| (self.text(&field.name), self.name(&field.ty)));
                typed.collect()
            }
            TypeDefKind::Variant(variant) => {
                let cases = variant.cases.iter();
                let typed = cases.map(|case| {
                    let what = case.ty.as_ref().map(|what| self.name(what));
                    let what = what.unwrap_or_else(|| "without content".into());
                    (self.text(&case.name), what)
                });
                typed.collect()
            }
            TypeDefKind::Enum(choice) => {
                let cases = choice.cases.iter();
                cases
                    .map(|case| (self.text(&case.name), "a case".into()))
                    .collect()
            }
            TypeDefKind::Flags(flags) => {
                let flags = flags.flags.iter();
                flags
                    .map(|flag| (self.text(&flag.name), "a flag".into()))
                    .collect()
            }
            _ => Vec::new(),
        }
    }

    /// A type as WIT writes it. What has a name is told by that: what it is, stands at its own place.
    fn name(&self, what: &Type) -> String {
        let left = self.types.get().saturating_sub(1);
        self.types.set(left);
        if left == 0 {
            return String::new();
        }
        let Type::Id(id) = what else {
            return primitive(what).to_owned();
        };
        match self.resolve.types.get(*id) {
            Some(TypeDef {
                name: Some(name), ..
            }) => self.text(name),
            Some(definition) => self.structure(definition),
            None => "unknown".into(),
        }
    }

    fn structure(&self, definition: &TypeDef) -> String {
        let named = |id: &TypeId| self.name(&Type::Id(*id));
        match &definition.kind {
            TypeDefKind::List(of) => format!("list<{}>", self.name(of)),
            TypeDefKind::Option(of) => format!("option<{}>", self.name(of)),
            TypeDefKind::Result(result) => {
                let side = |side: &Option<Type>| match side {
                    Some(what) => self.name(what),
                    None => "_".to_owned(),
                };
                format!("result<{}, {}>", side(&result.ok), side(&result.err))
            }
            TypeDefKind::Tuple(tuple) => {
                let types: Vec<String> = tuple.types.iter().map(|what| self.name(what)).collect();
                format!("tuple<{}>", types.join(", "))
            }
            TypeDefKind::Handle(Handle::Own(id)) => named(id),
            TypeDefKind::Handle(Handle::Borrow(id)) => format!("borrow<{}>", named(id)),
            TypeDefKind::Type(target) => self.name(target),
            other => other.as_str().to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::CONTRACT;

    /// The reader of the contract's text, with what it has found.
    fn read(resolve: &Resolve) -> Reader<'_> {
        let mut reader = Reader::new(resolve);
        let (_, world) = resolve.worlds.iter().next().unwrap();
        for (key, item) in &world.imports {
            reader.item(Side::Import, resolve.name_world_key(key), item);
        }
        for (key, item) in &world.exports {
            reader.item(Side::Export, resolve.name_world_key(key), item);
        }
        reader
    }

    #[test]
    fn the_contract_takes_little_of_what_may_be_written_down() {
        let mut texts = wit_parser::SourceMap::default();
        for file in CONTRACT {
            texts.push_str(file.name, file.text);
        }
        let mut resolve = Resolve::default();
        resolve.push_group(texts.parse().unwrap()).unwrap();
        let reader = read(&resolve);
        let written = MOST_BYTES - reader.bytes.get();
        assert!(written > 0 && written < MOST_BYTES / 8, "{written}");
        assert!(reader.finish().is_some());
    }

    #[test]
    fn long_names_that_are_used_often_are_not_written_down() {
        let name = "a".repeat(20_000);
        let fields: String = (0..200).map(|n| format!("field{n}: {name},")).collect();
        let text = format!(
            "package a:b; interface i {{ type {name} = list<u8>; record r {{ {fields} }} }} world w {{ import i; }}"
        );
        let mut resolve = Resolve::default();
        resolve.push_str("a.wit", &text).unwrap();
        let reader = read(&resolve);
        assert_eq!(reader.bytes.get(), 0);
        let kept: usize = reader
            .found
            .iter()
            .map(|(place, what)| place.2.len() + what.text.len())
            .sum();
        assert!(kept <= MOST_BYTES, "{kept}");
        assert!(reader.finish().is_none());
    }
}
