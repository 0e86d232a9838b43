// SPDX-License-Identifier: Apache-2.0
//! Element declarations (Part 1, §3.3).

use std::sync::Arc;

use crate::model::{ANY_TYPE, Derivations, ElementDeclaration, ElementId, TypeId};
use crate::name::QName;

use super::symbols::Kind;
use super::{At, Outcome, Reader};

impl<'d> Reader<'d> {
    /// Everything that is declared or defined globally.
    pub(super) fn globals(&mut self) -> Outcome<()> {
        for (kind, name, at) in self.symbols.all() {
            match kind {
                Kind::Type => {
                    if !self.model.named_types.contains_key(&name) {
                        let id = self.defer(at);
                        self.model.named_types.insert(name, id);
                    }
                }
                Kind::Element => {
                    self.global_element(at, &name)?;
                }
                Kind::Attribute => {
                    self.global_attribute(at, &name)?;
                }
                // Their contents are read where they are referred to, and here, so that what is wrong in one that nothing refers to is found.
                Kind::Group => {
                    if let Some(group) = at.children().next() {
                        self.active_groups.push(name);
                        let particle = self.particle(group);
                        self.active_groups.pop();
                        particle?;
                    }
                }
                Kind::AttributeGroup => {
                    self.active_groups.push(name);
                    let attributes = self.attributes(at);
                    self.active_groups.pop();
                    attributes?;
                }
            }
        }
        Ok(())
    }

    pub(super) fn global_element(&mut self, at: At<'d>, name: &QName) -> Outcome<ElementId> {
        if let Some(known) = self.model.named_elements.get(name) {
            return Ok(*known);
        }
        let declared = self.find(at, Kind::Element, name)?;
        for misplaced in ["ref", "form", "minOccurs", "maxOccurs"] {
            if declared.attribute(misplaced).is_some() {
                let message = format!("a global element has no `{misplaced}`");
                return Err(self.invalid(declared, "src-element", message));
            }
        }
        let id = self.add_element(declared, name.clone());
        self.model.named_elements.insert(name.clone(), id);
        let head = match declared.attribute("substitutionGroup") {
            Some(head) => {
                let head = self.name_of(declared, &head)?;
                Some(self.deeper(declared, |reader| reader.global_element(declared, &head))?)
            }
            None => None,
        };
        let of_head = head
            .and_then(|head| self.model.element(head))
            .map(|head| head.type_id);
        let type_id = self.element_type(declared, of_head)?;
        let blocks = self.derivations(declared, "block")?;
        let forbids = self.derivations(declared, "final")?;
        let is_abstract = self.flag(declared, "abstract")?.unwrap_or(false);
        self.describe(declared, id, type_id)?;
        if let Some(element) = self.model.elements.get_mut(id.0 as usize) {
            element.is_global = true;
            element.is_abstract = is_abstract;
            element.blocks = blocks;
            element.forbids = forbids.only(Derivations::EXTENSION.with(Derivations::RESTRICTION));
            element.head = head;
        }
        Ok(id)
    }

    /// An element within a group: a declaration, or a reference to one.
    pub(super) fn local_element(&mut self, at: At<'d>) -> Outcome<ElementId> {
        if let Some(reference) = at.attribute("ref") {
            let misplaced = [
                "name", "type", "nillable", "default", "fixed", "form", "block",
            ];
            let is_overfull = misplaced.iter().any(|name| at.attribute(name).is_some());
            if is_overfull || at.children().next().is_some() {
                let message =
                    "an element that is a `ref` has `minOccurs` and `maxOccurs` and nothing else";
                return Err(self.invalid(at, "src-element.2.2", message));
            }
            let name = self.name_of(at, &reference)?;
            return self.global_element(at, &name);
        }
        for misplaced in ["abstract", "final", "substitutionGroup"] {
            if at.attribute(misplaced).is_some() {
                let message = format!("only a global element has `{misplaced}`");
                return Err(self.invalid(at, "src-element", message));
            }
        }
        let name = at.attribute("name").unwrap_or_default();
        if !canonical_xml::is_ncname(&name) {
            let message = "an element needs a `name` without a colon, or a `ref`";
            return Err(self.invalid(at, "src-element.2.1", message));
        }
        let is_qualified = match at.attribute("form").as_deref() {
            Some(form) => form == "qualified",
            None => self
                .schema(at)
                .is_some_and(|schema| schema.qualifies_elements),
        };
        let namespace = if is_qualified {
            self.target(at)
        } else {
            Arc::from("")
        };
        let id = self.add_element(at, QName::new(namespace, name));
        let type_id = self.element_type(at, None)?;
        let blocks = self.derivations(at, "block")?;
        self.describe(at, id, type_id)?;
        if let Some(element) = self.model.elements.get_mut(id.0 as usize) {
            element.blocks = blocks;
        }
        Ok(id)
    }

    fn add_element(&mut self, at: At<'d>, name: QName) -> ElementId {
        let id = ElementId(u32::try_from(self.model.elements.len()).unwrap_or(u32::MAX));
        self.model.elements.push(ElementDeclaration {
            name,
            type_id: ANY_TYPE,
            is_global: false,
            is_nillable: false,
            is_abstract: false,
            constraint: None,
            blocks: Derivations::NONE,
            forbids: Derivations::NONE,
            head: None,
            place: self.place(at),
        });
        self.elements_at.push((id, at));
        id
    }

    fn element_type(&mut self, at: At<'d>, of_head: Option<TypeId>) -> Outcome<TypeId> {
        let is_type = |child: &At<'d>| matches!(child.node.local(), "simpleType" | "complexType");
        let mut inline = at.children().filter(is_type);
        match (at.attribute("type"), inline.next(), inline.next()) {
            (Some(name), None, _) => self.type_named(at, &name),
            (None, Some(definition), None) => Ok(self.anonymous(definition)),
            (None, None, _) => Ok(of_head.unwrap_or(ANY_TYPE)),
            _ => {
                let message = "an element has a `type` or one type within, not both";
                Err(self.invalid(at, "src-element.3", message))
            }
        }
    }

    /// What global and local declarations have.
    fn describe(&mut self, at: At<'d>, id: ElementId, type_id: TypeId) -> Outcome<()> {
        let is_nillable = self.flag(at, "nillable")?.unwrap_or(false);
        let constraint = self.constraint(at)?;
        if let Some(element) = self.model.elements.get_mut(id.0 as usize) {
            element.type_id = type_id;
            element.is_nillable = is_nillable;
            element.constraint = constraint;
        }
        Ok(())
    }
}
