// SPDX-License-Identifier: Apache-2.0
//! `block` and `final`: sets of derivations, and whether types are derived as they may be.

use crate::model::{ANY_TYPE, Derivations, Model, Type, TypeId, Variety};

/// The set that a value of `block`, `final` or their defaults names, nothing being the empty one; `None` for a value that names none.
pub(crate) fn set(value: Option<&str>) -> Option<Derivations> {
    let mut set = Derivations::NONE;
    for word in value.unwrap_or_default().split_ascii_whitespace() {
        set = set.with(match word {
            "#all" => Derivations(u8::MAX),
            "extension" => Derivations::EXTENSION,
            "restriction" => Derivations::RESTRICTION,
            "substitution" => Derivations::SUBSTITUTION,
            "list" => Derivations::LIST,
            "union" => Derivations::UNION,
            _ => return None,
        });
    }
    Some(set)
}

/// Whether a type is another one, or derived from it without what is in `without` (Part 1, §3.4.6 and §3.14.6: Type Derivation OK).
pub(crate) fn is_derived(model: &Model, from: TypeId, to: TypeId, without: Derivations) -> bool {
    let mut at = from;
    for _ in 0..=model.types.len() {
        if at == to {
            return true;
        }
        let Some(current) = model.get_type(at) else {
            return false;
        };
        let is_blocked = current.derivation().meets(without);
        if is_blocked || at == ANY_TYPE {
            break;
        }
        at = current.base();
    }
    is_member(model, from, to, without)
}

/// A member of a union, or what is derived from one, does for the union (§3.14.6, 2.2.4).
fn is_member(model: &Model, from: TypeId, to: TypeId, without: Derivations) -> bool {
    let Some(Type::Simple(union)) = model.get_type(to) else {
        return false;
    };
    match &union.variety {
        Variety::Union(members) if model.simple(from).is_some() => members
            .iter()
            .any(|member| is_derived(model, from, *member, without)),
        _ => false,
    }
}
