// SPDX-License-Identifier: Apache-2.0
//! Which type an element is judged by: that of its declaration, or the one it names itself (Part 1, §3.3.4, clause 4).

use canonical_xml::ElementRef;

use crate::model::{ANY_TYPE, Derivations, ElementDeclaration, Type, TypeId};
use crate::name::{QName, XSI_NAMESPACE};
use crate::read::is_derived;

use super::Validator;

impl<'s, 'd> Validator<'s, 'd> {
    /// The type, if the element can be judged by one; what stands in the way is reported.
    pub(super) fn type_of(
        &mut self,
        element: ElementRef<'d>,
        declaration: Option<&'s ElementDeclaration>,
    ) -> Option<TypeId> {
        let declared = declaration.map(|declaration| declaration.type_id);
        let Some(named) = element.attribute(XSI_NAMESPACE, "type") else {
            return self.usable(element, declared?);
        };
        let name = element
            .resolve_qname(&named)
            .map(|(namespace, local)| QName::new(namespace, local));
        let Some(found) = name.and_then(|name| self.model().named_types.get(&name).copied()) else {
            let message = "`xsi:type` names no type of the schema";
            self.report(element, "cvc-elt.4.2", message);
            return None;
        };
        if let Some(declaration) = declaration {
            let mut blocked = declaration.blocks;
            if let Some(Type::Complex(complex)) = self.model().get_type(declaration.type_id) {
                blocked = blocked.with(complex.blocks);
            }
            let blocked = blocked.only(Derivations::EXTENSION.with(Derivations::RESTRICTION));
            if !is_derived(self.model(), found, declaration.type_id, blocked) {
                let declared = self.model().type_name(declaration.type_id);
                let message = format!(
                    "`xsi:type` names a type that is not derived, as it may be, from the declared one: {declared}"
                );
                self.report(element, "cvc-elt.4.3", message);
                return None;
            }
        }
        self.usable(element, found)
    }

    fn usable(&mut self, element: ElementRef<'d>, id: TypeId) -> Option<TypeId> {
        match self.model().get_type(id) {
            Some(Type::Complex(complex)) if complex.is_abstract => {
                let name = self.model().type_name(id);
                let message = format!(
                    "the type {name} is abstract; name one that is derived from it with `xsi:type`"
                );
                self.report(element, "cvc-type.2", message);
                None
            }
            Some(_) => Some(id),
            None => Some(ANY_TYPE),
        }
    }
}
