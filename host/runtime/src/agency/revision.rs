// SPDX-License-Identifier: Apache-2.0
//! What a generation serves by, as one digest.

use std::fmt::Write;

use crate::{
    call::environment::Environment, digest::hexadecimal, digest::sha256, keys::SignatureAlgorithm,
};

/// Names settings, keys, anchors, roles of secrets and limits of an environment: SHA-256 of what is public of them, in hexadecimal.
///
/// Of keys these are the certificates and what the key may be used for. Of secrets it is the roles alone: a value that can be guessed could be found by its digest. Revocation lists
/// are no decision of the operator's, and come anew each day.
pub(crate) fn of(environment: &Environment) -> String {
    let mut text = String::from("silta revision 1\n");
    // A `String` takes all that is written to it.
    let mut line = |name: &str, value: &str| {
        let _ = writeln!(text, "{name} {} {value}", value.len());
    };
    line("settings", &environment.settings);
    for (role, key) in environment.keyring.iter() {
        line("key", role);
        for certificate in key.chain().certificates() {
            line("certificate", &hexadecimal(&sha256(certificate)));
        }
        let algorithms = key.algorithms().iter().copied();
        let algorithms: Vec<_> = algorithms.map(SignatureAlgorithm::name).collect();
        line("algorithms", &algorithms.join(" "));
        line("signatures", &key.signatures_per_call().to_string());
    }
    for (name, set) in environment.trust.sets() {
        line("anchors", name);
        for digest in set.made_of() {
            line("of", &hexadecimal(digest));
        }
    }
    line("legacy", &environment.trust.legacy_algorithms());
    for role in environment.secrets.roles() {
        line("secret", role);
    }
    let limits = &environment.limits;
    for (name, value) in [
        (
            "deadline",
            u64::try_from(limits.deadline.as_millis()).unwrap_or(u64::MAX),
        ),
        ("memory", limits.memory),
        ("blob-bytes", limits.blob_bytes),
        ("hostcall-bytes", limits.hostcall_bytes),
        ("handles", limits.handles),
        ("log-bytes", limits.log_bytes),
    ] {
        line(name, &value.to_string());
    }
    hexadecimal(&sha256(text.as_bytes()))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::{AnchorSet, Secrets, TrustStore, call::environment::tests::environment};

    #[test]
    fn a_revision_changes_with_what_is_public_and_with_no_secret() {
        let revision = |change: &dyn Fn(&mut Environment)| {
            let mut environment = environment(&Arc::default());
            change(&mut environment);
            of(&environment)
        };
        let plain = revision(&|_| {});
        assert_eq!(plain, revision(&|_| {}));
        assert_eq!(plain.len(), 64);
        let secret = |value: &'static [u8]| {
            revision(&move |it| it.secrets = Secrets::new().with("pin", vec![value.to_vec()]))
        };
        assert_eq!(secret(b"1234"), secret(b"4321"));
        let set = || AnchorSet::new();
        let others = [
            plain.clone(),
            secret(b"1234"),
            revision(&|it| it.settings = "{}".into()),
            revision(&|it| it.limits.memory += 1),
            revision(&|it| it.trust = TrustStore::new().with_sha1(true)),
            revision(&|it| it.trust = TrustStore::new().with("own", set())),
            revision(&|it| {
                let policies = set().with_policies(&["1.2.246"]).unwrap();
                it.trust = TrustStore::new().with("own", policies);
            }),
        ];
        for (at, one) in others.iter().enumerate() {
            assert!(!others[..at].contains(one), "{at}");
        }
        // What serves it does not matter.
        assert_eq!(plain, revision(&|it| it.generation = 9));
    }
}
