// SPDX-License-Identifier: Apache-2.0
use crate::project::{Project, Refusal};

#[track_caller]
fn refused(bytes: &[u8], code: &str, says: &[&str]) {
    let project = Project::new();
    project.write("own.wasm", bytes);
    project.edit("component = \"builtin\"", "component = \"own.wasm\"");
    let says = [&["silta.toml: agencies.tulli.component: ", "`tulli`"], says].concat();
    project.refuses_to_build(&Refusal {
        exit: 5,
        code,
        path: "agencies.tulli.component",
        says: &says,
    });
}

/// A section of a component or of a core module.
fn section(id: u8, content: &[u8]) -> Vec<u8> {
    [&[id][..], &leb128(content.len()), content].concat()
}

/// An unsigned number as WebAssembly writes it.
fn leb128(mut number: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    while number >= 0x80 {
        bytes.push(u8::try_from(number % 0x80).unwrap() | 0x80);
        number /= 0x80;
    }
    bytes.push(u8::try_from(number).unwrap());
    bytes
}

#[test]
fn a_component_too_large_to_compile_is_told_with_the_limit() {
    let functions = 1_000_000;
    let vector = |item: &[u8]| [leb128(functions), item.repeat(functions)].concat();
    // A type of a function that does nothing; of that type each; bodies that end where they begin.
    let module = [
        &b"\0asm\x01\0\0\0"[..],
        &section(1, &[1, 0x60, 0, 0]),
        &section(3, &vector(&[0])),
        &section(10, &vector(&[2, 0, 0x0b])),
    ]
    .concat();
    let component = [&b"\0asm\x0d\0\x01\0"[..], &section(1, &module)].concat();
    let says = [
        "core module 0 has 1000000 functions",
        "the limit `functions` is 16384",
    ];
    refused(&component, "component.rejected.inspected", &says);
}

#[test]
fn garbage_is_no_component() {
    for garbage in [&b""[..], b"garbage", b"\0asm", b"\0asm\x0d\0\x01\0garbage"] {
        refused(garbage, "component.rejected.compiled", &[]);
    }
    refused(
        b"garbage",
        "component.rejected.compiled",
        &["not a WebAssembly component"],
    );
}

#[test]
fn a_core_module_is_no_component_and_the_remedy_is_told() {
    let says = ["core module, not a component", "wasm-tools component new"];
    refused(b"\0asm\x01\0\0\0", "component.rejected.compiled", &says);
}

#[test]
fn a_component_cut_short_is_no_component() {
    let bytes = artifacts::TULLI.bytes;
    refused(
        &bytes[..bytes.len() / 2],
        "component.rejected.compiled",
        &[],
    );
}

#[test]
fn another_agencys_component_is_told() {
    let says = ["component for agency `rogue`"];
    refused(
        artifacts::ROGUE.bytes,
        "component.rejected.described",
        &says,
    );
}
