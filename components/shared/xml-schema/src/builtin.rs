// SPDX-License-Identifier: Apache-2.0
//! The built-in types (Part 2, §3) and those attributes that every schema has (Part 1, §3.2.7).

use std::sync::Arc;

use crate::model::{
    ANY_SIMPLE_TYPE, ANY_TYPE, Bound, ComplexType, Content, Derivations, Facets, Model, Particle,
    Place, SimpleType, Term, Type, TypeId, Variety,
};
use crate::name::{QName, XSD_NAMESPACE};
use crate::value::{Lexical, MomentKind, Primitive, WhiteSpace};
use crate::wildcard::{Namespaces, Process, Wildcard};

/// Primitive types.
const PRIMITIVES: [(&str, Primitive); 18] = [
    ("string", Primitive::String),
    ("boolean", Primitive::Boolean),
    ("decimal", Primitive::Decimal),
    ("float", Primitive::Float),
    ("double", Primitive::Double),
    ("duration", Primitive::Duration),
    ("dateTime", Primitive::Moment(MomentKind::DateTime)),
    ("time", Primitive::Moment(MomentKind::Time)),
    ("date", Primitive::Moment(MomentKind::Date)),
    ("gYearMonth", Primitive::Moment(MomentKind::YearMonth)),
    ("gYear", Primitive::Moment(MomentKind::Year)),
    ("gMonthDay", Primitive::Moment(MomentKind::MonthDay)),
    ("gDay", Primitive::Moment(MomentKind::Day)),
    ("gMonth", Primitive::Moment(MomentKind::Month)),
    ("hexBinary", Primitive::HexBinary),
    ("base64Binary", Primitive::Base64Binary),
    ("anyURI", Primitive::AnyUri),
    ("QName", Primitive::QName),
];

/// Types derived from `string`: name, base, white space, form.
const TEXTS: [(&str, &str, WhiteSpace, Option<Lexical>); 9] = [
    ("normalizedString", "string", WhiteSpace::Replace, None),
    ("token", "normalizedString", WhiteSpace::Collapse, None),
    (
        "language",
        "token",
        WhiteSpace::Collapse,
        Some(Lexical::Language),
    ),
    (
        "NMTOKEN",
        "token",
        WhiteSpace::Collapse,
        Some(Lexical::NmToken),
    ),
    ("Name", "token", WhiteSpace::Collapse, Some(Lexical::Name)),
    (
        "NCName",
        "Name",
        WhiteSpace::Collapse,
        Some(Lexical::NcName),
    ),
    ("ID", "NCName", WhiteSpace::Collapse, Some(Lexical::Id)),
    (
        "IDREF",
        "NCName",
        WhiteSpace::Collapse,
        Some(Lexical::IdRef),
    ),
    (
        "ENTITY",
        "NCName",
        WhiteSpace::Collapse,
        Some(Lexical::Entity),
    ),
];

/// Lists: name, item.
const LISTS: [(&str, &str); 3] = [
    ("NMTOKENS", "NMTOKEN"),
    ("IDREFS", "IDREF"),
    ("ENTITIES", "ENTITY"),
];

/// Whole numbers: name, base, least, most.
const INTEGERS: [(&str, &str, &str, &str); 13] = [
    ("integer", "decimal", "", ""),
    ("nonPositiveInteger", "integer", "", "0"),
    ("negativeInteger", "nonPositiveInteger", "", "-1"),
    (
        "long",
        "integer",
        "-9223372036854775808",
        "9223372036854775807",
    ),
    ("int", "long", "-2147483648", "2147483647"),
    ("short", "int", "-32768", "32767"),
    ("byte", "short", "-128", "127"),
    ("nonNegativeInteger", "integer", "0", ""),
    (
        "unsignedLong",
        "nonNegativeInteger",
        "0",
        "18446744073709551615",
    ),
    ("unsignedInt", "unsignedLong", "0", "4294967295"),
    ("unsignedShort", "unsignedInt", "0", "65535"),
    ("unsignedByte", "unsignedShort", "0", "255"),
    ("positiveInteger", "nonNegativeInteger", "1", ""),
];

/// A model that has the built-in types and nothing else.
pub(crate) fn model() -> Model {
    let mut model = Model::default();
    add(&mut model, "anyType", any_type());
    let any_simple = simple(ANY_TYPE, Primitive::AnySimple, WhiteSpace::Preserve);
    add(
        &mut model,
        "anySimpleType",
        Type::Simple(Box::new(any_simple)),
    );
    for (name, primitive) in PRIMITIVES {
        let white_space = match primitive {
            Primitive::String => WhiteSpace::Preserve,
            _ => WhiteSpace::Collapse,
        };
        let simple = simple(ANY_SIMPLE_TYPE, primitive, white_space);
        add(&mut model, name, Type::Simple(Box::new(simple)));
    }
    for (name, base, white_space, lexical) in TEXTS {
        derive(&mut model, name, base, |simple| {
            simple.white_space = white_space;
            simple.lexical = lexical.or(simple.lexical);
        });
    }
    for (name, item) in LISTS {
        let Some(item) = model.named_types.get(&xsd(item)).copied() else {
            continue;
        };
        let mut list = simple(ANY_SIMPLE_TYPE, Primitive::String, WhiteSpace::Collapse);
        list.variety = Variety::List(item);
        list.holds_list = true;
        list.facets.min_length = Some(1);
        add(&mut model, name, Type::Simple(Box::new(list)));
    }
    for (name, base, least, most) in INTEGERS {
        derive(&mut model, name, base, |simple| {
            simple.lexical = Some(Lexical::Integer);
            simple.facets.fraction_digits = Some(0);
            simple.facets.least = bound(least).or_else(|| simple.facets.least.take());
            simple.facets.most = bound(most).or_else(|| simple.facets.most.take());
        });
    }
    model
}

/// The built-in name `local`.
pub(crate) fn xsd(local: &str) -> QName {
    QName::new(XSD_NAMESPACE, local)
}

fn add(model: &mut Model, name: &str, mut component: Type) {
    let id = TypeId(u32::try_from(model.types.len()).unwrap_or(u32::MAX));
    match &mut component {
        Type::Simple(simple) => simple.name = Some(xsd(name)),
        Type::Complex(complex) => complex.name = Some(xsd(name)),
    }
    model.types.push(component);
    model.named_types.insert(xsd(name), id);
}

fn derive(model: &mut Model, name: &str, base: &str, change: impl FnOnce(&mut SimpleType)) {
    let Some(base) = model.named_types.get(&xsd(base)).copied() else {
        return;
    };
    let Some(mut derived) = model.simple(base).cloned() else {
        return;
    };
    derived.base = base;
    change(&mut derived);
    add(model, name, Type::Simple(Box::new(derived)));
}

fn simple(base: TypeId, primitive: Primitive, white_space: WhiteSpace) -> SimpleType {
    SimpleType {
        name: None,
        base,
        variety: Variety::Atomic(primitive),
        white_space,
        lexical: None,
        facets: Facets::default(),
        weight: 1,
        holds_list: false,
        forbids: Derivations::NONE,
    }
}

fn bound(text: &str) -> Option<Bound> {
    let value = Primitive::Decimal.read(text, &|_| None).ok()?;
    Some(Bound {
        value,
        is_inclusive: true,
        text: text.to_owned(),
    })
}

/// Part 1, §3.4.7.
fn any_type() -> Type {
    let any = Wildcard {
        namespaces: Namespaces::Any,
        process: Process::Lax,
    };
    let particle = |least, most, term, depth| Particle {
        least,
        most,
        term,
        depth,
        place: Place::default(),
    };
    let anything = particle(0, None, Term::Any(any.clone()), 0);
    let sequence = particle(1, Some(1), Term::Sequence(vec![Arc::new(anything)]), 1);
    Type::Complex(ComplexType {
        name: None,
        base: ANY_TYPE,
        derivation: Derivations::RESTRICTION,
        is_abstract: false,
        blocks: Derivations::NONE,
        forbids: Derivations::NONE,
        content: Content::Elements {
            particle: Arc::new(sequence),
            is_mixed: true,
        },
        attributes: Vec::new(),
        any_attribute: Some(any),
        place: Place::default(),
    })
}
