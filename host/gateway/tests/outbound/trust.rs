// SPDX-License-Identifier: Apache-2.0
//! Whom a server has to be.

use std::{env, io::Write, process::Command};

use silta_gateway::outbound::{
    ConnectSettings, Fault, HttpClient, HttpOutcome, Phase, Reason, ServerTrust, SettingsError,
};

use super::{
    certificates::{Authority, config},
    server::{Fact, end, post, read_request, send, serve, serve_answer, shake_hands},
};

const OK: &str = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";

#[test]
fn a_server_that_is_not_the_right_one_gets_nothing() {
    let (authority, stranger) = (Authority::new(), Authority::new());
    let good = (2000, 3000);
    #[rustfmt::skip]
    let rows = [
        (stranger.server_valid("localhost", good), "tls.not-trusted", Fault::Configuration),
        (authority.server_valid("other.example", good), "tls.wrong-name", Fault::Configuration),
        (authority.server_valid("localhost", (2000, 2001)), "tls.certificate-expired", Fault::Counterparty),
        (authority.server_valid("localhost", (2999, 3000)), "tls.certificate-not-yet-valid", Fault::Counterparty),
        (authority.client_pair(&rcgen::PKCS_ECDSA_P256_SHA256), "tls.certificate-unusable", Fault::Counterparty),
    ];
    for (pair, code, fault) in rows {
        let server = serve(move |socket| {
            shake_hands(&config(&pair, rustls::DEFAULT_VERSIONS), socket).is_err()
        });
        let outcome = send(&authority.client(), post(&server.url(), "x"));
        assert_eq!(Fact::of(&outcome), Fact::NotSent(Phase::Tls, code));
        let HttpOutcome::NotSent(fact) = outcome else {
            unreachable!()
        };
        assert_eq!(fact.fault(), fault);
        match &fact.reason {
            Reason::WrongName { host, presented } => {
                assert_eq!(host, "localhost");
                assert_eq!(presented, &["other.example"]);
            }
            Reason::CertificateUnusable { detail } => {
                assert_eq!(detail, "its extended key usage does not have serverAuth");
            }
            _ => {}
        }
        assert!(server.told(), "the server thinks that all is well");
    }
}

#[test]
fn an_address_is_verified_as_an_address() {
    let authority = Authority::new();
    let named = authority.server_valid("localhost", (2000, 3000));
    let addressed = authority.server_valid("127.0.0.1", (2000, 3000));
    for (pair, expected) in [
        (addressed, Fact::Answered(200)),
        (named, Fact::NotSent(Phase::Tls, "tls.wrong-name")),
    ] {
        let config = config(&pair, rustls::DEFAULT_VERSIONS);
        let server = serve(move |socket| {
            if let Ok(mut tls) = shake_hands(&config, socket) {
                read_request(&mut tls);
                tls.write_all(OK.as_bytes()).unwrap();
                end(tls);
            }
        });
        let url = format!("https://{}/", server.address);
        assert_eq!(
            Fact::of(&send(&authority.client(), post(&url, ""))),
            expected
        );
    }
}

#[test]
fn anchors_are_judged_before_anything_is_sent() {
    assert_eq!(
        ServerTrust::anchors([]).err(),
        Some(SettingsError::NoAnchors)
    );
    let authority = Authority::new();
    let anchors = [authority.der.as_slice(), &authority.der[1..]];
    let refused = ServerTrust::anchors(anchors).err();
    assert_eq!(refused, Some(SettingsError::Anchor { number: 2 }));
}

/// Of the process in which the next test does its work: where to send to, or nothing.
const CHILD: &str = "SILTA_TEST_PLATFORM_URL";

/// Without anchors those of the platform count, which a process of its own is told by the environment.
#[test]
fn without_anchors_those_of_the_platform_count() {
    if let Ok(url) = env::var(CHILD) {
        let client = HttpClient::new(ConnectSettings::default());
        if url.is_empty() {
            assert_eq!(client.err(), Some(SettingsError::NoPlatformAnchors));
        } else {
            let outcome = send(&client.unwrap(), post(&url, "x"));
            assert_eq!(Fact::of(&outcome), Fact::Answered(200));
        }
        return;
    }
    let authority = Authority::new();
    let server = serve_answer(authority.localhost(), OK);
    assert_passes_with(&authority.pem, &server.url());
    server.told();
    assert_passes_with("", "");
}

#[track_caller]
fn assert_passes_with(platform: &str, url: &str) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("platform.pem");
    std::fs::write(&file, platform).unwrap();
    let name = "trust::without_anchors_those_of_the_platform_count";
    let ran = Command::new(env::current_exe().unwrap())
        .args(["--exact", name])
        .env(CHILD, url)
        .env("SSL_CERT_FILE", &file)
        .env_remove("SSL_CERT_DIR")
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&ran.stdout);
    assert!(ran.status.success() && told.contains("1 passed"), "{told}");
}
