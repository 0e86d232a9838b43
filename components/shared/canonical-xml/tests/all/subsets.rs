// SPDX-License-Identifier: Apache-2.0
//! Elements, elements without another, and comments that are left out.

use canonical_xml::{Canonicalization, Document, ElementRef, Limits, Method, Subset};

use crate::algorithms::{all, at, exclusive, form, inclusive, parse};
use crate::memory::{Memory, joined_form};

const LETTER: &str = "<!-- a --><?b?><letter xmlns:s='urn:s'><!-- c -->\n <body>x<!-- d --></body>\n <s:seal \
                      xmlns:t='urn:t' at='1'>k<t:value>v<!-- e --></t:value></s:seal>\n<?f?></letter><!-- g -->";

fn without_comments(method: Method) -> Canonicalization {
    Canonicalization::new(method)
}

#[test]
fn a_subtree_without_another() {
    let document = parse(LETTER);
    let seal = at(&document, "/letter/seal");
    assert_eq!(
        form(
            &Subset::document(&document).without(seal),
            &without_comments(Method::Inclusive)
        ),
        "<?b?>\n<letter xmlns:s=\"urn:s\">\n <body>x</body>\n \n<?f?></letter>"
    );
    assert_eq!(
        form(
            &Subset::element(document.root()).without(seal),
            &exclusive()
        ),
        "<letter><!-- c -->\n <body>x<!-- d --></body>\n \n<?f?></letter>"
    );
    assert_eq!(
        form(
            &Subset::element(seal).without(at(&document, "/letter/seal/value")),
            &exclusive()
        ),
        "<s:seal xmlns:s=\"urn:s\" at=\"1\">k</s:seal>"
    );
}

/// First, last and only child; an empty-element tag; text and references right beside.
#[test]
fn what_is_left_out_leaves_its_surroundings() {
    for (inside, rest) in [
        ("<o/>", ""),
        ("<o>x</o>", ""),
        ("a<o/>b", "ab"),
        ("&lt;<o>&amp;<p/><!-- --></o>&#13;", "&lt;&#xD;"),
        ("<o/><a></a>", "<a></a>"),
        ("<a></a><o><q/></o>", "<a></a>"),
        ("<a></a>\r\n<o\n></o >\r\n<b></b>", "<a></a>\n\n<b></b>"),
    ] {
        let text = format!("<r>{inside}</r>");
        let document = parse(&text);
        let subset = Subset::document(&document).without(at(&document, "/r/o"));
        assert_eq!(form(&subset, &inclusive()), format!("<r>{rest}</r>"));
    }
}

/// What is its own canonical form is handed over as a whole, unless what is left out is in it: at each depth, as the first, in the middle and the last, in memory and in a source.
#[test]
fn what_is_left_out_is_not_in_what_is_handed_over() {
    let plain = "<r><a>x<b><o>y&amp;</o></b>z&lt;<c></c></a><d>e<f>&gt;</f></d></r>";
    let in_namespace = plain.replace("</", "</p:");
    let in_namespace = in_namespace.replace('<', "<p:").replace("<p:/p:", "</p:");
    let in_namespace = in_namespace.replacen("<p:r>", "<p:r xmlns:p=\"urn:p\">", 1);
    for text in [plain.to_owned(), in_namespace] {
        let memory = Memory::new(&text);
        let loaded = Document::load(&memory, &Limits::default()).unwrap();
        let parsed = parse(&text);
        for document in [&loaded, &parsed] {
            for top in document.elements() {
                let inside = top.descendants();
                for omitted in inside {
                    check_own_form(&text, top, omitted);
                }
            }
        }
    }
}

/// The form of what is nothing but own forms: its source without that of what is left out. At the top, declarations are added.
fn check_own_form(text: &str, top: ElementRef<'_>, omitted: ElementRef<'_>) {
    let span = |element: ElementRef<'_>| {
        let span = element.span();
        usize::try_from(span.start).unwrap()..usize::try_from(span.end).unwrap()
    };
    let (outer, inner) = (span(top), span(omitted));
    let mut expected = [&text[outer.start..inner.start], &text[inner.end..outer.end]].concat();
    let tag = &text[outer.start..][..text[outer.start..].find('>').unwrap()];
    if tag.starts_with("<p:") && !tag.contains("xmlns") {
        let declared = format!("{tag} xmlns:p=\"urn:p\"");
        expected = expected.replacen(tag, &declared, 1);
    }
    for how in all() {
        for how in [how.clone(), how.with_prefix_list("p #default")] {
            let subset = Subset::element(top).without(omitted);
            let (octets, _) = joined_form(text.as_bytes(), &subset, &how).unwrap();
            let uri = how.uri();
            assert_eq!(
                String::from_utf8(octets).unwrap(),
                expected,
                "{omitted:?} {uri}"
            );
        }
    }
}

/// What stands two levels down and is not its own form is written, not handed over.
#[test]
fn what_is_no_own_form_is_written() {
    for (inside, canonical) in [
        ("<a><b><!-- --></b></a>", "<a><b></b></a>"),
        ("<a><b><?i  j?></b></a>", "<a><b><?i j?></b></a>"),
        ("<a><b><![CDATA[<]]></b></a>", "<a><b>&lt;</b></a>"),
        ("<a><b>></b></a>", "<a><b>&gt;</b></a>"),
        ("<a><b>\r\n</b></a>", "<a><b>\n</b></a>"),
        ("<a><b>&quot;</b></a>", "<a><b>\"</b></a>"),
        ("<a><b>&#65;</b></a>", "<a><b>A</b></a>"),
        ("<a><b></b ></a>", "<a><b></b></a>"),
        ("<a><b ></b></a>", "<a><b></b></a>"),
        ("<a><b/></a>", "<a><b></b></a>"),
        ("<a><b xmlns=''></b></a>", "<a><b></b></a>"),
        ("<a><b c='1'></b></a>", "<a><b c=\"1\"></b></a>"),
        (
            "<a><b d=\"2\" c=\"1\"></b></a>",
            "<a><b c=\"1\" d=\"2\"></b></a>",
        ),
        ("<a><b c=\"&#65;\"></b></a>", "<a><b c=\"A\"></b></a>"),
        (
            "<a><b xml:lang='fi'></b></a>",
            "<a><b xml:lang=\"fi\"></b></a>",
        ),
        (
            "<p:a xmlns:p='urn:p'><p:b xmlns:p='urn:p'></p:b></p:a>",
            "<p:a xmlns:p=\"urn:p\"><p:b></p:b></p:a>",
        ),
        (
            "<p:a xmlns:p='urn:p' xmlns:q='urn:p'><p:c></p:c><q:b></q:b></p:a>",
            "<p:a xmlns:p=\"urn:p\"><p:c></p:c><q:b xmlns:q=\"urn:p\"></q:b></p:a>",
        ),
    ] {
        let text = format!("<r><x>{inside}</x></r>");
        let document = parse(&text);
        let exclusive = form(
            &Subset::document(&document),
            &without_comments(Method::Exclusive),
        );
        assert_eq!(exclusive, format!("<r><x>{canonical}</x></r>"), "{inside}");
    }
}

/// Declarations that stand on what is left out do not count for what follows.
#[test]
fn what_is_left_out_declares_nothing() {
    let document = parse("<r xmlns:p='urn:p'><p:o xmlns='urn:d'/><p:a/></r>");
    let subset = Subset::document(&document).without(at(&document, "/r/o"));
    assert_eq!(
        form(&subset, &exclusive()),
        "<r><p:a xmlns:p=\"urn:p\"></p:a></r>"
    );
}

#[test]
fn leaving_out_what_is_not_below_has_no_effect() {
    let document = parse(LETTER);
    let [letter, body, seal] =
        ["/letter", "/letter/body", "/letter/seal"].map(|path| at(&document, path));
    for (top, other) in [(seal, body), (seal, seal), (seal, letter)] {
        for how in all() {
            assert_eq!(
                form(&Subset::element(top).without(other), &how),
                form(&Subset::element(top), &how)
            );
        }
    }
    let twin = parse(LETTER);
    let foreign = at(&twin, "/letter/seal");
    assert_eq!(
        form(&Subset::document(&document).without(foreign), &inclusive()),
        form(&Subset::document(&document), &inclusive())
    );
}

#[test]
fn comments_can_be_left_out_of_any_algorithm() {
    let document = parse(LETTER);
    let seal = at(&document, "/letter/seal");
    for how in all() {
        let silent = Canonicalization {
            with_comments: false,
            ..how.clone()
        };
        for subset in [
            Subset::document(&document),
            Subset::element(document.root()),
            Subset::element(document.root()).without(seal),
        ] {
            let expected = form(&subset, &silent);
            assert_eq!(form(&subset.without_comments(), &how), expected);
            assert!(!expected.contains("<!--"));
            assert_eq!(form(&subset, &how) != expected, how.with_comments);
        }
    }
}

#[test]
fn holds_tells_what_is_in_the_form() {
    let document = parse(LETTER);
    for top in document.elements() {
        let plain = Subset::element(top);
        let mut subsets: Vec<_> = document
            .elements()
            .map(|omitted| plain.without(omitted))
            .collect();
        subsets.push(plain);
        if top == document.root() {
            subsets.push(Subset::document(&document));
        }
        for subset in subsets {
            let canonical = form(&subset, &exclusive());
            for element in document.elements() {
                let is_there = canonical.contains(&tag(element));
                assert_eq!(subset.holds(element), is_there, "{subset:?} {element:?}");
            }
        }
    }
    let twin = parse(LETTER);
    assert!(!Subset::document(&document).holds(twin.root()));
}

/// The beginning of its start tag; names in the document above are distinct.
fn tag(element: ElementRef<'_>) -> String {
    match element.prefix() {
        "" => format!("<{}", element.local()),
        prefix => format!("<{prefix}:{}", element.local()),
    }
}

#[test]
fn a_subset_tells_its_top_and_what_it_leaves_out() {
    let document = parse(LETTER);
    let seal = at(&document, "/letter/seal");
    assert_eq!(Subset::document(&document).top(), document.root());
    assert_eq!(Subset::element(seal).top(), seal);
    assert_eq!(Subset::element(seal).omitted(), None);
    assert_eq!(
        Subset::document(&document).without(seal).omitted(),
        Some(seal)
    );
}
