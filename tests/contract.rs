// SPDX-License-Identifier: Apache-2.0
//! The contract's text: documented to the last case; and what has been published of it.

mod published;

use std::fs;

use wit_parser::{Docs, Interface, Resolve, Type, TypeDef, TypeDefKind, WorldItem};

use crate::support::{contract_text::ContractText, workspace};

#[test]
fn every_item_is_documented() {
    let undocumented = undocumented(&ContractText::current());
    assert!(
        undocumented.is_empty(),
        "without documentation: {undocumented:#?}"
    );
}

#[test]
fn a_missing_comment_is_found_wherever_it_is_missing() {
    #[rustfmt::skip]
    let rows = [
        ("world.wit", "/// An agency component: a function", "world agency"),
        ("exchange.wit", "/// Outbound: from parameters", "interface envelope"),
        ("exchange.wit", "/// What to send.", "envelope.request"),
        ("exchange.wit", "/// Absolute `https` URL.", "envelope.http-target.url"),
        ("exchange.wit", "/// Finished.", "message.retry-class.done"),
        ("exchange.wit", "/// An HTTP request.", "envelope.target.http"),
        ("exchange.wit", "/// Judges a call.", "notification.validate"),
        ("blobs.wit", "/// Number of bytes.", "blobs.[method]blob.size"),
        ("types.wit", "/// One JSON document", "types.json"),
    ];
    for (file, comment, item) in rows {
        let contract = edited_away(file, comment);
        let found = undocumented(&contract);
        assert!(found.contains(&item.to_owned()), "{comment}: {found:?}");
    }
}

/// The contract with the whole comment gone that begins like this.
fn edited_away(file: &str, comment: &str) -> ContractText {
    let text = fs::read_to_string(workspace().join("wit").join(file)).unwrap();
    let start = text
        .find(comment)
        .unwrap_or_else(|| panic!("no {comment} in {file}"));
    let lines = text[start..].split_inclusive('\n');
    let whole: String = lines
        .take_while(|line| line.trim_start().starts_with("///"))
        .collect();
    ContractText::edited(file, &whole, "\n")
}

/// Names of what has no comment.
fn undocumented(contract: &ContractText) -> Vec<String> {
    let resolve = &contract.resolve;
    let mut found = Vec::new();
    let world = &resolve.worlds[contract.world];
    note(&mut found, &world.docs, || format!("world {}", world.name));
    for item in world.imports.values().chain(world.exports.values()) {
        assert!(
            matches!(item, WorldItem::Interface { .. }),
            "the contract consists of interfaces"
        );
    }
    for id in resolve.packages[contract.package].interfaces.values() {
        note_interface(&mut found, resolve, &resolve.interfaces[*id]);
    }
    found
}

fn note_interface(found: &mut Vec<String>, resolve: &Resolve, interface: &Interface) {
    let name = interface.name.as_deref().unwrap();
    note(found, &interface.docs, || format!("interface {name}"));
    for (function, it) in &interface.functions {
        note(found, &it.docs, || format!("{name}.{function}"));
    }
    for (kind, id) in &interface.types {
        let definition = &resolve.types[*id];
        if !is_used_from_elsewhere(resolve, definition) {
            note_type(found, definition, &format!("{name}.{kind}"));
        }
    }
}

/// Whether a type stands there by `use` and is documented where it comes from.
fn is_used_from_elsewhere(resolve: &Resolve, definition: &TypeDef) -> bool {
    match definition.kind {
        TypeDefKind::Type(Type::Id(id)) => resolve.types[id].owner != definition.owner,
        _ => false,
    }
}

fn note_type(found: &mut Vec<String>, definition: &TypeDef, name: &str) {
    note(found, &definition.docs, || name.to_owned());
    let parts: Vec<(&str, &Docs)> = match &definition.kind {
        TypeDefKind::Record(record) => record
            .fields
            .iter()
            .map(|field| (field.name.as_str(), &field.docs))
            .collect(),
        TypeDefKind::Variant(variant) => variant
            .cases
            .iter()
            .map(|case| (case.name.as_str(), &case.docs))
            .collect(),
        TypeDefKind::Enum(kinds) => kinds
            .cases
            .iter()
            .map(|case| (case.name.as_str(), &case.docs))
            .collect(),
        TypeDefKind::Flags(flags) => flags
            .flags
            .iter()
            .map(|flag| (flag.name.as_str(), &flag.docs))
            .collect(),
        _ => Vec::new(),
    };
    for (part, docs) in parts {
        note(found, docs, || format!("{name}.{part}"));
    }
}

fn note(found: &mut Vec<String>, docs: &Docs, name: impl FnOnce() -> String) {
    if docs
        .contents
        .as_deref()
        .is_none_or(|text| text.trim().is_empty())
    {
        found.push(name());
    }
}
