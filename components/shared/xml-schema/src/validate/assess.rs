// SPDX-License-Identifier: Apache-2.0
//! One element judged by its declaration and type (Part 1, §3.3.4, §3.4.4).

use canonical_xml::ElementRef;

use crate::content::Run;
use crate::model::{Content, ElementDeclaration, ElementId, Type, TypeId};
use crate::name::XSI_NAMESPACE;
use crate::verdict::Unjudged;

use super::Validator;
use super::attributes::is_always_allowed;
use super::frame::{Children, Frame, Remaining};

impl<'s, 'd> Validator<'s, 'd> {
    /// Judges an element but for its children, which come next.
    pub(super) fn open(
        &mut self,
        element: ElementRef<'d>,
        declaration: Option<ElementId>,
    ) -> Result<(), Unjudged> {
        let declaration = declaration.and_then(|id| self.model().element(id));
        if declaration.is_some_and(|declaration| declaration.is_abstract) {
            let message = "the element is abstract; expected is one of its substitution group";
            self.report(element, "cvc-elt.2", message);
            return Ok(());
        }
        let is_known = declaration.is_some() || element.attribute(XSI_NAMESPACE, "type").is_some();
        if !is_known {
            self.frames.push(Frame {
                element,
                children: Remaining::of(element),
                content: Children::Lax,
                is_lost: false,
            });
            return Ok(());
        }
        let Some(type_id) = self.type_of(element, declaration) else {
            return Ok(());
        };
        let is_nil = self.nil(element, declaration);
        self.by_type(element, declaration, type_id, is_nil)
    }

    /// Whether the element says that it is nil, and may (§3.3.4, clause 3).
    fn nil(
        &mut self,
        element: ElementRef<'d>,
        declaration: Option<&'s ElementDeclaration>,
    ) -> bool {
        let Some(nil) = element.attribute(XSI_NAMESPACE, "nil") else {
            return false;
        };
        let is_nil = match nil.trim_matches(crate::value::is_space) {
            "true" | "1" => true,
            "false" | "0" => false,
            _ => {
                self.report(
                    element,
                    "cvc-datatype-valid.1",
                    "`xsi:nil` is `true` or `false`",
                );
                return false;
            }
        };
        let Some(declaration) = declaration else {
            return is_nil;
        };
        if !declaration.is_nillable {
            let message = "the element is not nillable: it may not have `xsi:nil`";
            self.report(element, "cvc-elt.3.1", message);
            return false;
        }
        let is_fixed = declaration
            .constraint
            .as_ref()
            .is_some_and(|constraint| constraint.is_fixed);
        if is_nil && is_fixed {
            let message = "an element with a fixed value is not nil";
            self.report(element, "cvc-elt.3.2.2", message);
        }
        is_nil
    }

    fn by_type(
        &mut self,
        element: ElementRef<'d>,
        declaration: Option<&'s ElementDeclaration>,
        type_id: TypeId,
        is_nil: bool,
    ) -> Result<(), Unjudged> {
        let Some(Type::Complex(complex)) = self.model().get_type(type_id) else {
            self.no_attributes(element);
            if is_nil {
                self.nothing(element, "cvc-elt.3.2.1");
                return Ok(());
            }
            return self.value(element, declaration, type_id);
        };
        self.attributes(element, complex)?;
        if is_nil {
            self.nothing(element, "cvc-elt.3.2.1");
            return Ok(());
        }
        match &complex.content {
            Content::Empty => {
                self.nothing(element, "cvc-complex-type.2.1");
                Ok(())
            }
            Content::Simple(simple) => self.value(element, declaration, *simple),
            Content::Elements { is_mixed, .. } => {
                if *is_mixed {
                    self.fixed_mixed(element, declaration)?;
                } else {
                    self.blank(element);
                }
                self.enter(element, type_id)
            }
        }
    }

    fn enter(&mut self, element: ElementRef<'d>, type_id: TypeId) -> Result<(), Unjudged> {
        let Some(content) = self.schema.contents.get(&type_id) else {
            return Ok(());
        };
        let run = Run::new(content, self.model(), self.limits);
        let run = run.map_err(|exceeded| Self::exceeded(element, exceeded))?;
        self.frames.push(Frame {
            element,
            children: Remaining::of(element),
            content: Children::Model(run),
            is_lost: false,
        });
        Ok(())
    }

    /// §3.3.4, clause 3.1.1 of Element Locally Valid (Type).
    fn no_attributes(&mut self, element: ElementRef<'d>) {
        for attribute in element.attributes() {
            if !is_always_allowed(attribute) {
                let message = "an element of simple type has no attributes".to_owned();
                self.report_attribute(element, attribute, "cvc-type.3.1.1", message);
            }
        }
    }
}
