// SPDX-License-Identifier: Apache-2.0
//! Components that are deployed: those that may serve, in two versions each, and those that may not, each for a reason of its own.

use std::fs;

use silta_store::Content;

use crate::{
    contract_text::ContractText,
    handwritten::{Handwritten, PROBLEM},
    program::Program,
};

/// All agencies, by the names of their tables and of their components.
pub(super) const AGENCIES: [&str; 5] = [
    "tulli",
    "vero",
    "suomifi-viestit",
    "suomifi-rest",
    "suomifi-mail",
];

/// Versions that serve in turn, and one that is too old.
pub(super) const VERSIONS: [&str; 2] = ["0.1.0", "0.2.0"];
const OLD: &str = "0.0.9";

/// The agency whose components have to be signed.
pub(super) const SIGNED: &str = "tulli";

/// An agency that nobody calls. Its calls may take a short time only, so that candidates that never end are soon refused; no other call, and no start, has to keep to that.
pub(super) const IDLE: &str = "idle";

/// A candidate that may not serve, the code of its refusal, and words of the reason that is told.
pub(super) struct Wrong {
    pub(super) agency: &'static str,
    pub(super) file: &'static str,
    pub(super) code: &'static str,
    pub(super) says: &'static str,
}

impl Wrong {
    /// The step that it does not pass, as the history names it.
    pub(super) fn step(&self) -> &'static str {
        match self.code.strip_prefix("component.rejected.") {
            Some(step) => step,
            None if matches!(self.code, "package.downgrade" | REPUBLISHED) => "compared",
            None => "verified",
        }
    }
}

/// Of a candidate that is another component than the one that serves in the same version.
pub(super) const REPUBLISHED: &str = "package.republished";

#[rustfmt::skip]
pub(super) const WRONG: [Wrong; 17] = [
    // Broken.
    wrong("vero", "garbage.wasm", "component.rejected.compiled", "not a WebAssembly component"),
    wrong("vero", "core.wasm", "component.rejected.compiled", "core module"),
    // Huge.
    wrong("vero", "huge.wasm", "component.rejected.inspected", "bytes"),
    // Malicious: it wants files, never ends to begin, or takes all memory.
    wrong("vero", "wasi.wasm", "component.rejected.inspected", "wasi:filesystem/preopens"),
    wrong(IDLE, "endless.wasm", "component.rejected.described", "deadline"),
    wrong(IDLE, "bomb.wasm", "component.rejected.described", "`memory`"),
    // Slow.
    wrong(IDLE, "slow.wasm", "component.rejected.self-tested", "deadline"),
    // Unsigned, wrongly signed, signed by somebody else, too late, or for somebody else.
    wrong(SIGNED, "bare/tulli-0.2.0.wasm", "package.unsigned", "sign"),
    wrong(SIGNED, "unsigned/tulli-0.2.0.wasm", "package.unsigned", "sign"),
    wrong(SIGNED, "foreign/tulli-0.2.0.wasm", "package.unknown-key", "key"),
    wrong(SIGNED, "forged/tulli-0.2.0.wasm", "package.wrong-signature", "signature"),
    wrong(SIGNED, "expired/tulli-0.2.0.wasm", "package.expired", "2020"),
    wrong(SIGNED, "of-vero/vero-0.1.0.wasm", "package.other-agency", "vero"),
    // Old, another contract, another agency, another component of the same version.
    wrong("suomifi-viestit", "suomifi-viestit-0.0.9.wasm", "package.downgrade", OLD),
    wrong("suomifi-rest", "other-contract.wasm", "component.rejected.inspected", "contract"),
    wrong("suomifi-mail", "vero-0.1.0.wasm", "component.rejected.described", "vero"),
    wrong("vero", "padded.wasm", REPUBLISHED, "0.1.0"),
];

const fn wrong(
    agency: &'static str,
    file: &'static str,
    code: &'static str,
    says: &'static str,
) -> Wrong {
    Wrong {
        agency,
        file,
        code,
        says,
    }
}

/// Writes all of them, and the public key of whoever signs what has to be signed.
pub(super) fn write(program: &Program) {
    for folder in ["bare", "forged"] {
        fs::create_dir(program.path(folder)).unwrap();
    }
    for agency in AGENCIES {
        let name = format!("bare/{agency}.wasm");
        program.run(&["export", agency, "--out", &name]);
        let bytes = fs::read(program.path(&name)).unwrap();
        for version in VERSIONS.into_iter().chain([OLD]) {
            let folder = if agency == SIGNED { "bare/" } else { "" };
            let name = format!("{folder}{agency}-{version}.wasm");
            fs::write(program.path(&name), versioned(&bytes, version)).unwrap();
        }
    }
    write_packages(program);
    let vero = fs::read(program.path("bare/vero.wasm")).unwrap();
    let files = [
        ("garbage.wasm", b"garbage".to_vec()),
        ("core.wasm", b"\0asm\x01\0\0\0".to_vec()),
        ("padded.wasm", [&vero[..], &custom_section(0)].concat()),
        ("huge.wasm", [&vero[..], &custom_section(40 << 20)].concat()),
        ("wasi.wasm", wasi()),
        ("idle.wasm", beginning_with("").encode()),
        ("endless.wasm", beginning_with(ENDLESS).encode()),
        ("bomb.wasm", beginning_with(BOMB).encode()),
        ("slow.wasm", slow().encode()),
        ("other-contract.wasm", other_contract()),
    ];
    for (name, bytes) in files {
        fs::write(program.path(name), bytes).unwrap();
    }
}

fn write_packages(program: &Program) {
    for key in ["publisher.key", "stranger.key"] {
        program.run(&["component", "key", "--out", key]);
    }
    let pack = |file: &str, out: &str, more: &[&str]| {
        let pack = [
            "component",
            "pack",
            file,
            "--licence",
            "Apache-2.0",
            "--out",
            out,
        ];
        program.run(&[&pack[..], more].concat());
    };
    let signed = ["--key", "publisher.key"];
    for version in VERSIONS {
        pack(&format!("bare/{SIGNED}-{version}.wasm"), ".", &signed);
    }
    let newer = "bare/tulli-0.2.0.wasm";
    pack(newer, "unsigned", &[]);
    pack(newer, "foreign", &["--key", "stranger.key"]);
    let until = ["--not-after", "2020-12-31T00:00:00Z"];
    pack(newer, "expired", &[&signed[..], &until].concat());
    pack("vero-0.1.0.wasm", "of-vero", &signed);
    // The signature is the publisher's, of another version.
    for (from, to) in [
        ("tulli-0.2.0.wasm", "tulli-0.2.0.wasm"),
        ("tulli-0.2.0.manifest.json", "tulli-0.2.0.manifest.json"),
        ("tulli-0.1.0.signatures.json", "tulli-0.2.0.signatures.json"),
    ] {
        let to = program.path(&format!("forged/{to}"));
        fs::copy(program.path(from), to).unwrap();
    }
}

/// The file of an agency's component in a version that may serve.
pub(super) fn file(agency: &str, version: &str) -> String {
    format!("{agency}-{version}.wasm")
}

/// SHA-256 of a file.
pub(super) fn digest(program: &Program, file: &str) -> String {
    let bytes = fs::read(program.path(file)).unwrap();
    Content::from(bytes).digest().to_string()
}

/// A component in another version of itself: the text by which it names its own is replaced, and that of the contract is not.
fn versioned(component: &[u8], version: &str) -> Vec<u8> {
    let own = b"0.1.0";
    let mut bytes = component.to_vec();
    let places = component.windows(own.len()).enumerate();
    let places = places.filter(|(place, text)| *text == own && component[place - 1] != b'@');
    let places: Vec<usize> = places.map(|(place, _)| place).collect();
    assert!(!places.is_empty());
    for place in places {
        bytes[place..place + own.len()].copy_from_slice(version.as_bytes());
    }
    bytes
}

/// A section of so many bytes that says nothing.
fn custom_section(bytes: usize) -> Vec<u8> {
    let content = [&[3][..], b"pad", &vec![0; bytes]].concat();
    let mut section = vec![0];
    let mut size = content.len();
    while size > 0x7f {
        section.push((size & 0x7f) as u8 | 0x80);
        size >>= 7;
    }
    section.push(size as u8);
    section.extend(content);
    section
}

fn wasi() -> Vec<u8> {
    let text = r#"(component (import "wasi:filesystem/preopens@0.2.0" (instance)))"#;
    wat::parse_str(text).unwrap()
}

/// What never ends.
const ENDLESS: &str = "(func $begin (loop $again (br $again))) (start $begin)";

/// What takes memory until there is none left, and again.
const BOMB: &str = "(func $begin (loop $again (br_if $again (i32.ne (memory.grow (i32.const 16)) (i32.const -1))) unreachable)) (start $begin)";

/// A component that does this before anybody can ask it anything.
fn beginning_with(fields: &'static str) -> Handwritten {
    Handwritten {
        agency: IDLE,
        fields,
        ..Handwritten::default()
    }
}

/// A component that may serve, another one for each number.
pub(super) fn serving(number: usize) -> Vec<u8> {
    [beginning_with("").encode(), custom_section(number)].concat()
}

/// A component that takes all memory, likewise.
pub(super) fn bomb(number: usize) -> Vec<u8> {
    [beginning_with(BOMB).encode(), custom_section(number)].concat()
}

/// All is well with it, but for its self-test, which never ends.
fn slow() -> Handwritten {
    Handwritten {
        agency: IDLE,
        operations: vec![("any", "{}")],
        self_test: Some(("an answer", PROBLEM)),
        on_parse: "(loop $again (br $again))",
        ..Handwritten::default()
    }
}

/// Time is counted without a sign in the contract that this one keeps to.
fn other_contract() -> Vec<u8> {
    let contract = ContractText::edited("types.wit", "seconds: s64", "seconds: u64");
    let component = Handwritten {
        agency: "suomifi-rest",
        ..Handwritten::default()
    };
    component.encode_for(contract)
}
