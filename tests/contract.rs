// SPDX-License-Identifier: Apache-2.0
//! The contract's text: documented to the last case, and unchanged once published.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

use wit_parser::{Docs, Interface, Resolve, Type, TypeDef, TypeDefKind, WorldItem};

use crate::support::{
    contract_text::{ContractText, copy_texts},
    workspace,
};

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
    for (file, comment, item) in [
        (
            "world.wit",
            "/// An agency component: a function",
            "world agency",
        ),
        (
            "exchange.wit",
            "/// Outbound: from parameters",
            "interface envelope",
        ),
        ("exchange.wit", "/// What to send.", "envelope.request"),
        (
            "exchange.wit",
            "/// Absolute `https` URL.",
            "envelope.http-target.url",
        ),
        ("exchange.wit", "/// Finished.", "message.retry-class.done"),
        (
            "exchange.wit",
            "/// An HTTP request.",
            "envelope.target.http",
        ),
        (
            "exchange.wit",
            "/// Judges a call.",
            "notification.validate",
        ),
        (
            "blobs.wit",
            "/// Number of bytes.",
            "blobs.[method]blob.size",
        ),
        ("types.wit", "/// One JSON document", "types.json"),
    ] {
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

#[test]
fn published_text_is_what_it_was() {
    let contract = ContractText::current();
    let version = contract.resolve.packages[contract.package]
        .name
        .version
        .clone();
    let current = workspace().join("wit");
    for (published, name) in folders(&current.join("published")) {
        let text = ContractText::read(&published);
        let own = text.resolve.packages[text.package].name.version.clone();
        assert_eq!(own.map(|version| version.to_string()), Some(name.clone()));
        if version.as_ref().map(ToString::to_string) == Some(name) {
            let differences = differences(&published, &current);
            assert!(
                differences.is_empty(),
                "published text has changed; give the package a new version: {differences:?}"
            );
        }
    }
}

#[test]
fn a_change_to_published_text_is_seen() {
    let (published, current) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (published, current) = (published.path(), current.path());
    copy_texts(&workspace().join("wit"), published);
    copy_texts(published, current);
    assert_eq!(differences(published, current), [""; 0]);
    let path = current.join("types.wit");
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, text.replace("seconds: s64", "seconds: u64")).unwrap();
    fs::remove_file(current.join("trust.wit")).unwrap();
    fs::write(current.join("more.wit"), "").unwrap();
    assert_eq!(
        differences(published, current),
        ["more.wit", "trust.wit", "types.wit"]
    );
}

/// Names of the files of two folders that are not alike in both.
fn differences(one: &Path, other: &Path) -> Vec<String> {
    let (one, other) = (texts(one), texts(other));
    let names: BTreeSet<&String> = one.keys().chain(other.keys()).collect();
    let differ = |name: &&&String| one.get(**name) != other.get(**name);
    names
        .iter()
        .filter(differ)
        .map(ToString::to_string)
        .collect()
}

fn texts(folder: &Path) -> BTreeMap<String, String> {
    let files = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    files
        .filter(|path| path.extension().is_some_and(|extension| extension == "wit"))
        .map(|path| {
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            (name, fs::read_to_string(path).unwrap())
        })
        .collect()
}

/// Folders in a folder, with their names; none where there is no folder.
fn folders(folder: &Path) -> Vec<(std::path::PathBuf, String)> {
    let Ok(entries) = fs::read_dir(folder) else {
        return Vec::new();
    };
    let entries = entries
        .map(Result::unwrap)
        .filter(|entry| entry.path().is_dir());
    entries
        .map(|entry| {
            (
                entry.path(),
                entry.file_name().to_string_lossy().into_owned(),
            )
        })
        .collect()
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
