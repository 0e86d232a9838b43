// SPDX-License-Identifier: Apache-2.0
//! Where relays deliver mail, and for whom.

use std::time::Duration;

use silta_gateway::{MailLimits, MailProtocol};

use super::{Folder, assert_names};
use crate::support::keys;

const MAIL: &str = r#"
[mail]
address = "[::1]:2525"
protocol = "lmtp"
relays = ["192.0.2.7", "198.51.100.0/24"]
host-name = "mail.rogue.example"
private-key = "signer.key"
certificates = "signer.pem"
require-tls = true

[mail.limits]
recipients = 7
command-milliseconds = 1000

[agencies.rogue]
component = "builtin"

[agencies.rogue.mail]
recipients = ["box@rogue.example", "@all.rogue.example"]
"#;

#[test]
fn everything_of_mail_can_be_configured() {
    let folder = Folder::new(MAIL).with_pair(&keys::ecdsa());
    let config = folder.read().unwrap();
    let mail = config.mail().unwrap().unwrap();
    assert_eq!(mail.address.to_string(), "[::1]:2525");
    assert_eq!(
        (mail.protocol, mail.require_tls),
        (MailProtocol::Lmtp, true)
    );
    assert_eq!(mail.host_name.as_deref(), Some("mail.rogue.example"));
    let relays: Vec<_> = mail.relays.iter().map(ToString::to_string).collect();
    assert_eq!(relays, ["192.0.2.7", "198.51.100.0/24"]);
    let limits = MailLimits {
        recipients: 7,
        command_time: Duration::from_secs(1),
        ..MailLimits::default()
    };
    assert_eq!(mail.limits, limits);
    mail.check().unwrap();
    assert!(
        mail.identity(std::time::SystemTime::now())
            .unwrap()
            .is_some()
    );
    let recipients = config.mail_recipients("rogue").unwrap();
    let recipients: Vec<_> = recipients
        .into_iter()
        .map(|one| one.unwrap().to_string())
        .collect();
    assert_eq!(recipients, ["box@rogue.example", "@all.rogue.example"]);
}

#[test]
fn most_of_it_may_be_left_out() {
    let folder = Folder::new(
        "[mail]\naddress = \"127.0.0.1:25\"\nrelays = [\"::1\"]\n[agencies.rogue]\ncomponent = \"builtin\"\n",
    );
    let config = folder.read().unwrap();
    let mail = config.mail().unwrap().unwrap();
    assert_eq!(
        (mail.protocol, mail.require_tls),
        (MailProtocol::Smtp, false)
    );
    assert!(mail.identity.is_none() && mail.host_name.is_none());
    assert_eq!(mail.limits, MailLimits::default());
    assert!(config.mail_recipients("rogue").unwrap().is_empty());
    let without = Folder::new("").read().unwrap();
    assert!(without.mail().unwrap().is_none());
}

#[test]
fn what_is_wrong_is_named() {
    #[rustfmt::skip]
    let rows = [
        ("[::1]:2525", "mail.example:25", "mail.address", ["IP address with a port", ""]),
        ("192.0.2.7", "relay.example", "mail.relays[1]", ["IP address", "network"]),
        ("198.51.100.0/24", "198.51.100.7/24", "mail.relays[2]", ["beyond its prefix", ""]),
        ("198.51.100.0/24", "::/0", "mail.relays[2]", ["everybody", ""]),
        ("private-key = \"signer.key\"\n", "", "mail.certificates", ["stand together", ""]),
    ];
    for (from, to, field, parts) in rows {
        let text = MAIL.replace(from, to);
        let folder = Folder::new(&text).with_pair(&keys::ecdsa());
        let error = folder.read().unwrap().mail().unwrap_err();
        assert_names(&error, &folder.path("silta.toml"), field, &parts);
        assert!(error.place.is_some(), "{error}");
        assert!(!error.to_string().contains("relay.example"), "{error}");
    }
    let folder = Folder::new(&MAIL.replace("@all.rogue.example", "*@all.rogue.example"));
    let recipients = folder.read().unwrap().mail_recipients("rogue").unwrap();
    let error = recipients.into_iter().find_map(Result::err).unwrap();
    let field = "agencies.rogue.mail.recipients[2]";
    assert_names(
        &error,
        &folder.path("silta.toml"),
        field,
        &["@virasto.example"],
    );
    #[rustfmt::skip]
    let rows = [
        ("\"lmtp\"", "\"imap\"", "unknown variant"),
        ("recipients = 7", "recipient = 7", "unknown field"),
        ("require-tls", "requires-tls", "unknown field"),
        ("relays = [\"192.0.2.7\", \"198.51.100.0/24\"]", "", "missing field `relays`"),
    ];
    for (from, to, part) in rows {
        let error = Folder::new(&MAIL.replace(from, to)).read().unwrap_err();
        assert!(error.to_string().contains(part), "{error}");
    }
}
