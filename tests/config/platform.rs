// SPDX-License-Identifier: Apache-2.0
//! Where an integration platform calls, and by which tokens.

use silta_gateway::{
    ListenerError,
    platform::{Permission, PlatformLimits, TokenLimits},
};

use super::{Folder, assert_names};
use crate::support::keys;

const DIGEST: &str = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
const OTHER: &str = "aa7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

fn text() -> String {
    format!(
        r#"
[platform]
address = "[::]:8446"
private-key = "signer.key"
certificates = "signer.pem"

[platform.limits]
waiting = 7
body-milliseconds = 1000

[[platform.tokens]]
id = "erp"
sha256 = "{DIGEST}"
agencies = ["rogue"]
may = ["submit", "read"]

[platform.tokens.limits]
requests = 3

[[platform.tokens]]
id = "operator"
sha256 = "{OTHER}"
agencies = ["*"]
may = ["decide"]

[agencies.rogue]
component = "builtin"
"#
    )
}

#[test]
fn everything_of_the_platform_can_be_configured() {
    let folder = Folder::new(&text()).with_pair(&keys::ecdsa());
    let platform = folder.read().unwrap().platform().unwrap().unwrap();
    assert_eq!(platform.address.to_string(), "[::]:8446");
    assert_eq!(
        (
            platform.limits.waiting,
            platform.limits.body_time.as_millis()
        ),
        (7, 1000)
    );
    let [erp, operator] = &platform.tokens[..] else {
        panic!("two tokens");
    };
    assert_eq!(
        (erp.id.as_str(), erp.sha256.to_string()),
        ("erp", DIGEST.to_owned())
    );
    assert!(erp.is_for("rogue") && !erp.is_for("vero") && operator.is_for("vero"));
    assert_eq!(erp.may, [Permission::Submit, Permission::Read].into());
    let limits = TokenLimits {
        requests: 3,
        ..TokenLimits::default()
    };
    assert_eq!(
        (erp.limits, operator.limits),
        (limits, TokenLimits::default())
    );
    platform.check().unwrap();
    assert!(
        platform
            .identity(std::time::SystemTime::now())
            .unwrap()
            .is_some()
    );
    let without = Folder::new("").read().unwrap();
    assert!(without.platform().unwrap().is_none() && without.platform_tokens().is_empty());
}

#[test]
fn without_tls_it_listens_on_this_machine_only() {
    let text = text()
        .replace(
            "private-key = \"signer.key\"\ncertificates = \"signer.pem\"\n",
            "",
        )
        .replace(
            "[platform.limits]\nwaiting = 7\nbody-milliseconds = 1000\n",
            "",
        );
    let platform = Folder::new(&text)
        .read()
        .unwrap()
        .platform()
        .unwrap()
        .unwrap();
    assert_eq!(platform.limits, PlatformLimits::default());
    let refused = platform.check().unwrap_err();
    assert!(
        matches!(refused, ListenerError::TokensInClear { .. }),
        "{refused}"
    );
    let text = text.replace("[::]", "127.0.0.1");
    let platform = Folder::new(&text)
        .read()
        .unwrap()
        .platform()
        .unwrap()
        .unwrap();
    platform.check().unwrap();
}

#[test]
fn what_is_wrong_is_named_without_a_digest() {
    #[rustfmt::skip]
    let rows = [
        ("[::]:8446", "here", "platform.address", "IP address with a port"),
        ("private-key = \"signer.key\"\n", "", "platform.certificates", "stand together"),
        ("id = \"erp\"", "id = \"E R P\"", "platform.tokens[1].id", "lower-case"),
        ("id = \"operator\"", "id = \"erp\"", "platform.tokens[2].id", "another token"),
        (OTHER, DIGEST, "platform.tokens[2].sha256", "the same token"),
        (OTHER, "silta_abc", "platform.tokens[2].sha256", "make another one"),
        (OTHER, "abc", "platform.tokens[2].sha256", "64 hexadecimal"),
        ("agencies = [\"*\"]", "agencies = []", "platform.tokens[2].agencies", "no agency"),
        ("[\"*\"]", "[\"rogue\", \"vero\"]", "platform.tokens[2].agencies[2]", "is configured"),
        ("may = [\"decide\"]", "may = []", "platform.tokens[2].may", "allows nothing"),
        ("requests = 3", "requests = 0", "platform.tokens[1].limits.requests", "1 to 10000"),
    ];
    for (from, to, field, part) in rows {
        let text = text().replace(from, to);
        let folder = Folder::new(&text).with_pair(&keys::ecdsa());
        let error = folder.read().unwrap().platform().unwrap_err();
        assert_names(&error, &folder.path("silta.toml"), field, &[part]);
        let told = error.to_string();
        assert!(
            !told.contains("7816bf") && !told.contains("silta_abc"),
            "{told}"
        );
    }
    let begin = text().find("[[platform.tokens]]").unwrap();
    let none = &text()[..begin];
    let error = Folder::new(none).with_pair(&keys::ecdsa());
    let error = error.read().unwrap().platform().unwrap_err();
    assert_eq!(error.field, "platform.tokens");
    for (from, to) in [
        ("waiting = 7", "waitings = 7"),
        ("\"decide\"", "\"delete\""),
        ("sha256 =", "sha512 ="),
    ] {
        let error = Folder::new(&text().replace(from, to)).read().unwrap_err();
        assert!(error.to_string().contains("unknown"), "{error}");
    }
}
