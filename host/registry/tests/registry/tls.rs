// SPDX-License-Identifier: Apache-2.0
//! Registries with TLS, and such as should have it.

use std::{io::Read, net::TcpListener, thread};

use silta_registry::{ComponentFacts, PushedFiles, Registry, RegistrySettings};

use super::{
    COMPONENT, credentials, reference, registry,
    server::{Answer, Asked, Identity, Kept, Server},
    settings,
};

fn with_anchor(identity: &Identity) -> RegistrySettings {
    RegistrySettings {
        anchors: Some(vec![identity.certificate.clone()]),
        ..settings()
    }
}

#[test]
fn only_a_server_that_the_anchors_vouch_for_is_asked() {
    let own = Identity::of("127.0.0.1");
    let server = Server::start_tls(Kept::new(true), &own);
    let known = registry(&server, with_anchor(&own));
    let files = PushedFiles::of_component(COMPONENT, "2026-11-30T10:00:00Z");
    let to = reference(&server, "a:1");
    known.push(&to, &files, &ComponentFacts::default()).unwrap();
    assert_eq!(known.pull(&to).unwrap().component, COMPONENT);
    // Another key under the same name, and the right key under another name.
    let before = server.asked();
    let stranger = registry(&server, with_anchor(&Identity::of("127.0.0.1")));
    let error = stranger.pull(&to).unwrap_err();
    assert_eq!(error.code(), "registry.unreachable", "{error}");
    assert_eq!(server.asked(), before);
    let misnamed = Identity::of("registry.example.fi");
    let server = Server::start_tls(Kept::new(true), &misnamed);
    let error = registry(&server, with_anchor(&misnamed));
    let error = error.pull(&reference(&server, "a:1")).unwrap_err();
    assert_eq!(error.code(), "registry.unreachable", "{error}");
    assert_eq!(server.asked(), 0);
}

#[test]
fn with_anchors_a_server_without_tls_hears_no_request() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let heard = thread::spawn(move || {
        let mut first = [0; 3];
        listener.accept().unwrap().0.read_exact(&mut first).unwrap();
        first
    });
    let known = RegistrySettings {
        credentials: credentials(),
        ..with_anchor(&Identity::of("127.0.0.1"))
    };
    let to = format!("{address}/a:1").parse().unwrap();
    let error = Registry::new(&address, known).unwrap().pull(&to);
    assert_eq!(error.unwrap_err().code(), "registry.unreachable");
    // A record of a handshake (RFC 8446 §5.1).
    assert_eq!(heard.join().unwrap()[..2], [22, 3]);
}

#[test]
fn from_tls_nothing_leads_to_plain_http() {
    let plain = Server::start(|_: &Asked| Answer::ok(b"{\"token\": \"t\"}"));
    let own = Identity::of("127.0.0.1");
    let to = format!("http://{}/x", plain.address);
    let realm = format!("Bearer realm=\"{to}\"");
    let redirected = to.clone();
    let redirecting = Server::start_tls(
        move |_: &Asked| Answer::status(307).with("Location", &redirected),
        &own,
    );
    let challenging = Server::start_tls(
        move |_: &Asked| Answer::status(401).with("WWW-Authenticate", &realm),
        &own,
    );
    let uploading = Server::start_tls(
        move |asked: &Asked| match asked.method.as_str() {
            "POST" => Answer::status(202).with("Location", &to),
            _ => Answer::status(404),
        },
        &own,
    );
    let known = || RegistrySettings {
        credentials: credentials(),
        ..with_anchor(&own)
    };
    for server in [&redirecting, &challenging] {
        let error = registry(server, known()).pull(&reference(server, "a:1"));
        assert_eq!(error.unwrap_err().code(), "registry.plain-http");
        assert_eq!(server.asked(), 1);
    }
    let files = PushedFiles::of_component(COMPONENT, "2026-11-30T10:00:00Z");
    let error = registry(&uploading, known()).push(
        &reference(&uploading, "a:1"),
        &files,
        &ComponentFacts::default(),
    );
    assert_eq!(error.unwrap_err().code(), "registry.plain-http");
    assert_eq!(plain.asked(), 0);
}
