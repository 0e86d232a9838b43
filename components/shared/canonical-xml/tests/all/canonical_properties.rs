// SPDX-License-Identifier: Apache-2.0
//! What holds for the canonical forms of every document.

use canonical_xml::{Canonicalization, Document, ElementRef, Method, Subset};
use proptest::prelude::*;
use proptest::sample::{Index, select};

use crate::algorithms::{all, exclusive, form, parse, try_form, whole};
use crate::model::model;
use crate::peer;
use crate::textbook::{self, Selection};

/// An algorithm, with a list of prefixes or without.
fn algorithm() -> impl Strategy<Value = Canonicalization> {
    let lists = select(vec!["", "", "p", "#default", "q\n é", "p #default xml q"]);
    (select(all()), lists).prop_map(|(how, list)| how.with_prefix_list(list))
}

fn pick<'d>(document: &'d Document<'_>, index: Index) -> (usize, ElementRef<'d>) {
    let number = index.index(document.element_count());
    (number, document.elements().nth(number).unwrap())
}

proptest! {
    /// Whole documents and subtrees, with and without another, as the specifications define their forms.
    #[test]
    fn forms_are_those_of_the_textbook(
        model in model(), spaced: bool, how in algorithm(), apex: Option<Index>, omitted: Option<Index>,
    ) {
        let source = model.source(spaced);
        let document = parse(&source);
        let apex = apex.map(|index| pick(&document, index));
        let mut subset = match apex {
            Some((_, element)) => Subset::element(element),
            None => Subset::document(&document),
        };
        // What can be left out: elements below the top.
        let omitted = omitted
            .map(|index| pick(&document, index))
            .filter(|(_, element)| subset.top().contains(*element));
        if let Some((_, element)) = omitted {
            subset = subset.without(element);
        }
        let prepared = peer::prepared(source.as_bytes()).unwrap();
        let theirs = roxmltree::Document::parse(&prepared).unwrap();
        let node = |chosen: Option<(usize, _)>| peer::elements(&theirs).nth(chosen?.0);
        let selection = Selection {
            apex: node(apex),
            omitted: node(omitted).map(|node| node.id()),
            comments: true,
        };
        let expected = textbook::canonical(&theirs, selection, &how);
        prop_assert_eq!(try_form(&subset, &how), expected, "{}", source);
    }

    /// White space and quotes within tags do not show, whether tags are copied as a whole or piece by piece.
    #[test]
    fn the_manner_of_writing_does_not_show(model in model(), how in algorithm()) {
        prop_assert_eq!(whole(&model.source(false), &how), whole(&model.source(true), &how));
    }

    #[test]
    fn a_canonical_form_is_its_own(model in model(), how in algorithm()) {
        let once = whole(&model.source(true), &how);
        prop_assert_eq!(whole(&once, &how), once);
    }

    /// What exclusive canonicalisation is for.
    #[test]
    fn a_subtree_has_the_form_it_has_alone(model in model(), list in select(vec!["", "p #default"])) {
        let source = model.source(true);
        let document = parse(&source);
        let how = exclusive().with_prefix_list(list);
        for element in document.elements() {
            let in_place = form(&Subset::element(element), &how);
            prop_assert_eq!(whole(&in_place, &how), in_place);
        }
    }

    /// An element's markup is its exclusive form, and is read as the same element.
    #[test]
    fn markup_is_the_exclusive_form(model in model()) {
        let source = model.source(true);
        let document = parse(&source);
        for element in document.elements() {
            let markup = element.markup().unwrap().unwrap();
            prop_assert_eq!(&form(&Subset::element(element), &Canonicalization::new(Method::Exclusive)), &markup);
            let again = parse(&markup);
            let texts = |element: ElementRef<'_>| element.text().to_str().unwrap().into_owned();
            let (one, other) = (element.descendants().map(texts), again.root().descendants().map(texts));
            prop_assert!(one.eq(other) && texts(element) == texts(again.root()));
        }
    }
}
