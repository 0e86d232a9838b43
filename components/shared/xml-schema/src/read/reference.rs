// SPDX-License-Identifier: Apache-2.0
//! Names in schemas, and what they refer to (Part 1, §3.15.3 and §4.2.3: src-resolve).

use crate::error::SchemaFault;
use crate::model::TypeId;
use crate::name::{QName, XSD_NAMESPACE};

use super::symbols::Kind;
use super::{At, Outcome, Reader};

impl<'d> Reader<'d> {
    /// The name that an attribute refers to something by.
    pub(super) fn name_of(&self, at: At<'d>, text: &str) -> Outcome<QName> {
        let Some((namespace, local)) = at.node.resolve_qname(text) else {
            let message = format!("`{text}` is no name, or its prefix is not bound");
            return Err(self.invalid(at, "src-resolve", message));
        };
        let Some(schema) = self.schema(at) else {
            return Ok(QName::new(namespace, local));
        };
        if namespace.is_empty() && schema.is_chameleon {
            return Ok(QName::new(schema.target.clone(), local));
        }
        let is_visible = *namespace == *schema.target
            || namespace == XSD_NAMESPACE
            || schema.imports.contains(namespace);
        if is_visible {
            return Ok(QName::new(namespace, local));
        }
        let message =
            format!("`{text}` is of a namespace that this schema document does not import");
        Err(self.invalid(at, "src-resolve.4", message))
    }

    /// The component of that kind and name.
    pub(super) fn find(&self, at: At<'d>, kind: Kind, name: &QName) -> Outcome<At<'d>> {
        if let Some(found) = self.symbols.find(kind, name) {
            return Ok(found);
        }
        let noun = kind.noun();
        let missing = self
            .schema(at)
            .and_then(|schema| schema.missing.get(name.namespace()));
        Err(match missing {
            Some(Some(location)) => {
                let message = format!(
                    "the {noun} {name} is not there: the imported file `{location}` is not among those given"
                );
                self.fault(at, SchemaFault::Missing(message))
            }
            Some(None) => {
                let message = format!(
                    "the {noun} {name} is not there: no file has a schema of its namespace"
                );
                self.fault(at, SchemaFault::Missing(message))
            }
            None => self.invalid(at, "src-resolve", format!("there is no {noun} {name}")),
        })
    }

    /// The type that an attribute such as `type` or `base` names. It may be unread still.
    pub(super) fn type_named(&mut self, at: At<'d>, text: &str) -> Outcome<TypeId> {
        let name = self.name_of(at, text)?;
        if let Some(id) = self.model.named_types.get(&name) {
            return Ok(*id);
        }
        if name.is(XSD_NAMESPACE, "NOTATION") {
            return Err(self.fault(
                at,
                SchemaFault::Unsupported("the type `NOTATION`".to_owned()),
            ));
        }
        let definition = self.find(at, Kind::Type, &name)?;
        let id = self.defer(definition);
        self.model.named_types.insert(name, id);
        Ok(id)
    }

    /// The simple type that an attribute names, read.
    pub(super) fn simple_named(&mut self, at: At<'d>, text: &str) -> Outcome<TypeId> {
        let id = self.type_named(at, text)?;
        self.force(at, id)?;
        if self.model.simple(id).is_none() {
            let message = format!("`{text}` is not a simple type");
            return Err(self.invalid(at, "src-resolve", message));
        }
        Ok(id)
    }

    /// A number for a type that is read later.
    pub(super) fn defer(&mut self, definition: At<'d>) -> TypeId {
        let id = self.add_type(super::simple::placeholder());
        self.pending.insert(id, definition);
        self.queue.push_back(id);
        id
    }

    /// The type that stands within an element or attribute declaration.
    pub(super) fn anonymous(&mut self, definition: At<'d>) -> TypeId {
        let key = (definition.schema, definition.node.span().start);
        if let Some(id) = self.anonymous.get(&key) {
            return *id;
        }
        let id = self.defer(definition);
        self.anonymous.insert(key, id);
        id
    }

    /// Reads a type now, if it is not read.
    pub(super) fn force(&mut self, at: At<'d>, id: TypeId) -> Outcome<()> {
        if self.in_progress.contains(&id) {
            return Err(self.invalid(at, "ct-props-correct.3", "a type is derived from itself"));
        }
        let Some(definition) = self.pending.remove(&id) else {
            return Ok(());
        };
        self.in_progress.insert(id);
        let read = self.deeper(definition, |reader| {
            reader.count(definition)?;
            match definition.node.local() {
                "simpleType" => reader.simple_type(definition),
                _ => reader.complex_type(definition),
            }
        });
        self.in_progress.remove(&id);
        let component = read?;
        // Chains are walked often, and a long one can be built without nesting.
        let length = self
            .lengths
            .get(&component.base())
            .map_or(1, |length| length + 1);
        if length > self.limits.depth {
            let maximum = self.limits.depth;
            let limit = crate::limits::Limit::Depth;
            return Err(self.exceeded(definition, crate::limits::Exceeded { limit, maximum }));
        }
        self.lengths.insert(id, length);
        if let Some(place) = self.model.types.get_mut(id.0 as usize) {
            *place = component;
        }
        Ok(())
    }
}
