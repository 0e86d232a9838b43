// SPDX-License-Identifier: Apache-2.0
//! What a subtree carries along: namespaces in scope, attributes `xml:*`, prefixes of a list.

use canonical_xml::{Canonicalization, CanonicalizeError, Method, Position, Subset};

use crate::algorithms::{
    all, at, exclusive, form, inclusive, parse, part, try_form, whole, with_comments,
};

/// Namespaces of all kinds around `/r/s/t`: in use there, further in, nowhere, shadowed.
const NESTED: &str = "<r xmlns='urn:d' xmlns:p='urn:p' xmlns:q='urn:q' xmlns:u='urn:u'>\
                      <p:s xmlns:q='urn:q2' a='1'><p:t q:b='2'><v/><q:w xmlns:q='urn:q'/></p:t></p:s></r>";

#[test]
fn inclusively_a_subtree_takes_all_namespaces_in_scope() {
    assert_eq!(
        part(NESTED, "/r/s/t", &inclusive()),
        "<p:t xmlns=\"urn:d\" xmlns:p=\"urn:p\" xmlns:q=\"urn:q2\" xmlns:u=\"urn:u\" q:b=\"2\"><v></v>\
         <q:w xmlns:q=\"urn:q\"></q:w></p:t>"
    );
}

#[test]
fn exclusively_a_subtree_takes_those_in_visible_use_where_they_are_used() {
    assert_eq!(
        part(NESTED, "/r/s/t", &exclusive()),
        "<p:t xmlns:p=\"urn:p\" xmlns:q=\"urn:q2\" q:b=\"2\"><v xmlns=\"urn:d\"></v><q:w xmlns:q=\"urn:q\"></q:w></p:t>"
    );
    assert_eq!(
        whole(NESTED, &exclusive()),
        "<r xmlns=\"urn:d\"><p:s xmlns:p=\"urn:p\" a=\"1\"><p:t xmlns:q=\"urn:q2\" q:b=\"2\"><v></v>\
         <q:w xmlns:q=\"urn:q\"></q:w></p:t></p:s></r>"
    );
}

/// The point of the exclusive method: an envelope around does not matter. It does for the inclusive one.
#[test]
fn an_envelope_around_changes_the_inclusive_form_only() {
    let alone = "<p:order xmlns:p='urn:p'><item/></p:order>";
    let enveloped =
        format!("<e:env xmlns:e='urn:e' xml:lang='fi'><e:body>{alone}</e:body></e:env>");
    assert_eq!(
        part(&enveloped, "/env/body/order", &exclusive()),
        whole(alone, &exclusive())
    );
    assert_eq!(
        part(&enveloped, "/env/body/order", &inclusive()),
        "<p:order xmlns:e=\"urn:e\" xmlns:p=\"urn:p\" xml:lang=\"fi\"><item></item></p:order>"
    );
}

#[test]
fn exclusively_a_declaration_returns_in_each_branch_that_uses_it() {
    assert_eq!(
        whole(
            "<r xmlns:p='urn:p'><p:a><p:b/></p:a><c p:d=''><p:e/></c><p:f/></r>",
            &exclusive()
        ),
        "<r><p:a xmlns:p=\"urn:p\"><p:b></p:b></p:a><c xmlns:p=\"urn:p\" p:d=\"\"><p:e></p:e></c>\
         <p:f xmlns:p=\"urn:p\"></p:f></r>"
    );
}

/// A prefix bound otherwise in between has to be declared again.
#[test]
fn a_prefix_that_changes_and_changes_back() {
    let document =
        "<p:r xmlns:p='urn:1'><p:a xmlns:p='urn:2'><x><p:b xmlns:p='urn:1'/></x></p:a><p:c/></p:r>";
    for how in all() {
        assert_eq!(
            whole(document, &how),
            "<p:r xmlns:p=\"urn:1\"><p:a xmlns:p=\"urn:2\"><x><p:b xmlns:p=\"urn:1\"></p:b></x></p:a><p:c></p:c></p:r>"
        );
    }
}

const UNDECLARED: &str =
    "<r xmlns='urn:d'><p:s xmlns:p='urn:p'><t xmlns=''><u/><v xmlns='urn:v'/></t></p:s></r>";

#[test]
fn no_default_namespace_is_declared_only_against_another_in_the_output() {
    let t = "<u></u><v xmlns=\"urn:v\"></v></t>";
    for how in all() {
        assert_eq!(
            whole(UNDECLARED, &how),
            format!("<r xmlns=\"urn:d\"><p:s xmlns:p=\"urn:p\"><t xmlns=\"\">{t}</p:s></r>")
        );
    }
    // The default namespace of `r` is not in use below `s`, and so not in the output.
    assert_eq!(
        part(UNDECLARED, "/r/s", &exclusive()),
        format!("<p:s xmlns:p=\"urn:p\"><t>{t}</p:s>")
    );
    for inherits in [inclusive(), exclusive().with_prefix_list("#default")] {
        assert_eq!(
            part(UNDECLARED, "/r/s", &inherits),
            format!("<p:s xmlns=\"urn:d\" xmlns:p=\"urn:p\"><t xmlns=\"\">{t}</p:s>")
        );
    }
    assert_eq!(
        part(UNDECLARED, "/r/s/t", &inclusive()),
        format!("<t xmlns:p=\"urn:p\">{t}")
    );
    assert_eq!(part(UNDECLARED, "/r/s/t", &exclusive()), format!("<t>{t}"));
}

/// Exclusively, a default namespace further out may be in the output although the element between does not use it.
#[test]
fn no_default_namespace_below_an_element_that_does_not_use_it() {
    let document = "<a xmlns='urn:d'><p:b xmlns:p='urn:p' xmlns=''><c/><p:d xmlns='urn:d'><e/></p:d></p:b></a>";
    assert_eq!(
        whole(document, &exclusive()),
        "<a xmlns=\"urn:d\"><p:b xmlns:p=\"urn:p\"><c xmlns=\"\"></c><p:d><e></e></p:d></p:b></a>"
    );
    assert_eq!(
        whole(document, &inclusive()),
        "<a xmlns=\"urn:d\"><p:b xmlns=\"\" xmlns:p=\"urn:p\"><c></c><p:d xmlns=\"urn:d\"><e></e></p:d></p:b></a>"
    );
}

#[test]
fn listed_prefixes_are_declared_at_the_apex_and_where_they_change() {
    let document = "<r xmlns='urn:d' xmlns:p='urn:1' xmlns:q='urn:q'><a><b xmlns:p='urn:2'><c/></b><d xmlns:p='urn:1'/></a></r>";
    let inside = "<b xmlns:p=\"urn:2\"><c></c></b><d></d></a>";
    assert_eq!(
        part(document, "/r/a", &exclusive().with_prefix_list("p")),
        format!("<a xmlns=\"urn:d\" xmlns:p=\"urn:1\">{inside}")
    );
    for list in ["p q", " q\tp ", "\r\np\n\nq\r", "q p unknown p"] {
        assert_eq!(
            part(document, "/r/a", &exclusive().with_prefix_list(list)),
            format!("<a xmlns=\"urn:d\" xmlns:p=\"urn:1\" xmlns:q=\"urn:q\">{inside}"),
            "{list:?}"
        );
    }
    for list in ["", " \n", "unknown", "P", "urn:1"] {
        assert_eq!(
            part(document, "/r/a", &exclusive().with_prefix_list(list)),
            "<a xmlns=\"urn:d\"><b><c></c></b><d></d></a>",
            "{list:?}"
        );
    }
}

#[test]
fn the_default_namespace_can_be_listed() {
    let document = "<p:r xmlns='urn:d' xmlns:p='urn:p'><p:a><p:b xmlns=''><p:c xmlns='urn:d'/></p:b></p:a></p:r>";
    assert_eq!(
        part(document, "/r/a", &exclusive()),
        "<p:a xmlns:p=\"urn:p\"><p:b><p:c></p:c></p:b></p:a>"
    );
    assert_eq!(
        part(
            document,
            "/r/a",
            &exclusive().with_prefix_list("\n#default")
        ),
        "<p:a xmlns=\"urn:d\" xmlns:p=\"urn:p\"><p:b xmlns=\"\"><p:c xmlns=\"urn:d\"></p:c></p:b></p:a>"
    );
    // Without one in scope there is none to declare.
    let none = "<p:r xmlns:p='urn:p'><p:a/></p:r>";
    assert_eq!(
        part(none, "/r/a", &exclusive().with_prefix_list("#default")),
        "<p:a xmlns:p=\"urn:p\"></p:a>"
    );
}

#[test]
fn a_list_says_nothing_to_the_other_methods() {
    for method in [Method::Inclusive, Method::Inclusive11] {
        let plain = with_comments(method);
        let listed = plain.clone().with_prefix_list("q #default");
        assert_eq!(
            part(NESTED, "/r/s/t", &listed),
            part(NESTED, "/r/s/t", &plain)
        );
    }
}

const INHERITED: &str = "<r xml:lang='fi' xml:space='default' xml:id='r' xml:other='o' id='1'>\
                         <s xml:lang='sv' xmlns:x='http://www.w3.org/XML/1998/namespac' x:lang='no'>\
                         <t xml:space='preserve' a='1'><u xml:lang='en'/></t></s></r>";

#[test]
fn xml_attributes_of_ancestors_go_along() {
    assert_eq!(
        part(
            INHERITED,
            "/r/s/t",
            &Canonicalization::new(Method::Inclusive)
        ),
        "<t xmlns:x=\"http://www.w3.org/XML/1998/namespac\" a=\"1\" xml:id=\"r\" xml:lang=\"sv\" xml:other=\"o\" \
         xml:space=\"preserve\"><u xml:lang=\"en\"></u></t>"
    );
    // Identity is not inherited in 1.1.
    assert_eq!(
        part(
            INHERITED,
            "/r/s/t",
            &Canonicalization::new(Method::Inclusive11)
        ),
        "<t xmlns:x=\"http://www.w3.org/XML/1998/namespac\" a=\"1\" xml:lang=\"sv\" xml:space=\"preserve\">\
         <u xml:lang=\"en\"></u></t>"
    );
    assert_eq!(
        part(
            INHERITED,
            "/r/s/t",
            &Canonicalization::new(Method::Exclusive)
        ),
        "<t a=\"1\" xml:space=\"preserve\"><u xml:lang=\"en\"></u></t>"
    );
}

/// What is inherited is escaped, and turns an empty-element tag and one that is canonical as written into another.
#[test]
fn inherited_attributes_are_written_like_own_ones() {
    for inner in ["<a/>", "<a></a>"] {
        assert_eq!(
            part(
                &format!("<r xml:lang='&lt;\"&#10;'>{inner}</r>"),
                "/r/a",
                &inclusive()
            ),
            "<a xml:lang=\"&lt;&quot;&#xA;\"></a>"
        );
    }
}

#[test]
fn a_base_is_inherited_in_1_0_refused_in_1_1_and_ignored_exclusively() {
    let text = "<r xml:base='http://example.org/'><s><t xml:base='u'/></s></r>";
    let document = parse(text);
    let subtree = Subset::element(at(&document, "/r/s"));
    assert_eq!(
        form(&subtree, &inclusive()),
        "<s xml:base=\"http://example.org/\"><t xml:base=\"u\"></t></s>"
    );
    assert_eq!(
        form(&subtree, &exclusive()),
        "<s><t xml:base=\"u\"></t></s>"
    );
    let inclusive11 = with_comments(Method::Inclusive11);
    let refusal = try_form(&subtree, &inclusive11).unwrap_err();
    assert_eq!(refusal, CanonicalizeError::InheritedBase);
    assert!(refusal.to_string().contains("xml:base"));
    // Its own base would be resolved against that of the root, too.
    assert_eq!(
        try_form(&Subset::element(at(&document, "/r/s/t")), &inclusive11),
        Err(CanonicalizeError::InheritedBase)
    );
    // Nothing is inherited by what has no ancestors.
    for top in [
        Subset::document(&document),
        Subset::element(document.root()),
    ] {
        assert_eq!(
            form(&top, &inclusive11),
            "<r xml:base=\"http://example.org/\"><s><t xml:base=\"u\"></t></s></r>"
        );
    }
}

#[test]
fn a_relative_namespace_anywhere_has_no_canonical_form() {
    for (relative, column) in [
        ("<r><s/><a xmlns='../a'/></r>", 11),
        ("<r><s/><a xmlns:p='a'/></r>", 11),
        ("<r xmlns:p='#a'><s/></r>", 4),
    ] {
        let document = parse(relative);
        let position = Position { line: 1, column };
        assert_eq!(document.relative_namespace(), Some(position), "{relative}");
        for how in all() {
            for subset in [
                Subset::document(&document),
                Subset::element(at(&document, "/r/s")),
            ] {
                assert_eq!(
                    try_form(&subset, &how),
                    Err(CanonicalizeError::RelativeNamespace)
                );
            }
        }
    }
    assert_eq!(
        parse("<r xmlns=''><s xmlns='urn:a'/></r>").relative_namespace(),
        None
    );
}
