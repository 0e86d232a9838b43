// SPDX-License-Identifier: Apache-2.0
//! Machine code that an embedder's own build made: deployed without compiling, and refused when it is anything else.

use aws_lc_rs::digest::{SHA256, digest};
use serde_json::json;
use silta::{DeployStep, Deployment, Error, Rejection};

use super::{rejected, version};
use crate::support::{
    build,
    handwritten::Handwritten,
    host::{Host, host},
};

/// Where the digest begins and ends, over all that follows; then come the length of the version, and the version.
const SEAL: std::ops::Range<usize> = 16..48;

/// Deploys what `Runtime::precompile` made, or what is no longer that.
#[expect(unsafe_code, reason = "the tests of it")]
fn from_precompiled(bytes: impl Into<Vec<u8>>) -> Deployment {
    // SAFETY: what is handed over is unchanged, or is refused before it is run: for its first bytes, its digest, its version or what is no machine code.
    unsafe { Deployment::from_precompiled(bytes) }
}

fn small() -> Vec<u8> {
    Handwritten::default().encode()
}

/// The digest made right again over bytes that were changed.
fn resealed(mut bytes: Vec<u8>) -> Vec<u8> {
    let sum = digest(&SHA256, &bytes[SEAL.end..]);
    bytes[SEAL].copy_from_slice(sum.as_ref());
    bytes
}

#[test]
fn it_serves_as_the_component_does_and_bears_its_digest() {
    let compiled = host();
    let code = compiled.runtime.precompile(artifacts::ROGUE.bytes).unwrap();
    let wanted = compiled.rogue(crate::support::host::rogue());
    // Another runtime, as in another process, that has compiled nothing.
    let host = Host::fresh(|builder| builder);
    let settings = r#"{"version": 7}"#;
    let agency = host.rogue(from_precompiled(code.clone()).with_settings(settings));
    assert_eq!(version(&agency), 7);
    let wanted = wanted.generation_info().unwrap();
    assert_eq!(
        agency.generation_info().unwrap().component,
        wanted.component
    );
    assert_eq!(wanted.component.len(), 64);
    // Deployed again, it is the same; and the component itself is another entry with the same digest.
    assert_eq!(version(&host.rogue(from_precompiled(code))), 0);
    let agency = host.rogue(crate::support::host::rogue());
    assert_eq!(
        agency.generation_info().unwrap().component,
        wanted.component
    );
    build(&agency, "behave", json!({})).unwrap();
}

#[test]
fn only_a_component_of_the_contract_is_precompiled() {
    let host = host();
    #[rustfmt::skip]
    let rows = [
        (b"garbage".to_vec(), DeployStep::Compiled),
        (wat::parse_str("(component)").unwrap(), DeployStep::Inspected),
        (wat::parse_str(r#"(component (import "env" (instance)))"#).unwrap(), DeployStep::Inspected),
    ];
    for (bytes, expected) in rows {
        match host.runtime.precompile(&bytes) {
            Err(Error::Rejected { step, .. }) => assert_eq!(step, expected),
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn foreign_bytes_are_refused_by_what_they_are() {
    let host = host();
    let code = host.runtime.precompile(&small()).unwrap();
    for (bytes, word) in [
        (Vec::new(), "not bytes that"),
        (b"garbage".to_vec(), "not bytes that"),
        (small(), "this is WebAssembly"),
        // Machine code without what it is wrapped in.
        (code[SEAL.end..].to_vec(), "not bytes that"),
    ] {
        let (step, reason) = rejected(&host, from_precompiled(bytes));
        assert_eq!(step, DeployStep::Compiled);
        assert!(matches!(reason, Rejection::NotPrecompiled(_)), "{reason}");
        assert!(reason.to_string().contains(word), "{reason}");
    }
    let (step, reason) = rejected(&host, Deployment::from_bytes(code));
    assert_eq!(step, DeployStep::Compiled);
    assert!(matches!(reason, Rejection::NotAComponent(_)), "{reason}");
    assert!(reason.to_string().contains("from_precompiled"), "{reason}");
}

#[test]
fn damaged_bytes_are_refused() {
    let host = host();
    let whole = host.runtime.precompile(&small()).unwrap();
    let cut = [16, 47, 48, 49, whole.len() / 2, whole.len() - 1];
    let mut damaged: Vec<Vec<u8>> = cut.map(|length| whole[..length].to_vec()).into();
    damaged.push([whole.as_slice(), &[0]].concat());
    for place in [SEAL.start, SEAL.end, 60, whole.len() / 2, whole.len() - 1] {
        let mut bytes = whole.clone();
        bytes[place] ^= 0x10;
        damaged.push(bytes);
    }
    // Sealed, but ending where something should follow.
    damaged.push(resealed(whole[..SEAL.end].to_vec()));
    damaged.push(resealed(whole[..SEAL.end + 3].to_vec()));
    for bytes in damaged {
        let (step, reason) = rejected(&host, from_precompiled(bytes));
        assert_eq!(step, DeployStep::Compiled);
        assert!(matches!(reason, Rejection::Damaged), "{reason}");
    }
}

#[test]
fn code_of_another_version_is_refused_by_both_versions() {
    let host = host();
    let mut bytes = host.runtime.precompile(&small()).unwrap();
    let length = usize::from(bytes[SEAL.end]);
    let version = SEAL.end + 1..SEAL.end + 1 + length;
    let ours = String::from_utf8(bytes[version.clone()].to_vec()).unwrap();
    bytes[version.end - 1] = b'?';
    let other = String::from_utf8(bytes[version].to_vec()).unwrap();
    let (step, reason) = rejected(&host, from_precompiled(resealed(bytes)));
    assert_eq!(step, DeployStep::Compiled);
    assert!(matches!(reason, Rejection::OtherEngine(_)), "{reason}");
    let text = reason.to_string();
    assert!(text.contains(&ours) && text.contains(&other), "{text}");
}

#[test]
fn it_goes_through_the_steps_after_it() {
    let code = host().runtime.precompile(&small()).unwrap();
    // A component of another agency than the one that it is deployed for.
    let (step, reason) = rejected(&host(), from_precompiled(code));
    assert_eq!(step, DeployStep::Described);
    assert!(matches!(reason, Rejection::OtherAgency(_)), "{reason}");
}
