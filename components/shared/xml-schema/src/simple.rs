// SPDX-License-Identifier: Apache-2.0
//! Texts judged by simple types (Part 2, §4.1.4).

use std::cmp::Ordering;

use crate::limits::{Exceeded, Limit, Limits};
use crate::model::{Bound, Facets, Model, SimpleType, TypeId, Variety};
use crate::value::{Lexical, NoValue, Primitive, Value, WhiteSpace};

/// Judges texts by the simple types of a model.
#[derive(Clone, Copy)]
pub(crate) struct Judge<'m> {
    pub(crate) model: &'m Model,
    pub(crate) limits: &'m Limits,
}

/// Gives what a prefix is bound to where the text stands.
pub(crate) type Resolve<'r> = &'r dyn Fn(&str) -> Option<&'r str>;

/// A value, and the identifiers in it.
pub(crate) struct Judged {
    pub(crate) value: Value,
    pub(crate) identifiers: Vec<Identifier>,
}

/// A value of the type `ID` or `IDREF`.
pub(crate) struct Identifier {
    pub(crate) is_reference: bool,
    pub(crate) text: String,
}

/// Why a text has no value of a type.
pub(crate) enum Misfit {
    /// What was expected, and the rule.
    Expected(&'static str, String),
    Limit(Exceeded),
}

impl From<Exceeded> for Misfit {
    fn from(exceeded: Exceeded) -> Self {
        Self::Limit(exceeded)
    }
}

impl Judge<'_> {
    /// The value that a text has by a type.
    pub(crate) fn judge(
        self,
        id: TypeId,
        text: &str,
        resolve: Resolve<'_>,
    ) -> Result<Judged, Misfit> {
        let mut identifiers = Vec::new();
        let value = self.value(id, text, resolve, &mut identifiers, self.limits.depth)?;
        Ok(Judged { value, identifiers })
    }

    fn value(
        self,
        id: TypeId,
        text: &str,
        resolve: Resolve<'_>,
        identifiers: &mut Vec<Identifier>,
        depth: usize,
    ) -> Result<Value, Misfit> {
        let Some(depth) = depth.checked_sub(1) else {
            return Err(Misfit::Limit(Exceeded {
                limit: Limit::Depth,
                maximum: self.limits.depth,
            }));
        };
        let Some(simple) = self.model.simple(id) else {
            return Err(Misfit::Expected("cvc-simple-type", "no text".to_owned()));
        };
        let normal = simple.white_space.normalise(text);
        let value = match &simple.variety {
            Variety::Atomic(primitive) => {
                self.atomic(simple, *primitive, &normal, resolve, identifiers)?
            }
            Variety::List(item) => {
                let items = normal.split(' ').filter(|item| !item.is_empty());
                let values: Result<_, _> = items
                    .map(|text| self.value(*item, text, resolve, identifiers, depth))
                    .collect();
                Value::List(values?)
            }
            Variety::Union(members) => {
                let (value, normal) = self.union(members, text, resolve, identifiers, depth)?;
                self.facets(&simple.facets, &normal, &value, true)?;
                return Ok(value);
            }
        };
        self.facets(&simple.facets, &normal, &value, simple.counts())?;
        Ok(value)
    }

    fn atomic(
        self,
        simple: &SimpleType,
        primitive: Primitive,
        text: &str,
        resolve: Resolve<'_>,
        identifiers: &mut Vec<Identifier>,
    ) -> Result<Value, Misfit> {
        if let Some(lexical) = simple.lexical {
            if !lexical.fits(text) {
                return Err(form(lexical.form()));
            }
            if matches!(lexical, Lexical::Id | Lexical::IdRef) {
                identifiers.push(Identifier {
                    is_reference: lexical == Lexical::IdRef,
                    text: text.to_owned(),
                });
            }
        }
        primitive.read(text, resolve).map_err(|why| match why {
            NoValue::Form(expected) => form(expected),
            NoValue::Prefix => form("a name whose prefix is bound where it stands"),
        })
    }

    /// The first member that takes the text (Part 2, §2.5.1.3), with the white space as that member has it.
    fn union(
        self,
        members: &[TypeId],
        text: &str,
        resolve: Resolve<'_>,
        identifiers: &mut Vec<Identifier>,
        depth: usize,
    ) -> Result<(Value, String), Misfit> {
        let mut expected = Vec::new();
        for member in members {
            let known = identifiers.len();
            match self.value(*member, text, resolve, identifiers, depth) {
                Ok(value) => {
                    let white_space = self.model.simple(*member).map(|simple| simple.white_space);
                    let white_space = white_space.unwrap_or(WhiteSpace::Preserve);
                    return Ok((value, white_space.normalise(text)));
                }
                Err(Misfit::Expected(_, message)) => {
                    identifiers.truncate(known);
                    expected.push(message);
                }
                Err(limit) => return Err(limit),
            }
        }
        Err(form_of(expected.join(", or ")))
    }

    /// Part 2, §4.3. Lengths count where the type has any.
    fn facets(
        self,
        facets: &Facets,
        text: &str,
        value: &Value,
        counts: bool,
    ) -> Result<(), Misfit> {
        for group in &facets.patterns {
            let mut fits = false;
            for pattern in &**group {
                fits = fits || pattern.matches(text, self.limits)?;
            }
            if !fits {
                let patterns: Vec<_> = group.iter().map(crate::pattern::Pattern::source).collect();
                let message = format!("what matches the pattern {}", patterns.join(" or "));
                return Err(Misfit::Expected("cvc-pattern-valid", message));
            }
        }
        if let Some(values) = &facets.enumeration
            && !values.iter().any(|allowed| allowed.equals(value))
        {
            return Err(Misfit::Expected(
                "cvc-enumeration-valid",
                enumeration(values),
            ));
        }
        if counts && let Some(length) = value.length() {
            lengths(facets, length, value)?;
        }
        bounds(facets, value)?;
        digits(facets, value)
    }
}

impl SimpleType {
    /// Whether its values have a length that facets restrict.
    fn counts(&self) -> bool {
        !matches!(self.variety, Variety::Atomic(Primitive::QName))
    }
}

fn form(expected: &'static str) -> Misfit {
    form_of(expected.to_owned())
}

fn form_of(expected: String) -> Misfit {
    Misfit::Expected("cvc-datatype-valid.1", expected)
}

/// The values that are allowed, if they can be told in few words.
fn enumeration(values: &[Value]) -> String {
    const MOST: usize = 12;
    let texts: Option<Vec<&str>> = values
        .iter()
        .take(MOST)
        .map(|value| match value {
            Value::Text(text) | Value::Uri(text) => Some(text.as_str()),
            _ => None,
        })
        .collect();
    match texts {
        Some(texts) if values.len() <= MOST => format!("one of: {}", texts.join(", ")),
        Some(texts) => format!("one of {} values: {}, …", values.len(), texts.join(", ")),
        None => format!("one of the {} values that the schema lists", values.len()),
    }
}

fn lengths(facets: &Facets, length: usize, value: &Value) -> Result<(), Misfit> {
    let unit = match value {
        Value::Binary(_) => "octets",
        Value::List(_) => "items",
        _ => "characters",
    };
    let refuse = |rule, how: &str, wanted: usize| {
        Err(Misfit::Expected(rule, format!("{how} {wanted} {unit}")))
    };
    match (facets.length, facets.min_length, facets.max_length) {
        (Some(exact), _, _) if length != exact => refuse("cvc-length-valid", "exactly", exact),
        (_, Some(least), _) if length < least => refuse("cvc-minLength-valid", "at least", least),
        (_, _, Some(most)) if length > most => refuse("cvc-maxLength-valid", "at most", most),
        _ => Ok(()),
    }
}

fn bounds(facets: &Facets, value: &Value) -> Result<(), Misfit> {
    let refuse = |bound: &Bound, inclusive, exclusive, how: [&str; 2]| {
        let [at, beyond] = how;
        let (rule, how) = match bound.is_inclusive {
            true => (inclusive, at),
            false => (exclusive, beyond),
        };
        Err(Misfit::Expected(
            rule,
            format!("a value {how} {}", bound.text),
        ))
    };
    if let Some(bound) = &facets.least
        && !bound.admits(value, Ordering::Greater)
    {
        let rules = ("cvc-minInclusive-valid", "cvc-minExclusive-valid");
        return refuse(bound, rules.0, rules.1, ["of at least", "above"]);
    }
    if let Some(bound) = &facets.most
        && !bound.admits(value, Ordering::Less)
    {
        let rules = ("cvc-maxInclusive-valid", "cvc-maxExclusive-valid");
        return refuse(bound, rules.0, rules.1, ["of at most", "below"]);
    }
    Ok(())
}

impl Bound {
    /// Whether a value is on this side of it, or at it.
    pub(crate) fn admits(&self, value: &Value, side: Ordering) -> bool {
        match value.compare(&self.value) {
            Some(Ordering::Equal) => self.is_inclusive,
            Some(order) => order == side,
            // NaN is not ordered and equal to itself.
            None => self.is_inclusive && value.equals(&self.value),
        }
    }
}

fn digits(facets: &Facets, value: &Value) -> Result<(), Misfit> {
    let Some((total, fraction)) = value.digits() else {
        return Ok(());
    };
    if let Some(most) = facets.total_digits.filter(|most| total > *most) {
        let message = format!("at most {most} digits in all");
        return Err(Misfit::Expected("cvc-totalDigits-valid", message));
    }
    if let Some(most) = facets.fraction_digits.filter(|most| fraction > *most) {
        let message = format!("at most {most} digits behind the point");
        return Err(Misfit::Expected("cvc-fractionDigits-valid", message));
    }
    Ok(())
}
