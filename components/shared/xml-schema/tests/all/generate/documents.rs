// SPDX-License-Identifier: Apache-2.0
//! Documents of a model.

use super::{Attribute, Model, Particle, SIMPLE, Tape, Term, Type};

/// Documents, about half of them with a mistake somewhere.
pub(crate) fn documents(model: &Model, tape: &mut Tape, count: usize) -> Vec<String> {
    (0..count)
        .map(|index| {
            let mut writer = Writer {
                tape,
                is_qualified: model.is_qualified,
                // So many decisions are right before one is wrong; the even ones are all right.
                mistakes: index % 2,
                text: String::new(),
            };
            writer.text.push_str(
                "<t:r xmlns:t=\"urn:t\" xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\"",
            );
            writer.of_type(&model.root, false);
            writer.text.push_str("</t:r>\n");
            writer.text
        })
        .collect()
}

struct Writer<'t> {
    tape: &'t mut Tape,
    is_qualified: bool,
    /// How many there may be still.
    mistakes: usize,
    text: String,
}

impl Writer<'_> {
    /// Whether to make a mistake here.
    fn errs(&mut self) -> bool {
        let errs = self.mistakes > 0 && self.tape.one_in(7);
        self.mistakes -= usize::from(errs);
        errs
    }

    fn value(&mut self, simple: usize) -> &'static str {
        let simple = &SIMPLE[simple];
        let is_wrong = !simple.wrong.is_empty() && self.errs();
        let values = if is_wrong { simple.wrong } else { simple.right };
        values[self.tape.below(values.len())]
    }

    fn attributes(&mut self, attributes: &[Attribute]) {
        for attribute in attributes {
            let is_there = attribute.is_required || self.tape.below(2) == 1;
            if is_there != self.errs() {
                let value = self.value(attribute.simple);
                self.text
                    .push_str(&format!(" {}=\"{value}\"", attribute.name));
            }
        }
        if self.errs() {
            self.text.push_str(" other=\"\"");
        }
    }

    /// From behind the name to before the end tag.
    fn of_type(&mut self, a_type: &Type, is_nil: bool) {
        match a_type {
            Type::Simple(_) => {}
            Type::Valued { attributes, .. } | Type::Complex { attributes, .. } => {
                self.attributes(attributes)
            }
        }
        if is_nil {
            self.text.push_str(" xsi:nil=\"true\">");
            if self.errs() {
                self.text.push('x');
            }
            return;
        }
        self.text.push('>');
        match a_type {
            Type::Simple(simple) | Type::Valued { simple, .. } => {
                let value = self.value(*simple);
                self.text.push_str(value);
                if self.errs() {
                    self.text.push_str("<t:more/>");
                }
            }
            Type::Complex {
                content,
                is_mixed,
                base,
                ..
            } => {
                if *is_mixed || self.errs() {
                    self.text.push_str("text");
                }
                if let Some(base) = base {
                    self.particle(base);
                }
                self.particle(content);
                if self.errs() {
                    let more = *self.tape.pick(&[
                        "<t:more/>",
                        "<e0/>",
                        "<t:member0>1</t:member0>",
                        "<t:head>1</t:head>",
                    ]);
                    self.text.push_str(more);
                }
            }
        }
    }

    fn particle(&mut self, particle: &Particle) {
        let most = particle.most.unwrap_or(particle.least + 2);
        let mut times = particle.least + self.tape.below(most - particle.least + 1);
        if self.errs() {
            times = *self
                .tape
                .pick(&[particle.least.saturating_sub(1), most + 1]);
        }
        for _ in 0..times {
            self.term(&particle.term);
        }
    }

    fn term(&mut self, term: &Term) {
        match term {
            Term::Sequence(particles) => {
                for particle in particles {
                    self.particle(particle);
                }
            }
            Term::Choice(particles) => {
                let chosen = self.tape.below(particles.len());
                self.particle(&particles[chosen]);
            }
            Term::All(particles) => {
                let first = self.tape.below(particles.len());
                for index in 0..particles.len() {
                    self.particle(&particles[(first + index) % particles.len()]);
                }
            }
            Term::Head => {
                let member = *self.tape.pick(&["member0", "member1"]);
                let name = if self.errs() { "head" } else { member };
                let value = if self.errs() { "x" } else { "7" };
                self.text.push_str(&format!("<t:{name}>{value}</t:{name}>"));
            }
            Term::Any => {
                let other = *self.tape.pick(&[
                    "<o:x xmlns:o=\"urn:o\"/>",
                    "<o:y xmlns:o=\"urn:p\">z<w/></o:y>",
                ]);
                let text = if self.errs() { "<local/>" } else { other };
                self.text.push_str(text);
            }
            Term::Element {
                name,
                content,
                is_nillable,
            } => {
                let prefix = if self.is_qualified == self.errs() {
                    ""
                } else {
                    "t:"
                };
                let is_nil = if self.errs() {
                    !is_nillable
                } else {
                    *is_nillable && self.tape.below(2) == 1
                };
                self.text.push_str(&format!("<{prefix}{name}"));
                self.of_type(content, is_nil);
                self.text.push_str(&format!("</{prefix}{name}>"));
            }
        }
    }
}
