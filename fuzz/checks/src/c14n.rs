// SPDX-License-Identifier: Apache-2.0
//! Canonical forms, against the specification, against themselves, and with texts left in a source.

use std::collections::BTreeSet;

use canonical_xml::{
    Canonicalization, CanonicalizeError, Document, ElementRef, Encoding, Limits, LoadError, Method,
    Subset, canonicalize,
};
use roxmltree::Node;

use crate::document;
use crate::memory::{Gathered, Memory};
use crate::peer;
use crate::textbook::{self, Selection};

/// So many elements are tops of subsets, and so many in each are left out.
const TOPS: usize = 5;
const OMITTED: usize = 3;

/// Of longer documents one element is enough: what makes them long does not change from one to the next.
const LONG: usize = 16 << 10;

/// More elements than this, done as the textbook does it, take longer than there is to learn from them.
const MAXIMUM: usize = 600;

/// Room for the canonical form of what is accepted: escapes make it longer.
const LIMITS: Limits = Limits {
    bytes: 16 << 20,
    depth: 256,
    attributes: 256,
    name_length: 1024,
    value_length: 1 << 20,
    text_length: 8 << 20,
    events: 16 << 20,
    namespaces: 128,
};

/// Panics unless, for some algorithms, of the whole document and of some of its elements, with and without some element in it,
///
/// * the form, or the reason why there is none, is that of the specification, made from what another parser has read;
/// * with its texts left in a source, the document has the same form;
/// * the form can be read, and is its own form, that of an element included;
/// * leaving an element out comes to the same as cutting its bytes out of the document.
///
/// Which algorithms and elements, the input says: a fuzzer gets more out of many inputs than out of all there is to one.
pub fn check(input: &[u8]) {
    let chance = input.iter().fold(0_usize, |hash, byte| {
        hash.wrapping_mul(31).wrapping_add(usize::from(*byte))
    });
    judge(input, Some(chance));
}

/// The same for all algorithms, with and without comments and a list of prefixes, and more elements.
pub fn check_thoroughly(input: &[u8]) {
    judge(input, None);
}

fn judge(input: &[u8], chance: Option<usize>) {
    let bytes = document::of(input);
    let Ok(document) = Document::parse(&bytes, &Limits::default()) else {
        return;
    };
    if document.encoding() != Encoding::Utf8 {
        // The bytes are not the text that the other parser would read.
        return;
    }
    let Some(text) = peer::prepared(&bytes) else {
        return;
    };
    let Ok(other) = roxmltree::Document::parse(&text) else {
        return;
    };
    let loaded = match Document::load(&Memory(&bytes), &Limits::default()) {
        Ok(loaded) => loaded,
        Err(LoadError::Source(never)) => match never {},
        Err(LoadError::Read(error)) => {
            panic!("a document that is accepted in memory: {error}");
        }
    };
    if document.element_count() > MAXIMUM {
        return;
    }
    let case = Case {
        bytes: &bytes,
        elements: document.elements().collect(),
        loaded: loaded.elements().collect(),
        others: peer::elements(&other).collect(),
        document: &document,
        from_source: &loaded,
        other: &other,
    };
    for (index, how) in algorithms(&document).iter().enumerate() {
        match chance {
            // Each of the nine goes with three inputs in nine.
            Some(chance) if (index + chance) % 3 == 0 => {
                case.check(how, None);
                case.check(how, Some(chance % case.elements.len()));
            }
            Some(_) => {}
            None => case.check_all(how),
        }
    }
}

/// Every algorithm; the exclusive one also with a list of prefixes that the document uses, among others.
fn algorithms(document: &Document<'_>) -> Vec<Canonicalization> {
    let mut algorithms: Vec<_> = Canonicalization::uris()
        .filter_map(Canonicalization::from_uri)
        .collect();
    let mut list = String::from("#default xml missing");
    let prefixes: BTreeSet<_> = document.elements().map(ElementRef::prefix).collect();
    for prefix in prefixes.into_iter().chain(["p", "q"]) {
        list.push(' ');
        list.push_str(prefix);
    }
    for list in [list.as_str(), "q", "#default"] {
        algorithms.push(Canonicalization::new(Method::Exclusive).with_prefix_list(list));
    }
    algorithms
}

/// One document in all its guises.
struct Case<'c, 'i> {
    bytes: &'c [u8],
    document: &'c Document<'c>,
    from_source: &'c Document<'c>,
    other: &'c roxmltree::Document<'i>,
    elements: Vec<ElementRef<'c>>,
    loaded: Vec<ElementRef<'c>>,
    others: Vec<Node<'c, 'i>>,
}

impl<'c> Case<'c, '_> {
    fn check_all(&self, how: &Canonicalization) {
        self.check(how, None);
        let last = self.elements.len() - 1;
        let first = last.min(if self.bytes.len() < LONG { TOPS } else { 1 });
        for top in (0..first).chain([last]) {
            self.check(how, Some(top));
        }
    }

    /// One top (`None`: the whole document), with and without elements in it.
    fn check(&self, how: &Canonicalization, top: Option<usize>) {
        let first = top.unwrap_or_default();
        let form = self.form(how, top, None);
        if let Some(form) = &form {
            self.check_again(how, top, form);
        }
        let Some(top_element) = self.elements.get(first) else {
            return;
        };
        let below = top_element.descendants().count();
        let last = (below > OMITTED && self.bytes.len() < LONG).then_some(first + below);
        let count = if self.bytes.len() < LONG { OMITTED } else { 1 };
        for omitted in (first + 1..=first + below).take(count).chain(last) {
            let form = self.form(how, top, Some(omitted));
            self.check_cut_out(how, top, omitted, form);
        }
    }

    /// The form, which has to be that of the textbook and that of the document from a source.
    fn form(
        &self,
        how: &Canonicalization,
        top: Option<usize>,
        omitted: Option<usize>,
    ) -> Option<Vec<u8>> {
        let subset = subset(self.document, &self.elements, top, omitted);
        let form = canonical(&subset, how);
        let from_source = subset_form(
            self.bytes,
            self.from_source,
            &self.loaded,
            top,
            omitted,
            how,
        );
        assert_eq!(form, from_source, "in memory and from a source");
        let both = [true, false];
        // Without comments, an algorithm that keeps none is the same.
        for comments in both.into_iter().take(if how.with_comments { 2 } else { 1 }) {
            let selection = Selection {
                apex: top.and_then(|top| self.others.get(top)).copied(),
                omitted: omitted
                    .and_then(|omitted| self.others.get(omitted))
                    .map(Node::id),
                comments,
            };
            let subset = match comments {
                true => subset,
                false => subset.without_comments(),
            };
            let expected = textbook::canonical(self.other, selection, how);
            let form = canonical(&subset, how);
            let form = form.map(|form| String::from_utf8_lossy(&form).into_owned());
            assert_eq!(form, expected, "{how:?}");
        }
        if let (Ok(form), Some(element)) = (&form, top.and_then(|top| self.elements.get(top))) {
            assert!(
                form.starts_with(b"<") && form.ends_with(b">"),
                "{element:?}"
            );
        }
        form.ok()
    }

    /// A form can be read, and its own form is itself.
    fn check_again(&self, how: &Canonicalization, top: Option<usize>, form: &[u8]) {
        let again = match Document::parse(form, &LIMITS) {
            Ok(again) => again,
            Err(error) => panic!("a form that is refused: {error}"),
        };
        let whole = canonical(&Subset::document(&again), how);
        assert_eq!(whole.as_deref(), Ok(form), "{how:?}, the form of a form");
        if let Some(element) = top.and_then(|top| self.elements.get(top)) {
            assert!(again.root().is(element.namespace(), element.local()));
            if how.method == Method::Exclusive {
                // The others add what is inherited.
                assert_eq!(again.root().markup(), element.markup());
            }
        }
    }

    /// The document without the bytes of the omitted element is, where it can be read, of the same form.
    fn check_cut_out(
        &self,
        how: &Canonicalization,
        top: Option<usize>,
        omitted: usize,
        form: Option<Vec<u8>>,
    ) {
        let (Some(form), Some(element)) = (form, self.elements.get(omitted)) else {
            return;
        };
        let source = Memory(self.bytes);
        let before = source.slice(0..element.span().start);
        let behind = source.slice(element.span().end..self.bytes.len() as u64);
        if before.ends_with(b"\r") && behind.starts_with(b"\n") {
            // Two line ends would become one.
            return;
        }
        let rest = [before, behind].concat();
        let Ok(rest) = Document::parse(&rest, &LIMITS) else {
            // `]]` and `>` may have come together.
            return;
        };
        let elements: Vec<_> = rest.elements().collect();
        let subset = subset(&rest, &elements, top, None);
        assert_eq!(
            canonical(&subset, how),
            Ok(form),
            "{how:?}, left out and cut out"
        );
    }
}

fn subset<'d>(
    document: &'d Document<'d>,
    elements: &[ElementRef<'d>],
    top: Option<usize>,
    omitted: Option<usize>,
) -> Subset<'d> {
    let of = |index: Option<usize>| index.and_then(|index| elements.get(index)).copied();
    let whole = || Subset::document(document);
    let subset = of(top).map_or_else(whole, Subset::element);
    match of(omitted) {
        Some(omitted) => subset.without(omitted),
        None => subset,
    }
}

fn canonical(subset: &Subset<'_>, how: &Canonicalization) -> Result<Vec<u8>, CanonicalizeError> {
    let mut out = Vec::new();
    canonicalize(subset, how, &mut out).map(|()| out)
}

/// As [`canonical`], of a document from a source.
fn subset_form<'d>(
    bytes: &[u8],
    document: &'d Document<'d>,
    elements: &[ElementRef<'d>],
    top: Option<usize>,
    omitted: Option<usize>,
    how: &Canonicalization,
) -> Result<Vec<u8>, CanonicalizeError> {
    let mut out = Gathered::from(bytes);
    let subset = subset(document, elements, top, omitted);
    canonicalize(&subset, how, &mut out).map(|()| out.octets)
}
