// SPDX-License-Identifier: Apache-2.0
//! What is read, compiled, inspected and linked before anything of it runs.

use silta::{DeployStep, Deployment, Rejection};

use super::{handwritten, rejected, version};
use crate::support::{contract_text::ContractText, handwritten::Handwritten, host::host};

#[test]
fn a_file_that_is_not_there() {
    let (step, reason) = rejected(&host(), Deployment::from_file("/nowhere/rogue.wasm"));
    assert_eq!(step, DeployStep::Read);
    assert!(
        reason.to_string().contains("/nowhere/rogue.wasm"),
        "{reason}"
    );
}

#[test]
fn a_file_that_is_there() {
    let host = host();
    let agency = host.rogue(Deployment::from_file(artifacts::ROGUE.path));
    assert_eq!(version(&agency), 0);
}

#[test]
fn bytes_that_are_no_component() {
    let host = host();
    for bytes in [
        b"".as_slice(),
        b"garbage",
        b"\x7fELF\x02\x01\x01\x00",
        b"\0asm\x02\0\0\0",
    ] {
        let (step, reason) = rejected(&host, Deployment::from_bytes(bytes));
        assert_eq!(step, DeployStep::Compiled);
        assert!(matches!(reason, Rejection::NotAComponent(_)), "{reason}");
    }
}

#[test]
fn a_core_module_is_told_from_garbage() {
    let module = wat::parse_str("(module)").unwrap();
    let (step, reason) = rejected(&host(), Deployment::from_bytes(module));
    assert_eq!(step, DeployStep::Compiled);
    assert!(reason.to_string().contains("core module"), "{reason}");
}

#[test]
fn a_component_cut_short_at_any_place() {
    let host = host();
    let whole = artifacts::ROGUE.bytes;
    for length in [8, 9, 100, whole.len() / 2, whole.len() - 1] {
        let (step, _) = rejected(&host, Deployment::from_bytes(&whole[..length]));
        // What ends between two sections is a component, though not one of the contract.
        let steps = [DeployStep::Compiled, DeployStep::Inspected];
        assert!(steps.contains(&step), "{length}: {step}");
    }
}

#[test]
fn a_component_with_a_bit_turned_over() {
    let host = host();
    let mut bytes = artifacts::ROGUE.bytes.to_vec();
    bytes[9] ^= 0x80;
    let (step, _) = rejected(&host, Deployment::from_bytes(bytes));
    assert_eq!(step, DeployStep::Compiled);
}

#[test]
fn foreign_imports_are_refused_by_name() {
    let host = host();
    for import in [
        "wasi:cli/environment@0.2.0",
        "wasi:filesystem/preopens@0.2.0",
        "silta:agency-extra/files@0.1.0",
        "env",
    ] {
        let text = format!(r#"(component (import "{import}" (instance)))"#);
        let component = Deployment::from_bytes(wat::parse_str(text).unwrap());
        let (step, reason) = rejected(&host, component);
        assert_eq!(step, DeployStep::Inspected);
        assert!(
            matches!(&reason, Rejection::ForbiddenImport(name) if name == import),
            "{reason}"
        );
        assert!(
            reason.to_string().contains("wasm32-unknown-unknown"),
            "{reason}"
        );
    }
}

#[test]
fn an_import_that_only_looks_like_the_contract() {
    let text = r#"(component (import "silta:agency/keyring@0.1.0" (instance
        (export "export-private-key" (func (result (list u8)))))))"#;
    let (step, _) = rejected(
        &host(),
        Deployment::from_bytes(wat::parse_str(text).unwrap()),
    );
    assert_eq!(step, DeployStep::Inspected);
}

#[test]
fn missing_exports_are_named() {
    let host = host();
    let empty = wat::parse_str("(component)").unwrap();
    let (step, reason) = rejected(&host, Deployment::from_bytes(empty));
    assert_eq!(step, DeployStep::Inspected);
    assert!(
        reason.to_string().contains("silta:agency/descriptor"),
        "{reason}"
    );
    for without in ["descriptor", "envelope", "message", "notification"] {
        let component = Handwritten {
            without: Some(without),
            ..Handwritten::default()
        };
        let (step, reason) = rejected(&host, handwritten(component));
        assert_eq!(step, DeployStep::Inspected);
        let expected = format!("export silta:agency/{without}: version: the host has");
        assert!(reason.to_string().contains(&expected), "{reason}");
    }
}

#[test]
fn another_contract_is_refused_by_type_field_and_side() {
    let contracts = [
        // A field more.
        (
            "descriptor.wit",
            "language: string,",
            "language: string, region: string,",
            "export silta:agency/descriptor: record title, region: the host has nothing, the component string",
        ),
        // A parameter less.
        (
            "exchange.wit",
            ", step: option<string>) -> result<request",
            ") -> result<request",
            "export silta:agency/envelope: function build, parameter 6 step: the host has option<string>, the component nothing",
        ),
    ];
    for (file, passage, replacement, told) in contracts {
        let contract = ContractText::edited(file, passage, replacement);
        let component = Handwritten::default().encode_for(contract);
        let (step, reason) = rejected(&host(), Deployment::from_bytes(component));
        assert_eq!(step, DeployStep::Inspected, "{reason}");
        let reason = reason.to_string();
        assert!(reason.contains("another version"), "{reason}");
        assert!(reason.contains(told), "{reason}");
        assert!(
            reason.ends_with("`silta component wit --contract 0.1.0` writes"),
            "{reason}"
        );
    }
}

#[test]
fn types_that_no_tool_of_wit_makes_are_refused() {
    // A resource that is another one by a second name, with a method by that name.
    let borrowed = r#"(component
        (import "silta:agency/blobs@0.1.0" (instance $blobs (export "blob" (type (sub resource)))))
        (alias export $blobs "blob" (type $blob))
        (import "silta:agency/more" (instance
            (export "other" (type $other (eq $blob)))
            (export "[method]other.size" (func (param "self" (borrow $other)) (result u64))))))"#;
    let component = wat::parse_str(borrowed).unwrap();
    let (step, reason) = rejected(&host(), Deployment::from_bytes(component));
    assert_eq!(step, DeployStep::Inspected, "{reason}");
    // A type that would fill the memory, written as WIT.
    let twice: String = (1..17)
        .map(|it| format!("(type $t{it} (tuple $t{} $t{}))", it - 1, it - 1))
        .collect();
    let large = format!(
        r#"(component (import "silta:agency/ids@0.1.0" (instance
            (type $t0 (tuple u8 u8)) {twice}
            (export "uuid" (func (result $t16))))))"#
    );
    let component = wat::parse_str(large).unwrap();
    let (step, reason) = rejected(&host(), Deployment::from_bytes(component));
    assert_eq!(step, DeployStep::Inspected, "{reason}");
    assert!(reason.to_string().contains("20000 types"), "{reason}");
}
