// SPDX-License-Identifier: Apache-2.0
//! Elements that are open.

use canonical_xml::ElementRef;

use crate::content::Run;

pub(super) struct Frame<'s, 'd> {
    pub(super) element: ElementRef<'d>,
    pub(super) children: Remaining<'d>,
    pub(super) content: Children<'s>,
    /// Whether a child fitted nowhere.
    pub(super) is_lost: bool,
}

/// How children are judged.
pub(super) enum Children<'s> {
    Model(Run<'s>),
    /// By global declarations, where there are any: there is none for their parent (§3.3.4, lax assessment).
    Lax,
}

/// Children that are to come.
pub(super) struct Remaining<'d> {
    children: std::vec::IntoIter<ElementRef<'d>>,
}

impl<'d> Remaining<'d> {
    pub(super) fn of(element: ElementRef<'d>) -> Self {
        let children: Vec<_> = element.children().collect();
        Self {
            children: children.into_iter(),
        }
    }

    pub(super) fn next(&mut self) -> Option<ElementRef<'d>> {
        self.children.next()
    }

    pub(super) fn stop(&mut self) {
        self.children = Vec::new().into_iter();
    }
}
