// SPDX-License-Identifier: Apache-2.0
//! Several packages beside one component.

use silta_packages::Manifest;
use silta_registry::{ComponentFacts, PushedFiles, RegistryError};

use super::{
    COMPONENT, key, package, pull, push, reference, registry,
    server::{self, Kept, Server},
    settings,
};

#[test]
fn the_image_is_of_the_component_alone() {
    for has_referrers in [false, true] {
        let server = Server::start(Kept::new(has_referrers));
        let facts = ComponentFacts::default();
        let (bare, registry) = (
            PushedFiles::of_component(COMPONENT, "2026-11-30T10:00:00Z"),
            registry(&server, settings()),
        );
        let to = reference(&server, "a:1");
        let digest = registry.push(&to, &bare, &facts).unwrap().digest;
        let mut other = package(&[]);
        other.manifest.licence = "MIT".to_owned();
        other.manifest.version = "1.4.1".parse().unwrap();
        for package in [package(&[&key()]), other] {
            let files = PushedFiles::of(&package, "2026-11-30T10:00:00Z");
            let pushed = registry.push(&to, &files, &facts).unwrap();
            assert_eq!(pushed.digest, digest);
        }
        assert_eq!(pull(&server, "a:1").unwrap().packages.len(), 2);
    }
}

#[test]
fn what_others_push_beside_a_package_does_not_hide_it() {
    for has_referrers in [false, true] {
        let server = Server::start(Kept::new(has_referrers));
        let signed = package(&[&key()]);
        let pushed = push(&server, "a:1", &signed, "2026-11-30T10:00:00Z");
        // Later than any, and signed by nobody.
        let mut unsigned = package(&[]);
        unsigned.manifest.licence = "MIT".to_owned();
        push(&server, "a:1", &unsigned, "9999-12-31T23:59:59Z");
        // Of another component, of no form, and more than are looked at.
        let other = Manifest::of(
            "tulli",
            "1.4.0".parse().unwrap(),
            "0.1.0".parse().unwrap(),
            "MIT",
            b"another",
        );
        server::refer(&server, pushed.digest, other.to_json().as_bytes());
        for number in 0..3 {
            server::refer(&server, pushed.digest, format!("{{{number}").as_bytes());
        }
        let pulled = pull(&server, &format!("a@{}", pushed.digest)).unwrap();
        assert_eq!(pulled.packages.len(), 2);
        assert_eq!(pulled.packages[0].manifest, signed.manifest);
        assert_eq!(pulled.packages[1].manifest, unsigned.manifest);
        let codes: Vec<_> = pulled.passed_over.iter().map(RegistryError::code).collect();
        let other = codes
            .iter()
            .filter(|code| **code == "registry.other-package");
        assert_eq!(
            (other.count(), codes.len()),
            (1, 4),
            "{:?}",
            pulled.passed_over
        );
        assert_eq!(pulled.into_package().unwrap(), signed);
    }
}

#[test]
fn only_the_packages_that_were_pushed_last_are_looked_at() {
    let server = Server::start(Kept::new(true));
    let mut first = None;
    for number in 0..33 {
        let mut package = package(&[]);
        package.manifest.licence = format!("MIT-{number}");
        let pushed = push(
            &server,
            "a:1",
            &package,
            &format!("2026-11-30T10:00:{number:02}Z"),
        );
        first.get_or_insert((package.manifest.licence, pushed.digest));
    }
    let (oldest, _) = first.unwrap();
    let pulled = pull(&server, "a:1").unwrap();
    assert_eq!(pulled.packages.len(), 32);
    assert!(
        pulled
            .packages
            .iter()
            .all(|one| one.manifest.licence != oldest)
    );
    let told = pulled.passed_over[0].to_string();
    assert!(told.contains("more than 32 packages"), "{told}");
}
