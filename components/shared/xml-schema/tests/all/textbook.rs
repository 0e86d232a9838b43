// SPDX-License-Identifier: Apache-2.0
//! What fits a content model, by the text of the recommendation (Part 1, §3.8.4 and §3.9.4) and as slowly as that: all places where a particle that begins here may
//! end. It shares nothing with the validator, and decides where that and libxml2 differ.

use std::collections::BTreeSet;

use canonical_xml::{Document, ElementRef};
use proptest::prelude::*;
use proptest::test_runner::{TestRng, TestRunner};
use xml_schema::{Files, Limits, Schema, Violation, XSI_NAMESPACE};

use crate::generate::{Counts, Model, Particle, Tape, Term, Type, documents, schema};

/// Whether every element of a document has the children that its content model asks for.
pub(crate) fn fits(model: &Model, document: &Document<'_>) -> bool {
    let judge = Judge { model };
    judge.element(&model.root, document.root(), false)
}

/// Whether some violation is about children that are missing or may not be there.
pub(crate) fn is_of_children(violations: &[Violation]) -> bool {
    violations
        .iter()
        .any(|violation| violation.rule == "cvc-complex-type.2.4")
}

struct Judge<'m> {
    model: &'m Model,
}

impl Judge<'_> {
    fn element(&self, of: &Type, element: ElementRef<'_>, is_nillable: bool) -> bool {
        let says_nil = element.attribute(XSI_NAMESPACE, "nil").is_some();
        let Type::Complex { content, base, .. } = of else {
            return true;
        };
        if says_nil && is_nillable {
            return true;
        }
        let children: Vec<_> = element.children().collect();
        let starts = match base {
            Some(base) => self.ends(base, &children, 0),
            None => BTreeSet::from([0]),
        };
        let mut ends = starts
            .into_iter()
            .flat_map(|start| self.ends(content, &children, start));
        let fits = ends.any(|end| end == children.len());
        fits && children
            .iter()
            .all(|child| self.child(base.as_ref(), content, *child))
    }

    /// Whether a child, which is where it may be, has the children that it should have.
    fn child(&self, base: Option<&Particle>, content: &Particle, child: ElementRef<'_>) -> bool {
        let particles = base.into_iter().chain([content]);
        let mut found = particles.filter_map(|particle| self.declaration(particle, child));
        found
            .next()
            .is_none_or(|(of, is_nillable)| self.element(of, child, is_nillable))
    }

    fn declaration<'p>(
        &self,
        particle: &'p Particle,
        child: ElementRef<'_>,
    ) -> Option<(&'p Type, bool)> {
        match &particle.term {
            Term::Element {
                content,
                is_nillable,
                ..
            } => self
                .is_of(&particle.term, child)
                .then_some((content, *is_nillable)),
            Term::Sequence(particles) | Term::Choice(particles) | Term::All(particles) => particles
                .iter()
                .find_map(|particle| self.declaration(particle, child)),
            Term::Head | Term::Any => None,
        }
    }

    /// Where a particle may end that begins at `start`.
    fn ends(
        &self,
        particle: &Particle,
        children: &[ElementRef<'_>],
        start: usize,
    ) -> BTreeSet<usize> {
        // Beyond this, more rounds change nothing: each but the least ones takes a child.
        let most = particle.most.unwrap_or(particle.least + children.len());
        let mut now = BTreeSet::from([start]);
        let mut ends = BTreeSet::new();
        for round in 0..=most {
            if round >= particle.least {
                ends.extend(&now);
            }
            let next = now
                .iter()
                .flat_map(|start| self.term_ends(&particle.term, children, *start));
            now = next.collect();
        }
        ends
    }

    fn term_ends(&self, term: &Term, children: &[ElementRef<'_>], start: usize) -> BTreeSet<usize> {
        match term {
            Term::Element { .. } | Term::Head | Term::Any => {
                let fits = children
                    .get(start)
                    .is_some_and(|child| self.is_of(term, *child));
                fits.then_some(start + 1).into_iter().collect()
            }
            Term::Sequence(particles) => {
                particles
                    .iter()
                    .fold(BTreeSet::from([start]), |starts, particle| {
                        let ends = starts
                            .iter()
                            .flat_map(|start| self.ends(particle, children, *start));
                        ends.collect()
                    })
            }
            Term::Choice(particles) => {
                let ends = particles
                    .iter()
                    .flat_map(|particle| self.ends(particle, children, start));
                ends.collect()
            }
            Term::All(particles) => {
                let rest = &children[start..];
                let is_known = |child: &ElementRef<'_>| {
                    particles
                        .iter()
                        .any(|particle| self.is_of(&particle.term, *child))
                };
                let is_counted = |particle: &Particle| {
                    let times = rest
                        .iter()
                        .filter(|child| self.is_of(&particle.term, **child))
                        .count();
                    times <= 1 && times >= particle.least
                };
                let fits = rest.iter().all(is_known) && particles.iter().all(is_counted);
                fits.then_some(children.len()).into_iter().collect()
            }
        }
    }

    fn is_of(&self, term: &Term, child: ElementRef<'_>) -> bool {
        match term {
            Term::Head => ["head", "member0", "member1"]
                .iter()
                .any(|name| child.is("urn:t", name)),
            Term::Any => !matches!(child.namespace(), "" | "urn:t"),
            Term::Element { name, .. } => {
                child.is(if self.model.is_qualified { "urn:t" } else { "" }, name)
            }
            _ => false,
        }
    }
}

/// Groups within groups, counted at every level.
#[test]
fn content_models_are_those_of_the_textbook() {
    let config = ProptestConfig {
        cases: 120,
        max_shrink_iters: 30,
        failure_persistence: None,
        ..ProptestConfig::default()
    };
    let counts = std::cell::RefCell::new((0, 0));
    let tapes = proptest::collection::vec(any::<u8>(), 40..400);
    let random = TestRng::deterministic_rng(config.rng_algorithm);
    TestRunner::new_with_rng(config, random)
        .run(&tapes, |tape| {
            let mut tape = Tape::new(tape);
            let model = schema(&mut tape, Counts::All);
            let mut files = Files::new();
            files.add("schema.xsd", model.text());
            let Ok(compiled) = Schema::compile(&files, &["schema.xsd"], &Limits::default()) else {
                return Ok(());
            };
            for text in documents(&model, &mut tape, 20) {
                let document =
                    Document::parse(text.as_bytes(), &canonical_xml::Limits::default()).unwrap();
                let violations = compiled.validate(&document).unwrap();
                let fits = fits(&model, &document);
                prop_assert_eq!(
                    !is_of_children(&violations),
                    fits,
                    "{:?}\n{}\n{}",
                    violations,
                    model.text(),
                    text
                );
                let mut counts = counts.borrow_mut();
                *counts = (counts.0 + 1, counts.1 + usize::from(fits));
            }
            Ok(())
        })
        .unwrap();
    let (judged, fitting) = counts.into_inner();
    println!("{judged} documents, {fitting} of them fitting");
    assert!(
        judged > 500 && fitting * 10 > judged && fitting < judged,
        "{fitting} of {judged}"
    );
}
