// SPDX-License-Identifier: Apache-2.0
//! Attributes of an element of complex type (Part 1, §3.4.4, clauses 3 to 5).

use canonical_xml::{AttributeRef, ElementRef};

use crate::model::{AttributeDeclaration, ComplexType};
use crate::name::{QName, XSI_NAMESPACE};
use crate::simple::Misfit;
use crate::verdict::{Unjudged, Violation};
use crate::wildcard::Process;

use super::Validator;

/// The attributes that every element may have (§2.6).
const ALWAYS: [&str; 4] = ["type", "nil", "schemaLocation", "noNamespaceSchemaLocation"];

/// Whether an attribute is one that every element may have.
pub(super) fn is_always_allowed(attribute: AttributeRef<'_>) -> bool {
    attribute.namespace() == XSI_NAMESPACE && ALWAYS.contains(&attribute.local())
}

impl<'s, 'd> Validator<'s, 'd> {
    pub(super) fn attributes(
        &mut self,
        element: ElementRef<'d>,
        complex: &'s ComplexType,
    ) -> Result<(), Unjudged> {
        for attribute in element.attributes() {
            if !is_always_allowed(attribute) {
                self.attribute(element, attribute, complex)?;
            }
        }
        for expected in complex
            .attributes
            .iter()
            .filter(|attribute| attribute.is_required)
        {
            let name = &expected.declaration.name;
            if element.attribute(name.namespace(), name.local()).is_none() {
                let message = format!("the attribute {name} is missing");
                self.report(element, "cvc-complex-type.4", message);
            }
        }
        Ok(())
    }

    fn attribute(
        &mut self,
        element: ElementRef<'d>,
        attribute: AttributeRef<'d>,
        complex: &'s ComplexType,
    ) -> Result<(), Unjudged> {
        let (namespace, local) = (attribute.namespace(), attribute.local());
        let mut declared = complex
            .attributes
            .iter()
            .map(|attribute| &attribute.declaration);
        if let Some(declaration) = declared.find(|known| known.name.is(namespace, local)) {
            return self.attribute_value(element, attribute, declaration);
        }
        let wildcard = complex.any_attribute.as_ref();
        let Some(wildcard) = wildcard.filter(|any| any.namespaces.allow(namespace)) else {
            let message = "the attribute is not declared here";
            self.report_attribute(
                element,
                attribute,
                "cvc-complex-type.3.2",
                message.to_owned(),
            );
            return Ok(());
        };
        if wildcard.process == Process::Skip {
            return Ok(());
        }
        match self
            .model()
            .named_attributes
            .get(&QName::new(namespace, local))
        {
            Some(declaration) => self.attribute_value(element, attribute, declaration),
            None if wildcard.process == Process::Strict => {
                let message = "a wildcard lets this attribute in, but the schema has no global attribute of this name";
                self.report_attribute(
                    element,
                    attribute,
                    "cvc-complex-type.3.2",
                    message.to_owned(),
                );
                Ok(())
            }
            None => Ok(()),
        }
    }

    /// §3.2.4.
    fn attribute_value(
        &mut self,
        element: ElementRef<'d>,
        attribute: AttributeRef<'d>,
        declaration: &'s AttributeDeclaration,
    ) -> Result<(), Unjudged> {
        let value = attribute.value();
        let resolve = |prefix: &str| element.resolve_prefix(prefix);
        let judged = match self.judge().judge(declaration.type_id, &value, &resolve) {
            Ok(judged) => judged,
            Err(Misfit::Limit(exceeded)) => return Err(Self::exceeded(element, exceeded)),
            Err(Misfit::Expected(rule, expected)) => {
                let name = self.model().type_name(declaration.type_id);
                let message = format!("the value does not fit {name}; expected {expected}");
                self.report_attribute(element, attribute, rule, message);
                return Ok(());
            }
        };
        let fixed = declaration
            .constraint
            .as_ref()
            .filter(|constraint| constraint.is_fixed);
        if let Some(fixed) = fixed
            && fixed
                .value
                .as_ref()
                .is_some_and(|fixed| !fixed.equals(&judged.value))
        {
            let message = format!("the value is fixed; expected `{}`", fixed.text);
            self.report_attribute(element, attribute, "cvc-attribute.4", message);
        }
        self.take(element, judged);
        Ok(())
    }

    pub(super) fn report_attribute(
        &mut self,
        element: ElementRef<'d>,
        attribute: AttributeRef<'d>,
        rule: &'static str,
        message: String,
    ) {
        if self.is_full() {
            return;
        }
        self.violations.push(Violation {
            position: element.position(),
            path: format!("{}/@{}", element.path(), attribute.local()),
            rule,
            message,
        });
    }
}
