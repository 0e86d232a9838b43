// SPDX-License-Identifier: Apache-2.0
//! Facets (Part 2, §4.3): which a type may have, what their values may be, and that they restrict.

use std::cmp::Ordering;

use canonical_xml::ElementRef;

use crate::error::SchemaFault;
use crate::model::{Bound, Facets, SimpleType, TypeId, Variety};
use crate::pattern::{Pattern, PatternError};
use crate::simple::{Judge, Misfit};
use crate::value::{Primitive, Value, WhiteSpace};

use super::{At, Outcome, Reader};

/// The facets that are no definitions, by name.
pub(super) const FACETS: [&str; 12] = [
    "length",
    "minLength",
    "maxLength",
    "pattern",
    "enumeration",
    "whiteSpace",
    "minInclusive",
    "minExclusive",
    "maxInclusive",
    "maxExclusive",
    "totalDigits",
    "fractionDigits",
];

/// Whether a type may have a facet (§4.1.5).
fn applies(simple: &SimpleType, facet: &str) -> bool {
    let lengths = ["length", "minLength", "maxLength"];
    match (&simple.variety, facet) {
        (_, "pattern") => true,
        (Variety::Union(_), facet) => facet == "enumeration",
        (Variety::Atomic(Primitive::Boolean), facet) => facet == "whiteSpace",
        (_, "enumeration" | "whiteSpace") => true,
        (Variety::List(_), facet) => lengths.contains(&facet),
        (Variety::Atomic(primitive), "totalDigits" | "fractionDigits") => {
            *primitive == Primitive::Decimal
        }
        (Variety::Atomic(primitive), facet) => lengths.contains(&facet) != primitive.is_ordered(),
    }
}

impl<'d> Reader<'d> {
    /// Applies the facets within `at` to a copy of the base.
    pub(super) fn facets(
        &mut self,
        at: At<'d>,
        base: TypeId,
        simple: &mut SimpleType,
    ) -> Outcome<()> {
        let before = simple.facets.clone();
        let is_facet = |child: &At<'d>| FACETS.contains(&child.node.local());
        let facets: Vec<_> = at.children().filter(is_facet).collect();
        let (mut patterns, mut values, mut seen) = (Vec::new(), Vec::new(), Vec::new());
        for facet in facets {
            self.count(facet)?;
            let name = facet.node.local();
            if !applies(simple, name) {
                let message = format!("the type has no facet `{name}`");
                return Err(self.invalid(facet, "cos-applicable-facets", message));
            }
            let Some(value) = facet.node.attribute("", "value") else {
                return Err(self.invalid(facet, "src-facet", format!("`{name}` needs a `value`")));
            };
            match name {
                "pattern" => patterns.push(self.pattern(facet, &value)?),
                "enumeration" => values.push(self.enumerated(facet, base, &value)?),
                _ if seen.contains(&name) => {
                    let message = format!("`{name}` stands twice");
                    return Err(self.invalid(facet, "src-single-facet-value", message));
                }
                _ => {
                    seen.push(name);
                    self.facet(facet, simple, value.trim_matches(crate::value::is_space))?;
                }
            }
        }
        let set = |name: &&str| seen.contains(name);
        if ["minInclusive", "minExclusive"].iter().all(set)
            || ["maxInclusive", "maxExclusive"].iter().all(set)
        {
            let message = "an inclusive and an exclusive bound on one side";
            return Err(self.invalid(at, "minInclusive-minExclusive", message));
        }
        if !patterns.is_empty() {
            simple.facets.patterns.push(patterns.into());
        }
        if !values.is_empty() {
            simple.facets.enumeration = Some(values.into());
        }
        if let Some((rule, message)) = loosened(&before, &simple.facets) {
            return Err(self.invalid(at, rule, message));
        }
        Ok(())
    }

    fn pattern(&self, at: At<'d>, source: &str) -> Outcome<Pattern> {
        Pattern::compile(source, self.limits).map_err(|error| match error {
            PatternError::Limit(exceeded) => self.exceeded(at, exceeded),
            grammar @ PatternError::Grammar { .. } => {
                self.invalid(at, "pattern-regex", grammar.to_string())
            }
        })
    }

    fn enumerated(&self, at: At<'d>, base: TypeId, text: &str) -> Outcome<Value> {
        self.value_of(at, base, text, "enumeration-valid-restriction")
    }

    /// The value that a text in the schema has by a type.
    pub(super) fn value_of(
        &self,
        at: At<'d>,
        id: TypeId,
        text: &str,
        rule: &'static str,
    ) -> Outcome<Value> {
        let judge = Judge {
            model: &self.model,
            limits: self.limits,
        };
        let node: ElementRef<'d> = at.node;
        let resolve = |prefix: &str| node.resolve_prefix(prefix);
        match judge.judge(id, text, &resolve) {
            Ok(judged) => Ok(judged.value),
            Err(Misfit::Limit(exceeded)) => Err(self.exceeded(at, exceeded)),
            Err(Misfit::Expected(_, expected)) => {
                let message = format!("`{text}` is no value of the type; expected {expected}");
                Err(self.invalid(at, rule, message))
            }
        }
    }

    fn facet(&self, at: At<'d>, simple: &mut SimpleType, value: &str) -> Outcome<()> {
        let name = at.node.local();
        let is_changed = match name {
            "whiteSpace" => {
                let white_space = match value {
                    "preserve" => WhiteSpace::Preserve,
                    "replace" => WhiteSpace::Replace,
                    "collapse" => WhiteSpace::Collapse,
                    _ => {
                        return Err(self.invalid(
                            at,
                            "src-facet",
                            "`whiteSpace` is `preserve`, `replace` or `collapse`",
                        ));
                    }
                };
                if white_space < simple.white_space {
                    let message = "white space is normalised less than in the base";
                    return Err(self.invalid(at, "whiteSpace-valid-restriction", message));
                }
                let before = simple.white_space;
                simple.white_space = white_space;
                before != white_space
            }
            "minInclusive" | "minExclusive" => {
                let bound = self.bound(at, simple, value)?;
                replace_bound(&mut simple.facets.least, bound)
            }
            "maxInclusive" | "maxExclusive" => {
                let bound = self.bound(at, simple, value)?;
                replace_bound(&mut simple.facets.most, bound)
            }
            _ => {
                let number = self.number(at, value)?;
                let facets = &mut simple.facets;
                let facet = match name {
                    "length" => &mut facets.length,
                    "minLength" => &mut facets.min_length,
                    "maxLength" => &mut facets.max_length,
                    "totalDigits" => &mut facets.total_digits,
                    _ => &mut facets.fraction_digits,
                };
                facet.replace(number) != Some(number)
            }
        };
        if is_changed && simple.facets.fixed.contains(&name) {
            let message = format!("`{name}` is fixed in the base");
            return Err(self.invalid(at, "src-facet-fixed", message));
        }
        let is_fixed = at
            .attribute("fixed")
            .is_some_and(|fixed| matches!(fixed.as_str(), "true" | "1"));
        if is_fixed && let Some(name) = FACETS.iter().find(|facet| **facet == name) {
            simple.facets.fixed.push(name);
        }
        Ok(())
    }

    fn number(&self, at: At<'d>, text: &str) -> Outcome<usize> {
        let digits = text.strip_prefix('+').unwrap_or(text);
        let is_number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
        let number = digits.parse().unwrap_or(usize::MAX);
        let least = usize::from(at.node.local() == "totalDigits");
        if is_number && number >= least {
            return Ok(number);
        }
        let message = format!("the value is a whole number from {least}");
        Err(self.invalid(at, "src-facet", message))
    }

    /// A bound is a value of the primitive type, in the form that the type asks for.
    fn bound(&self, at: At<'d>, simple: &SimpleType, text: &str) -> Outcome<Bound> {
        let Variety::Atomic(primitive) = simple.variety else {
            return Err(self.fault(
                at,
                SchemaFault::Unsupported("a bound of such a type".to_owned()),
            ));
        };
        let expected = match simple.lexical {
            Some(lexical) if !lexical.fits(text) => Err(lexical.form()),
            _ => primitive
                .read(text, &|_| None)
                .map_err(|_| primitive.form()),
        };
        match expected {
            Ok(value) => Ok(Bound {
                value,
                is_inclusive: at.node.local().ends_with("Inclusive"),
                text: text.to_owned(),
            }),
            Err(form) => {
                let message = format!("`{text}` is no value of the type; expected {form}");
                Err(self.invalid(at, "src-facet", message))
            }
        }
    }
}

/// Sets a bound, and says whether it is another one.
fn replace_bound(place: &mut Option<Bound>, bound: Bound) -> bool {
    let is_same = place.as_ref().is_some_and(|old| {
        old.is_inclusive == bound.is_inclusive && old.value.equals(&bound.value)
    });
    *place = Some(bound);
    !is_same
}

/// The first facet by which a type takes more than its base, or nothing at all.
fn loosened(base: &Facets, derived: &Facets) -> Option<(&'static str, &'static str)> {
    let grows = |base: Option<usize>, derived: Option<usize>| matches!((base, derived), (Some(base), Some(derived)) if derived > base);
    let shrinks = |base, derived| grows(derived, base);
    let differs = grows(base.length, derived.length) || shrinks(base.length, derived.length);
    let is_empty = grows(derived.max_length, derived.min_length)
        || grows(derived.max_length, derived.length)
        || grows(derived.length, derived.min_length);
    let found = [
        (
            differs,
            "length-valid-restriction",
            "`length` is another than that of the base",
        ),
        (
            shrinks(base.min_length, derived.min_length),
            "minLength-valid-restriction",
            "`minLength` is below that of the base",
        ),
        (
            grows(base.max_length, derived.max_length),
            "maxLength-valid-restriction",
            "`maxLength` is above that of the base",
        ),
        (
            is_empty,
            "minLength-less-than-equal-to-maxLength",
            "no length is left",
        ),
        (
            grows(base.total_digits, derived.total_digits),
            "totalDigits-valid-restriction",
            "`totalDigits` is above that of the base",
        ),
        (
            grows(base.fraction_digits, derived.fraction_digits),
            "fractionDigits-valid-restriction",
            "`fractionDigits` is above that of the base",
        ),
        (
            grows(derived.total_digits, derived.fraction_digits),
            "fractionDigits-totalDigits",
            "more digits behind the point than in all",
        ),
        (
            !contains(&base.least, &derived.least, Ordering::Greater),
            "minInclusive-valid-restriction",
            "the lower bound is below that of the base",
        ),
        (
            !contains(&base.most, &derived.most, Ordering::Less),
            "maxInclusive-valid-restriction",
            "the upper bound is above that of the base",
        ),
        (
            derived.least.as_ref().is_some_and(|least| {
                derived
                    .most
                    .as_ref()
                    .is_some_and(|most| is_above(least, most))
            }),
            "minInclusive-less-than-equal-to-maxInclusive",
            "the lower bound is above the upper one",
        ),
    ];
    let (_, rule, message) = found.into_iter().find(|(is_wrong, _, _)| *is_wrong)?;
    Some((rule, message))
}

/// Whether a bound is at that of the base or on its side of it.
fn contains(base: &Option<Bound>, derived: &Option<Bound>, side: Ordering) -> bool {
    let (Some(base), Some(derived)) = (base, derived) else {
        return true;
    };
    match derived.value.compare(&base.value) {
        Some(Ordering::Equal) => base.is_inclusive || !derived.is_inclusive,
        Some(order) => order == side,
        None => derived.value.equals(&base.value),
    }
}

fn is_above(least: &Bound, most: &Bound) -> bool {
    match least.value.compare(&most.value) {
        Some(Ordering::Greater) => true,
        // Both exclusive is allowed (§4.3.9.4), one of them is not (§4.3.8.4, §4.3.10.4).
        Some(Ordering::Equal) => least.is_inclusive != most.is_inclusive,
        _ => false,
    }
}
