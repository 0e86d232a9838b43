// SPDX-License-Identifier: Apache-2.0
//! Schemas and documents that are made to cost much: they meet a limit that is named, soon. And what is large and honest is judged.

use std::fmt::Write as _;

use canonical_xml::Document;
use xml_schema::{Exceeded, Files, Limit, Limits, Schema, SchemaFault, Unjudged};

fn compile(body: &str, limits: &Limits) -> Result<Schema, SchemaFault> {
    let mut files = Files::new();
    let text =
        format!("<xs:schema xmlns:xs=\"http://www.w3.org/2001/XMLSchema\">{body}</xs:schema>");
    files.add("schema.xsd", text);
    Schema::compile(&files, &["schema.xsd"], limits).map_err(|error| error.fault)
}

#[track_caller]
fn meets(found: Result<Schema, SchemaFault>, limit: Limit) {
    match found {
        Err(SchemaFault::Limit(exceeded)) if exceeded.limit == limit => {
            let text = SchemaFault::Limit(exceeded).to_string();
            assert!(
                text.contains(limit.name()) && text.contains(&exceeded.maximum.to_string()),
                "{text}"
            );
        }
        Err(fault) => panic!("{fault}"),
        Ok(_) => panic!("no limit is met"),
    }
}

fn judge(schema: &Schema, text: &str) -> Result<usize, Unjudged> {
    let limits = canonical_xml::Limits {
        events: 1 << 22,
        bytes: 1 << 26,
        ..canonical_xml::Limits::default()
    };
    let document = Document::parse(text.as_bytes(), &limits).unwrap();
    schema
        .validate(&document)
        .map(|violations| violations.len())
}

/// Each group holds the one before twice.
fn doubling_groups(levels: usize) -> String {
    let mut body =
        "<xs:group name='g0'><xs:sequence><xs:element name='e'/></xs:sequence></xs:group>"
            .to_owned();
    for level in 1..=levels {
        let below = level - 1;
        write!(body, "<xs:group name='g{level}'><xs:sequence><xs:group ref='g{below}'/><xs:group ref='g{below}'/></xs:sequence></xs:group>").unwrap();
    }
    write!(body, "<xs:element name='r'><xs:complexType><xs:group ref='g{levels}'/></xs:complexType></xs:element>").unwrap();
    body
}

#[test]
fn groups_that_double_are_counted() {
    let limits = Limits {
        components: 2_000,
        ..Limits::default()
    };
    let schema = compile(&doubling_groups(3), &limits).unwrap();
    let eight = format!("<r>{}</r>", "<e/>".repeat(8));
    assert_eq!(judge(&schema, &eight), Ok(0));
    meets(compile(&doubling_groups(30), &limits), Limit::Components);
    meets(
        compile(&doubling_groups(30), &Limits::default()),
        Limit::Components,
    );
}

/// Each attribute group holds the one before twice; each union the one before twice.
#[test]
fn attribute_groups_and_unions_that_double_are_counted() {
    let mut groups = "<xs:attributeGroup name='g0'/>".to_owned();
    let mut unions =
        "<xs:simpleType name='u0'><xs:restriction base='xs:int'/></xs:simpleType>".to_owned();
    for level in 1..=40 {
        let below = level - 1;
        write!(groups, "<xs:attributeGroup name='g{level}'><xs:attributeGroup ref='g{below}'/><xs:attributeGroup ref='g{below}'/></xs:attributeGroup>").unwrap();
        write!(unions, "<xs:simpleType name='u{level}'><xs:union memberTypes='u{below} u{below}'/></xs:simpleType>").unwrap();
    }
    meets(compile(&groups, &Limits::default()), Limit::Components);
    meets(compile(&unions, &Limits::default()), Limit::Components);
}

#[test]
fn nesting_and_chains_have_an_end() {
    let nested = |levels: usize| {
        let (open, close) = (
            "<xs:sequence>".repeat(levels),
            "</xs:sequence>".repeat(levels),
        );
        format!(
            "<xs:element name='r'><xs:complexType>{open}<xs:element name='e'/>{close}</xs:complexType></xs:element>"
        )
    };
    let limits = Limits {
        depth: 10,
        ..Limits::default()
    };
    assert!(compile(&nested(6), &limits).is_ok());
    meets(compile(&nested(11), &limits), Limit::Depth);
    for is_rising in [true, false] {
        let chain = |length: usize| {
            let mut types: Vec<_> = (1..=length)
                .map(|index| {
                    let base = if index == 1 { "xs:int".to_owned() } else { format!("t{}", index - 1) };
                    format!("<xs:simpleType name='t{index}'><xs:restriction base='{base}'/></xs:simpleType>")
                })
                .collect();
            if !is_rising {
                types.reverse();
            }
            types.concat()
        };
        assert!(compile(&chain(7), &limits).is_ok());
        meets(compile(&chain(11), &limits), Limit::Depth);
        meets(compile(&chain(5_000), &Limits::default()), Limit::Depth);
    }
}

#[test]
fn occurrence_is_counted_and_costs_no_states() {
    let model = |inner: &str, outer: &str| {
        format!(
            "<xs:element name='r'><xs:complexType><xs:sequence maxOccurs='{outer}'><xs:element name='e' maxOccurs='{inner}'/><xs:element name='f'/></xs:sequence></xs:complexType></xs:element>"
        )
    };
    let limits = Limits {
        states: 10,
        ..Limits::default()
    };
    let schema = compile(&model("4000000000", "99999999999999999999"), &limits).unwrap();
    let document = format!(
        "<r>{}</r>",
        format!("{}<f/>", "<e/>".repeat(1_000)).repeat(50)
    );
    assert_eq!(judge(&schema, &document), Ok(0));
    assert_eq!(judge(&schema, "<r><e/></r>"), Ok(1));
}

#[test]
fn states_of_models_are_bounded() {
    let body = |elements: usize| {
        let elements: String = (0..elements)
            .map(|index| format!("<xs:element name='e{index}'/>"))
            .collect();
        format!(
            "<xs:element name='r'><xs:complexType><xs:sequence>{elements}</xs:sequence></xs:complexType></xs:element>"
        )
    };
    let limits = Limits {
        states: 10,
        ..Limits::default()
    };
    assert!(compile(&body(9), &limits).is_ok());
    meets(compile(&body(10), &limits), Limit::States);
}

/// Loops of loops of which each round may be of many: not ambiguous, and in more and more states.
#[test]
fn states_at_once_are_bounded() {
    let body = "<xs:element name='r'><xs:complexType><xs:sequence minOccurs='2' maxOccurs='1000'><xs:sequence minOccurs='2' maxOccurs='1000'><xs:sequence minOccurs='2' maxOccurs='1000'>\
                <xs:element name='e' maxOccurs='unbounded'/></xs:sequence></xs:sequence></xs:sequence></xs:complexType></xs:element>";
    let limits = Limits {
        configurations: 100,
        ..Limits::default()
    };
    let schema = compile(body, &limits).unwrap();
    let document = |elements: usize| format!("<r>{}</r>", "<e/>".repeat(elements));
    let found = judge(&schema, &document(1_000)).unwrap_err();
    let Unjudged::Limit { exceeded, .. } = &found else {
        panic!("{found}");
    };
    assert_eq!(
        *exceeded,
        Exceeded {
            limit: Limit::Configurations,
            maximum: 100
        }
    );
    assert!(found.to_string().contains("`configurations`"), "{found}");
}

#[test]
fn patterns_that_make_others_slow_are_matched_in_linear_time() {
    let body = "<xs:element name='r'><xs:simpleType><xs:restriction base='xs:string'><xs:pattern value='(a|aa|a?)*b'/></xs:restriction></xs:simpleType></xs:element>";
    let schema = compile(body, &Limits::default()).unwrap();
    assert_eq!(
        judge(&schema, &format!("<r>{}</r>", "a".repeat(100_000))),
        Ok(1)
    );
    let body = body.replace("(a|aa|a?)*b", "((a{100}){100}){100}");
    meets(compile(&body, &Limits::default()), Limit::States);
    let body = body.replace("((a{100}){100}){100}", "(a{0,100}){100}");
    let limits = Limits {
        configurations: 10,
        ..Limits::default()
    };
    let schema = compile(&body, &limits).unwrap();
    let found = judge(&schema, &format!("<r>{}</r>", "a".repeat(1_000)));
    assert!(matches!(found, Err(Unjudged::Limit { .. })), "{found:?}");
}

#[test]
fn files_and_inclusions_are_bounded() {
    let limits = Limits {
        documents: 5,
        file_bytes: 200,
        ..Limits::default()
    };
    let read = |count: usize, padding: usize| {
        let mut files = Files::new();
        let padding = " ".repeat(padding);
        for index in 0..count {
            let next = (index + 1) % count;
            files.add(
                format!("{index}.xsd"),
                format!("<xs:schema xmlns:xs='http://www.w3.org/2001/XMLSchema'><xs:include schemaLocation='{next}.xsd'/>{padding}</xs:schema>"),
            );
        }
        Schema::compile(&files, &["0.xsd"], &limits).map_err(|error| error.fault)
    };
    assert!(read(5, 0).is_ok());
    meets(read(6, 0), Limit::Documents);
    meets(read(1, 200), Limit::FileBytes);
    // A file without a namespace that is read into many.
    let mut files = Files::new();
    files.add(
        "none.xsd",
        "<xs:schema xmlns:xs='http://www.w3.org/2001/XMLSchema'/>",
    );
    let names: Vec<_> = (0..4).map(|index| format!("{index}.xsd")).collect();
    for name in &names {
        let text = format!(
            "<xs:schema xmlns:xs='http://www.w3.org/2001/XMLSchema' targetNamespace='urn:{name}'><xs:include schemaLocation='none.xsd'/></xs:schema>"
        );
        files.add(name.clone(), text);
    }
    let entries: Vec<_> = names.iter().map(String::as_str).collect();
    let found = Schema::compile(
        &files,
        &entries,
        &Limits {
            file_bytes: 1_000,
            ..limits
        },
    );
    meets(found.map_err(|error| error.fault), Limit::Documents);
}

/// What does not nest does not recurse: a document as deep as may be read passes a small stack.
#[test]
fn deep_documents_pass_a_small_stack() {
    let body = "<xs:complexType name='t'><xs:sequence><xs:element name='r' type='t' minOccurs='0'/></xs:sequence></xs:complexType><xs:element name='r' type='t'/>";
    let schema = compile(body, &Limits::default()).unwrap();
    let levels = 50_000;
    let text = "<r>".repeat(levels) + &"</r>".repeat(levels);
    let judging = std::thread::Builder::new()
        .stack_size(256 << 10)
        .spawn(move || {
            let limits = canonical_xml::Limits {
                depth: levels,
                events: 1 << 22,
                ..canonical_xml::Limits::default()
            };
            let document = Document::parse(text.as_bytes(), &limits).unwrap();
            schema.validate(&document).unwrap().len()
        });
    assert_eq!(judging.unwrap().join().unwrap(), 0);
}
