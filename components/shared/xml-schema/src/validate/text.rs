// SPDX-License-Identifier: Apache-2.0
//! Text of elements: values of simple types, default and fixed ones, and where there may be none.

use canonical_xml::ElementRef;

use crate::model::{ElementDeclaration, TypeId};
use crate::simple::{Judged, Misfit};
use crate::verdict::Unjudged;

use super::Validator;

impl<'s, 'd> Validator<'s, 'd> {
    fn own_text(element: ElementRef<'d>) -> Result<std::borrow::Cow<'d, str>, Unjudged> {
        element
            .text()
            .to_str()
            .ok_or_else(|| Unjudged::TextElsewhere {
                position: element.position(),
                path: element.path(),
            })
    }

    /// An element whose content is a value (Part 1, §3.3.4, clause 5; §3.14.4).
    pub(super) fn value(
        &mut self,
        element: ElementRef<'d>,
        declaration: Option<&'s ElementDeclaration>,
        type_id: TypeId,
    ) -> Result<(), Unjudged> {
        if let Some(child) = element.children().next() {
            let message = "an element of this type has text and no elements in it";
            self.report(child, "cvc-type.3.1.2", message);
            return Ok(());
        }
        let own = Self::own_text(element)?;
        let constraint = declaration.and_then(|declaration| declaration.constraint.as_ref());
        let default = constraint.filter(|_| own.is_empty());
        let text = default.map_or(&*own, |default| default.text.as_str());
        let resolve = |prefix: &str| element.resolve_prefix(prefix);
        let judged = match self.judge().judge(type_id, text, &resolve) {
            Ok(judged) => judged,
            Err(Misfit::Limit(exceeded)) => return Err(Self::exceeded(element, exceeded)),
            Err(Misfit::Expected(rule, expected)) => {
                let name = self.model().type_name(type_id);
                let message = format!("the text does not fit {name}; expected {expected}");
                self.report(element, rule, message);
                return Ok(());
            }
        };
        let fixed = constraint.filter(|constraint| constraint.is_fixed && default.is_none());
        if let Some(fixed) = fixed
            && fixed
                .value
                .as_ref()
                .is_some_and(|fixed| !fixed.equals(&judged.value))
        {
            let message = format!("the value is fixed; expected `{}`", fixed.text);
            self.report(element, "cvc-elt.5.2.2.2", message);
        }
        self.take(element, judged);
        Ok(())
    }

    /// Keeps the identifiers of a value.
    pub(super) fn take(&mut self, element: ElementRef<'d>, judged: Judged) {
        for identifier in judged.identifiers {
            if identifier.is_reference {
                self.identifiers.refer(identifier.text, element);
            } else if !self.identifiers.give(identifier.text) {
                let message = "another element of the document has this identifier";
                self.report(element, "cvc-id.2", message);
            }
        }
    }

    /// An element that may have no text but white space (§3.4.4, 2.3).
    pub(super) fn blank(&mut self, element: ElementRef<'d>) {
        if !element.text().is_blank() {
            let message = "there is text between the elements, and there may be none";
            self.report(element, "cvc-complex-type.2.3", message);
        }
    }

    /// An element that may have nothing at all in it (§3.4.4, 2.1).
    pub(super) fn nothing(&mut self, element: ElementRef<'d>, rule: &'static str) {
        let has_text = element.text().pieces().next().is_some()
            && !Self::own_text(element).is_ok_and(|text| text.is_empty());
        if has_text || element.children().next().is_some() {
            let message = "the element has to be empty, without as much as a blank";
            self.report(element, rule, message);
        }
    }

    /// Mixed content with a fixed value (§3.3.4, 5.2.2.2.1).
    pub(super) fn fixed_mixed(
        &mut self,
        element: ElementRef<'d>,
        declaration: Option<&'s ElementDeclaration>,
    ) -> Result<(), Unjudged> {
        let constraint = declaration.and_then(|declaration| declaration.constraint.as_ref());
        let Some(fixed) = constraint.filter(|constraint| constraint.is_fixed) else {
            return Ok(());
        };
        let own = Self::own_text(element)?;
        let has_children = element.children().next().is_some();
        if has_children || (!own.is_empty() && *own != fixed.text) {
            let message = format!("the value is fixed; expected `{}`", fixed.text);
            self.report(element, "cvc-elt.5.2.2", message);
        }
        Ok(())
    }
}
