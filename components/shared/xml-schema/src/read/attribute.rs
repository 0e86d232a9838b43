// SPDX-License-Identifier: Apache-2.0
//! Attribute declarations, uses, groups and wildcards (Part 1, §3.2 and §3.4.2).

use std::collections::HashSet;
use std::sync::Arc;

use crate::builtin::xsd;
use crate::error::SchemaFault;
use crate::model::{
    ANY_SIMPLE_TYPE, AttributeDeclaration, AttributeUse, Constraint, Derivations, TypeId,
};
use crate::name::{QName, XSI_NAMESPACE};
use crate::wildcard::{Namespaces, Process, Wildcard};

use super::symbols::Kind;
use super::{At, Outcome, Reader, derivation};

/// The attributes that stand in a type definition or attribute group.
#[derive(Default)]
pub(super) struct Attributes {
    pub(super) uses: Vec<AttributeUse>,
    pub(super) prohibited: Vec<QName>,
    pub(super) any: Option<Wildcard>,
}

impl<'d> Reader<'d> {
    /// The attributes directly in `at`, and those of the groups in it.
    pub(super) fn attributes(&mut self, at: At<'d>) -> Outcome<Attributes> {
        let mut attributes = Attributes::default();
        let mut local = None;
        let children: Vec<_> = at.children().collect();
        let mut of_groups: Vec<Wildcard> = Vec::new();
        for child in children {
            match child.node.local() {
                "attribute" => self.attribute_use(child, &mut attributes)?,
                "attributeGroup" => {
                    let group = self.attribute_group(child)?;
                    attributes.uses.extend(group.uses);
                    of_groups.extend(group.any);
                }
                "anyAttribute" => local = Some(self.wildcard(child)?),
                _ => {}
            }
        }
        attributes.any = self.complete_wildcard(at, local, of_groups)?;
        let mut names = HashSet::new();
        let mut uses = attributes
            .uses
            .iter()
            .map(|attribute| &attribute.declaration.name);
        if let Some(twice) = uses.find(|name| !names.insert(*name)) {
            let message = format!("the attribute {twice} is there twice");
            return Err(self.invalid(at, "ct-props-correct.4", message));
        }
        Ok(attributes)
    }

    /// §3.4.2, complete wildcard: that of the type and those of its groups, as far as they agree.
    fn complete_wildcard(
        &self,
        at: At<'d>,
        local: Option<Wildcard>,
        of_groups: Vec<Wildcard>,
    ) -> Outcome<Option<Wildcard>> {
        let mut all = local.into_iter().chain(of_groups);
        let Some(mut complete) = all.next() else {
            return Ok(None);
        };
        for other in all {
            let both = complete.namespaces.intersection(&other.namespaces);
            complete.namespaces = both.ok_or_else(|| {
                let message = "what the wildcards have in common cannot be said by one";
                self.invalid(at, "src-ct.4", message)
            })?;
        }
        Ok(Some(complete))
    }

    fn attribute_group(&mut self, at: At<'d>) -> Outcome<Attributes> {
        self.count(at)?;
        let Some(reference) = at.attribute("ref") else {
            let message = "an attribute group within something is a `ref`";
            return Err(self.invalid(at, "src-attribute_group", message));
        };
        let name = self.name_of(at, &reference)?;
        let group = self.find(at, Kind::AttributeGroup, &name)?;
        if self.active_groups.contains(&name) {
            let message = format!("the attribute group {name} holds itself");
            return Err(self.invalid(at, "src-attribute_group.3", message));
        }
        self.active_groups.push(name);
        let attributes = self.deeper(at, |reader| reader.attributes(group));
        self.active_groups.pop();
        attributes
    }

    fn attribute_use(&mut self, at: At<'d>, into: &mut Attributes) -> Outcome<()> {
        self.count(at)?;
        let is_prohibited = match at.attribute("use").as_deref() {
            None | Some("optional" | "required") => false,
            Some("prohibited") => true,
            Some(_) => {
                let message = "`use` is `optional`, `required` or `prohibited`";
                return Err(self.invalid(at, "src-attribute", message));
            }
        };
        let is_required = at.attribute("use").as_deref() == Some("required");
        let has_default = at.attribute("default").is_some();
        if has_default && (is_required || is_prohibited) {
            let message = "an attribute with a `default` is optional";
            return Err(self.invalid(at, "src-attribute.2", message));
        }
        let declaration = match at.attribute("ref") {
            Some(reference) => {
                let is_overfull = ["name", "type", "form"]
                    .iter()
                    .any(|name| at.attribute(name).is_some());
                if is_overfull || at.child("simpleType").is_some() {
                    let message = "an attribute that is a `ref` has neither name nor type nor form";
                    return Err(self.invalid(at, "src-attribute.3", message));
                }
                self.attribute_reference(at, &reference)?
            }
            None => {
                let is_qualified = match at.attribute("form").as_deref() {
                    Some(form) => form == "qualified",
                    None => self
                        .schema(at)
                        .is_some_and(|schema| schema.qualifies_attributes),
                };
                let namespace = if is_qualified {
                    self.target(at)
                } else {
                    Arc::from("")
                };
                self.attribute_declaration(at, namespace)?
            }
        };
        if is_prohibited {
            into.prohibited.push(declaration.name);
        } else {
            into.uses.push(AttributeUse {
                declaration,
                is_required,
            });
        }
        Ok(())
    }

    fn attribute_reference(
        &mut self,
        at: At<'d>,
        reference: &str,
    ) -> Outcome<AttributeDeclaration> {
        let name = self.name_of(at, reference)?;
        let mut declaration = self.global_attribute(at, &name)?;
        let own = self.attribute_constraint(at, declaration.type_id)?;
        if let Some(own) = own {
            let fixed = declaration
                .constraint
                .as_ref()
                .filter(|known| known.is_fixed);
            let is_changed = fixed.is_some_and(|fixed| match (&fixed.value, &own.value) {
                (Some(fixed), Some(value)) => !own.is_fixed || !fixed.equals(value),
                _ => true,
            });
            if is_changed {
                let message = "the attribute that is referred to has another fixed value";
                return Err(self.invalid(at, "au-props-correct.2", message));
            }
            declaration.constraint = Some(own);
        }
        declaration.place = self.place(at);
        Ok(declaration)
    }

    pub(super) fn global_attribute(
        &mut self,
        at: At<'d>,
        name: &QName,
    ) -> Outcome<AttributeDeclaration> {
        if let Some(known) = self.model.named_attributes.get(name) {
            return Ok(known.clone());
        }
        let declared = self.find(at, Kind::Attribute, name)?;
        let declaration = self.attribute_declaration(declared, self.target(declared))?;
        self.model
            .named_attributes
            .insert(name.clone(), declaration.clone());
        Ok(declaration)
    }

    fn attribute_declaration(
        &mut self,
        at: At<'d>,
        namespace: Arc<str>,
    ) -> Outcome<AttributeDeclaration> {
        let name = at.attribute("name").unwrap_or_default();
        if !canonical_xml::is_ncname(&name) || name == "xmlns" {
            let message = "an attribute needs a `name` without a colon, other than `xmlns`";
            return Err(self.invalid(at, "no-xmlns", message));
        }
        if *namespace == *XSI_NAMESPACE {
            let message = "the attributes of XMLSchema-instance are not declared";
            return Err(self.invalid(at, "no-xsi", message));
        }
        let type_id = match (at.attribute("type"), at.child("simpleType")) {
            (Some(name), None) => self.simple_named(at, &name)?,
            (None, Some(inline)) => self.inline(inline)?,
            (None, None) => ANY_SIMPLE_TYPE,
            (Some(_), Some(_)) => {
                let message = "an attribute has a `type` or a type within, not both";
                return Err(self.invalid(at, "src-attribute.4", message));
            }
        };
        Ok(AttributeDeclaration {
            name: QName::new(namespace, name),
            type_id,
            constraint: self.attribute_constraint(at, type_id)?,
            place: self.place(at),
        })
    }

    fn attribute_constraint(&self, at: At<'d>, type_id: TypeId) -> Outcome<Option<Constraint>> {
        let Some(mut constraint) = self.constraint(at)? else {
            return Ok(None);
        };
        if self.is_identifier(type_id) {
            let message = "an attribute of the type `ID` has neither default nor fixed value";
            return Err(self.invalid(at, "a-props-correct.3", message));
        }
        constraint.value =
            Some(self.value_of(at, type_id, &constraint.text, "a-props-correct.2")?);
        Ok(Some(constraint))
    }

    /// Whether a type is `ID` or derived from it.
    pub(super) fn is_identifier(&self, id: TypeId) -> bool {
        let identifier = self.model.named_types.get(&xsd("ID"));
        identifier.is_some_and(|identifier| {
            derivation::is_derived(&self.model, id, *identifier, Derivations::NONE)
        })
    }

    /// `default` or `fixed`, as written.
    pub(super) fn constraint(&self, at: At<'d>) -> Outcome<Option<Constraint>> {
        let of = |name| at.node.attribute("", name);
        let (text, is_fixed) = match (of("default"), of("fixed")) {
            (None, None) => return Ok(None),
            (Some(default), None) => (default, false),
            (None, Some(fixed)) => (fixed, true),
            (Some(_), Some(_)) => {
                let message = "there is a `default` or a `fixed` value, not both";
                return Err(self.invalid(at, "src-element.1", message));
            }
        };
        Ok(Some(Constraint {
            is_fixed,
            text: text.into_owned(),
            value: None,
        }))
    }

    /// `any` or `anyAttribute` (§3.10.2).
    pub(super) fn wildcard(&self, at: At<'d>) -> Outcome<Wildcard> {
        let process = match at.attribute("processContents").as_deref() {
            None | Some("strict") => Process::Strict,
            Some("lax") => Process::Lax,
            Some("skip") => Process::Skip,
            Some(_) => {
                let message = "`processContents` is `strict`, `lax` or `skip`";
                return Err(self.invalid(at, "src-wildcard", message));
            }
        };
        let target = self.target(at);
        let namespaces = match at.attribute("namespace").as_deref() {
            None | Some("##any") => Namespaces::Any,
            Some("##other") => Namespaces::Not(target),
            Some(names) => {
                let mut these = std::collections::BTreeSet::new();
                for name in names.split_ascii_whitespace() {
                    these.insert(match name {
                        "##targetNamespace" => target.clone(),
                        "##local" => Arc::from(""),
                        name if name.starts_with("##") => {
                            let message = format!("`{name}` among names of namespaces");
                            return Err(self.fault(
                                at,
                                SchemaFault::Invalid {
                                    rule: "src-wildcard",
                                    message,
                                },
                            ));
                        }
                        name => Arc::from(name),
                    });
                }
                Namespaces::These(these)
            }
        };
        Ok(Wildcard {
            namespaces,
            process,
        })
    }
}
