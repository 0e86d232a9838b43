// SPDX-License-Identifier: Apache-2.0
//! Documents judged by a schema (Part 1, §3.3.4 and what it refers to).

mod assess;
mod attributes;
mod frame;
mod identifiers;
mod text;
mod types;

use canonical_xml::ElementRef;

use crate::content::Step;
use crate::limits::{Exceeded, Limits};
use crate::model::{ElementId, Model};
use crate::name::QName;
use crate::read::Compiled;
use crate::simple::Judge;
use crate::verdict::{Unjudged, Violation};
use crate::wildcard::Process;

use frame::{Children, Frame};
use identifiers::Identifiers;

pub(crate) fn validate(
    schema: &Compiled,
    limits: &Limits,
    root: ElementRef<'_>,
) -> Result<Vec<Violation>, Unjudged> {
    let mut validator = Validator {
        schema,
        limits,
        violations: Vec::new(),
        identifiers: Identifiers::default(),
        frames: Vec::new(),
    };
    validator.run(root)?;
    Ok(validator.violations)
}

struct Validator<'s, 'd> {
    schema: &'s Compiled,
    limits: &'s Limits,
    violations: Vec<Violation>,
    identifiers: Identifiers<'d>,
    /// The elements that are open, the innermost last: documents may be deep, and the stack is small.
    frames: Vec<Frame<'s, 'd>>,
}

impl<'s, 'd> Validator<'s, 'd> {
    fn model(&self) -> &'s Model {
        &self.schema.model
    }

    fn judge(&self) -> Judge<'s> {
        Judge {
            model: &self.schema.model,
            limits: self.limits,
        }
    }

    /// Whether as many violations are listed as may be.
    fn is_full(&self) -> bool {
        self.violations.len() >= self.limits.violations
    }

    fn report(&mut self, element: ElementRef<'d>, rule: &'static str, message: impl Into<String>) {
        if self.is_full() {
            return;
        }
        self.violations.push(Violation {
            position: element.position(),
            path: element.path(),
            rule,
            message: message.into(),
        });
    }

    fn exceeded(element: ElementRef<'d>, exceeded: Exceeded) -> Unjudged {
        Unjudged::Limit {
            position: element.position(),
            path: element.path(),
            exceeded,
        }
    }

    fn global(&self, element: ElementRef<'d>) -> Option<ElementId> {
        let name = QName::new(element.namespace(), element.local());
        self.model().named_elements.get(&name).copied()
    }

    fn run(&mut self, root: ElementRef<'d>) -> Result<(), Unjudged> {
        match self.global(root) {
            Some(declaration) => self.open(root, Some(declaration))?,
            None => {
                let message =
                    "the schema has no global element of this name; expected is one that it has";
                self.report(root, "cvc-elt.1", message);
            }
        }
        while !self.is_full() {
            let Some(frame) = self.frames.last_mut() else {
                break;
            };
            match frame.children.next() {
                Some(child) => self.child(child)?,
                None => self.close(),
            }
        }
        if !self.is_full() {
            let missing: Vec<_> = self.identifiers.dangling().collect();
            for element in missing {
                let message = "an identifier is referred to that no element of the document has";
                self.report(element, "cvc-id.1", message);
            }
        }
        Ok(())
    }

    /// The next child of the innermost element that is open.
    fn child(&mut self, child: ElementRef<'d>) -> Result<(), Unjudged> {
        let Some(frame) = self.frames.last_mut() else {
            return Ok(());
        };
        let step = match &mut frame.content {
            Children::Model(run) => run.step(child.namespace(), child.local()),
            Children::Lax => return self.wild(child, Process::Lax),
        };
        match step.map_err(|exceeded| Self::exceeded(child, exceeded))? {
            Step::Element(declaration) => self.open(child, Some(declaration)),
            Step::Any(wildcard) => self.wild(child, wildcard.process),
            Step::Unexpected(expected) => {
                // What comes after is judged by a model that has lost its way: no more of this element.
                frame.children.stop();
                frame.is_lost = true;
                let message = format!("this element may not stand here; expected {expected}");
                self.report(child, "cvc-complex-type.2.4", message);
                Ok(())
            }
            Step::Ambiguous(found) => {
                let error = crate::read::ambiguous(&self.schema.positions, &found);
                Err(Unjudged::Schema(error))
            }
        }
    }

    /// An element that a wildcard lets in (§3.10.4).
    fn wild(&mut self, child: ElementRef<'d>, process: Process) -> Result<(), Unjudged> {
        if process == Process::Skip {
            return Ok(());
        }
        let declaration = self.global(child);
        let has_type = || {
            child
                .attribute(crate::name::XSI_NAMESPACE, "type")
                .is_some()
        };
        if declaration.is_none() && process == Process::Strict && !has_type() {
            let message = "a wildcard lets this element in, but the schema has no global element of this name";
            self.report(child, "cvc-complex-type.2.4", message);
            return Ok(());
        }
        self.open(child, declaration)
    }

    fn close(&mut self) {
        let Some(frame) = self.frames.pop() else {
            return;
        };
        let Children::Model(run) = &frame.content else {
            return;
        };
        if !frame.is_lost && !run.may_end() {
            let expected = run.expected();
            let message =
                format!("something is missing at the end of this element; expected {expected}");
            self.report(frame.element, "cvc-complex-type.2.4", message);
        }
    }
}
