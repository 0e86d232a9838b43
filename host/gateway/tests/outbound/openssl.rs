// SPDX-License-Identifier: Apache-2.0
//! A server of other people: OpenSSL.

use std::{
    env,
    io::{BufRead, BufReader, Lines, Write},
    path::Path,
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
    thread,
};

use silta_gateway::outbound::{HttpRequest, Phase};

use tempfile::TempDir;

use super::{
    certificates::Authority,
    server::{Fact, post, send},
};

/// A server of OpenSSL. Dropping it ends it.
struct Openssl {
    child: Child,
    /// Its end would be the server's.
    input: ChildStdin,
    output: Lines<BufReader<ChildStdout>>,
    url: String,
}

impl Openssl {
    fn start(folder: &Path, options: &str) -> Self {
        let mut child = Command::new("openssl")
            .args(["s_server", "-accept", "127.0.0.1:0", "-cert", "server.pem"])
            .args(options.split(' '))
            .current_dir(folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let address =
            lines.find_map(|line| line.unwrap().strip_prefix("ACCEPT ").map(str::to_owned));
        let port = address.unwrap().rsplit(':').next().unwrap().to_owned();
        Self {
            input: child.stdin.take().unwrap(),
            output: lines,
            child,
            url: format!("https://localhost:{port}/"),
        }
    }
}

impl Drop for Openssl {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn is_installed() -> bool {
    let is_installed = Command::new("openssl").arg("version").output().is_ok();
    let required = env::var("SILTA_REQUIRE_INTEROP").is_ok_and(|value| value == "1");
    assert!(
        is_installed || !required,
        "openssl is not installed, and SILTA_REQUIRE_INTEROP is set"
    );
    if !is_installed {
        println!("skipped: openssl is not installed");
    }
    is_installed
}

/// A folder with what a server shows, and the authority of its clients.
fn folder(authority: &Authority) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let pair = authority.server_valid("localhost", (2000, 3000));
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    write("server.pem", &format!("{}{}", pair.pem, pair.key));
    write("authority.pem", &authority.pem);
    folder
}

#[test]
fn openssl_sees_the_certificate_and_its_refusals_are_understood() {
    if !is_installed() {
        return;
    }
    let (authority, stranger) = (Authority::new(), Authority::named("Another authority"));
    let folder = folder(&authority);
    let rsa = authority.client_pair(&rcgen::PKCS_RSA_SHA256).role_key();
    let p384 = authority
        .client_pair(&rcgen::PKCS_ECDSA_P384_SHA384)
        .role_key();
    let unknown = stranger
        .client_pair(&rcgen::PKCS_ECDSA_P256_SHA256)
        .role_key();
    let (missing, refused) = ("client-certificate.missing", "client-certificate.refused");
    for version in ["-tls1_2", "-tls1_3"] {
        let wants = "-www -CAfile authority.pem -Verify 2 -verify_return_error";
        let server = Openssl::start(folder.path(), &format!("{version} {wants}"));
        for (key, refusal) in [
            (Some(&rsa), None),
            (Some(&p384), None),
            (None, Some(missing)),
            (Some(&unknown), Some(refused)),
        ] {
            let request = HttpRequest {
                client_key: key.cloned(),
                method: "GET".to_owned(),
                ..post(&server.url, "")
            };
            let fact = Fact::of(&send(&authority.client(), request));
            match (refusal, version) {
                (None, _) => assert_eq!(fact, Fact::Answered(200), "{version}"),
                (Some(code), "-tls1_2") => assert_eq!(fact, Fact::NotSent(Phase::Tls, code)),
                // Whether the request had left when the refusal came is a matter of time, and so is whether the refusal outruns the end of the
                // connection, which the system resets over a request that is not read.
                (Some(code), _) => assert!(
                    matches!(fact, Fact::NotSent(_, told) | Fact::Unknown(_, told) if told == code || told == "connection.closed"),
                    "{fact:?}"
                ),
            }
        }
    }
}

/// Servers that want the client certificate on some of their paths ask for it so, under TLS 1.2.
#[test]
fn a_second_handshake_is_refused_and_named() {
    if !is_installed() {
        return;
    }
    let authority = Authority::new();
    let folder = folder(&authority);
    let mut server = Openssl::start(folder.path(), "-tls1_2");
    let url = server.url.clone();
    let asking = thread::spawn(move || {
        let has_come = |line: std::io::Result<String>| line.unwrap().starts_with("POST ");
        assert!(server.output.any(has_come), "the request has not come");
        server.input.write_all(b"R\n").unwrap();
        server
    });
    let fact = Fact::of(&send(&authority.client(), post(&url, "x")));
    let told = Fact::Unknown(Phase::AwaitAnswer, "tls.second-handshake");
    assert_eq!(fact, told);
    asking.join().unwrap();
}
