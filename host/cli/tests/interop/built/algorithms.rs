// SPDX-License-Identifier: Apache-2.0
use rcgen::{PKCS_ECDSA_P256_SHA256, PKCS_ECDSA_P384_SHA384};

use super::{judges, message::Message};
use crate::{
    identities::{Authority, COMPANY},
    project::Project,
};

#[track_caller]
fn signed(project: &Project, algorithm: &str, digest: &str) {
    project.set("settings.wire.signature-algorithm", algorithm);
    project.set("settings.wire.digest-algorithm", digest);
    project.set("keys.builder.algorithms", vec![algorithm]);
    let message = Message::build(project);
    let (_, hash) = algorithm.rsplit_once('-').unwrap();
    assert!(
        message.document.contains(hash) && message.document.contains(digest),
        "{algorithm}, {digest}"
    );
    judges::accept(project, &message);
}

#[test]
fn rsa_with_every_hash_and_every_digest() {
    if !judges::are_present() {
        return;
    }
    let project = Project::new();
    signed(&project, "rsa-sha256", "sha512");
    signed(&project, "rsa-sha384", "sha256");
    signed(&project, "rsa-sha384", "sha384");
    signed(&project, "rsa-sha512", "sha512");
}

#[test]
fn ecdsa_on_both_curves() {
    if !judges::are_present() {
        return;
    }
    for (kind, algorithm, digest) in [
        (&PKCS_ECDSA_P256_SHA256, "ecdsa-p256-sha256", "sha256"),
        (&PKCS_ECDSA_P384_SHA384, "ecdsa-p384-sha384", "sha384"),
    ] {
        let project = Project::new();
        Authority::of(&project)
            .issue(kind, COMPANY, (2000, 3000))
            .replace(&project, "builder");
        signed(&project, algorithm, digest);
    }
}
