// SPDX-License-Identifier: Apache-2.0
//! Proxies that speak for callers.

use silta_gateway::TrustedProxies;

use super::{Folder, assert_names};

const BOTH: &str = r#"
[listener]
address = "127.0.0.1:0"
private-key = "signer.key"
certificates = "signer.pem"
[listener.proxies]
addresses = ["192.0.2.0/24"]
socket = "run/listener.sock"
certificate-field = "ssl-client-cert"
address-field = "x-forwarded-for"
"#;

#[test]
fn proxies_come_by_addresses_and_by_a_socket() {
    let folder = Folder::new(BOTH);
    let proxies = folder.read().unwrap().listener_proxies().unwrap();
    let expected = TrustedProxies {
        networks: vec!["192.0.2.0/24".parse().unwrap()],
        // Beside the configuration, as every file that it names.
        socket: Some(folder.path("run/listener.sock")),
        certificate_field: "ssl-client-cert".to_owned(),
        address_field: Some("x-forwarded-for".to_owned()),
    };
    assert_eq!(proxies, Some(expected));
    let alone = BOTH.replace("addresses = [\"192.0.2.0/24\"]\n", "");
    let proxies = Folder::new(&alone).read().unwrap().listener_proxies();
    assert_eq!(proxies.unwrap().unwrap().networks, []);
}

#[test]
fn what_is_wrong_with_proxies_is_named() {
    #[rustfmt::skip]
    let rows = [
        ("address-field = \"x-forwarded-for\"\n", "", "listener.proxies.address-field", "a socket has no addresses"),
        ("addresses = [\"192.0.2.0/24\"]\nsocket = \"run/listener.sock\"\n", "", "listener.proxies.addresses", "no proxy is named"),
        ("192.0.2.0/24", "proxy.example", "listener.proxies.addresses[1]", "address"),
        ("ssl-client-cert", "SSL Cert", "listener.proxies.certificate-field", "lower-case"),
    ];
    for (from, to, field, part) in rows {
        let folder = Folder::new(&BOTH.replace(from, to));
        let error = folder.read().unwrap().listener_proxies().err();
        let error = error.unwrap_or_else(|| panic!("{to} is taken"));
        assert_names(&error, &folder.path("silta.toml"), field, &[part]);
    }
}
