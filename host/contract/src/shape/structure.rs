// SPDX-License-Identifier: Apache-2.0
//! Types as engines compare them: by what they are made of. Names of types and parameters are none of it; those of fields, cases, flags and resources are.

use std::{
    collections::HashMap,
    hash::{DefaultHasher, Hash, Hasher},
};

use wit_parser::{Function, Handle, Resolve, Type, TypeDefKind, TypeId};

use super::primitive;

/// Digests of structures, each made once. That two differ by chance or by design in nothing but their structure is for the engine to see when it links them.
pub(super) struct Structures<'a> {
    resolve: &'a Resolve,
    known: HashMap<TypeId, u64>,
}

impl<'a> Structures<'a> {
    pub(super) fn new(resolve: &'a Resolve) -> Self {
        Self {
            resolve,
            known: HashMap::new(),
        }
    }

    pub(super) fn of_function(&mut self, function: &Function) -> u64 {
        let parameters = function.params.iter();
        let parameters: Vec<u64> = parameters.map(|it| self.of(&it.ty)).collect();
        let result = self.of_any(function.result.as_ref());
        digest(&("function", function.kind.is_async(), parameters, result))
    }

    pub(super) fn of(&mut self, what: &Type) -> u64 {
        let Type::Id(id) = what else {
            return digest(&primitive(what));
        };
        if let Some(known) = self.known.get(id) {
            return *known;
        }
        let found = self.of_definition(*id);
        self.known.insert(*id, found);
        found
    }

    fn of_any(&mut self, what: Option<&Type>) -> Option<u64> {
        what.map(|what| self.of(what))
    }

    fn of_definition(&mut self, id: TypeId) -> u64 {
        let resolve = self.resolve;
        let Some(definition) = resolve.types.get(id) else {
            return 0;
        };
        let kind = definition.kind.as_str();
        match &definition.kind {
            TypeDefKind::Type(target) => self.of(target),
            TypeDefKind::Record(record) => {
                let fields = record.fields.iter();
                let fields: Vec<_> = fields.map(|it| (&it.name, self.of(&it.ty))).collect();
                digest(&(kind, fields))
            }
            TypeDefKind::Variant(variant) => {
                let cases = variant.cases.iter();
                let cases = cases.map(|it| (&it.name, self.of_any(it.ty.as_ref())));
                digest(&(kind, cases.collect::<Vec<_>>()))
            }
            TypeDefKind::Enum(choice) => {
                let cases = choice.cases.iter().map(|it| &it.name);
                digest(&(kind, cases.collect::<Vec<_>>()))
            }
            TypeDefKind::Flags(flags) => {
                let flags = flags.flags.iter().map(|it| &it.name);
                digest(&(kind, flags.collect::<Vec<_>>()))
            }
            TypeDefKind::Tuple(tuple) => {
                let types: Vec<u64> = tuple.types.iter().map(|it| self.of(it)).collect();
                digest(&(kind, types))
            }
            TypeDefKind::List(of) | TypeDefKind::Option(of) => digest(&(kind, self.of(of))),
            TypeDefKind::Result(result) => {
                let sides = [&result.ok, &result.err].map(|it| self.of_any(it.as_ref()));
                digest(&(kind, sides))
            }
            TypeDefKind::Handle(Handle::Own(id) | Handle::Borrow(id)) => {
                digest(&(kind, self.of(&Type::Id(*id))))
            }
            TypeDefKind::Resource => digest(&(kind, &definition.name)),
            // No version of the contract has any of them.
            _ => digest(&kind),
        }
    }
}

fn digest(what: &impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    what.hash(&mut hasher);
    hasher.finish()
}
