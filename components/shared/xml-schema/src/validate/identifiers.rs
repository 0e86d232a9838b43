// SPDX-License-Identifier: Apache-2.0
//! Identifiers of a document, and what refers to them (Part 1, §3.15.4: Validation Root Valid).

use std::collections::{HashMap, HashSet};

use canonical_xml::ElementRef;

#[derive(Default)]
pub(super) struct Identifiers<'d> {
    given: HashSet<String>,
    /// In the order of the document.
    referred: Vec<(String, ElementRef<'d>)>,
}

impl<'d> Identifiers<'d> {
    /// Takes an identifier; `false` if the document has it already.
    pub(super) fn give(&mut self, identifier: String) -> bool {
        self.given.insert(identifier)
    }

    pub(super) fn refer(&mut self, identifier: String, element: ElementRef<'d>) {
        self.referred.push((identifier, element));
    }

    /// Elements that refer to what is not there, each identifier once.
    pub(super) fn dangling(&self) -> impl Iterator<Item = ElementRef<'d>> {
        let mut first: HashMap<&str, ElementRef<'d>> = HashMap::new();
        let mut order = Vec::new();
        for (identifier, element) in &self.referred {
            if !self.given.contains(identifier) && first.insert(identifier, *element).is_none() {
                order.push(*element);
            }
        }
        order.into_iter()
    }
}
