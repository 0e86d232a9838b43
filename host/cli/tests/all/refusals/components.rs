use crate::project::{Project, Refusal};

#[track_caller]
fn refused(bytes: &[u8], code: &str, says: &[&str]) {
    let project = Project::new();
    project.write("own.wasm", bytes);
    project.edit("component = \"builtin\"", "component = \"own.wasm\"");
    let says = [&["silta.toml: agencies.tulli: ", "`tulli`"], says].concat();
    project.refuses_to_build(&Refusal {
        exit: 5,
        code,
        path: "",
        says: &says,
    });
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
