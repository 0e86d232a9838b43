// SPDX-License-Identifier: Apache-2.0
//! What differs between the contracts of two components: which type, which field, which side.

use silta_contract::Shape;

use crate::support::{contract_text::ContractText, handwritten::Handwritten};

/// What a component after the contract with one passage replaced has otherwise than one after the contract.
fn differences(file: &str, passage: &str, replacement: &str) -> Vec<String> {
    let component = Handwritten::default();
    let old = Shape::of(&component.encode()).unwrap();
    let new = component.encode_for(ContractText::edited(file, passage, replacement));
    let changes = Shape::of(&new).unwrap().differences_from(&old);
    changes.iter().map(ToString::to_string).collect()
}

#[test]
fn components_after_one_contract_have_no_differences() {
    assert!(differences("exchange.wit", "Finished.", "Over.").is_empty());
    let shape = |bytes: &[u8]| Shape::of(bytes).unwrap();
    let tulli = shape(artifacts::TULLI.bytes);
    assert!(
        tulli
            .differences_from(&shape(artifacts::TULLI.bytes))
            .is_empty()
    );
}

#[test]
fn a_difference_says_which_type_field_and_side() {
    #[rustfmt::skip]
    let rows = [
        (
            "        timeout-milliseconds: u32,",
            "        timeout-milliseconds: u64,",
            &["export silta:agency/envelope: record request, timeout-milliseconds: u32 became u64"]
                [..],
        ),
        ("        timeout-milliseconds: u32,", "", &["export silta:agency/envelope: record request, timeout-milliseconds: gone, was u32"]),
        ("        done,", "        done,\n        postponed,", &["export silta:agency/message: enum retry-class, postponed: new, a case"]),
        (
            "cursor: option<string>, step: option<string>)",
            "cursor: option<string>, step: option<u32>)",
            &[
                "export silta:agency/envelope: function build, parameter 6 step: option<string> became option<u32>",
            ],
        ),
        (
            "-> result<request, problem>;",
            "-> result<request, string>;",
            &[
                "export silta:agency/envelope: function build: results in result<request, problem> became results in result<request, string>",
            ],
        ),
    ];
    for (passage, replacement, told) in rows {
        let found = differences("exchange.wit", passage, replacement);
        assert_eq!(found, told, "{passage}");
    }
}

#[test]
fn what_has_come_is_told_and_another_order_alone_is_too() {
    let found = differences(
        "types.wit",
        "record header {",
        "record header {\n        /// First.\n        first: u8,",
    );
    let told = "import silta:agency/types: record header, first: new, u8";
    assert_eq!(found, [told]);
    let refused = "        /// The agency refused for now; the same bytes may be sent again later.\n        retry-later-same-reference,\n";
    let done = "        /// Finished.\n        done,\n";
    let found = differences(
        "exchange.wit",
        &format!("{done}{refused}"),
        &format!("{refused}{done}"),
    );
    let [found] = &found[..] else {
        panic!("{found:?}")
    };
    let told = "export silta:agency/message: enum retry-class: in the order done, retry-later-same-reference,";
    assert!(found.starts_with(told), "{found}");
}

#[test]
fn an_interface_that_is_used_by_one_alone_is_told_as_a_whole() {
    let shape = |bytes: &[u8]| Shape::of(bytes).unwrap();
    let (vero, tulli) = (shape(artifacts::VERO.bytes), shape(artifacts::TULLI.bytes));
    let changes = tulli.differences_from(&vero);
    let of_keys = changes.iter();
    let of_keys: Vec<_> = of_keys
        .filter(|change| change.interface == "silta:agency/keys")
        .map(ToString::to_string)
        .collect();
    assert_eq!(of_keys, ["import silta:agency/keys: version: new, 0.1.0"]);
    let functions = tulli.imported_functions();
    assert!(
        functions.contains(&"silta:agency/keys sign".to_owned()),
        "{functions:?}"
    );
}

#[test]
fn what_is_no_component_has_no_shape() {
    for bytes in [&b""[..], b"\0asm\x01\0\0\0", b"text"] {
        let refused = Shape::of(bytes).unwrap_err().to_string();
        assert!(refused.starts_with("it is no component"), "{refused}");
    }
}
