// SPDX-License-Identifier: Apache-2.0
//! What whoever operates the gateway sees, and who may decide there.

use silta_gateway::{PageSetup, UserField};

use super::{Folder, assert_names};

const OPEN: &str = r#"
[operator]
address = "0.0.0.0:9464"
hosts = ["ops.virasto.example", "192.0.2.7", "::1"]
actions = true
user-field = "x-user"
proxies = ["192.0.2.0/24"]
live-streams = 3
"#;

fn page(text: &str) -> PageSetup {
    Folder::new(text)
        .read()
        .unwrap()
        .operator_page()
        .unwrap()
        .unwrap()
}

#[test]
fn everything_of_the_operator_can_be_configured() {
    let open = page(OPEN);
    let user = UserField {
        name: "x-user".into(),
        proxies: vec!["192.0.2.0/24".parse().unwrap()],
    };
    assert_eq!(open.hosts, ["ops.virasto.example", "192.0.2.7", "::1"]);
    assert_eq!(
        (open.actions, open.user, open.live_streams),
        (true, Some(user), 3)
    );
    let usual = page("[operator]\naddress = \"127.0.0.1:0\"\n");
    assert_eq!(
        (usual.actions, usual.user, usual.live_streams),
        (false, None, 16)
    );
    assert!(usual.hosts.is_empty());
    for none in ["", "[operator]\naddress = \"127.0.0.1:0\"\npage = false\n"] {
        assert!(
            Folder::new(none)
                .read()
                .unwrap()
                .operator_page()
                .unwrap()
                .is_none()
        );
    }
    // Of this machine, nobody has to be named.
    let own = OPEN.replace("0.0.0.0", "127.0.0.1").replace(
        "user-field = \"x-user\"\nproxies = [\"192.0.2.0/24\"]\n",
        "",
    );
    assert!(page(&own).actions);
}

#[test]
fn what_is_wrong_with_it_is_named() {
    #[rustfmt::skip]
    let rows = [
        ("0.0.0.0:9464", "here", "operator.address", "IP address with a port"),
        ("ops.virasto.example", "ops:80", "operator.hosts[1]", "without a port"),
        ("192.0.2.7", "https://x", "operator.hosts[2]", "name of a host"),
        ("user-field = \"x-user\"\n", "", "operator.proxies", "user-field"),
        ("\"x-user\"", "\"X User\"", "operator.user-field", "lower-case"),
        ("\"192.0.2.0/24\"", "\"0.0.0.0/0\"", "operator.proxies[1]", "everybody"),
        ("\"192.0.2.0/24\"", "", "operator.user-field", "none is named"),
        ("live-streams = 3", "live-streams = 1001", "operator.live-streams", "from 0 to 1000"),
        ("user-field = \"x-user\"\nproxies = [\"192.0.2.0/24\"]\n", "", "operator.actions", "proxy with a login"),
    ];
    for (from, to, field, part) in rows {
        let text = OPEN.replace(from, to);
        let folder = Folder::new(&text);
        let error = folder.read().unwrap().operator_page().err();
        let error = error.unwrap_or_else(|| panic!("{to} is taken"));
        assert_names(&error, &folder.path("silta.toml"), field, &[part]);
    }
    let unknown = OPEN.replace("live-streams", "streams");
    assert!(Folder::new(&unknown).read().is_err());
}
