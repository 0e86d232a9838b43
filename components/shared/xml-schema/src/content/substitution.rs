// SPDX-License-Identifier: Apache-2.0
//! Elements that may stand in the place of another (Part 1, §3.3.6: Substitution Group OK).

use std::collections::HashSet;

use crate::model::{Derivations, ElementId, Model, Type, TypeId};

/// The elements that may stand where `head` is declared, itself first.
pub(crate) fn substitutes(model: &Model, head: ElementId) -> Vec<ElementId> {
    let mut found = vec![head];
    let Some(declaration) = model.element(head) else {
        return found;
    };
    if declaration.blocks.meets(Derivations::SUBSTITUTION) {
        return found;
    }
    let mut known = HashSet::from([head]);
    let mut next = 0;
    while let Some(element) = found.get(next).copied() {
        next += 1;
        for member in model.members.get(&element).into_iter().flatten() {
            // Members of a member whose own type is blocked may have types that are not.
            if known.insert(*member) {
                found.push(*member);
            }
        }
    }
    let blocks = declaration.blocks;
    found.retain(|member| {
        *member == head
            || model.element(*member).is_some_and(|member| {
                !uses_blocked(model, member.type_id, declaration.type_id, blocks)
            })
    });
    found
}

/// Whether the way from a type up to another goes by a derivation that is blocked, by the element or by a type on the way.
fn uses_blocked(model: &Model, from: TypeId, to: TypeId, blocks: Derivations) -> bool {
    let (mut used, mut blocked, mut at) = (Derivations::NONE, blocks, from);
    // As many steps as there are types; a chain is no circle.
    for _ in 0..model.types.len() {
        if at == to {
            break;
        }
        let Some(current) = model.get_type(at) else {
            break;
        };
        used = used.with(current.derivation());
        if current.base() == at {
            break;
        }
        at = current.base();
        if let Some(Type::Complex(base)) = model.get_type(at) {
            blocked = blocked.with(base.blocks);
        }
    }
    used.meets(blocked)
}
